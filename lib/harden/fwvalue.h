/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fwvalue.h - the values that firewalld's files are made of: check one, and
 * bring it into the one spelling that is compared and written.
 *
 * The sp_fw_* functions with the form of sp_field.canon return 0 and an owned
 * text, or -errno with a message that says what is expected.
 * Source: firewalld.zone(5), firewall-cmd(1), firewalld's own checks.
 */
#ifndef SPROUT_FWVALUE_H
#define SPROUT_FWVALUE_H

#include <stdbool.h>

#include "core/err.h"

#define SP_FW_ZONE_MAX	17	/* bytes of a zone's name, firewalld.zone(5) */
#define SP_FW_IFACE_MAX 15	/* bytes of an interface's name, IFNAMSIZ - 1 */
#define SP_FW_IPSET_MAX 31	/* bytes of an ipset's name, ipset(8) */

/* A zone's name: letters, digits, "_" and "-", at most SP_FW_ZONE_MAX. */
int sp_fw_zone_name(const char *name, struct sp_err *err);
int sp_fw_zone(const char *text, char **ret, struct sp_err *err);

/* The name of a service, ICMP type or the like: the name of its XML file. */
int sp_fw_name(const char *text, char **ret, struct sp_err *err);
int sp_fw_ipset(const char *text, char **ret, struct sp_err *err);

/* "22" or "5900-5999": numbers from 1 to 65535. */
int sp_fw_ports(const char *text, char **ret, struct sp_err *err);
/* "22/tcp", "5900-5999/udp"; also sctp and dccp. */
int sp_fw_port(const char *text, char **ret, struct sp_err *err);
/* The two numbers of a canonical "22/tcp" or "5900-5999/tcp". */
void sp_fw_port_range(const char *port, int *ret_first, int *ret_last);
/* One of the four protocols that have ports. */
bool sp_fw_has_ports(const char *protocol);

/* A protocol by name or number, /etc/protocols not looked at. */
int sp_fw_protocol(const char *text, char **ret, struct sp_err *err);

/* What sp_fw_address() lets pass. */
enum { SP_FW_IPV4 = 1, SP_FW_IPV6 = 2, SP_FW_MASK = 4 };
/*
 * An address of one of the given families; with SP_FW_MASK also a network,
 * its mask a prefix length (IPv4: or dotted, rewritten as a length).
 */
int sp_fw_address(const char *text, unsigned what, char **ret,
		  struct sp_err *err);
/* aa:bb:cc:dd:ee:ff, in capitals. */
int sp_fw_mac(const char *text, char **ret, struct sp_err *err);
/* A zone's source: address, network, MAC address, or "ipset:NAME". */
int sp_fw_source(const char *text, char **ret, struct sp_err *err);
/* An interface's name; a "+" at its end stands for any text. */
int sp_fw_interface(const char *text, char **ret, struct sp_err *err);

/* The parts of "port=80:proto=tcp:toport=8080:toaddr=10.0.0.1". */
struct sp_fw_forward {
	char *port, *proto;	/* owned */
	char *toport, *toaddr;	/* owned; NULL when left out, not both */
};

int sp_fw_forward_parse(const char *text, struct sp_fw_forward *ret,
			struct sp_err *err);
void sp_fw_forward_clear(struct sp_fw_forward *f);
#define sp_auto_forward \
	__attribute__((cleanup(sp_fw_forward_clear))) struct sp_fw_forward
/* The text of such parts, unchecked; NULL and "" are left out. */
char *sp_fw_forward_text(const char *port, const char *proto,
			 const char *toport, const char *toaddr);
int sp_fw_forward(const char *text, char **ret, struct sp_err *err);

#endif
