/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_url.c - a URL without a fault can be taken apart, and its base is one, too, and final. */
#include "fuzz.h"
#include "wire/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lbi_buf input, base, again;
    const char *url = fuzz_text(&input, data, size);
    struct lbi_url parts;

    lbi_buf_init(&base, &lbi_mem_libc);
    lbi_buf_init(&again, &lbi_mem_libc);
    if (lbi_url_fault(url) == NULL) {
        lbi_url_split(&parts, url);
        FUZZ_CHECK(parts.host[0] != '\0' && parts.port > 0);
        lbi_url_base(&base, url);
        FUZZ_CHECK(lbi_url_fault(lbi_buf_text(&base)) == NULL);
        FUZZ_CHECK(strpbrk(lbi_buf_text(&base), "?#") == NULL);
        lbi_url_base(&again, lbi_buf_text(&base));
        FUZZ_CHECK(strcmp(lbi_buf_text(&base), lbi_buf_text(&again)) == 0);
    }
    lbi_buf_free(&input);
    lbi_buf_free(&base);
    lbi_buf_free(&again);
    return 0;
}
