/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zonedb.c - the names in a host's zone database.
 *
 * Source: zic(8) (tzdata.zi: lines "Z NAME ..." and "L TARGET NAME"), the
 * comments in zone1970.tab and zone.tab (third column).
 */
#include "harden/zonedb.h"

#include <string.h>
#include <strings.h>

#include "core/mem.h"

void sp_zonedb_read_zi(const struct sp_buf *text, struct sp_strv *ret)
{
	size_t pos = 0, len;
	const char *line;

	while (sp_next_line(text->data, text->len, &pos, &line, &len)) {
		const char *end = line + len, *p;

		if (len < 3 || line[1] != ' ' ||
		    (line[0] != 'Z' && line[0] != 'L'))
			continue;
		p = line + 2;
		if (line[0] == 'L') {
			p = memchr(p, ' ', (size_t)(end - p));
			if (!p)
				continue;
			p++;
		}
		line = memchr(p, ' ', (size_t)(end - p));
		sp_strv_add_take(
			ret, sp_xstrndup(p, (size_t)((line ? line : end) - p)));
	}
}

void sp_zonedb_read_tab(const struct sp_buf *text, struct sp_strv *ret)
{
	size_t pos = 0, len;
	const char *line;

	while (sp_next_line(text->data, text->len, &pos, &line, &len)) {
		const char *end = line + len, *p = line;

		if (!len || *line == '#')
			continue;
		for (int tab = 0; p && tab < 2; tab++) {
			p = memchr(p, '\t', (size_t)(end - p));
			p = p ? p + 1 : NULL;
		}
		if (!p)
			continue;
		line = memchr(p, '\t', (size_t)(end - p));
		sp_strv_add_take(
			ret, sp_xstrndup(p, (size_t)((line ? line : end) - p)));
	}
}

void sp_zonedb_list(struct sp_host *host, struct sp_strv *ret)
{
	static const char *const files[] = {
		SP_ZONEINFO "/tzdata.zi",
		SP_ZONEINFO "/zone1970.tab",
		SP_ZONEINFO "/zone.tab",
	};

	for (size_t i = 0; i < SP_COUNT(files) && !ret->n; i++) {
		sp_auto_buf text = { 0 };
		sp_auto_err ignored = { 0 }; /* only for "did you mean" */

		if (sp_host_read(host, files[i], &text, &ignored) <= 0)
			continue;
		if (sp_ends(files[i], ".zi"))
			sp_zonedb_read_zi(&text, ret);
		else
			sp_zonedb_read_tab(&text, ret);
	}
}

const char *sp_zonedb_nearest(const struct sp_strv *zones, const char *zone)
{
	const char *best = NULL;
	unsigned limit = strlen(zone) < 6 ? 1 : 2;

	for (size_t i = 0; i < zones->n; i++) {
		const char *z = zones->v[i], *city = strrchr(z, '/');
		unsigned d;

		if (strcasecmp(z, zone) == 0)
			return z;
		if (city && strcasecmp(city + 1, zone) == 0) {
			best = z;
			limit = 0;
			continue;
		}
		d = limit ? sp_edit_distance(z, zone, limit) : 1;
		if (d <= limit) {
			best = z;
			limit = d - 1;
		}
	}
	return best;
}
