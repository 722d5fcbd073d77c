/* SPDX-License-Identifier: Apache-2.0 */
/* field.c - see field.h. */
#include "wire/field.h"

#include <string.h>
#include <strings.h>

bool lbi_http_field_split(struct lbi_http_field *out, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    const char *end = line + len;

    if (colon == NULL)
        return false;
    const char *value = colon + 1;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *out = (struct lbi_http_field){line, value, (size_t)(colon - line), (size_t)(end - value)};
    return true;
}

bool lbi_http_field_is(const struct lbi_http_field *field, const char *name)
{
    return strlen(name) == field->name_len && strncasecmp(field->name, name, field->name_len) == 0;
}
