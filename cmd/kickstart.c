/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kickstart.c - a profile in the words of Anaconda.
 *
 * What a field of the profile has no word for is listed in comments: sprout
 * does it in %post, or at the first boot.
 * Source: Kickstart commands in Fedora and Enterprise Linux 8 to 10; quoting
 * is that of Python's shlex.split(comments=True), by which lines are read.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "core/mem.h"
#include "kickstart.h"

#define FIELDS_MAX 64

/* One resource while it is put into words. */
struct words {
	const struct sp_resource *res;
	struct sp_buf *out;
	bool told[FIELDS_MAX]; /* fields that have been said */
};

/* --- words ------------------------------------------------------------------ */

static void add_word(struct sp_buf *out, const char *s)
{
	static const char safe[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789_-./:@%+=,$";

	if (*s && !s[strspn(s, safe)]) {
		sp_buf_add(out, s);
		return;
	}
	sp_buf_addc(out, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			sp_buf_add(out, "'\\''");
		else
			sp_buf_addc(out, *s);
	}
	sp_buf_addc(out, '\'');
}

static void add_option(struct sp_buf *out, const char *option, const char *s)
{
	sp_buf_addf(out, " --%s=", option);
	add_word(out, s);
}

/* The field's value, or NULL; it counts as said from here on. */
static const struct sp_value *get(struct words *w, const char *field)
{
	int f = sp_field_find(w->res->kind->fields, field);
	const struct sp_value *v = f < 0 ? NULL
					 : sp_state_get(&w->res->want, f);

	if (f >= 0 && f < FIELDS_MAX)
		w->told[f] = true;
	return v && v->type != SP_V_NONE ? v : NULL;
}

static const char *text(struct words *w, const char *field)
{
	const struct sp_value *v = get(w, field);

	return v ? v->s : NULL;
}

static const struct sp_strv *list(struct words *w, const char *field)
{
	static const struct sp_strv none;
	const struct sp_value *v = get(w, field);

	return v ? &v->list : &none;
}

static bool flag(struct words *w, const char *field, bool dflt)
{
	const struct sp_value *v = get(w, field);

	return v ? v->b : dflt;
}

/* " --OPTION=VALUE" if the profile says it; true if so. */
static bool say(struct words *w, const char *field, const char *option)
{
	const char *s = text(w, field);

	if (s)
		add_option(w->out, option, s);
	return s;
}

static void say_int(struct words *w, const char *field, const char *option)
{
	const struct sp_value *v = get(w, field);

	if (v)
		sp_buf_addf(w->out, " --%s=%lld", option, (long long)v->i);
}

static void say_list(struct words *w, const char *field, const char *option)
{
	const struct sp_strv *l = list(w, field);
	sp_auto_free char *all = sp_strv_join(l, ",");

	if (l->n)
		add_option(w->out, option, all);
}

/* It is given, and remains to be done. */
static void keep(struct words *w, const char *field)
{
	int f = sp_field_find(w->res->kind->fields, field);

	if (f >= 0 && f < FIELDS_MAX)
		w->told[f] = false;
}

static const char *name_of(const struct sp_resource *res)
{
	return res->id;
}

/* "# left to sprout: user "web": groups_exact" for what was not said. */
static void add_rest(struct words *w, bool all)
{
	const struct sp_resource *res = w->res;
	const char *sep = ": ";
	sp_auto_buf rest = { 0 };

	for (int f = 0; res->kind->fields[f].name && f < FIELDS_MAX; f++) {
		const struct sp_field *field = &res->kind->fields[f];

		if (!sp_state_has(&res->want, f) || (!all && w->told[f]))
			continue;
		/* Ways of sprout's own are not the host's. */
		if (!all && (field->flags & SP_F_DIRECTIVE))
			continue;
		sp_buf_addf(&rest, "%s%s", sep, field->name);
		sep = ", ";
	}
	if (!all && !rest.len)
		return;
	sp_buf_add(w->out, "# left to sprout: ");
	if (res->kind->shape == SP_SHAPE_LIST)
		sp_buf_addf(w->out, "%s \"%s\"%s\n", res->kind->name,
			    name_of(res),
			    !res->want.present ? " (absent)" :
			    all		       ? "" :
						 sp_buf_cstr(&rest));
	else
		sp_buf_addf(w->out, "%s%s\n", res->kind->name,
			    all ? "" : sp_buf_cstr(&rest));
}

/* --- network ---------------------------------------------------------------- */

/* "192.0.2.10/24" as address and mask. */
static void say_address(struct words *w, const char *cidr)
{
	sp_auto_free char *address = sp_xstrdup(cidr);
	char *slash = strchr(address, '/'), mask[INET_ADDRSTRLEN];
	struct in_addr bits = { 0 };
	int64_t prefix = 32;

	if (slash) {
		*slash = '\0';
		(void)sp_parse_int(slash + 1, 0, 32, &prefix);
	}
	if (prefix)
		bits.s_addr = htonl(~(uint32_t)0 << (32 - prefix));
	add_option(w->out, "ip", address);
	add_option(w->out, "netmask",
		   inet_ntop(AF_INET, &bits, mask, sizeof(mask)));
}

static void say_ipv4(struct words *w)
{
	const char *method = text(w, "ipv4.method");
	const struct sp_strv *addresses = list(w, "ipv4.addresses");

	if (sp_streq(method, "disabled")) {
		sp_buf_add(w->out, " --noipv4");
		return;
	}
	if (sp_streq(method, "link-local")) {
		sp_buf_add(w->out, " --noipv4");
		keep(w, "ipv4.method");
		return;
	}
	if (sp_streq(method, "static") && addresses->n) {
		sp_buf_add(w->out, " --bootproto=static");
		say_address(w, addresses->v[0]);
		(void)say(w, "ipv4.gateway", "gateway");
		if (addresses->n > 1)
			keep(w, "ipv4.addresses");
	} else {
		sp_buf_add(w->out, " --bootproto=dhcp");
		if (addresses->n)
			keep(w, "ipv4.addresses");
	}
	if (flag(w, "ipv4.never_default", false))
		sp_buf_add(w->out, " --nodefroute");
}

static void say_ipv6(struct words *w)
{
	const char *method = text(w, "ipv6.method");
	const struct sp_strv *addresses = list(w, "ipv6.addresses");

	if (sp_streq(method, "disabled")) {
		sp_buf_add(w->out, " --noipv6");
	} else if (sp_streq(method, "static") && addresses->n) {
		add_option(w->out, "ipv6", addresses->v[0]);
		(void)say(w, "ipv6.gateway", "ipv6gateway");
		if (addresses->n > 1)
			keep(w, "ipv6.addresses");
	} else if (sp_streq(method, "dhcp")) {
		sp_buf_add(w->out, " --ipv6=dhcp");
	} else if (!method || sp_streq(method, "auto")) {
		sp_buf_add(w->out, " --ipv6=auto");
		if (addresses->n)
			keep(w, "ipv6.addresses");
	} else {
		keep(w, "ipv6.method");
	}
}

/* "mode=active-backup,miimon=100". */
static void say_bond(struct words *w)
{
	const struct sp_strv *options = list(w, "bond.options");
	const char *mode = text(w, "bond.mode");
	sp_auto_strv all = { 0 };
	sp_auto_free char *joined = NULL;

	say_list(w, "ports", "bondslaves");
	if (mode)
		sp_strv_addf(&all, "mode=%s", mode);
	for (size_t i = 0; i < options->n; i++)
		sp_strv_add(&all, options->v[i]);
	joined = sp_strv_join(&all, ",");
	/* With a comma in a value, semicolons stand between them. */
	for (size_t i = 0; i < options->n; i++) {
		if (!strchr(options->v[i], ','))
			continue;
		free(joined);
		joined = sp_strv_join(&all, ";");
		break;
	}
	if (all.n)
		add_option(w->out, "bondopts", joined);
}

static void add_connection(struct words *w)
{
	const char *type = text(w, "type"), *device = text(w, "device");
	const char *mac = text(w, "mac");
	const struct sp_strv *dns = list(w, "ipv4.dns");
	const struct sp_strv *dns6 = list(w, "ipv6.dns");
	sp_auto_strv servers = { 0 };
	sp_auto_free char *all = NULL;

	if (!device && !sp_streq(type, "ethernet"))
		device = name_of(w->res);
	if (sp_streq(type, "nat") || text(w, "controller") ||
	    (!device && !mac)) {
		add_rest(w, true);
		return;
	}
	sp_buf_add(w->out, "network");
	if (sp_streq(type, "vlan")) {
		(void)say(w, "vlan.parent", "device");
		say_int(w, "vlan.id", "vlanid");
		add_option(w->out, "interfacename", device);
	} else {
		add_option(w->out, "device", device ? device : mac);
		if (device && mac)
			keep(w, "mac");
	}
	if (sp_streq(type, "bond"))
		say_bond(w);
	if (sp_streq(type, "bridge")) {
		const struct sp_value *stp = get(w, "bridge.stp");

		say_list(w, "ports", "bridgeslaves");
		if (stp)
			add_option(w->out, "bridgeopts",
				   stp->b ? "stp=yes" : "stp=no");
	}
	say_ipv4(w);
	say_ipv6(w);
	for (size_t i = 0; i < dns->n; i++)
		sp_strv_add(&servers, dns->v[i]);
	for (size_t i = 0; i < dns6->n; i++)
		sp_strv_add(&servers, dns6->v[i]);
	all = sp_strv_join(&servers, ",");
	if (servers.n)
		add_option(w->out, "nameserver", all);
	say_int(w, "mtu", "mtu");
	sp_buf_addf(w->out, " --onboot=%s\n",
		    flag(w, "autoconnect", true) ? "yes" : "no");
	add_rest(w, false);
}

static void add_hostname(struct words *w)
{
	sp_buf_add(w->out, "network");
	(void)say(w, "hostname", "hostname");
	sp_buf_addc(w->out, '\n');
}

/* --- packages and repositories ------------------------------------------------- */

static void add_repo(struct words *w)
{
	const struct sp_strv *urls = list(w, "baseurl");

	if (!flag(w, "enabled", true) ||
	    (!urls->n && !text(w, "mirrorlist") && !text(w, "metalink"))) {
		add_rest(w, true);
		return;
	}
	sp_buf_add(w->out, "repo");
	add_option(w->out, "name", name_of(w->res));
	/* One of the three is said; of several URLs the first. */
	if (urls->n) {
		add_option(w->out, "baseurl", urls->v[0]);
		if (urls->n > 1)
			keep(w, "baseurl");
	} else if (!say(w, "metalink", "metalink")) {
		(void)say(w, "mirrorlist", "mirrorlist");
	}
	say_int(w, "cost", "cost");
	say_list(w, "exclude", "excludepkgs");
	say_list(w, "includepkgs", "includepkgs");
	(void)say(w, "proxy", "proxy");
	(void)say(w, "sslcacert", "sslcacert");
	(void)say(w, "sslclientcert", "sslclientcert");
	(void)say(w, "sslclientkey", "sslclientkey");
	if (!flag(w, "sslverify", true))
		sp_buf_add(w->out, " --noverifyssl");
	sp_buf_addc(w->out, '\n');
	add_rest(w, false);
}

/* A line of a package section is a name, "-name" or "@group", as it is. */
static void add_packages(struct words *w, struct sp_buf *section)
{
	const struct sp_strv *in = list(w, "install");
	const struct sp_strv *out = list(w, "remove");

	for (size_t i = 0; i < in->n; i++)
		sp_buf_addf(section, "%s\n", in->v[i]);
	for (size_t i = 0; i < out->n; i++)
		sp_buf_addf(section, "-%s\n", out->v[i]);
	add_rest(w, false);
}

/* --- accounts ----------------------------------------------------------------- */

static void add_group(struct words *w)
{
	if (flag(w, "system", false)) {
		add_rest(w, true);
		return;
	}
	sp_buf_add(w->out, "group");
	add_option(w->out, "name", name_of(w->res));
	say_int(w, "gid", "gid");
	sp_buf_addc(w->out, '\n');
	add_rest(w, false);
}

static void say_password(struct words *w, bool root)
{
	const char *hash = text(w, "password_hash");

	if (!hash)
		return;
	if (*hash == '!' || *hash == '*') {
		sp_buf_add(w->out, root ? "rootpw --lock\n" : " --lock");
		if (hash[1])
			keep(w, "password_hash");
		return;
	}
	if (root) {
		sp_buf_add(w->out, "rootpw --iscrypted ");
		add_word(w->out, hash);
		sp_buf_addc(w->out, '\n');
	} else {
		sp_buf_add(w->out, " --iscrypted");
		add_option(w->out, "password", hash);
	}
}

static void add_user(struct words *w)
{
	const bool root = sp_streq(name_of(w->res), "root");
	const struct sp_strv *keys;

	if (flag(w, "system", false)) {
		add_rest(w, true);
		return;
	}
	if (root) {
		say_password(w, true);
	} else {
		sp_buf_add(w->out, "user");
		add_option(w->out, "name", name_of(w->res));
		say_int(w, "uid", "uid");
		say_list(w, "groups", "groups");
		(void)say(w, "gecos", "gecos");
		(void)say(w, "home", "homedir");
		(void)say(w, "shell", "shell");
		say_password(w, false);
		sp_buf_addc(w->out, '\n');
	}
	keys = list(w, "ssh_keys");
	for (size_t i = 0; i < keys->n; i++) {
		sp_buf_add(w->out, "sshkey");
		add_option(w->out, "username", name_of(w->res));
		sp_buf_addc(w->out, ' ');
		add_word(w->out, keys->v[i]);
		sp_buf_addc(w->out, '\n');
	}
	add_rest(w, false);
}

/* --- the rest ------------------------------------------------------------------- */

static void add_time(struct words *w)
{
	const char *zone = text(w, "zone"), *rtc = text(w, "rtc");

	if (!zone) {
		add_rest(w, true);
		return;
	}
	sp_buf_add(w->out, "timezone ");
	add_word(w->out, zone);
	if (rtc && !sp_streq(rtc, "local"))
		sp_buf_add(w->out, " --utc");
	sp_buf_addc(w->out, '\n');
	add_rest(w, false);
}

static void add_ntp(struct words *w)
{
	static const char *const fields[][2] = { { "servers", "ntp-server" },
						 { "pools", "ntp-pool" } };

	for (size_t f = 0; f < SP_COUNT(fields); f++) {
		const struct sp_strv *l = list(w, fields[f][0]);

		for (size_t i = 0; i < l->n; i++) {
			sp_buf_add(w->out, "timesource");
			add_option(w->out, fields[f][1], l->v[i]);
			sp_buf_addc(w->out, '\n');
		}
	}
	add_rest(w, false);
}

static void add_selinux(struct words *w)
{
	const char *mode = text(w, "mode");

	if (mode)
		sp_buf_addf(w->out, "selinux --%s\n", mode);
	add_rest(w, false);
}

/* The firewall as a whole and its default zone are one line. */
static void add_firewall(const struct sp_profile *p, struct sp_buf *out)
{
	const struct sp_kind *kind = sp_kind_find("firewall");
	const struct sp_kind *zones = sp_kind_find("zone");
	const struct sp_resource *fw =
		kind ? sp_profile_find(p, kind, kind->name) : NULL;
	struct words w = { .res = fw, .out = out };
	const char *state = fw ? text(&w, "state") : NULL;
	const char *name = fw ? text(&w, "default_zone") : NULL;
	const struct sp_resource *zone;

	zone = zones ? sp_profile_find(p, zones, name ? name : "public") : NULL;
	if (fw && name && !sp_streq(name, "public"))
		keep(&w, "default_zone");
	if (sp_streq(state, "disabled"))
		sp_buf_add(out, "firewall --disabled\n");
	else if (state || (zone && zone->want.present))
		sp_buf_add(out, "firewall --enabled");
	if (fw && !zone && state && !sp_streq(state, "disabled"))
		sp_buf_addc(out, '\n');
	if (zone && zone->want.present && !sp_streq(state, "disabled")) {
		struct words z = { .res = zone, .out = out };
		const struct sp_strv *ports = list(&z, "ports");
		sp_auto_strv colons = { 0 };
		sp_auto_free char *all = NULL;

		say_list(&z, "services", "service");
		for (size_t i = 0; i < ports->n; i++) {
			char *slash;

			sp_strv_add(&colons, ports->v[i]);
			slash = strchr(colons.v[i], '/');
			if (slash)
				*slash = ':';
		}
		all = sp_strv_join(&colons, ",");
		if (colons.n)
			add_option(out, "port", all);
		sp_buf_addc(out, '\n');
		/* Lists are exact in sprout: what else is open, it closes. */
		add_rest(&z, false);
	}
	if (fw)
		add_rest(&w, false);
	for (size_t i = 0; i < p->n; i++) {
		struct words z = { .res = &p->res[i], .out = out };

		if (zones && p->res[i].kind == zones && &p->res[i] != zone)
			add_rest(&z, true);
	}
}

/* Services to be on or off are one line. */
static void add_services(const struct sp_profile *p, struct sp_buf *out)
{
	const struct sp_kind *kind = sp_kind_find("unit");
	sp_auto_strv on = { 0 }, off = { 0 };
	sp_auto_buf rest = { 0 };

	for (size_t i = 0; kind && i < p->n; i++) {
		const struct sp_resource *res = &p->res[i];
		struct words w = { .res = res, .out = &rest };
		const struct sp_value *enabled;

		if (res->kind != kind)
			continue;
		enabled = get(&w, "enabled");
		if (!res->want.present || !enabled ||
		    !sp_ends(res->id, ".service")) {
			add_rest(&w, true);
			continue;
		}
		sp_strv_add_take(enabled->b ? &on : &off,
				 sp_xstrndup(res->id, strlen(res->id) -
							      strlen(".service")));
		add_rest(&w, false);
	}
	if (on.n || off.n) {
		sp_auto_free char *e = sp_strv_join(&on, ",");
		sp_auto_free char *d = sp_strv_join(&off, ",");

		sp_buf_add(out, "services");
		if (off.n)
			add_option(out, "disabled", d);
		if (on.n)
			add_option(out, "enabled", e);
		sp_buf_addc(out, '\n');
	}
	sp_buf_addn(out, sp_buf_cstr(&rest), rest.len);
}

static const struct {
	const char *kind;
	void (*add)(struct words *w);
} words_of[] = {
	{ "hostname", add_hostname }, { "connection", add_connection },
	{ "repo", add_repo },	      { "group", add_group },
	{ "user", add_user },	      { "selinux", add_selinux },
	{ "time", add_time },	      { "ntp", add_ntp },
};

void cmd_kickstart_print(const struct sp_profile *p, struct sp_buf *out)
{
	static const char *const apart[] = { "firewall", "zone", "unit" };
	sp_auto_buf packages = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		struct words w = { .res = &p->res[i], .out = out };
		const char *kind = p->res[i].kind->name;
		bool done = false;

		for (size_t k = 0; k < SP_COUNT(apart); k++)
			done |= sp_streq(kind, apart[k]);
		if (sp_streq(kind, "package")) {
			add_packages(&w, &packages);
			done = true;
		}
		for (size_t k = 0; !done && w.res->want.present &&
				   k < SP_COUNT(words_of);
		     k++) {
			if (!sp_streq(kind, words_of[k].kind))
				continue;
			words_of[k].add(&w);
			done = true;
		}
		if (!done)
			add_rest(&w, true);
	}
	add_firewall(p, out);
	add_services(p, out);
	sp_buf_add(out, "\n%packages\nsprout\n");
	sp_buf_addn(out, sp_buf_cstr(&packages), packages.len);
	sp_buf_add(out, "%end\n");
}

/* --- the hook --------------------------------------------------------------------- */

static void add_base64(struct sp_buf *out, const char *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t column = 0;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = 0;

		for (size_t k = 0; k < 3; k++)
			v = v << 8 |
			    (i + k < len ? (unsigned char)data[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			sp_buf_addc(out, i + k > len ? '=' :
						       digits[v >> (18 - 6 * k) & 63]);
		column += 4;
		if (column >= 76 || i + 3 >= len) {
			sp_buf_addc(out, '\n');
			column = 0;
		}
	}
}

void cmd_kickstart_hook(const struct sp_source *profile, struct sp_buf *out)
{
	/* No line of it can be taken for one of Kickstart's. */
	sp_buf_add(out, "\n%post --erroronfail --log=/var/log/sprout-post.log\n"
			"mkdir -p " CMD_PROFILE_DIR "\n"
			"umask 077\n"
			"base64 -d >" CMD_PROFILE " <<'END-OF-PROFILE'\n");
	add_base64(out, profile->text, profile->len);
	sp_buf_add(out, "END-OF-PROFILE\n"
			"sprout kickstart --post\n"
			"%end\n");
}
