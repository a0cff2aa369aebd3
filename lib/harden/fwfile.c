/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fwfile.c - find firewalld's XML files. */
#include "fwfile.h"

#include <string.h>

#include "core/mem.h"
#include "core/str.h"

char *sp_fwfile_etc(const char *dir, const char *name)
{
	return sp_asprintf(SP_FW_ETC "/%s/%s.xml", dir, name);
}

char *sp_fwfile_lib(const char *dir, const char *name)
{
	return sp_asprintf(SP_FW_LIB "/%s/%s.xml", dir, name);
}

int sp_fwfile_find(struct sp_host *h, const char *dir, const char *name,
		   char **ret, struct sp_err *err)
{
	char *(*const where[])(const char *, const char *) = { sp_fwfile_etc,
							       sp_fwfile_lib };

	for (size_t i = 0; i < SP_COUNT(where); i++) {
		sp_auto_free char *path = where[i](dir, name);
		struct sp_stat st;
		int r = sp_host_stat_follow(h, path, &st, err);

		if (r < 0)
			return r;
		if (r == 0 || st.type != SP_FT_FILE)
			continue;
		if (ret)
			*ret = sp_take(&path);
		return 1;
	}
	return 0;
}

int sp_fwfile_list(struct sp_host *h, const char *dir, struct sp_strv *ret,
		   struct sp_err *err)
{
	static const char *const where[] = { SP_FW_ETC, SP_FW_LIB };

	for (size_t i = 0; i < SP_COUNT(where); i++) {
		sp_auto_free char *path = sp_asprintf("%s/%s", where[i], dir);
		sp_auto_strv names = { 0 };
		int r = sp_host_list(h, path, &names, err);

		if (r < 0)
			return r;
		for (size_t k = 0; k < names.n; k++) {
			const char *n = names.v[k];

			if (sp_ends(n, ".xml"))
				sp_strv_add_take(ret, sp_xstrndup(n, strlen(n) - 4));
		}
	}
	sp_strv_sort(ret);
	return 0;
}

static int make_dir(struct sp_host *h, const char *path, struct sp_err *err)
{
	struct sp_stat st;
	int r = sp_host_stat_follow(h, path, &st, err);

	if (r != 0)
		return r < 0 ? r : 0;
	return sp_host_mkdir(h, path, SP_ATTR(0750, 0, 0), err);
}

int sp_fwfile_mkdir(struct sp_host *h, const char *dir, struct sp_err *err)
{
	sp_auto_free char *path = NULL;
	int r = make_dir(h, SP_FW_ETC, err);

	if (r < 0 || !dir)
		return r;
	path = sp_asprintf(SP_FW_ETC "/%s", dir);
	return make_dir(h, path, err);
}

char *sp_fwfile_nearest(struct sp_host *h, const char *dir, const char *name)
{
	sp_auto_strv names = { 0 };
	sp_auto_err no = { 0 };
	const char *near;

	if (sp_fwfile_list(h, dir, &names, &no) < 0)
		return NULL;
	sp_strv_add_take(&names, NULL);
	near = sp_nearest(name, (const char *const *)names.v);
	return sp_strdup0(near);
}

bool sp_fwfile_installed(struct sp_host *h, const char *dir)
{
	sp_auto_free char *path = sp_asprintf(SP_FW_LIB "/%s", dir);
	sp_auto_err no = { 0 };
	struct sp_stat st;

	return sp_host_stat_follow(h, path, &st, &no) == 1 &&
	       st.type == SP_FT_DIR;
}
