/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* word.c - for programs that speak one language. */
#include "word.h"

__attribute__((weak)) const char *sp_word(const char *msgid)
{
	return msgid;
}
