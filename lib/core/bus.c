/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bus.c - the system bus, by systemd's own program. */
#include "bus.h"

#include <errno.h>
#include <string.h>

#include "mem.h"
#include "systemctl.h"

#define BUSCTL "/usr/bin/busctl"
#define SOCKET "/run/dbus/system_bus_socket"
#define DEPTH_MAX 32	/* nested types, D-Bus specification */
#define ITEMS_MAX 65536 /* of one list */

static void command(struct sp_strv *argv, const struct sp_bus_service *s,
		    const char *method, const struct sp_strv *args)
{
	sp_strv_add(argv, BUSCTL);
	sp_strv_add(argv, "--auto-start=no");
	sp_strv_add(argv, "call");
	sp_strv_add(argv, "--");
	sp_strv_add(argv, s->name);
	sp_strv_add(argv, s->object);
	sp_strv_add(argv, s->interface);
	sp_strv_add(argv, method);
	for (size_t i = 0; args && i < args->n; i++)
		sp_strv_add(argv, args->v[i]);
	sp_strv_add_take(argv, NULL);
}

/*
 * Is somebody called so?  The two bus daemons say in words of their own that
 * nobody is.
 */
static bool is_there(struct sp_host *h, const char *name)
{
	static const struct sp_bus_service bus = { "org.freedesktop.DBus",
						   "/org/freedesktop/DBus",
						   "org.freedesktop.DBus" };
	sp_auto_strv args = { 0 }, argv = { 0 };
	sp_auto_output out = { 0 };
	sp_auto_err no = { 0 };

	sp_strv_add(&args, "s");
	sp_strv_add(&args, name);
	command(&argv, &bus, "NameHasOwner", &args);
	return sp_host_ask(h, (const char *const *)argv.v, &out, &no) == 0 &&
	       out.status == 0 && sp_starts(sp_buf_cstr(&out.text), "b true");
}

int sp_bus_ask(struct sp_host *h, const struct sp_bus_service *s,
	       const char *method, const struct sp_strv *args,
	       struct sp_strv *ret, struct sp_err *err)
{
	sp_auto_output out = { 0 };
	sp_auto_strv argv = { 0 };
	const char *text;
	struct sp_stat st;
	int r = sp_host_stat(h, SOCKET, &st, err);

	if (r <= 0)
		return r;
	command(&argv, s, method, args);
	r = sp_host_ask(h, (const char *const *)argv.v, &out, err);
	if (r < 0)
		return r;
	text = sp_buf_cstr(&out.text);
	if (out.status && !is_there(h, s->name))
		return 0;
	if (out.status)
		return sp_fail(err, EIO, "%s: %s: %.*s", s->name, method,
			       (int)strcspn(text, "\n"), text);
	r = sp_bus_split(text, ret, err);
	return r < 0 ? sp_wrap(err, "%s: %s", s->name, method) : 1;
}

int sp_bus_tell(struct sp_host *h, const struct sp_bus_service *s,
		const char *method, const struct sp_strv *args,
		struct sp_err *err)
{
	sp_auto_strv argv = { 0 };

	command(&argv, s, method, args);
	return sp_activate_run(h, (const char *const *)argv.v, err);
}

/* --- words ------------------------------------------------------------------ */

/* One escape behind a backslash, as C has them; NULL for none. */
static const char *unescape(const char *p, struct sp_buf *out)
{
	static const char letters[] = "abfnrtv\\\"'";
	static const char values[] = "\a\b\f\n\r\t\v\\\"'";
	const char *l = *p ? strchr(letters, *p) : NULL;
	int n = 0, i;

	if (l) {
		sp_buf_addc(out, values[l - letters]);
		return p + 1;
	}
	for (i = 0; i < 3 && p[i] >= '0' && p[i] <= '7'; i++)
		n = n * 8 + (p[i] - '0');
	if (i < 3 || n > 255 || n == 0)
		return NULL;
	sp_buf_addc(out, (char)n);
	return p + 3;
}

/* A quoted text; @p stands behind the first quote. */
static const char *quoted(const char *p, struct sp_buf *out)
{
	while (p && *p && *p != '"') {
		if (*p == '\\') {
			p = unescape(p + 1, out);
		} else {
			sp_buf_addc(out, *p);
			p++;
		}
	}
	return p && *p ? p + 1 : NULL;
}

int sp_bus_split(const char *line, struct sp_strv *ret, struct sp_err *err)
{
	const char *p = line + strspn(line, " \n");

	while (*p) {
		sp_auto_buf word = { 0 };

		if (*p == '"') {
			p = quoted(p + 1, &word);
		} else {
			size_t n = strcspn(p, " \n");

			sp_buf_addn(&word, p, n);
			p += n;
		}
		if (!p || (*p && *p != ' ' && *p != '\n')) {
			sp_strv_clear(ret);
			return sp_fail(err, EBADMSG,
				       "an answer that cannot be read");
		}
		sp_strv_add_take(ret, sp_buf_take(&word));
		p += strspn(p, " \n");
	}
	return 0;
}

/* --- values ----------------------------------------------------------------- */

/* What stands behind the type at @sig; NULL when there is none. */
static const char *type_end(const char *sig, int depth)
{
	if (depth > DEPTH_MAX)
		return NULL;
	if (*sig == 'a')
		return type_end(sig + 1, depth + 1);
	if (*sig == '(' || *sig == '{') {
		char close = *sig == '(' ? ')' : '}';

		for (sig++; sig && *sig && *sig != close;)
			sig = type_end(sig, depth + 1);
		return sig && *sig ? sig + 1 : NULL;
	}
	return *sig && strchr("ybnqiuxtdsoghv", *sig) ? sig + 1 : NULL;
}

static bool take(const struct sp_strv *words, size_t *at, const char **sig,
		 struct sp_strv *ret, int depth)
{
	const char *end = type_end(*sig, depth), *p = *sig;
	const char *word = *at < words->n ? words->v[*at] : NULL;
	int64_t n;

	if (!end)
		return false;
	*sig = end;
	if (*p == '(' || *p == '{') {
		for (p++; p < end - 1;)
			if (!take(words, at, &p, ret, depth + 1))
				return false;
		return true;
	}
	if (!word)
		return false;
	++*at;
	if (*p == 'v')
		return take(words, at, &word, ret, depth + 1);
	if (*p != 'a') {
		if (ret)
			sp_strv_add(ret, word);
		return true;
	}
	if (!sp_parse_int(word, 0, ITEMS_MAX, &n))
		return false;
	while (n-- > 0) {
		const char *item = p + 1;

		if (!take(words, at, &item, ret, depth + 1))
			return false;
	}
	return true;
}

bool sp_bus_take(const struct sp_strv *words, size_t *at, const char **sig,
		 struct sp_strv *ret)
{
	return take(words, at, sig, ret, 0);
}
