// SPDX-License-Identifier: Apache-2.0
package org.litebench;

import java.nio.charset.StandardCharsets;

/** A judged result. Outlives its run. */
public final class Report extends Context.Handle {
    Report(Run run) {
        super(run.context, "lb_run_report", run.ptr());
    }

    /** By its path in the JSON form: "metrics.ttft.p95.value" in milliseconds; NaN for null. */
    public double number(String path) {
        long out = Context.LIB.allocate(8);
        try {
            context.call("lb_report_number", ptr(), out, path);
            return Context.LIB.getDouble(out);
        } finally {
            Context.LIB.release(out);
        }
    }

    /** By its path: "verdict.sentence". */
    public String text(String path) {
        return textOut("lb_report_text", path);
    }

    /** In a format: "text", "json", "markdown" ... */
    public String render(String format) {
        long out = Context.LIB.allocate(16);
        try {
            context.call("lb_report_render", ptr(), out, out + 8, format);
            long text = Context.LIB.getLong(out);
            byte[] bytes = Context.LIB.getBytes(text, Context.LIB.getLong(out + 8));
            Context.LIB.call("lb_free", context.core.ptr, text);
            return new String(bytes, StandardCharsets.UTF_8);
        } finally {
            Context.LIB.release(out);
        }
    }
}
