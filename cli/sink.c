/* SPDX-License-Identifier: Apache-2.0 */
/* sink.c - see sink.h. The first failure sticks; whoever finishes the file asks for it. */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "say.h"

static bool is_under(const char *path, const char *folder)
{
    return strncmp(path, folder, strlen(folder)) == 0;
}

/*
 * Pipes, terminals and /dev/null have no other name to be renamed from. What stands under /dev and
 * /proc may look like a file (/dev/stdout does when stdout is one) and must never be replaced.
 */
static bool in_place(const char *path)
{
    struct stat st;

    return strcmp(path, "-") == 0 || is_under(path, "/dev/") || is_under(path, "/proc/") ||
           (stat(path, &st) == 0 && !S_ISREG(st.st_mode));
}

/* Where a link leads, so that its target is replaced and not the link. The caller frees it. */
static char *final_name(const char *path)
{
    struct stat st;
    char *real = lstat(path, &st) == 0 && S_ISLNK(st.st_mode) ? realpath(path, NULL) : NULL;

    return real != NULL ? real : need_text("%s", path);
}

bool sink_probe(const char *path)
{
    struct stat st;
    const char *slash = strrchr(path, '/');

    if (strcmp(path, "-") == 0)
        return true;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return false;
    }
    if (access(path, F_OK) == 0 && access(path, W_OK) != 0)
        return false;
    if (in_place(path))
        return true;
    char *folder =
        slash == NULL ? need_text(".") : need_text("%.*s", (int)(slash - path + 1), path);
    bool writable = access(folder, W_OK | X_OK) == 0;
    int saved = errno;
    free(folder);
    errno = saved;
    return writable;
}

bool sink_open(struct sink *sink, const char *path, bool personal)
{
    mode_t mode = personal ? 0600 : 0666;

    sink->part = NULL;
    sink->fd = -1;
    sink->error = 0;
    sink->used = 0;
    sink->path = in_place(path) ? need_text("%s", path) : final_name(path);
    path = sink->path;
    if (strcmp(path, "-") == 0) {
        sink->fd = STDOUT_FILENO;
        return true;
    }
    if (in_place(path)) {
        sink->fd = open(path, O_WRONLY | O_CLOEXEC);
        return sink->fd >= 0;
    }
    /* A file that may not be written must not be replaced either. */
    if (access(path, F_OK) == 0 && access(path, W_OK) != 0)
        return false;
    sink->part = need_text("%s.part", path);
    sink->fd = open(sink->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (sink->fd < 0) {
        int saved = errno;
        free(sink->part);
        sink->part = NULL;
        errno = saved;
    }
    return sink->fd >= 0;
}

bool sink_flush(struct sink *sink)
{
    if (sink->error == 0 && sink->used > 0 && !file_write_all(sink->fd, sink->room, sink->used))
        sink->error = errno != 0 ? errno : EIO;
    sink->used = 0;
    return sink->error == 0;
}

lb_err sink_write(void *user, const char *data, size_t len)
{
    struct sink *sink = user;

    while (len > 0 && sink->error == 0) {
        size_t n = SINK_ROOM - sink->used;
        n = len < n ? len : n;
        memcpy(sink->room + sink->used, data, n);
        sink->used += n;
        data += n;
        len -= n;
        if (sink->used == SINK_ROOM)
            (void)sink_flush(sink);
    }
    return sink->error == 0 ? LB_OK : LB_E_USER;
}

bool sink_finish(struct sink *sink)
{
    (void)sink_flush(sink);
    if (sink->part == NULL)
        return sink->error == 0;
    if (sink->error == 0 && fsync(sink->fd) != 0)
        sink->error = errno;
    if (close(sink->fd) != 0 && sink->error == 0)
        sink->error = errno;
    sink->fd = -1;
    if (sink->error == 0 && rename(sink->part, sink->path) != 0)
        sink->error = errno;
    if (sink->error != 0)
        return false;
    free(sink->part);
    sink->part = NULL;
    return true;
}

void sink_free(struct sink *sink)
{
    if (sink->fd > STDERR_FILENO)
        (void)close(sink->fd);
    if (sink->part != NULL)
        (void)unlink(sink->part);
    free(sink->part);
    free(sink->path);
    *sink = (struct sink){.fd = -1};
}
