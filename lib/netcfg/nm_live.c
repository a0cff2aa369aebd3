/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nm_live.c - the running NetworkManager, through libnm. */
#include "nm_live.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "core/addr.h"
#include "core/mem.h"
#include "core/word.h"
#include "nm_api.h"

#define L(name) (sp_nm_api()->f_##name)

#define ANSWER_MS 60000 /* NetworkManager has this long to answer a call */

struct sp_nml {
	NMClient *client;
	GMainContext *context;
};

static int fail_take(struct sp_err *err, int code, const char *what, GError *e)
{
	(void)sp_fail(err, code, "%s: %s", what,
		      e ? e->message : _("refused by NetworkManager"));
	if (e)
		L(g_error_free)(e);
	return -code;
}

int sp_nml_open(struct sp_nml **ret, struct sp_err *err)
{
	struct sp_nml *l;
	GDBusConnection *bus;
	NMClient *client;
	GError *e = NULL;
	int r = sp_nm_load(err);

	if (r < 0)
		return r;
	bus = L(g_bus_get_sync)(G_BUS_TYPE_SYSTEM, NULL, &e);
	if (!bus)
		return fail_take(err, EIO, _("system bus"), e);
	/* GLib would end the process when the bus goes. */
	L(g_dbus_connection_set_exit_on_close)(bus, FALSE);
	client = L(nm_client_new)(NULL, &e);
	L(g_object_unref)(bus); /* the client has its own reference */
	if (!client)
		return fail_take(err, EIO, "NetworkManager", e);
	if (!L(nm_client_get_nm_running)(client)) {
		L(g_object_unref)(client);
		return 0;
	}
	l = sp_xcalloc(1, sizeof(*l));
	l->client = client;
	l->context = L(nm_client_get_main_context)(client);
	*ret = l;
	return 1;
}

void sp_nml_free(struct sp_nml *l)
{
	if (!l)
		return;
	L(g_object_unref)(l->client);
	while (L(g_main_context_iteration)(l->context, FALSE))
		; /* what was under way is let go */
	free(l);
}

/* --- waiting ------------------------------------------------------------------ */

static gboolean on_time(gpointer arg)
{
	*(bool *)arg = true;
	return FALSE;
}

/* Turn the main loop until @a or the time is up; @b is set by then. */
static void spin(struct sp_nml *l, int ms, const bool *a, bool *b)
{
	GSource *timer = L(g_timeout_source_new)((guint)ms);

	L(g_source_set_callback)(timer, on_time, b, NULL);
	(void)L(g_source_attach)(timer, l->context);
	while (!*b && !(a && *a))
		(void)L(g_main_context_iteration)(l->context, TRUE);
	L(g_source_destroy)(timer);
	L(g_source_unref)(timer);
}

int64_t sp_nml_wait(struct sp_nml *l, int ms)
{
	bool over = false;

	if (ms > 0)
		spin(l, ms, NULL, &over);
	return L(g_get_monotonic_time)() / 1000;
}

/* A call that is under way, and its result. */
struct call {
	bool done;
	GAsyncResult *result;
	GCancellable *cancel;
};

static void on_done(GObject *source, GAsyncResult *result, gpointer arg)
{
	struct call *c = arg;

	(void)source;
	c->result = L(g_object_ref)(result);
	c->done = true;
}

static void call_begin(struct call *c)
{
	*c = (struct call){ .cancel = L(g_cancellable_new)() };
}

/* The result is there when this returns: an answer, or "cancelled". */
static GAsyncResult *call_wait(struct sp_nml *l, struct call *c)
{
	bool over = false;

	spin(l, ANSWER_MS, &c->done, &over);
	if (!c->done)
		L(g_cancellable_cancel)(c->cancel);
	while (!c->done)
		(void)L(g_main_context_iteration)(l->context, TRUE);
	return c->result;
}

static void call_end(struct call *c)
{
	L(g_object_unref)(c->result);
	L(g_object_unref)(c->cancel);
}

/* --- profiles ------------------------------------------------------------------- */

/* @ret_refused is to be freed by g_strfreev(), when it is not NULL. */
static int load(struct sp_nml *l, const struct sp_strv *paths,
		char ***ret_refused, struct sp_err *err)
{
	sp_auto_free char **v = sp_xcalloc(paths->n + 1, sizeof(*v));
	GError *e = NULL;
	struct call c;
	gboolean ok;

	for (size_t i = 0; i < paths->n; i++)
		v[i] = paths->v[i];
	call_begin(&c);
	L(nm_client_load_connections_async)
	(l->client, v, c.cancel, on_done, &c);
	ok = L(nm_client_load_connections_finish)(l->client, ret_refused,
						  call_wait(l, &c), &e);
	call_end(&c);
	return ok ? 0
		  : fail_take(err, EIO, _("NetworkManager, loading profiles"),
			      e);
}

int sp_nml_forget(struct sp_nml *l, const struct sp_strv *paths,
		  struct sp_err *err)
{
	char **refused = NULL; /* all of them, and forgotten still */
	int r = paths->n ? load(l, paths, &refused, err) : 0;

	if (refused)
		L(g_strfreev)(refused);
	return r;
}

int sp_nml_load(struct sp_nml *l, const struct sp_strv *paths,
		struct sp_err *err)
{
	char **refused = NULL;
	int r = paths->n ? load(l, paths, &refused, err) : 0;

	if (refused && refused[0])
		r = sp_fail(err, EINVAL,
			    "NetworkManager does not take %s; "
			    "journalctl -u NetworkManager tells why",
			    refused[0]);
	if (refused)
		L(g_strfreev)(refused);
	return r;
}

static NMRemoteConnection *find_profile(struct sp_nml *l, const char *uuid)
{
	return uuid ? L(nm_client_get_connection_by_uuid)(l->client, uuid)
		    : NULL;
}

void sp_nml_profiles(struct sp_nml *l, struct sp_strv *ret)
{
	const GPtrArray *all = L(nm_client_get_connections)(l->client);

	for (guint i = 0; i < all->len; i++) {
		const char *uuid = L(nm_connection_get_uuid)(all->pdata[i]);

		if (uuid)
			sp_strv_add(ret, uuid);
	}
}

struct sp_nm *sp_nml_profile(struct sp_nml *l, const char *uuid)
{
	NMRemoteConnection *con = find_profile(l, uuid);
	struct sp_nm *c;

	if (!con)
		return NULL;
	c = sp_xcalloc(1, sizeof(*c));
	c->con = L(nm_simple_connection_new_clone)((NMConnection *)con);
	return c;
}

const char *sp_nml_path(struct sp_nml *l, const char *uuid)
{
	NMRemoteConnection *con = find_profile(l, uuid);

	return con ? L(nm_remote_connection_get_filename)(con) : NULL;
}

bool sp_nml_same(const struct sp_nm *a, const struct sp_nm *b)
{
	return L(nm_connection_compare)(
		a->con, b->con,
		NM_SETTING_COMPARE_FLAG_IGNORE_TIMESTAMP |
			NM_SETTING_COMPARE_FLAG_IGNORE_SECRETS);
}

/* --- devices ---------------------------------------------------------------------- */

static NMDevice *find_dev(struct sp_nml *l, const char *name)
{
	NMDevice *d =
		name ? L(nm_client_get_device_by_iface)(l->client, name) : NULL;

	return d && L(nm_device_is_real)(d) ? d : NULL;
}

static bool is_alive(NMActiveConnection *ac)
{
	NMActiveConnectionState s = L(nm_active_connection_get_state)(ac);

	return s == NM_ACTIVE_CONNECTION_STATE_ACTIVATING ||
	       s == NM_ACTIVE_CONNECTION_STATE_ACTIVATED;
}

/* Made for its profile, and gone with it.  (A veth is "software", too.) */
static bool is_made(NMDevice *d)
{
	NMDeviceType type = L(nm_device_get_device_type)(d);

	return type == NM_DEVICE_TYPE_BRIDGE || type == NM_DEVICE_TYPE_BOND ||
	       type == NM_DEVICE_TYPE_VLAN;
}

bool sp_nml_dev(struct sp_nml *l, const char *name, struct sp_nml_dev *ret)
{
	NMDevice *d = find_dev(l, name);
	NMActiveConnection *ac;
	NMDeviceState state;
	guint flags = 0;

	if (!d)
		return false;
	ac = L(nm_device_get_active_connection)(d);
	state = L(nm_device_get_state)(d);
	if (ac && !is_alive(ac))
		ac = NULL;
	if (ac)
		flags = L(nm_active_connection_get_state_flags)(ac);
	*ret = (struct sp_nml_dev){
		.name = L(nm_device_get_iface)(d),
		.uuid = ac ? L(nm_active_connection_get_uuid)(ac) : NULL,
		.phase = SP_NML_DOWN,
		.leaving = state == NM_DEVICE_STATE_DEACTIVATING,
		.managed = state > NM_DEVICE_STATE_UNMANAGED,
		.made = is_made(d),
		.carrier = L(nm_device_get_interface_flags)(d) &
			   NM_DEVICE_INTERFACE_FLAG_CARRIER,
		.external = flags & NM_ACTIVATION_STATE_FLAG_EXTERNAL,
		.layer2 = (flags & NM_ACTIVATION_STATE_FLAG_IS_MASTER) &&
			  (flags & NM_ACTIVATION_STATE_FLAG_LAYER2_READY),
	};
	if (ac)
		ret->phase = state == NM_DEVICE_STATE_ACTIVATED ? SP_NML_UP
								: SP_NML_COMING;
	return true;
}

static bool has_mac(NMDevice *d, const char *mac)
{
	const char *perm = NULL;

	if (!L(nm_device_is_real)(d) || is_made(d))
		return false;
	if (L(nm_device_get_device_type)(d) == NM_DEVICE_TYPE_ETHERNET)
		perm = L(nm_device_ethernet_get_permanent_hw_address)(
			(NMDeviceEthernet *)d);
	if (!perm)
		perm = L(nm_device_get_hw_address)(d);
	return perm && strcasecmp(perm, mac) == 0;
}

const char *sp_nml_dev_by_mac(struct sp_nml *l, const char *mac)
{
	const GPtrArray *all = L(nm_client_get_devices)(l->client);

	for (guint i = 0; mac && i < all->len; i++)
		if (has_mac(all->pdata[i], mac))
			return L(nm_device_get_iface)(all->pdata[i]);
	return NULL;
}

static NMActiveConnection *find_active(struct sp_nml *l, const char *uuid)
{
	const GPtrArray *all = L(nm_client_get_active_connections)(l->client);

	for (guint i = 0; uuid && i < all->len; i++) {
		NMActiveConnection *ac = all->pdata[i];
		const GPtrArray *devs = L(nm_active_connection_get_devices)(ac);

		if (sp_streq(L(nm_active_connection_get_uuid)(ac), uuid) &&
		    is_alive(ac) && devs && devs->len)
			return ac;
	}
	return NULL;
}

const char *sp_nml_dev_of(struct sp_nml *l, const char *uuid)
{
	NMActiveConnection *ac = find_active(l, uuid);

	return ac ? L(nm_device_get_iface)(
			    L(nm_active_connection_get_devices)(ac)->pdata[0])
		  : NULL;
}

void sp_nml_devs(struct sp_nml *l, struct sp_strv *ret)
{
	const GPtrArray *all = L(nm_client_get_devices)(l->client);

	for (guint i = 0; i < all->len; i++)
		if (L(nm_device_is_real)(all->pdata[i]))
			sp_strv_add(ret, L(nm_device_get_iface)(all->pdata[i]));
}

void sp_nml_ports(struct sp_nml *l, const char *name, struct sp_strv *ret)
{
	NMDevice *d = find_dev(l, name);
	const GPtrArray *ports = NULL;

	if (!d)
		return;
	if (L(nm_device_get_device_type)(d) == NM_DEVICE_TYPE_BRIDGE)
		ports = L(nm_device_bridge_get_slaves)((NMDeviceBridge *)d);
	else if (L(nm_device_get_device_type)(d) == NM_DEVICE_TYPE_BOND)
		ports = L(nm_device_bond_get_slaves)((NMDeviceBond *)d);
	for (guint i = 0; ports && i < ports->len; i++)
		sp_strv_add(ret, L(nm_device_get_iface)(ports->pdata[i]));
}

/* An enumeration's word: "ip-config-unavailable". */
static const char *word(GType type, gint value)
{
	GEnumClass *class = L(g_type_class_ref)(type);
	GEnumValue *v = L(g_enum_get_value)(class, value);
	const char *nick = v ? v->value_nick : "unknown";

	L(g_type_class_unref)(class); /* the words are static */
	return nick;
}

char *sp_nml_state(struct sp_nml *l, const char *name)
{
	NMDevice *d = find_dev(l, name);
	NMDeviceStateReason reason;

	if (!d)
		return sp_xstrdup(_("no such device"));
	reason = L(nm_device_get_state_reason)(d);
	return sp_asprintf("%s%s%s%s",
			   word(L(nm_device_state_get_type)(),
				L(nm_device_get_state)(d)),
			   reason ? " (" : "",
			   reason ? word(L(nm_device_state_reason_get_type)(),
					 (gint)reason)
				  : "",
			   reason ? ")" : "");
}

/* --- addresses ------------------------------------------------------------------- */

static void add_route(NMIPRoute *route, int family, struct sp_nml_ip *ret)
{
	const char *hop = L(nm_ip_route_get_next_hop)(route);
	struct sp_route r = { .metric = -1, .table = -1, .mtu = -1 };

	if (!sp_addr_parse(L(nm_ip_route_get_dest)(route), family, &r.dest))
		return;
	r.dest.prefix = L(nm_ip_route_get_prefix)(route);
	r.metric = L(nm_ip_route_get_metric)(route);
	if (hop)
		(void)sp_addr_parse(hop, family, &r.via);
	if (hop && r.dest.prefix == 0)
		sp_strv_add(&ret->gateways, hop);
	sp_strv_add_take(&ret->routes, sp_route_format(&r));
}

static void add_words(struct sp_strv *to, const char *const *v)
{
	for (; v && *v; v++)
		sp_strv_add(to, *v);
}

void sp_nml_ip(struct sp_nml *l, const char *name, int family,
	       struct sp_nml_ip *ret)
{
	NMDevice *d = find_dev(l, name);
	NMIPConfig *ip = NULL;
	const char *gateway;
	GPtrArray *a;

	*ret = (struct sp_nml_ip){ 0 };
	if (d)
		ip = family == AF_INET ? L(nm_device_get_ip4_config)(d)
				       : L(nm_device_get_ip6_config)(d);
	if (!ip)
		return;
	a = L(nm_ip_config_get_addresses)(ip);
	for (guint i = 0; a && i < a->len; i++)
		sp_strv_addf(&ret->addresses, "%s/%u",
			     L(nm_ip_address_get_address)(a->pdata[i]),
			     L(nm_ip_address_get_prefix)(a->pdata[i]));
	a = L(nm_ip_config_get_routes)(ip);
	for (guint i = 0; a && i < a->len; i++)
		add_route(a->pdata[i], family, ret);
	gateway = L(nm_ip_config_get_gateway)(ip);
	if (gateway && !sp_strv_has(&ret->gateways, gateway))
		sp_strv_add(&ret->gateways, gateway);
	add_words(&ret->dns, L(nm_ip_config_get_nameservers)(ip));
	add_words(&ret->search, L(nm_ip_config_get_searches)(ip));
	add_words(&ret->search, L(nm_ip_config_get_domains)(ip));
}

void sp_nml_ip_clear(struct sp_nml_ip *ip)
{
	sp_strv_clear(&ip->addresses);
	sp_strv_clear(&ip->gateways);
	sp_strv_clear(&ip->dns);
	sp_strv_clear(&ip->search);
	sp_strv_clear(&ip->routes);
}

/* --- activation ----------------------------------------------------------------- */

int sp_nml_activate(struct sp_nml *l, const char *uuid, const char *device,
		    struct sp_err *err)
{
	NMRemoteConnection *con = find_profile(l, uuid);
	NMActiveConnection *ac;
	GError *e = NULL;
	struct call c;

	if (!con)
		return sp_fail(err, ENOENT,
			       "NetworkManager has no profile with UUID %s",
			       uuid);
	call_begin(&c);
	L(nm_client_activate_connection_async)
	(l->client, (NMConnection *)con, find_dev(l, device), NULL, c.cancel,
	 on_done, &c);
	ac = L(nm_client_activate_connection_finish)(l->client,
						     call_wait(l, &c), &e);
	call_end(&c);
	if (!ac)
		return fail_take(err, EIO, "NetworkManager", e);
	L(g_object_unref)(ac);
	return 0;
}

/*
 * PRESERVE_EXTERNAL_IP is of no use: 1.42.4 takes IPv6 addresses away with it,
 * and what was removed by hand does not come back.
 */
bool sp_nml_reapply(struct sp_nml *l, const char *device)
{
	NMDevice *d = find_dev(l, device);
	GError *e = NULL;
	struct call c;
	gboolean ok;

	if (!d)
		return false;
	L(g_object_ref)(d);
	call_begin(&c);
	L(nm_device_reapply_async)(d, NULL, 0, 0, c.cancel, on_done, &c);
	ok = L(nm_device_reapply_finish)(d, call_wait(l, &c), &e);
	call_end(&c);
	L(g_object_unref)(d);
	if (e)
		L(g_error_free)(e);
	return ok;
}

int sp_nml_deactivate(struct sp_nml *l, const char *uuid, struct sp_err *err)
{
	NMActiveConnection *ac = find_active(l, uuid);
	GError *e = NULL;
	struct call c;
	gboolean ok;

	if (!ac)
		return 0;
	L(g_object_ref)(ac);
	call_begin(&c);
	L(nm_client_deactivate_connection_async)
	(l->client, ac, c.cancel, on_done, &c);
	ok = L(nm_client_deactivate_connection_finish)(l->client,
						       call_wait(l, &c), &e);
	call_end(&c);
	ok = ok || !is_alive(ac); /* it went meanwhile */
	L(g_object_unref)(ac);
	if (!ok)
		return fail_take(err, EIO, "NetworkManager", e);
	if (e)
		L(g_error_free)(e);
	return 0;
}

int sp_nml_delete(struct sp_nml *l, const char *device, struct sp_err *err)
{
	NMDevice *d = find_dev(l, device);
	GError *e = NULL;
	struct call c;
	gboolean ok;

	if (!d)
		return 0;
	L(g_object_ref)(d);
	call_begin(&c);
	L(nm_device_delete_async)(d, c.cancel, on_done, &c);
	ok = L(nm_device_delete_finish)(d, call_wait(l, &c), &e);
	call_end(&c);
	/* NetworkManager may be about to remove it by itself, and refuse. */
	for (int i = 0; !ok && i < 50 && find_dev(l, device) == d; i++)
		sp_nml_wait(l, 100);
	ok = ok || find_dev(l, device) != d;
	L(g_object_unref)(d);
	if (!ok)
		return fail_take(err, EIO, "NetworkManager", e);
	if (e)
		L(g_error_free)(e);
	return 0;
}

/* --- checkpoints ------------------------------------------------------------------ */

/* NetworkManager counts from 1 again when it starts, so with the time. */
static char *checkpoint_name(NMCheckpoint *cp)
{
	return sp_asprintf("%s %lld", L(nm_object_get_path)((NMObject *)cp),
			   (long long)L(nm_checkpoint_get_created)(cp));
}

/* Its path, owned by the caller; NULL when it is not there. */
static char *find_checkpoint(struct sp_nml *l, const char *name)
{
	const GPtrArray *all = L(nm_client_get_checkpoints)(l->client);

	for (guint i = 0; i < all->len; i++) {
		sp_auto_free char *n = checkpoint_name(all->pdata[i]);

		if (sp_streq(n, name))
			return sp_xstrdup(L(nm_object_get_path)(all->pdata[i]));
	}
	return NULL;
}

static int no_checkpoint(struct sp_err *err)
{
	return sp_fail(err, ENOENT, "NetworkManager has no such checkpoint");
}

int sp_nml_checkpoint(struct sp_nml *l, int seconds, char **ret,
		      struct sp_err *err)
{
	const NMCheckpointCreateFlags flags =
		NM_CHECKPOINT_CREATE_FLAG_DELETE_NEW_CONNECTIONS |
		NM_CHECKPOINT_CREATE_FLAG_DISCONNECT_NEW_DEVICES;
	const GPtrArray *all = L(nm_client_get_checkpoints)(l->client);
	NMCheckpoint *cp;
	GError *e = NULL;
	struct call c;

	if (all->len)
		return sp_fail(
			err, EBUSY,
			"NetworkManager has a checkpoint already: somebody else is "
			"changing the network (cockpit, nmstate, another tool); try "
			"again when that has ended");
	call_begin(&c);
	L(nm_client_checkpoint_create)
	(l->client, NULL, (guint32)seconds, flags, c.cancel, on_done, &c);
	cp = L(nm_client_checkpoint_create_finish)(l->client, call_wait(l, &c),
						   &e);
	call_end(&c);
	if (!cp)
		return fail_take(err, EIO, "NetworkManager, checkpoint", e);
	*ret = checkpoint_name(cp);
	L(g_object_unref)(cp);
	return 0;
}

int sp_nml_checkpoint_adjust(struct sp_nml *l, const char *name, int seconds,
			     struct sp_err *err)
{
	sp_auto_free char *path = find_checkpoint(l, name);
	GError *e = NULL;
	struct call c;
	gboolean ok;

	if (!path)
		return no_checkpoint(err);
	call_begin(&c);
	L(nm_client_checkpoint_adjust_rollback_timeout)
	(l->client, path, (guint32)seconds, c.cancel, on_done, &c);
	ok = L(nm_client_checkpoint_adjust_rollback_timeout_finish)(
		l->client, call_wait(l, &c), &e);
	call_end(&c);
	return ok ? 0 : fail_take(err, EIO, "NetworkManager, checkpoint", e);
}

int sp_nml_checkpoint_destroy(struct sp_nml *l, const char *name,
			      struct sp_err *err)
{
	sp_auto_free char *path = find_checkpoint(l, name);
	GError *e = NULL;
	struct call c;
	gboolean ok;

	if (!path)
		return no_checkpoint(err);
	call_begin(&c);
	L(nm_client_checkpoint_destroy)
	(l->client, path, c.cancel, on_done, &c);
	ok = L(nm_client_checkpoint_destroy_finish)(l->client, call_wait(l, &c),
						    &e);
	call_end(&c);
	return ok ? 0 : fail_take(err, EIO, "NetworkManager, checkpoint", e);
}

int sp_nml_checkpoint_rollback(struct sp_nml *l, const char *name,
			       struct sp_strv *ret_failed, struct sp_err *err)
{
	sp_auto_free char *path = find_checkpoint(l, name);
	GHashTable *results;
	GHashTableIter it;
	GError *e = NULL;
	gpointer k, v;
	struct call c;

	if (!path)
		return no_checkpoint(err);
	call_begin(&c);
	L(nm_client_checkpoint_rollback)
	(l->client, path, c.cancel, on_done, &c);
	results = L(nm_client_checkpoint_rollback_finish)(l->client,
							  call_wait(l, &c), &e);
	call_end(&c);
	if (!results)
		return fail_take(err, EIO, "NetworkManager, rollback", e);
	L(g_hash_table_iter_init)(&it, results);
	while (L(g_hash_table_iter_next)(&it, &k, &v))
		if (GPOINTER_TO_UINT(v) != NM_ROLLBACK_RESULT_OK)
			sp_strv_add(ret_failed, k);
	L(g_hash_table_unref)(results);
	return 0;
}
