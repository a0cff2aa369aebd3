/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen.c - Xen below Linux, and what GRUB boots. */
#include "xen.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "bootargs.h"
#include "core/mem.h"
#include "core/profile.h"
#include "core/word.h"

#define GRUB "/etc/default/grub"
#define XEN_CFG "/etc/default/grub.d/xen.cfg" /* read behind GRUB */
#define OVERRIDE "XEN_OVERRIDE_GRUB_DEFAULT"
#define SUBMENU "GRUB_DISABLE_SUBMENU"
#define MKCONFIG "/usr/sbin/grub2-mkconfig"
#define SYS "/sys/hypervisor/"
#define XEN_FILES "xen[.-]*" /* of /boot */
#define DOM0_FEATURE (1u << 11)

/*
 * 20_linux_xen's entry for the newest Xen with the newest kernel, by its id.
 * Debian's grub-mkconfig has the one variable when it reads this, Fedora's the
 * other.
 */
#define ENTRY "xen-gnulinux-simple-"
#define ENTRY_OF_ROOT \
	"\"" ENTRY "${GRUB_DEVICE_UUID_GENERATED:-$GRUB_DEVICE_UUID}\""

static int there(struct sp_host *host, const char *path, struct sp_err *err)
{
	struct sp_stat st;

	return sp_host_stat_follow(host, path, &st, err);
}

/* Files of /boot whose names match. */
static int boot_files(struct sp_host *host, const char *pattern,
		      struct sp_strv *ret, struct sp_err *err)
{
	sp_auto_strv all = { 0 };
	int r = sp_host_list(host, "/boot", &all, err);

	for (size_t i = 0; i < all.n; i++)
		if (fnmatch(pattern, all.v[i], 0) == 0)
			sp_strv_add(ret, all.v[i]);
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
	static const char *const paths[] = { XEN_CFG, GRUB };
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

/* @value as the shell shall read it; at the end of GRUB if it is nowhere. */
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
	int r = there(host, XEN_CFG, err);

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
	bool simple = false, flat = false;
	sp_auto_strv xen = { 0 };
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
		r = boot_files(host, XEN_FILES, &xen, err);
	*ret &= xen.n > 0;
	return r < 0 ? r : 0;
}

int sp_xen_set_boots(struct sp_host *host, bool on, struct sp_err *err)
{
	sp_auto_free char *which = NULL, *saved = NULL;
	bool flat = false;
	int debian = there(host, XEN_CFG, err), r = debian;

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
	return there(host, MKCONFIG, &ignored) > 0 ? others : NULL;
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

/* --- what is there ---------------------------------------------------------------- */

/* As 20_linux_xen looks for it; @ret: the kernels' configurations. */
static int dom0_kernel(struct sp_host *host, struct sp_strv *ret, bool *can,
		       struct sp_err *err)
{
	int r = boot_files(host, "config-*", ret, err);

	*can = false;
	for (size_t i = 0; i < ret->n && r >= 0 && !*can; i++) {
		sp_auto_free char *path = sp_asprintf("/boot/%s", ret->v[i]);
		sp_auto_buf text = { 0 };
		size_t pos = 0, len;
		const char *line;

		r = sp_host_read(host, path, &text, err);
		while (r > 0 && sp_next_line(sp_buf_cstr(&text), text.len, &pos,
					     &line, &len)) {
			static const char yes[] = "CONFIG_XEN_DOM0=y";

			*can |= len == strlen(yes) && !memcmp(line, yes, len);
		}
	}
	return r < 0 ? r : 0;
}

/* The part of libvirt that speaks to Xen. */
static bool has_driver(struct sp_host *host)
{
	static const char *const dirs[] = { "/usr/lib64", "/usr/lib",
					    "/usr/lib/x86_64-linux-gnu",
					    "/usr/lib/aarch64-linux-gnu" };

	for (size_t i = 0; i < SP_COUNT(dirs); i++) {
		sp_auto_free char *path =
			sp_asprintf("%s/libvirt/connection-driver/"
				    "libvirt_driver_libxl.so",
				    dirs[i]);
		sp_auto_err ignored = { 0 };

		if (there(host, path, &ignored) > 0)
			return true;
	}
	return false;
}

static int check_boot(const struct sp_check *ck, int f, struct sp_err *err)
{
	sp_auto_strv xen = { 0 }, kernels = { 0 };
	bool can = false;
	int r = boot_files(ck->host, XEN_FILES, &xen, err);

	if (r >= 0 && !xen.n)
		sp_check_missing(
			ck, ck->res, f, -1,
			"Xen is not installed in this root (no /boot/xen-*): "
			"install the package xen-hypervisor (xen-system-amd64 "
			"on Debian)");
	if (r >= 0)
		r = dom0_kernel(ck->host, &kernels, &can, err);
	if (r >= 0 && !can) {
		sp_auto_free char *names = sp_strv_join(&kernels, ", ");

		sp_check_missing(
			ck, ck->res, f, -1,
			"no kernel of this root can be Xen's host: none of "
			"/boot/config-* has CONFIG_XEN_DOM0=y (there are: %s); "
			"Fedora's and Debian's have it, Enterprise Linux's do "
			"not: say kvm there",
			kernels.n ? names : "-");
	}
	if (r >= 0)
		r = there(ck->host, GRUB, err);
	if (r == 0 || (r > 0 && !sp_xen_menu(ck->host)))
		sp_check_missing(
			ck, ck->res, f, -1,
			"it is GRUB that boots Xen, and this root has none "
			"(" GRUB ", and update-grub or grub2-mkconfig in "
			"/usr/sbin): install grub2-tools (grub2-common on "
			"Debian)");
	return r;
}

void sp_xen_check(const struct sp_check *ck, int f)
{
	sp_auto_err err = { 0 };
	enum sp_xen_role role = SP_XEN_NONE;

	if (sp_host_snapshot(ck->host))
		return;
	if (check_boot(ck, f, &err) < 0 ||
	    sp_xen_role(ck->host, &role, &err) < 0) {
		sp_diag_error(ck->diag, ck->res, f, -1, "%s", err.msg);
		return;
	}
	if (!has_driver(ck->host))
		sp_check_missing(
			ck, ck->res, f, -1,
			"libvirt has nothing for Xen in this root (no "
			"libvirt_driver_libxl.so): install the package "
			"libvirt-daemon-xen (libvirt-daemon-driver-xen on "
			"Debian)");
	if (sp_host_live(ck->host) && role != SP_XEN_DOM0)
		sp_diag_warn(ck->diag, ck->res, f, -1,
			     "counts from the next boot on");
}

/* --- what runs ----------------------------------------------------------------------- */

int sp_xen_role(struct sp_host *host, enum sp_xen_role *ret, struct sp_err *err)
{
	sp_auto_free char *type = NULL, *features = NULL;
	int r = sp_host_read_line(host, SYS "type", &type, err);

	*ret = SP_XEN_NONE;
	if (r <= 0 || !sp_streq(type, "xen"))
		return r < 0 ? r : 0;
	r = sp_host_read_line(host, SYS "properties/features", &features, err);
	if (r < 0)
		return r;
	*ret = features && (strtoul(features, NULL, 16) & DOM0_FEATURE)
		       ? SP_XEN_DOM0
		       : SP_XEN_GUEST;
	return 0;
}

struct look {
	struct sp_host *host;
	const struct sp_resource *res;
	struct sp_health *ret;
	struct sp_err *err;
};

#define row(l, name, verdict, ...) \
	sp_health_add((l)->ret, (l)->res, name, verdict, __VA_ARGS__)

static int look_version(const struct look *l)
{
	sp_auto_free char *major = NULL, *minor = NULL, *extra = NULL;
	int r = sp_host_read_line(l->host, SYS "version/major", &major, l->err);

	if (r >= 0)
		r = sp_host_read_line(l->host, SYS "version/minor", &minor,
				      l->err);
	if (r >= 0)
		r = sp_host_read_line(l->host, SYS "version/extra", &extra,
				      l->err);
	if (r >= 0)
		row(l, "Xen", SP_PASS, "%s.%s%s runs, and this is its dom0",
		    major ? major : "?", minor ? minor : "?",
		    extra ? extra : "");
	return r;
}

static int look_machines(const struct look *l)
{
	sp_auto_free char *can = NULL;
	int r = sp_host_read_line(l->host, SYS "properties/capabilities", &can,
				  l->err);

	if (r > 0 && strstr(can, "hvm-"))
		row(l, "machines", SP_PASS, "of every sort: %s", can);
	else if (r > 0)
		row(l, "machines", SP_WARN,
		    "only paravirtualised ones (%s): turn virtualisation on "
		    "in the firmware for others",
		    can);
	return r;
}

int sp_xen_look(struct sp_host *host, const struct sp_resource *res,
		struct sp_health *ret, struct sp_err *err)
{
	static const char *const devices[][2] = {
		{ "/dev/xen/privcmd", "xen_privcmd" },
		{ "/dev/xen/evtchn", "xen_evtchn" },
		{ "/dev/xen/gntdev", "xen_gntdev" },
	};
	const struct look l = { host, res, ret, err };
	enum sp_xen_role role;
	int r = sp_xen_role(host, &role, err);

	if (r < 0)
		return r;
	if (role == SP_XEN_NONE)
		row(&l, "Xen", SP_FAIL,
		    "it does not run: restart the host if it was not since the "
		    "profile was applied, else see which entry GRUB boots");
	else if (role == SP_XEN_GUEST)
		row(&l, "Xen", SP_FAIL,
		    "this is a machine of Xen, not its dom0: machines run only "
		    "where dom0 is");
	if (role != SP_XEN_DOM0)
		return 0;
	r = look_version(&l);
	if (r >= 0)
		r = look_machines(&l);
	for (size_t i = 0; i < SP_COUNT(devices) && r >= 0; i++) {
		r = there(host, devices[i][0], err);
		if (r > 0)
			row(&l, devices[i][0], SP_PASS, "it is there");
		else if (r == 0)
			row(&l, devices[i][0], SP_FAIL,
			    "it is not there: modprobe %s; without it no "
			    "machine starts",
			    devices[i][1]);
	}
	return r < 0 ? r : 0;
}
