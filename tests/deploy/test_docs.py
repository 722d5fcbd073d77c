# SPDX-License-Identifier: Apache-2.0
"""The pages for people say what the code says: messages, variables, options, examples."""
import ast
import re
import subprocess
import unittest

import environment
from environment import COLLECTION, HERE, ROOT

HOWTO = ROOT / "docs" / "howto"
PAGES = ["before-a-workshop", "migrate-from-the-old-role", "troubleshooting-on-the-cluster",
         "first-openshift-run-checklist"]
ROLE = COLLECTION / "roles" / "ocp4_workload_litemaas_benchmark"
PREFIX = "ocp4_workload_litemaas_benchmark_"
# Examples of the README that users of the old role know, with our collection's name.
README = (HERE / "golden" / "readme-examples.txt").read_text(encoding="utf-8")


def page(name):
    return (HOWTO / (name + ".md")).read_text(encoding="utf-8")


def loose(text):
    """What varies in a message becomes one sign."""
    text = re.sub(r"%\.?\d*[ds]|\{\{.*?\}\}|\b[NM]\b|\b\d+\b", "#", text)
    return re.sub(r"\s+", " ", text)


def messages():
    """Every text that the role can say: constants of its plugins, its templates and tasks."""
    texts = []
    for path in sorted((COLLECTION / "plugins").rglob("*.py")):
        texts += [node.value for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                  if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    for folder in ("templates", "tasks", "vars"):
        texts += [path.read_text(encoding="utf-8") for path in sorted((ROLE / folder).iterdir())]
    return loose("\n".join(texts))


class Pages(unittest.TestCase):
    def test_messages_of_the_table_exist(self):
        said = messages()
        cells = re.findall(r"^\| (.+?) \| .+ \| .+ \|$", page("troubleshooting-on-the-cluster"),
                           re.M)[1:]
        parts = [part for cell in cells for part in re.split(r" / |…", cell) if part.strip()]
        self.assertGreater(len(parts), 30)
        self.assertEqual([part for part in parts if loose(part.strip()) not in said], [])

    def test_quoted_messages_exist(self):
        said = messages()
        quoted = [text for name in PAGES[:1] + PAGES[2:]
                  for text in re.findall(r'(?<![=\w(])"([^"`\n]{4,})"(?!\])', page(name))]
        parts = [part.strip(" :.") for text in quoted for part in text.split("…")]
        self.assertGreater(len(parts), 6)
        self.assertEqual([part for part in parts if part and loose(part) not in said], [])

    def test_every_reason_is_on_the_page(self):
        """The other way round: what the role may give as reason has a row."""
        text = loose(page("troubleshooting-on-the-cluster"))
        tree = ast.parse((COLLECTION / "plugins/plugin_utils/reasons.py").read_text())
        classes = next(node.value for node in ast.walk(tree) if isinstance(node, ast.Assign)
                       and getattr(node.targets[0], "id", "") == "CLASSES")
        words = [re.split(r" for | inside | from | \(", ast.literal_eval(value)[0])[0]
                 for value in classes.values]
        self.assertEqual([word for word in words if loose(word) not in text], [])

    def test_every_error_class_has_words(self):
        names = re.findall(r'^ERROR_CLASS\(\w+, "(\w+)"\)',
                           (ROOT / "lib" / "wire" / "errors.def").read_text(), re.M)
        text = (COLLECTION / "plugins/plugin_utils/reasons.py").read_text()
        self.assertGreater(len(names), 15)
        self.assertEqual([name for name in names if '"%s": (' % name not in text],
                         ["cancelled"])  # stopped by somebody, so no failure

    def test_variables_exist(self):
        known = re.findall(r"^%s(\w+):" % PREFIX, (ROLE / "defaults" / "main.yml").read_text(),
                           re.M)
        for name in PAGES:
            used = re.findall(PREFIX + r"(\w+)", page(name))
            # A backticked name with an underscore is one of ours unless it says whose it is.
            used += [word for word in re.findall(r"`([a-z]+_[a-z0-9_]+)(?:: [^`]*)?`", page(name))
                     if not word.startswith(("litemaas_", "litellm_", "benchmark_", "agnosticd_",
                                             "requirements_", "remove_"))]
            self.assertEqual([word for word in used if word not in known], [], name)

    def test_options_exist(self):
        try:
            program = environment.program()
        except environment.Unavailable as error:
            self.skipTest(str(error))
        known = subprocess.run([program, "options"], capture_output=True, text=True,
                               check=True).stdout + "--from-dir --follow --archive --field-selector"
        text = "".join(map(page, PAGES)) + "".join(
            path.read_text() for path in (ROOT / "deploy").rglob("README.md"))
        used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - {
            # of kubectl, oc and git
            "--from-file", "--from-literal", "--type", "--list"}
        self.assertEqual([word for word in sorted(used) if word not in known], [])

    def test_files_exist(self):
        for name in PAGES:
            for path in re.findall(r"\b(?:deploy|tests)/[\w./-]*\w", page(name)):
                self.assertTrue((ROOT / path).exists(), "%s: %s" % (name, path))


class Addresses(unittest.TestCase):
    def test_none_looks_real_that_is_not(self):
        """There is no public home yet; docs/howto/package.md says what stands in its place."""
        real = ("www.debian.org", "www.apache.org", "docker.io", "registry.access.redhat.com")
        for folder in ("deploy", "packaging"):
            for path in sorted((ROOT / folder).rglob("*")):
                if not path.is_file() or "__pycache__" in path.parts:
                    continue
                hosts = re.findall(r"(?:https?|git|docker)://([\w.-]+)|@([\w-]+\.[\w.-]+)>",
                                   path.read_text(encoding="utf-8"))
                for host in filter(None, (a or b for a, b in hosts)):
                    self.assertTrue(host.endswith((".example.com", "litebench.example"))
                                    or host in real + ("REGISTRY",), "%s: %s" % (path, host))


class Readme(unittest.TestCase):
    """The README's examples are the files that test_role.py runs: only names differ."""

    def block(self, title):
        found = re.search(r"^== %s\n(.*?)(?=^== |\Z)" % title, README, re.M | re.S)
        return [line for line in found.group(1).splitlines()
                if line.strip() and not line.lstrip().startswith("#")]

    def lines(self, name):
        text = (COLLECTION / "examples" / name).read_text(encoding="utf-8")
        return [line.strip() for line in text.splitlines()]

    def has(self, name, title):
        mine = self.lines(name)
        wanted = [line.split("  #")[0].strip() for line in self.block(title)]
        self.assertEqual([line for line in wanted if line not in mine], [])

    def test_catalog(self):
        self.has("agnosticv-common.yaml", "In AgnosticV Catalog")
        self.has("agnosticv-common.yaml", "Remove Workload Configuration")

    def test_catalog_parameter(self):
        self.has("catalog-parameter.yaml", "As Catalog Parameter")

    def test_standalone(self):
        self.has("standalone.yml", "Standalone Playbook")

    def test_use_cases_set_variables_that_exist(self):
        known = (ROLE / "defaults" / "main.yml").read_text()
        lines = self.block("Use Cases")
        self.assertGreater(len(lines), 5)
        for line in lines:
            if line.startswith(PREFIX):
                self.assertIn("\n%s:" % line.split(":")[0], known)
