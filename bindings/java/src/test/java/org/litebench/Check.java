// SPDX-License-Identifier: Apache-2.0
package org.litebench;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Against the installed library and a simulated endpoint, LITEBENCH_TEST_URL;
 * LITEBENCH_TEST_LAYOUT is what a C program printed. A program, so that it needs no framework.
 */
public final class Check {
    private static final String URL = System.getenv("LITEBENCH_TEST_URL");
    private static int checks;

    private static void check(boolean good, Object what) {
        checks++;
        if (!good) {
            throw new AssertionError(what);
        }
    }

    private static Map<String, Object> fast() {
        return new TreeMap<>(Map.of("conversations", 5, "turns", 4, "workers", 5, "min_delay", 0,
                "max_delay", 0, "max_tokens", 5, "slo", List.of("errors<=1%")));
    }

    private static Map<String, Object> slow() {
        Map<String, Object> options = fast();
        options.putAll(Map.of("conversations", 40, "turns", 10, "max_delay", Duration.ofMillis(50),
                "min_delay", Duration.ofMillis(50)));
        return options;
    }

    private static void layout() throws Exception {
        List<String> ours = new ArrayList<>();
        for (int i = 0; i < Abi.LAYOUT.length; i += 2) {
            ours.add(Abi.LAYOUT[i] + " " + Abi.LAYOUT[i + 1]);
        }
        List<String> real = Files.readAllLines(Path.of(System.getenv("LITEBENCH_TEST_LAYOUT")));
        check(Set.copyOf(ours).equals(Set.copyOf(real)), ours);
    }

    private static long twentyTurns() {
        try (Run run = Run.prepare(new Context(), URL, fast())) {
            Set<String> seen = new HashSet<>();
            Event last = null;
            for (Event event : run) {
                if (event.kind() == Event.Kind.TURN) {
                    seen.add(event.turn().conversation() + " " + event.turn().turn());
                    check(event.turn().error().isEmpty() && event.turn().ttftNs() > 0, event);
                }
                last = event;
            }
            check(seen.size() == 20 && last.kind() == Event.Kind.DONE && last.ok() == 20, last);
            Report report = run.report();
            run.close();
            run.close();
            check(report.number("requests.ok") == 20, "number");
            check(report.render("json").contains("litebench.report/1"), "json");
            check(report.text("verdict.status").equals("UNDECIDED"), "status");
            check(code(() -> report.number("no.such")) == Abi.E_NOTFOUND, "no such number");
            return seen.size();
        }
    }

    private static int code(Runnable work) {
        try {
            work.run();
            return 0;
        } catch (LitebenchException e) {
            return e.code;
        }
    }

    private static void wrongOptions() {
        Context context = new Context();
        try {
            new Config(context, Map.of("workers", 0));
            check(false, "0 workers");
        } catch (LitebenchException e) {
            check(e.getMessage().equals("load.workers (Java: workers): 0 is out of range 1..100000"),
                    e.getMessage());
            check(e.codeName().equals("LB_E_INVALID"), e.codeName());
        }
        check(code(() -> new Config(context, Map.of("load.wrkers", 3))) == Abi.E_INVALID, "wrkers");
        Config config = new Config(context, Map.of("preset", "quick", "for", Duration.ofMinutes(2)));
        check(config.get("turns").equals("3"), "preset");
        check(Config.options().get("workers").equals("load.workers"), "table");
        config.close();
        try {
            config.get("turns");
            check(false, "closed");
        } catch (IllegalStateException e) {
            check(e.getMessage().contains("closed"), e);
        }
    }

    private static void cancelFromAnotherThread(boolean interrupt) throws Exception {
        try (Run run = Run.prepare(new Context(), URL, slow())) {
            Thread reader = Thread.currentThread();
            long began = System.nanoTime();
            Thread killer = new Thread(() -> {
                try {
                    Thread.sleep(300);
                } catch (InterruptedException e) {
                    return;
                }
                if (interrupt) {
                    reader.interrupt();
                } else {
                    run.cancel();
                }
            });
            killer.start();
            Event last = null;
            for (Event event : run) {
                last = event;
            }
            check(Thread.interrupted() == interrupt, "interrupt flag");
            killer.join();
            check(last.kind() == Event.Kind.DONE && last.ok() < 400, last);
            check(System.nanoTime() - began < 3_000_000_000L, "it took too long");
            check(run.report().render("json").contains("\"partial\": true"), "partial");
        }
    }

    private static void twoContextsAtOnce() throws Exception {
        var pool = Executors.newFixedThreadPool(2);
        Callable<Long> work = Check::twentyTurns;
        for (Future<Long> one : pool.invokeAll(List.of(work, work))) {
            check(one.get() == 20, "turns");
        }
        pool.shutdown();
    }

    private static int descriptors() {
        return new File("/proc/self/fd").list().length;
    }

    private static void collector() throws Exception {
        Context context = new Context();
        Map<String, Object> options = slow();
        options.put("model", "simulated-model");
        Run.prepare(context, URL, options).close();
        int before = descriptors();
        for (int i = 0; i < 100; i++) {
            Run run = Run.prepare(context, URL, options);
            if (i == 50) {
                run.iterator(); // one that was started and forgotten
            }
        }
        for (int i = 0; i < 100 && descriptors() > before + 8; i++) {
            System.gc();
            Thread.sleep(20);
            new Config(context, Map.of()).close(); // a call frees what is dead
        }
        check(descriptors() <= before + 8, descriptors() + " descriptors, before " + before);
    }

    public static void main(String[] arguments) throws Exception {
        layout();
        twentyTurns();
        wrongOptions();
        cancelFromAnotherThread(false);
        cancelFromAnotherThread(true);
        twoContextsAtOnce();
        collector();
        System.out.println("Java " + System.getProperty("java.version") + ", "
                + Native.INSTANCE.getClass().getSimpleName() + ": " + checks + " checks");
    }
}
