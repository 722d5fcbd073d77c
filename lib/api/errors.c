/* SPDX-License-Identifier: Apache-2.0 */
/* errors.c - names and texts of the error codes, both from base/errors.def. */
#include "litebench/litebench.h"

const char *lb_err_name(lb_err code)
{
    switch (code) {
#define ERR(name, text)                                                                            \
    case LB_##name:                                                                                \
        return "LB_" #name;
#include "base/errors.def"
#undef ERR
    default:
        return "LB_E_?";
    }
}

const char *lb_err_text(lb_err code)
{
    switch (code) {
#define ERR(name, text)                                                                            \
    case LB_##name:                                                                                \
        return text;
#include "base/errors.def"
#undef ERR
    default:
        return "unknown error";
    }
}
