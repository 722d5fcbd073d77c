/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - see file.h. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

static char *read_all(int fd, size_t *len)
{
    size_t cap = 65536;
    char *data = need(NULL, cap);

    *len = 0;
    for (;;) {
        if (cap - *len < 2) {
            cap *= 2;
            data = need(data, cap);
        }
        ssize_t n = read(fd, data + *len, cap - *len - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            free(data);
            return NULL;
        }
        if (n == 0) {
            data[*len] = '\0';
            return data;
        }
        *len += (size_t)n;
    }
}

char *file_read(const char *path, size_t *len)
{
    bool own = strcmp(path, "-") != 0;
    int fd = own ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;

    if (fd < 0)
        return NULL;
    char *data = read_all(fd, len);
    int saved = errno;
    if (own)
        (void)close(fd);
    errno = saved;
    return data;
}

bool file_write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

bool file_make_folders(const char *path)
{
    char *copy = need_text("%s", path);
    bool made = true;

    for (char *p = copy + 1; made; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char old = *p;
        *p = '\0';
        made = mkdir(copy, 0700) == 0 || errno == EEXIST;
        *p = old;
        if (old == '\0')
            break;
    }
    free(copy);
    return made;
}
