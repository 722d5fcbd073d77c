# SPDX-License-Identifier: Apache-2.0
"""Every code block of the documentation is compiled, run or looked at: C and CMake against the
installed tree, commands of litebench for real, other commands as far as they name what is ours.
A block that nobody looks at is a fault, so a new one must be of a kind that is known here.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from simulator import BIN, Server

ROOT = Path(os.environ["LITEBENCH_SOURCE_DIR"])
BUILD = os.environ["LITEBENCH_BUILD_DIR"]
SANITIZED = "LITEBENCH_SANITIZED" in os.environ
# Blocks that are no code: where, and how they begin.
PICTURES = [("ARCHITECTURE.md", "cli, examples"), ("ARCHITECTURE.md", "net/loop.c"),
            ("README.md", "PASS  "), ("docs/internals/report.md", "dataset ->")]
# Looked at by tests/deploy/test_docs.py and by tests/bindings/run, each with its tools.
ELSEWHERE = ("deploy/", "bindings/", "docs/howto/before-a-workshop.md",
             "docs/howto/migrate-from-the-old-role.md",
             "docs/howto/troubleshooting-on-the-cluster.md")
OURS = re.compile(r"\./quickstart|(scripts|bench|tests|bindings)/[\w./-]+")
THEIRS = {"cd", "mv", "tar", "cp", "cc", "apt-get", "dpkg-buildpackage", "rpmbuild", "python3",
          "sleep", "cat", "kubectl"}


def pages():
    for path in sorted(ROOT.rglob("*.md")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(("build/", "lib/")) and "node_modules" not in name:
            yield name, path.read_text(encoding="utf-8")


def blocks():
    """(page, language, text)"""
    for name, text in pages():
        for language, body in re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text, re.M | re.S):
            if not name.startswith(ELSEWHERE) and not any(
                    name == page and body.startswith(start) for page, start in PICTURES):
                yield name, language, body


def commands(text):
    """Its commands as lists of words, without comments, here-documents and variables before."""
    text = re.sub(r"<<'(\w+)'\n.*?^\1$", "", text, flags=re.M | re.S).replace("\\\n", " ")
    for line in text.splitlines():
        for command in re.split(r" && | \| | &$", line.strip()):
            words = shlex.split(command, comments=True)
            while words and re.match(r"\w+=", words[0]):
                words.pop(0)
            if words:
                yield words


class Programs(unittest.TestCase):
    """C and CMake against the installed tree."""

    @classmethod
    def setUpClass(cls):
        if SANITIZED:
            raise unittest.SkipTest("a program would need the sanitizer's run time")
        cls.folder = tempfile.TemporaryDirectory()
        cls.prefix = Path(cls.folder.name) / "prefix"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.prefix], check=True,
                       stdout=subprocess.DEVNULL)
        libraries = [p.parent for p in cls.prefix.rglob("liblitebench.so")]
        if not libraries:
            raise unittest.SkipTest("the library of this build is static")
        cls.env = {**os.environ, "LD_LIBRARY_PATH": str(libraries[0]),
                   "PKG_CONFIG_PATH": f"{libraries[0]}/pkgconfig"}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def build(self, folder, page):
        """By the page's own command, or by its CMake lines."""
        cmake = [text for name, kind, text in blocks() if name == page and kind == "cmake"]
        compiler = os.environ.get("CC", "cc")
        subprocess.run(f"{compiler} -Wall -Wextra -Werror prog.c -o prog "
                       "$(pkg-config --cflags --libs litebench)", shell=True, check=True,
                       cwd=folder, env=self.env)
        if cmake:
            (folder / "CMakeLists.txt").write_text(
                "cmake_minimum_required(VERSION 3.20)\nproject(prog C)\n"
                + cmake[0].replace("\n", "\nadd_executable(prog prog.c)\n", 1), encoding="utf-8")
            subprocess.run(["cmake", "-S", folder, "-B", folder / "build",
                            f"-DCMAKE_PREFIX_PATH={self.prefix}"], check=True, env=self.env,
                           stdout=subprocess.DEVNULL)
            subprocess.run(["cmake", "--build", folder / "build"], check=True,
                           stdout=subprocess.DEVNULL)

    def test_c(self):
        found = [(name, text) for name, kind, text in blocks() if kind == "c"]
        self.assertGreater(len(found), 1)
        for number, (page, text) in enumerate(found):
            with self.subTest(page=page), Server("--ttft", "5ms", "--itl", "1ms") as server:
                folder = Path(self.folder.name) / str(number)
                folder.mkdir()
                self.assertIn("http://127.0.0.1:8000", text)
                text = text.replace("http://127.0.0.1:8000", server.url)
                (folder / "prog.c").write_text(text, encoding="utf-8")
                self.build(folder, page)
                said = subprocess.run([folder / "prog"], env=self.env, cwd=folder, text=True,
                                      capture_output=True, timeout=60, check=False)
                self.assertRegex(said.stdout, r"\d ms to the first token: \w|^PASS ", said.stderr)


class Commands(unittest.TestCase):
    def test_every_block_is_of_a_known_kind(self):
        kinds = {(name, kind) for name, kind, _ in blocks()
                 if kind not in ("", "c", "cmake", "sh")}
        self.assertEqual(kinds, set())

    def shells(self):
        for name, kind, text in blocks():
            if kind in ("", "sh") and not text.startswith("{"):
                yield from ((name, words) for words in commands(text))

    def test_they_name_what_is_there(self):
        presets = json.loads((ROOT / "CMakePresets.json").read_text(encoding="utf-8"))
        presets = {p["name"] for p in presets["configurePresets"]}
        control = (ROOT / "packaging/deb/control").read_text(encoding="utf-8")
        seen = 0
        for page, words in self.shells():
            with self.subTest(page=page, command=" ".join(words)):
                seen += 1
                program = words[0]
                for path in filter(OURS.fullmatch, words):
                    self.assertTrue((ROOT / path).is_file(), path)
                if program in ("cmake", "ctest"):
                    self.assertIn(words[words.index("--preset") + 1], presets)
                elif program == "apt-get":
                    self.assertIn(f"Package: {words[2]}\n", control)
                else:
                    self.assertTrue(program in THEIRS or OURS.fullmatch(program)
                                    or program.endswith(("/litebench", "litebench"))
                                    or program.startswith("/tmp/"), program)
        self.assertGreater(seen, 25)

    def test_litebench_does_what_they_say(self):
        done = set()
        with Server("--ttft", "5ms", "--itl", "1ms") as server, \
                tempfile.TemporaryDirectory() as folder:
            env = {**os.environ, "XDG_STATE_HOME": folder, "LITEBENCH_API_KEY": "sk-x"}
            (Path(folder) / "key.txt").write_text("sk-x\n", encoding="utf-8")
            self.litebench(env, folder, "run", server.url, "--preset", "quick", "-q")
            for page, words in self.shells():
                if not words[0].endswith("litebench"):
                    continue
                words = [server.url if re.match(r"https?://|URL$", w) else w for w in words[1:]]
                more = {"run": ["--dry-run"], "simulate": ["--help"], "selftest": ["--help"]}
                with self.subTest(page=page, command=" ".join(words)):
                    self.litebench(env, folder, *words, *more.get(words[0], []))
                done.add(words[0])
        self.assertLessEqual({"run", "report", "doctor", "selftest", "simulate"}, done)

    def litebench(self, env, folder, *words):
        done = subprocess.run([BIN, *words], env=env, cwd=folder, text=True, timeout=60,
                              capture_output=True, check=False)
        # 5, undecided, is an answer: few conversations prove little.
        self.assertIn(done.returncode, (0, 5), done.stderr + done.stdout)

    def test_records_by_hand_are_taken(self):
        found = [text for name, _, text in blocks() if text.startswith("{")]
        self.assertEqual(len(found), 1)
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "hand.ndjson").write_text(found[0], encoding="utf-8")
            self.litebench(None, folder, "report", "hand.ndjson")


if __name__ == "__main__":
    if not shutil.which("cmake"):
        raise SystemExit("cmake is not installed")
    unittest.main()
