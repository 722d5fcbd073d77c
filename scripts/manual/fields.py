# SPDX-License-Identifier: Apache-2.0
"""Section 5: the fields of results, from fields.txt; whether results hold these and no others."""
import json
import re
from pathlib import Path

import mdoc

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RESULT, RECORD, ENDS = range(3)  # sections of fields.txt

ABOUT = ("A result is a JSON object, what litebench run writes with -o FILE.json. Durations are in "
         "milliseconds, shares from 0 to 1; what is not known is null, never 0. A statistic is an "
         "object of value, low and high (its two-sided 95 % interval, null where the sample cannot "
         "bound it), n and n_eff (how many independent values the sample is worth). A metric is an "
         "object of n, min, max, stddev and the statistics mean, p50, p90, p95, p99 and p99_9.")
RECORDS = ("Records are JSON, one object a line: what -o FILE.ndjson writes and litebench report "
           "reads. The first line needs only its schema; of a record, what is absent is unknown.")


def sections():
    """[(title, {path: meaning})]"""
    found = []
    for line in (HERE / "fields.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            found.append((line[2:], {}))
        elif line and not line.startswith("#"):
            path, _, meaning = line.partition("  ")
            found[-1][1][path] = meaning
    return found


class Checker:
    """Walks results; `unknown` are paths that no line of a section names, `met` those it does."""

    def __init__(self, section):
        self.lines = sections()[section][1]
        self.inner = {path[:m.start()] for path in self.lines
                      for m in re.finditer(r"\.|\[\]", path)}
        self.wild = {path[:m.start()]: path[m.start() + 1:m.end()] for path in self.lines
                     for m in re.finditer(r"\.[A-Z]+(?=\.|$)", path)}
        self.met, self.unknown = set(), set()

    def child(self, path, key):
        own = f"{path}.{key}" if path else key
        if own in self.lines or own in self.inner or path not in self.wild:
            return own
        return f"{path}.{self.wild[path]}"

    def walk(self, value, path=""):
        if path in self.lines:
            self.met.add(path)
        elif isinstance(value, dict) and (path in self.inner or not path):
            for key, item in value.items():
                self.walk(item, self.child(path, key))
        elif isinstance(value, list) and path in self.inner:
            for item in value:
                self.walk(item, path + "[]")
        elif value is not None or path not in self.inner:
            self.unknown.add(path)


def faults_of(result, records):
    """Fields of a result and of lines of records that no line here names."""
    checkers = [Checker(RESULT), Checker(RECORD), Checker(ENDS)]
    for one in [result, *((result or {}).get("models") or [])]:
        checkers[RESULT].walk(one or {})
    for line in records:
        checkers[ENDS if "schema" in line else RECORD].walk(line)
    return checkers, sorted(f"{path}: a field that scripts/manual/fields.txt does not name"
                            for checker in checkers for path in checker.unknown)


def faults():
    """By the results that tests expect, and by the words in the library."""
    met = [set(), set(), set()]
    for path in sorted((ROOT / "tests/unit/golden").glob("*json")):
        text = path.read_text(encoding="utf-8", errors="replace")
        lines = [json.loads(line) for line in text.splitlines()] if "nd" in path.suffix else []
        checkers, found = faults_of(None if lines else json.loads(text), lines)
        yield from (f"{path.name}: {fault}" for fault in found)
        for seen, checker in zip(met, checkers):
            seen |= checker.met
    words = set(re.findall(r'"(\w+)"', "".join(
        p.read_text(encoding="utf-8") for p in ROOT.glob("lib/*/*.c"))))
    for (_, lines), seen in zip(sections(), met):
        for path in lines.keys() - seen:
            last = [w for w in re.findall(r"\w+", path) if not w.isupper()][-1]
            if last not in words:
                yield f"{path}: in scripts/manual/fields.txt, and nothing of this name in results"


def pages():
    body = [".Sh DESCRIPTION", *mdoc.prose(ABOUT), ".Pp", *mdoc.prose(RECORDS), ".Pp",
            *mdoc.prose("[] stands for each item of a list, a word in capitals for a name that is "
                        "data.")]
    for title, lines in sections():
        body += [f".Ss {title}", ".Bl -tag -width Ds"]
        for path, meaning in lines.items():
            body += [f".It Li {mdoc.argument(path)}", *mdoc.prose(meaning)]
        body.append(".El")
    body += [".Sh SEE ALSO", ".Xr litebench-report 1 ,", ".Xr litebench-run 1 ,", ".Xr lb_report 3"]
    yield ("litebench-report", "fields of a result and of the records of a run", body,
           ["litebench-records"])
