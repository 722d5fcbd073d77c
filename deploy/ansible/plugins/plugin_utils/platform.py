# SPDX-License-Identifier: Apache-2.0
"""Is agnosticd here? Asked without the warning that a failed load prints."""
from __future__ import annotations

import importlib.util


def platform_plugin(loader, name):
    """Full name of agnosticd's plugin: from its collection, or its own plugin folders."""
    try:
        found = importlib.util.find_spec("ansible_collections.agnosticd.core")
    except (ImportError, ValueError):
        found = None
    if found is not None and loader.has_plugin("agnosticd.core." + name):
        return "agnosticd.core." + name
    return name if loader.has_plugin(name) else None
