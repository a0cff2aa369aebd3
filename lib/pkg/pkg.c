/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pkg.c - find and open the module of packages. */
#include "pkg/pkg.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/word.h"

#if HAVE_RPM

#define NAME "sprout-pkg.so"
#define SYMBOL "sp_pkg_module"

/*
 * Beside the program, when it was not installed: it is at the top of the
 * build, tests are two folders below.
 */
static void *open_beside(void)
{
	static const char *const places[] = { "lib/pkg/" NAME,
					      "../../lib/pkg/" NAME };
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	void *module = NULL;
	char *slash;

	if (n <= 0)
		return NULL;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	for (size_t i = 0; i < SP_COUNT(places) && !module; i++) {
		sp_auto_free char *path = sp_asprintf("%s/%s", self, places[i]);

		if (access(path, F_OK) == 0)
			module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	}
	return module;
}

int sp_pkg_load(const struct sp_pkg_module **ret, struct sp_err *err)
{
	const struct sp_pkg_module *m;
	void *module = open_beside();

	if (!module)
		module = dlopen(PKGLIBDIR "/" NAME, RTLD_NOW | RTLD_LOCAL);
	if (!module)
		return sp_fail(err, ENOTSUP,
			       "packages need " NAME
			       " and its libraries, which cannot be loaded "
			       "(%s)",
			       dlerror());
	m = dlsym(module, SYMBOL);
	if (!m || m->size != sizeof(*m) ||
	    strcmp(m->version, PACKAGE_VERSION) != 0)
		return sp_fail(err, ENOTSUP,
			       NAME " is not the one of sprout %s; install "
				    "both from one build",
			       PACKAGE_VERSION);
	m->speak(sp_word);
	*ret = m;
	return 0;
}

#else

int sp_pkg_load(const struct sp_pkg_module **ret, struct sp_err *err)
{
	(void)ret;
	return sp_fail(err, ENOTSUP,
		       "this sprout was built without librpm and libsolv, it "
		       "knows no packages");
}

#endif
