# SPDX-License-Identifier: Apache-2.0
"""Stand-in for the platform's plugin: same arguments, same files, its own mark."""
import json
import os

import yaml
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        args = json.loads(json.dumps(self._task.args))
        folder = str(self._templar.template(task_vars.get("output_dir")))
        action = str(self._templar.template(task_vars.get("ACTION", "provision")))
        stem = os.path.join(folder, action + "-user-")
        if "msg" in args:
            with open(stem + "info.yaml", "a", encoding="utf-8") as file:
                file.write("- %s\n" % json.dumps(args["msg"]))
            result["msg"] = "user.info: " + args["msg"]
            result["_ansible_verbose_always"] = True
        if "data" in args:
            data = {}
            if os.path.exists(stem + "data.yaml"):
                with open(stem + "data.yaml", encoding="utf-8") as file:
                    data = yaml.safe_load(file) or {}
            data.update(args["data"], written_by="agnosticd stub")
            with open(stem + "data.yaml", "w", encoding="utf-8") as file:
                yaml.safe_dump(data, file, explicit_start=True)
        return result
