/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bar.h - how work that takes its time looks: pure text, no terminal, no clock. */
#ifndef SPROUT_BAR_H
#define SPROUT_BAR_H

#include <stdbool.h>

#include "core/host.h"
#include "core/str.h"

/*
 * One line of at most @columns columns, without colours: what it is, how far,
 * a bar, how fast, how long still, and what it is at; what has no room is left
 * out.  @utf8: else ASCII only, whatever an object is called.
 */
void cmd_bar_draw(const struct sp_task *t, int columns, bool utf8,
		  struct sp_buf *ret);

/* The same as a line of a log; @elapsed_s is told when it ends. */
void cmd_bar_line(const struct sp_task *t, int elapsed_s, struct sp_buf *ret);

/* The same as one line of JSON: "Events" in sprout-apply(8). */
void cmd_bar_event(const struct sp_task *t, struct sp_buf *ret);

#endif
