/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unitfile.c - is a systemd unit installed, enabled, masked; and the links
 * that enable, disable, mask and unmask it.
 */
#include "unitfile.h"

#include <errno.h>
#include <string.h>

#include "mem.h"
#include "unitparse.h"

#define CONFIG_DIR "/etc/systemd/system"

/* A chain of names is followed this far; systemd follows 64. */
#define FOLLOW_MAX 64
/* Units that one Also= may lead to, and directories below CONFIG_DIR. */
#define UNITS_MAX 1024
#define DEPTH_MAX 8

/* In the order of precedence.  Source: systemd.unit(5), UNIT FILE LOAD PATH. */
static const char *const dirs[] = {
	"/etc/systemd/system.control",
	"/run/systemd/system.control",
	"/run/systemd/transient",
	"/run/systemd/generator.early",
	CONFIG_DIR,
	"/etc/systemd/system.attached",
	"/run/systemd/system",
	"/run/systemd/system.attached",
	"/run/systemd/generator",
	"/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",
	"/lib/systemd/system",	/* the same again unless /lib is apart */
	"/run/systemd/generator.late",
	NULL
};

static const char *const link_dirs[] = { ".wants", ".requires", ".upholds" };

enum mode { M_UNKNOWN, M_FILE, M_MASKED, M_ALIAS, M_LINKED };

/* A unit on its way through enable or disable. */
struct info {
	char *name;		/* owned */
	char *path;		/* owned; NULL until found */
	char *target;		/* owned; where path leads, ALIAS and LINKED */
	enum mode mode;
	bool auxiliary;		/* only mentioned in an Also= */
	struct sp_unit_install in;
};

/* Units by name; they grow while they are worked through. */
struct units {
	struct info **v;
	size_t n;
};

static void info_free(struct info *i)
{
	free(i->name);
	free(i->path);
	free(i->target);
	sp_unit_install_clear(&i->in);
	free(i);
}

static void units_clear(struct units *u)
{
	for (size_t i = 0; i < u->n; i++)
		info_free(u->v[i]);
	free(sp_take(&u->v));
	u->n = 0;
}
#define auto_units __attribute__((cleanup(units_clear))) struct units

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Absolute, without ".", ".." and double slashes; relative to @dir. */
static char *normal_path(const char *dir, const char *path)
{
	sp_auto_strv parts = { 0 }, in = { 0 };
	sp_auto_free char *joined = NULL;

	if (*path != '/')
		sp_strv_split(&in, dir, "/");
	sp_strv_split(&in, path, "/");
	for (size_t i = 0; i < in.n; i++) {
		if (!strcmp(in.v[i], "..")) {
			if (parts.n)
				sp_strv_remove(&parts, parts.n - 1);
		} else if (strcmp(in.v[i], ".")) {
			sp_strv_add(&parts, in.v[i]);
		}
	}
	joined = sp_strv_join(&parts, "/");
	return sp_asprintf("/%s", joined);
}

static char *dir_name(const char *path)
{
	return sp_xstrndup(path, (size_t)(base_name(path) - path - 1));
}

/* The index of the search directory that @path is below, or -1. */
static int below_dir(const char *path)
{
	for (int i = 0; dirs[i]; i++) {
		size_t n = strlen(dirs[i]);

		if (!strncmp(path, dirs[i], n) && path[n] == '/')
			return i;
	}
	return -1;
}

/* Is @path directly in a search directory? */
static bool in_dir(const char *path)
{
	int i = below_dir(path);

	return i >= 0 && !strchr(path + strlen(dirs[i]) + 1, '/');
}

/* Do both link texts, in the directory @dir, name the same unit file? */
static bool same_target(const char *dir, const char *a, const char *b)
{
	sp_auto_free char *pa = normal_path(dir, a), *pb = normal_path(dir, b);

	if (!strcmp(pa, pb))
		return true;
	/* /lib/systemd/system/x and /usr/lib/systemd/system/x */
	return !strcmp(base_name(pa), base_name(pb)) && below_dir(pa) >= 0 &&
	       below_dir(pb) >= 0;
}

/* --- finding a unit ------------------------------------------------------- */

/* Which of dirs[] are there, a bit each: most are not, and are asked often. */
static unsigned present_dirs(struct sp_host *h)
{
	unsigned mask = 0;

	for (int d = 0; dirs[d]; d++) {
		sp_auto_err err = { 0 };
		struct sp_stat st;

		/* What cannot be told will say so when it is looked into. */
		if (sp_host_stat_follow(h, dirs[d], &st, &err) != 0)
			mask |= 1u << d;
	}
	return mask;
}

/*
 * What is at a path: 0 when nothing is.  A link's target is made absolute.
 * Device nodes other than by /dev/null are no units.
 */
static int probe(struct sp_host *h, const char *path, enum mode *mode,
		 char **target, struct sp_err *err)
{
	sp_auto_free char *text = NULL, *dir = NULL;
	struct sp_stat st;
	int r = sp_host_stat(h, path, &st, err);

	if (r <= 0)
		return r;
	if (st.type == SP_FT_FILE) {
		*mode = st.size ? M_FILE : M_MASKED;
		return 1;
	}
	if (st.type != SP_FT_LINK)
		return sp_fail(err, EINVAL, "%s: not a regular file", path);
	r = sp_host_readlink(h, path, &text, err);
	if (r <= 0)
		return r;
	dir = dir_name(path);
	sp_auto_free char *to = normal_path(dir, text);

	if (!strcmp(to, "/dev/null")) {
		*mode = M_MASKED;
		return 1;
	}
	r = sp_host_stat_follow(h, to, &st, err);
	if (r < 0)
		return sp_wrap(err, "%s", path);
	if (r > 0 && st.type == SP_FT_FILE && !st.size) {
		*mode = M_MASKED;
		return 1;
	}
	if (below_dir(to) < 0) {
		*mode = M_LINKED;
	} else {
		if (!sp_unit_alias_fits(base_name(path), base_name(to)))
			return sp_fail(err, ELOOP,
				       "%s: a link to %s, which cannot be another name of it",
				       path, to);
		*mode = M_ALIAS;
	}
	free(*target);
	*target = sp_take(&to);
	return 1;
}

/* Read [Install] of a unit file or a drop-in.  Devices (masks) say nothing. */
static int load_text(struct sp_host *h, struct info *i, const char *path,
		     struct sp_err *err)
{
	sp_auto_buf text = { 0 };
	struct sp_stat st;
	int r = sp_host_stat_follow(h, path, &st, err);

	if (r <= 0 || st.type != SP_FT_FILE)
		return r;
	r = sp_host_read(h, path, &text, err);
	if (r <= 0)
		return r;
	r = sp_unit_install_parse(&i->in, i->name, sp_buf_cstr(&text), text.len,
				  err);
	return r < 0 ? sp_wrap(err, "%s", path) : 1;
}

/* Look at i->path and, if it is a file, read it.  0 when nothing is there. */
static int load_path(struct sp_host *h, struct info *i, const char *path,
		     struct sp_err *err)
{
	int r = probe(h, path, &i->mode, &i->target, err);

	if (r > 0 && i->mode == M_FILE) {
		const char *type = sp_unit_type(i->name);

		if (sp_unit_class(i->name) != SP_UNIT_PLAIN &&
		    !sp_unit_may_template(type))
			return sp_fail(err, EINVAL,
				       "%s: a %s unit cannot be a template",
				       path, type);
		r = load_text(h, i, path, err);
	}
	return r;
}

/*
 * Find the drop-ins of @name: files *.conf, an earlier directory's hiding a
 * later one's of the same name, read in the order of their names.
 */
static int load_dropins(struct sp_host *h, struct info *i, unsigned there,
			const char *name, const char *template,
			struct sp_err *err)
{
	const char *const names[] = { name, template };
	sp_auto_strv keys = { 0 };	/* "FILE\nPATH" */
	int r;

	for (size_t t = 0; t < 2 && names[t]; t++) {
		for (int d = 0; dirs[d]; d++) {
			sp_auto_free char *dir = NULL;
			sp_auto_strv files = { 0 };

			if (!(there & 1u << d))
				continue;
			dir = sp_asprintf("%s/%s.d", dirs[d], names[t]);
			r = sp_host_list(h, dir, &files, err);
			if (r < 0)
				return r;
			for (size_t k = 0; k < files.n; k++)
				if (sp_ends(files.v[k], ".conf"))
					sp_strv_addf(&keys, "%s\n%c%s/%s",
						     files.v[k],
						     (int)('a' + t * 13 + (size_t)d),
						     dir, files.v[k]);
		}
	}
	sp_strv_sort(&keys);
	for (size_t k = 0; k < keys.n; k++) {
		const char *path = strchr(keys.v[k], '\n') + 1;
		size_t n = (size_t)(path - keys.v[k]);

		if (k && !strncmp(keys.v[k - 1], keys.v[k], n))
			continue;
		r = load_text(h, i, path + 1, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * Find a unit by its name, then by its template's.  Returns 1, or 0 when
 * there is none.  @skip_mask: as if no mask were in CONFIG_DIR.
 */
static int search(struct sp_host *h, struct info *i, bool skip_mask,
		  struct sp_err *err)
{
	sp_auto_free char *template = NULL;
	int r = 0;

	if (i->mode != M_UNKNOWN)
		return 1;
	if (sp_unit_class(i->name) == SP_UNIT_INSTANCE)
		template = sp_unit_template(i->name);
	const char *const names[] = { i->name, template };
	unsigned there = present_dirs(h);

	for (size_t t = 0; !i->path && t < 2 && names[t]; t++) {
		for (int d = 0; !i->path && dirs[d]; d++) {
			sp_auto_free char *path = NULL;

			if (!(there & 1u << d))
				continue;
			path = sp_asprintf("%s/%s", dirs[d], names[t]);
			r = load_path(h, i, path, err);
			if (r < 0)
				return r;
			if (!r || (skip_mask && !t && i->mode == M_MASKED &&
				   !strcmp(dirs[d], CONFIG_DIR)))
				continue;
			i->path = sp_take(&path);
		}
	}
	if (!i->path) {
		i->mode = M_UNKNOWN;
		return 0;
	}
	if (i->mode == M_MASKED)
		return 1;
	r = load_dropins(h, i, there, i->name, template, err);
	return r < 0 ? r : 1;
}

/* The unit of that name, a new one if need be. */
static int units_add(struct units *u, const char *name, bool auxiliary,
		     struct info **ret, struct sp_err *err)
{
	for (size_t k = 0; k < u->n; k++) {
		if (strcmp(u->v[k]->name, name))
			continue;
		u->v[k]->auxiliary &= auxiliary;
		*ret = u->v[k];
		return 0;
	}
	if (sp_unit_class(name) == SP_UNIT_BAD)
		return sp_fail(err, EINVAL, "\"%s\" is not a unit name", name);
	if (u->n >= UNITS_MAX)
		return sp_fail(err, E2BIG, "more than %d units in Also=",
			       UNITS_MAX);
	u->v = sp_grow(u->v, u->n, sizeof(*u->v));
	u->v[u->n] = sp_xcalloc(1, sizeof(**u->v));
	*ret = u->v[u->n++];
	(*ret)->name = sp_xstrdup(name);
	(*ret)->auxiliary = auxiliary;
	return 0;
}

/* i->path was a link: go on where it leads, under the same name. */
static int follow(struct sp_host *h, struct info *i, struct sp_err *err)
{
	int r;

	free(i->path);
	i->path = sp_take(&i->target);
	i->mode = M_UNKNOWN;
	r = load_path(h, i, i->path, err);
	return r;
}

/*
 * Find a unit and follow links until a file or a mask.  Names that are only
 * aliases add the real one to @u.  Returns 1 and the real one, or 0.
 */
static int traverse(struct sp_host *h, struct units *u, struct info *i,
		    bool skip_mask, struct info **ret, struct sp_err *err)
{
	int r = search(h, i, skip_mask, err);

	for (int k = 0; r > 0 && (i->mode == M_ALIAS || i->mode == M_LINKED); k++) {
		sp_auto_free char *inst = NULL, *full = NULL;
		const char *to = base_name(i->target);

		if (k >= FOLLOW_MAX)
			return sp_fail(err, ELOOP,
				       "%s: more than %d links in a row",
				       i->path, FOLLOW_MAX);
		if (i->mode == M_LINKED || !strcmp(to, i->name)) {
			r = follow(h, i, err);
			continue;
		}
		if (sp_unit_class(i->name) == SP_UNIT_INSTANCE &&
		    sp_unit_class(to) == SP_UNIT_TEMPLATE) {
			inst = sp_unit_instance(i->name);
			full = sp_unit_replace_instance(to, inst);
			if (!full)
				return sp_fail(err, ENAMETOOLONG,
					       "%s: the name it leads to is too long",
					       i->path);
			if (!strcmp(full, i->name)) {
				r = follow(h, i, err);
				continue;
			}
			to = full;
		}
		r = units_add(u, to, false, &i, err);
		if (r == 0)
			r = search(h, i, false, err);
	}
	if (r > 0)
		*ret = i;
	return r;
}

/* Add what Also= of @i names. */
static int add_also(struct units *u, const struct info *i, struct sp_err *err)
{
	struct info *unused;

	for (size_t k = 0; k < i->in.also.n; k++) {
		int r = units_add(u, i->in.also.v[k], true, &unused, err);

		if (r < 0)
			return sp_wrap(err, "%s: Also", i->path);
	}
	return 0;
}

static bool has_rules(const struct info *i)
{
	return i->in.aliases.n || i->in.wanted_by.n || i->in.required_by.n ||
	       i->in.upheld_by.n;
}

static bool generated(const char *path)
{
	return sp_starts(path, "/run/systemd/generator") ||
	       sp_starts(path, "/run/systemd/transient/");
}

/* --- names and states ----------------------------------------------------- */

const char *sp_unit_dirs(void)
{
	return CONFIG_DIR ", /usr/local/lib/systemd/system, "
	       "/usr/lib/systemd/system";
}

const char *sp_unit_state_name(enum sp_unit_state state)
{
	static const char *const names[] = {
		[SP_UNIT_MISSING] = "missing",
		[SP_UNIT_ENABLED] = "enabled",
		[SP_UNIT_DISABLED] = "disabled",
		[SP_UNIT_INDIRECT] = "indirect",
		[SP_UNIT_STATIC] = "static",
		[SP_UNIT_MASKED] = "masked",
		[SP_UNIT_ALIAS] = "alias",
		[SP_UNIT_GENERATED] = "generated",
	};

	return names[state];
}

/* The name that was meant by one with a wrong type or none; owned or NULL. */
static char *mend_name(const char *name)
{
	const char *dot = strrchr(name, '.');
	sp_auto_free char *s = NULL;

	if (dot) {
		const char *type = sp_unit_type_like(dot + 1);

		if (type)
			s = sp_asprintf("%.*s.%s", (int)(dot - name), name, type);
	} else {
		s = sp_asprintf("%s.service", name);
	}
	return s && sp_unit_class(s) != SP_UNIT_BAD ? sp_take(&s) : NULL;
}

int sp_unit_name_check(const char *name, struct sp_err *err)
{
	sp_auto_free char *meant = NULL;

	if (sp_unit_class(name) != SP_UNIT_BAD)
		return 0;
	if (strlen(name) > SP_UNIT_NAME_MAX)
		return sp_fail(err, EINVAL,
			       "longer than %d bytes, the limit of a unit's name",
			       SP_UNIT_NAME_MAX);
	meant = mend_name(name);
	if (meant)
		return sp_fail(err, EINVAL,
			       "\"%s\" does not end in a unit type; did you mean \"%s\"?",
			       name, meant);
	return sp_fail(err, EINVAL,
		       "\"%s\" is not a unit name: letters, digits and :-_.\\@, then a "
		       "type such as .service",
		       name);
}

char *sp_unit_suggest(struct sp_host *h, const char *name)
{
	/* A third of the name wrong, but no more than three letters. */
	size_t third = strlen(name) / 3;
	unsigned best = third < 3 ? (unsigned)third + 1 : 4;
	sp_auto_free char *found = NULL;

	for (int d = 0; dirs[d]; d++) {
		sp_auto_strv names = { 0 };
		sp_auto_err err = { 0 };

		if (sp_host_list(h, dirs[d], &names, &err) <= 0)
			continue;
		for (size_t i = 0; i < names.n; i++) {
			unsigned n;

			if (sp_unit_class(names.v[i]) == SP_UNIT_BAD)
				continue;
			n = sp_edit_distance(name, names.v[i], best);
			if (n >= best)
				continue;
			best = n;
			free(found);
			found = sp_xstrdup(names.v[i]);
		}
	}
	return sp_take(&found);
}

/* Is there a link at @dir/@name? */
static int has_link(struct sp_host *h, const char *dir, const char *name,
		    struct sp_err *err)
{
	sp_auto_free char *path = sp_asprintf("%s/%s", dir, name);
	struct sp_stat st;
	int r = sp_host_stat(h, path, &st, err);

	return r > 0 ? st.type == SP_FT_LINK : r;
}

/* Is there, in the directory of one of @targets, a link of @names? */
static int wanted(struct sp_host *h, const struct sp_strv *targets,
		  const char *suffix, const struct sp_strv *names,
		  struct sp_err *err)
{
	for (size_t t = 0; t < targets->n; t++) {
		sp_auto_free char *dir = sp_asprintf(CONFIG_DIR "/%s%s",
						     targets->v[t], suffix);

		for (size_t k = 0; k < names->n; k++) {
			int r = has_link(h, dir, names->v[k], err);

			if (r)
				return r;
		}
	}
	return 0;
}

/* The same in every .wants directory: an operator may have chosen another. */
static int wanted_anywhere(struct sp_host *h, const struct sp_strv *names,
			   struct sp_err *err)
{
	sp_auto_strv entries = { 0 };
	int r = sp_host_list(h, CONFIG_DIR, &entries, err);

	for (size_t e = 0; r >= 0 && e < entries.n; e++) {
		for (size_t s = 0; s < SP_COUNT(link_dirs); s++) {
			sp_auto_strv one = { 0 };

			if (!sp_ends(entries.v[e], link_dirs[s]))
				continue;
			sp_strv_add(&one, entries.v[e]);
			r = wanted(h, &one, "", names, err);
			if (r)
				return r;
		}
	}
	return r < 0 ? r : 0;
}

/* Is a link that [Install] of @i asks for in CONFIG_DIR? */
static int is_enabled(struct sp_host *h, const struct info *i,
		      struct sp_err *err)
{
	sp_auto_strv names = { 0 };
	int r;

	sp_strv_add(&names, i->name);
	if (sp_unit_class(i->name) == SP_UNIT_TEMPLATE && i->in.default_instance)
		sp_strv_add_take(&names,
				 sp_unit_replace_instance(i->name,
							  i->in.default_instance));
	r = wanted(h, &i->in.wanted_by, ".wants", &names, err);
	if (!r)
		r = wanted(h, &i->in.required_by, ".requires", &names, err);
	if (!r)
		r = wanted_anywhere(h, &names, err);
	if (r)
		return r;
	for (size_t k = 0; k < i->in.aliases.n; k++)
		sp_strv_add(&names, i->in.aliases.v[k]);
	for (size_t k = 0; k < names.n; k++) {
		sp_auto_free char *text = NULL, *path = NULL;

		/* Its own name: a linked unit, which says nothing. */
		if (!strcmp(names.v[k], i->name))
			continue;
		path = sp_asprintf(CONFIG_DIR "/%s", names.v[k]);
		r = sp_host_readlink(h, path, &text, err);
		if (r < 0)
			return r;
		if (r > 0 && !strcmp(base_name(text), i->name))
			return 1;
	}
	return 0;
}

/* All units of Also= enabled: what "enabled" means for a unit without more. */
static int also_enabled(struct sp_host *h, const struct info *i, int depth,
			struct sp_err *err)
{
	for (size_t k = 0; k < i->in.also.n; k++) {
		auto_units u = { 0 };
		struct info *other;
		int r = units_add(&u, i->in.also.v[k], true, &other, err);

		if (r == 0)
			r = traverse(h, &u, other, false, &other, err);
		if (r < 0)
			return r;
		if (r == 0 || other->mode != M_FILE)
			continue;
		if (has_rules(other))
			r = is_enabled(h, other, err);
		else
			r = depth ? also_enabled(h, other, depth - 1, err) : 1;
		if (r <= 0)
			return r;
	}
	return 1;
}

static int state_of(struct sp_host *h, const char *name, const struct info *i,
		    struct sp_unit *ret, struct sp_err *err)
{
	int r = 0;

	ret->path = sp_xstrdup(i->path);
	if (i->mode == M_MASKED) {
		ret->state = SP_UNIT_MASKED;
	} else if (strcmp(i->name, name)) {
		ret->state = SP_UNIT_ALIAS;
		ret->alias_of = sp_xstrdup(i->name);
	} else if (generated(i->path)) {
		ret->state = SP_UNIT_GENERATED;
	} else {
		r = is_enabled(h, i, err);
		if (r > 0)
			ret->state = SP_UNIT_ENABLED;
		else if (has_rules(i))
			ret->state = SP_UNIT_DISABLED;
		else if (!i->in.also.n)
			ret->state = SP_UNIT_STATIC;
		else if (r == 0) {
			r = also_enabled(h, i, 3, err);
			ret->state = r > 0 ? SP_UNIT_ENABLED : SP_UNIT_INDIRECT;
		}
	}
	return r < 0 ? r : 0;
}

int sp_unit_look(struct sp_host *h, const char *name, struct sp_unit *ret,
		 struct sp_err *err)
{
	sp_auto_free char *mask = sp_asprintf(CONFIG_DIR "/%s", name);
	sp_auto_free char *target = NULL;
	sp_auto_unit u = { 0 };
	enum mode mode = M_UNKNOWN;
	auto_units units = { 0 };
	struct info *i;
	int r = sp_unit_name_check(name, err);

	if (r < 0)
		return r;
	r = probe(h, mask, &mode, &target, err);
	u.masked = r > 0 && mode == M_MASKED;
	if (r >= 0)
		r = units_add(&units, name, false, &i, err);
	if (r >= 0)
		r = traverse(h, &units, i, true, &i, err);
	if (r > 0)
		r = state_of(h, name, i, &u, err);
	else if (r == 0)
		u.state = u.masked ? SP_UNIT_MASKED : SP_UNIT_MISSING;
	if (r < 0)
		return r;
	*ret = u;
	u = (struct sp_unit){ 0 };
	return 0;
}

void sp_unit_clear(struct sp_unit *u)
{
	free(sp_take(&u->path));
	free(sp_take(&u->alias_of));
}

int sp_unit_state(struct sp_host *h, const char *name,
		  enum sp_unit_state *ret, struct sp_err *err)
{
	sp_auto_unit u = { 0 };
	int r = sp_unit_look(h, name, &u, err);

	if (r == 0)
		*ret = u.masked ? SP_UNIT_MASKED : u.state;
	return r;
}

/* --- enable --------------------------------------------------------------- */

/* A link, unless one that means the same is there.  @dry: only if it could. */
static int make_link(struct sp_host *h, const char *path, const char *target,
		     bool force, bool dry, struct sp_err *err)
{
	sp_auto_free char *text = NULL, *dir = dir_name(path);
	struct sp_stat st;
	int r = sp_host_stat(h, path, &st, err);

	if (r < 0)
		return r;
	if (r > 0 && st.type != SP_FT_LINK)
		return sp_fail(err, EEXIST,
			       "%s: a file is in the place of the link; remove it first",
			       path);
	if (r > 0) {
		r = sp_host_readlink(h, path, &text, err);
		if (r < 0)
			return r;
		if (same_target(dir, text, target))
			return 0;
		if (!force)
			return sp_fail(err, EBUSY,
				       "%s: taken, a link to %s; disable that unit first",
				       path, text);
	}
	return dry ? 0 : sp_host_symlink(h, path, target, err);
}

static int link_aliases(struct sp_host *h, const struct info *i, bool dry,
			struct sp_err *err)
{
	/* A unit from elsewhere is reached through its link in CONFIG_DIR. */
	sp_auto_free char *linked = sp_asprintf(CONFIG_DIR "/%s", i->name);
	const char *target = in_dir(i->path) ? i->path : linked;

	for (size_t k = 0; k < i->in.aliases.n; k++) {
		sp_auto_free char *alias = NULL, *path = NULL;
		int r = sp_unit_expand(i->in.aliases.v[k], i->name,
				       i->in.default_instance, &alias, err);

		if (r < 0)
			return r;
		if (sp_unit_class(alias) == SP_UNIT_TEMPLATE &&
		    sp_unit_class(i->name) == SP_UNIT_INSTANCE) {
			sp_auto_free char *inst = sp_unit_instance(i->name);
			char *full = sp_unit_replace_instance(alias, inst);

			free(alias);
			alias = full ? full : sp_xstrdup("");
		}
		if (!strcmp(alias, i->name))
			continue;
		if (!sp_unit_alias_fits(alias, i->name))
			return sp_fail(err, EINVAL,
				       "%s: Alias \"%s\" does not fit the unit; "
				       "correct the unit file",
				       i->path, i->in.aliases.v[k]);
		path = sp_asprintf(CONFIG_DIR "/%s", alias);
		r = make_link(h, path, target, false, dry, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The name under which a unit is wanted; NULL with @err when masked. */
static int wanted_name(struct sp_host *h, const struct info *i, char **ret,
		       struct sp_err *err)
{
	auto_units u = { 0 };
	struct info *inst;
	int r;

	if (sp_unit_class(i->name) != SP_UNIT_TEMPLATE || !i->in.default_instance) {
		*ret = sp_xstrdup(i->name);
		return 0;
	}
	*ret = sp_unit_replace_instance(i->name, i->in.default_instance);
	r = units_add(&u, *ret, false, &inst, err);
	if (r == 0)
		r = search(h, inst, false, err);
	if (r > 0 && inst->mode == M_MASKED)
		return sp_fail(err, EINVAL, "%s: masked by %s", *ret, inst->path);
	return r < 0 ? r : 0;
}

static int link_wants(struct sp_host *h, const struct info *i,
		      const struct sp_strv *list, const char *suffix, bool dry,
		      struct sp_err *err)
{
	sp_auto_free char *name = NULL;
	int r;

	if (!list->n)
		return 0;
	r = wanted_name(h, i, &name, err);
	if (r < 0)
		return r;
	for (size_t k = 0; k < list->n; k++) {
		sp_auto_free char *by = NULL, *path = NULL;
		enum sp_unit_class class;

		r = sp_unit_expand(list->v[k], i->name, i->in.default_instance,
				   &by, err);
		if (r < 0)
			return r;
		class = sp_unit_class(by);
		if (class == SP_UNIT_BAD)
			return sp_fail(err, EINVAL,
				       "%s: [Install] names \"%s\", which is not a "
				       "unit name; correct the unit file",
				       i->path, by);
		if (class == SP_UNIT_PLAIN &&
		    sp_unit_class(name) == SP_UNIT_TEMPLATE) {
			const char *at = strchr(name, '@') + 1;

			return sp_fail(err, EINVAL,
				       "%s is a template without a default instance; "
				       "name an instance, such as \"%.*sNAME%s\"",
				       name, (int)(at - name), name, at);
		}
		path = sp_asprintf(CONFIG_DIR "/%s%s/%s", by, suffix, name);
		r = make_link(h, path, i->path, true, dry, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int link_unit(struct sp_host *h, const struct info *i, bool dry,
		     struct sp_err *err)
{
	int r = 0;

	if (!in_dir(i->path)) {
		sp_auto_free char *path = sp_asprintf(CONFIG_DIR "/%s", i->name);

		r = make_link(h, path, i->path, false, dry, err);
	}
	if (r == 0)
		r = link_aliases(h, i, dry, err);
	if (r == 0)
		r = link_wants(h, i, &i->in.wanted_by, ".wants", dry, err);
	if (r == 0)
		r = link_wants(h, i, &i->in.required_by, ".requires", dry, err);
	if (r == 0)
		r = link_wants(h, i, &i->in.upheld_by, ".upholds", dry, err);
	return r;
}

static int no_such_unit(const char *name, struct sp_err *err)
{
	return sp_fail(err, ENOENT, "\"%s\" is not installed (looked in %s)",
		       name, sp_unit_dirs());
}

/* May the unit that was asked for be enabled? */
static int may_enable(const char *name, const struct info *i, struct sp_err *err)
{
	if (i->mode == M_MASKED)
		return sp_fail(err, EINVAL,
			       "\"%s\" is masked by %s; unmask it first", name,
			       i->path);
	if (generated(i->path))
		return sp_fail(err, EINVAL,
			       "\"%s\" is made when the host boots (%s) and cannot be enabled",
			       name, i->path);
	if (!has_rules(i) && !i->in.also.n)
		return sp_fail(err, EINVAL,
			       "\"%s\" is static: %s has no [Install] section, other "
			       "units start it, it cannot be enabled",
			       name, i->path);
	return 0;
}

static int enable(struct sp_host *h, const char *name, bool dry,
		  struct sp_err *err)
{
	auto_units u = { 0 };
	struct info *i;
	int r = sp_unit_name_check(name, err);

	if (r == 0)
		r = units_add(&u, name, false, &i, err);
	if (r == 0)
		r = traverse(h, &u, i, false, &i, err);
	if (r < 0)
		return r;
	if (r == 0)
		return no_such_unit(name, err);
	r = may_enable(name, i, err);
	for (size_t k = 0; r == 0 && k < u.n; k++) {
		i = u.v[k];
		r = traverse(h, &u, i, false, &i, err);
		/* Found or not is only a matter of the units asked for. */
		if (r <= 0 || i != u.v[k] || i->mode != M_FILE ||
		    generated(i->path)) {
			r = r > 0 ? 0 : r;
			continue;
		}
		r = add_also(&u, i, err);
		if (r == 0)
			r = link_unit(h, i, dry, err);
	}
	return r;
}

int sp_unit_enable(struct sp_host *h, const char *name, struct sp_err *err)
{
	return enable(h, name, false, err);
}

int sp_unit_can_enable(struct sp_host *h, const char *name, struct sp_err *err)
{
	return enable(h, name, true, err);
}

/* --- disable -------------------------------------------------------------- */

/* Where a link finally leads, as a path; the end need not be there. */
static int chase(struct sp_host *h, const char *path, char **ret,
		 struct sp_err *err)
{
	sp_auto_free char *at = sp_xstrdup(path);

	for (int k = 0; k < FOLLOW_MAX; k++) {
		sp_auto_free char *text = NULL, *dir = dir_name(at);
		int r = sp_host_readlink(h, at, &text, err);

		if (r < 0)
			return r;
		if (r == 0)
			break;
		free(at);
		at = normal_path(dir, text);
	}
	*ret = sp_take(&at);
	return 0;
}

/* Does the link @name in @dir bear a marked name, or lead to one? */
static int marked(struct sp_host *h, const char *path, const char *name,
		  const struct sp_strv *marks, struct sp_err *err)
{
	sp_auto_free char *template = sp_unit_template(name);
	sp_auto_free char *end = NULL;
	int r;

	if (sp_strv_has(marks, name) || (template && sp_strv_has(marks, template)))
		return 1;
	r = chase(h, path, &end, err);
	if (r == -ELOOP || r == -ENOTDIR || r == -ENAMETOOLONG) {
		/* Somebody's link in circles leads to none of ours. */
		sp_err_clear(err);
		return 0;
	}
	if (r < 0)
		return r;
	return sp_strv_has(marks, end) || sp_strv_has(marks, base_name(end));
}

/* Remove a directory that became empty; never CONFIG_DIR. */
static int remove_empty(struct sp_host *h, const char *dir, struct sp_err *err)
{
	sp_auto_strv left = { 0 };
	int r;

	if (!strcmp(dir, CONFIG_DIR))
		return 0;
	r = sp_host_list(h, dir, &left, err);
	if (r <= 0 || left.n)
		return r < 0 ? r : 0;
	return sp_host_remove(h, dir, err);
}

/*
 * Remove marked links in @dir and below.  A removed link's path is marked in
 * its turn; *again says that links seen before may now be marked.
 */
static int remove_links(struct sp_host *h, const char *dir, int depth,
			struct sp_strv *marks, bool *again, struct sp_err *err)
{
	sp_auto_strv names = { 0 };
	bool removed = false;
	int r = sp_host_list(h, dir, &names, err);

	for (size_t k = 0; r >= 0 && k < names.n; k++) {
		sp_auto_free char *path = sp_asprintf("%s/%s", dir, names.v[k]);
		struct sp_stat st;

		r = sp_host_stat(h, path, &st, err);
		if (r <= 0)
			continue;
		if (st.type == SP_FT_DIR && depth) {
			r = remove_links(h, path, depth - 1, marks, again, err);
			continue;
		}
		if (st.type != SP_FT_LINK ||
		    sp_unit_class(names.v[k]) == SP_UNIT_BAD)
			continue;
		r = marked(h, path, names.v[k], marks, err);
		if (r <= 0)
			continue;
		r = sp_host_remove(h, path, err);
		removed = *again = true;
		sp_strv_add_take(marks, sp_take(&path));
	}
	if (r >= 0 && removed)
		r = remove_empty(h, dir, err);
	return r < 0 ? r : 0;
}

static int remove_marked(struct sp_host *h, struct sp_strv *marks,
			 struct sp_err *err)
{
	bool again = marks->n > 0;
	int r = 0;

	while (r == 0 && again) {
		again = false;
		r = remove_links(h, CONFIG_DIR, DEPTH_MAX, marks, &again, err);
	}
	return r;
}

int sp_unit_disable(struct sp_host *h, const char *name, struct sp_err *err)
{
	sp_auto_strv marks = { 0 };
	auto_units u = { 0 };
	struct info *i;
	int r = sp_unit_name_check(name, err);

	if (r == 0)
		r = units_add(&u, name, false, &i, err);
	for (size_t k = 0; r == 0 && k < u.n; k++) {
		sp_auto_err bad = { 0 };

		i = u.v[k];
		r = traverse(h, &u, i, false, &i, &bad);
		if (r > 0 && i == u.v[k])
			r = add_also(&u, i, &bad);
		/*
		 * What is gone or cannot be read can still be taken out of
		 * the links; an alias goes with the real unit.
		 */
		if ((r <= 0 || i == u.v[k]) && u.v[k]->mode != M_MASKED)
			sp_strv_add(&marks, u.v[k]->name);
		r = 0;
	}
	return r < 0 ? r : remove_marked(h, &marks, err);
}

/* --- masks ---------------------------------------------------------------- */

static int mask(struct sp_host *h, const char *name, bool dry,
		struct sp_err *err)
{
	sp_auto_free char *path = sp_asprintf(CONFIG_DIR "/%s", name);
	int r = sp_unit_name_check(name, err);

	return r < 0 ? r : make_link(h, path, "/dev/null", false, dry, err);
}

int sp_unit_mask(struct sp_host *h, const char *name, struct sp_err *err)
{
	return mask(h, name, false, err);
}

int sp_unit_can_mask(struct sp_host *h, const char *name, struct sp_err *err)
{
	return mask(h, name, true, err);
}

int sp_unit_unmask(struct sp_host *h, const char *name, struct sp_err *err)
{
	sp_auto_free char *path = sp_asprintf(CONFIG_DIR "/%s", name);
	sp_auto_free char *target = NULL;
	sp_auto_strv marks = { 0 };
	enum mode mode = M_UNKNOWN;
	int r = sp_unit_name_check(name, err);

	if (r == 0)
		r = probe(h, path, &mode, &target, err);
	if (r <= 0 || mode != M_MASKED)
		return r < 0 ? r : 0;
	r = sp_host_remove(h, path, err);
	if (r < 0)
		return r;
	sp_strv_add(&marks, path);
	return remove_marked(h, &marks, err);
}
