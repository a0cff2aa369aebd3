/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* label.c - the only user of libselinux. */
#include "label.h"

#include "mem.h"

#ifndef HAVE_SELINUX_SELINUX_H

/* Built without the library's headers: no file gets a label of ours. */
struct sp_labels {
	char unused;
};

struct sp_labels *sp_labels_new(const char *root)
{
	(void)root;
	return sp_xcalloc(1, sizeof(struct sp_labels));
}

void sp_labels_free(struct sp_labels *l)
{
	free(l);
}

int sp_label_lookup(struct sp_labels *l, const char *path, mode_t mode,
		    char **ret, struct sp_err *err)
{
	(void)l;
	(void)path;
	(void)mode;
	(void)err;
	*ret = NULL;
	return 0;
}

#else

#include <dlfcn.h>
#include <errno.h>
#include <selinux/label.h>
#include <selinux/selinux.h>
#include <string.h>

#include "host_overlay.h"
#include "ini.h"

struct sp_labels {
	char *root;
	bool tried;
	void *lib;
	struct selabel_handle *handle; /* NULL: this root labels nothing */
	__typeof__(&selabel_open) open;
	__typeof__(&selabel_close) close;
	__typeof__(&selabel_lookup_raw) lookup;
	__typeof__(&freecon) freecon;
	__typeof__(&selinux_set_callback) set_callback;
};

struct sp_labels *sp_labels_new(const char *root)
{
	struct sp_labels *l = sp_xcalloc(1, sizeof(*l));

	l->root = sp_xstrdup(root);
	return l;
}

void sp_labels_free(struct sp_labels *l)
{
	if (!l)
		return;
	if (l->handle)
		l->close(l->handle);
	if (l->lib)
		(void)dlclose(l->lib);
	free(l->root);
	free(l);
}

/* libselinux would print on standard error otherwise. */
static int quiet(int type, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static int quiet(int type, const char *fmt, ...)
{
	(void)type;
	(void)fmt;
	return 0;
}

static bool load(struct sp_labels *l)
{
	l->lib = dlopen("libselinux.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!l->lib)
		return false;
	l->open = (__typeof__(l->open))dlsym(l->lib, "selabel_open");
	l->close = (__typeof__(l->close))dlsym(l->lib, "selabel_close");
	l->lookup = (__typeof__(l->lookup))dlsym(l->lib, "selabel_lookup_raw");
	l->freecon = (__typeof__(l->freecon))dlsym(l->lib, "freecon");
	l->set_callback = (__typeof__(l->set_callback))dlsym(
		l->lib, "selinux_set_callback");
	if (!l->open || !l->close || !l->lookup || !l->freecon ||
	    !l->set_callback)
		return false;
	l->set_callback(SELINUX_CB_LOG,
			(union selinux_callback){ .func_log = quiet });
	return true;
}

/*
 * The file_contexts of the policy that SELINUXTYPE= names, on disk, with
 * symlinks resolved in the root: 1, or 0 when there is none.
 */
static int contexts_path(const char *root, char **ret, struct sp_err *err)
{
	sp_auto_root *r = NULL;
	sp_auto_host *host = NULL;
	sp_auto_buf config = { 0 };
	sp_auto_free char *type = NULL, *path = NULL, *real = NULL;
	struct sp_stat st;
	int rc = sp_root_open(root, &r, err);

	if (rc < 0)
		return rc;
	host = sp_host_new(r);
	rc = sp_host_read(host, "/etc/selinux/config", &config, err);
	if (rc <= 0)
		return rc;
	type = sp_ini_get(&sp_ini_shell, &config, NULL, "SELINUXTYPE");
	if (!type || !*type || strchr(type, '/'))
		return 0;
	path = sp_asprintf("/etc/selinux/%s/contexts/files/file_contexts",
			   type);
	rc = sp_host_stat_follow(host, path, &st, err);
	if (rc <= 0 || st.type != SP_FT_FILE)
		return rc < 0 ? rc : 0;
	rc = sp_host_canonical(host, path, true, &real, err);
	if (rc < 0)
		return rc;
	*ret = sp_asprintf("%s%s", sp_streq(root, "/") ? "" : root, real);
	return 1;
}

static int open_once(struct sp_labels *l, struct sp_err *err)
{
	sp_auto_free char *path = NULL;
	struct selinux_opt opt = { .type = SELABEL_OPT_PATH };
	int rc;

	if (l->tried)
		return 0;
	l->tried = true;
	rc = contexts_path(l->root, &path, err);
	if (rc <= 0)
		return rc;
	if (!load(l))
		return 0;
	opt.value = path;
	errno = 0;
	l->handle = l->open(SELABEL_CTX_FILE, &opt, 1);
	if (!l->handle)
		return sp_fail_errno(err, errno ? errno : EIO, "%s", path);
	return 0;
}

int sp_label_lookup(struct sp_labels *l, const char *path, mode_t mode,
		    char **ret, struct sp_err *err)
{
	char *con = NULL;
	int rc = open_once(l, err);

	if (rc < 0)
		return rc;
	*ret = NULL;
	if (!l->handle)
		return 0;
	if (l->lookup(l->handle, &con, path, (int)mode) < 0) {
		if (errno == ENOENT)
			return 0; /* the policy says <<none>> */
		return sp_fail_errno(err, errno, "%s: label", path);
	}
	*ret = sp_xstrdup(con);
	l->freecon(con);
	return 0;
}

#endif
