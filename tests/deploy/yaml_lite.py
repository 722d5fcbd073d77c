# SPDX-License-Identifier: Apache-2.0
"""Reads YAML with PyYAML of the test environment, so that the driver itself needs only stdlib."""
import json
import subprocess

import environment

CODE = "import json,sys,yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin))))"


def load_all(text):
    python = environment.venv("v219") / "python"
    done = subprocess.run([str(python), "-c", CODE], input=text, capture_output=True, text=True,
                          check=True)
    return json.loads(done.stdout)


def load(text):
    return load_all(text)[0]
