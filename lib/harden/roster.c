/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* roster.c - see roster.h. */
#include <string.h>

#include "core/mem.h"
#include "core/word.h"
#include "harden/roster.h"

static int cmp_piece(struct sp_piece a, struct sp_piece b)
{
	int c = memcmp(a.s, b.s, a.len < b.len ? a.len : b.len);

	return c ? c : a.len < b.len ? -1 : a.len > b.len;
}

/* Of two that are equal the earlier one comes first. */
static int cmp_place(const struct sp_entry *a, const struct sp_entry *b)
{
	if (a->res && b->res)
		return a->res < b->res ? -1 : a->res > b->res;
	return a->name.s < b->name.s ? -1 : a->name.s > b->name.s;
}

static int cmp_name(const void *a, const void *b)
{
	const struct sp_entry *x = a, *y = b;
	int c = cmp_piece(x->name, y->name);

	return c ? c : cmp_place(x, y);
}

static int cmp_id(const void *a, const void *b)
{
	const struct sp_entry *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return cmp_place(x, y);
}

static void add(struct sp_index *x, struct sp_entry e)
{
	x->by_name = sp_grow(x->by_name, x->n, sizeof(*x->by_name));
	x->by_name[x->n++] = e;
	if (!e.has_id)
		return;
	x->by_id = sp_grow(x->by_id, x->n_ids, sizeof(*x->by_id));
	x->by_id[x->n_ids++] = e;
}

static void sort(struct sp_index *x)
{
	if (x->n)
		qsort(x->by_name, x->n, sizeof(*x->by_name), cmp_name);
	if (x->n_ids)
		qsort(x->by_id, x->n_ids, sizeof(*x->by_id), cmp_id);
}

static void add_file(struct sp_index *x, const struct sp_acct *a)
{
	size_t pos = 0;
	struct sp_rec r;

	while (sp_acct_next(a, &pos, &r))
		add(x, (struct sp_entry){ .name = sp_acct_piece(a, &r, 0),
					  .has_id = true,
					  .id = sp_acct_id(a, &r, SP_PW_UID) });
	sort(x);
}

static void add_profile(struct sp_index *x, const struct sp_profile *p,
			const char *kind, const char *id_field)
{
	for (size_t i = 0; p && i < p->n; i++) {
		const struct sp_resource *res = &p->res[i];
		struct sp_entry e = { .res = res };
		int f;

		if (!sp_streq(res->kind->name, kind))
			continue;
		f = sp_field_find(res->kind->fields, id_field);
		e.name = (struct sp_piece){ res->id, strlen(res->id) };
		e.has_id = res->want.present && sp_state_has(&res->want, f);
		e.id = (uint32_t)sp_state_int(&res->want, f, 0);
		add(x, e);
	}
	sort(x);
}

int sp_roster_load(struct sp_host *host, const struct sp_profile *profile,
		   struct sp_roster *ret, struct sp_err *err)
{
	sp_auto_roster r = { .host = host != NULL };
	int rc = 0;

	r.groups.file = SP_GROUP;
	if (host)
		rc = sp_acct_load(host, SP_PASSWD, &r.users, err);
	if (host && rc >= 0)
		rc = sp_acct_load(host, SP_GROUP, &r.groups, err);
	if (host && rc >= 0)
		rc = sp_defs_load(host, &r.defs, err);
	if (rc < 0)
		return rc;
	add_file(&r.host_users, &r.users);
	add_file(&r.host_groups, &r.groups);
	add_profile(&r.users_wanted, profile, "user", "uid");
	add_profile(&r.groups_wanted, profile, "group", "gid");
	*ret = r;
	r = (struct sp_roster){ 0 };
	return 0;
}

static void index_clear(struct sp_index *x)
{
	free(x->by_name);
	free(x->by_id);
}

void sp_roster_clear(struct sp_roster *r)
{
	sp_acct_clear(&r->users);
	sp_acct_clear(&r->groups);
	sp_defs_clear(&r->defs);
	index_clear(&r->host_users);
	index_clear(&r->host_groups);
	index_clear(&r->users_wanted);
	index_clear(&r->groups_wanted);
	*r = (struct sp_roster){ 0 };
}

const struct sp_entry *sp_index_name(const struct sp_index *x, const char *name)
{
	const struct sp_piece key = { name, strlen(name) };
	size_t from = 0, to = x->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (cmp_piece(x->by_name[mid].name, key) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	if (from < x->n && cmp_piece(x->by_name[from].name, key) == 0)
		return &x->by_name[from];
	return NULL;
}

const struct sp_entry *sp_index_id(const struct sp_index *x, uint32_t id)
{
	size_t from = 0, to = x->n_ids;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (x->by_id[mid].id < id)
			from = mid + 1;
		else
			to = mid;
	}
	if (from < x->n_ids && x->by_id[from].id == id)
		return &x->by_id[from];
	return NULL;
}

struct sp_rec sp_roster_rec(const struct sp_acct *file,
			    const struct sp_entry *e)
{
	size_t pos = (size_t)(e->name.s - file->text.data);
	struct sp_rec r = { pos, 0 };
	const char *line;

	(void)sp_next_line(file->text.data, file->text.len, &pos, &line,
			   &r.len);
	return r;
}

static enum sp_will will(const struct sp_index *host,
			 const struct sp_index *wanted, const char *name)
{
	const struct sp_entry *e = sp_index_name(wanted, name);

	if (e)
		return e->res->want.present ? SP_WILL_BE : SP_WILL_REMOVE;
	return sp_index_name(host, name) ? SP_WILL_BE : SP_WILL_NOT;
}

enum sp_will sp_roster_user(const struct sp_roster *r, const char *name)
{
	return will(&r->host_users, &r->users_wanted, name);
}

enum sp_will sp_roster_group(const struct sp_roster *r, const char *name)
{
	return will(&r->host_groups, &r->groups_wanted, name);
}

size_t sp_roster_span(const struct sp_check *ck, struct sp_resource **ret)
{
	const struct sp_profile *p = ck->profile;
	const struct sp_resource *end = p ? p->res + p->n : NULL;
	size_t n = 1;

	*ret = ck->res;
	if (!p || !p->n || ck->res < p->res || ck->res >= end)
		return 1;
	if (ck->res > p->res && ck->res[-1].kind == ck->res->kind)
		return 0;
	while (ck->res + n < end && ck->res[n].kind == ck->res->kind)
		n++;
	return n;
}

/* --- ids ------------------------------------------------------------------- */

static void check_range(const struct sp_roster *r, const struct sp_check *ck,
			const struct sp_resource *res, bool users, int f_id,
			bool system)
{
	uint32_t id = (uint32_t)sp_state_int(&res->want, f_id, 0);
	uint32_t max = users ? r->defs.uid_max : r->defs.gid_max;
	uint32_t min = users ? r->defs.uid_min : r->defs.gid_min;
	const char *what = users ? "UID" : "GID";

	if (id > max)
		sp_diag_error(ck->diag, res, f_id, -1,
			      "%u is above %u (%s_MAX, /etc/login.defs)", id,
			      max, what);
	else if (id < min && !system)
		sp_diag_error(
			ck->diag, res, f_id, -1,
			"%u is below %u (%s_MIN, /etc/login.defs); ids of "
			"system accounts need \"system: true\"",
			id, min, what);
}

/* Does the holder of an id get another one before @res wants it? */
static bool gives_up(const struct sp_index *wanted,
		     const struct sp_entry *holder,
		     const struct sp_resource *res)
{
	sp_auto_free char *name = sp_xstrndup(holder->name.s, holder->name.len);
	const struct sp_entry *w = sp_index_name(wanted, name);

	return w && w->res < res && w->has_id && w->id != holder->id;
}

static void check_one(const struct sp_roster *r, const struct sp_check *ck,
		      const struct sp_resource *res, bool users, int f_id,
		      int f_system)
{
	const struct sp_index *host = users ? &r->host_users : &r->host_groups;
	const struct sp_index *wanted =
		users ? &r->users_wanted : &r->groups_wanted;
	const char *kind = res->kind->name;
	uint32_t id = (uint32_t)sp_state_int(&res->want, f_id, 0);
	const struct sp_entry *e = sp_index_id(wanted, id), *own;

	if (e && e->res != res)
		sp_diag_error(ck->diag, res, f_id, -1,
			      "%u is also wanted for the %s \"%s\"", id, kind,
			      e->res->id);
	if (!r->host)
		return;
	own = sp_index_name(host, res->id);
	if ((own && own->id == id) || (id == 0 && sp_streq(res->id, "root")))
		return;
	/* The group of gid 0 is a matter of the kind. */
	if (id == 0 && !users)
		return;
	e = sp_index_id(host, id);
	if (e && !gives_up(wanted, e, res)) {
		sp_auto_free char *name = sp_xstrndup(e->name.s, e->name.len);

		sp_diag_error(
			ck->diag, res, f_id, -1,
			sp_index_name(wanted, name)
				? "%u is used by the %s \"%s\" (%s); change or "
				  "remove that in a run of its own first"
				: N_("%u is used by the %s \"%s\" (%s)"),
			id, kind, name,
			sp_acct_path(users ? SP_PASSWD : SP_GROUP));
	}
	check_range(r, ck, res, users, f_id,
		    sp_state_bool(&res->want, f_system, false));
}

/* Is this one made anew, so that it gets an id? */
static bool is_new(const struct sp_roster *r, const struct sp_resource *res,
		   bool users)
{
	return res->want.present &&
	       !sp_index_name(users ? &r->host_users : &r->host_groups,
			      res->id);
}

/*
 * Ids are given in the profile's order: one without an id may take what one
 * behind it asks for.  Play it through.
 */
static void check_taken(const struct sp_roster *r, const struct sp_check *ck,
			const struct sp_resource *first, size_t n, bool users,
			int f_id, int f_system)
{
	const struct sp_acct *file = users ? &r->users : &r->groups;
	const struct sp_defs *d = &r->defs;
	sp_auto_acct sim = { .file = file->file };

	sp_buf_addn(&sim.text, sp_buf_cstr(&file->text), file->text.len);
	for (size_t i = 0; i < n; i++) {
		const struct sp_resource *res = &first[i];
		bool sys = sp_state_bool(&res->want, f_system, false);
		sp_auto_free char *line = NULL;
		const struct sp_entry *e;
		uint32_t id, min, max;

		if (!is_new(r, res, users))
			continue;
		min = users ? sys ? d->sys_uid_min : d->uid_min
		      : sys ? d->sys_gid_min
			    : d->gid_min;
		max = users ? sys ? d->sys_uid_max : d->uid_max
		      : sys ? d->sys_gid_max
			    : d->gid_max;
		if (sp_state_has(&res->want, f_id)) {
			id = (uint32_t)sp_state_int(&res->want, f_id, 0);
		} else if (!sp_acct_free_id(&sim, min, max, sys, &id)) {
			sp_diag_error(ck->diag, res, -1, -1,
				      "no free %s from %u to %u is left",
				      users ? "uid" : "gid", min, max);
			return;
		} else {
			e = sp_index_id(users ? &r->users_wanted
					      : &r->groups_wanted,
					id);
			if (e && e->res > res && is_new(r, e->res, users))
				sp_diag_error(ck->diag, e->res, f_id, -1,
					      "%u goes to \"%s\", which comes "
					      "first and names none; give it "
					      "one, or put it behind this one",
					      id, res->id);
		}
		line = sp_asprintf("%s:x:%u:%u:", res->id, id, id);
		sp_acct_add(&sim, line);
	}
}

void sp_roster_check_ids(const struct sp_roster *r, const struct sp_check *ck,
			 const struct sp_resource *first, size_t n, bool users,
			 int f_id, int f_system)
{
	bool silent = false, behind = false;

	for (size_t i = 0; i < n; i++) {
		if (!first[i].want.present)
			continue;
		if (sp_state_has(&first[i].want, f_id)) {
			check_one(r, ck, &first[i], users, f_id, f_system);
			behind |= silent;
		} else {
			silent |= is_new(r, &first[i], users);
		}
	}
	if (r->host && behind)
		check_taken(r, ck, first, n, users, f_id, f_system);
}
