/* SPDX-License-Identifier: Apache-2.0 */
/* file.h - whole files in, and writing that does not give up half-way. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* The whole file with a NUL behind it, NULL with errno set. "-" is stdin. */
char *file_read(const char *path, size_t *len);
/* All of it or false with errno set. */
bool file_write_all(int fd, const char *data, size_t len);
/* Makes a folder and those above it. */
bool file_make_folders(const char *path);

#endif
