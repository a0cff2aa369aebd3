/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* err.h - the one way a library function reports failure. */
#ifndef SPROUT_ERR_H
#define SPROUT_ERR_H

/*
 * Lives on the caller's stack, zeroed.  A function that succeeds leaves it
 * alone; a function that fails fills it exactly once.
 */
struct sp_err {
	int code;	/* errno value, > 0 once filled */
	char *msg;	/* owned; "what: which: why", no newline, no full stop */
};

/*
 * Fill @err and return -@code, so that a failing path is one statement.
 * @code: errno value, > 0.  EBADMSG for a profile or host file that does not
 *	  parse, EINVAL for a value out of range, ESTALE for a host that
 *	  changed under the plan, EXDEV for a path that would leave the root.
 * @fmt:  no newline, no full stop; "%m" is not used, see sp_fail_errno().
 */
int sp_fail(struct sp_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), nonnull(1, 3), cold));

/* The same with ": " and the text of @code (strerror) behind the message. */
int sp_fail_errno(struct sp_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), nonnull(1, 3), cold));

/* Put "<text>: " in front of the message; returns -err->code. */
int sp_wrap(struct sp_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), nonnull(1, 2), cold));

/* Free the message and zero @err.  A zeroed @err is fine. */
void sp_err_clear(struct sp_err *err);

/* An error that is freed with its scope: sp_auto_err err = {0}; */
#define sp_auto_err __attribute__((cleanup(sp_err_clear))) struct sp_err

#endif
