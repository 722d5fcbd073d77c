# SPDX-License-Identifier: Apache-2.0
"""The role's life under molecule: on each ansible-core, with and without agnosticd.

test_role.py asks about single behaviours; this is one order from provision to the second destroy,
in the steps that users of molecule know, with checks as a catalog author would write them.
"""
import json
import pathlib
import subprocess
import tempfile
import unittest

import environment
from driver import POOL
from fake_kubernetes import FakeKubernetes
from scenarios import SUCCESS


LIVES = {}


def life(core, agnosticd):
    """Runs the scenario; (exit code, what it said, messages of the two destroys)."""
    bin_dir = environment.venv(core)
    base = environment.build_dir / "molecule"
    base.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=core + "-", dir=base))
    with FakeKubernetes(dict(SUCCESS, speed=0.4)) as fake:
        done = subprocess.run(
            [str(bin_dir / "molecule"), "test"], cwd=environment.HERE, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=900,
            env=dict(environment.ansible(bin_dir, fake.url, folder, agnosticd), NO_COLOR="1",
                     MOLECULE_EPHEMERAL_DIRECTORY=str(folder / "molecule"),
                     OUTPUT_DIR=str(folder), WITH_AGNOSTICD=str(agnosticd)))
    (folder / "output.txt").write_text(done.stdout)
    path = folder / "destroy-user-info.yaml"
    lines = path.read_text().splitlines() if path.exists() else []
    return done.returncode, done.stdout, [json.loads(line[2:]) for line in lines]


def begin():
    """Starts all lives, if this machine can have them."""
    for core in environment.PACKAGES:
        try:
            environment.venv(core)
        except environment.Unavailable:
            continue  # its test says so
        for agnosticd in (False, True):
            later(core, agnosticd)


def later(core, agnosticd):
    if (core, agnosticd) not in LIVES:
        LIVES[core, agnosticd] = POOL.submit(life, core, agnosticd)
    return LIVES[core, agnosticd]


class Molecule(unittest.TestCase):
    def check(self, core, agnosticd):
        try:
            code, said, messages = later(core, agnosticd).result()
        except environment.Unavailable as error:
            self.skipTest("%s: %s" % (core, error))
        self.assertEqual(code, 0, said[-4000:])
        # Molecule only warns of a playbook that it does not find.
        for task in ("Check result, owner and mark", "Check that nothing is left"):
            self.assertEqual(said.count(task), 1)
        gone, again = messages
        self.assertIn("• Namespace bench", gone)  # the role had made it
        self.assertIn("Nothing to remove", again)

    def test_life_on_core_219(self):
        self.check("v219", False)

    def test_life_on_core_219_with_agnosticd(self):
        self.check("v219", True)

    def test_life_on_core_215(self):
        self.check("v215", False)

    def test_life_on_core_215_with_agnosticd(self):
        self.check("v215", True)
