/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_accounts.c - the files of accounts, keys and limits as a host may have
 * them: an edit does what it says, and to nothing else.
 *
 * The first byte says which file, the rest is its text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/accounts.h"
#include "harden/limitsconf.h"
#include "harden/pwhash.h"
#include "harden/sshkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

const struct sp_kind *const sp_kinds[] = { NULL };

static void must(bool ok)
{
	if (!ok)
		abort();
}

static struct sp_acct copy_of(const struct sp_acct *a)
{
	struct sp_acct c = { .file = a->file, .there = true };

	sp_buf_addn(&c.text, sp_buf_cstr(&a->text), a->text.len);
	return c;
}

static bool same_text(const struct sp_buf *a, const struct sp_buf *b)
{
	return a->len == b->len &&
	       memcmp(sp_buf_cstr(a), sp_buf_cstr(b), a->len) == 0;
}

/* One field of one record changes, and no byte outside of the record. */
static void set_one(const struct sp_acct *a, struct sp_rec r, int f,
		    const char *text)
{
	sp_auto_acct c = copy_of(a);
	struct sp_rec old = r;
	size_t tail = a->text.len - r.off - r.len;
	struct sp_piece p;

	sp_acct_set(&c, &r, f, text);
	must(r.off == old.off);
	must(memcmp(sp_buf_cstr(&c.text), sp_buf_cstr(&a->text), r.off) == 0);
	must(c.text.len == r.off + r.len + tail);
	must(memcmp(c.text.data + r.off + r.len,
		    a->text.data + old.off + old.len, tail) == 0);
	p = sp_acct_piece(&c, &r, f);
	must(p.len == strlen(text) && memcmp(p.s, text, p.len) == 0);
}

static void accounts(enum sp_acct_file file, const uint8_t *data, size_t len)
{
	int members = file == SP_GSHADOW ? SP_GS_MEMBERS : SP_GR_MEMBERS;
	sp_auto_acct a = { .file = file, .there = true };
	sp_auto_strv groups = { 0 };
	struct sp_rec r, found;
	size_t pos = 0, n = 0;
	uint32_t id;

	sp_buf_addn(&a.text, data, len);
	while (sp_acct_next(&a, &pos, &r) && n++ < 50) {
		sp_auto_free char *name = sp_acct_get(&a, &r, 0);
		sp_auto_acct c = copy_of(&a);

		must(r.len > 0 && r.off + r.len <= len);
		for (int f = 1; f < 9; f++)
			set_one(&a, r, f, f % 2 ? "longer than most" : "");
		if (strlen(name) != sp_acct_piece(&a, &r, 0).len)
			continue; /* a NUL in the name */
		must(sp_acct_find(&a, name, &found));
		must(found.off <= r.off);
		if (file == SP_PASSWD || file == SP_GROUP) {
			must(sp_acct_find_id(&a, sp_acct_id(&a, &r, SP_PW_UID),
					     &found));
			must(found.off <= r.off);
		}
		must(sp_acct_find(&c, name, &found));
		sp_acct_list_add(&c, &found, members, "fuzz");
		must(sp_acct_list_has(&c, &found, members, "fuzz"));
		sp_acct_list_drop(&c, &found, members, "fuzz");
		must(!sp_acct_list_has(&c, &found, members, "fuzz"));
		must(sp_acct_remove(&c, name));
		must(!sp_acct_find(&c, name, &found));
	}
	sp_acct_groups_of(&a, "fuzz", &groups);
	if (sp_acct_free_id(&a, 1000, 1010, len % 2, &id))
		must(id >= 1000 && id <= 1010 &&
		     (!sp_acct_find_id(&a, id, &r) ||
		      (file != SP_PASSWD && file != SP_GROUP)));

	/* What is added is found, and gone again without a trace. */
	if (!sp_acct_find(&a, "fuzz", &r)) {
		sp_auto_acct c = copy_of(&a);

		sp_acct_add(&c, "fuzz:x:77:77:::");
		must(sp_acct_find(&c, "fuzz", &r));
		must(sp_acct_remove(&c, "fuzz"));
		if (c.text.len == a.text.len + 1) {
			/* The line before had no end. */
			must(c.text.data[c.text.len - 1] == '\n');
			c.text.len--;
		}
		must(same_text(&c.text, &a.text));
	}
}

static void keys(const uint8_t *data, size_t len)
{
	sp_auto_buf text = { 0 }, after = { 0 }, again = { 0 };
	sp_auto_strv have = { 0 }, want = { 0 }, none = { 0 }, now = { 0 };

	sp_buf_addn(&text, data, len);
	sp_sshkeys_read(&text, &have);
	for (size_t i = 0; i < have.n; i++) {
		sp_auto_free char *canon = NULL;
		sp_auto_err err = { 0 };

		/* A host's line may have what a profile's must not. */
		if (sp_sshkey_canon(have.v[i], &canon, &err) == 0)
			must(sp_streq(canon, have.v[i]));
		free(sp_sshkey_weakness(have.v[i]));
	}
	/* Nothing wanted and nothing dropped: nothing changes. */
	sp_sshkeys_edit(&text, &none, &none, &after);
	must(same_text(&text, &after));
	sp_buf_clear(&after);
	/* All dropped: none is left. */
	sp_sshkeys_edit(&text, &none, &have, &after);
	sp_sshkeys_read(&after, &now);
	must(now.n == 0);
	sp_buf_clear(&after);
	/* The first wanted: there, once, and the second time nothing to do. */
	if (have.n == 0)
		return;
	sp_strv_add(&want, have.v[0]);
	sp_sshkeys_edit(&text, &want, &none, &after);
	sp_sshkeys_edit(&after, &want, &none, &again);
	must(same_text(&after, &again));
	sp_sshkeys_read(&after, &now);
	must(sp_strv_has(&now, have.v[0]));
}

static void limits(const uint8_t *data, size_t len)
{
	sp_auto_buf text = { 0 }, after = { 0 };
	sp_auto_strv have = { 0 }, want = { 0 }, now = { 0 };

	sp_buf_addn(&text, data, len);
	sp_limits_read(&text, &have);
	sp_limits_edit(&text, &have, &after);
	must(same_text(&text, &after));
	sp_buf_clear(&after);

	for (size_t i = 0; i < have.n; i++) {
		struct sp_limit l;

		sp_limit_parse(have.v[i], &l);
		sp_limit_clear(&l);
		if (i % 3 != 1)
			sp_strv_add(&want, have.v[i]);
		if (i % 5 == 2)
			sp_strv_add(&want, "fuzz - core 0");
	}
	sp_limits_edit(&text, &want, &after);
	sp_limits_read(&after, &now);
	must(sp_strv_equal(&want, &now));
}

/* One text of a profile. */
static void texts(const uint8_t *data, size_t len)
{
	static int (*const canon[])(const char *, char **, struct sp_err *) = {
		sp_pwhash_canon,    sp_sshkey_canon,	sp_limit_canon,
		sp_acct_canon_name, sp_acct_canon_path,
	};
	sp_auto_free char *text = sp_xstrndup((const char *)data, len);
	sp_auto_err name_err = { 0 };

	(void)sp_acct_check_name(text, &name_err);
	for (size_t i = 0; i < SP_COUNT(canon); i++) {
		sp_auto_free char *once = NULL, *twice = NULL;
		sp_auto_err err = { 0 };

		if (canon[i](text, &once, &err) < 0) {
			must(err.code > 0 && err.msg && err.msg[0]);
			continue;
		}
		must(canon[i](once, &twice, &err) == 0);
		must(sp_streq(once, twice));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len == 0 || len > 65536)
		return 0;
	switch (data[0] & 7) {
	case 0:
	case 1:
	case 2:
	case 3:
		accounts((enum sp_acct_file)(data[0] & 3), data + 1, len - 1);
		break;
	case 4:
		keys(data + 1, len - 1);
		break;
	case 5:
		limits(data + 1, len - 1);
		break;
	default:
		texts(data + 1, len - 1);
	}
	return 0;
}
