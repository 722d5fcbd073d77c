// SPDX-License-Identifier: Apache-2.0
package org.litebench;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;

/** A benchmark run: iterating starts it and gives its events. */
public final class Run extends Context.Handle implements Iterable<Event> {
    private static final long SLICE_NS = 100_000_000; // others get their turn between two waits

    private static final class Plain extends Context.Handle {
        Plain(Context context, String make, Object... arguments) {
            super(context, make, arguments);
        }
    }

    private Run(Config config, Plain plan) {
        super(config.context, "lb_run_new", config.ptr(), plan.ptr());
    }

    /** Without a model, the first that the endpoint lists; without docs, those in the library. */
    public static Run prepare(Context context, String url, Map<String, ?> options) {
        Map<String, Object> all = new HashMap<>(options);
        all.put("url", url);
        try (Config config = new Config(context, all)) {
            if (!options.containsKey("model")) {
                try (Plain client = new Plain(context, "lb_client_new", config.ptr())) {
                    config.set("model", client.textOut("lb_client_model", null, 0L));
                }
            }
            try (Plain corpus = new Plain(context, "lb_corpus_new", config.ptr())) {
                if (options.get("docs") instanceof String docs) {
                    context.call("lb_corpus_add_path", corpus.ptr(), docs);
                } else {
                    context.call("lb_corpus_add_builtin", corpus.ptr());
                }
                try (Plain plan = new Plain(context, "lb_plan_new", config.ptr(), corpus.ptr())) {
                    return new Run(config, plan);
                }
            }
        }
    }

    /** One event, or null when there was none within 100 ms. */
    public Event next() {
        long event = Context.LIB.allocate(Abi.EVENT_SIZE);
        context.core.lock.lock();
        try {
            int code = context.call(true, "lb_run_next_event", ptr(), event, Abi.EVENT_SIZE, SLICE_NS);
            return code == Abi.E_TIMEOUT ? null : Event.read(event);
        } finally {
            context.core.lock.unlock();
            Context.LIB.release(event);
        }
    }

    @Override
    public Iterator<Event> iterator() {
        context.call("lb_run_start", ptr());
        return new Iterator<>() {
            private boolean over;

            @Override
            public boolean hasNext() {
                return !over && isOpen();
            }

            @Override
            public Event next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Event event;
                do {
                    event = Run.this.next();
                    if (Thread.interrupted()) {
                        cancel(); // the events that are left still come
                        Thread.currentThread().interrupt();
                    }
                } while (event == null);
                over = event.kind() == Event.Kind.DONE;
                return event;
            }
        };
    }

    /** Asks for an orderly end, from any thread; an interrupt of the reading thread does so, too. */
    public synchronized void cancel() {
        if (isOpen()) {
            Context.LIB.call("lb_run_cancel", ptr());
        }
    }

    @Override
    public synchronized void close() {
        cancel();
        super.close();
    }

    /** The result so far; after the end, the result. */
    public Report report() {
        return new Report(this);
    }
}
