/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sha256.h - the SHA-256 of bytes in memory. */
#ifndef SPROUT_SHA256_H
#define SPROUT_SHA256_H

#include <stddef.h>

#define SP_SHA256_HEX 65 /* 64 digits and a NUL */

/* As lower-case hexadecimal digits.  Source: FIPS 180-4, 5.1.1 and 6.2. */
void sp_sha256(const void *data, size_t len, char ret[SP_SHA256_HEX]);

#endif
