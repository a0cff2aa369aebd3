/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake_kinds.h - a table of kinds that do nothing, one of each shape, for
 * tests of what reads tables.  Include it once.
 */
#ifndef SPROUT_FAKE_KINDS_H
#define SPROUT_FAKE_KINDS_H

#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/profile.h"

/* "/..." in lower case. */
static int fake_path(const char *text, char **ret, struct sp_err *err)
{
	char *s;

	if (*text != '/')
		return sp_fail(err, EINVAL,
			       "expected an absolute path, got \"%s\"", text);
	*ret = sp_xstrdup(text);
	for (s = *ret; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
	return 0;
}

static int fake_name(const char *name, struct sp_err *err)
{
	if (strchr(name, '/'))
		return sp_fail(err, EINVAL, "\"%s\" holds a \"/\"", name);
	return 0;
}

/* A user whose home is the uid of nobody, and a warning for group root. */
static void fake_check(const struct sp_check *ck)
{
	const struct sp_resource *res = ck->res;
	const struct sp_strv *groups = sp_state_list(&res->want, 3);
	size_t i;

	if (!sp_state_has(&res->want, 0))
		sp_diag_error(ck->diag, res, 0, -1, "needs a number");
	for (i = 0; i < groups->n; i++)
		if (sp_streq(groups->v[i], "root"))
			sp_diag_warn(ck->diag, res, 3, (int)i,
				     "\"root\" has all rights");
	if (sp_streq(sp_state_str(&res->want, 1), "$"))
		sp_diag_error(ck->diag, res, 1, -1, "is too short");
}

static const char *const fake_modes[] = { "static", "auto", "disabled", NULL };

static const struct sp_field fake_user_fields[] = {
	{ .name = "uid", .type = SP_T_INT, .min = 0, .max = 60000,
	  .doc = "Number of the user" },
	{ .name = "password_hash", .type = SP_T_STR, .flags = SP_F_SECRET,
	  .canon = fake_path, .doc = "Hash of the password" },
	{ .name = "home", .type = SP_T_STR, .canon = fake_path,
	  .dflt = "/home/NAME", .doc = "Home directory" },
	{ .name = "groups", .type = SP_T_SET, .doc = "Groups" },
	{ .name = "system", .type = SP_T_BOOL, .flags = SP_F_DIRECTIVE,
	  .dflt = "false", .doc = "Make a system user" },
	{ .name = "tokens", .type = SP_T_LIST, .flags = SP_F_SECRET,
	  .doc = "Secrets" },
	{ .name = "lines", .type = SP_T_LIST, .doc = "Lines" },
	{ 0 }
};

static const struct sp_field fake_net_fields[] = {
	{ .name = "type", .type = SP_T_ENUM, .flags = SP_F_REQUIRED,
	  .choices = fake_modes, .doc = "Type" },
	{ .name = "mtu", .type = SP_T_INT, .min = 68, .max = 65536,
	  .unit = "bytes", .dflt = "1500", .doc = "Largest packet" },
	{ .name = "ipv4.method", .type = SP_T_ENUM, .choices = fake_modes,
	  .doc = "Way" },
	{ .name = "ipv4.addresses", .type = SP_T_LIST, .doc = "Addresses" },
	{ .name = "ipv4.gateway", .type = SP_T_STR, .doc = "Gateway" },
	{ 0 }
};

static const struct sp_field fake_wall_fields[] = {
	{ .name = "state", .type = SP_T_BOOL, .doc = "On or off" },
	{ .name = "booleans", .type = SP_T_MAP, .doc = "Booleans" },
	{ 0 }
};

static const char *const fake_levels[] = { "0", "some", "true", NULL };

static const struct sp_field fake_zone_fields[] = {
	{ .name = "ports", .type = SP_T_SET, .flags = SP_F_REQUIRED,
	  .doc = "Ports" },
	{ .name = "level", .type = SP_T_ENUM, .choices = fake_levels,
	  .doc = "Level" },
	{ 0 }
};

static const struct sp_field fake_host_fields[] = {
	{ .name = "value", .type = SP_T_STR, .flags = SP_F_REQUIRED,
	  .doc = "Name of the host" },
	{ 0 }
};

static const struct sp_kind fake_host = {
	.name = "hostname", .section = "hostname", .shape = SP_SHAPE_SCALAR,
	.summary = "name of the host", .fields = fake_host_fields,
};

static const struct sp_kind fake_net = {
	.name = "connection", .section = "network", .shape = SP_SHAPE_LIST,
	.summary = "network connections", .fields = fake_net_fields,
};

static const struct sp_kind fake_user = {
	.name = "user", .section = "users", .shape = SP_SHAPE_LIST,
	.summary = "accounts", .fields = fake_user_fields,
	.undo_limits = "a removed home",
	.check_name = fake_name, .check = fake_check,
};

static const struct sp_kind fake_wall = {
	.name = "firewall", .section = "firewall", .shape = SP_SHAPE_MAP,
	.summary = "firewall as a whole", .fields = fake_wall_fields,
};

static const struct sp_kind fake_zone = {
	.name = "zone", .section = "firewall.zones", .shape = SP_SHAPE_LIST,
	.summary = "zones", .fields = fake_zone_fields,
	.flags = SP_KIND_NOREMOVE,
};

static const struct sp_kind fake_deep = {
	.name = "deep", .section = "over.under.deep", .shape = SP_SHAPE_MAP,
	.summary = "a section below two maps", .fields = fake_wall_fields,
};

const struct sp_kind *const sp_kinds[] = {
	&fake_host, &fake_net, &fake_user, &fake_wall, &fake_zone, &fake_deep,
	NULL
};

#endif
