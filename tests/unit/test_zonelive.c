/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_zonelive.c - what a running firewalld's answers mean for a zone. */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/host_overlay.h"
#include "core/kind.h"
#include "core/mem.h"
#include "fake_kinds.h"
#include "harden/zonefile.h"
#include "harden/zonelive.h"

extern const struct sp_kind sp_kind_zone;

struct world {
	char top[32];
	struct sp_root *root;
	struct sp_host *host;
	const char *answer;  /* NULL: nobody is there; '!': refused */
	const char *managed; /* the interface that NetworkManager has */
};

static int run(void *arg, const char *const argv[], struct sp_output *ret,
	       struct sp_err *err)
{
	struct world *w = arg;
	const char *method = argv[7];

	(void)err;
	*ret = (struct sp_output){ 0 };
	if (sp_streq(method, "NameHasOwner")) {
		sp_buf_addf(&ret->text, "b %s\n", w->answer ? "true" : "false");
	} else if (sp_streq(method, "GetDeviceByIpIface")) {
		ret->status = sp_streq(argv[9], w->managed) ? 0 : 1;
		sp_buf_add(&ret->text,
			   "o \"/org/freedesktop/NetworkManager/1\"\n");
	} else if (sp_streq(method, "Get")) {
		sp_buf_add(&ret->text, "v b true\n");
	} else {
		assert_string_equal(method, "getZoneSettings2");
		assert_string_equal(argv[9], "office");
		ret->status = !w->answer || *w->answer == '!';
		sp_buf_add(&ret->text, w->answer ? w->answer : "Call failed\n");
	}
	return 0;
}

static int setup(void **state)
{
	static const char *const dirs[] = { "/run", "/run/dbus",
					    "/run/dbus/system_bus_socket" };
	struct world *w = sp_xcalloc(1, sizeof(*w));
	sp_auto_err err = { 0 };

	(void)snprintf(w->top, sizeof(w->top), "/tmp/sprout-zone-XXXXXX");
	assert_non_null(mkdtemp(w->top));
	for (size_t i = 0; i < SP_COUNT(dirs); i++) {
		sp_auto_free char *p = sp_asprintf("%s%s", w->top, dirs[i]);

		assert_int_equal(mkdir(p, 0755), 0);
	}
	assert_int_equal(sp_root_open(w->top, &w->root, &err), 0);
	sp_root_set_live(w->root);
	sp_root_set_run(w->root, run, w);
	w->host = sp_host_new(w->root);
	*state = w;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct world *w = *state;

	sp_host_free(w->host);
	sp_root_free(w->root);
	(void)nftw(w->top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(w);
	return 0;
}

/* What both the profile and the file say. */
static void say(struct sp_state *st)
{
	struct sp_strv ports = { 0 }, interfaces = { 0 }, rules = { 0 };

	sp_state_init(st, sp_kind_zone.fields);
	st->present = true;
	sp_strv_add(&ports, "22/tcp");
	sp_strv_add(&interfaces, "eth0");
	sp_state_set_list(st, SP_ZONE_PORTS, &ports);
	sp_state_set_list(st, SP_ZONE_INTERFACES, &interfaces);
	sp_state_set_list(st, SP_ZONE_RICH_RULES, &rules);
	sp_state_set_bool(st, SP_ZONE_MASQUERADE, false);
}

#define PORTS "\"ports\" a(ss) 1 \"22\" \"tcp\" "
#define ETH0 "\"interfaces\" as 1 \"eth0\" "

static void test_observe(void **state)
{
	static const struct {
		const char *answer, *managed;
		int want;
		const char *ports, *interfaces; /* what the host has then */
		bool running;
	} rows[] = {
		{ "a{sv} 2 " PORTS ETH0, NULL, 0, "22/tcp", "eth0", false },
		/* nobody is there */
		{ NULL, NULL, 0, "22/tcp", "eth0", false },
		{ "a{sv} 2 \"ports\" a(ss) 2 \"22\" \"tcp\" \"80\" \"tcp\" " ETH0,
		  NULL, 0, "22/tcp,80/tcp", "eth0", true },
		/* an empty list is left out */
		{ "a{sv} 1 " ETH0, NULL, 0, "", "eth0", true },
		/* NetworkManager's, and not */
		{ "a{sv} 1 " PORTS, "eth0", 0, "22/tcp", "eth0", false },
		{ "a{sv} 1 " PORTS, NULL, 0, "22/tcp", "", true },
		{ "a{sv} 2 " PORTS "\"interfaces\" as 2 \"eth0\" \"eth1\"",
		  "eth1", 0, "22/tcp", "eth0", false },
		{ "a{sv} 2 " PORTS "\"interfaces\" as 2 \"eth0\" \"eth1\"",
		  NULL, 0, "22/tcp", "eth0,eth1", true },
		/* a rule that is beyond us is no difference */
		{ "a{sv} 3 " PORTS ETH0 "\"rules_str\" as 1 \"rule sing\"",
		  NULL, 0, "22/tcp", "eth0", false },
		/* keys of a later firewalld */
		{ "a{sv} 3 \"x\" (a{sv}i) 1 \"k\" s \"v\" 7 " PORTS ETH0, NULL,
		  0, "22/tcp", "eth0", false },
		{ "as 0", NULL, -EBADMSG, NULL, NULL, false },
		{ "a{sv} 2 " PORTS, NULL, -EBADMSG, NULL, NULL, false },
		{ "a{sv} 1 \"ports\" a(ss) 9 \"22\"", NULL, -EBADMSG, NULL,
		  NULL, false },
		{ "! Call failed: NOT_AUTHORIZED\n", NULL, -EIO, NULL, NULL,
		  false },
	};
	struct world *w = *state;

	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_state want = { 0 }, have = { 0 };
		sp_auto_free char *ports = NULL, *interfaces = NULL;
		sp_auto_err err = { 0 };

		say(&want);
		say(&have);
		w->answer = rows[i].answer;
		w->managed = rows[i].managed;
		assert_int_equal(sp_zonelive_observe(w->host, "office", &want,
						     &have, &err),
				 rows[i].want);
		if (rows[i].want)
			continue;
		ports = sp_strv_join(sp_state_list(&have, SP_ZONE_PORTS), ",");
		interfaces = sp_strv_join(
			sp_state_list(&have, SP_ZONE_INTERFACES), ",");
		assert_string_equal(ports, rows[i].ports);
		assert_string_equal(interfaces, rows[i].interfaces);
		assert_int_equal(have.running != NULL, rows[i].running);
	}
}

static void test_lost(void **state)
{
	sp_auto_state want = { 0 }, have = { 0 };
	struct world *w = *state;
	sp_auto_err err = { 0 };

	say(&want);
	say(&have);
	w->answer = "! Call failed: INVALID_ZONE: office\n";
	assert_int_equal(
		sp_zonelive_observe(w->host, "office", &want, &have, &err), 0);
	assert_false(have.present);
	assert_null(sp_state_get(&have, SP_ZONE_PORTS));
}

/* A value that only ran is none of the file's. */
static void test_forget(void **state)
{
	sp_auto_state want = { 0 }, have = { 0 };
	struct world *w = *state;
	sp_auto_err err = { 0 };

	say(&want);
	say(&have);
	w->answer = "a{sv} 2 \"masquerade\" b true " ETH0;
	assert_int_equal(
		sp_zonelive_observe(w->host, "office", &want, &have, &err), 0);
	assert_true(sp_state_bool(&have, SP_ZONE_MASQUERADE, false));
	assert_true(sp_starts(have.running, "ports masquerade\n"));
	sp_zonelive_forget(&have);
	assert_null(sp_state_get(&have, SP_ZONE_PORTS));
	assert_null(sp_state_get(&have, SP_ZONE_MASQUERADE));
	assert_non_null(sp_state_get(&have, SP_ZONE_INTERFACES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_observe, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forget, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
