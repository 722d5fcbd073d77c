/* SPDX-License-Identifier: Apache-2.0 */
/* errclass.h - which class a failed request belongs to, from what the server said. */
#ifndef LBI_WIRE_ERRCLASS_H
#define LBI_WIRE_ERRCLASS_H

#include "base/buf.h"

enum lbi_error {
#define ERROR_CLASS(id, name) LBI_ERR_##id,
#include "wire/errors.def"
#undef ERROR_CLASS
    LBI_ERR_COUNT
};

const char *lbi_error_name(enum lbi_error error);

/* Class of an answer with a status of 300 and more, by the status and the words of its body. */
enum lbi_error lbi_error_of_status(int status, const char *body, size_t len);
/* Does a text say that the conversation no longer fits the model? */
bool lbi_says_context_exceeded(const char *text, size_t len);
/* Is a body that came with status 200 an error object? */
bool lbi_body_is_error(const char *body, size_t len);
/* Appends one line for people: the message inside an error body, an HTML page's title, or the
 * beginning of the body. Control characters become blanks. */
void lbi_error_text(struct lbi_buf *out, const char *body, size_t len);
/* Appends `text` as one printable line of at most `max` bytes. */
void lbi_one_line(struct lbi_buf *out, const char *text, size_t len, size_t max);

#endif
