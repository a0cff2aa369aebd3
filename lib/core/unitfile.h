/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unitfile.h - is a systemd unit installed, enabled, masked; and the links
 * that enable, disable, mask and unmask it.
 *
 * Does by files what `systemctl --root=ROOT enable NAME` does, so that a plan
 * is exact and works where systemctl cannot run.  Nothing is started.
 *
 * Source: systemctl(1), systemd.unit(5), [INSTALL] SECTION OPTIONS; the link
 * texts are those of systemd 252 to 257.
 */
#ifndef SPROUT_UNITFILE_H
#define SPROUT_UNITFILE_H

#include "err.h"
#include "host.h"

/* What `systemctl is-enabled` says, links in /etc only. */
enum sp_unit_state {
	SP_UNIT_MISSING,	/* no such unit file */
	SP_UNIT_ENABLED,	/* a link of its [Install] section is there */
	SP_UNIT_DISABLED,	/* could be enabled */
	SP_UNIT_INDIRECT,	/* has no link of its own, only Also= */
	SP_UNIT_STATIC,		/* nothing in [Install]: cannot be enabled */
	SP_UNIT_MASKED,		/* name leads to /dev/null or an empty file */
	SP_UNIT_ALIAS,		/* another name of a unit */
	SP_UNIT_GENERATED,	/* made at boot by a generator, or transient */
};

/* What is known about one unit; zeroed is empty. */
struct sp_unit {
	/* The mask left aside: MASKED only when nothing else is known. */
	enum sp_unit_state state;
	bool masked;		/* in /etc/systemd/system */
	char *path;		/* owned; the unit file, NULL when missing */
	char *alias_of;		/* owned; the real name of an alias, or NULL */
};

/* "enabled", "static", ...: the word of systemctl(1). */
const char *sp_unit_state_name(enum sp_unit_state state);

/*
 * Is @name a unit's name, with its type as suffix?  EINVAL, and for a name
 * without a suffix "did you mean NAME.service".
 */
int sp_unit_name_check(const char *name, struct sp_err *err);

/* The directories that are searched, joined by ", ", for messages. */
const char *sp_unit_dirs(void);

/*
 * The installed unit whose name is nearest to @name, for "did you mean";
 * owned, NULL when none is near.
 */
char *sp_unit_suggest(struct sp_host *h, const char *name);

/*
 * Everything about a unit.  A unit that is not there is a success with state
 * MISSING.  @ret must be empty.  EINVAL for a bad name, EBADMSG for a unit
 * file that does not parse, ELOOP for links that lead nowhere good.
 */
int sp_unit_look(struct sp_host *h, const char *name, struct sp_unit *ret,
		 struct sp_err *err);
void sp_unit_clear(struct sp_unit *u);
#define sp_auto_unit __attribute__((cleanup(sp_unit_clear))) struct sp_unit

/* The state alone, MASKED when a mask is in place. */
int sp_unit_state(struct sp_host *h, const char *name,
		  enum sp_unit_state *ret, struct sp_err *err);

/*
 * Stage the links that [Install] asks for, of the unit and of those in its
 * Also=.  A link that is there and means the same stays as it is.  ENOENT
 * when there is no such unit; EINVAL when it is static, generated, or a
 * template that names no instance; EEXIST when a file is in the way, EBUSY
 * when it is a link that disabling another unit would remove.
 */
int sp_unit_enable(struct sp_host *h, const char *name, struct sp_err *err);

/* Would it?  The same errors, nothing staged. */
int sp_unit_can_enable(struct sp_host *h, const char *name, struct sp_err *err);

/*
 * Remove every link in /etc/systemd/system that bears the unit's name or
 * leads to it, those of Also= as well, and .wants directories that become
 * empty.  A unit that is not installed any more loses its links, too.
 */
int sp_unit_disable(struct sp_host *h, const char *name, struct sp_err *err);

/*
 * A link to /dev/null in /etc/systemd/system.  EEXIST when a unit file is
 * there, EBUSY when another link is.
 */
int sp_unit_mask(struct sp_host *h, const char *name, struct sp_err *err);
int sp_unit_can_mask(struct sp_host *h, const char *name, struct sp_err *err);

/* Remove that link; a success when there is none. */
int sp_unit_unmask(struct sp_host *h, const char *name, struct sp_err *err);

#endif
