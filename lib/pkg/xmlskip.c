/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xmlskip.c - a stream of XML without one of its elements. */
#include "pkg/xmlskip.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/mem.h"

struct skip {
	FILE *f;
	char start[64], end[64]; /* the tags */
	bool inside;		 /* of the element */
	bool eof;
	size_t pos, len;	 /* of text: from where, up to where */
	char text[1 << 15];
};

/* Have half a buffer of it, unless the file ends before. */
static int fill(struct skip *s)
{
	if (s->eof || s->len - s->pos >= sizeof(s->text) / 2)
		return 0;
	memmove(s->text, s->text + s->pos, s->len - s->pos);
	s->len -= s->pos;
	s->pos = 0;
	while (s->len < sizeof(s->text) && !s->eof) {
		size_t n = fread(s->text + s->len, 1,
				 sizeof(s->text) - s->len, s->f);

		if (n == 0 && ferror(s->f)) {
			errno = EIO;
			return -1;
		}
		s->len += n;
		s->eof = n == 0;
	}
	return 0;
}

static ssize_t read_some(void *cookie, char *buf, size_t size)
{
	struct skip *s = cookie;

	for (;;) {
		const char *tag = s->inside ? s->end : s->start, *at, *hit;
		const size_t len = strlen(tag);
		size_t n;

		if (fill(s) < 0)
			return -1;
		at = s->text + s->pos;
		n = s->len - s->pos;
		if (n == 0)
			return 0;
		if (!s->inside && n > size + len - 1)
			n = size + len - 1;
		hit = memmem(at, n, tag, len);
		if (hit == at) {
			s->pos += len;
			s->inside = !s->inside;
			continue;
		}
		/* Up to the tag, or as far as none can begin. */
		if (hit)
			n = (size_t)(hit - at);
		else if (!s->eof || n < s->len - s->pos)
			n -= len - 1;
		if (!s->inside && n > size)
			n = size;
		s->pos += n;
		if (s->inside)
			continue;
		memcpy(buf, at, n);
		return (ssize_t)n;
	}
}

static int close_it(void *cookie)
{
	struct skip *s = cookie;
	int r = fclose(s->f);

	free(s);
	return r;
}

FILE *sp_xmlskip(FILE *f, const char *element)
{
	struct skip *s = sp_xcalloc(1, sizeof(*s));
	FILE *ret;

	s->f = f;
	(void)snprintf(s->start, sizeof(s->start), "<%s>", element);
	(void)snprintf(s->end, sizeof(s->end), "</%s>", element);
	ret = fopencookie(s, "r", (cookie_io_functions_t){
					  .read = read_some,
					  .close = close_it,
				  });
	if (!ret)
		(void)close_it(s);
	return ret;
}
