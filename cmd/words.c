/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* words.c - see words.h.  Source: "The Format of GNU MO Files", gettext. */
#include "words.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/str.h"

#define MO_MAGIC 0x950412deU
#define MO_MAX ((off_t)4 << 20)

static struct {
	char language[16];
	unsigned char *data; /* the catalogue; NULL: English */
	size_t size;
	uint32_t n, orig, trans;
} words;

static uint32_t number(size_t at)
{
	uint32_t v;

	memcpy(&v, words.data + at, sizeof(v));
	return v;
}

/* Text @i of the table at @table; NULL when it is not inside the file. */
static const char *text(uint32_t table, uint32_t i)
{
	uint32_t len = number((size_t)table + 8 * (size_t)i);
	uint32_t at = number((size_t)table + 8 * (size_t)i + 4);

	if (at >= words.size || len >= words.size - at ||
	    words.data[(size_t)at + len] != '\0')
		return NULL;
	return (const char *)words.data + at;
}

const char *sp_word(const char *msgid)
{
	/* (the translation of "" is the head of the catalogue) */
	uint32_t low = 0, high = words.data && *msgid ? words.n : 0;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const char *s = text(words.orig, mid);
		int order = s ? strcmp(msgid, s) : -1;

		if (order == 0) {
			s = text(words.trans, mid);
			return s && *s ? s : msgid;
		}
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return msgid;
}

static void forget(void)
{
	free(words.data);
	memset(&words, 0, sizeof(words));
}

/* The tables lie inside the file, and it is of this machine's byte order. */
static bool good(void)
{
	if (words.size < 28 || number(0) != MO_MAGIC || number(4) >> 16 != 0)
		return false;
	words.n = number(8);
	words.orig = number(12);
	words.trans = number(16);
	return words.n <= words.size / 16 && words.orig <= words.size &&
	       words.trans <= words.size &&
	       (size_t)words.n * 8 <= words.size - words.orig &&
	       (size_t)words.n * 8 <= words.size - words.trans;
}

static bool load(const char *path)
{
	sp_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size > MO_MAX)
		return false;
	words.data = sp_xmalloc((size_t)st.st_size + 1);
	while (words.size < (size_t)st.st_size) {
		ssize_t n = read(fd, words.data + words.size,
				 (size_t)st.st_size - words.size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		words.size += (size_t)n;
	}
	return good();
}

/* Beside the program, when it was not installed; else where it belongs. */
static bool find(const char *language)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	sp_auto_free char *path = NULL, *beside = NULL;
	char *slash;

	if (n > 0) {
		self[n] = '\0';
		slash = strrchr(self, '/');
		if (slash)
			*slash = '\0';
		beside = sp_asprintf("%s/po/%s/LC_MESSAGES/sprout.mo", self,
				     language);
		if (load(beside))
			return true;
		forget();
	}
	path = sp_asprintf("%s/%s/LC_MESSAGES/sprout.mo", LOCALEDIR, language);
	return load(path);
}

bool cmd_words_use(const char *language)
{
	size_t n = strlen(language);

	forget();
	if (strcmp(language, "en") == 0)
		return true;
	if (n == 0 || n >= sizeof(words.language) || strchr(language, '/') ||
	    !find(language)) {
		forget();
		return false;
	}
	memcpy(words.language, language, n + 1);
	return true;
}

void cmd_words_machine(void)
{
	forget();
	(void)setlocale(LC_MESSAGES, "C");
}

const char *cmd_words_language(void)
{
	return words.data ? words.language : "en";
}

/* "ko_KR.UTF-8" and "ko:en" are "ko". */
static void use_first(const char *list)
{
	size_t n = strcspn(list, "_.@:");
	sp_auto_free char *language = sp_xstrndup(list, n);

	(void)cmd_words_use(language);
}

void cmd_words_from_env(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *locale = NULL, *list = getenv("LANGUAGE");
	const char *term = getenv("TERM");

	for (size_t i = 0; i < SP_COUNT(names) && (!locale || !*locale); i++)
		locale = getenv(names[i]);
	/* The kernel's console has no room for Hangul in its fonts. */
	if (term && strcmp(term, "linux") == 0)
		return;
	/* Catalogues are UTF-8; "C" asks for no translation. */
	if (!locale || !(strstr(locale, "UTF-8") || strstr(locale, "utf8")))
		return;
	if (list && *list)
		use_first(list);
	else if (!sp_starts(locale, "C.") && !sp_starts(locale, "en"))
		use_first(locale);
}
