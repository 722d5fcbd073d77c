#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What litebench costs beyond the least that any C client pays, and how exact its TTFT is.

Each case runs the control (bench/control.c) and litebench in turn against `litebench simulate`,
the server on the first core and the client on the last. The server's truth log says when a request
arrived and when its first token left; a run whose server was late is repeated, then marked.
Medians and ratios go to stdout, every run to build/bench/*.json.

    cmake --preset bench && cmake --build --preset bench && bench/run.py [--quick] [CASE...]
"""

import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LATE_P50_US, LATE_P99_US = 100, 400  # a server later than that judges nobody
REPEATS = 2                          # of a run whose server was late
SERVER_PRIORITY, CLIENT_PRIORITY, HOG_PRIORITY = 50, 5, 10

# streams x asks requests of `tokens` tokens; ttft and itl in ms (itl 0: as fast as it goes).
# Streams in step cost less, for one wake-up serves many: a ramp or a jitter spreads both clients'.
CASES = {
    "saturated-16": {"streams": 16, "conversations": 1600, "tokens": 200, "ttft": 0, "itl": 0},
    "saturated-256": {"streams": 256, "conversations": 2560, "tokens": 200, "ttft": 0, "itl": 0},
    "paced-256": {"streams": 256, "tokens": 100, "ttft": 200, "itl": 50, "ramp": 1},
    "paced-1000": {"streams": 1000, "tokens": 60, "ttft": 200, "itl": 50, "ramp": 2},
    "paced-2000": {"streams": 2000, "tokens": 60, "ttft": 200, "itl": 50, "ramp": 2},
    "paced-10000": {"streams": 10000, "tokens": 60, "ttft": 200, "itl": 250, "ramp": 5},
    "disturbed-1000": {"streams": 1000, "tokens": 60, "ttft": 200, "itl": 50, "ramp": 2,
                       "disturbed": True},
    "conversations": {"streams": 4, "conversations": 60, "asks": 10, "tokens": 200, "ttft": 20,
                      "itl": 1, "jitter": 20, "doc_bytes": 28000},
    "open-10000": {"streams": 10000, "tokens": 2, "ttft": 3000, "itl": 1, "opens": True},
}
QUICK = {"asks": 3, "tokens": 20, "conversations": 512} # at most
HOG = ("import time\n"
       "while True:\n"
       "    until = time.monotonic() + 0.002\n"
       "    while time.monotonic() < until: pass\n"
       "    time.sleep(0.003)\n")


def percentile(values, share):
    """Value at rank ceil(share * n), as the product has it; None of nothing."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)] if ordered else None


class Machine:
    """Cores and priorities: the server must not wait for the client nor for anybody else."""

    def __init__(self, fifo):
        cores = sorted(os.sched_getaffinity(0))
        self.server_core, self.client_core = cores[0], cores[-1]
        self.fifo = fifo and self.may_fifo()
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    @staticmethod
    def may_fifo():
        """Is a real-time priority allowed? Tried in a child, which ends with it."""
        return subprocess.run(["chrt", "-f", "5", "true"], check=False,
                              stderr=subprocess.DEVNULL).returncode == 0

    def start(self, command, core, priority, **more):
        """Starts `command` pinned, at real-time priority where that is allowed."""
        before = ["taskset", "-c", str(core)]
        if self.fifo:
            before = ["chrt", "-f", str(priority), *before]
        return subprocess.Popen([*before, *command], **more)

    def describe(self):
        """For the JSON: what the figures were taken on."""
        model = "unknown"
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    model = line.split(":", 1)[1].strip()
        return {"cpu": model, "cores": os.cpu_count(), "kernel": os.uname().release,
                "server_core": self.server_core, "client_core": self.client_core,
                "priority": "SCHED_FIFO" if self.fifo else "normal",
                "load": os.getloadavg()[0]}


class Bench:
    """The two programs on one machine."""

    def __init__(self, folder, machine, scratch):
        self.cli = os.path.join(folder, "cli", "litebench")
        self.control = os.path.join(folder, "bench", "control")
        self.machine, self.scratch = machine, scratch
        for program in (self.cli, self.control):
            if not os.access(program, os.X_OK):
                sys.exit(f"{program} is missing: cmake --preset bench && "
                         "cmake --build --preset bench")

    def truth(self):
        """The server's log: by response id, nanoseconds."""
        with open(os.path.join(self.scratch, "truth.csv"), encoding="ascii", newline="") as file:
            return {row["response_id"]: row for row in csv.DictReader(file)
                    if row["first_token_ns"]}

    def serve(self, case):
        """A server of its own for each run."""
        log = os.path.join(self.scratch, "truth.csv")
        server = self.machine.start(
            [self.cli, "simulate", "--ttft", f"{case['ttft']}ms", "--itl", f"{case['itl']}ms",
             "--ttft-jitter", f"{case.get('jitter', 0)}ms",
             "--tokens", str(case["tokens"]), "--usage", "--cached-tokens", "--log", log],
            self.machine.server_core, SERVER_PRIORITY, stdout=subprocess.PIPE, text=True)
        return server, server.stdout.readline().strip()

    def client(self, command):
        """Runs a client to its end; its stdout and what it used in all."""
        process = self.machine.start(command, self.machine.client_core, CLIENT_PRIORITY,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        text = process.stdout.read()
        errors = process.stderr.read()
        _, status, use = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit {process.returncode}\n{errors}")
        return text, use.ru_utime + use.ru_stime

    def run_control(self, case, url, body):
        """One run of the control, which sends bodies of `body` bytes."""
        port = url.rsplit(":", 1)[1].split("/")[0]
        asks = case["conversations"] * case["asks"] // case["streams"]
        text, process_s = self.client(
            [self.control, port, str(case["streams"]), str(asks), str(body),
             str(case["tokens"]), str(case.get("ramp", 0))])
        got = json.loads(text)
        return {"requests": got["requests"], "tokens": got["tokens"], "cpu_s": got["cpu_s"],
                "process_cpu_s": process_s, "rss": got["peak_rss_bytes"],
                "opened_ms": got["opened_ms"]}

    def run_litebench(self, case, url):
        """One run of litebench, with its records."""
        path = os.path.join(self.scratch, "run.ndjson")
        command = [self.cli, "run", url, "--no-save", "--no-progress", "--quiet", "--fail-on",
                   "none", "--abort-errors", "100%", "--model", "simulated-model",
                   "--conversations", str(case["conversations"]),
                   "--turns", str(case["asks"]), "--workers", str(case["streams"]),
                   "--schedule", "users", "--min-delay", "0", "--max-delay", "0",
                   "--max-tokens", str(case["tokens"]), "--ramp", f"{case.get('ramp', 0)}s",
                   "--output", path]
        if "doc_bytes" in case:
            command += ["--doc-bytes", str(case["doc_bytes"])]
        if "threads" in case:
            command += ["--threads", str(case["threads"])]
        _, process_s = self.client(command)
        with open(path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        records, meter = [r for r in lines if "turn" in r], lines[-1]["meter"]
        failed = [r["error"] for r in records if r["error"]]
        if failed:
            sys.exit(f"litebench: {len(failed)} requests failed: {sorted(set(failed))}")
        first = [r for r in records if r["turn"] == 1]
        return {"requests": len(records), "tokens": sum(r["chunks"] for r in records),
                "cpu_s": meter["cpu_s"], "process_cpu_s": process_s,
                "rss": meter["peak_rss_bytes"], "stamped": meter.get("stamped_share"),
                "lag_p99_us": meter["loop_lag_ms"]["p99"] * 1000,
                "body": 150 + 4 * statistics.mean(r["prompt_tokens"] for r in records),
                "opened_ms": max(r["sent_ms"] for r in first) - min(r["start_ms"] for r in first),
                "ttft_ms": {r["response_id"]: r["ttft_ms"] for r in records}}

    def play(self, name, case, body):
        """One run of `name` (control or litebench) against a server of its own."""
        server, url = self.serve(case)
        hog = None
        if case.get("disturbed"):
            hog = self.machine.start([sys.executable, "-c", HOG], self.machine.client_core,
                                     HOG_PRIORITY)
        try:
            return self.run_control(case, url, body) if name == "control" else \
                self.run_litebench(case, url)
        finally:
            for process in (hog, server):
                if process is not None:
                    process.terminate()
                    process.wait()

    def once(self, name, case, body):
        """Such a run, and how late its server was."""
        run = self.play(name, case, body)
        truth = self.truth()
        add_lateness(run, case, truth)
        add_errors(run, truth)
        run["us_per_token"] = run["cpu_s"] * 1e6 / run["tokens"]
        return run

    def on_time(self, name, case, body):
        """A run whose server was on time, or the last of several tries, marked as late."""
        for _ in range(1 + REPEATS):
            run = self.once(name, case, body)
            if not run["late"]:
                break
        return run


def add_lateness(run, case, truth):
    """How much later than told the server sent first and last tokens."""
    late = []
    for row in truth.values():
        first = int(row["first_token_ns"])
        if "jitter" not in case:
            late.append((first - int(row["arrived_ns"])) / 1e3 - case["ttft"] * 1e3)
        if case["itl"] > 0 and row["last_token_ns"]:
            whole = (int(row["tokens"]) - 1) * case["itl"] * 1e3
            late.append((int(row["last_token_ns"]) - first) / 1e3 - whole)
    run["late_p50_us"], run["late_p99_us"] = percentile(late, 0.5), percentile(late, 0.99)
    paced = case["itl"] > 0 and not case.get("opens")
    run["late"] = paced and (run["late_p50_us"] > LATE_P50_US or run["late_p99_us"] > LATE_P99_US)


def add_errors(run, truth):
    """Our time to first token less the server's, joined by response id."""
    ttft = run.pop("ttft_ms", {})
    errors = []
    for response_id, measured_ms in ttft.items():
        row = truth.get(response_id)
        if row is not None:
            true_ns = int(row["first_token_ns"]) - int(row["arrived_ns"])
            errors.append(measured_ms * 1e3 - true_ns / 1e3)
    if errors:
        run["error_p50_us"] = percentile(errors, 0.5)
        run["abs_p50_us"] = percentile([abs(e) for e in errors], 0.5)
        run["abs_p99_us"] = percentile([abs(e) for e in errors], 0.99)
        run["joined"] = len(errors)


def median(runs, key):
    """Over the runs that have it; None if none has."""
    values = [run[key] for run in runs if run.get(key) is not None]
    return statistics.median(values) if values else None


def ratio(ours, control, key):
    """Median by median."""
    return median(ours, key) / median(control, key)


def summarise(name, case, runs, base):
    """One line of the table. Runs with a late server count only when there are no others."""
    good = {who: [r for r in list_ if not r["late"]] or list_ for who, list_ in runs.items()}
    ours, control = good["litebench"], good["control"]
    row = {"case": name, "runs": len(ours), "late_runs": sum(r["late"] for r in ours + control),
           "late_p50_us": median(ours, "late_p50_us"), "late_p99_us": median(ours, "late_p99_us"),
           "us_per_token": median(ours, "us_per_token"), "stamped": median(ours, "stamped"),
           "abs_p50_us": median(ours, "abs_p50_us"), "abs_p99_us": median(ours, "abs_p99_us"),
           "lag_p99_us": median(ours, "lag_p99_us"),
           "kb_per_stream": (median(ours, "rss") - base["litebench"]) / case["streams"] / 1024,
           "body_kb": median(ours, "body") / 1024}
    if control:
        row.update({"control_us_per_token": median(control, "us_per_token"),
                    "cpu_ratio": ratio(ours, control, "us_per_token"),
                    "process_ratio": ratio(ours, control, "process_cpu_s"),
                    "control_kb_per_stream":
                        (median(control, "rss") - base["control"]) / case["streams"] / 1024,
                    "opened_ratio": case.get("opens") and ratio(ours, control, "opened_ms"),
                    "opened_ms": case.get("opens") and median(ours, "opened_ms")})
    return row


COLUMNS = [("case", "case", "{}"), ("runs", "runs", "{}"), ("late_runs", "late", "{}"),
           ("late_p50_us", "srv p50", "{:.0f}"), ("late_p99_us", "srv p99", "{:.0f}"),
           ("control_us_per_token", "ctl us/tok", "{:.2f}"), ("us_per_token", "us/tok", "{:.2f}"),
           ("cpu_ratio", "ratio", "{:.2f}"), ("process_ratio", "whole", "{:.2f}"),
           ("abs_p50_us", "err p50", "{:.1f}"), ("abs_p99_us", "err p99", "{:.1f}"),
           ("stamped", "stamped", "{:.3f}"), ("lag_p99_us", "lag p99", "{:.0f}"),
           ("kb_per_stream", "KB/str", "{:.1f}"), ("body_kb", "body KB", "{:.1f}"),
           ("opened_ratio", "open", "{:.2f}")]


def print_table(rows):
    """Markdown, so that it can go into a page as it is."""
    print("| " + " | ".join(title for _, title, _ in COLUMNS) + " |")
    print("|" + "---|" * len(COLUMNS))
    for row in rows:
        cells = [form.format(row[key]) if row.get(key) is not None else "-"
                 for key, _, form in COLUMNS]
        print("| " + " | ".join(cells) + " |", flush=True)


def run_case(bench, name, case, count):
    """`count` runs of each client in turn; the first of litebench tells the size of bodies."""
    runs = {"control": [], "litebench": []}
    body = 4096
    for _ in range(count):
        ours = bench.on_time("litebench", case, body)
        runs["litebench"].append(ours)
        body = int(ours["body"])
        if not case.get("disturbed"):
            runs["control"].append(bench.on_time("control", case, body))
    print(f"{name}: done", file=sys.stderr)
    return runs


def main():
    """Everything or the cases named."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--quick", action="store_true", help="one short run of each")
    parser.add_argument("--runs", type=int, default=5, help="of each client (default: 5)")
    parser.add_argument("--threads", type=int, help="event loops of litebench")
    parser.add_argument("--normal-priority", action="store_true", help="no SCHED_FIFO")
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "bench"))
    given = parser.parse_args()
    unknown = [name for name in given.cases if name not in CASES]
    if unknown:
        parser.error(f"no such case: {', '.join(unknown)}; there are {', '.join(CASES)}")
    machine = Machine(not given.normal_priority)
    result = {"machine": machine.describe(), "started": time.strftime("%FT%TZ", time.gmtime()),
              "rows": [], "runs": {}}
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(given.build, machine, scratch)
        tiny = {"streams": 1, "asks": 1, "conversations": 1, "tokens": 10, "ttft": 10, "itl": 1}
        base = {who: bench.once(who, tiny, 4096)["rss"] for who in ("control", "litebench")}
        for name in given.cases or CASES:
            case = {"asks": 1, "conversations": CASES[name]["streams"], **CASES[name]}
            if given.quick:
                for key, most in QUICK.items():
                    case[key] = min(case[key], max(most, case["streams"])
                                    if key == "conversations" else most)
            if given.threads:
                case["threads"] = given.threads
            runs = run_case(bench, name, case, 1 if given.quick else given.runs)
            result["runs"][name] = runs
            result["rows"].append(summarise(name, case, runs, base))
    print_table(result["rows"])
    path = os.path.join(given.build, time.strftime("bench-%Y%m%d-%H%M%S.json", time.gmtime()))
    with open(path, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
    print(f"\n{json.dumps(result['machine'])}\nall runs: {path}")


if __name__ == "__main__":
    main()
