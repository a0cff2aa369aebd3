/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* module.c - the table of functions that sprout-pkg.so gives. */
#include "core/word.h"
#include "pkg/fetch.h"
#include "pkg/media.h"
#include "pkg/pkg.h"

/* The program's, set when the module is opened, and never again. */
static const char *(*word_of)(const char *msgid);

const char *sp_word(const char *msgid)
{
	return word_of ? word_of(msgid) : msgid;
}

static void speak(const char *(*word)(const char *msgid))
{
	word_of = word;
}

extern const struct sp_pkg_module sp_pkg_module;

__attribute__((visibility("default")))
const struct sp_pkg_module sp_pkg_module = {
	.version = PACKAGE_VERSION,
	.size = sizeof(struct sp_pkg_module),
	.speak = speak,
	.fetch_text = sp_fetch_text,
	.media_file = sp_media_file,
	.plan = sp_packages_plan,
	.plan_clear = sp_packages_plan_clear,
	.apply = sp_packages_apply,
	.undo = sp_packages_undo,
	.back = sp_packages_back,
	.media_plan = sp_media_plan,
	.media_have_clear = sp_media_have_clear,
	.media_forget = sp_media_forget,
	.media_list = sp_media_list,
	.media_listings_clear = sp_media_listings_clear,
};
