/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_errbody.c - any body under any status gets a class and one short, printable line. */
#include "base/utf8.h"
#include "fuzz.h"
#include "wire/errclass.h"

static void is_line(const struct lbi_buf *line, size_t max)
{
    const char *text = lbi_buf_text(line);

    FUZZ_CHECK(line->err == LB_OK && line->len <= max);
    FUZZ_CHECK(lbi_utf8_all_valid(text, line->len));
    for (size_t i = 0; i < line->len; i++) {
        FUZZ_CHECK((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
        FUZZ_CHECK(!((unsigned char)text[i] == 0xc2 && (unsigned char)text[i + 1] < 0xa0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lbi_buf input, line;

    if (size < 2)
        return 0;
    int status = 100 + (data[0] << 8 | data[1]) % 600;
    const char *body = fuzz_text(&input, data + 2, size - 2);
    size_t len = input.len;

    enum lbi_error error = lbi_error_of_status(status, body, len);
    FUZZ_CHECK(error > LBI_ERR_NONE && error < LBI_ERR_COUNT);
    FUZZ_CHECK(status != 429 || error == LBI_ERR_RATE_LIMIT);
    (void)lbi_body_is_error(body, len);
    (void)lbi_says_context_exceeded(body, len);
    lbi_buf_init(&line, &lbi_mem_libc);
    lbi_error_text(&line, body, len);
    is_line(&line, 300);
    lbi_buf_clear(&line);
    lbi_one_line(&line, body, len, data[0]);
    is_line(&line, data[0]);
    lbi_buf_free(&line);
    lbi_buf_free(&input);
    return 0;
}
