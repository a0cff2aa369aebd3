/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * url.c - addresses of repositories, keys and proxies.
 *
 * Source: RFC 3986 (form), RFC 8089 (file), dnf.conf(5) (schemes, variables).
 */
#include "pkg/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/str.h"

#define URL_BYTES 2048

static const char *const url_schemes[] = { "http", "https", "ftp", "file",
					   NULL };
static const char *const proxy_schemes[] = { "http",	"https",  "socks4",
					     "socks4a", "socks5", "socks5h",
					     NULL };

/* The scheme out of @schemes that @text begins with, or NULL. */
static const char *scheme_of(const char *text, const char *const *schemes)
{
	size_t n = strcspn(text, ":");

	for (; *schemes; schemes++)
		if (text[n] == ':' && strlen(*schemes) == n &&
		    strncasecmp(text, *schemes, n) == 0)
			return *schemes;
	return NULL;
}

/* Bytes that may stand in a URL, or in a variable of dnf. */
static int check_bytes(const char *text, struct sp_err *err)
{
	if (strlen(text) > URL_BYTES)
		return sp_fail(err, EINVAL, "%zu bytes, the limit is %d",
			       strlen(text), URL_BYTES);
	for (const char *p = text; *p; p++)
		if (!isgraph((unsigned char)*p) || strchr("\"<>\\^`|", *p))
			return sp_fail(err, EINVAL,
				       "\"%s\": blanks and \"<>\\^`| may not "
				       "stand in a URL; write them as %%XX",
				       text);
	return 0;
}

/* HOST or HOST:PORT, with @len bytes. */
static int check_host(const char *text, const char *host, size_t len,
		      struct sp_err *err)
{
	size_t name = len;
	bool literal = len && *host == '[';
	const char *colon;

	if (literal) {
		const char *end = memchr(host, ']', len);
		sp_auto_free char *addr = NULL;
		struct in6_addr bytes;

		name = end ? (size_t)(end - host) + 1 : len;
		addr = sp_xstrndup(host + 1, name > 2 ? name - 2 : 0);
		if (!end || inet_pton(AF_INET6, addr, &bytes) != 1)
			return sp_fail(err, EINVAL,
				       "\"%s\": expected an IPv6 address "
				       "between \"[\" and \"]\"",
				       text);
	} else if ((colon = memchr(host, ':', len))) {
		name = (size_t)(colon - host);
	}
	if (!name)
		return sp_fail(err, EINVAL, "\"%s\" has no host name", text);
	for (size_t i = 0; i < name; i++)
		if (!isalnum((unsigned char)host[i]) &&
		    !strchr(literal ? "[]:." : "-._${}", host[i]))
			return sp_fail(
				err, EINVAL,
				"\"%s\": \"%c\" may not stand in a host name",
				text, host[i]);
	if (name < len) {
		sp_auto_free char *port =
			sp_xstrndup(host + name + 1, len - name - 1);
		int64_t v;

		if (host[name] != ':' || !sp_parse_int(port, 1, 65535, &v))
			return sp_fail(
				err, EINVAL,
				"\"%s\": a port is a number from 1 to 65535",
				text);
	}
	return 0;
}

bool sp_url_has_user(const char *text)
{
	const char *p = strstr(text, "://");

	return p && p[3 + strcspn(p + 3, "@/?#")] == '@';
}

/* Everything but a file's path and what stands behind a host. */
static int check_url(const char *text, const char *const *schemes,
		     const char **ret_scheme, struct sp_err *err)
{
	const char *scheme = scheme_of(text, schemes), *rest;
	sp_auto_buf names = { 0 };
	int r;

	if (sp_url_has_user(text))
		return sp_fail(err, EINVAL,
			       "a user name or password may not stand in a "
			       "URL, where everybody can read it; there are "
			       "the fields username and password");
	r = check_bytes(text, err);
	if (r < 0)
		return r;
	if (!scheme) {
		for (; *schemes; schemes++)
			sp_buf_addf(&names, "%s%s://", names.len ? ", " : "",
				    *schemes);
		return sp_fail(err, EINVAL, "\"%s\": expected one of %s", text,
			       sp_buf_cstr(&names));
	}
	*ret_scheme = scheme;
	if (strcmp(scheme, "file") == 0)
		return 0;
	rest = text + strlen(scheme) + 1;
	if (!sp_starts(rest, "//"))
		return sp_fail(err, EINVAL, "\"%s\": expected \"%s://HOST\"",
			       text, scheme);
	return check_host(text, rest + 2, strcspn(rest + 2, "/?#"), err);
}

int sp_url_canon(const char *text, char **ret, struct sp_err *err)
{
	const char *scheme = NULL, *rest;
	int r = check_url(text, url_schemes, &scheme, err);

	if (r < 0)
		return r;
	rest = text + strlen(scheme) + 1;
	if (strcmp(scheme, "file") != 0) {
		*ret = sp_asprintf("%s:%s", scheme, rest);
		return 0;
	}
	if (sp_starts(rest, "//localhost/"))
		rest += strlen("//localhost");
	else if (sp_starts(rest, "///"))
		rest += 2;
	if (*rest != '/' || rest[1] == '/')
		return sp_fail(err, EINVAL, "\"%s\": expected \"file:///PATH\"",
			       text);
	*ret = sp_asprintf("file://%s", rest);
	return 0;
}

int sp_url_canon_item(const char *text, char **ret, struct sp_err *err)
{
	if (strchr(text, ',') && !sp_url_has_user(text))
		return sp_fail(err, EINVAL,
			       "\"%s\": a comma ends a URL in a list; write it "
			       "as %%2C",
			       text);
	return sp_url_canon(text, ret, err);
}

int sp_url_canon_proxy(const char *text, char **ret, struct sp_err *err)
{
	const char *scheme = NULL, *end;
	size_t len = strlen(text);
	int r;

	if (!*text || strcmp(text, "_none_") == 0) {
		*ret = sp_xstrdup(text);
		return 0;
	}
	r = check_url(text, proxy_schemes, &scheme, err);
	if (r < 0)
		return r;
	end = text + strlen(scheme) + 3;
	end += strcspn(end, "/?#");
	if (*end && strcmp(end, "/") != 0)
		return sp_fail(
			err, EINVAL,
			"\"%s\": a proxy has no path, expected \"%s://HOST:PORT\"",
			text, scheme);
	if (*end)
		len--;
	*ret = sp_asprintf("%s%.*s", scheme, (int)(len - strlen(scheme)),
			   text + strlen(scheme));
	return 0;
}

const char *sp_url_file_path(const char *url)
{
	return sp_starts(url, "file:///") && !strpbrk(url, "$%") ? url + 7
								 : NULL;
}

bool sp_url_is_plain(const char *url)
{
	return sp_starts(url, "http:") || sp_starts(url, "ftp:");
}
