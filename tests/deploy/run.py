#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of deploy/: python3 tests/deploy/run.py --level static|role|image

static: lint, schemas, plugins without Ansible. role: the role against a fake API
server on each ansible-core. image: builds the image and runs it as OpenShift would.
"""
import argparse
import os
import pathlib
import sys
import time
import unittest

LEVELS = {"static": ["test_plugins", "test_static", "test_docs", "test_cli"],
          "role": ["test_role", "test_molecule"], "image": ["test_image"]}


class Counting(unittest.TextTestResult):
    """A skipped class is one skip; only tests that ran and held are passes."""

    passed = 0

    def addSuccess(self, test):
        self.passed += 1
        super().addSuccess(test)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--level", action="append", choices=list(LEVELS) + ["all"])
    parser.add_argument("--build-dir", type=pathlib.Path)
    parser.add_argument("-k", action="append", help="only tests whose name contains this")
    parser.add_argument("--bless", action="store_true", help="write the golden files anew")
    options = parser.parse_args()
    if options.build_dir:
        os.environ["LITEBENCH_DEPLOY_BUILD"] = str(options.build_dir.resolve())
    if options.bless:
        os.environ["LITEBENCH_BLESS"] = "1"
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
    sys.dont_write_bytecode = True
    levels = options.level or ["static"]
    names = [name for level in LEVELS for name in LEVELS[level]
             if level in levels or "all" in levels]
    loader = unittest.TestLoader()
    loader.testNamePatterns = ["*%s*" % word for word in options.k] if options.k else None
    started = time.time()
    # Names of what held would push the texts of failures out of a log that is cut.
    runner = unittest.TextTestRunner(verbosity=1, resultclass=Counting)
    result = runner.run(loader.loadTestsFromNames(names))
    for test, reason in result.skipped:
        print("skipped %s: %s" % (test, reason))
    failed = len(result.failures) + len(result.errors)
    print("%s: %.0f s" % (", ".join(levels), time.time() - started))
    print("%d passed, %d failed, %d skipped" % (result.passed, failed, len(result.skipped)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
