/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * addr.h - addresses, subnets, ranges and routes as text and as bytes.
 *
 * The one spelling is inet_ntop's, with a prefix length where there is a
 * subnet.  The sp_canon_* functions fit struct sp_field.
 * Source: inet(3), RFC 5952, ip-route(8).
 */
#ifndef SPROUT_ADDR_H
#define SPROUT_ADDR_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct sp_addr {
	int family;	 /* AF_INET or AF_INET6 */
	unsigned prefix; /* bits; all of them for a single address */
	uint8_t b[16];	 /* network order; AF_INET uses 4, the rest is 0 */
};

#define SP_ADDR_TEXT 64 /* room for any address with its prefix */

/* A single address of @family (AF_UNSPEC: any); false for anything else. */
bool sp_addr_parse(const char *s, int family, struct sp_addr *ret);
/* "ADDRESS/PREFIX"; for AF_INET also "ADDRESS/NETMASK". */
int sp_addr_parse_net(const char *s, int family, struct sp_addr *ret,
		      struct sp_err *err);
/* @with_prefix: "/24" behind it.  Returns @buf. */
const char *sp_addr_format(const struct sp_addr *a, bool with_prefix,
			   char buf[SP_ADDR_TEXT]);
/* 32 or 128. */
unsigned sp_addr_bits(int family);
/* Order of the addresses alone, by family first, as memcmp. */
int sp_addr_cmp(const struct sp_addr *a, const struct sp_addr *b);
/* The first and the last address of @a's subnet. */
struct sp_addr sp_addr_first(const struct sp_addr *a);
struct sp_addr sp_addr_last(const struct sp_addr *a);
/* Is @a inside the subnet of @net (same family)? */
bool sp_addr_inside(const struct sp_addr *net, const struct sp_addr *a);
/* fe80::/10 or 169.254.0.0/16. */
bool sp_addr_link_local(const struct sp_addr *a);
/* 127.0.0.0/8 or ::1. */
bool sp_addr_loopback(const struct sp_addr *a);
/*
 * Why no host can have this address: "a multicast address", ...; NULL when
 * one can.  Looks at the prefix too: the subnet's first and last address.
 */
const char *sp_addr_unusable(const struct sp_addr *a);

/* "FIRST-LAST" of AF_INET; first must not be above last. */
int sp_range_parse(const char *s, struct sp_addr *ret_first,
		   struct sp_addr *ret_last, struct sp_err *err);

/*
 * "DEST/PREFIX [via ADDRESS] [metric N] [table N] [src ADDRESS] [mtu N]
 * [onlink]", written in this order; "default" reads as a destination.
 */
struct sp_route {
	struct sp_addr dest;
	struct sp_addr via, src;    /* family AF_UNSPEC: none */
	int64_t metric, table, mtu; /* -1: none */
	bool onlink;
};

int sp_route_parse(const char *s, int family, struct sp_route *ret,
		   struct sp_err *err);
/* Owned by the caller. */
char *sp_route_format(const struct sp_route *r);

int sp_canon_ip4(const char *text, char **ret, struct sp_err *err);
int sp_canon_ip6(const char *text, char **ret, struct sp_err *err);
int sp_canon_net4(const char *text, char **ret, struct sp_err *err);
int sp_canon_net6(const char *text, char **ret, struct sp_err *err);
int sp_canon_route4(const char *text, char **ret, struct sp_err *err);
int sp_canon_route6(const char *text, char **ret, struct sp_err *err);
int sp_canon_range4(const char *text, char **ret, struct sp_err *err);
/* An interface's name: at most 15 bytes. */
int sp_canon_ifname(const char *text, char **ret, struct sp_err *err);
/* A unicast MAC address, as "52:54:00:AB:CD:EF". */
int sp_canon_mac(const char *text, char **ret, struct sp_err *err);
/* A domain to search in, "~" in front for one that only routes queries. */
int sp_canon_domain(const char *text, char **ret, struct sp_err *err);

#endif
