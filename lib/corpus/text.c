/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c - what may be a document: UTF-8 text with something in it. Reads regular files only; a
 * pipe or a device is recognised before it is opened, and opened without blocking should it have
 * been put there meanwhile. Tested in tests/unit/test_corpus.c.
 */
#include "corpus/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"

#define SHOWN 400

static const char special[] = "it is a pipe, device or socket, not a file: take it out of there";
static const char too_large[] = "it is larger than 4 MiB: split it";

static bool is_odd_control(unsigned char c)
{
    return c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\b' && c != 0x1b;
}

const char *lbi_text_fault(const char *text, size_t len)
{
    size_t controls = 0;
    size_t blanks = 0;

    if (len > LBI_TEXT_MAX)
        return too_large;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        controls += is_odd_control(c);
        blanks += c <= ' ';
        if (c == '\0')
            return "it is binary (or UTF-16): convert it to UTF-8 text";
    }
    if (controls > len / 100)
        return "it is binary: convert it to UTF-8 text";
    if (!lbi_utf8_all_valid(text, len))
        return "it is not UTF-8: convert it, for example with iconv";
    bool only_mark = len - blanks == 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    if (blanks == len || only_mark)
        return "it is empty: fill it or take it out of there";
    return NULL;
}

void lbi_text_normalise(struct lbi_buf *buf)
{
    size_t from = buf->len >= 3 && memcmp(buf->data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    size_t to = 0;

    for (; from < buf->len; from++) {
        bool crlf = buf->data[from] == '\r' && from + 1 < buf->len && buf->data[from + 1] == '\n';
        if (!crlf)
            buf->data[to++] = buf->data[from];
    }
    lbi_buf_truncate(buf, to);
}

const char *lbi_text_errno(int code)
{
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return "there is no such file or folder: check the path";
    case EACCES:
    case EPERM:
        return "permission denied: make it readable for this user";
    case ELOOP:
        return "it is a symbolic link that leads to itself: remove it";
    case EMFILE:
    case ENFILE:
        return "too many open files: raise the limit (ulimit -n)";
    case ENAMETOOLONG:
        return "the path is too long: use a shorter one";
    default:
        return "reading it failed: check the disk or the file system";
    }
}

/* A descriptor of a regular file that is not too large, or -1 with *fault set. */
static int open_regular(int dir, const char *name, const char **fault)
{
    struct stat st;

    /* O_NONBLOCK: never wait for the other end, should it be a pipe after all. */
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        *fault = lbi_text_errno(errno);
        return -1;
    }
    if (fstat(fd, &st) != 0)
        *fault = lbi_text_errno(errno);
    else if (!S_ISREG(st.st_mode))
        *fault = special;
    else if (st.st_size > (off_t)LBI_TEXT_MAX)
        *fault = too_large;
    if (*fault == NULL)
        return fd;
    (void)close(fd);
    return -1;
}

/* Reads to the end, whatever the size said before: files grow, and those of /proc say 0. */
static const char *read_all(struct lbi_buf *out, int fd)
{
    char chunk[16384];

    while (out->len <= LBI_TEXT_MAX) {
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n == 0)
            return NULL;
        if (n < 0 && errno != EINTR)
            return lbi_text_errno(errno);
        if (n > 0)
            lbi_buf_add(out, chunk, (size_t)n);
        if (out->err != LB_OK)
            return NULL;
    }
    return too_large;
}

lb_err lbi_text_read(struct lbi_buf *out, int dir, const char *name, const char **fault)
{
    struct stat st;

    *fault = NULL;
    lbi_buf_clear(out);
    if (fstatat(dir, name, &st, 0) != 0)
        *fault = lbi_text_errno(errno);
    else if (!S_ISREG(st.st_mode))
        *fault = special;
    if (*fault != NULL)
        return LB_OK;

    int fd = open_regular(dir, name, fault);
    if (fd < 0)
        return LB_OK;
    *fault = read_all(out, fd);
    (void)close(fd);
    if (out->err != LB_OK)
        return LB_E_NOMEM;
    if (*fault == NULL)
        *fault = lbi_text_fault(lbi_buf_text(out), out->len);
    if (*fault == NULL)
        lbi_text_normalise(out);
    return LB_OK;
}

bool lbi_text_printable(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    }
    return lbi_utf8_all_valid(text, len);
}

void lbi_text_show(struct lbi_buf *out, const char *path)
{
    size_t len = strlen(path);

    if (len > SHOWN) { /* the end says more than the beginning */
        lbi_buf_puts(out, "...");
        path += len - SHOWN;
        len = SHOWN;
        while (len > 0 && ((unsigned char)*path & 0xc0) == 0x80) {
            path++;
            len--;
        }
    }
    while (len > 0) {
        size_t n = lbi_utf8_valid(path, len);
        bool control = (unsigned char)*path < 0x20 || *path == 0x7f;
        if (n == 0 || control)
            lbi_buf_putc(out, '?');
        else
            lbi_buf_add(out, path, n);
        path += n == 0 ? 1 : n;
        len -= n == 0 ? 1 : n;
    }
}
