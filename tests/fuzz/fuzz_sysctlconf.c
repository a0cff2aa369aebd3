/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_sysctlconf.c - any bytes as a file of sysctl.d: the first line is a
 * name, the rest the file.
 *
 * Besides crashes it looks for a name whose compared spelling has another
 * one, for a value that is not read back, and for an edit that is not the
 * same the second time.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/sysctlconf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
const struct sp_kind *const sp_kinds[] = { NULL };

#define CHECK(cond, text)                                             \
	do {                                                          \
		if (!(cond)) {                                        \
			(void)fprintf(stderr, "%s\n---\n%s\n", #cond, \
				      sp_buf_cstr(text));             \
			abort();                                      \
		}                                                     \
	} while (0)

/* Assignments of @key; of the others, how many there are. */
static int count(const struct sp_buf *text, const char *key, int *ret_others)
{
	struct sp_sysctl_line l;
	size_t pos = 0;
	int n = 0;

	*ret_others = 0;
	while (sp_sysctl_next(text->data, text->len, &pos, &l)) {
		sp_auto_free char *k = sp_sysctl_key(l.name, l.name_len);
		bool is = sp_sysctl_is(&l, key);

		CHECK(is == (strcmp(k, key) == 0), text);
		n += is;
		*ret_others += !is;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	sp_auto_buf text = { 0 }, once = { 0 };
	sp_auto_err err = { 0 };
	sp_auto_free char *name = NULL, *key = NULL, *again = NULL;
	sp_auto_free char *line = NULL;
	const uint8_t *nl = len ? memchr(data, '\n', len) : NULL;
	int before, after;

	if (!nl || len > 65536 || memchr(data, 0, len))
		return 0;
	name = sp_xstrndup((const char *)data, (size_t)(nl - data));
	if (sp_sysctl_check_name(name, &err) < 0)
		return 0;
	key = sp_sysctl_key(name, strlen(name));
	again = sp_sysctl_key(key, strlen(key));
	sp_buf_addn(&text, nl + 1, len - (size_t)(nl + 1 - data));
	CHECK(strcmp(key, again) == 0, &text);
	(void)count(&text, key, &before);
	line = sp_asprintf("%s = 1 2\n", key);
	sp_sysctl_set(&text, key, line);
	CHECK(count(&text, key, &after) == 1 && before == after, &text);
	sp_buf_addn(&once, text.data, text.len);
	sp_sysctl_set(&text, key, line);
	CHECK(once.len == text.len, &text);
	sp_sysctl_set(&text, key, NULL);
	CHECK(count(&text, key, &after) == 0 && before == after, &text);
	return 0;
}
