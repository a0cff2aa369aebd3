/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rpmfile.c - headers of package files, versions, keys of rpm's database. */
#include "pkg/rpmfile.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <rpm/rpmlib.h>
#include <rpm/rpmts.h>

#include "core/mem.h"

void sp_rpmfile_clear(struct sp_rpmfile *f)
{
	sp_nevra_clear(&f->nevra);
	free(f->summary);
	free(f->key_id);
	*f = (struct sp_rpmfile){ 0 };
}

static char *text_of(Header h, const char *format)
{
	char *text = headerFormat(h, format, NULL);
	char *copy = text ? sp_xstrdup(text) : NULL;

	free(text);
	return copy;
}

/* "RSA/SHA256, Thu ..., Key ID 199e2f91fd431d51" */
static char *key_id(Header h)
{
	static const char *const tags[] = { "RSAHEADER", "DSAHEADER", "SIGPGP",
					    "SIGGPG" };

	for (size_t i = 0; i < SP_COUNT(tags); i++) {
		sp_auto_free char *format =
			sp_asprintf("%%|%s?{%%{%s:pgpsig}}|", tags[i], tags[i]);
		sp_auto_free char *text = text_of(h, format);
		const char *id = text ? strstr(text, "Key ID ") : NULL;

		if (id)
			return sp_xstrdup(id + strlen("Key ID "));
	}
	return NULL;
}

int sp_rpmfile_read(const char *path, struct sp_rpmfile *ret,
		    struct sp_err *err)
{
	int r = sp_rpm_init(err);
	Header h = NULL;
	rpmts ts;
	rpmRC rc;
	FD_t fd;

	if (r < 0)
		return r;
	fd = Fopen(path, "r.ufdio");
	if (!fd || Ferror(fd)) {
		r = sp_fail_errno(err, errno ? errno : EIO, "\"%s\"", path);
		if (fd)
			(void)Fclose(fd);
		return r;
	}
	ts = rpmtsCreate();
	(void)rpmtsSetVSFlags(ts, (rpmVSFlags)(RPMVSF_MASK_NODIGESTS |
					       RPMVSF_MASK_NOSIGNATURES));
	rc = rpmReadPackageFile(ts, fd, path, &h);
	if (rc == RPMRC_OK || rc == RPMRC_NOKEY || rc == RPMRC_NOTTRUSTED) {
		*ret = (struct sp_rpmfile){
			.nevra = { .name = text_of(h, "%{NAME}"),
				   .evr = text_of(h, "%|EPOCH?{%{EPOCH}:}|"
						     "%{VERSION}-%{RELEASE}"),
				   .arch = text_of(h, "%{ARCH}") },
			.summary = text_of(h, "%{SUMMARY}"),
			.key_id = key_id(h),
		};
		if (sp_starts(ret->nevra.evr, "0:"))
			memmove(ret->nevra.evr, ret->nevra.evr + 2,
				strlen(ret->nevra.evr) - 1);
	} else {
		r = sp_fail(err, EBADMSG, "\"%s\": not a package", path);
	}
	headerFree(h);
	(void)rpmtsFree(ts);
	(void)Fclose(fd);
	return r;
}

/* Split in place; parts that are not there are NULL. */
static void split(char *evr, const char **ret_epoch, const char **ret_version,
		  const char **ret_release)
{
	char *p = evr + strspn(evr, "0123456789"), *dash;

	*ret_epoch = "0";
	*ret_version = evr;
	if (*p == ':') {
		*p = '\0';
		*ret_epoch = evr;
		*ret_version = p + 1;
		evr = p + 1;
	}
	dash = strrchr(evr, '-');
	if (dash)
		*dash = '\0';
	*ret_release = dash ? dash + 1 : NULL;
}

int sp_evr_compare(const char *a, const char *b)
{
	sp_auto_free char *x = sp_xstrdup(a), *y = sp_xstrdup(b);
	const char *ex, *vx, *rx, *ey, *vy, *ry;
	int r;

	split(x, &ex, &vx, &rx);
	split(y, &ey, &vy, &ry);
	r = rpmvercmp(ex, ey);
	if (!r)
		r = rpmvercmp(vx, vy);
	if (!r && rx && ry)
		r = rpmvercmp(rx, ry);
	return r;
}

struct adding {
	struct sp_keyring *keyring;
	int64_t now;
};

static int add_key(void *arg, const struct sp_installed *p, struct sp_err *err)
{
	const struct adding *a = arg;
	sp_auto_free char *name = sp_asprintf("gpg-pubkey-%s", p->evr);
	/* rpm keeps the armoured certificate there */
	sp_auto_free char *text = text_of(p->header, "%{DESCRIPTION}");
	sp_auto_err ignored = { 0 };

	(void)err;
	if (text)
		(void)sp_keyring_add(a->keyring, name, text, strlen(text),
				     a->now, NULL, &ignored);
	return 0;
}

int sp_rpmdb_keyring(struct sp_rpmdb *db, struct sp_keyring *k, int64_t now,
		     struct sp_err *err)
{
	struct adding a = { k, now };

	return sp_rpmdb_named(db, "gpg-pubkey", add_key, &a, err);
}
