#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Completion in the real shells: bash by its variables, fish by complete -C, zsh by a TAB through a
pseudo terminal. A shell that is not here is a skip of its class, said with its reason."""
import json
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

BIN = os.environ["LITEBENCH_BIN"]
SHELLS = ("bash", "zsh", "fish")


def clean_environment(home):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LITEBENCH_", "OPENAI_"))}
    # fish looks at the program's path to decide whether its completions are of use.
    env.update(HOME=home, XDG_CONFIG_HOME=home, XDG_DATA_HOME=home, TERM="xterm", LC_ALL="C.UTF-8",
               PATH=f"{pathlib.Path(BIN).parent}:{os.environ['PATH']}")
    return env


class Shell(unittest.TestCase):
    """The cases, the same in every shell: what was typed, what must come, what must not."""
    shell = None

    @classmethod
    def setUpClass(cls):
        if cls.shell is None:
            raise unittest.SkipTest("the common cases")
        if not shutil.which(cls.shell):
            print(f"skipped: {cls.shell} is not installed", file=sys.stderr)
            raise unittest.SkipTest(f"{cls.shell} is not installed")
        cls.tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.tmp.cleanup)
        cls.dir = pathlib.Path(cls.tmp.name)
        (cls.dir / "work" / "handbook").mkdir(parents=True)
        (cls.dir / "work" / "records.ndjson").touch()
        cls.env = clean_environment(cls.tmp.name)
        cls.script = cls.dir / f"litebench.{cls.shell}"
        with cls.script.open("wb") as out:
            subprocess.run([BIN, "completion", cls.shell], check=True, stdout=out)

    def expect(self, typed, wanted, unwanted=()):
        with self.subTest(typed=typed):
            got = self.complete(typed)
            for word in wanted:
                self.assertIn(word, got)
            for word in unwanted:
                self.assertNotIn(word, got)

    def test_commands(self):
        self.expect("litebench ", ["run", "plan", "report", "simulate", "options", "completion"])
        self.expect("litebench re", ["report"], ["run"])

    def test_options_of_a_command_only(self):
        self.expect("litebench run --sch", ["--schedule"], ["--slots"])
        self.expect("litebench simulate --slot", ["--slots"], ["--slo"])
        self.expect("litebench run http://localhost --sch", ["--schedule"])
        self.expect("litebench http://localhost --sch", ["--schedule"])

    def test_values(self):
        self.expect("litebench run --schedule ", ["rotate", "users"])
        self.expect("litebench run --schedule=", ["rotate", "users"])
        self.expect("litebench run --preset ", ["quick", "workshop"])
        self.expect("litebench run --set load.w", ["load.workers="], ["plan.turns="])

    def test_paths(self):
        self.expect("litebench run --docs ", ["handbook"], ["records.ndjson"])
        self.expect("litebench run --config ", ["records.ndjson"])
        self.expect("litebench report ", ["records.ndjson", "last"])

    def test_other_words(self):
        self.expect("litebench help exit", ["exit-codes"])
        self.expect("litebench completion ", SHELLS)


class Bash(Shell):
    shell = "bash"

    def complete(self, typed):
        # As readline cuts it: at blanks, and "=" and ":" are words of their own.
        words = re.findall(r"[=:]|[^\s=:]+", typed)
        if typed.endswith(" "):
            words.append("")
        array = " ".join(f"'{word}'" for word in words)
        done = subprocess.run(
            ["bash", "--norc", "-c",
             f"source {self.script}; COMP_WORDS=({array}); COMP_CWORD={len(words) - 1}; "
             '_litebench; printf "%s\\n" "${COMPREPLY[@]}"'],
            capture_output=True, text=True, timeout=60, cwd=self.dir / "work", env=self.env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split("\n")


class Fish(Shell):
    shell = "fish"

    def complete(self, typed):
        done = subprocess.run(
            ["fish", "--no-config", "-c", f"source {self.script}; complete -C '{typed}'"],
            capture_output=True, text=True, timeout=60, cwd=self.dir / "work", env=self.env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        words = [line.split("\t")[0] for line in done.stdout.split("\n")]
        # For --flag=value fish repeats the flag, and a folder ends with a slash.
        return [re.sub(r"^--\w+=", "", word).rstrip("/") for word in words]


class Zsh(Shell):
    shell = "zsh"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.dir / ".zshrc").write_text(
            "autoload -Uz compinit; compinit -u -D\n"
            f"source {cls.script}\n"
            "zstyle ':completion:*' list-prompt ''\n"
            "unsetopt AUTO_MENU LIST_BEEP BEEP\n"
            "bindkey '^X' list-choices; LISTMAX=10000; PS1='READY> '\n", encoding="utf-8")

    @staticmethod
    def read_until(master, pattern, seconds=30):
        text, end = "", time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([master], [], [], 0.3)[0]:
                try:
                    text += os.read(master, 65536).decode("utf-8", "replace")
                except OSError:
                    break
            elif pattern is None or re.search(pattern, text):
                break
        return text

    def complete(self, typed):
        pid, master = pty.fork()
        if pid == 0:
            os.chdir(self.dir / "work")
            os.execvpe("zsh", ["zsh", "-i"], {**self.env, "ZDOTDIR": self.tmp.name,
                                              "COLUMNS": "200"})
        try:
            self.read_until(master, "READY> ")
            os.write(master, typed.encode() + b"\x18")
            text = self.read_until(master, None, 10)
            if text.count(typed.split()[-1]) < 2:  # a slow machine: the list is still to come
                text += self.read_until(master, None, 10)
        finally:
            os.write(master, b"\x15exit\n")
            self.read_until(master, "never", 1)
            os.close(master)
            os.waitpid(pid, 0)
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", " ", text)
        return [word.rstrip("/") for word in text[text.find(typed) + len(typed):].split()]


class Script(unittest.TestCase):
    def test_every_flag_is_there(self):
        out = subprocess.run([BIN, "options", "--commands", "--json"], check=True,
                             capture_output=True, text=True).stdout
        texts = {shell: subprocess.run([BIN, "completion", shell], check=True, text=True,
                                       capture_output=True).stdout for shell in SHELLS}
        for command in json.loads(out)["commands"]:
            for row in command["options"]:
                name, flag = command["name"], rf"(no-)?{row['flag']}"
                self.assertRegex(texts["bash"], rf"(?m)^ +{name}/-.*--{flag} ")
                self.assertRegex(texts["zsh"], rf"(?m)^ +'\*?--{flag}=?\[")
                self.assertRegex(texts["fish"], rf"(?m)_command {name}' -l {flag}\b")

    def test_wrong_usage(self):
        for args in ([], ["ksh"], ["bash", "zsh"], ["--fish"]):
            done = subprocess.run([BIN, "completion", *args], capture_output=True, text=True,
                                  check=False)
            self.assertEqual((done.returncode, done.stdout), (2, ""), args)
            self.assertIn("litebench completion", done.stderr)


if __name__ == "__main__":
    unittest.main()
