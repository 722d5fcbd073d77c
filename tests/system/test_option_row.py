# SPDX-License-Identifier: Apache-2.0
"""One row of lib/options.def is an option everywhere: as a flag, in the environment, in a
configuration file, in help, in its manual page, in completion, in the bindings' keywords."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from simulator import BIN

ROOT = Path(os.environ["LITEBENCH_SOURCE_DIR"])
# Of another kind than their neighbours: given as they are, these would refuse every run.
VALUES = {"target.key": None, "target.key_env": None, "target.key_file": None,
          "target.ca_file": None, "plan.docs": None, "plan.shared_prefix": "500",
          "load.shard": "0/1", "load.start_at": "5s"}


def ask(*words, env=None):
    done = subprocess.run([BIN, *words], capture_output=True, text=True, check=False, timeout=30,
                          env={**os.environ, **(env or {})})
    return done.returncode, done.stdout, done.stderr


def value_of(row):
    """A value that the row itself says is right; None: it needs something that is not here."""
    if row["name"] in VALUES:
        return VALUES[row["name"]]
    if row["kind"] == "bool":
        return "true"
    return row["example"] or row["choices"].split("|")[0] or row["default"] or None


class Row(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = json.loads(ask("options", "--json")[1])
        cls.of_run = [row for row in cls.rows if "run" in row["commands"].split()]

    def test_there_are_many(self):
        self.assertGreater(len(self.of_run), 50)

    def test_help_manual_and_completion(self):
        _, shell, _ = ask("completion", "bash")
        for row in (r for r in self.rows if r["flag"]):
            for command in row["commands"].split():
                with self.subTest(option=row["name"], command=command):
                    page = ROOT / f"docs/man/litebench-{command}.1"
                    self.assertIn(f"--{row['flag']}", ask("help", command, "all")[1])
                    self.assertIn(f"Fl -{row['flag']}", page.read_text(encoding="utf-8"))
                    self.assertIn(f"--{row['flag']}", shell)

    def test_bindings(self):
        """Except for what only the program looks at: files, terminals, exit codes, variables."""
        own = {"target.key_env", "judge.exit_zero"}
        for path in ("python/src/litebench/_options.py", "node/options.d.ts"):
            text = " ".join((ROOT / "bindings" / path).read_text(encoding="utf-8").split())
            missing = [row["name"] for row in self.rows
                       if f"{row['name']}: {row['help'].split(';')[0]}" not in text]
            self.assertEqual([name for name in missing if name not in own
                              and not name.startswith(("output.", "config."))], [], path)

    def dry_run(self, *words, env=None):
        return ask("run", "http://127.0.0.1:9", "--model", "m", "--dry-run", *words, env=env)

    def test_flag_environment_and_file(self):
        """By a value that cannot be right: the fault names where it came from."""
        kinds = {"int", "number", "share", "duration", "choice"}
        for row in (r for r in self.of_run if r["flag"] and r["kind"] in kinds):
            variable = "LITEBENCH_" + row["name"].upper().replace(".", "_")
            with self.subTest(option=row["name"]), \
                    tempfile.NamedTemporaryFile("w", suffix=".json") as file:
                json.dump({row["name"]: "no such value"}, file)
                file.flush()
                flag = f"--{row['flag']}"
                for where, (code, _, errors) in (
                        (flag, self.dry_run(flag, "no such value")),
                        (variable, self.dry_run(env={variable: "no such value"})),
                        (row["name"], self.dry_run("--config", file.name))):
                    self.assertEqual(code, 2, errors)
                    self.assertIn(where, errors)
                    self.assertIn("no such value", errors)

    def test_its_own_example_is_taken(self):
        for row in self.of_run:
            value = value_of(row)
            if value is None or row["name"].startswith(("target.url", "config.")):
                continue
            with self.subTest(option=row["name"], value=value):
                _, said, errors = self.dry_run("--set", f"{row['name']}={value}")
                self.assertNotIn(f"{row['name']}: ", errors)
                self.assertTrue(said or errors)


if __name__ == "__main__":
    unittest.main()
