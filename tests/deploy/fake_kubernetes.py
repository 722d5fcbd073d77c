# SPDX-License-Identifier: Apache-2.0
"""A small Kubernetes API server for tests of the role: stdlib only, loopback only.

It stores objects, answers 404, 409 and 422 where a real server does, and plays
the Job controller and kubelet by script: what happens to a Job's pods is
computed from the time since the Job started, whenever somebody looks.
"""
import base64
import copy
import datetime
import hashlib
import json
import os
import subprocess
import tempfile
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

# (group version, plural) -> (kind, namespaced)
KINDS = {
    ("v1", "namespaces"): ("Namespace", False),
    ("v1", "pods"): ("Pod", True),
    ("v1", "secrets"): ("Secret", True),
    ("v1", "configmaps"): ("ConfigMap", True),
    ("v1", "services"): ("Service", True),
    ("v1", "events"): ("Event", True),
    ("batch/v1", "jobs"): ("Job", True),
    ("apps/v1", "deployments"): ("Deployment", True),
}
# What "kubectl delete all" means.
ALL = ("Pod", "Service", "Deployment", "Job")
ROUTE = {("route.openshift.io/v1", "routes"): ("Route", True)}


def now(offset=0.0):
    stamp = datetime.datetime.fromtimestamp(time.time() + offset, datetime.timezone.utc)
    return stamp.strftime("%Y-%m-%dT%H:%M:%SZ")


def block(report, shard=0, of=1, encoding=None, payload=None, **changes):
    """A result block as litebench prints it; changes spoil single attributes."""
    import gzip
    data = payload if payload is not None else json.dumps(report).encode()
    if encoding == "gzip":
        data = gzip.compress(data)
    head = {"shard": "%d/%d" % (shard, of), "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest()}
    if encoding:
        head["encoding"] = encoding
    head.update(changes)
    body = base64.b64encode(data).decode()
    lines = [body[i:i + 76] for i in range(0, len(body), 76)]
    text = " ".join("%s=%s" % pair for pair in head.items())
    return "\n".join(["-----BEGIN LITEBENCH RESULT v1 %s-----" % text] + lines +
                     ["-----END LITEBENCH RESULT-----"]) + "\n"


class Conflict(Exception):
    """An answer other than 200: code, reason, message."""

    def __init__(self, code, reason, message):
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message


class Cluster:
    """Objects and the script that runs Jobs. A script is a dictionary:

    pods: list of {state, log, exit, reason, message, ...} by index; deny: text of a
    FailedCreate event; deadline: bool; speed: seconds until pods are running and over.
    """

    def __init__(self, script=None, openshift=True, cluster_admin=True):
        self.lock = threading.RLock()
        self.objects = {}
        self.kinds = {**KINDS, **(ROUTE if openshift else {})}
        self.cluster_admin = cluster_admin
        self.script = script or {}
        self.requests = []
        self.jobs_seen = []
        self.version = 1

    # -- store -----------------------------------------------------------
    def key(self, group, plural, namespace, name):
        return (group, plural, namespace or "", name)

    def add(self, group, plural, item):
        kind, _ = self.kinds[(group, plural)]
        item = copy.deepcopy(item)
        item.setdefault("apiVersion", group)
        item.setdefault("kind", kind)
        meta = item.setdefault("metadata", {})
        if not meta.get("name"):
            meta["name"] = meta.get("generateName", "x") + uuid.uuid4().hex[:5]
        key = self.key(group, plural, meta.get("namespace"), meta["name"])
        if key in self.objects:
            raise Conflict(409, "AlreadyExists", '%s "%s" already exists' % (plural, meta["name"]))
        if self.kinds[(group, plural)][1] and group + plural != "v1events" and \
                self.key("v1", "namespaces", None, meta.get("namespace")) not in self.objects:
            raise Conflict(404, "NotFound", 'namespaces "%s" not found' % meta.get("namespace"))
        self.version += 1
        meta.update(uid=str(uuid.uuid4()), creationTimestamp=now(),
                    resourceVersion=str(self.version))
        self._default(kind, item)
        self.objects[key] = item
        return item

    def _default(self, kind, item):
        for owner in item["metadata"].get("ownerReferences") or []:
            if "uid" not in owner:  # a test names a Job that is there already
                key = self.key("batch/v1", "jobs", item["metadata"]["namespace"], owner["name"])
                owner["uid"] = self.objects[key]["metadata"]["uid"]
        if kind == "Namespace":
            item["status"] = {"phase": "Active"}
        if kind == "Job":
            self._check_job(item["spec"])
            uid = item["metadata"]["uid"]
            item["spec"].setdefault("selector", {"matchLabels": {
                "batch.kubernetes.io/controller-uid": uid}})
            item.setdefault("status", {})
            self.jobs_seen.append(copy.deepcopy(item))
            if not item["spec"].get("suspend"):
                item["status"]["startTime"] = now()
                item["_started"] = time.time()

    @staticmethod
    def _check_job(spec):
        if spec.get("backoffLimitPerIndex") is not None and spec.get("completionMode") != "Indexed":
            raise Conflict(422, "Invalid", "spec.backoffLimitPerIndex: requires indexed mode")
        pod = spec["template"]["spec"]
        if spec.get("podFailurePolicy") and pod.get("restartPolicy") != "Never":
            raise Conflict(422, "Invalid", "spec.podFailurePolicy: only restartPolicy Never")
        for container in pod["containers"]:
            if not container.get("image"):
                raise Conflict(422, "Invalid", "spec.template.spec.containers[0].image: Required")
            for word in container.get("args", []) + [e.get("value", "") for e in
                                                     container.get("env", [])]:
                if not isinstance(word, str):
                    raise Conflict(400, "BadRequest", "args and env values must be strings")

    def delete(self, key, policy="Background"):
        item = self.objects.pop(key, None)
        if item is None:
            raise Conflict(404, "NotFound", '%s "%s" not found' % (key[1], key[3]))
        uid = item["metadata"]["uid"]
        if key[1] == "namespaces":
            for other in [k for k in self.objects if k[2] == key[3]]:
                self.objects.pop(other)
        elif policy != "Orphan":
            for other in [k for k, v in self.objects.items()
                          if any(o.get("uid") == uid for o in
                                 v["metadata"].get("ownerReferences") or [])]:
                self.objects.pop(other)
        else:
            for other in self.objects.values():
                other["metadata"].pop("ownerReferences", None)
        return item

    def patch(self, key, change, replace=False):
        old = self.objects.get(key)
        if old is None:
            raise Conflict(404, "NotFound", '%s "%s" not found' % (key[1], key[3]))
        new = copy.deepcopy(change) if replace else _merge(copy.deepcopy(old), change)
        if key[1] == "jobs":
            for field in ("template", "selector", "completionMode", "completions"):
                if new["spec"].get(field, old["spec"].get(field)) != old["spec"].get(field):
                    raise Conflict(422, "Invalid", "spec.%s: field is immutable" % field)
            self._resume(old, new)
        if new != old:
            self.version += 1
            new["metadata"]["resourceVersion"] = str(self.version)
        self.objects[key] = new
        return new

    def _resume(self, old, new):
        if old["spec"].get("suspend") and not new["spec"].get("suspend"):
            new["_started"] = time.time()
            new["status"] = {"startTime": now()}
        elif new["spec"].get("suspend") and not old["spec"].get("suspend"):
            new.pop("_started", None)
            uid = new["metadata"]["uid"]
            for key in [k for k, v in self.objects.items() if k[1] == "pods" and any(
                    o["uid"] == uid for o in v["metadata"].get("ownerReferences") or [])]:
                self.objects.pop(key)

    # -- Job controller and kubelet, by script ------------------------------
    def advance(self):
        for key, job in list(self.objects.items()):
            if key[1] == "jobs" and job.get("_started") and not self._over(job):
                self._run(job, time.time() - job["_started"])

    @staticmethod
    def _over(job):
        return any(c["type"] in ("Complete", "Failed") for c in job["status"].get("conditions", []))

    def _event(self, job, reason, message, kind="Normal"):
        namespace = job["metadata"]["namespace"]
        name = "%s.%s" % (job["metadata"]["name"], reason.lower())
        key = self.key("v1", "events", namespace, name + job["metadata"]["uid"][:8])
        if key not in self.objects:
            self.add("v1", "events", {
                "metadata": {"name": key[3], "namespace": namespace}, "reason": reason,
                "message": message, "type": kind,
                "involvedObject": {"kind": "Job", "name": job["metadata"]["name"],
                                   "uid": job["metadata"]["uid"]}})

    def _run(self, job, age):
        if self.script.get("deny"):
            self._event(job, "FailedCreate", self.script["deny"], "Warning")
            return
        speed = self.script.get("speed", 1.0)
        shards = job["spec"].get("completions", 1)
        scripts = self.script.get("pods") or [{}]
        for index in range(shards):
            self._pod(job, index, scripts[min(index, len(scripts) - 1)], age, speed)
        self._event(job, "SuccessfulCreate", "Created pods")
        used = [scripts[min(i, len(scripts) - 1)] for i in range(shards)]
        over = all(pod["status"]["phase"] in ("Succeeded", "Failed") for pod in self._pods(job)) \
            if used[0].get("program") else age >= 2 * speed
        if over:
            self._finish(job, shards, used)
        else:
            job["status"]["active"] = shards

    def _pods(self, job):
        return [v for k, v in self.objects.items() if k[1] == "pods" and any(
            o["uid"] == job["metadata"]["uid"] for o in v["metadata"].get("ownerReferences") or [])]

    def _finish(self, job, shards, scripts):
        if any(script.get("waiting") or script.get("unschedulable") for script in scripts):
            return
        failed = [i for i, script in enumerate(scripts) if script.get("exit")]
        job["status"] = {"startTime": job["status"].get("startTime"), "failed": len(failed),
                         "succeeded": shards - len(failed)}
        if self.script.get("deadline"):
            self._condition(job, "Failed", "DeadlineExceeded",
                            "Job was active longer than specified deadline")
            for key in [k for k in self.objects if k[1] == "pods"]:
                self.objects.pop(key)
        elif failed:
            usage = any(script.get("exit") == 2 for script in scripts)
            self._condition(job, "Failed", "PodFailurePolicy" if usage else
                            "FailedIndexes" if shards > 1 else "BackoffLimitExceeded",
                            "Job has failed indexes")
        else:
            self._condition(job, "Complete", "", "")

    @staticmethod
    def _condition(job, kind, reason, message):
        job["status"]["conditions"] = [{"type": kind, "status": "True", "reason": reason,
                                        "message": message, "lastTransitionTime": now()}]

    def _pod(self, job, index, script, age, speed):
        meta = job["metadata"]
        name = "%s-%d-%s" % (meta["name"], index, meta["uid"][:5])
        key = self.key("v1", "pods", meta["namespace"], name)
        if key not in self.objects:
            template = copy.deepcopy(job["spec"]["template"])
            labels = dict(template["metadata"]["labels"], **{
                "batch.kubernetes.io/job-completion-index": str(index), "job-name": meta["name"]})
            self.add("v1", "pods", {
                "metadata": {"name": name, "namespace": meta["namespace"], "labels": labels,
                             "annotations": {
                                 "batch.kubernetes.io/job-completion-index": str(index)},
                             "ownerReferences": [{"kind": "Job", "name": meta["name"],
                                                  "uid": meta["uid"], "controller": True}]},
                "spec": template["spec"]})
        pod = self.objects[key]
        if script.get("program"):
            _run_program(pod, script, job, index)
        else:
            pod["status"] = _pod_status(script, age, speed)
            pod["_log"] = script.get("log", "")

    def log(self, key):
        pod = self.objects.get(key)
        if pod is None:
            raise Conflict(404, "NotFound", "pods not found")
        state = pod["status"]["containerStatuses"][0]["state"] if \
            pod["status"].get("containerStatuses") else {"waiting": {}}
        if "waiting" in state:
            raise Conflict(400, "BadRequest", "container is waiting to start")
        return pod.get("_log", "")


def _run_program(pod, script, job, index):
    """The container is a real process on this machine; the script says how to start it."""
    if "_process" not in pod:
        container = job["spec"]["template"]["spec"]["containers"][0]
        pod["_folder"] = tempfile.mkdtemp(prefix="pod-", dir=script["folder"])
        message = os.path.join(pod["_folder"], "message")
        env = {e["name"]: e["value"] for e in container["env"] if "value" in e}
        env.update(script["env"], JOB_COMPLETION_INDEX=str(index), PATH=os.environ["PATH"],
                   LITEBENCH_TERMINATION_LOG=message)
        args = [word.replace("/results/", pod["_folder"] + "/") for word in container["args"]]
        with open(os.path.join(pod["_folder"], "log"), "wb") as log:
            pod["_process"] = subprocess.Popen(
                [script["program"]] + args, env=env, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT)
    code = pod["_process"].poll()
    with open(os.path.join(pod["_folder"], "log"), encoding="utf-8") as file:
        pod["_log"] = file.read()
    if code is None:
        state, phase = {"running": {"startedAt": now()}}, "Running"
    else:
        state = {"terminated": {"exitCode": code, "reason": "Error" if code else "Completed"}}
        phase = "Failed" if code else "Succeeded"
        script["exit"] = max(script.get("exit", 0), code)
        try:
            with open(os.path.join(pod["_folder"], "message"), encoding="utf-8") as file:
                state["terminated"]["message"] = file.read()[:4096]
        except OSError:
            pass
    pod["status"] = {"phase": phase, "containerStatuses": [{"name": "benchmark", "state": state}]}


def _pod_status(script, age, speed):
    if script.get("unschedulable"):
        return {"phase": "Pending", "conditions": [{
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": script["unschedulable"]}]}
    if script.get("waiting"):
        state = {"waiting": {"reason": script["waiting"], "message": script.get("message", "")}}
        phase = "Pending"
    elif age < speed / 2:
        state, phase = {"waiting": {"reason": "ContainerCreating"}}, "Pending"
    elif age < 2 * speed:
        state, phase = {"running": {"startedAt": now()}}, "Running"
    else:
        code = script.get("exit", 0)
        state = {"terminated": {"exitCode": code, "reason": script.get("reason", "Error" if code
                                                                       else "Completed")}}
        if script.get("message"):
            state["terminated"]["message"] = script["message"]
        phase = "Failed" if code else "Succeeded"
    status = {"phase": phase, "containerStatuses": [{"name": "benchmark", "state": state}]}
    if script.get("evicted") and phase == "Failed":
        status.update(reason="Evicted", message=script["evicted"])
    return status


def _merge(old, change):
    """JSON merge patch; lists are replaced."""
    for name, value in change.items():
        if value is None:
            old.pop(name, None)
        elif isinstance(value, dict) and isinstance(old.get(name), dict):
            _merge(old[name], value)
        else:
            old[name] = value
    return old


def _selected(item, query):
    for part in filter(None, query.get("labelSelector", [""])[0].split(",")):
        name, _, value = part.partition("=")
        if (item["metadata"].get("labels") or {}).get(name) != value.lstrip("="):
            return False
    for part in filter(None, query.get("fieldSelector", [""])[0].split(",")):
        path, _, value = part.partition("=")
        found = item
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        if found != value:
            return False
    return True


def _public(item):
    return {name: value for name, value in item.items() if not name.startswith("_")}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _send(self, code, body, kind="application/json"):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _body(self):
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return json.loads(data) if data else {}

    def _any(self):
        url = urlparse(self.path)
        body = self._body()
        cluster = self.server.cluster
        with cluster.lock:
            cluster.requests.append((self.command, url.path))
            try:
                cluster.advance()
                answer = self._route(cluster, url.path, parse_qs(url.query), body)
            except Conflict as error:
                self._send(error.code, {
                    "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": error.code,
                    "reason": error.reason, "message": error.message})
                return
        if isinstance(answer, str):
            self._send(200, answer, "text/plain")
        else:
            self._send(201 if self.command == "POST" else 200, answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

    def _route(self, cluster, path, query, body):
        parts = [part for part in path.split("/") if part]
        found = self._discovery(cluster, parts)
        if found is not None:
            return found
        group, rest = ("v1", parts[2:]) if parts[0] == "api" else \
            ("/".join(parts[1:3]), parts[3:])
        namespace = None
        if rest[0] == "namespaces" and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        if (group, rest[0]) not in cluster.kinds:
            raise Conflict(404, "NotFound", "the server could not find the requested resource")
        if rest[0] == "namespaces" and not cluster.cluster_admin:
            raise Conflict(403, "Forbidden", 'namespaces "%s" is forbidden: User "user" cannot '
                           "%s resource" % (rest[-1], self.command.lower()))
        return self._resource(cluster, group, namespace, rest, query, body)

    def _resource(self, cluster, group, namespace, rest, query, body):
        plural, name = rest[0], rest[1] if len(rest) > 1 else None
        key = cluster.key(group, plural, namespace, name)
        if len(rest) > 2 and rest[2] == "log":
            text = cluster.log(key)
            tail = int(query.get("tailLines", ["0"])[0])
            return "".join(text.splitlines(True)[-tail:]) if tail else text
        if self.command == "POST":
            body.setdefault("metadata", {})
            if namespace:
                body["metadata"]["namespace"] = namespace
            return _public(cluster.add(group, plural, body))
        if self.command == "DELETE":
            # As a real server does for batch/v1 through the API: pods are orphaned unless told.
            default = "Orphan" if plural == "jobs" else "Background"
            policy = body.get("propagationPolicy") or query.get("propagationPolicy", [default])[0]
            return _public(cluster.delete(key, policy))
        if self.command in ("PUT", "PATCH"):
            return _public(cluster.patch(key, body, self.command == "PUT"))
        if name:
            if key not in cluster.objects:
                raise Conflict(404, "NotFound", '%s "%s" not found' % (plural, name))
            return _public(cluster.objects[key])
        items = [_public(v) for k, v in cluster.objects.items()
                 if k[:2] == (group, plural) and namespace in (None, k[2]) and _selected(v, query)]
        return {"kind": cluster.kinds[(group, plural)][0] + "List", "apiVersion": group,
                "metadata": {"resourceVersion": str(cluster.version)}, "items": items}

    @staticmethod
    def _discovery(cluster, parts):
        groups = sorted({group for group, _ in cluster.kinds if "/" in group})
        if parts == ["version"]:
            return {"major": "1", "minor": "33", "gitVersion": "v1.33.0"}
        if parts == ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"]}
        if parts == ["apis"]:
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
                {"name": g.split("/")[0], "versions": [{"groupVersion": g, "version": "v1"}],
                 "preferredVersion": {"groupVersion": g, "version": "v1"}} for g in groups]}
        if parts[0] == "api" and len(parts) == 2 or parts[0] == "apis" and len(parts) == 3:
            group = "v1" if parts[0] == "api" else "/".join(parts[1:])
            verbs = ["create", "delete", "get", "list", "patch", "update", "watch",
                     "deletecollection"]
            found = [{"name": plural, "singularName": "", "kind": kind, "namespaced": spaced,
                      "verbs": verbs, "categories": ["all"] if kind in ALL else []}
                     for (g, plural), (kind, spaced) in sorted(cluster.kinds.items()) if g == group]
            if group == "v1":
                found.append({"name": "pods/log", "singularName": "", "kind": "Pod",
                              "namespaced": True, "verbs": ["get"]})
            return {"kind": "APIResourceList", "groupVersion": group, "resources": found}
        return None


class FakeKubernetes:
    """with FakeKubernetes(script) as fake: fake.url, fake.cluster"""

    def __init__(self, script=None, **options):
        self.cluster = Cluster(script, **options)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.cluster = self.cluster
        self.url = "http://127.0.0.1:%d" % self.server.server_port

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
