# SPDX-License-Identifier: Apache-2.0
"""A small client of the Kubernetes API: paths in, dictionaries out."""
import http.client
import json
import ssl
import time
import urllib.parse

PATHS = {"jobs": "/apis/batch/v1", "cronjobs": "/apis/batch/v1",
         "routes": "/apis/route.openshift.io/v1", "roles": "/apis/rbac.authorization.k8s.io/v1"}


class ApiError(Exception):
    def __init__(self, status, text):
        super().__init__("%d: %s" % (status, text))
        self.status = status


def path(kind, namespace, name="", query=""):
    base = PATHS.get(kind, "/api/v1") + "/namespaces/%s/%s" % (namespace, kind)
    return base + ("/" + name if name else "") + ("?" + query if query else "")


class Api:
    def __init__(self, port, token, certificate):
        self.port, self.token = port, token
        self.context = ssl.create_default_context(cafile=str(certificate))

    def call(self, method, where, body=None, kind="application/json"):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context,
                                                 timeout=60)
        headers = {"Authorization": "Bearer " + self.token, "Content-Type": kind}
        try:
            connection.request(method, where, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        if answer.status >= 400:
            raise ApiError(answer.status, text)
        if answer.getheader("Content-Type", "").startswith("application/json"):
            return json.loads(text)
        return text

    def find(self, where):
        """The object, or None when it or its server is not there."""
        try:
            return self.call("GET", where)
        except (OSError, http.client.HTTPException):
            return None
        except ApiError as error:
            if error.status in (403, 404, 500, 503):
                return None
            raise

    def items(self, kind, namespace, selector=""):
        query = "labelSelector=" + urllib.parse.quote(selector) if selector else ""
        return self.call("GET", path(kind, namespace, query=query))["items"]

    def create(self, where, body):
        return self.call("POST", where, body)

    def namespace(self, name, labels=None):
        """Makes a namespace and waits until pods may come."""
        self.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace",
                                           "metadata": {"name": name, "labels": labels or {}}})
        until(lambda: self.find(path("serviceaccounts", name, "default")), "a service account")
        return name

    def log(self, namespace, pod):
        return self.call("GET", path("pods", namespace, pod + "/log"))


def until(question, what, seconds=60, pause=0.1):
    """The first answer that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(pause)
    raise AssertionError("not within %d s: %s" % (seconds, what))
