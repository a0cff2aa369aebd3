/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * blockdev.c - walk sysfs for sticks, ask libblkid what is on them.
 *
 * Source: Documentation/ABI/stable/sysfs-block of the kernel (removable, size
 * in sectors of 512 bytes, partition); libblkid's blkid_do_safeprobe().
 * udev is not asked: it does not run everywhere where packages are installed.
 */
#include "pkg/blockdev.h"

#include <blkid/blkid.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/str.h"
#include "core/word.h"

#define DISKS_MAX 1024
#define ATTR_MAX 256 /* bytes of an attribute that count */

void sp_blockdev_clear(struct sp_blockdev *b)
{
	free(b->path);
	free(b->label);
	free(b->uuid);
	free(b->type);
	free(b->model);
	free(b->bad);
	*b = (struct sp_blockdev){ 0 };
}

void sp_blockdevs_clear(struct sp_blockdevs *l)
{
	for (size_t i = 0; i < l->n; i++)
		sp_blockdev_clear(&l->v[i]);
	free(l->v);
	*l = (struct sp_blockdevs){ 0 };
}

char *sp_blockdev_shown(const struct sp_blockdev *b)
{
	const char *sep = " (";
	sp_auto_buf s = { 0 };

	sp_buf_add_shown(&s, b->path);
	if (b->label) {
		sp_buf_addf(&s, "%slabel \"", sep);
		sp_buf_add_shown(&s, b->label);
		sp_buf_addc(&s, '"');
		sep = ", ";
	}
	if (b->size >= 0) {
		sp_buf_add(&s, sep);
		sp_size_format(b->size, &s);
		sep = ", ";
	}
	if (b->model) {
		sp_buf_add(&s, sep);
		sp_buf_add_shown(&s, b->model);
		sep = ", ";
	}
	if (*sep == ',')
		sp_buf_addc(&s, ')');
	return sp_buf_take(&s);
}

/* --- what is on it --------------------------------------------------------- */

static char *value(blkid_probe pr, const char *name)
{
	const char *text = NULL;
	size_t len;

	if (blkid_probe_lookup_value(pr, name, &text, &len) != 0 || !text ||
	    !*text)
		return NULL;
	return sp_xstrdup(text);
}

/* Fill label, uuid, type; or bad. */
static void probe_fd(struct sp_blockdev *b, int fd)
{
	blkid_probe pr = blkid_new_probe();
	int r = -1;

	if (pr && blkid_probe_set_device(pr, fd, 0, 0) == 0 &&
	    blkid_probe_enable_superblocks(pr, 1) == 0 &&
	    blkid_probe_set_superblocks_flags(
		    pr, BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID |
				BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE) == 0)
		r = blkid_do_safeprobe(pr);
	if (r == 0) {
		sp_auto_free char *usage = value(pr, "USAGE");

		b->label = value(pr, "LABEL");
		b->uuid = value(pr, "UUID");
		b->type = value(pr, "TYPE");
		if (!sp_streq(usage, "filesystem"))
			b->bad = sp_asprintf(
				_("holds no file system but \"%s\""),
				b->type ? b->type : "?");
	} else if (r == 1) {
		b->bad = sp_xstrdup(_("holds no file system that is known"));
	} else if (r == -2) {
		b->bad = sp_xstrdup(
			_("could be two file systems at once (an old "
			  "one was not wiped); format it anew"));
	} else {
		b->bad = sp_xstrdup(_("cannot be read"));
	}
	blkid_free_probe(pr);
}

int sp_blockdev_open(const struct sp_blockdev *b, int *ret_fd,
		     struct sp_err *err)
{
	sp_auto_close int fd =
		open(b->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return sp_fail_errno(err, errno, "\"%s\"", b->path);
	if (b->sort == SP_BLOCKDEV_DISK
		    ? !S_ISBLK(st.st_mode) || st.st_rdev != b->dev
		    : !S_ISREG(st.st_mode))
		return sp_fail(err, ENODEV,
			       "\"%s\" is not what it was; was it pulled out?",
			       b->path);
	*ret_fd = sp_take_fd(&fd);
	return 0;
}

static void probe(struct sp_blockdev *b)
{
	sp_auto_close int fd = -1;
	sp_auto_err err = { 0 };

	if (sp_blockdev_open(b, &fd, &err) == 0)
		probe_fd(b, fd);
	else if (err.code == ENOMEDIUM)
		b->bad = sp_xstrdup(_("is empty"));
	else
		b->bad = sp_asprintf(
			"%s%s", strerror(err.code),
			err.code == EACCES ? _("; root can read it") : "");
}

/* --- sysfs ------------------------------------------------------------------- */

/* An attribute without blanks at its ends; "" when it is not there. */
static void attribute(const char *dir, const char *name, char *ret, size_t size)
{
	sp_auto_free char *path = sp_asprintf("%s/%s", dir, name);
	sp_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, ret, size - 1);
	const char *p = ret;
	size_t len = n > 0 ? (size_t)n : 0;

	sp_trim(&p, &len);
	memmove(ret, p, len);
	ret[len] = '\0';
}

static int64_t number(const char *dir, const char *name)
{
	char text[ATTR_MAX];
	int64_t n;

	attribute(dir, name, text, sizeof(text));
	return sp_parse_int(text, 0, INT64_MAX / 512, &n) ? n : 0;
}

/* "8:17" */
static bool device_number(const char *dir, dev_t *ret)
{
	char text[ATTR_MAX], *colon;
	int64_t major, minor;

	attribute(dir, "dev", text, sizeof(text));
	colon = strchr(text, ':');
	if (!colon)
		return false;
	*colon = '\0';
	if (!sp_parse_int(text, 0, INT_MAX, &major) ||
	    !sp_parse_int(colon + 1, 0, INT_MAX, &minor))
		return false;
	*ret = makedev((unsigned)major, (unsigned)minor);
	return true;
}

static char *model_of(const char *disk)
{
	char vendor[ATTR_MAX], model[ATTR_MAX];

	attribute(disk, "device/vendor", vendor, sizeof(vendor));
	attribute(disk, "device/model", model, sizeof(model));
	if (!*vendor && !*model)
		return NULL;
	return sp_asprintf("%s%s%s", vendor, *vendor && *model ? " " : "",
			   model);
}

static bool is_meant(const char *disk, bool every)
{
	sp_auto_free char *real = realpath(disk, NULL);
	sp_auto_free char *hardware = sp_asprintf("%s/device", disk);

	if (number(disk, "size") == 0)
		return false;
	if (every && access(hardware, F_OK) == 0)
		return true;
	return number(disk, "removable") == 1 || (real && strstr(real, "/usb"));
}

/* Names in a directory, sorted. */
static int list(const char *path, struct sp_strv *ret, struct sp_err *err)
{
	sp_auto_closedir DIR *d = opendir(path); /* O_CLOEXEC by itself */
	const struct dirent *e;

	if (!d)
		return sp_fail_errno(err, errno, "\"%s\"", path);
	while ((e = readdir(d)))
		if (*e->d_name != '.')
			sp_strv_add(ret, e->d_name);
	sp_strv_sort(ret);
	return 0;
}

/* @dir: the disk's or partition's in sysfs; @name: the node's. */
static void add(struct sp_blockdevs *ret, const char *dir, const char *dev,
		const char *name, const char *model)
{
	struct sp_blockdev b = { .sort = SP_BLOCKDEV_DISK };
	struct stat st;

	b.path = sp_asprintf("%s/%s", dev, name);
	for (char *p = b.path + strlen(dev); *p; p++)
		if (*p == '!') /* sysfs has it for a slash */
			*p = '/';
	b.size = number(dir, "size") * 512;
	b.model = sp_strdup0(model);
	if (!device_number(dir, &b.dev))
		b.bad = sp_xstrdup(_("sysfs does not tell its number"));
	else if (strcmp(dev, "/dev") != 0 && stat(b.path, &st) == 0 &&
		 S_ISREG(st.st_mode))
		b.sort = SP_BLOCKDEV_IMAGE;
	if (!b.bad)
		probe(&b);
	ret->v = sp_grow(ret->v, ret->n, sizeof(*ret->v));
	ret->v[ret->n++] = b;
}

static bool has_uuid(const struct sp_blockdevs *l, size_t from,
		     const char *uuid)
{
	for (size_t i = from; i < l->n; i++)
		if (uuid && sp_streq(l->v[i].uuid, uuid))
			return true;
	return false;
}

static int add_disk(struct sp_blockdevs *ret, const char *sys, const char *dev,
		    const char *name, bool every, struct sp_err *err)
{
	sp_auto_free char *disk = sp_asprintf("%s/block/%s", sys, name);
	sp_auto_free char *model = NULL;
	sp_auto_strv names = { 0 };
	size_t first = ret->n;
	struct sp_blockdev *b;
	int r;

	if (!is_meant(disk, every))
		return 0;
	r = list(disk, &names, err);
	if (r < 0)
		return r;
	model = model_of(disk);
	for (size_t i = 0; i < names.n; i++) {
		sp_auto_free char *part =
			sp_asprintf("%s/%s", disk, names.v[i]);

		if (sp_starts(names.v[i], name) && number(part, "partition"))
			add(ret, part, dev, names.v[i], model);
	}
	/* An image of a disc, written to a stick, may have both. */
	add(ret, disk, dev, name, model);
	b = &ret->v[ret->n - 1];
	if (ret->n - first > 1 &&
	    (!sp_streq(b->type, "iso9660") ||
	     has_uuid(&(struct sp_blockdevs){ ret->v, ret->n - 1 }, first,
		      b->uuid)))
		sp_blockdev_clear(&ret->v[--ret->n]);
	return 0;
}

int sp_blockdev_scan(const char *sys, const char *dev, bool every,
		     struct sp_blockdevs *ret, struct sp_err *err)
{
	sp_auto_free char *block = sp_asprintf("%s/block", sys ? sys : "/sys");
	sp_auto_blockdevs found = { 0 };
	sp_auto_strv names = { 0 };
	int r = list(block, &names, err);

	if (r >= 0 && names.n > DISKS_MAX)
		return sp_fail(err, E2BIG, "\"%s\": %zu disks, the limit is %d",
			       block, names.n, DISKS_MAX);
	for (size_t i = 0; i < names.n && r >= 0; i++) {
		r = add_disk(&found, sys ? sys : "/sys", dev ? dev : "/dev",
			     names.v[i], every, err);
		if (r == -ENOENT) { /* pulled out just now */
			sp_err_clear(err);
			r = 0;
		}
	}
	if (r < 0)
		return r;
	*ret = found;
	found = (struct sp_blockdevs){ 0 };
	return 0;
}

int sp_blockdev_at(const char *path, struct sp_blockdev *ret,
		   struct sp_err *err)
{
	struct sp_blockdev b = { .path = sp_xstrdup(path), .size = -1 };
	sp_auto_close int fd = -1;
	struct stat st;
	int r = 0;

	if (stat(path, &st) != 0)
		r = sp_fail_errno(err, errno, "\"%s\"", path);
	else if (S_ISDIR(st.st_mode))
		b.sort = SP_BLOCKDEV_DIR;
	else if (S_ISREG(st.st_mode))
		b.sort = SP_BLOCKDEV_IMAGE;
	else if (S_ISBLK(st.st_mode))
		b.sort = SP_BLOCKDEV_DISK;
	else
		r = sp_fail(err, EINVAL,
			    "\"%s\" is no directory, image or block device",
			    path);
	if (r >= 0 && b.sort != SP_BLOCKDEV_DIR) {
		b.dev = st.st_rdev;
		r = sp_blockdev_open(&b, &fd, err);
		if (r >= 0) {
			b.size = lseek(fd, 0, SEEK_END);
			probe_fd(&b, fd);
		}
	}
	if (r < 0) {
		sp_blockdev_clear(&b);
		return r;
	}
	*ret = b;
	return 0;
}
