/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * repos.c - the repositories of a root, from dnf's files.
 *
 * Where dnf would install unsigned packages, as neither the repository nor
 * [main] says anything about gpgcheck, sprout checks.
 * Source: dnf.conf(5), dnf5.conf(5); libdnf's ConfigRepo and ConfigMain for
 * what is inherited; dnf5-config-manager(8) for overrides.
 */
#include "pkg/repos.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

#include "core/host_overlay.h"
#include "core/ini.h"
#include "core/mem.h"
#include "pkg/dnfconf.h"
#include "pkg/repo.h"

#define MAIN_CONF "/etc/dnf/dnf.conf"
#define REPOS_MAX 4096	/* enabled repositories */
#define PARALLEL_MAX 20 /* dnf's */
#define OVERRIDES_MAX 256
#define SECTIONS_MAX 65536 /* of all .repo files */
#define EXPIRE_S 172800	   /* dnf's metadata_expire: two days */
#define LIST_SEPS " ,\t\r\n"

struct reader {
	struct sp_host *host;
	const char *root;
	struct sp_repos *out;
	struct sp_dnf_section main;
	/* dnf5's overrides; their ids are patterns */
	struct sp_dnf_section *over;
	size_t n_over;
	size_t sections; /* seen, enabled or not */
	struct sp_dnf_vars vars;
	const char *file; /* that is being read */
};

/* --- values --------------------------------------------------------------- */

/* The repository's value, or [main]'s, with variables replaced; or NULL. */
static char *text_of(const struct reader *rd, const struct sp_dnf_section *s,
		     const char *key)
{
	const char *v = sp_dnf_get(s, key);

	if (!v)
		v = sp_dnf_get(&rd->main, key);
	return v ? sp_dnf_expand(&rd->vars, v, NULL) : NULL;
}

static bool bool_of(const struct reader *rd, const struct sp_dnf_section *s,
		    const char *key, bool dflt)
{
	sp_auto_free char *v = text_of(rd, s, key);

	return sp_dnf_bool(v, dflt);
}

static int int_of(const struct reader *rd, const struct sp_dnf_section *s,
		  const char *key, int dflt)
{
	sp_auto_free char *v = text_of(rd, s, key);
	int64_t i;

	return v && sp_parse_int(v, 0, INT32_MAX, &i) ? (int)i : dflt;
}

static int64_t expire_of(const struct reader *rd,
			 const struct sp_dnf_section *s)
{
	static const int64_t factors[] = { 1, 60, 3600, 86400, 604800 };
	sp_auto_free char *v = text_of(rd, s, "metadata_expire");

	if (!v)
		return EXPIRE_S;
	if (strcasecmp(v, "never") == 0 || strcmp(v, "-1") == 0)
		return -1;
	return sp_dnf_scaled(v, "smhdw", factors, EXPIRE_S);
}

/* throttle: bytes a second, or a share of bandwidth.  0: no limit. */
static int64_t rate_of(const struct reader *rd, const struct sp_dnf_section *s)
{
	static const int64_t factors[] = { 1 << 10, 1 << 20, 1 << 30 };
	sp_auto_free char *v = text_of(rd, s, "throttle");
	sp_auto_free char *all = text_of(rd, s, "bandwidth");
	int64_t bandwidth = all ? sp_dnf_scaled(all, "kmg", factors, 0) : 0,
		share;

	if (!v)
		return 0;
	if (!sp_ends(v, "%"))
		return sp_dnf_scaled(v, "kmg", factors, 0);
	v[strlen(v) - 1] = '\0';
	return sp_parse_int(v, 0, 100, &share) ? bandwidth / 100 * share : 0;
}

static void add_list(const struct reader *rd, const struct sp_dnf_section *s,
		     const char *key, struct sp_strv *ret)
{
	const char *v = sp_dnf_get(s, key);
	sp_auto_free char *text = v ? sp_dnf_expand(&rd->vars, v, NULL) : NULL;

	if (text)
		sp_strv_split(ret, text, LIST_SEPS);
}

/* A list of URLs, in which a variable that nobody knows is an error. */
static int urls_of(const struct reader *rd, const struct sp_dnf_section *s,
		   const char *key, struct sp_strv *ret, struct sp_err *err)
{
	const char *v = sp_dnf_get(s, key);
	sp_auto_free char *unknown = NULL, *text = NULL;

	if (!v)
		return 0;
	text = sp_dnf_expand(&rd->vars, v, &unknown);
	if (unknown && strcmp(unknown, "releasever") == 0)
		return sp_fail(err, EINVAL,
			       "%s: $releasever is not known: no package "
			       "provides \"system-release\", and there is no "
			       "VERSION_ID in /etc/os-release",
			       key);
	if (unknown)
		return sp_fail(err, EINVAL,
			       "%s: $%s is not known; it would stand in "
			       "/etc/dnf/vars/%s",
			       key, unknown, unknown);
	sp_strv_split(ret, text, LIST_SEPS);
	return 0;
}

static int url_of(const struct reader *rd, const struct sp_dnf_section *s,
		  const char *key, char **ret, struct sp_err *err)
{
	sp_auto_strv urls = { 0 };
	int r = urls_of(rd, s, key, &urls, err);

	if (r == 0 && urls.n)
		*ret = sp_xstrdup(urls.v[0]);
	return r;
}

/* A file of the root, as libcurl can open it; NULL: none is named. */
static int file_of(const struct reader *rd, const struct sp_dnf_section *s,
		   const char *key, char **ret, struct sp_err *err)
{
	sp_auto_free char *path = text_of(rd, s, key), *canon = NULL;
	int r;

	if (!path || !*path)
		return 0;
	if (*path != '/')
		return sp_fail(err, EINVAL,
			       "%s: expected an absolute path, got \"%s\"", key,
			       path);
	r = sp_host_canonical(rd->host, path, true, &canon, err);
	if (r < 0)
		return r;
	*ret = sp_asprintf("%s%s", strcmp(rd->root, "/") == 0 ? "" : rd->root,
			   canon);
	return 0;
}

/* --- a repository --------------------------------------------------------- */

static void conf_clear(struct sp_repo_conf *c)
{
	free(c->id);
	free(c->title);
	free(c->file);
	sp_strv_clear(&c->baseurl);
	free(c->mirrorlist);
	free(c->metalink);
	sp_strv_clear(&c->gpgkey);
	sp_strv_clear(&c->exclude);
	sp_strv_clear(&c->include);
	free(c->proxy);
	free(c->proxy_user);
	free(c->proxy_password);
	free(c->user);
	free(c->password);
	free(c->cacert);
	free(c->clientcert);
	free(c->clientkey);
	*c = (struct sp_repo_conf){ 0 };
}

static int read_access(const struct reader *rd, const struct sp_dnf_section *s,
		       struct sp_repo_conf *c, struct sp_err *err)
{
	int r;

	c->proxy = text_of(rd, s, "proxy");
	if (sp_streq(c->proxy, "_none_"))
		*c->proxy = '\0';
	c->proxy_user = text_of(rd, s, "proxy_username");
	c->proxy_password = text_of(rd, s, "proxy_password");
	c->user = text_of(rd, s, "username");
	c->password = text_of(rd, s, "password");
	r = file_of(rd, s, "sslcacert", &c->cacert, err);
	if (r == 0)
		r = file_of(rd, s, "sslclientcert", &c->clientcert, err);
	if (r == 0)
		r = file_of(rd, s, "sslclientkey", &c->clientkey, err);
	c->access = (struct sp_access){
		.proxy = c->proxy,
		.proxy_user = c->proxy_user,
		.proxy_password = c->proxy_password,
		.user = c->user,
		.password = c->password,
		.no_verify = !bool_of(rd, s, "sslverify", true),
		.cacert = c->cacert,
		.clientcert = c->clientcert,
		.clientkey = c->clientkey,
		.timeout_s = int_of(rd, s, "timeout", 0),
		.minrate = int_of(rd, s, "minrate", 0),
		.rate = rate_of(rd, s),
	};
	return r;
}

static int read_conf(const struct reader *rd, const struct sp_dnf_section *s,
		     struct sp_repo_conf *c, struct sp_err *err)
{
	const char *title = sp_dnf_get(s, "name");
	int r;

	c->id = sp_xstrdup(s->id);
	c->title = sp_dnf_expand(&rd->vars, title ? title : s->id, NULL);
	c->file = sp_xstrdup(rd->file);
	r = urls_of(rd, s, "baseurl", &c->baseurl, err);
	if (r == 0)
		r = url_of(rd, s, "mirrorlist", &c->mirrorlist, err);
	if (r == 0)
		r = url_of(rd, s, "metalink", &c->metalink, err);
	if (r == 0)
		r = urls_of(rd, s, "gpgkey", &c->gpgkey, err);
	if (r == 0)
		r = read_access(rd, s, c, err);
	if (r < 0)
		return r;
	if (!c->baseurl.n && !c->mirrorlist && !c->metalink)
		return sp_fail(err, EINVAL,
			       "has neither baseurl nor mirrorlist nor "
			       "metalink");
	c->gpgcheck = bool_of(rd, s, "gpgcheck", true);
	c->repo_gpgcheck = bool_of(rd, s, "repo_gpgcheck", false);
	c->priority = int_of(rd, s, "priority", 99);
	c->cost = int_of(rd, s, "cost", 1000);
	c->expire_s = expire_of(rd, s);
	c->module_hotfixes =
		sp_dnf_bool(sp_dnf_get(s, "module_hotfixes"), false);
	c->skip_if_unavailable = bool_of(rd, s, "skip_if_unavailable", false);
	for (int i = 0; i < 2; i++) { /* these add up */
		const struct sp_dnf_section *from = i ? s : &rd->main;

		add_list(rd, from, "exclude", &c->exclude);
		add_list(rd, from, "excludepkgs", &c->exclude);
		add_list(rd, from, "includepkgs", &c->include);
	}
	return 0;
}

static int take_override(void *arg, struct sp_dnf_section *s,
			 struct sp_err *err)
{
	struct reader *rd = arg;
	if (rd->n_over == OVERRIDES_MAX)
		return sp_fail(err, EFBIG, "%s: more than %d overrides",
			       rd->file, OVERRIDES_MAX);
	rd->over = sp_grow(rd->over, rd->n_over, sizeof(*rd->over));
	rd->over[rd->n_over++] = *s;
	*s = (struct sp_dnf_section){ 0 };
	return 0;
}

/* What "dnf5 config-manager setopt" has set stands behind the rest. */
static void override(const struct reader *rd, struct sp_dnf_section *s)
{
	for (size_t i = 0; i < rd->n_over; i++) {
		const struct sp_dnf_section *o = &rd->over[i];

		if (fnmatch(o->id, s->id, 0) != 0)
			continue;
		for (size_t p = 0; p < o->n; p++) {
			s->v = sp_grow(s->v, s->n, sizeof(*s->v));
			s->v[s->n].key = sp_xstrdup(o->v[p].key);
			s->v[s->n++].value = sp_xstrdup(o->v[p].value);
		}
	}
}

static int take_repo(void *arg, struct sp_dnf_section *s, struct sp_err *err)
{
	struct reader *rd = arg;
	struct sp_repos *out = rd->out;
	struct sp_repo_conf c = { 0 };
	int r;

	if (++rd->sections > SECTIONS_MAX)
		return sp_fail(err, EFBIG, "%s: more than %d sections",
			       rd->file, SECTIONS_MAX);
	override(rd, s);
	if (strcmp(s->id, "main") == 0 ||
	    !sp_dnf_bool(sp_dnf_get(s, "enabled"), true))
		return 0;
	for (size_t i = 0; i < out->n; i++)
		if (strcmp(out->v[i].id, s->id) == 0)
			return 0; /* the first one counts, as for dnf */
	if (out->n == REPOS_MAX)
		return sp_fail(err, EFBIG, "more than %d repositories",
			       REPOS_MAX);
	r = read_conf(rd, s, &c, err);
	if (r < 0) {
		conf_clear(&c);
		return sp_wrap(err, "%s: [%s]", rd->file, s->id);
	}
	out->v = sp_grow(out->v, out->n, sizeof(*out->v));
	out->v[out->n++] = c;
	return 0;
}

static int read_dir(struct reader *rd, const char *dir, sp_dnf_section_fn *take,
		    struct sp_err *err)
{
	sp_auto_strv names = { 0 };
	int r = sp_host_list(rd->host, dir, &names, err);

	for (size_t i = 0; r > 0 && i < names.n; i++) {
		sp_auto_free char *path = sp_asprintf("%s/%s", dir, names.v[i]);
		sp_auto_buf text = { 0 };

		if (*names.v[i] == '.' || !sp_ends(names.v[i], ".repo"))
			continue;
		r = sp_host_read(rd->host, path, &text, err);
		if (r > 0) {
			rd->file = path;
			r = sp_dnf_sections(&text, take, rd, err);
		}
		if (r == 0) /* also for a link to nowhere */
			r = 1;
	}
	return r < 0 ? r : 0;
}

/* --- [main] --------------------------------------------------------------- */

static int take_main(void *arg, struct sp_dnf_section *s, struct sp_err *err)
{
	struct reader *rd = arg;
	(void)err;
	if (strcmp(s->id, "main") != 0)
		return 0;
	sp_dnf_section_clear(&rd->main);
	rd->main = *s;
	*s = (struct sp_dnf_section){ 0 };
	return 0;
}

/* Names of packages, one a line, in files ending in .conf. */
static int read_protected(struct reader *rd, const char *dir,
			  struct sp_err *err)
{
	struct sp_strv *to = &rd->out->main.protected_packages;
	sp_auto_strv names = { 0 };
	int r = sp_host_list(rd->host, dir, &names, err);

	for (size_t i = 0; r > 0 && i < names.n; i++) {
		sp_auto_free char *path = sp_asprintf("%s/%s", dir, names.v[i]);
		sp_auto_buf text = { 0 };
		const char *line;
		size_t pos = 0, n;

		if (!sp_ends(names.v[i], ".conf"))
			continue;
		r = sp_host_read(rd->host, path, &text, err);
		if (r == 0)
			r = 1;
		while (sp_next_line(text.data, text.len, &pos, &line, &n)) {
			sp_trim(&line, &n);
			if (n && *line != '#')
				sp_strv_add_take(to, sp_xstrndup(line, n));
		}
	}
	return r < 0 ? r : 0;
}

static int read_main(struct reader *rd, struct sp_err *err)
{
	static const char *const versions[] = {
		"kernel",
		"kernel-PAE",
		"installonlypkg(kernel)",
		"installonlypkg(kernel-module)",
		"installonlypkg(vm)",
		"multiversion(kernel)",
	};
	struct sp_main_conf *m = &rd->out->main;
	const struct sp_dnf_section *s = &rd->main;
	int r;

	m->best = bool_of(rd, s, "best", false);
	m->install_weak_deps = bool_of(rd, s, "install_weak_deps", true);
	m->clean_requirements_on_remove =
		bool_of(rd, s, "clean_requirements_on_remove", true);
	m->installonly_limit = int_of(rd, s, "installonly_limit", 3);
	m->parallel = int_of(rd, s, "max_parallel_downloads", 0);
	if (m->parallel > PARALLEL_MAX)
		m->parallel = PARALLEL_MAX;
	for (size_t i = 0; i < SP_COUNT(versions); i++)
		sp_strv_add(&m->installonlypkgs, versions[i]);
	add_list(rd, s, "installonlypkgs", &m->installonlypkgs);
	add_list(rd, s, "protected_packages", &m->protected_packages);
	for (size_t i = m->protected_packages.n; i-- > 0;)
		if (sp_starts(m->protected_packages.v[i], "glob:"))
			sp_strv_remove(&m->protected_packages, i);
	r = read_protected(rd, "/etc/yum/protected.d", err);
	return r < 0 ? r : read_protected(rd, "/etc/dnf/protected.d", err);
}

/* --- arch and release ----------------------------------------------------- */

const char *sp_basearch(const char *arch)
{
	static const struct {
		const char *arch, *base;
	} table[] = {
		{ "i386", "i386" },	   { "i486", "i386" },
		{ "i586", "i386" },	   { "i686", "i386" },
		{ "athlon", "i386" },	   { "geode", "i386" },
		{ "amd64", "x86_64" },	   { "x86_64_v2", "x86_64" },
		{ "x86_64_v3", "x86_64" }, { "x86_64_v4", "x86_64" },
		{ "ia32e", "x86_64" },	   { "armv7hl", "armhfp" },
		{ "armv7hnl", "armhfp" },  { "armv8hl", "armhfp" },
	};

	for (size_t i = 0; i < SP_COUNT(table); i++)
		if (strcmp(arch, table[i].arch) == 0)
			return table[i].base;
	return arch;
}

static void find_arch(struct sp_repos *out, const char *hint)
{
	struct utsname u;

	if (!hint && uname(&u) == 0)
		hint = strcmp(u.machine, "armv7l") == 0 ? "armv7hl" : u.machine;
	out->arch = sp_xstrdup(hint ? hint : "noarch");
	out->basearch = sp_xstrdup(sp_basearch(out->arch));
}

static int os_release(struct sp_host *host, struct sp_buf *ret,
		      const char **ret_file, struct sp_err *err)
{
	static const char *const files[] = { "/etc/os-release",
					     "/usr/lib/os-release" };
	int r = 0;

	for (size_t i = 0; i < SP_COUNT(files) && r == 0; i++) {
		*ret_file = files[i];
		r = sp_host_read(host, files[i], ret, err);
	}
	return r;
}

/* A value of os-release(5), without quotes; "" for none. */
static char *os_value(const struct sp_buf *text, const char *key)
{
	char *v = sp_ini_get(&sp_ini_shell, text, NULL, key);
	size_t n = v ? strlen(v) : 0;

	if (n > 1 && *v == v[n - 1] && strchr("\"'", *v)) {
		memmove(v, v + 1, n - 2);
		v[n - 2] = '\0';
	}
	return v ? v : sp_xstrdup("");
}

/* Enterprise Linux's repositories go by 9, where VERSION_ID says 9.4. */
static int find_release(struct sp_host *host,
			const struct sp_repos_hints *hints,
			struct sp_repos *out, struct sp_err *err)
{
	sp_auto_free char *version = NULL, *platform = NULL;
	sp_auto_buf text = { 0 };
	const char *file;
	int r;

	if (hints->releasever) {
		out->releasever = sp_xstrdup(hints->releasever);
		out->releasever_from = sp_strdup0(hints->releasever_from);
		return 0;
	}
	r = os_release(host, &text, &file, err);
	if (r <= 0)
		return r;
	version = os_value(&text, "VERSION_ID");
	platform = os_value(&text, "PLATFORM_ID");
	if (!*version)
		return 0;
	if (sp_starts(platform, "platform:el"))
		version[strcspn(version, ".")] = '\0';
	out->releasever = sp_take(&version);
	out->releasever_from = sp_xstrdup(file);
	return 0;
}

static void own_variables(struct reader *rd)
{
	const struct sp_repos *out = rd->out;
	const char *dot;

	sp_dnf_set_variable(&rd->vars, "arch", out->arch);
	sp_dnf_set_variable(&rd->vars, "basearch", out->basearch);
	if (!out->releasever)
		return;
	sp_dnf_set_variable(&rd->vars, "releasever", out->releasever);
	dot = strchr(out->releasever, '.');
	sp_dnf_set_variable(&rd->vars, "releasever_minor", dot ? dot + 1 : "");
	{
		sp_auto_free char *major = sp_xstrndup(
			out->releasever, strcspn(out->releasever, "."));

		sp_dnf_set_variable(&rd->vars, "releasever_major", major);
	}
}

/* --- interface ------------------------------------------------------------ */

static int read_all(struct reader *rd, const struct sp_repos_hints *hints,
		    struct sp_err *err)
{
	static const char *const dirs[] = { SP_REPO_DIR, "/etc/yum/repos.d",
					    "/etc/distro.repos.d",
					    "/usr/share/dnf5/repos.d" };
	static const char *const overrides[] = {
		"/usr/share/dnf5/repos.override.d",
		"/etc/dnf/repos.override.d",
	};
	sp_auto_buf text = { 0 };
	sp_auto_strv own = { 0 };
	int r;

	find_arch(rd->out, hints->arch);
	r = find_release(rd->host, hints, rd->out, err);
	if (r == 0)
		r = sp_dnf_read_variables(&rd->vars, rd->host, "/etc/yum/vars",
					  err);
	if (r == 0)
		r = sp_dnf_read_variables(&rd->vars, rd->host, "/etc/dnf/vars",
					  err);
	if (r < 0)
		return r;
	own_variables(rd);
	r = sp_host_read(rd->host, MAIN_CONF, &text, err);
	if (r > 0)
		r = sp_dnf_sections(&text, take_main, rd, err);
	if (r == 0)
		r = read_main(rd, err);
	for (size_t i = 0; i < SP_COUNT(overrides) && r == 0; i++)
		r = read_dir(rd, overrides[i], take_override, err);
	if (r < 0)
		return r;
	add_list(rd, &rd->main, "reposdir", &own);
	for (size_t i = 0; r == 0 && i < (own.n ? own.n : SP_COUNT(dirs)); i++)
		r = read_dir(rd, own.n ? own.v[i] : dirs[i], take_repo, err);
	return r;
}

int sp_repos_read(struct sp_host *host, const struct sp_repos_hints *hints,
		  struct sp_repos *ret, struct sp_err *err)
{
	static const struct sp_repos_hints none;
	struct sp_repos out = { 0 };
	struct reader rd = { .host = host, .out = &out };
	int r;

	if (!hints)
		hints = &none;
	rd.root = hints->root ? hints->root : "/";
	r = read_all(&rd, hints, err);
	sp_dnf_section_clear(&rd.main);
	for (size_t i = 0; i < rd.n_over; i++)
		sp_dnf_section_clear(&rd.over[i]);
	free(rd.over);
	sp_dnf_vars_clear(&rd.vars);
	if (r < 0)
		sp_repos_clear(&out);
	else
		*ret = out;
	return r < 0 ? r : 0;
}

void sp_repos_clear(struct sp_repos *r)
{
	for (size_t i = 0; i < r->n; i++)
		conf_clear(&r->v[i]);
	free(r->v);
	sp_strv_clear(&r->main.installonlypkgs);
	sp_strv_clear(&r->main.protected_packages);
	free(r->arch);
	free(r->basearch);
	free(r->releasever);
	free(r->releasever_from);
	*r = (struct sp_repos){ 0 };
}
