/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtxml.c - what the definitions of libvirt's networks and pools share. */
#include "virtxml.h"

#include <errno.h>
#include <string.h>

#include "core/mem.h"

void sp_virtxml_head(struct sp_buf *out, const char *edit, const char *name,
		     const char *uuid)
{
	sp_buf_addf(
		out,
		"<!--\n"
		"WARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE\n"
		"OVERWRITTEN AND LOST. Changes to this xml configuration should be made using:\n"
		"  virsh %s %s\n"
		"or other application using the libvirt API.\n"
		"-->\n\n",
		edit, strstr(name, "--") ? uuid : name);
}

/* FNV-1a; spread over as many bytes as are asked for. */
static void spread(const char *name, unsigned char *ret, size_t n)
{
	uint64_t h = 1469598103934665603u;

	for (size_t i = 0; i < n; i++) {
		for (const char *p = name; *p; p++)
			h = (h ^ (unsigned char)*p) * 1099511628211u;
		h = (h ^ (i + 1)) * 1099511628211u;
		ret[i] = (unsigned char)(h >> 32);
	}
}

void sp_virtxml_uuid(const char *name, char ret[37])
{
	unsigned char b[16];
	char *p = ret;

	spread(name, b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x80);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(b); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		(void)snprintf(p, 3, "%02x", b[i]);
		p += 2;
	}
}

void sp_virtxml_mac(const char *name, char ret[18])
{
	unsigned char b[3];

	spread(name, b, sizeof(b));
	(void)snprintf(ret, 18, "52:54:00:%02x:%02x:%02x", b[0], b[1], b[2]);
}

int sp_virtxml_child(const struct sp_xml *x, int parent, const char *name)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->v[i].parent == parent && sp_streq(x->v[i].name, name))
			return (int)i;
	return -1;
}

const char *sp_virtxml_attr(const struct sp_xml *x, int parent,
			    const char *child, const char *attr)
{
	int i = parent < 0 ? -1 : sp_virtxml_child(x, parent, child);

	return i < 0 ? NULL : sp_xml_attr(&x->v[i], attr);
}

int sp_virtxml_check_name(const char *name, struct sp_err *err)
{
	if (strlen(name) > 250)
		return sp_fail(
			err, EINVAL,
			"the name has %zu bytes, the limit is 250 (a file "
			"name's, with its suffix)",
			strlen(name));
	if (!*name || name[0] == '.' || strchr(name, '/') ||
	    sp_find_control(name) >= 0 || strpbrk(name, "<>&'\""))
		return sp_fail(
			err, EINVAL,
			"\"%s\" cannot name it: no \"/\", no \".\" in front, "
			"none of < > & ' \"",
			name);
	return 0;
}
