# SPDX-License-Identifier: Apache-2.0
"""Runs scenarios: one ansible-playbook process a play, against a fresh fake cluster."""
import atexit
import concurrent.futures
import contextlib
import copy
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading

import yaml_lite
import environment
from fake_kubernetes import FakeKubernetes
from scenarios import ALL, own


class Outcome:
    """What one scenario left behind."""

    def __init__(self):
        self.codes, self.outputs, self.folder = [], [], None
        self.jobs, self.objects, self.requests = [], {}, []

    @property
    def output(self):
        return "\n".join(self.outputs)

    def shown(self):
        """Messages on the screen, with their prefix."""
        found = re.findall(r'^ +"msg": ("user\.info: .*")', self.output, re.M)
        return [json.loads(text) for text in found]

    def messages(self, action="provision"):
        """Messages in the file of the platform's format."""
        path = self.folder / (action + "-user-info.yaml")
        if not path.exists():
            return []
        return [json.loads(line[2:]) for line in path.read_text().splitlines()]

    def data(self, action="provision"):
        path = self.folder / (action + "-user-data.yaml")
        return yaml_lite.load(path.read_text()) if path.exists() else {}

    def args(self):
        return self.jobs[-1]["spec"]["template"]["spec"]["containers"][0]["args"]

    def option(self, name):
        args = self.args()
        return args[args.index(name) + 1] if name in args else None

    def kinds(self, namespace=None):
        return sorted(key[1] for key in self.objects
                      if key[1] != "events" and namespace in (None, key[2], key[3]))


def _variables(scenario, play, folder):
    values = dict(own(poll_seconds=1, start_timeout_seconds=4), **play)
    if scenario.output_dir:
        values["output_dir"] = str(folder)
    return values


def _environment(scenario, core, fake, home):
    extra = dict(scenario.env)
    first = [home.parent / "bin"]
    if "PATH_FIRST" in extra:
        first.append(environment.HERE / extra.pop("PATH_FIRST"))
    clean = environment.ansible(environment.venv(core), fake.url, home, scenario.agnosticd)
    clean.update(warm(core))
    path = os.pathsep.join([str(folder) for folder in first if folder.exists()] + [clean["PATH"]])
    return dict(clean, PATH=path, ANSIBLE_SHOW_CUSTOM_STATS="1", ANSIBLE_BECOME_EXE=str(
        environment.HERE / "plays" / "fake-sudo"), **extra)


_warm = {}
_warm_lock = threading.Lock()


def warm(core):
    """Environment that has modules run by warm_python.py, which is started once for a core."""
    with _warm_lock:
        if core not in _warm:
            path = os.path.join(tempfile.mkdtemp(prefix="warm-"), "socket")
            child = subprocess.Popen(
                [str(environment.venv(core) / "python3"), str(environment.HERE / "warm_python.py"),
                 "--serve", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
            atexit.register(_cool, child, os.path.dirname(path))
            child.stdout.readline()
            _warm[core] = {"WARM_PYTHON": path,
                           "WARM_PYTHON_PLAIN": str(environment.venv(core) / "python3")}
    return _warm[core]


def _cool(child, folder):
    child.terminate()
    child.wait(10)
    child.stdout.close()
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def endpoint(script, folder):
    """URL of litebench's own simulated endpoint, for scenarios whose pods are real processes."""
    pods = [pod for pod in script.get("pods", []) if "program" in pod]
    if not pods:
        yield None
        return
    program = environment.program()
    bin_dir = folder / "bin"
    bin_dir.mkdir()
    (bin_dir / "litebench").symlink_to(program)
    server = subprocess.Popen([program, "simulate"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True)
    try:
        for pod in pods:
            pod.update(program=program, folder=str(folder), env={"LITEBENCH_API_KEY": "sk-x"})
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


def run(scenario, core):
    outcome = Outcome()
    base = environment.build_dir / "role" / core
    base.mkdir(parents=True, exist_ok=True)
    outcome.folder = pathlib.Path(tempfile.mkdtemp(prefix=scenario.name + "-", dir=base))
    home = outcome.folder / "home"
    home.mkdir()
    script = dict({"speed": 0.4}, **copy.deepcopy(scenario.script or {}))
    with endpoint(script, outcome.folder) as url, \
            FakeKubernetes(script, **scenario.cluster) as fake:
        outcome.url = url
        for group, plural, item in scenario.before:
            fake.cluster.add(group, plural, item)
        fake.cluster.jobs_seen.clear()
        for play in scenario.plays:
            if url and "127.0.0.1:9/" not in str(play):
                play = dict(play, **own(url=url))
            _play(scenario, core, play, fake, outcome, home)
        outcome.jobs = fake.cluster.jobs_seen
        outcome.objects = fake.cluster.objects
        outcome.requests = fake.cluster.requests
    shutil.rmtree(home, ignore_errors=True)
    return outcome


def _play(scenario, core, play, fake, outcome, home):
    variables = outcome.folder / "variables.json"
    variables.write_text(json.dumps(_variables(scenario, play, outcome.folder)))
    playbook = environment.HERE / "plays" / (scenario.playbook or "role.yml")
    if scenario.playbook == "standalone.yml":
        playbook = environment.COLLECTION / "examples" / "standalone.yml"
    done = subprocess.run(
        [str(environment.venv(core) / "ansible-playbook"), str(playbook), "-vvv",
         "-e", "ansible_python_interpreter=%s" % (environment.HERE / "warm_python.py"),
         "-e", "@%s" % variables, "-e", "use_become=%s" % scenario.become] + scenario.arguments,
        env=_environment(scenario, core, fake, home), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300,
        cwd=str(outcome.folder))
    outcome.codes.append(done.returncode)
    outcome.outputs.append(done.stdout)
    (outcome.folder / ("output-%d.txt" % len(outcome.outputs))).write_text(done.stdout)


# One more than processors: some plays only wait for their Job.
POOL = concurrent.futures.ThreadPoolExecutor(max_workers=(os.cpu_count() or 1) + 1)


class Runner:
    """All scenarios of one ansible-core, in POOL; tests wait for theirs."""

    def __init__(self, core):
        self.core = core
        self.scenarios = {scenario.name: scenario for scenario in ALL}
        self.futures = {}
        try:
            environment.program()
        except environment.Unavailable:
            for name in [n for n in self.scenarios if n.startswith("program")]:
                del self.scenarios[name]

    def start(self, names):
        for name in names:
            self.outcome_later(name)

    def outcome_later(self, name):
        if name not in self.futures:
            self.futures[name] = POOL.submit(run, self.scenarios[name], self.core)
        return self.futures[name]

    def outcome(self, name):
        return self.outcome_later(name).result()
