/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * con_redact.c - a keyfile for a snapshot: without secrets, and still a
 * keyfile that libnm reads.
 *
 * Source: nm-settings-keyfile(5); the properties with NM_SETTING_PARAM_SECRET.
 */
#include "connection.h"

#include <string.h>

#include "core/mem.h"
#include "core/secret.h"

/* Bytes in the keyfile that may be a key, or be bundled with one. */
static bool is_blob(const char *key, const char *value)
{
	return sp_starts(value, "data:") && !sp_ends(key, "ca-cert");
}

static bool is_file(const char *value)
{
	return *value == '/' || sp_starts(value, "file:///");
}

static bool is_secret(const char *section, const char *key)
{
	return sp_streq(section, "vpn-secrets") ||
	       sp_secret_name(key, strlen(key));
}

/* "name" or "name[language]", and a value: ours to judge; @line is cut up. */
static bool parse(char *line, char **ret_key, char **ret_value)
{
	char *eq = strchr(line, '='), *end = eq;

	if (!eq)
		return false;
	while (end > line && strchr(" \t", end[-1]))
		end--;
	*end = '\0';
	eq++;
	*ret_key = line + strspn(line, " \t");
	*ret_value = eq + strspn(eq, " \t");
	return true;
}

/*
 * Comments may have been settings, and go.  A key in a file stays by its
 * path; one in the keyfile gets a path, without which the rest would be no
 * good connection.
 */
int sp_con_redact(const char *path, const struct sp_buf *text,
		  struct sp_buf *ret)
{
	sp_auto_free char *section = NULL;
	const char *line;
	size_t pos = 0, len;

	(void)path;
	while (sp_next_line(sp_buf_cstr(text), text->len, &pos, &line, &len)) {
		sp_auto_free char *s = NULL;
		char *key, *value;

		sp_trim(&line, &len);
		s = sp_xstrndup(line, len);
		if (*s == '[') {
			free(section);
			section = sp_xstrndup(s + 1, strcspn(s + 1, "]"));
			sp_buf_addf(ret, "%s\n", s);
		} else if (!*s) {
			sp_buf_addc(ret, '\n');
		} else if (!strchr("#;", *s) && parse(s, &key, &value)) {
			if (is_blob(key, value))
				sp_buf_addf(ret, "%s=/" SP_LEFT_OUT "\n", key);
			else if (!is_secret(section, key) ||
				 (is_file(value) && sp_ends(key, "private-key")))
				sp_buf_addf(ret, "%s=%s\n", key, value);
		}
	}
	return 1;
}
