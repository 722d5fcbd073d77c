/* SPDX-License-Identifier: Apache-2.0 */
/* unpack.c - see unpack.h. */
#include "wire/unpack.h"

bool lbi_can_unpack(void)
{
#ifdef LBI_ZLIB
    return true;
#else
    return false;
#endif
}

#ifdef LBI_ZLIB
#include <limits.h>
#include <zlib.h>

enum { GZIP = 16, ROOM = 16384 };

struct lbi_unpack {
    const struct lbi_mem *mem;
    z_stream stream;
    char out[ROOM];
};

static voidpf get_memory(voidpf user, uInt items, uInt size)
{
    return lbi_alloc(user, (size_t)items * size);
}

static void give_memory(voidpf user, voidpf memory)
{
    lbi_free(user, memory);
}

lb_err lbi_unpack_new(struct lbi_unpack **out, const struct lbi_mem *mem)
{
    struct lbi_unpack *unpack = lbi_zalloc(mem, sizeof(*unpack));

    *out = NULL;
    if (unpack == NULL)
        return LB_E_NOMEM;
    unpack->mem = mem;
    unpack->stream.zalloc = get_memory;
    unpack->stream.zfree = give_memory;
    unpack->stream.opaque = (void *)(uintptr_t)mem;
    if (inflateInit2(&unpack->stream, GZIP + MAX_WBITS) != Z_OK) {
        lbi_free(mem, unpack);
        return LB_E_NOMEM;
    }
    *out = unpack;
    return LB_OK;
}

void lbi_unpack_free(struct lbi_unpack *unpack)
{
    if (unpack == NULL)
        return;
    (void)inflateEnd(&unpack->stream);
    lbi_free(unpack->mem, unpack);
}

static lb_err error_of(int code)
{
    switch (code) {
    case Z_OK:
    case Z_STREAM_END:
    case Z_BUF_ERROR: /* it wants more */
        return LB_OK;
    case Z_MEM_ERROR:
        return LB_E_NOMEM;
    default:
        return LB_E_INVALID;
    }
}

lb_err lbi_unpack_feed(struct lbi_unpack *unpack, const char *bytes, size_t len,
                       lb_err (*take)(void *user, const char *bytes, size_t len), void *user)
{
    z_stream *stream = &unpack->stream;
    lb_err err = LB_OK;
    int code = Z_OK;

    if (len > UINT_MAX)
        return LB_E_INVALID;
    stream->next_in = (Bytef *)(uintptr_t)bytes;
    stream->avail_in = (uInt)len;
    do {
        stream->next_out = (Bytef *)unpack->out;
        stream->avail_out = ROOM;
        code = inflate(stream, Z_SYNC_FLUSH);
        err = error_of(code);
        size_t got = ROOM - stream->avail_out;
        if (err == LB_OK && got > 0)
            err = take(user, unpack->out, got);
    } while (err == LB_OK && code == Z_OK && (stream->avail_in > 0 || stream->avail_out == 0));
    return err;
}
#else

lb_err lbi_unpack_new(struct lbi_unpack **out, const struct lbi_mem *mem)
{
    (void)mem;
    *out = NULL;
    return LB_E_INVALID;
}

void lbi_unpack_free(struct lbi_unpack *unpack)
{
    (void)unpack;
}

lb_err lbi_unpack_feed(struct lbi_unpack *unpack, const char *bytes, size_t len,
                       lb_err (*take)(void *user, const char *bytes, size_t len), void *user)
{
    (void)unpack, (void)bytes, (void)len, (void)take, (void)user;
    return LB_E_INVALID;
}

#endif
