/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* systemctl.c - the running service manager, by its own program. */
#include "systemctl.h"

#include <errno.h>
#include <string.h>

#define SYSTEMCTL "/usr/bin/systemctl"
#define WORDS_MAX 400 /* bytes of output in an error message */

/* Is its ActiveState one of @states (NULL-ended)? */
static int is_one_of(struct sp_host *h, const char *unit,
		     const char *const *states, bool *ret, struct sp_err *err)
{
	const char *const argv[] = {
		SYSTEMCTL, "show", "--property=ActiveState",
		"--value", unit,   NULL
	};
	sp_auto_output out = { 0 };
	struct sp_stat st;
	int r = sp_host_stat(h, "/run/systemd/system", &st, err);

	if (r <= 0)
		return r;
	r = sp_host_ask(h, argv, &out, err);
	if (r < 0)
		return r;
	if (out.status)
		return sp_fail(err, EIO, "%s show %s: %.*s", SYSTEMCTL, unit,
			       (int)strcspn(sp_buf_cstr(&out.text), "\n"),
			       sp_buf_cstr(&out.text));
	*ret = false;
	for (; *states; states++)
		*ret |= sp_streq(sp_buf_cstr(&out.text), *states);
	return 1;
}

int sp_systemctl_active(struct sp_host *h, const char *unit, bool *ret,
			struct sp_err *err)
{
	static const char *const up[] = { "active\n", "activating\n",
					  "reloading\n", NULL };

	return is_one_of(h, unit, up, ret, err);
}

int sp_systemctl_meant(struct sp_host *h, const char *unit, bool *ret,
		       struct sp_err *err)
{
	static const char *const meant[] = { "active\n", "activating\n",
					     "reloading\n", "failed\n", NULL };

	return is_one_of(h, unit, meant, ret, err);
}

int sp_activate_run(struct sp_host *h, const char *const argv[],
		    struct sp_err *err)
{
	sp_auto_output out = { 0 };
	const char *words;
	size_t len;
	int r = sp_host_run(h, argv, &out, err);

	if (r < 0 || out.status == 0)
		return r;
	words = sp_buf_cstr(&out.text);
	len = strlen(words);
	while (len && words[len - 1] == '\n')
		len--;
	if (len > WORDS_MAX) {
		words += len - WORDS_MAX;
		len = WORDS_MAX;
	}
	return sp_fail(err, EIO, "%s%s%s: exit status %d: %.*s", argv[0],
		       argv[1] ? " " : "", argv[1] ? argv[1] : "", out.status,
		       (int)len, words);
}

int sp_systemctl(struct sp_host *h, const char *verb, const char *unit,
		 struct sp_err *err)
{
	const char *const argv[] = { SYSTEMCTL, verb, unit, NULL };

	return sp_activate_run(h, argv, err);
}
