/* SPDX-License-Identifier: Apache-2.0 */
/* sha256.h - FIPS 180-4, for the check of a result that travels through a log. */
#ifndef CLI_SHA256_H
#define CLI_SHA256_H

#include <stddef.h>

/* 64 hexadecimal digits and NUL. */
void sha256_hex(char out[65], const void *data, size_t len);

#endif
