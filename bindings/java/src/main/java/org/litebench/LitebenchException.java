// SPDX-License-Identifier: Apache-2.0
package org.litebench;

/** A call that failed, with the library's own words. */
public final class LitebenchException extends RuntimeException {
    private static final long serialVersionUID = 1;
    /** As in the header. */
    public final int code;

    LitebenchException(int code, String text) {
        super(text.isEmpty() ? words("lb_err_text", code) : text);
        this.code = code;
    }

    private static String words(String function, int code) {
        return Native.INSTANCE.getText(Native.INSTANCE.call(function, code));
    }

    /** Stable, for logs: "LB_E_INVALID". */
    public String codeName() {
        return words("lb_err_name", code);
    }
}
