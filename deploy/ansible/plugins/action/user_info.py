# SPDX-License-Identifier: Apache-2.0
"""Tell the person who ordered: messages and data in the agnosticd formats.

Where agnosticd is installed its own plugin does the work, so that every
feature of the platform stays. Elsewhere the message is shown with the same
prefix, and the same files are written if output_dir is defined.
"""
from __future__ import annotations

import json
import os

import yaml

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.litebench.litemaas.plugins.plugin_utils.platform import platform_plugin


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset(("msg", "data"))
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        del tmp
        args = json.loads(json.dumps(self._task.args))  # plain types: 2.19 tags its strings
        self._task.args = args
        platform = self._platform_plugin()
        if platform is not None:
            result.update(platform.run(task_vars=task_vars))
            result["agnosticd"] = True
            return result
        data = args.get("data") or {}
        if not isinstance(data, dict):
            raise AnsibleError("data must be a mapping")
        messages = args.get("msg") or []
        messages = [messages] if isinstance(messages, str) else messages
        if messages:
            result["msg"] = "\n".join("user.info: " + text for text in messages)
            result["_ansible_verbose_always"] = True
        if not self._task.check_mode:
            self._write(task_vars or {}, messages, data)
        result.update(changed=False, failed=False, agnosticd=False)
        return result

    def _platform_plugin(self):
        loader = self._shared_loader_obj.action_loader
        name = platform_plugin(loader, "agnosticd_user_info")
        return name and loader.get(
            name, task=self._task, connection=self._connection,
            play_context=self._play_context, loader=self._loader,
            templar=self._templar, shared_loader_obj=self._shared_loader_obj)

    def _write(self, task_vars, messages, data):
        folder = self._templar.template(task_vars.get("output_dir"))
        if not folder or not os.path.isdir(str(folder)):
            return
        action = self._templar.template(task_vars.get("agnosticd_action") or task_vars.get("ACTION")
                                        or "provision")
        stem = os.path.join(str(folder), str(action) + "-user-")
        if messages:
            with open(stem + "info.yaml", "a", encoding="utf-8") as file:
                file.writelines("- %s\n" % json.dumps(text) for text in messages)
        if data:
            merged = self._read(stem + "data.yaml")
            merged.update(data)
            with open(stem + "data.yaml", "w", encoding="utf-8") as file:
                yaml.safe_dump(merged, file, explicit_start=True, default_flow_style=False)

    @staticmethod
    def _read(path):
        try:
            with open(path, encoding="utf-8") as file:
                return yaml.safe_load(file) or {}
        except FileNotFoundError:
            return {}
