/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sysctlconf.c - the lines of sysctl.d files.
 *
 * A name whose first separator is a slash is a path below /proc/sys; one
 * whose first separator is a dot has dots and slashes exchanged.
 * Source: sysctl.d(5), sysctl.conf(5).
 */
#include "harden/sysctlconf.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/mem.h"

#define NAME_BYTES 255

int sp_sysctl_check_name(const char *name, struct sp_err *err)
{
	const char *p = name + (*name == '-');
	size_t len = strlen(p);
	char sep;

	if (!len)
		return sp_fail(
			err, EINVAL,
			"expected a name such as \"net.ipv4.ip_forward\"");
	if (len > NAME_BYTES)
		return sp_fail(err, EINVAL, "%zu bytes, the limit is %d", len,
			       NAME_BYTES);
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)p[i]) && !strchr("_.*/-", p[i]))
			return sp_fail(
				err, EINVAL,
				"\"%s\": only letters, digits and \"_.*/-\" may be used",
				name);
	if (*p == '-')
		return sp_fail(err, EINVAL, "\"%s\" begins with \"--\"", name);
	sep = p[strcspn(p, "./")];
	if (!sep)
		return sp_fail(
			err, EINVAL,
			"\"%s\": expected at least two parts, as in \"kernel.panic\"",
			name);
	/* The parts of the path: none may be empty or lead elsewhere. */
	for (const char *part = p, *end; part; part = *end ? end + 1 : NULL) {
		size_t n = strcspn(part, sep == '/' ? "/" : ".");

		end = part + n;
		if (!n || (n <= 2 && strspn(part, sep == '/' ? "." : "/") == n))
			return sp_fail(
				err, EINVAL,
				"\"%s\": a part between two separators is empty, \".\" or \"..\"",
				name);
	}
	return 0;
}

char *sp_sysctl_key(const char *name, size_t len)
{
	char *key, first = 0;
	bool dotted = false; /* a part of the path has a dot */

	if (len && *name == '-') {
		name++;
		len--;
	}
	key = sp_xstrndup(name, len);
	for (char *p = key; *p; p++) {
		if (*p != '.' && *p != '/')
			continue;
		if (!first)
			first = *p;
		/* now as a path: '/' separates */
		if (first == '.')
			*p = *p == '.' ? '/' : '.';
		dotted |= *p == '.';
	}
	for (char *p = key; *p && !dotted; p++)
		if (*p == '/')
			*p = '.';
	return key;
}

char *sp_sysctl_value(const char *value, size_t len)
{
	struct sp_buf out = { 0 };
	bool gap = false;

	for (size_t i = 0; i < len; i++) {
		if (value[i] == ' ' || value[i] == '\t' || value[i] == '\r') {
			gap = out.len;
			continue;
		}
		if (gap)
			sp_buf_addc(&out, ' ');
		gap = false;
		sp_buf_addc(&out, value[i]);
	}
	return sp_buf_take(&out);
}

bool sp_sysctl_next(const char *data, size_t len, size_t *pos,
		    struct sp_sysctl_line *ret)
{
	struct sp_sysctl_line l;
	const char *line, *eq;
	size_t n, start = *pos;

	for (; sp_next_line(data, len, pos, &line, &n); start = *pos) {
		l = (struct sp_sysctl_line){ .start = line,
					     .len = *pos - start };
		sp_trim(&line, &n);
		if (!n || *line == '#' || *line == ';')
			continue;
		eq = memchr(line, '=', n);
		if (!eq)
			continue; /* "-name": an exception from a pattern */
		l.lenient = *line == '-';
		l.name = line + l.lenient;
		l.name_len = (size_t)(eq - line) - l.lenient;
		l.value = eq + 1;
		l.value_len = n - (size_t)(l.value - line);
		sp_trim(&l.name, &l.name_len);
		sp_trim(&l.value, &l.value_len);
		if (!l.name_len || *l.name == '-')
			continue;
		*ret = l;
		return true;
	}
	return false;
}

bool sp_sysctl_is(const struct sp_sysctl_line *l, const char *key)
{
	size_t n = strlen(key);
	bool same;
	char *other;

	/* All spellings of a name are of one length. */
	if (l->name_len != n)
		return false;
	if (memcmp(l->name, key, n) == 0 && !memchr(key, '/', n))
		return true;
	if (!memchr(l->name, '/', n))
		return false;
	other = sp_sysctl_key(l->name, l->name_len);
	same = strcmp(other, key) == 0;
	free(other);
	return same;
}

void sp_sysctl_set(struct sp_buf *text, const char *key, const char *line)
{
	sp_auto_buf out = { 0 };
	struct sp_sysctl_line l;
	size_t pos = 0, last = SIZE_MAX, done = 0;

	while (sp_sysctl_next(text->data, text->len, &pos, &l))
		if (sp_sysctl_is(&l, key))
			last = (size_t)(l.start - text->data);
	pos = 0;
	while (last != SIZE_MAX &&
	       sp_sysctl_next(text->data, text->len, &pos, &l)) {
		size_t at = (size_t)(l.start - text->data);

		if (!sp_sysctl_is(&l, key))
			continue;
		sp_buf_addn(&out, text->data + done, at - done);
		done = at + l.len;
		if (at == last && line)
			sp_buf_add(&out, line);
	}
	if (done < text->len)
		sp_buf_addn(&out, text->data + done, text->len - done);
	if (line && last == SIZE_MAX) {
		if (out.len && out.data[out.len - 1] != '\n')
			sp_buf_addc(&out, '\n');
		sp_buf_add(&out, line);
	}
	sp_buf_clear(text);
	*text = out;
	out = (struct sp_buf){ 0 };
}
