# SPDX-License-Identifier: Apache-2.0
"""The package against the installed library and a simulated endpoint.

LITEBENCH_TEST_URL: the endpoint; LITEBENCH_TEST_SLOW_URL: one whose first token takes 20 s;
LITEBENCH_TEST_LAYOUT: what the probe program printed.
"""
import asyncio
import gc
import os
import signal
import threading
import time
import unittest

import litebench as lb
from litebench import _abi, _native

URL = os.environ["LITEBENCH_TEST_URL"]
FAST = {"conversations": 5, "turns": 4, "workers": 5, "min_delay": 0, "max_delay": 0,
        "max_tokens": 5, "slo": "errors<=1%"}
LONG = dict(FAST, conversations=40, turns=10, min_delay=0.05, max_delay=0.05)


def descriptors():
    return len(os.listdir("/proc/self/fd"))


class Interface(unittest.TestCase):
    def test_version(self):
        self.assertEqual(lb.VERSION, _abi.VERSION)
        self.assertEqual(_native.LIB.lb_version().decode(), lb.__version__)

    def test_layout(self):
        with open(os.environ["LITEBENCH_TEST_LAYOUT"], encoding="utf-8") as file:
            real = {name: int(number) for name, number in map(str.split, file)}
        ours = {}
        for struct in _abi.STRUCTS:
            ours[struct.__name__] = _abi.ct.sizeof(struct)
            for name, _ in struct._fields_:
                ours[f"{struct.__name__}.{name}"] = getattr(struct, name).offset
        self.assertEqual(ours, real)

    def test_options(self):
        self.assertEqual(set(lb.OPTIONS), set(lb.Options.__annotations__))
        config = lb.Config(workers=8, min_delay=0.25, insecure=True, abort_errors="20%",
                           label=["a=b", "c=d"], for_="2m")
        self.assertEqual(config["workers"], "8")
        self.assertEqual(config["load.min_delay"], "0.25s")
        self.assertEqual(config["label"], "a=b,c=d")
        self.assertEqual(config.origin("workers"), "Python: workers")
        self.assertIn("quick", lb.presets())
        self.assertIn("json", lb.formats())

    def test_wrong_options(self):
        with self.assertRaises(lb.InvalidError) as caught:
            lb.Config(workers=0)
        self.assertIn("0 is out of range 1..100000", str(caught.exception))
        self.assertEqual(caught.exception.name, "LB_E_INVALID")
        with self.assertRaises(lb.InvalidError) as caught:
            lb.Config(**{"load.wrkers": 3})
        self.assertIn("load.workers", str(caught.exception))
        with self.assertRaises(lb.LitebenchError):
            lb.Config(wrkers=3)
        with self.assertRaises(lb.InvalidError) as caught:
            lb.Config(url="ftp://x", key="a b", label="x").check()
        self.assertGreater(len(str(caught.exception).splitlines()), 1)

    def test_fork(self):
        config = lb.Config()
        child = os.fork()
        if child == 0:
            try:
                config["workers"] = 2
            except RuntimeError:
                os._exit(0)
            os._exit(1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)


class Runs(unittest.TestCase):
    def test_twenty_turns(self):
        with lb.run(URL, **FAST) as run:
            lines = []
            run.tee(lines.append)
            events = list(run)
            turns = [e.turn for e in events if e.kind == "turn"]
            self.assertEqual([e.kind for e in events], ["started"] + ["turn"] * 20 + ["done"])
            self.assertEqual({(t.conversation, t.turn) for t in turns},
                             {(c, t) for c in range(5) for t in range(1, 5)})
            self.assertTrue(all(t.error == "" and t.ttft_ms > 0 for t in turns))
            self.assertEqual((events[-1].ok, events[-1].failed, events[-1].planned), (20, 0, 20))
            report, dataset = run.report(), run.dataset()
        self.assertEqual(len(b"".join(lines).splitlines()), 22)
        self.assertEqual((report.status, report.exit_code), ("UNDECIDED", 5))
        self.assertEqual(report.as_dict()["requests"]["ok"], 20)
        self.assertEqual(report.number("requests.total"), 20)
        self.assertEqual(len(dataset.columns()["ttft_ms"]), 20)
        again = lb.Dataset()
        again.load(dataset.render())
        self.assertEqual(again[-1].ttft_ms, dataset[-1].ttft_ms)
        with self.assertRaises(lb.NotFoundError):
            report.number("no.such")

    def test_cancel_from_a_thread(self):
        with lb.run(URL, **LONG) as run:
            killer = threading.Timer(0.3, run.cancel)
            began = time.monotonic()
            killer.start()
            events = list(run)
            self.assertLess(time.monotonic() - began, 3)
            self.assertEqual(events[-1].kind, "done")
            self.assertLess(events[-1].ok, 400)
            self.assertTrue(run.report().as_dict()["partial"])

    def test_execute_says_that_it_was_cancelled(self):
        with lb.run(URL, **LONG) as run:
            threading.Timer(0.2, run.cancel).start()
            self.assertRaises(lb.CanceledError, run.execute)

    def test_asyncio(self):
        async def whole():
            with lb.run(URL, **FAST) as run:
                return [event.kind async for event in run]

        async def both():
            return await asyncio.gather(whole(), whole())

        for kinds in asyncio.run(both()):
            self.assertEqual(kinds.count("turn"), 20)

    def test_cancelled_task(self):
        seen = []

        async def follow(run):
            async for event in run:
                seen.append(event)

        async def main():
            with lb.run(URL, **LONG) as run:
                task = asyncio.ensure_future(follow(run))
                await asyncio.sleep(0.3)
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
                return await asyncio.to_thread(lambda: list(run)[-1])

        last = asyncio.run(main())
        self.assertTrue(seen)
        self.assertEqual(last.kind, "done")
        self.assertLess(last.ok, 400)

    def test_signals_are_prompt(self):
        class Alarm(Exception):
            pass

        def ring(*_):
            raise Alarm

        before = signal.signal(signal.SIGALRM, ring)
        try:
            with lb.run(URL, **dict(LONG, min_delay=20, max_delay=20)) as run:
                signal.setitimer(signal.ITIMER_REAL, 0.2)
                began = time.monotonic()
                with self.assertRaises(Alarm):
                    list(run)
                self.assertLess(time.monotonic() - began, 1)
        finally:
            signal.signal(signal.SIGALRM, before)

    def test_two_contexts_at_once(self):
        results, logged = [], []

        def work(log):
            context = lb.Context(log=log, log_level=3)
            with lb.run(URL, context=context, **FAST) as run:
                results.append(sum(1 for e in run if e.kind == "turn"))

        threads = [threading.Thread(target=work, args=(log,))
                   for log in (None, lambda level, text: logged.append((level, text)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(results, [20, 20])

    def test_own_loop(self):
        with lb.run(URL, **FAST) as run:
            turns, running = 0, True
            while running:
                running = run.step()
                while True:
                    event = run.next_event(0)
                    if event is None or event.kind == "done":
                        running = running and event is None
                        break
                    turns += event.kind == "turn"
                time.sleep(min(run.timeout() or 0.001, 0.001))
            self.assertEqual(turns, 20)

    def test_failing_tee(self):
        def fail(_data):
            raise KeyError("full")

        with lb.run(URL, **FAST) as run:
            run.tee(fail)
            with self.assertRaises(KeyError):
                list(run)


class Lifetime(unittest.TestCase):
    def test_any_order(self):
        config = lb.Config(url=URL, model="simulated-model", **FAST)
        corpus = lb.Corpus(config)
        corpus.add("own.md", "A document about birds. " * 40)
        plan = lb.Plan(config, corpus)
        run = lb.Run(config, plan)
        corpus.close()
        config.close()
        plan.close()
        self.assertEqual(run.execute().number("requests.ok"), 20)
        report = run.report()
        run.close()
        run.close()
        self.assertEqual(report.number("requests.ok"), 20)
        with self.assertRaises(ValueError):
            run.report()

    def test_collector(self):
        run = lb.run(URL, **LONG)
        run.start()
        context = run._context
        del run
        gc.collect()
        lb.Config(context)["workers"] = 1  # the next call on the context frees what is dead
        self.assertNotIn("lb_run_free", [name for name, _ in context._dead])
        gc.collect()
        before = descriptors()
        for _ in range(100):
            cycle = [lb.Config(url=URL, model="m")]
            cycle += [cycle, lb.Client(cycle[0]), lb.Recorder(cycle[0]._context)]
        del cycle
        gc.collect()
        self.assertLessEqual(descriptors(), before + 2)


class Waiting(unittest.TestCase):
    def setUp(self):
        self.client = lb.Client(url=os.environ["LITEBENCH_TEST_SLOW_URL"], model="simulated-model")
        self.began = time.monotonic()

    def tearDown(self):
        self.assertLess(time.monotonic() - self.began, 10)
        self.client.close()

    def test_cancel_before_the_first_token(self):
        self.client.cancel()  # nothing is under way
        for _ in range(2):  # and it works again
            threading.Timer(0.2, self.client.cancel).start()
            with self.assertRaises(lb.CanceledError):
                self.client.chat("Hello", lambda text, at_ns: None)
        self.assertEqual(self.client.models()[0].name, "simulated-model")

    def test_signal_before_the_first_token(self):
        before = signal.signal(signal.SIGALRM, signal.default_int_handler)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with self.assertRaises(KeyboardInterrupt):
                self.client.chat("Hello")
        finally:
            signal.signal(signal.SIGALRM, before)

    def test_close_from_another_thread(self):
        threading.Timer(0.2, self.client.close).start()
        with self.assertRaises(lb.CanceledError):
            self.client.chat("Hello")


class Tables(unittest.TestCase):
    @unittest.skipUnless(os.environ.get("LITEBENCH_TEST_PANDAS"), "pandas is not installed")
    def test_pandas_takes_the_records(self):
        import pandas
        with lb.run(URL, **FAST) as run:
            run.execute()
            dataset = run.dataset()
        rows = pandas.DataFrame(dataset.records())
        columns = pandas.DataFrame(dataset.columns())
        self.assertEqual((len(rows), sorted(rows.columns)), (20, sorted(columns.columns)))
        for frame in (rows, columns):
            self.assertEqual(str(frame.ttft_ms.dtype), "float64")
            self.assertTrue((frame.groupby("conversation").turn.max() == 4).all())
            self.assertTrue(((frame.first_token_ms - frame.sent_ms - frame.ttft_ms).abs()
                             < 1e-6).all())


class Parts(unittest.TestCase):
    def test_chat(self):
        pieces = []
        client = lb.Client(url=URL, model="simulated-model", max_tokens=8)
        self.assertEqual([m.name for m in client.models()], ["simulated-model"])
        turn = client.chat([("system", "Be short."), ("user", "Hello")],
                           lambda text, at_ns: pieces.append(text))
        self.assertEqual("".join(pieces), turn.answer)
        self.assertEqual((turn.completion_tokens, turn.error), (8, ""))
        self.assertGreater(turn.ttft_ms, 0)
        self.assertEqual(lb.chat(URL, "Hello", max_tokens=2).completion_tokens, 2)

        def stop(_text, _at_ns):
            raise InterruptedError

        with self.assertRaises(InterruptedError):
            client.chat("Hello", stop)
        with self.assertRaises(lb.NetworkError):
            lb.chat("http://127.0.0.1:9/v1", "Hello")

    def test_recorder(self):
        one, two = lb.Recorder(), lb.Recorder()
        for i in range(50):
            one.add(float(i), cluster=i)
            two.add(50.0 + i, cluster=50 + i)
        one.merge(two)
        self.assertEqual((one.stat("p50").value, one.stat("p50").n), (49.0, 100))
        two.add(None, cluster=7)
        self.assertEqual(two.stat("p50").n, 51)
        with self.assertRaises(lb.NotFoundError):
            one.stat("p100")

    def test_records_by_hand(self):
        dataset = lb.Dataset()
        for conversation in range(3):
            dataset.add(conversation=conversation, turn=1, status=200, start_ms=0.0, sent_ms=1.0,
                        first_byte_ms=90.0, first_token_ms=101.0, last_token_ms=150.0,
                        done_ms=151.0, ttft_ms=100.0, chunks=3, gaps_ms=[20.0, 29.0])
        self.assertEqual(dataset[0].gaps_ms, [20.0, 29.0])
        self.assertIsNone(dataset[0].prompt_tokens)
        report = dataset.report(lb.Config(dataset._context, slo="ttft.p50<=300ms"))
        self.assertEqual(report.number("metrics.ttft.p50.value"), 100)
        self.assertIn("schema", lb.Report(report.render("json")).as_dict())
        with self.assertRaises(IndexError):
            dataset[3]
        with self.assertRaises(lb.ParseError):
            lb.Report("{")


if __name__ == "__main__":
    unittest.main()
