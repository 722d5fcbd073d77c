// SPDX-License-Identifier: Apache-2.0
//! Against the installed library and a simulated endpoint, LITEBENCH_TEST_URL; LITEBENCH_TEST_LAYOUT
//! is what a C program printed.
use litebench::*;
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

fn config(context: &Context, conversations: u32, turns: u32, delay: Duration) -> Config {
    let config = Config::new(context).unwrap();
    let url = std::env::var("LITEBENCH_TEST_URL").unwrap();
    config.set("url", url).unwrap();
    config
        .set("conversations", conversations)
        .unwrap()
        .set("turns", turns)
        .unwrap();
    config
        .set("load.workers", 5)
        .unwrap()
        .set("max_tokens", 5)
        .unwrap();
    config
        .set("min_delay", delay)
        .unwrap()
        .set("max_delay", delay)
        .unwrap();
    config.set("slo", &["errors<=1%"][..]).unwrap();
    config
}

fn fast() -> Run {
    Run::prepare(&config(&Context::new().unwrap(), 5, 4, Duration::ZERO)).unwrap()
}

fn long() -> Run {
    let delay = Duration::from_millis(50);
    Run::prepare(&config(&Context::new().unwrap(), 40, 10, delay)).unwrap()
}

#[test]
fn layout() {
    let path = std::env::var("LITEBENCH_TEST_LAYOUT").unwrap();
    let real = std::fs::read_to_string(path).unwrap();
    let real: HashMap<&str, usize> = real
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, number)| (name, number.parse().unwrap()))
        .collect();
    assert_eq!(real, litebench_sys::LAYOUT.iter().copied().collect());
}

#[test]
fn twenty_turns() {
    let run = fast();
    let mut seen = HashSet::new();
    let mut last = None;
    for event in run.events().unwrap() {
        let event = event.unwrap();
        if let News::Turn(turn) = &event.news {
            assert!(
                turn.error.is_empty() && turn.ttft_ns.unwrap() > 0,
                "{turn:?}"
            );
            seen.insert((turn.conversation, turn.turn));
        }
        last = Some(event);
    }
    let last = last.unwrap();
    assert!(matches!(last.news, News::Done));
    assert_eq!(
        (seen.len(), last.ok, last.failed, last.planned),
        (20, 20, 0, 20)
    );
    let (report, dataset) = (run.report().unwrap(), run.dataset().unwrap());
    drop(run);
    assert_eq!(report.number("requests.ok").unwrap(), Some(20.0));
    assert_eq!(report.exit_code(), 5);
    assert_eq!(dataset.turns().unwrap().len(), 20);
    assert!(report
        .render("json")
        .unwrap()
        .contains("litebench.report/1"));
    assert_eq!(report.number("no.such").unwrap_err().kind(), Kind::NotFound);
}

#[test]
fn wrong_option() {
    let config = Config::new(&Context::new().unwrap()).unwrap();
    let error = config.set("workers", 0).err().unwrap();
    assert_eq!(
        (error.kind(), error.name().as_str()),
        (Kind::Invalid, "LB_E_INVALID")
    );
    assert_eq!(
        error.to_string(),
        "load.workers (Rust: workers): 0 is out of range 1..100000"
    );
    let error = config.set("load.wrkers", 3).err().unwrap();
    assert!(error.to_string().contains("load.workers"), "{error}");
    assert_eq!(
        config.set("url", "a\0b").err().unwrap().kind(),
        Kind::Invalid
    );
    assert!(!option_table().is_empty());
    assert_eq!(version(), env!("CARGO_PKG_VERSION"));
    assert!(build_info().contains("libcurl"));
}

#[test]
fn cancel_from_another_thread() {
    let run = long();
    let began = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(300));
            run.cancel();
        });
        let last = run.events().unwrap().last().unwrap().unwrap();
        assert!(matches!(last.news, News::Done) && last.ok < 400);
    });
    assert!(began.elapsed() < Duration::from_secs(3));
    assert!(run
        .report()
        .unwrap()
        .render("json")
        .unwrap()
        .contains("\"partial\": true"));
}

#[test]
fn two_contexts_at_once() {
    let threads: Vec<_> = (0..2)
        .map(|_| thread::spawn(|| fast().execute().unwrap().number("requests.ok").unwrap()))
        .collect();
    for one in threads {
        assert_eq!(one.join().unwrap(), Some(20.0));
    }
}

#[test]
fn threads_share_one_context() {
    let context = Context::new().unwrap();
    let made: Vec<Run> = (0..2)
        .map(|_| Run::prepare(&config(&context, 5, 4, Duration::ZERO)).unwrap())
        .collect();
    thread::scope(|scope| {
        for run in &made {
            scope.spawn(|| assert_eq!(run.events().unwrap().count(), 22));
        }
    });
}

#[test]
fn dropped_in_any_order() {
    let context = Context::new().unwrap();
    let config = config(&context, 5, 4, Duration::ZERO);
    config.set("model", "simulated-model").unwrap();
    let corpus = Corpus::new(&config).unwrap();
    corpus
        .add("own.md", &"A document about birds. ".repeat(40))
        .unwrap();
    let plan = Plan::new(&config, &corpus).unwrap();
    let run = Run::new(&config, &plan).unwrap();
    drop((context, corpus, config));
    assert_eq!(
        (plan.conversations(), plan.turns(), plan.hash().len()),
        (5, 4, 16)
    );
    drop(plan);
    let report = run.execute().unwrap();
    drop(run);
    assert_eq!(report.number("requests.ok").unwrap(), Some(20.0));
    let unfinished = long();
    unfinished.events().unwrap().next();
    drop(unfinished); // in the middle: cancelled and joined
    let before = std::fs::read_dir("/proc/self/fd").unwrap().count();
    for _ in 0..100 {
        let config = Config::new(&Context::new().unwrap()).unwrap();
        config.set("url", "http://127.0.0.1:9/v1").unwrap();
        drop(Client::new(&config).unwrap());
    }
    // Other tests run beside this one and have descriptors of their own.
    assert!(std::fs::read_dir("/proc/self/fd").unwrap().count() < before + 100);
}

#[test]
fn chat() {
    let context = Context::new().unwrap();
    let config = config(&context, 1, 1, Duration::ZERO);
    config.set("max_tokens", 8).unwrap();
    let models = Client::new(&config).unwrap().models().unwrap();
    config.set("model", models[0].as_str()).unwrap();
    let client = Client::new(&config).unwrap();
    let mut heard = String::new();
    let turn = client
        .chat_with(
            &[(Role::System, "Be short."), (Role::User, "Hello")],
            &mut |piece| {
                heard.push_str(piece);
                let inside = config.set("workers", 3).err().unwrap(); // no deadlock, an error
                assert_eq!(inside.kind(), Kind::State);
                ControlFlow::Continue(())
            },
        )
        .unwrap();
    assert_eq!((turn.completion_tokens, turn.answer), (Some(8), heard));
    let stopped = client.chat_with(&[(Role::User, "Hello")], &mut |_| ControlFlow::Break(()));
    assert_eq!(stopped.unwrap_err().kind(), Kind::User);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        client.chat_with(&[(Role::User, "Hello")], &mut |_| panic!("meant"))
    }));
    assert!(panicked.is_err());
    assert_eq!(client.chat(&[(Role::User, "Hello")]).unwrap().error, "");
}

/// The first token of this endpoint takes 20 s.
#[test]
fn chat_is_cancelled_before_the_first_token() {
    let config = Config::new(&Context::new().unwrap()).unwrap();
    let url = std::env::var("LITEBENCH_TEST_SLOW_URL").unwrap();
    config.set("url", url).unwrap();
    config.set("model", "simulated-model").unwrap();
    let client = Client::new(&config).unwrap();
    let began = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(200));
            client.cancel(true);
        });
        let cancelled = client.chat(&[(Role::User, "Hello")]).unwrap_err();
        assert_eq!(cancelled.kind(), Kind::Canceled);
    });
    assert_eq!(client.models().unwrap_err().kind(), Kind::Canceled);
    client.cancel(false);
    assert_eq!(client.models().unwrap(), ["simulated-model"]);
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn parts() {
    let context = Context::new().unwrap();
    let recorder = Recorder::new(&context).unwrap();
    for i in 0..100 {
        recorder.add(i, Some(i as f64)).unwrap();
    }
    let stat = recorder.stat("p50").unwrap();
    assert_eq!((stat.value, stat.n), (49.0, 100));
    assert_eq!(recorder.stat("p100").unwrap_err().kind(), Kind::NotFound);
    let ndjson = concat!(
        "{\"schema\":\"litebench.records/1\"}\n",
        "{\"conversation\":0,\"turn\":1,\"status\":200,\"sent_ms\":0,\"ttft_ms\":100,\"done_ms\":200}\n"
    );
    let dataset = Dataset::load(&context, ndjson).unwrap();
    assert_eq!(dataset.turns().unwrap()[0].ttft_ns, Some(100_000_000));
    let report = dataset.report(None).unwrap();
    assert_eq!(
        report.number("metrics.ttft.p50.value").unwrap(),
        Some(100.0)
    );
    assert_eq!(
        Dataset::load(&context, "nonsense").err().unwrap().kind(),
        Kind::Parse
    );
}
