# SPDX-License-Identifier: Apache-2.0
"""Stand-in for the platform's lookup: reads the provision file, None when missing."""
import os

import yaml
from ansible.plugins.lookup import LookupBase

DOCUMENTATION = """
name: agnosticd_user_data
short_description: stand-in for tests
description: stand-in for tests
"""


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        folder = str(self._templar.template(variables.get("output_dir")))
        try:
            with open(os.path.join(folder, "provision-user-data.yaml"), encoding="utf-8") as file:
                data = yaml.safe_load(file) or {}
        except OSError:
            data = {}
        return [data.get(term) for term in terms]
