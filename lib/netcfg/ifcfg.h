/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ifcfg.h - read one variable of a file of shell assignments, as the legacy
 * ifcfg-* files are.
 *
 * Nothing is expanded or run: a value with an expansion, or with a quote that
 * its line does not close, counts as not readable.
 * Source: sh(1), quoting; NetworkManager's ifcfg reader takes the same forms.
 */
#ifndef SPROUT_IFCFG_H
#define SPROUT_IFCFG_H

#include "core/str.h"

/*
 * The value of the last assignment to @key, owned by the caller, or NULL when
 * there is none or it cannot be read without a shell.
 */
char *sp_ifcfg_get(const char *data, size_t len, const char *key);

/*
 * Does NetworkManager leave a file of this name ("ifcfg-eth0.bak") alone?
 * Also true for names that do not start with "ifcfg-", and for "ifcfg-lo".
 */
bool sp_ifcfg_ignored(const char *name);

#endif
