/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xmlskip.h - a stream of XML without one of its elements.
 *
 * Half of what libsolv keeps of primary.xml, and writes out again, are
 * descriptions, which nobody here asks for; it cannot be told to leave them.
 * Source: fopencookie(3), createrepo_c's primary.xml.
 */
#ifndef SPROUT_XMLSKIP_H
#define SPROUT_XMLSKIP_H

#include <stdio.h>

/*
 * What @f has, but for each <@element>...</@element>, where the start tag is
 * bare; @element is borrowed, of at most 61 letters.  Owns @f, which ends with
 * it.  NULL, with errno, when there is no memory; @f is closed then.
 */
FILE *sp_xmlskip(FILE *f, const char *element);

#endif
