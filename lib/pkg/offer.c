/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* offer.c - the list of offered packages, kept with a view of a host. */
#include "pkg/offer.h"

#include "core/mem.h"

static const char key;

static void *make(struct sp_host *h, struct sp_err *err)
{
	(void)h;
	(void)err;
	return sp_xcalloc(1, sizeof(struct sp_offers));
}

static void destroy(void *session)
{
	struct sp_offers *o = session;

	for (size_t i = 0; i < o->n; i++) {
		free(o->v[i].path);
		free(o->v[i].from);
		free(o->v[i].nevra);
	}
	free(o->v);
	sp_strv_clear(&o->remove);
	if (o->free_owner)
		o->free_owner(o->owner);
	free(o);
}

struct sp_offers *sp_offers_get(struct sp_host *h, struct sp_err *err)
{
	return sp_host_session(h, &key, make, destroy, err);
}

struct sp_offer *sp_offers_add(struct sp_offers *o)
{
	o->v = sp_grow(o->v, o->n, sizeof(*o->v));
	o->v[o->n] = (struct sp_offer){ 0 };
	return &o->v[o->n++];
}
