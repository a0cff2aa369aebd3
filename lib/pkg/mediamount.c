/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mediamount.c - see mediamount.h.
 *
 * Source: mount(2), mount_namespaces(7); loop(4); ext4(5) noload, xfs(5)
 * norecovery and nouuid: a journal is not replayed, so that nothing is ever
 * written to the stick.
 */
#include "pkg/mediamount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/str.h"

#define LOOP_TRIES 16

/* What is mounted at all, as what, and how nothing is written to it. */
static const struct known {
	const char *type, *fstype, *options;
} known[] = {
	{ "vfat", "vfat", NULL },	{ "exfat", "exfat", NULL },
	{ "iso9660", "iso9660", NULL }, { "udf", "udf", NULL },
	{ "ext2", "ext2", NULL },	{ "ext3", "ext3", "noload" },
	{ "ext4", "ext4", "noload" },	{ "xfs", "xfs", "norecovery,nouuid" },
	{ "ntfs", "ntfs3", NULL },	{ "squashfs", "squashfs", NULL },
};

static int open_loop(int image, int *ret_fd, char **ret_path,
		     struct sp_err *err)
{
	sp_auto_close int control =
		open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	const struct loop_info64 info = { .lo_flags = LO_FLAGS_READ_ONLY |
						      LO_FLAGS_AUTOCLEAR };

	for (int i = 0; control >= 0 && i < LOOP_TRIES; i++) {
		int n = ioctl(control, LOOP_CTL_GET_FREE);
		sp_auto_free char *path = sp_asprintf("/dev/loop%d", n);
		sp_auto_close int fd =
			n < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			break;
		if (ioctl(fd, LOOP_SET_FD, image) != 0) {
			if (errno == EBUSY) /* another was faster */
				continue;
			break;
		}
		if (ioctl(fd, LOOP_SET_STATUS64, &info) != 0) {
			(void)ioctl(fd, LOOP_CLR_FD);
			break;
		}
		*ret_fd = sp_take_fd(&fd);
		*ret_path = sp_take(&path);
		return 0;
	}
	return sp_fail_errno(err, errno, "no loop device for it");
}

static int own_namespace(struct sp_err *err)
{
	if (unshare(CLONE_NEWNS) != 0)
		return sp_fail(err, EPERM,
			       "only root can look into a stick or an image "
			       "(%s)",
			       strerror(errno));
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return sp_fail_errno(err, errno,
				     "a mount namespace of its own (the root "
				     "directory has to be a mount point)");
	return 0;
}

/* Where it is mounted, for the child alone. */
static const char *mount_point(void)
{
	static const char *const dirs[] = { "/mnt", "/media", "/tmp" };
	struct stat st;

	for (size_t i = 0; i < SP_COUNT(dirs); i++)
		if (stat(dirs[i], &st) == 0 && S_ISDIR(st.st_mode))
			return dirs[i];
	return "/";
}

/* @ret_top: its top directory. */
static int mount_dev(const struct sp_blockdev *b, int *ret_top,
		     struct sp_err *err)
{
	const unsigned long flags =
		MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME;
	sp_auto_free char *source = NULL;
	sp_auto_close int fd = -1, loop = -1;
	const struct known *k = known;
	int r = own_namespace(err);

	if (r >= 0)
		r = sp_blockdev_open(b, &fd, err);
	if (r < 0)
		return r;
	while (k < known + SP_COUNT(known) && !sp_streq(k->type, b->type))
		k++;
	if (k == known + SP_COUNT(known))
		return sp_fail(err, ENODEV,
			       "file systems of type \"%s\" are not read; use "
			       "vfat, exfat, ext4, xfs or iso9660",
			       b->type ? b->type : "?");
	if (b->sort == SP_BLOCKDEV_IMAGE)
		r = open_loop(fd, &loop, &source, err);
	else /* this very device, whatever is called so now */
		source = sp_asprintf("/proc/self/fd/%d", fd);
	if (r < 0)
		return r;
	if (mount(source, mount_point(), k->fstype, flags, k->options) == 0) {
		*ret_top =
			open(mount_point(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (*ret_top >= 0)
			return 0;
	} else if (errno == ENODEV)
		return sp_fail(err, ENODEV,
			       "this kernel has no file system \"%s\"",
			       k->fstype);
	return sp_fail_errno(err, errno, "mount");
}

int sp_media_mount(const struct sp_blockdev *b, int *ret, struct sp_err *err)
{
	if (b->sort != SP_BLOCKDEV_DIR)
		return mount_dev(b, ret, err);
	*ret = open(b->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret < 0 ? sp_fail_errno(err, errno, "top directory") : 0;
}
