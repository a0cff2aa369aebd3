/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nm.c - NetworkManager connection profiles as keyfiles, through libnm. */
#include "nm_api.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "core/addr.h"
#include "core/mem.h"
#include "core/word.h"

#define MARK "org.sprout.profile"
#define KEYFILE_DIR "/etc/NetworkManager/system-connections"

/* --- the library ------------------------------------------------------------ */

/* Filled once and then only read: function addresses, as a linker's table. */
static struct sp_nm_api lib;

#define L(name) (lib.f_##name)

const struct sp_nm_api *sp_nm_api(void)
{
	return &lib;
}

/* libnm's complaints about odd files would go to standard error otherwise. */
static void quiet(const gchar *domain, GLogLevelFlags level, const gchar *text,
		  gpointer arg)
{
	(void)domain;
	(void)level;
	(void)text;
	(void)arg;
}

int sp_nm_load(struct sp_err *err)
{
	static const char *const names[] = {
#define X(name) #name,
		SP_NM_FUNCTIONS(X)
#undef X
	};
	union {
		struct sp_nm_api f;
		void *p[SP_COUNT(names)]; /* as dlsym(3) gives them */
	} t;
	void *dl;

	_Static_assert(sizeof(t.f) == sizeof(t.p), "pointers of two sizes");
	if (lib.f_nm_simple_connection_new)
		return 0;
	dl = dlopen("libnm.so.0", RTLD_NOW | RTLD_LOCAL);
	if (!dl)
		return sp_fail(err, ENOENT,
			       "network: needs libnm (package "
			       "NetworkManager-libnm or libnm0)");
	for (size_t i = 0; i < SP_COUNT(names); i++) {
		t.p[i] = dlsym(dl, names[i]);
		if (t.p[i])
			continue;
		(void)dlclose(dl);
		return sp_fail(err, ENOSYS,
			       "network: libnm has no %s; 1.30 is the oldest "
			       "that will do",
			       names[i]);
	}
	lib = t.f; /* never unloaded: GLib does not survive that */
	(void)L(g_log_set_default_handler)(quiet, NULL);
	return 0;
}

static void key_file_freep(GKeyFile **kf)
{
	if (*kf)
		L(g_key_file_free)(*kf);
}

static void strfreevp(char ***v)
{
	L(g_strfreev)(*v);
}

static void gfreep(void *p)
{
	L(g_free)(*(gpointer *)p);
}

#define auto_keyfile __attribute__((cleanup(key_file_freep))) GKeyFile
#define auto_gstrv __attribute__((cleanup(strfreevp))) char
#define auto_gfree __attribute__((cleanup(gfreep)))

/* Hand @e over as a failure; NULL is none that libnm explained. */
static int fail_take(struct sp_err *err, int code, GError *e)
{
	(void)sp_fail(err, code, "%s", e ? e->message : _("refused by libnm"));
	if (e)
		L(g_error_free)(e);
	return -code;
}

/* --- settings and properties --------------------------------------------------- */

/* The property's description, or NULL; @ret_class is to be given back. */
static GParamSpec *find_prop(const char *setting, const char *prop,
			     GObjectClass **ret_class)
{
	GType type = L(nm_setting_lookup_type)(setting);

	*ret_class = type ? (GObjectClass *)L(g_type_class_ref)(type) : NULL;
	return *ret_class ? L(g_object_class_find_property)(*ret_class, prop)
			  : NULL;
}

bool sp_nm_has(const char *setting, const char *prop)
{
	sp_auto_err err = { 0 };
	GObjectClass *class;
	bool has;

	if (sp_nm_load(&err) < 0)
		return false;
	has = find_prop(setting, prop, &class) != NULL;
	if (class)
		L(g_type_class_unref)(class);
	return has;
}

static NMSetting *get_setting(const struct sp_nm *c, const char *setting)
{
	return L(nm_connection_get_setting_by_name)(c->con, setting);
}

static NMSetting *need_setting(struct sp_nm *c, const char *setting)
{
	NMSetting *s = get_setting(c, setting);

	if (!s) {
		s = (NMSetting *)L(
			g_object_new)(L(nm_setting_lookup_type)(setting), NULL);
		L(nm_connection_add_setting)(c->con, s); /* owns it */
	}
	return s;
}

static void add_addresses(NMSettingIPConfig *ip, struct sp_strv *out)
{
	guint n = L(nm_setting_ip_config_get_num_addresses)(ip);

	for (guint i = 0; i < n; i++) {
		NMIPAddress *a =
			L(nm_setting_ip_config_get_address)(ip, (int)i);

		sp_strv_addf(out, "%s/%u", L(nm_ip_address_get_address)(a),
			     L(nm_ip_address_get_prefix)(a));
	}
}

/*
 * An attribute into @r; false for one that struct sp_route does not have.
 * libnm checks the types of its attributes when it reads them.
 */
static bool get_attribute(struct sp_route *r, const char *name, GVariant *v)
{
	if (sp_streq(name, "table"))
		r->table = L(g_variant_get_uint32)(v);
	else if (sp_streq(name, "mtu"))
		r->mtu = L(g_variant_get_uint32)(v);
	else if (sp_streq(name, "onlink"))
		r->onlink = L(g_variant_get_boolean)(v);
	else
		return sp_streq(name, "src") &&
		       sp_addr_parse(L(g_variant_get_string)(v, NULL),
				     r->dest.family, &r->src);
	return true;
}

static char *route_text(NMIPRoute *route)
{
	struct sp_route r = { .table = -1, .mtu = -1 };
	const char *hop = L(nm_ip_route_get_next_hop)(route);
	auto_gstrv **names = L(nm_ip_route_get_attribute_names)(route);
	sp_auto_strv more = { 0 };
	sp_auto_free char *text = NULL, *tail = NULL;

	(void)sp_addr_parse(L(nm_ip_route_get_dest)(route), AF_UNSPEC, &r.dest);
	r.dest.prefix = L(nm_ip_route_get_prefix)(route);
	r.metric = L(nm_ip_route_get_metric)(route);
	if (hop)
		(void)sp_addr_parse(hop, AF_UNSPEC, &r.via);
	for (size_t i = 0; names && names[i]; i++) {
		GVariant *v = L(nm_ip_route_get_attribute)(route, names[i]);
		auto_gfree char *s = NULL;

		if (get_attribute(&r, names[i], v))
			continue;
		s = L(g_variant_print)(v, FALSE);
		sp_strv_addf(&more, " %s %s", names[i], s);
	}
	text = sp_route_format(&r);
	sp_strv_sort(&more);
	tail = sp_strv_join(&more, "");
	return sp_asprintf("%s%s", text, tail);
}

static void add_routes(NMSettingIPConfig *ip, struct sp_strv *out)
{
	guint n = L(nm_setting_ip_config_get_num_routes)(ip);

	for (guint i = 0; i < n; i++)
		sp_strv_add_take(out,
				 route_text(L(nm_setting_ip_config_get_route)(
					 ip, (int)i)));
}

/* @mode: the mode alone, bare; else all the others, "key=value". */
static void add_bond_options(NMSettingBond *bond, bool mode,
			     struct sp_strv *out)
{
	guint n = L(nm_setting_bond_get_num_options)(bond);
	const char *name, *value;

	for (guint i = 0; i < n; i++) {
		if (!L(nm_setting_bond_get_option)(bond, i, &name, &value) ||
		    sp_streq(name, "mode") != mode)
			continue;
		if (mode)
			sp_strv_add(out, value);
		else
			sp_strv_addf(out, "%s=%s", name, value);
	}
	sp_strv_sort(out);
}

static bool is_ip(const char *setting)
{
	return sp_streq(setting, "ipv4") || sp_streq(setting, "ipv6");
}

/* The lists that are no plain property; false when @prop is none of them. */
static bool get_special(NMSetting *s, const char *setting, const char *prop,
			struct sp_value *ret)
{
	if (is_ip(setting) && sp_streq(prop, "addresses")) {
		add_addresses((NMSettingIPConfig *)s, &ret->list);
	} else if (is_ip(setting) && sp_streq(prop, "routes")) {
		add_routes((NMSettingIPConfig *)s, &ret->list);
	} else if (sp_streq(setting, "bond") && sp_streq(prop, "options")) {
		add_bond_options((NMSettingBond *)s, false, &ret->list);
	} else if (sp_streq(setting, "bond") && sp_streq(prop, "mode")) {
		sp_auto_strv mode = { 0 };

		add_bond_options((NMSettingBond *)s, true, &mode);
		if (mode.n) {
			ret->type = SP_V_STR;
			ret->s = sp_xstrdup(mode.v[0]);
		}
		return true;
	} else {
		return false;
	}
	ret->type = SP_V_LIST;
	return true;
}

static void get_plain(NMSetting *s, const GParamSpec *spec,
		      struct sp_value *ret)
{
	switch (spec->value_type) {
	case G_TYPE_STRING: {
		auto_gfree char *text = NULL;

		L(g_object_get)(s, spec->name, &text, NULL);
		if (text && *text) {
			ret->type = SP_V_STR;
			ret->s = sp_xstrdup(text);
		}
		break;
	}
	case G_TYPE_BOOLEAN: {
		gboolean b;

		L(g_object_get)(s, spec->name, &b, NULL);
		ret->type = SP_V_BOOL;
		ret->b = b;
		break;
	}
	case G_TYPE_UINT: {
		guint u;

		L(g_object_get)(s, spec->name, &u, NULL);
		ret->type = SP_V_INT;
		ret->i = u;
		break;
	}
	default: { /* a list of strings: no other type is asked for */
		auto_gstrv **v = NULL;

		L(g_object_get)(s, spec->name, &v, NULL);
		ret->type = SP_V_LIST;
		for (size_t i = 0; v && v[i]; i++)
			sp_strv_add(&ret->list, v[i]);
	}
	}
}

void sp_nm_get(const struct sp_nm *c, const char *setting, const char *prop,
	       struct sp_value *ret)
{
	NMSetting *s = get_setting(c, setting);
	GObjectClass *class;
	GParamSpec *spec;

	*ret = (struct sp_value){ 0 };
	if (!s || get_special(s, setting, prop, ret))
		return;
	spec = find_prop(setting, prop, &class);
	if (spec)
		get_plain(s, spec, ret);
	L(g_type_class_unref)(class);
}

char *sp_nm_get_str(const struct sp_nm *c, const char *setting,
		    const char *prop)
{
	struct sp_value v;
	char *s;

	sp_nm_get(c, setting, prop, &v);
	s = v.type == SP_V_STR ? sp_take(&v.s) : NULL;
	sp_value_clear(&v);
	return s;
}

static int set_addresses(NMSettingIPConfig *ip, int family,
			 const struct sp_strv *l, struct sp_err *err)
{
	L(nm_setting_ip_config_clear_addresses)(ip);
	for (size_t i = 0; i < l->n; i++) {
		char buf[SP_ADDR_TEXT];
		GError *e = NULL;
		struct sp_addr a;
		NMIPAddress *ia;
		int r = sp_addr_parse_net(l->v[i], family, &a, err);

		if (r < 0)
			return r;
		ia = L(nm_ip_address_new)(
			family, sp_addr_format(&a, false, buf), a.prefix, &e);
		if (!ia)
			return fail_take(err, EINVAL, e);
		(void)L(nm_setting_ip_config_add_address)(ip, ia);
		L(nm_ip_address_unref)(ia);
	}
	return 0;
}

static void set_attributes(NMIPRoute *route, const struct sp_route *r)
{
	char buf[SP_ADDR_TEXT];

	if (r->table >= 0)
		L(nm_ip_route_set_attribute)
	(route, "table", L(g_variant_new_uint32)((guint32)r->table));
	if (r->mtu >= 0)
		L(nm_ip_route_set_attribute)
	(route, "mtu", L(g_variant_new_uint32)((guint32)r->mtu));
	if (r->src.family)
		L(nm_ip_route_set_attribute)
	(route, "src",
	 L(g_variant_new_string)(sp_addr_format(&r->src, false, buf)));
	if (r->onlink)
		L(nm_ip_route_set_attribute)
	(route, "onlink", L(g_variant_new_boolean)(TRUE));
}

static int set_routes(NMSettingIPConfig *ip, int family,
		      const struct sp_strv *l, struct sp_err *err)
{
	L(nm_setting_ip_config_clear_routes)(ip);
	for (size_t i = 0; i < l->n; i++) {
		char dest[SP_ADDR_TEXT], via[SP_ADDR_TEXT];
		GError *e = NULL;
		struct sp_route r;
		NMIPRoute *route;
		int rc = sp_route_parse(l->v[i], family, &r, err);

		if (rc < 0)
			return rc;
		route = L(nm_ip_route_new)(
			family, sp_addr_format(&r.dest, false, dest),
			r.dest.prefix,
			r.via.family ? sp_addr_format(&r.via, false, via)
				     : NULL,
			r.metric, &e);
		if (!route)
			return fail_take(err, EINVAL, e);
		set_attributes(route, &r);
		(void)L(nm_setting_ip_config_add_route)(ip, route);
		L(nm_ip_route_unref)(route);
	}
	return 0;
}

static int add_bond_option(NMSettingBond *bond, const char *name,
			   const char *value, struct sp_err *err)
{
	if (L(nm_setting_bond_add_option)(bond, name, value))
		return 0;
	return sp_fail(err, EINVAL, "bond.%s: libnm refuses \"%s\"", name,
		       value);
}

/* All options but the mode become @l. */
static int set_bond_options(NMSettingBond *bond, const struct sp_strv *l,
			    struct sp_err *err)
{
	sp_auto_strv old = { 0 };
	int r = 0;

	add_bond_options(bond, false, &old);
	for (size_t i = 0; i < old.n; i++) {
		old.v[i][strcspn(old.v[i], "=")] = '\0';
		(void)L(nm_setting_bond_remove_option)(bond, old.v[i]);
	}
	for (size_t i = 0; i < l->n && r >= 0; i++) {
		const char *eq = strchrnul(l->v[i], '=');
		sp_auto_free char *name =
			sp_xstrndup(l->v[i], (size_t)(eq - l->v[i]));

		r = add_bond_option(bond, name, *eq ? eq + 1 : "", err);
	}
	return r;
}

static int set_bond_mode(NMSettingBond *bond, const char *mode,
			 struct sp_err *err)
{
	(void)L(nm_setting_bond_remove_option)(bond, "mode");
	return mode ? add_bond_option(bond, "mode", mode, err) : 0;
}

/* 1 when @prop is one of the special ones. */
static int set_special(NMSetting *s, const char *setting, const char *prop,
		       const struct sp_value *v, struct sp_err *err)
{
	int family = sp_streq(setting, "ipv4") ? AF_INET : AF_INET6;
	int r;

	if (is_ip(setting) && sp_streq(prop, "addresses"))
		r = set_addresses((NMSettingIPConfig *)s, family, &v->list,
				  err);
	else if (is_ip(setting) && sp_streq(prop, "routes"))
		r = set_routes((NMSettingIPConfig *)s, family, &v->list, err);
	else if (sp_streq(setting, "bond") && sp_streq(prop, "options"))
		r = set_bond_options((NMSettingBond *)s, &v->list, err);
	else if (sp_streq(setting, "bond") && sp_streq(prop, "mode"))
		r = set_bond_mode((NMSettingBond *)s, v->s, err);
	else
		return 0;
	return r < 0 ? r : 1;
}

static void set_plain(NMSetting *s, GParamSpec *spec, const struct sp_value *v)
{
	switch (v->type) {
	case SP_V_NONE:
		L(g_object_set_property)
		((GObject *)s, spec->name,
		 L(g_param_spec_get_default_value)(spec));
		break;
	case SP_V_BOOL:
		L(g_object_set)(s, spec->name, (gboolean)v->b, NULL);
		break;
	case SP_V_INT:
		L(g_object_set)(s, spec->name, (guint)v->i, NULL);
		break;
	case SP_V_STR:
		L(g_object_set)(s, spec->name, v->s, NULL);
		break;
	case SP_V_LIST: {
		const char **l = sp_xcalloc(v->list.n + 1, sizeof(*l));

		for (size_t i = 0; i < v->list.n; i++)
			l[i] = v->list.v[i];
		L(g_object_set)(s, spec->name, l, NULL);
		free(l);
	}
	}
}

int sp_nm_set(struct sp_nm *c, const char *setting, const char *prop,
	      const struct sp_value *v, struct sp_err *err)
{
	GObjectClass *class;
	GParamSpec *spec;
	NMSetting *s;
	int r = 0;

	if (v->type == SP_V_NONE && !get_setting(c, setting))
		return 0;
	s = need_setting(c, setting);
	r = set_special(s, setting, prop, v, err);
	if (r)
		return r < 0 ? r : 0;
	spec = find_prop(setting, prop, &class);
	if (spec)
		set_plain(s, spec, v);
	else
		r = sp_fail(err, ENOTSUP, "%s.%s: not known to this libnm",
			    setting, prop);
	L(g_type_class_unref)(class);
	return r;
}

int sp_nm_set_str(struct sp_nm *c, const char *setting, const char *prop,
		  const char *s, struct sp_err *err)
{
	struct sp_value v = { .type = s ? SP_V_STR : SP_V_NONE };
	int r;

	v.s = sp_strdup0(s);
	r = sp_nm_set(c, setting, prop, &v, err);
	sp_value_clear(&v);
	return r;
}

void sp_nm_drop(struct sp_nm *c, const char *setting)
{
	if (get_setting(c, setting))
		L(nm_connection_remove_setting)
	(c->con, L(nm_setting_lookup_type)(setting));
}

bool sp_nm_marked(const struct sp_nm *c)
{
	NMSetting *s = get_setting(c, "user");

	return s && L(nm_setting_user_get_data)((NMSettingUser *)s, MARK);
}

int sp_nm_mark(struct sp_nm *c, struct sp_err *err)
{
	NMSettingUser *s = (NMSettingUser *)need_setting(c, "user");
	GError *e = NULL;

	if (!L(nm_setting_user_set_data)(s, MARK, "1", &e))
		return fail_take(err, EINVAL, e);
	return 0;
}

/* --- new, read, write ------------------------------------------------------------ */

/*
 * UUID version 5 of @id in sprout's namespace.
 * Source: RFC 9562, section 5.5; the namespace is a random UUID.
 */
static char *uuid_of(const char *id)
{
	static const guchar namespace[16] = {
		0x1f, 0xfa, 0xac, 0x3e, 0x92, 0xd5, 0x43, 0x3a,
		0xba, 0x0f, 0x98, 0xd8, 0xab, 0xe7, 0x8d, 0x82,
	};
	GChecksum *sum = L(g_checksum_new)(G_CHECKSUM_SHA1);
	struct sp_buf b = { 0 };
	guint8 d[20];
	gsize n = sizeof(d);

	L(g_checksum_update)(sum, namespace, sizeof(namespace));
	L(g_checksum_update)(sum, (const guchar *)id, (gssize)strlen(id));
	L(g_checksum_get_digest)(sum, d, &n);
	L(g_checksum_free)(sum);
	d[6] = (guint8)((d[6] & 0x0f) | 0x50);
	d[8] = (guint8)((d[8] & 0x3f) | 0x80);
	for (int i = 0; i < 16; i++)
		sp_buf_addf(&b, "%s%02x",
			    i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			    d[i]);
	return sp_buf_take(&b);
}

int sp_nm_new(const char *id, const char *type, struct sp_nm **ret,
	      struct sp_err *err)
{
	sp_auto_nm *c = NULL;
	sp_auto_free char *uuid = NULL;
	int r = sp_nm_load(err);

	if (r < 0)
		return r;
	uuid = uuid_of(id);
	c = sp_xcalloc(1, sizeof(*c));
	c->con = L(nm_simple_connection_new)();
	L(g_object_set)
	(need_setting(c, "connection"), "id", id, "uuid", uuid, "type", type,
	 NULL);
	(void)need_setting(c, type);
	*ret = sp_take(&c);
	return 0;
}

void sp_nm_free(struct sp_nm *c)
{
	if (!c)
		return;
	if (c->con)
		L(g_object_unref)(c->con);
	free(c);
}

/* What libnm has to say about a text, kept in a struct sp_err. */
static gboolean on_read(GKeyFile *kf, NMConnection *con,
			NMKeyfileHandlerType type, NMKeyfileHandlerData *data,
			void *arg)
{
	const char *group = NULL, *key = NULL, *prop = NULL, *text = NULL;
	NMSetting *setting = NULL;
	NMKeyfileWarnSeverity severity;
	struct sp_err *first = arg;

	(void)kf;
	(void)con;
	if (type != NM_KEYFILE_HANDLER_TYPE_WARN)
		return FALSE;
	L(nm_keyfile_handler_data_warn_get)(data, &text, &severity);
	if (severity < NM_KEYFILE_WARN_SEVERITY_WARN || first->code)
		return TRUE;
	L(nm_keyfile_handler_data_get_context)
	(data, &group, &key, &setting, &prop);
	(void)sp_fail(first, EBADMSG, "[%s] %s: %s", group ? group : "?",
		      key ? key : "?", text);
	return TRUE;
}

/* "address1", "route2_options", ...: numbered keys of [ipv4] and [ipv6]. */
static bool is_numbered(const char *group, const char *key)
{
	static const char *const stems[] = {
		"addresses", "address", "routes", "route", "routing-rule",
	};

	for (size_t i = 0; is_ip(group) && i < SP_COUNT(stems); i++) {
		const char *p = key + strlen(stems[i]);

		if (!sp_starts(key, stems[i]))
			continue;
		p += strspn(p, "0123456789");
		if (*p == '\0' || sp_streq(p, "_options"))
			return true;
	}
	return false;
}

/*
 * A key in the file that libnm has not understood: neither a property (which
 * may have its default and so not be written again) nor written again.
 */
static bool is_lost(struct sp_nm *c, const char *group, const char *key,
		    GKeyFile **out)
{
	const char *setting = sp_streq(group, "ethernet") ? "802-3-ethernet"
			      : sp_streq(group, "wifi")	  ? "802-11-wireless"
			      : sp_streq(group, "wifi-security")
				      ? "802-11-wireless-security"
				      : group;

	/* [user] may hold anything, and libnm has checked it */
	if (sp_streq(group, "user") || sp_nm_has(setting, key) ||
	    is_numbered(group, key))
		return false;
	if (!*out)
		*out = L(nm_keyfile_write)(c->con,
					   NM_KEYFILE_HANDLER_FLAGS_NONE, NULL,
					   NULL, NULL);
	return !*out || !L(g_key_file_has_key)(*out, group, key, NULL);
}

static int check_lost(struct sp_nm *c, GKeyFile *in, struct sp_err *err)
{
	auto_keyfile *out = NULL; /* made when it is needed */
	auto_gstrv **groups = L(g_key_file_get_groups)(in, NULL);

	for (size_t g = 0; groups[g]; g++) {
		auto_gstrv **keys =
			L(g_key_file_get_keys)(in, groups[g], NULL, NULL);

		for (size_t k = 0; keys && keys[k]; k++) {
			if (!is_lost(c, groups[g], keys[k], &out))
				continue;
			return sp_fail(
				err, EBADMSG,
				"[%s] %s: this libnm does not know the key and would "
				"lose it; correct or remove it",
				groups[g], keys[k]);
		}
	}
	return 0;
}

/* id and UUID where the file has none, as NetworkManager gives them, too. */
static void name_it(struct sp_nm *c, const char *id)
{
	sp_auto_free char *have_id = sp_nm_get_str(c, "connection", "id");
	sp_auto_free char *have_uuid = sp_nm_get_str(c, "connection", "uuid");
	sp_auto_free char *uuid = uuid_of(id);

	if (!have_id)
		L(g_object_set)(need_setting(c, "connection"), "id", id, NULL);
	if (!have_uuid)
		L(g_object_set)
	(need_setting(c, "connection"), "uuid", uuid, NULL);
}

static int read_keyfile(const char *text, size_t len, const char *id,
			struct sp_nm **ret, struct sp_err *err)
{
	auto_keyfile *in = L(g_key_file_new)();
	sp_auto_nm *c = sp_xcalloc(1, sizeof(*c));
	sp_auto_err first = { 0 };
	GError *e = NULL;
	int r;

	if (!L(g_key_file_load_from_data)(in, text, len, G_KEY_FILE_NONE, &e))
		return fail_take(err, EBADMSG, e);
	c->con = L(nm_keyfile_read)(in, KEYFILE_DIR,
				    NM_KEYFILE_HANDLER_FLAGS_NONE, on_read,
				    &first, &e);
	if (!c->con)
		return fail_take(err, EBADMSG, e);
	if (first.code)
		return sp_fail(err, EBADMSG, "%s", first.msg);
	name_it(c, id);
	r = sp_nm_complete(c, err);
	if (r >= 0)
		r = check_lost(c, in, err);
	if (r < 0)
		return r;
	*ret = sp_take(&c);
	return 0;
}

int sp_nm_read(const char *path, const char *text, size_t len, const char *id,
	       struct sp_nm **ret, struct sp_err *err)
{
	int r = sp_nm_load(err);

	if (r < 0)
		return r;
	r = read_keyfile(text, len, id, ret, err);
	return r < 0 ? sp_wrap(err, "%s", path) : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * Write [connection]'s keys by the names that every NetworkManager reads.
 * 1.46 and later know both names of these, 1.50 and later write the new one.
 * Source: NetworkManager's NEWS.
 */
static void use_old_names(GKeyFile *kf)
{
	static const char *const names[][2] = {
		{ "autoconnect-ports", "autoconnect-slaves" },
		{ "controller", "master" },
		{ "port-type", "slave-type" },
	};
	auto_gstrv **keys = NULL;
	gsize n, renamed = 0, i = 0;

	for (size_t k = 0; k < SP_COUNT(names); k++) {
		auto_gfree char *v = L(g_key_file_get_value)(kf, "connection",
							     names[k][0], NULL);

		if (!v)
			continue;
		L(g_key_file_remove_key)(kf, "connection", names[k][0], NULL);
		L(g_key_file_set_value)(kf, "connection", names[k][1], v);
		renamed++;
	}
	if (!renamed)
		return;
	/* put the rest behind id, uuid, type in order again, as libnm does */
	keys = L(g_key_file_get_keys)(kf, "connection", &n, NULL);
	while (i < n && (sp_streq(keys[i], "id") || sp_streq(keys[i], "uuid") ||
			 sp_streq(keys[i], "type")))
		i++;
	qsort(keys + i, n - i, sizeof(*keys), by_name);
	for (; i < n; i++) {
		auto_gfree char *v = L(g_key_file_get_value)(kf, "connection",
							     keys[i], NULL);

		L(g_key_file_remove_key)(kf, "connection", keys[i], NULL);
		L(g_key_file_set_value)(kf, "connection", keys[i], v);
	}
}

/* The gateway behind the first address, as libnm before 1.46 writes it. */
static void use_old_gateway(GKeyFile *kf, const char *group)
{
	auto_gfree char *gw =
		L(g_key_file_get_value)(kf, group, "gateway", NULL);
	auto_gfree char *a =
		L(g_key_file_get_value)(kf, group, "address1", NULL);
	sp_auto_free char *both = NULL;

	if (!gw || !a || strchr(a, ','))
		return;
	both = sp_asprintf("%s,%s", a, gw);
	L(g_key_file_set_value)(kf, group, "address1", both);
	L(g_key_file_remove_key)(kf, group, "gateway", NULL);
}

/* A secret is a text, a list or a table: set when it is not NULL. */
static void note_secret(NMSetting *setting, const char *key,
			const GValue *value, GParamFlags flags, gpointer arg)
{
	(void)setting;
	(void)key;
	if ((flags & NM_SETTING_PARAM_SECRET) && value->data[0].v_pointer)
		*(bool *)arg = true;
}

int sp_nm_complete(struct sp_nm *c, struct sp_err *err)
{
	GError *e = NULL;

	if (!L(nm_connection_normalize)(c->con, NULL, NULL, &e))
		return fail_take(err, EINVAL, e);
	return 0;
}

int sp_nm_write(struct sp_nm *c, struct sp_buf *ret, bool *ret_secret,
		struct sp_err *err)
{
	auto_keyfile *kf = NULL;
	auto_gfree char *text = NULL;
	GError *e = NULL;
	gsize len;
	int r = sp_nm_complete(c, err);

	if (r < 0)
		return r;
	kf = L(nm_keyfile_write)(c->con, NM_KEYFILE_HANDLER_FLAGS_NONE, NULL,
				 NULL, &e);
	if (!kf)
		return fail_take(err, EINVAL, e);
	use_old_names(kf);
	use_old_gateway(kf, "ipv4");
	use_old_gateway(kf, "ipv6");
	text = L(g_key_file_to_data)(kf, &len, NULL);
	*ret_secret = false;
	L(nm_connection_for_each_setting_value)
	(c->con, note_secret, ret_secret);
	*ret = (struct sp_buf){ 0 };
	sp_buf_addn(ret, text, len);
	return 0;
}
