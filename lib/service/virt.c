/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt.c - speak to the libvirt that runs; the only user of libvirt. */
#include "virt.h"

#include <dlfcn.h>
#include <errno.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <time.h>

#include "core/mem.h"
#include "core/str.h"

/* Every function that is used, by the prototype in its header. */
/* clang-format off */
#define FUNCTIONS(X) \
	X(virConnectClose) X(virConnectOpen) \
	X(virGetLastErrorMessage) X(virInitialize) X(virSetErrorFunc) \
	X(virNetworkCreate) X(virNetworkDefineXML) X(virNetworkDestroy) \
	X(virNetworkFree) X(virNetworkGetAutostart) X(virNetworkGetXMLDesc) \
	X(virNetworkIsActive) \
	X(virNetworkLookupByName) X(virNetworkUndefine) \
	X(virStoragePoolCreate) X(virStoragePoolDefineXML) \
	X(virStoragePoolDestroy) X(virStoragePoolFree) \
	X(virStoragePoolGetAutostart) X(virStoragePoolGetXMLDesc) \
	X(virStoragePoolIsActive) X(virStoragePoolLookupByName) \
	X(virStoragePoolUndefine)
/* clang-format on */

struct sp_virt {
	void *lib;
	virConnectPtr conn;
#define MEMBER(f) __typeof__(&f) f;
	FUNCTIONS(MEMBER)
#undef MEMBER
};

/* libvirt would print on standard error otherwise. */
static void quiet(void *arg, virErrorPtr error)
{
	(void)arg;
	(void)error;
}

static int load(struct sp_virt *v, struct sp_err *err)
{
	v->lib = dlopen("libvirt.so.0", RTLD_NOW | RTLD_LOCAL);
	if (!v->lib)
		return sp_fail(err, ENOENT,
			       "libvirt.so.0 is not installed: install the "
			       "package libvirt-libs (libvirt0 on Debian)");
#define LOAD(f)                                                \
	v->f = (__typeof__(v->f))(uintptr_t)dlsym(v->lib, #f); \
	if (!v->f)                                             \
		return sp_fail(err, ENOSYS, "libvirt.so.0 has no %s", #f);
	FUNCTIONS(LOAD)
#undef LOAD
	return 0;
}

static int fail(struct sp_virt *v, struct sp_err *err, const char *doing)
{
	return sp_fail(err, EIO, "libvirt: %s: %s", doing,
		       v->virGetLastErrorMessage());
}

int sp_virt_open(const char *uri, struct sp_virt **ret, struct sp_err *err)
{
	sp_auto_virt *v = sp_xcalloc(1, sizeof(*v));
	int r = load(v, err);

	if (r < 0)
		return r;
	(void)v->virInitialize();
	v->virSetErrorFunc(NULL, quiet);
	v->conn = v->virConnectOpen(uri);
	if (!v->conn)
		return fail(v, err, uri);
	*ret = v;
	v = NULL;
	return 0;
}

int sp_virt_await(const char *uri, int seconds, struct sp_err *err)
{
	const struct timespec tick = { .tv_nsec = 200000000 };

	for (int tries = seconds * 5;; tries--) {
		sp_auto_virt *v = NULL;
		int r = sp_virt_open(uri, &v, err);

		if (r >= 0 || r == -ENOENT)
			return r;
		if (tries <= 0)
			return sp_wrap(err, "after %d s", seconds);
		sp_err_clear(err);
		(void)nanosleep(&tick, NULL);
	}
}

void sp_virt_close(struct sp_virt *v)
{
	if (!v)
		return;
	if (v->conn)
		(void)v->virConnectClose(v->conn);
	/* The library stays: it has threads and handlers of its own. */
	free(v);
}

/* --- a network and a pool alike --------------------------------------------- */

static void *look_up(struct sp_virt *v, enum sp_virt_what what,
		     const char *name)
{
	return what == SP_VIRT_NETWORK
		       ? (void *)v->virNetworkLookupByName(v->conn, name)
		       : (void *)v->virStoragePoolLookupByName(v->conn, name);
}

static void *define(struct sp_virt *v, enum sp_virt_what what, const char *xml)
{
	return what == SP_VIRT_NETWORK
		       ? (void *)v->virNetworkDefineXML(v->conn, xml)
		       : (void *)v->virStoragePoolDefineXML(v->conn, xml, 0);
}

static void let_go(struct sp_virt *v, enum sp_virt_what what, void *o)
{
	if (what == SP_VIRT_NETWORK)
		(void)v->virNetworkFree(o);
	else
		(void)v->virStoragePoolFree(o);
}

int sp_virt_define(struct sp_virt *v, enum sp_virt_what what, const char *xml,
		   bool autostart, struct sp_err *err)
{
	void *o = define(v, what, xml);
	int r, on = 0;

	if (!o)
		return fail(v, err, "define");
	r = what == SP_VIRT_NETWORK ? v->virNetworkGetAutostart(o, &on)
				    : v->virStoragePoolGetAutostart(o, &on);
	r = r < 0 ? fail(v, err, "autostart") : (on != 0) != autostart;
	let_go(v, what, o);
	return r;
}

int sp_virt_undefine(struct sp_virt *v, enum sp_virt_what what,
		     const char *name, struct sp_err *err)
{
	sp_auto_free char *xml = NULL;
	void *o = look_up(v, what, name);
	int r;

	if (!o)
		return 0;
	/* Undefine wants to remove the file, which need not be there. */
	xml = what == SP_VIRT_NETWORK
		      ? v->virNetworkGetXMLDesc(o, VIR_NETWORK_XML_INACTIVE)
		      : v->virStoragePoolGetXMLDesc(o,
						    VIR_STORAGE_XML_INACTIVE);
	let_go(v, what, o);
	o = xml ? define(v, what, xml) : NULL;
	if (!o)
		return fail(v, err, name);
	r = what == SP_VIRT_NETWORK ? v->virNetworkUndefine(o)
				    : v->virStoragePoolUndefine(o);
	if (r < 0)
		r = fail(v, err, name);
	let_go(v, what, o);
	return r;
}

int sp_virt_set_active(struct sp_virt *v, enum sp_virt_what what,
		       const char *name, bool active, struct sp_err *err)
{
	void *o = look_up(v, what, name);
	int r;

	if (!o)
		return active ? fail(v, err, name) : 0;
	r = what == SP_VIRT_NETWORK ? v->virNetworkIsActive(o)
				    : v->virStoragePoolIsActive(o);
	if (r == (active ? 1 : 0))
		r = 0;
	else if (what == SP_VIRT_NETWORK)
		r = active ? v->virNetworkCreate(o) : v->virNetworkDestroy(o);
	else
		r = active ? v->virStoragePoolCreate(o, 0)
			   : v->virStoragePoolDestroy(o);
	if (r < 0)
		r = fail(v, err, name);
	let_go(v, what, o);
	return r < 0 ? r : 0;
}

int sp_virt_running(struct sp_virt *v, enum sp_virt_what what, const char *name,
		    char **ret, struct sp_err *err)
{
	void *o = look_up(v, what, name);
	int r = 0;

	if (!o)
		return 0;
	if (what == SP_VIRT_NETWORK && v->virNetworkIsActive(o) > 0)
		*ret = v->virNetworkGetXMLDesc(o, 0);
	else if (what == SP_VIRT_POOL && v->virStoragePoolIsActive(o) > 0)
		*ret = v->virStoragePoolGetXMLDesc(o, 0);
	else
		r = -1;
	if (r == 0)
		r = *ret ? 1 : fail(v, err, name);
	let_go(v, what, o);
	return r == -1 ? 0 : r;
}
