/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mem.c - allocation that does not fail. */
#include "mem.h"

#include <stdint.h>
#include <string.h>

static void *check(void *p)
{
	static const char msg[] = "sprout: out of memory\n";

	if (p)
		return p;
	if (write(STDERR_FILENO, msg, sizeof(msg) - 1) < 0)
		abort();
	abort();
}

void *sp_xmalloc(size_t size)
{
	return check(malloc(size ? size : 1));
}

void *sp_xcalloc(size_t n, size_t size)
{
	return check(calloc(n ? n : 1, size ? size : 1));
}

void *sp_xreallocarray(void *p, size_t n, size_t size)
{
	return check(reallocarray(p, n ? n : 1, size ? size : 1));
}

char *sp_xstrdup(const char *s)
{
	return check(strdup(s));
}

char *sp_xstrndup(const char *s, size_t n)
{
	return check(strndup(s, n));
}

char *sp_strdup0(const char *s)
{
	return s ? sp_xstrdup(s) : NULL;
}

char *sp_vasprintf(const char *fmt, va_list ap)
{
	char *s = NULL;

	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	return check(s);
}

char *sp_asprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = sp_vasprintf(fmt, ap);
	va_end(ap);
	return s;
}

void *sp_grow(void *p, size_t n, size_t size)
{
	if (n == 0)
		return sp_xreallocarray(p, 8, size);
	if (n >= 8 && (n & (n - 1)) == 0)
		return sp_xreallocarray(p, n * 2, size);
	return p;
}
