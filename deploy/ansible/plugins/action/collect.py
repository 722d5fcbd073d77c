# SPDX-License-Identifier: Apache-2.0
"""Turn the pods' logs into one result and store it on the controller.

Runs on the controller whatever host the role runs on: the logs come in as
arguments, the report and an optional "litebench merge" are local.
"""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile

from ansible.plugins.action import ActionBase
from ansible_collections.litebench.litemaas.plugins.plugin_utils import gather


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset((
        "job", "pods", "logs", "shards", "limit_ms", "speedup_threshold",
        "merge_command", "report_file"))
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        del tmp
        args = json.loads(json.dumps(self._task.args))
        parts = gather.shards(args["job"], args["pods"], args["logs"], int(args["shards"]))
        whole = None
        if parts["reports"] and int(args["shards"]) > 1:
            whole, parts["merge_error"] = self._merge(args.get("merge_command"), parts["reports"])
        elif parts["reports"]:
            whole = parts["reports"][0]["report"]
        result.update(gather.summary(
            parts, whole, float(args["limit_ms"]), float(args["speedup_threshold"])))
        document = whole or gather.document(parts)
        result["report_file"] = self._store(args.get("report_file"), document)
        result["changed"] = False
        return result

    def _store(self, path, document):
        if not path or not document or self._task.check_mode:
            return ""
        part = path + ".part"
        with open(part, "w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, indent=1)
            file.write("\n")
        os.replace(part, path)
        return path

    @staticmethod
    def _merge(command, reports):
        """Exact merge of the records in the logs; (None, why) when that cannot be.

        The exit code is the verdict's, so only the report on stdout counts.
        """
        program = shutil.which(command or "")
        if program is None:
            return None, "litebench is not installed on the controller, so shards stay apart"
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for item in reports:
                files.append(os.path.join(folder, "shard-%d.log" % item["shard"]))
                with open(files[-1], "w", encoding="utf-8") as file:
                    file.write(item["log"])
            try:
                done = subprocess.run(
                    [program, "merge", "-o", "json:-"] + files, stdin=subprocess.DEVNULL,
                    capture_output=True, timeout=120, check=False)
                report = json.loads(done.stdout.decode("utf-8"))
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                return None, "litebench merge failed (%s), so shards stay apart" % error
        if report.get("schema") != "litebench.report/1":
            return None, "litebench merge gave no report, so shards stay apart"
        return report, ""
