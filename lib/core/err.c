/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* err.c - error objects: a code and one sentence. */
#include "err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "word.h"

static int fill(struct sp_err *err, int code, const char *tail,
		const char *fmt, va_list ap)
{
	sp_auto_free char *text = sp_vasprintf(_(fmt), ap);

	assert(code > 0);
	assert(!err->code);
	err->code = code;
	err->msg = tail ? sp_asprintf("%s: %s", text, tail) : sp_take(&text);
	return -code;
}

int sp_fail(struct sp_err *err, int code, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = fill(err, code, NULL, fmt, ap);
	va_end(ap);
	return r;
}

int sp_fail_errno(struct sp_err *err, int code, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = fill(err, code, _(strerror(code)), fmt, ap);
	va_end(ap);
	return r;
}

int sp_wrap(struct sp_err *err, const char *fmt, ...)
{
	sp_auto_free char *text = NULL, *old = err->msg;
	va_list ap;

	assert(err->code > 0);
	va_start(ap, fmt);
	text = sp_vasprintf(_(fmt), ap);
	va_end(ap);
	err->msg = sp_asprintf("%s: %s", text, old);
	return -err->code;
}

void sp_err_clear(struct sp_err *err)
{
	free(err->msg);
	*err = (struct sp_err){ 0 };
}
