// SPDX-License-Identifier: Apache-2.0
package org.litebench;

import java.lang.ref.Cleaner;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;

/** Threads may share its objects: they take turns. Two contexts run side by side. */
public final class Context {
    static final Native LIB = Native.INSTANCE;
    static final Cleaner CLEANER = Cleaner.create();

    /** What outlives the context until the last of its objects is gone. */
    static final class Core {
        final ReentrantLock lock = new ReentrantLock();
        final Queue<Runnable> dead = new ConcurrentLinkedQueue<>();
        final long ptr;
        boolean gone; // known to the cleaner's thread only

        Core(long ptr) {
            this.ptr = ptr;
        }

        void bury() {
            for (Runnable free; (free = dead.poll()) != null; ) {
                free.run();
            }
        }
    }

    final Core core;

    public Context() {
        long out = LIB.allocate(8);
        int code = (int) LIB.call("lb_ctx_new", out, null, 0L);
        core = new Core(LIB.getLong(out));
        LIB.release(out);
        if (code != Abi.OK) {
            throw new LitebenchException(code, "");
        }
        Core mine = core;
        CLEANER.register(this, () -> {
            mine.bury();
            mine.gone = true;
            LIB.call("lb_ctx_free", mine.ptr); // objects that still live hold it inside the library
        });
    }

    /** One call at a time; its error text is read before anybody can change it. */
    int call(boolean mayTimeOut, String name, Object... arguments) {
        core.lock.lock();
        try {
            core.bury();
            int code = (int) LIB.call(name, arguments);
            if (code != Abi.OK && !(mayTimeOut && code == Abi.E_TIMEOUT)) {
                throw new LitebenchException(code, LIB.getText(LIB.call("lb_ctx_error", core.ptr)));
            }
            return code;
        } finally {
            core.lock.unlock();
        }
    }

    void call(String name, Object... arguments) {
        call(false, name, arguments);
    }

    /** Something with an lb_..._free: close it in any order, or leave it to the collector. */
    abstract static class Handle implements AutoCloseable {
        final Context context;
        private final String free;
        private final Cleaner.Cleanable cleanable;
        private volatile long ptr;

        Handle(Context context, String make, Object... arguments) {
            this.context = context;
            this.free = make.replaceAll("_(new|load)$", "").replaceAll("lb_run_report", "lb_report")
                    + "_free";
            long out = LIB.allocate(8);
            try {
                Object[] all = new Object[arguments.length + 1];
                all[0] = out;
                System.arraycopy(arguments, 0, all, 1, arguments.length);
                context.call(make, all);
                ptr = LIB.getLong(out);
            } finally {
                LIB.release(out);
            }
            cleanable = CLEANER.register(this, leave(context.core, free, ptr));
        }

        /** Of the collector: the next call on the context frees it, never one beside another. */
        private static Runnable leave(Core core, String free, long ptr) {
            return () -> {
                if (free.equals("lb_run_free")) {
                    LIB.call("lb_run_cancel", ptr);
                }
                if (core.gone) { // collected together, the context first: nobody else is left
                    LIB.call(free, ptr);
                } else {
                    core.dead.add(() -> LIB.call(free, ptr));
                }
            };
        }

        long ptr() {
            if (ptr == 0) {
                throw new IllegalStateException(getClass().getSimpleName() + " is closed");
            }
            return ptr;
        }

        boolean isOpen() {
            return ptr != 0;
        }

        @Override
        public void close() {
            context.core.lock.lock();
            try {
                if (ptr != 0) {
                    ptr = 0;
                    cleanable.clean();
                    context.core.bury();
                }
            } finally {
                context.core.lock.unlock();
            }
        }

        /** A text behind a `const char **`, copied before the lock is gone. */
        String textOut(String name, Object... behind) {
            long out = LIB.allocate(8);
            context.core.lock.lock();
            try {
                Object[] all = new Object[behind.length + 2];
                all[0] = ptr();
                all[1] = out;
                System.arraycopy(behind, 0, all, 2, behind.length);
                context.call(name, all);
                return LIB.getText(LIB.getLong(out));
            } finally {
                context.core.lock.unlock();
                LIB.release(out);
            }
        }
    }
}
