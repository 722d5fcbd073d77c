/* SPDX-License-Identifier: Apache-2.0 */
/* convert.h - one text of an option: is it a value, and if not, why. */
#ifndef LBI_CONFIG_CONVERT_H
#define LBI_CONFIG_CONVERT_H

#include "config/settings.h"

enum lbi_outcome {
    LBI_FITS,
    LBI_NO_VALUE,
    LBI_NO_WHOLE_NUMBER,
    LBI_OUT_OF_RANGE,
    LBI_NOT_PRINTABLE,
};

union lbi_value {
    bool truth;
    int64_t integer; /* also durations, in nanoseconds */
    double number;   /* also shares */
    int32_t choice;
};

/* Texts and lists are only looked at; their value is the text itself. */
enum lbi_outcome lbi_convert(enum lbi_opt opt, const char *text, union lbi_value *out);
/* What is wrong, in a sentence without the name of the option. `origin` may be NULL. */
void lbi_explain(struct lbi_buf *why, enum lbi_opt opt, const char *text, const char *origin,
                 enum lbi_outcome outcome);

#endif
