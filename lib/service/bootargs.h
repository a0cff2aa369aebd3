/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bootargs.h - words on the kernel's command line, wherever the distribution
 * keeps it: GRUB_CMDLINE_LINUX in /etc/default/grub, /etc/kernel/cmdline, the
 * "options" of /boot/loader/entries, kernelopts in /boot/grub2/grubenv.
 *
 * Source: kernel-command-line(7), kernel-install(8), the Boot Loader
 * Specification, GRUB's manual ("Simple configuration", "Environment block").
 */
#ifndef SPROUT_BOOTARGS_H
#define SPROUT_BOOTARGS_H

#include "core/host.h"

/*
 * Are all of @args (NULL-ended words) in every place that this root has?
 * 1 with @ret, 0 when the root has no such place.
 */
int sp_bootargs_have(struct sp_host *host, const char *const args[], bool *ret,
		     struct sp_err *err);

/* Add those that are not there, or (@on false) take them away. */
int sp_bootargs_set(struct sp_host *host, const char *const args[], bool on,
		    struct sp_err *err);

/*
 * The program that has to make grub.cfg anew on this distribution; NULL where
 * the boot loader reads the places above itself.
 */
const char *sp_bootargs_tool(struct sp_host *host);

#endif
