// SPDX-License-Identifier: Apache-2.0
package org.litebench;

/** News of a run; `turn` with TURN, `text` with NOTE, DONE is the last. */
public record Event(Kind kind, long atNs, Turn turn, String text, long ok, long failed,
                    long planned) {
    /** What an event tells. */
    public enum Kind { NONE, STARTED, TURN, NOTE, DONE }

    /** Of the record of a request what most need; times in nanoseconds, UNKNOWN where unknown. */
    public record Turn(long conversation, int turn, int status, long ttftNs, long e2eNs,
                       long completionTokens, String error, String errorText, String model) {
        public static final long UNKNOWN = Abi.UNKNOWN;

        static Turn read(long at) {
            Native lib = Context.LIB;
            return new Turn(lib.getLong(at + Abi.TURN_CONVERSATION), lib.getInt(at + Abi.TURN_TURN),
                    lib.getInt(at + Abi.TURN_STATUS), lib.getLong(at + Abi.TURN_TTFT_NS),
                    lib.getLong(at + Abi.TURN_E2E_NS), lib.getLong(at + Abi.TURN_COMPLETION_TOKENS),
                    lib.getText(lib.getLong(at + Abi.TURN_ERROR)),
                    lib.getText(lib.getLong(at + Abi.TURN_ERROR_TEXT)),
                    lib.getText(lib.getLong(at + Abi.TURN_MODEL)));
        }
    }

    static Event read(long at) {
        Native lib = Context.LIB;
        long turn = lib.getLong(at + Abi.EVENT_TURN);
        return new Event(Kind.values()[lib.getInt(at + Abi.EVENT_KIND)],
                lib.getLong(at + Abi.EVENT_AT_NS), turn == 0 ? null : Turn.read(turn),
                lib.getText(lib.getLong(at + Abi.EVENT_TEXT)), lib.getLong(at + Abi.EVENT_OK),
                lib.getLong(at + Abi.EVENT_FAILED), lib.getLong(at + Abi.EVENT_PLANNED));
    }
}
