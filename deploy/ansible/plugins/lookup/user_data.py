# SPDX-License-Identifier: Apache-2.0
"""Data that earlier workloads of the same order left for us."""
from __future__ import annotations

import os

import yaml

from ansible.plugins.loader import lookup_loader
from ansible.plugins.lookup import LookupBase
from ansible_collections.litebench.litemaas.plugins.plugin_utils.platform import platform_plugin

DOCUMENTATION = r"""
name: user_data
author: The litebench authors
short_description: Read agnosticd user data, with or without agnosticd
description:
  - Uses agnosticd's own lookup where it is installed.
  - Elsewhere reads C(provision-user-data.yaml) or C(user-data.yaml) in C(output_dir).
options:
  _terms:
    description: Names of the values. A value that is not there is null.
    required: true
"""

EXAMPLES = r"""
- name: Show the endpoint
  ansible.builtin.debug:
    msg: "{{ lookup('litebench.litemaas.user_data', 'litellm_api_base_url') }}"
"""

RETURN = r"""
_raw:
  description: One value a term.
  type: list
  elements: raw
"""


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        name = platform_plugin(lookup_loader, "agnosticd_user_data")
        if name:
            plugin = lookup_loader.get(name, loader=self._loader, templar=self._templar)
            return plugin.run(terms, variables=variables)
        data = self._read(variables or {})
        return [data.get(term) for term in terms]

    def _read(self, variables):
        folder = self._templar.template(variables.get("output_dir"))
        for name in ("provision-user-data.yaml", "user-data.yaml"):
            try:
                with open(os.path.join(str(folder), name), encoding="utf-8") as file:
                    return yaml.safe_load(file) or {}
            except OSError:
                continue
        return {}
