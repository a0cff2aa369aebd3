/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * word.h - messages in the operator's language.
 *
 * Functions that take a message's format (sp_fail, sp_diag_error, ...) look it
 * up themselves; po/extract knows them.  Everything else that people read is
 * _("...") where it is shown, N_("...") where it only stands.  What programs
 * read (JSON, journals, snapshots) is never translated.
 */
#ifndef SPROUT_WORD_H
#define SPROUT_WORD_H

/*
 * The translation of @msgid, or @msgid.  A program that speaks several
 * languages has this function of its own; core's says @msgid.
 */
const char *sp_word(const char *msgid) __attribute__((format_arg(1)));

#define _(text) sp_word(text)
#define N_(text) text

#endif
