/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clock.h - how long things take. */
#ifndef SPROUT_CLOCK_H
#define SPROUT_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that nobody sets, only for differences. */
int64_t sp_clock_ms(void);

#endif
