/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_probe.c - what has to stay within reach of this host when a run changes
 * its network or its firewall.
 *
 * Sets nothing and never differs: the engine asks before and after such a run,
 * and takes it back when something that answered before does not any more.
 *
 * Source: ping(8), getaddrinfo(3).
 * Undo does not bring back: there is nothing to bring back.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "core/addr.h"
#include "core/kind.h"
#include "core/mem.h"
#include "core/reach.h"

#define TIMEOUT_S 5

enum { F_PING, F_TCP, F_DNS, F_TIMEOUT };

static int canon_address(const char *text, char **ret, struct sp_err *err)
{
	char buf[SP_ADDR_TEXT];
	struct sp_addr a;

	if (!sp_addr_parse(text, AF_UNSPEC, &a))
		return sp_fail(err, EINVAL,
			       "\"%s\": expected an IPv4 or IPv6 address; a "
			       "name goes to tcp or dns",
			       text);
	*ret = sp_xstrdup(sp_addr_format(&a, false, buf));
	return 0;
}

static int canon_tcp(const char *text, char **ret, struct sp_err *err)
{
	sp_auto_free char *host = NULL, *port = NULL, *name = NULL;
	struct sp_addr a;
	char buf[SP_ADDR_TEXT];
	int r = sp_reach_split(text, &host, &port, err);

	if (r < 0)
		return r;
	if (sp_addr_parse(host, AF_UNSPEC, &a))
		name = sp_xstrdup(sp_addr_format(&a, false, buf));
	else
		r = sp_canon_domain(host, &name, err);
	if (r == 0)
		*ret = sp_asprintf(strchr(name, ':') ? "[%s]:%s" : "%s:%s",
				   name, port);
	return r;
}

static const struct sp_field fields[] = {
	[F_PING] = {
		.name = "ping", .type = SP_T_SET, .canon = canon_address,
		.doc = "Addresses that answer a ping.",
	},
	[F_TCP] = {
		.name = "tcp", .type = SP_T_SET, .canon = canon_tcp,
		.doc = "HOST:PORT or [IPV6]:PORT that take a TCP connection.",
	},
	[F_DNS] = {
		.name = "dns", .type = SP_T_SET, .canon = sp_canon_domain,
		.doc = "Names that the host finds an address for.",
	},
	[F_TIMEOUT] = {
		.name = "timeout", .type = SP_T_INT, .min = 1, .max = 120,
		.unit = "s", .dflt = "5",
		.doc = "How long to try, all of them at the same time.",
	},
	{ 0 }
};

/* There is nothing on the host to look at. */
static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	(void)host;
	(void)id;
	(void)want;
	(void)err;
	ret_have->present = true;
	return 0;
}

static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	(void)host;
	(void)change;
	(void)err;
	return 0;
}

static void check(const struct sp_check *ck)
{
	size_t n = 0;

	for (int f = F_PING; f <= F_DNS; f++)
		n += sp_state_list(&ck->res->want, f)->n;
	if (n == 0)
		sp_diag_warn(ck->diag, ck->res, -1, -1,
			     "asks for nothing; say ping, tcp or dns");
	else if (n > SP_REACH_MAX)
		sp_diag_error(ck->diag, ck->res, -1, -1,
			      "%zu things to reach, the limit is %d", n,
			      SP_REACH_MAX);
}

static int probe(struct sp_host *host, const struct sp_state *want,
		 struct sp_strv *ret_silent, struct sp_err *err)
{
	struct sp_reach r = { 0 };
	int rc;

	(void)host;
	sp_strv_copy(&r.ping, sp_state_list(want, F_PING));
	sp_strv_copy(&r.tcp, sp_state_list(want, F_TCP));
	sp_strv_copy(&r.dns, sp_state_list(want, F_DNS));
	rc = sp_reach_try(&r, (int)sp_state_int(want, F_TIMEOUT, TIMEOUT_S),
			  ret_silent, err);
	sp_reach_clear(&r);
	return rc;
}

static const char *const paths[] = { NULL };

const struct sp_kind sp_kind_probe = {
	.name = "probe",
	.section = "probe",
	.shape = SP_SHAPE_MAP,
	.summary = "what must stay within reach when the network changes",
	.fields = fields,
	.paths = paths,
	.check = check,
	.observe = observe,
	.apply = apply,
	.probe = probe,
};
