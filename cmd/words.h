/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * words.h - the program's sentences in the operator's language: sp_word().
 *
 * Catalogues are those of gettext (LOCALEDIR/LANGUAGE/LC_MESSAGES/sprout.mo),
 * read by ourselves: a bare host has no locale but C.UTF-8, in which the C
 * library translates nothing.  What has no translation stays English.
 */
#ifndef SPROUT_WORDS_H
#define SPROUT_WORDS_H

#include <stdbool.h>

#include "core/word.h"

/* Take the language of the environment (LC_ALL, LC_MESSAGES, LANG, LANGUAGE). */
void cmd_words_from_env(void);

/* Take this language from now on; false, and English, without a catalogue. */
bool cmd_words_use(const char *language);

/*
 * What follows is read by programs: English from now on, the words of the C
 * library included.
 */
void cmd_words_machine(void);

/* The language in use: "en", "ko". */
const char *cmd_words_language(void);

#endif
