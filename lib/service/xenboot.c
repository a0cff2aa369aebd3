/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xenboot.c - does GRUB boot Xen, and how. */
#include "xenboot.h"

#include <fnmatch.h>
#include <string.h>

#include "bootargs.h"
#include "core/mem.h"
#include "core/profile.h"

#define XEN_CFG "/etc/default/grub.d/xen.cfg" /* read behind SP_XEN_GRUB */
#define OVERRIDE "XEN_OVERRIDE_GRUB_DEFAULT"
#define SUBMENU "GRUB_DISABLE_SUBMENU"
#define MKCONFIG "/usr/sbin/grub2-mkconfig"

/*
 * 20_linux_xen's entry for the newest Xen with the newest kernel, by its id.
 * Debian's grub-mkconfig has the one variable when it reads this, Fedora's the
 * other.
 */
#define ENTRY "xen-gnulinux-simple-"
#define ENTRY_OF_ROOT \
	"\"" ENTRY "${GRUB_DEVICE_UUID_GENERATED:-$GRUB_DEVICE_UUID}\""

int sp_xen_installed(struct sp_host *host, bool *ret, struct sp_err *err)
{
	sp_auto_strv all = { 0 };
	int r = sp_host_list(host, "/boot", &all, err);

	*ret = false;
	for (size_t i = 0; i < all.n; i++)
		*ret |= fnmatch("xen[.-]*", all.v[i], 0) == 0;
	return r < 0 ? r : 0;
}

/* --- variables of a shell script ----------------------------------------------- */

/* A value in a file's text; what stands last counts. */
struct var {
	size_t at, len; /* with its quotes */
	char quote;	/* or 0 */
};

static bool find_var(const struct sp_buf *text, const char *name,
		     struct var *ret)
{
	size_t pos = 0, len, n = strlen(name);
	const char *line;
	bool found = false;

	while (sp_next_line(sp_buf_cstr(text), text->len, &pos, &line, &len)) {
		const char *p, *end;

		if (len <= n || memcmp(line, name, n) != 0 || line[n] != '=')
			continue;
		p = line + n + 1;
		len -= n + 1;
		end = len && (*p == '"' || *p == '\'')
			      ? memchr(p + 1, *p, len - 1)
			      : NULL;
		*ret = (struct var){ .at = (size_t)(p - text->data) };
		if (end) {
			ret->quote = *p;
			ret->len = (size_t)(end - p) + 1;
		} else {
			while (ret->len < len && !strchr(" \t;#", p[ret->len]))
				ret->len++;
		}
		found = true;
	}
	return found;
}

/* Where the variable's value stands that counts: of the two files. */
static int find_place(struct sp_host *host, const char *name,
		      const char **ret_path, struct sp_buf *ret_text,
		      struct var *ret, struct sp_err *err)
{
	static const char *const paths[] = { XEN_CFG, SP_XEN_GRUB };
	int r = 0;

	for (size_t i = 0; i < SP_COUNT(paths) && r >= 0; i++) {
		sp_buf_clear(ret_text);
		*ret_path = paths[i];
		r = sp_host_read(host, paths[i], ret_text, err);
		if (r > 0 && find_var(ret_text, name, ret))
			return 1;
	}
	return r < 0 ? r : 0;
}

/* Without its quotes; "" when it is not set.  Owned by the caller. */
static int get_var(struct sp_host *host, const char *name, char **ret,
		   struct sp_err *err)
{
	sp_auto_buf text = { 0 };
	const char *path;
	struct var v = { 0 };
	int r = find_place(host, name, &path, &text, &v, err);

	if (r < 0)
		return r;
	*ret = v.quote ? sp_xstrndup(text.data + v.at + 1, v.len - 2)
		       : sp_xstrndup(sp_buf_cstr(&text) + v.at, v.len);
	return r;
}

/* @value as the shell shall read it; at the end of SP_XEN_GRUB if it is nowhere. */
static int set_var(struct sp_host *host, const char *name, const char *value,
		   struct sp_err *err)
{
	sp_auto_buf text = { 0 }, out = { 0 };
	const char *path;
	struct var v = { 0 };
	int r = find_place(host, name, &path, &text, &v, err);

	if (r < 0)
		return r;
	if (r > 0) {
		sp_buf_addn(&out, text.data, v.at);
		sp_buf_add(&out, value);
		sp_buf_addn(&out, text.data + v.at + v.len,
			    text.len - v.at - v.len);
	} else {
		if (text.len)
			sp_buf_addn(&out, text.data, text.len);
		if (text.len && text.data[text.len - 1] != '\n')
			sp_buf_addc(&out, '\n');
		sp_buf_addf(&out, "%s=%s\n", name, value);
	}
	return sp_host_write(host, path, out.data, out.len, SP_ATTR_KEEP, err);
}

/* --- what GRUB boots --------------------------------------------------------------- */

/* Does an entry's title, or id, look like one of 20_linux_xen's? */
static bool names_xen(const char *entry)
{
	return strcasestr(entry, "xen");
}

/* The entry that "saved" stands for; "" when none is saved. */
static int saved_entry(struct sp_host *host, char **ret, struct sp_err *err)
{
	static const char *const paths[] = { "/boot/grub2/grubenv",
					     "/boot/grub/grubenv" };

	for (size_t i = 0; i < SP_COUNT(paths); i++) {
		static const char key[] = "saved_entry=";
		sp_auto_buf text = { 0 };
		size_t pos = 0, len;
		const char *line;
		int r = sp_host_read(host, paths[i], &text, err);

		if (r < 0)
			return r;
		while (sp_next_line(sp_buf_cstr(&text), text.len, &pos, &line,
				    &len))
			if (len >= strlen(key) &&
			    !memcmp(line, key, strlen(key))) {
				*ret = sp_xstrndup(line + strlen(key),
						   len - strlen(key));
				return 1;
			}
	}
	*ret = sp_xstrdup("");
	return 0;
}

/* Without submenus 20_linux_xen makes no simple entry. */
static int no_submenu(struct sp_host *host, bool *ret, struct sp_err *err)
{
	sp_auto_free char *v = NULL;
	int r = get_var(host, SUBMENU, &v, err);

	*ret = sp_streq(v, "true") || sp_streq(v, "yes") || sp_streq(v, "y");
	return r < 0 ? r : 0;
}

/* Debian's xen.cfg names the simple entry itself, unless it is told not to. */
static int overridden(struct sp_host *host, bool *ret, struct sp_err *err)
{
	sp_auto_free char *v = NULL;
	int r = sp_host_there(host, XEN_CFG, err);

	*ret = false;
	if (r <= 0)
		return r;
	r = get_var(host, OVERRIDE, &v, err);
	*ret = r >= 0 && (!*v || sp_streq(v, "1"));
	return r < 0 ? r : 1;
}

/* GRUB_DEFAULT, with what is saved if that is what it says. */
static int entry(struct sp_host *host, char **ret, struct sp_err *err)
{
	int r = get_var(host, "GRUB_DEFAULT", ret, err);

	if (r > 0 && sp_streq(*ret, "saved")) {
		free(*ret);
		*ret = NULL;
		r = saved_entry(host, ret, err);
	}
	return r;
}

int sp_xen_boots(struct sp_host *host, bool *ret, struct sp_err *err)
{
	sp_auto_free char *which = NULL;
	bool simple = false, flat = false, installed = false;
	int r = overridden(host, &simple, err);

	if (r >= 0)
		r = no_submenu(host, &flat, err);
	if (r >= 0)
		r = entry(host, &which, err);
	if (r < 0)
		return r;
	*ret = simple || sp_starts(which, ENTRY) ? !flat : names_xen(which);
	/* What is left of a Xen that was removed boots nothing. */
	if (*ret)
		r = sp_xen_installed(host, &installed, err);
	*ret &= installed;
	return r < 0 ? r : 0;
}

int sp_xen_set_boots(struct sp_host *host, bool on, struct sp_err *err)
{
	sp_auto_free char *which = NULL, *saved = NULL;
	bool flat = false;
	int debian = sp_host_there(host, XEN_CFG, err), r = debian;

	if (r > 0)
		r = set_var(host, OVERRIDE, on ? "1" : "0", err);
	if (r >= 0)
		r = entry(host, &which, err);
	if (r >= 0 && !on && names_xen(which)) {
		r = saved_entry(host, &saved, err);
		if (r >= 0)
			r = set_var(host, "GRUB_DEFAULT",
				    names_xen(saved) ? "0" : "saved", err);
	}
	if (r >= 0 && on && !debian)
		r = set_var(host, "GRUB_DEFAULT", ENTRY_OF_ROOT, err);
	if (r >= 0)
		r = no_submenu(host, &flat, err);
	if (r >= 0 && on && flat)
		r = set_var(host, SUBMENU, "false", err);
	return r < 0 ? r : 0;
}

const char *const *sp_xen_menu(struct sp_host *host)
{
	static const char *const debian[] = { "/usr/sbin/update-grub", NULL };
	static const char *const others[] = { MKCONFIG, "-o",
					      "/boot/grub2/grub.cfg", NULL };
	sp_auto_err ignored = { 0 };

	if (sp_bootargs_tool(host))
		return debian;
	return sp_host_there(host, MKCONFIG, &ignored) > 0 ? others : NULL;
}

/* --- dom0's memory ----------------------------------------------------------------- */

#define MEM "dom0_mem="

/* In the order in which Xen reads them. */
static const char *const lines[] = { "GRUB_CMDLINE_XEN",
				     "GRUB_CMDLINE_XEN_DEFAULT" };

/* "2G" in MiB; -1: not a whole number of them. */
static int64_t mib(const char *word)
{
	size_t n = strspn(word, "0123456789");
	sp_auto_free char *digits = sp_xstrndup(word, n);
	int64_t v;

	if (!sp_parse_int(digits, 0, INT64_MAX >> 20, &v) ||
	    (word[n] && word[n + 1]))
		return -1;
	switch (word[n] | 0x20) {
	case 't':
		return v << 20;
	case 'g':
		return v << 10;
	case 'm':
		return v;
	case 'k':
	case 0x20: /* no letter */
		return v % 1024 ? -1 : v / 1024;
	}
	return -1;
}

/* "2G,max:2G": an amount that stays; -1: another. */
static int64_t fixed(const char *words)
{
	sp_auto_strv l = { 0 };
	int64_t size = -1, max = -2;

	sp_strv_split(&l, words, ",");
	for (size_t i = 0; i < l.n; i++) {
		if (sp_starts(l.v[i], "max:"))
			max = mib(l.v[i] + 4);
		else if (sp_starts(l.v[i], "min:"))
			return -1;
		else
			size = mib(l.v[i]);
	}
	return size == max ? size : -1;
}

int sp_xen_memory(struct sp_host *host, int64_t *ret, struct sp_err *err)
{
	*ret = -1;
	for (size_t i = 0; i < SP_COUNT(lines); i++) {
		sp_auto_free char *v = NULL;
		sp_auto_strv words = { 0 };
		int r = get_var(host, lines[i], &v, err);

		if (r < 0)
			return r;
		sp_strv_split(&words, v, " \t");
		for (size_t k = 0; k < words.n; k++)
			if (sp_starts(words.v[k], MEM))
				*ret = fixed(words.v[k] + strlen(MEM));
	}
	return 0;
}

/* The line without dom0_mem, and then with @word. */
static int set_line(struct sp_host *host, const char *name, const char *word,
		    struct sp_err *err)
{
	sp_auto_free char *v = NULL, *joined = NULL, *value = NULL;
	sp_auto_strv words = { 0 };
	int r = get_var(host, name, &v, err);

	if (r < 0)
		return r;
	sp_strv_split(&words, v, " \t");
	for (size_t k = words.n; k-- > 0;)
		if (sp_starts(words.v[k], MEM))
			sp_strv_remove(&words, k);
	if (word)
		sp_strv_add(&words, word);
	joined = sp_strv_join(&words, " ");
	if (sp_streq(joined, v))
		return 0;
	value = sp_asprintf("\"%s\"", joined);
	return set_var(host, name, value, err);
}

int sp_xen_set_memory(struct sp_host *host, int64_t n, struct sp_err *err)
{
	sp_auto_free char *word =
		n < 0 ? NULL
		      : sp_asprintf(MEM "%lldM,max:%lldM", (long long)n,
				    (long long)n);
	int r = set_line(host, lines[1], NULL, err);

	return r < 0 ? r : set_line(host, lines[0], word, err);
}
