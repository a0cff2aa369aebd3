/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kickstart.h - a profile in the words of Anaconda. */
#ifndef SPROUT_KICKSTART_H
#define SPROUT_KICKSTART_H

#include "core/profile.h"

/* Where an installer's hook, or an image, leaves the profile for sprout. */
#define CMD_PROFILE_DIR "/etc/sprout"
#define CMD_PROFILE	CMD_PROFILE_DIR "/profile.yaml"

/* Commands and %packages, with what is left to sprout in comments. */
void cmd_kickstart_print(const struct sp_profile *p, struct sp_buf *out);

/* %post, which brings the profile along and runs sprout kickstart --post. */
void cmd_kickstart_hook(const struct sp_source *profile, struct sp_buf *out);

#endif
