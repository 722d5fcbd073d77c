/* SPDX-License-Identifier: Apache-2.0 */
/* sink.h - one file that is being written: buffered, under FILE.part until it is whole. */
#ifndef CLI_SINK_H
#define CLI_SINK_H

#include <litebench/litebench.h>

#include <stdbool.h>

#define SINK_ROOM 32768

struct sink {
    char *path; /* "-" is stdout */
    char *part; /* NULL: written in place (stdout, a device, a pipe) */
    int fd;     /* -1: not open */
    int error;  /* errno of the first failure, 0 */
    size_t used;
    char room[SINK_ROOM];
};

/* Can a file of this name be written? False with errno set. Creates nothing. */
bool sink_probe(const char *path);
/* False with errno set. The file is only for its owner when `personal`. */
bool sink_open(struct sink *sink, const char *path, bool personal);
/* An lb_write_cb; `user` is the sink. LB_E_USER once something failed. */
lb_err sink_write(void *user, const char *data, size_t len);
bool sink_flush(struct sink *sink);
/* Makes the file durable and gives it its name. False with sink->error set. */
bool sink_finish(struct sink *sink);
/* Gives up what was not finished and forgets the names. */
void sink_free(struct sink *sink);

#endif
