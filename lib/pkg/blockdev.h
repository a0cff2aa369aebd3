/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * blockdev.h - file systems on sticks that are plugged in: the only user of
 * libblkid.
 *
 * A stick is a disk that the kernel calls removable, or one on USB: disks in
 * USB cases often do not say that they are removable.  Nothing else is looked
 * at, least of all the disks of the host, unless somebody asks for every disk.
 */
#ifndef SPROUT_BLOCKDEV_H
#define SPROUT_BLOCKDEV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

enum sp_blockdev_sort {
	SP_BLOCKDEV_DISK = 1,
	SP_BLOCKDEV_IMAGE,
	SP_BLOCKDEV_DIR
};

/* One file system, or what could have been one. */
struct sp_blockdev {
	enum sp_blockdev_sort sort;
	char *path;		   /* owned; "/dev/sdb1", or as given */
	char *label, *uuid, *type; /* owned; NULL: none */
	char *model;  /* owned; vendor and model; NULL: not known */
	char *bad;    /* owned; why it is not read; NULL: it can be */
	int64_t size; /* bytes; of a directory -1 */
	dev_t dev;    /* DISK: its number */
};

void sp_blockdev_clear(struct sp_blockdev *b);

struct sp_blockdevs {
	struct sp_blockdev *v;
	size_t n;
};

void sp_blockdevs_clear(struct sp_blockdevs *l);
#define sp_auto_blockdevs \
	__attribute__((cleanup(sp_blockdevs_clear))) struct sp_blockdevs

/*
 * All sticks: their partitions, or the whole disk where there are none; sorted
 * by path.  @ret must be empty.
 * @every: all other disks that are of some hardware, too; not what is made of
 *	them (LVM, RAID), and not files (loop).
 * @sys, @dev: NULL for /sys and /dev; tests give others, where nodes may be
 * regular files, too (images).
 */
int sp_blockdev_scan(const char *sys, const char *dev, bool every,
		     struct sp_blockdevs *ret, struct sp_err *err);

/* What a path names: a block device, an image of one, or a directory. */
int sp_blockdev_at(const char *path, struct sp_blockdev *ret,
		   struct sp_err *err);

/* '/dev/sdb1 (label "VERDE", 2.0 GB, SanDisk Ultra)'; owned. */
char *sp_blockdev_shown(const struct sp_blockdev *b);

/*
 * Open it for reading; fails when the node is not the device any more that it
 * was.
 */
int sp_blockdev_open(const struct sp_blockdev *b, int *ret_fd,
		     struct sp_err *err);

#endif
