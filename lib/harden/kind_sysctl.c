/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_sysctl.c - kernel parameters: at boot, and of the running kernel.
 *
 * All of them stand in one file of ours, /etc/sysctl.d/90-sprout.conf, in the
 * order in which they came.  Other files of sysctl.d are never changed; where
 * one that is read later sets another value, the check says so.  A live
 * host's kernel gets the values, too; a name with a wildcard is for the boot
 * alone.
 *
 * Source: sysctl.d(5), sysctl.conf(5), sysctl(8) (order of the files).
 * Undo does not bring back: nothing is lost.
 */
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/profile.h"
#include "harden/sysctlconf.h"

#define OUR_NAME "90-sprout.conf"
#define OUR_FILE "/etc/sysctl.d/" OUR_NAME
#define OUR_HEAD "# Written by sprout; see sprout(8).\n"

#define VALUE_BYTES 4096 /* a line of the value, sysctl.conf(5) */

enum { F_VALUE };

static int canon_value(const char *text, char **ret, struct sp_err *err)
{
	sp_auto_free char *value = sp_sysctl_value(text, strlen(text));

	if (!*value)
		return sp_fail(err, EINVAL, "expected a value, got nothing");
	if (strlen(value) > VALUE_BYTES)
		return sp_fail(err, EINVAL,
			       "%zu bytes, the limit is %d (sysctl.conf(5))",
			       strlen(value), VALUE_BYTES);
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return sp_fail(err, EINVAL,
				       "control characters may not be used");
	*ret = sp_take(&value);
	return 0;
}

static const struct sp_field fields[] = {
	[F_VALUE] = {
		.name = "value", .type = SP_T_STR, .flags = SP_F_REQUIRED,
		.canon = canon_value,
		.doc = "What is written to the parameter; several numbers are separated by blanks.",
	},
	{ 0 }
};

/* Does the name ask that a failure to set it is ignored? */
static bool lenient(const char *name)
{
	return *name == '-';
}

/* The kernel's file of a key, owned; NULL for a wildcard. */
static char *kernel_file(const char *key)
{
	sp_auto_free char *path = sp_asprintf("/proc/sys/%s", key);

	if (strpbrk(key, "*?["))
		return NULL;
	if (!strchr(key, '/'))
		for (char *p = path; *p; p++)
			*p = *p == '.' ? '/' : *p;
	return sp_take(&path);
}

/* The kernel's value; it counts where the file says what is wanted already. */
static int observe_running(struct sp_host *host, const char *key,
			   const struct sp_state *want,
			   struct sp_state *ret_have, struct sp_err *err)
{
	const char *wanted = want ? sp_state_str(want, F_VALUE) : NULL;
	sp_auto_free char *path = NULL;
	sp_auto_buf text = { 0 };
	int r;

	if (!sp_host_live(host))
		return 0;
	path = kernel_file(key);
	r = path ? sp_host_read(host, path, &text, err) : 0;
	if (r <= 0)
		return r;
	while (text.len && text.data[text.len - 1] == '\n')
		text.len--;
	ret_have->running = sp_sysctl_value(text.data, text.len);
	if (wanted && sp_streq(sp_state_str(ret_have, F_VALUE), wanted))
		sp_state_set_str(ret_have, F_VALUE, ret_have->running);
	return 0;
}

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	sp_auto_free char *key = sp_sysctl_key(id, strlen(id));
	sp_auto_buf text = { 0 };
	struct sp_sysctl_line l;
	size_t pos = 0;
	int r;

	r = sp_host_read(host, OUR_FILE, &text, err);
	if (r < 0)
		return r;
	while (sp_sysctl_next(text.data, text.len, &pos, &l)) {
		if (!sp_sysctl_is(&l, key))
			continue;
		/* with the other sign it is not yet the line we want */
		ret_have->present =
			!want || !want->present || l.lenient == lenient(id);
		sp_state_set_str_take(ret_have, F_VALUE,
				      sp_sysctl_value(l.value, l.value_len));
	}
	return observe_running(host, key, want, ret_have, err);
}

static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	const char *id = change->id;
	const char *value = change->after.present
				    ? sp_state_str(&change->after, F_VALUE)
				    : NULL;
	sp_auto_free char *key = sp_sysctl_key(id, strlen(id));
	sp_auto_free char *line = NULL;
	sp_auto_buf text = { 0 };
	int r;

	r = sp_host_read(host, OUR_FILE, &text, err);
	if (r < 0)
		return r;
	if (value && !r)
		sp_buf_add(&text, OUR_HEAD);
	if (value)
		line = sp_asprintf("%s%s = %s\n", lenient(id) ? "-" : "", key,
				   value);
	sp_sysctl_set(&text, key, line);
	if (!text.len || strcmp(text.data, OUR_HEAD) == 0)
		return sp_host_remove(host, OUR_FILE, err);
	return sp_host_write(host, OUR_FILE, text.data, text.len, SP_ATTR_KEEP,
			     err);
}

static int activate(struct sp_host *host,
		    const struct sp_change *const changes[], size_t n,
		    struct sp_err *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct sp_change *c = changes[i];
		const char *value = c->after.running
					    ? c->after.running
					    : sp_state_str(&c->after, F_VALUE);
		sp_auto_free char *key = sp_sysctl_key(c->id, strlen(c->id));
		sp_auto_free char *path = kernel_file(key);
		int r;

		/* A line that is taken away sets nothing. */
		if (!value || !path)
			continue;
		r = sp_host_poke(host, path, value, err);
		if (r == -ENOENT && lenient(c->id)) {
			sp_err_clear(err);
			continue;
		}
		if (r < 0)
			return sp_wrap(err, "\"%s\"", c->id);
	}
	return 0;
}

/* --- check --------------------------------------------------------------- */

/* One parameter of the profile, and who sets it behind us. */
struct param {
	char *key; /* owned */
	const struct sp_resource *res;
	char *value, *file; /* owned; of the last one behind us */
};

struct params {
	struct param *v;
	size_t n;
};

static void params_clear(struct params *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].key);
		free(p->v[i].value);
		free(p->v[i].file);
	}
	free(p->v);
}

static int by_key(const void *va, const void *vb)
{
	const struct param *a = va, *b = vb;
	int r = strcmp(a->key, b->key);

	return r ? r : (a->res > b->res) - (a->res < b->res);
}

/* The parameter called @key, or NULL. */
static struct param *find(const struct params *p, const char *key)
{
	size_t lo = 0, hi = p->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int r = strcmp(key, p->v[mid].key);

		if (r == 0)
			return &p->v[mid];
		if (r < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

static void note_file(const struct sp_check *ck, const struct params *params,
		      const char *path)
{
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };
	struct sp_sysctl_line l;
	struct sp_stat st;
	size_t pos = 0;

	/* What is no file, such as a link to /dev/null, sets nothing. */
	if (sp_host_stat_follow(ck->host, path, &st, &err) <= 0 ||
	    st.type != SP_FT_FILE ||
	    sp_host_read(ck->host, path, &text, &err) <= 0)
		return;
	while (sp_sysctl_next(text.data, text.len, &pos, &l)) {
		sp_auto_free char *key = sp_sysctl_key(l.name, l.name_len);
		struct param *p = find(params, key);

		if (!p)
			continue;
		free(p->value);
		free(p->file);
		p->value = sp_sysctl_value(l.value, l.value_len);
		p->file = sp_xstrdup(path);
	}
}

/*
 * Look through the files that are read behind ours, in the order in which
 * they are read: by name, a name that stands in several directories from the
 * first of them only; sysctl(8) reads /etc/sysctl.conf last, systemd by the
 * name 99-sysctl.conf.
 */
static void note_later_files(const struct sp_check *ck,
			     const struct params *params)
{
	static const char *const dirs[] = {
		"/etc/sysctl.d",     "/run/sysctl.d", "/usr/local/lib/sysctl.d",
		"/usr/lib/sysctl.d", "/lib/sysctl.d",
	};
	struct sp_strv in[SP_COUNT(dirs)] = { 0 };
	sp_auto_strv names = { 0 };

	for (size_t d = 0; d < SP_COUNT(dirs); d++) {
		sp_auto_err err = { 0 };

		(void)sp_host_list(ck->host, dirs[d], &in[d], &err);
		for (size_t i = 0; i < in[d].n; i++)
			if (sp_ends(in[d].v[i], ".conf") &&
			    strcmp(in[d].v[i], OUR_NAME) > 0 &&
			    strcmp(in[d].v[i], "99-sysctl.conf") != 0)
				sp_strv_add(&names, in[d].v[i]);
	}
	sp_strv_sort(&names);
	for (size_t i = 0; i < names.n; i++) {
		sp_auto_free char *path = NULL;
		size_t d = 0;

		while (!sp_strv_has(&in[d], names.v[i]))
			d++;
		path = sp_asprintf("%s/%s", dirs[d], names.v[i]);
		note_file(ck, params, path);
	}
	note_file(ck, params, "/etc/sysctl.conf");
	for (size_t d = 0; d < SP_COUNT(dirs); d++)
		sp_strv_clear(&in[d]);
}

/* Is this the first resource of the kind?  It is checked for all of them. */
static bool is_first(const struct sp_check *ck)
{
	const struct sp_profile *p = ck->profile;

	for (size_t i = 0; i < p->n; i++)
		if (p->res[i].kind == ck->res->kind)
			return &p->res[i] == ck->res;
	return false;
}

static void check(const struct sp_check *ck)
{
	const struct sp_profile *prof = ck->profile;
	__attribute__((cleanup(params_clear))) struct params params = { 0 };

	if (!is_first(ck))
		return;
	params.v = sp_xcalloc(prof->n, sizeof(*params.v));
	for (size_t i = 0; i < prof->n; i++) {
		const struct sp_resource *res = &prof->res[i];

		if (res->kind != ck->res->kind)
			continue;
		params.v[params.n].res = res;
		params.v[params.n++].key =
			sp_sysctl_key(res->id, strlen(res->id));
	}
	qsort(params.v, params.n, sizeof(*params.v), by_key);
	for (size_t i = 1; i < params.n; i++)
		if (strcmp(params.v[i - 1].key, params.v[i].key) == 0)
			sp_diag_error(ck->diag, params.v[i].res, -1, -1,
				      "is the same parameter as \"%s\"",
				      params.v[i - 1].res->id);
	if (!ck->host)
		return;
	note_later_files(ck, &params);
	for (size_t i = 0; i < params.n; i++) {
		const struct param *p = &params.v[i];
		const char *value = sp_state_str(&p->res->want, F_VALUE);

		if (p->file && value && p->res->want.present &&
		    strcmp(p->value, value) != 0)
			sp_diag_warn(
				ck->diag, p->res, F_VALUE, -1,
				"has no effect: \"%s\" is read later and sets "
				"\"%s\"; remove its line",
				p->file, p->value);
	}
}

static const char *const paths[] = { "/etc/sysctl.d/*.conf",
				     "/run/sysctl.d/*.conf",
				     "/usr/local/lib/sysctl.d/*.conf",
				     "/usr/lib/sysctl.d/*.conf",
				     "/lib/sysctl.d/*.conf",
				     "/etc/sysctl.conf",
				     NULL };

const struct sp_kind sp_kind_sysctl = {
	.name = "sysctl",
	.section = "sysctl",
	.shape = SP_SHAPE_LIST,
	.summary = "kernel parameters",
	.fields = fields,
	.paths = paths,
	.check_name = sp_sysctl_check_name,
	.check = check,
	.observe = observe,
	.apply = apply,
	.activate = activate,
};
