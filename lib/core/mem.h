/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mem.h - allocation and scope cleanup.
 *
 * The sp_x* allocators end the process when memory is out.  They are for
 * sizes that we fix or that a limit has bounded before (profile size, list
 * lengths, SP_FILE_MAX); nothing unbounded from outside reaches them.
 */
#ifndef SPROUT_MEM_H
#define SPROUT_MEM_H

#include <dirent.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *sp_xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *sp_xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
/* Room for @n elements of @size; overflow of the product ends the process. */
void *sp_xreallocarray(void *p, size_t n, size_t size)
	__attribute__((returns_nonnull));
char *sp_xstrdup(const char *s) __attribute__((malloc, nonnull, returns_nonnull));
/* The first @n bytes of @s and a NUL. */
char *sp_xstrndup(const char *s, size_t n)
	__attribute__((malloc, nonnull, returns_nonnull));
/* strdup that maps NULL to NULL. */
char *sp_strdup0(const char *s);
char *sp_asprintf(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), malloc, returns_nonnull));
char *sp_vasprintf(const char *fmt, va_list ap)
	__attribute__((format(printf, 1, 0), malloc, returns_nonnull));

/*
 * Make room for one more element in a plain array whose capacity is the next
 * power of two above @n (8 at least): p = sp_grow(p, n, sizeof(*p)); p[n++] =
 */
void *sp_grow(void *p, size_t n, size_t size) __attribute__((returns_nonnull));

static inline void sp_freep(void *p)
{
	free(*(void **)p);
}

static inline void sp_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void sp_fclosep(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

static inline void sp_closedirp(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

#define sp_auto_free	 __attribute__((cleanup(sp_freep)))
#define sp_auto_close	 __attribute__((cleanup(sp_closep)))	/* int fd, -1 = none */
#define sp_auto_fclose	 __attribute__((cleanup(sp_fclosep)))
#define sp_auto_closedir __attribute__((cleanup(sp_closedirp)))

/* Hand over a pointer: its value, leaving NULL behind. */
#define sp_take(pp)                            \
	({                                     \
		__typeof__(*(pp)) v_ = *(pp);  \
		*(pp) = NULL;                  \
		v_;                            \
	})

/* The same for a file descriptor, leaving -1 behind. */
static inline int sp_take_fd(int *fd)
{
	int v = *fd;

	*fd = -1;
	return v;
}

#define SP_COUNT(a) (sizeof(a) / sizeof((a)[0]))

#endif
