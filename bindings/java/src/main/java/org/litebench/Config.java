// SPDX-License-Identifier: Apache-2.0
package org.litebench;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Options by full name or its last part; the library converts and checks them. */
public final class Config extends Context.Handle {
    private static final Map<String, String> NAMES = readTable();

    private static Map<String, String> readTable() {
        Map<String, String> names = new HashMap<>();
        long info = Context.LIB.allocate(Abi.OPT_INFO_SIZE);
        for (long i = 0; Context.LIB.call("lb_opt_at", info, Abi.OPT_INFO_SIZE, i) == Abi.OK; i++) {
            String name = Context.LIB.getText(Context.LIB.getLong(info + Abi.OPT_INFO_NAME));
            if (Context.LIB.getInt(info + Abi.OPT_INFO_CLI_ONLY) == 0) {
                names.put(name.substring(name.indexOf('.') + 1), name);
            }
        }
        Context.LIB.release(info);
        return names;
    }

    /** Keywords that there are, with their full names. */
    public static Map<String, String> options() {
        return Map.copyOf(NAMES);
    }

    public Config(Context context, Map<String, ?> options) {
        super(context, "lb_config_new", context.core.ptr);
        if (options.get("preset") instanceof String preset) {
            context.call("lb_config_preset", ptr(), preset);
        }
        options.forEach((name, value) -> {
            if (!name.equals("preset")) {
                set(name, value);
            }
        });
    }

    /** A List is a list, a Duration becomes seconds, everything else its text. */
    public void set(String name, Object value) {
        List<?> items = value instanceof List<?> list ? list : List.of(value);
        String full = NAMES.getOrDefault(name, name); // unknown: the library knows the nearest
        for (int i = 0; i < items.size(); i++) {
            String text = items.get(i) instanceof java.time.Duration d ? d.toNanos() / 1e9 + "s"
                    : String.valueOf(items.get(i));
            context.call(i == 0 ? "lb_config_set" : "lb_config_add", ptr(), full, text,
                    "Java: " + name);
        }
    }

    public String get(String name) {
        return textOut("lb_config_get", NAMES.getOrDefault(name, name), 0L);
    }
}
