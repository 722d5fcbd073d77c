/* SPDX-License-Identifier: Apache-2.0 */
/* field.h - a line of an HTTP head taken apart (RFC 9112, section 5). */
#ifndef LBI_WIRE_FIELD_H
#define LBI_WIRE_FIELD_H

#include <stdbool.h>
#include <stddef.h>

struct lbi_http_field {
    const char *name, *value; /* into the line */
    size_t name_len, value_len;
};

/* "Name: value" and its line end; blanks around the value are left out. False: no field. */
bool lbi_http_field_split(struct lbi_http_field *out, const char *line, size_t len);
/* Names are the same in any case. */
bool lbi_http_field_is(const struct lbi_http_field *field, const char *name);

#endif
