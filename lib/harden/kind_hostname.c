/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_hostname.c - the static host name.
 *
 * Sets the one line of /etc/hostname that counts: the first that is neither
 * empty nor a comment.  A live host's kernel gets the name, too, and a
 * systemd-hostnamed that runs is started anew.
 *
 * Source: hostname(5); RFC 1123, 2.1 and RFC 952 (labels); HOST_NAME_MAX in
 * limits.h (64 on Linux, gethostname(2)).
 * Undo does not bring back: nothing is lost.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/systemctl.h"

#define HOSTNAME_FILE "/etc/hostname"
#define KERNEL_FILE "/proc/sys/kernel/hostname"
#define HOSTNAMED "systemd-hostnamed.service"
#define NAME_MAX_BYTES 64  /* HOST_NAME_MAX */
#define LABEL_MAX_BYTES 63 /* RFC 1035, 2.3.4 */

enum { F_NAME };

static int check_label(const char *label, size_t n, struct sp_err *err)
{
	if (!n)
		return sp_fail(err, EINVAL,
			       "a label between two dots is empty");
	if (n > LABEL_MAX_BYTES)
		return sp_fail(
			err, EINVAL,
			"label \"%.*s\" has %zu bytes, the limit is %d (RFC 1035)",
			(int)n, label, n, LABEL_MAX_BYTES);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)label[i];

		if (c >= 0x80)
			return sp_fail(
				err, EINVAL,
				"only ASCII letters, digits, \"-\" and \".\" "
				"may be used (RFC 1123)");
		if (!isalnum(c) && c != '-')
			return sp_fail(
				err, EINVAL,
				"\"%c\" may not be used, only letters, digits, "
				"\"-\" and \".\" (RFC 1123)",
				c);
	}
	if (label[0] == '-' || label[n - 1] == '-')
		return sp_fail(
			err, EINVAL,
			"label \"%.*s\" may not begin or end with \"-\" (RFC 1123)",
			(int)n, label);
	return 0;
}

static int canon_hostname(const char *text, char **ret, struct sp_err *err)
{
	size_t len = strlen(text);
	struct in_addr addr;

	if (!len)
		return sp_fail(err, EINVAL,
			       "expected a host name, got nothing");
	if (len > NAME_MAX_BYTES)
		return sp_fail(err, EINVAL,
			       "%zu bytes, the limit is %d (HOST_NAME_MAX)",
			       len, NAME_MAX_BYTES);
	if (text[len - 1] == '.')
		return sp_fail(err, EINVAL,
			       "\"%s\": write it without the final dot", text);
	for (const char *label = text, *dot; label;
	     label = dot ? dot + 1 : NULL) {
		size_t n;
		int r;

		dot = strchr(label, '.');
		n = dot ? (size_t)(dot - label) : strlen(label);
		r = check_label(label, n, err);
		if (r < 0)
			return sp_wrap(err, "\"%s\"", text);
	}
	if (inet_aton(text, &addr))
		return sp_fail(
			err, EINVAL,
			"\"%s\" reads as an IPv4 address, expected a name",
			text);
	*ret = sp_xstrdup(text);
	return 0;
}

static const struct sp_field fields[] = {
	[F_NAME] = {
		.name = "hostname", .type = SP_T_STR, .flags = SP_F_REQUIRED,
		.canon = canon_hostname,
		.doc = "The host's name: one label, or a fully qualified domain name.",
	},
	{ 0 }
};

/*
 * The bytes of the name in a hostname file; false when there is none.
 * Blanks around it do not count.
 */
static bool find_name(const struct sp_buf *text, size_t *ret_at,
		      size_t *ret_len)
{
	size_t pos = 0, len;
	const char *line;

	while (sp_next_line(text->data, text->len, &pos, &line, &len)) {
		sp_trim(&line, &len);
		if (!len || *line == '#')
			continue;
		*ret_at = (size_t)(line - text->data);
		*ret_len = len;
		return true;
	}
	return false;
}

/* The kernel's name; it counts where the file says what is wanted already. */
static int observe_running(struct sp_host *host, const struct sp_state *want,
			   struct sp_state *ret_have, struct sp_err *err)
{
	const char *wanted = want ? sp_state_str(want, F_NAME) : NULL;
	int r;

	if (!sp_host_live(host))
		return 0;
	r = sp_host_read_line(host, KERNEL_FILE, &ret_have->running, err);
	if (r <= 0)
		return r;
	if (wanted && sp_streq(sp_state_str(ret_have, F_NAME), wanted))
		sp_state_set_str(ret_have, F_NAME, ret_have->running);
	return 0;
}

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	sp_auto_buf text = { 0 };
	size_t at, len;
	int r;

	(void)id;
	r = sp_host_read(host, HOSTNAME_FILE, &text, err);
	if (r < 0)
		return r;
	if (r == 0 || !find_name(&text, &at, &len))
		return observe_running(host, want, ret_have, err);
	ret_have->present = true;
	sp_state_set_str_take(ret_have, F_NAME,
			      sp_xstrndup(text.data + at, len));
	return observe_running(host, want, ret_have, err);
}

/* Put @name (NULL: no name) where the name stands, or at the end. */
static void edit(struct sp_buf *text, const char *name)
{
	sp_auto_buf out = { 0 };
	size_t at = text->len, len = 0, rest;
	bool there = find_name(text, &at, &len);

	if (!there && !name)
		return;
	rest = at + len;
	sp_buf_addn(&out, text->data, at);
	if (name && !there && at && text->data[at - 1] != '\n')
		sp_buf_addc(&out, '\n');
	if (name)
		sp_buf_add(&out, name);
	else if (rest < text->len && text->data[rest] == '\n')
		rest++;
	if (rest < text->len)
		sp_buf_addn(&out, text->data + rest, text->len - rest);
	if (name && out.data[out.len - 1] != '\n')
		sp_buf_addc(&out, '\n');
	sp_buf_clear(text);
	*text = out;
	out = (struct sp_buf){ 0 };
}

static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	const char *name = change->after.present
				   ? sp_state_str(&change->after, F_NAME)
				   : NULL;
	sp_auto_buf text = { 0 };
	int r;

	r = sp_host_read(host, HOSTNAME_FILE, &text, err);
	if (r < 0)
		return r;
	edit(&text, name);
	if (!text.len)
		return r ? sp_host_remove(host, HOSTNAME_FILE, err) : 0;
	return sp_host_write(host, HOSTNAME_FILE, text.data, text.len,
			     SP_ATTR_KEEP, err);
}

/*
 * NetworkManager has the name in the file from systemd-hostnamed, which does
 * not tell that the file has changed; who asked once asks again when it
 * starts.  Source: org.freedesktop.hostname1(5); measured with systemd 252 and
 * NetworkManager 1.42.
 */
static int restart_hostnamed(struct sp_host *host, struct sp_err *err)
{
	const char *const forget[] = { "/usr/bin/systemctl", "reset-failed",
				       HOSTNAMED, NULL };
	sp_auto_output out = { 0 };
	bool active = false;
	int r = sp_systemctl_active(host, HOSTNAMED, &active, err);

	if (r <= 0 || !active)
		return r < 0 ? r : 0;
	/* Its limit of starts is not for names that change often. */
	r = sp_host_run(host, forget, &out, err);
	/* It ends by itself when nobody asks: then there is nothing to do. */
	return r < 0 ? r : sp_systemctl(host, "try-restart", HOSTNAMED, err);
}

/* Is the name in the file @name?  1, 0, or -errno. */
static int file_says(struct sp_host *host, const char *name, struct sp_err *err)
{
	sp_auto_buf text = { 0 };
	size_t at, len;
	int r = sp_host_read(host, HOSTNAME_FILE, &text, err);

	if (r <= 0 || !find_name(&text, &at, &len))
		return r < 0 ? r : 0;
	return len == strlen(name) && memcmp(text.data + at, name, len) == 0;
}

/* Names that systemd and NetworkManager take for none. */
static bool is_localhost(const char *name)
{
	if (strncasecmp(name, "localhost", 9) != 0)
		return false;
	name += 9;
	if (*name == '4' || *name == '6')
		name++;
	return *name == '\0' || *name == '.';
}

/* Has the kernel another name than the one in the file? */
static bool differs(const struct sp_state *st)
{
	const char *file = sp_state_str(st, F_NAME);

	return file && !is_localhost(file) && st->running &&
	       !sp_streq(st->running, file);
}

static int activate(struct sp_host *host,
		    const struct sp_change *const changes[], size_t n,
		    struct sp_err *err)
{
	const struct sp_change *c = changes[n - 1];
	const char *name = c->after.running ? c->after.running
					    : sp_state_str(&c->after, F_NAME);
	int r;

	if (!name)
		return 0;
	r = sp_host_poke(host, KERNEL_FILE, name, err);
	/*
	 * A name that only the kernel has would be replaced by NetworkManager,
	 * some time after it was told; in vain an undo would bring it back.
	 */
	if (r < 0 || differs(&c->before) || differs(&c->after))
		return r;
	r = file_says(host, name, err);
	return r > 0 ? restart_hostnamed(host, err) : r;
}

static void check(const struct sp_check *ck)
{
	const char *name = sp_state_str(&ck->res->want, F_NAME);

	if (!name)
		return;
	for (const char *p = name; *p; p++) {
		if (!isupper((unsigned char)*p))
			continue;
		sp_diag_warn(
			ck->diag, ck->res, F_NAME, -1,
			"\"%s\" has capital letters; hostname(5) advises lower case",
			name);
		break;
	}
	if (is_localhost(name))
		sp_diag_warn(
			ck->diag, ck->res, F_NAME, -1,
			"\"%s\" is every host's own name; systemd takes one "
			"from DHCP instead",
			name);
}

static const char *const paths[] = { HOSTNAME_FILE, NULL };

const struct sp_kind sp_kind_hostname = {
	.name = "hostname",
	.section = "hostname",
	.shape = SP_SHAPE_SCALAR,
	.summary = "the host's name (/etc/hostname)",
	.fields = fields,
	.paths = paths,
	.check = check,
	.observe = observe,
	.apply = apply,
	.activate = activate,
};
