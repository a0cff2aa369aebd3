/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_run.c - programs by their argument vector. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/host_real.h"
#include "core/mem.h"
#include "core/run.h"
#include "fake_kinds.h"

#define SH(script) ((const char *const[]){ "/bin/sh", "-c", (script), NULL })

static void test_status_and_output(void **state)
{
	static const struct {
		const char *script;
		int status;
		const char *text;
	} rows[] = {
		{ "true", 0, "" },
		{ "echo out; echo err >&2; exit 3", 3, "out\nerr\n" },
		{ "kill -9 $$", 128 + SIGKILL, "" },
		{ "cat", 0, "" }, /* nothing to read */
		{ "echo \"$HOME $LANG\"", 0, "/root C.UTF-8\n" },
		{ "echo \"[$SECRET]\"", 0, "[]\n" }, /* nothing is inherited */
		{ "pwd", 0, "/\n" },
	};

	(void)state;
	assert_int_equal(setenv("SECRET", "x", 1), 0);
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_output out = { 0 };
		sp_auto_err err = { 0 };

		assert_int_equal(
			sp_run(-1, SH(rows[i].script), NULL, &out, &err), 0);
		assert_int_equal(out.status, rows[i].status);
		assert_string_equal(sp_buf_cstr(&out.text), rows[i].text);
	}
}

static void test_not_there(void **state)
{
	const char *const argv[] = { "/nonexistent/program", NULL };
	sp_auto_output out = { .status = 4711 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_run(-1, argv, NULL, &out, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/nonexistent/program"));
	assert_null(out.text.data);
}

/* More than is kept is read all the same, or the program would hang. */
static void test_much_output(void **state)
{
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_run(-1,
				SH("head -c 3000000 /dev/zero | tr '\\0' x"),
				NULL, &out, &err),
			 0);
	assert_int_equal(out.status, 0);
	assert_int_equal(out.text.len, SP_OUTPUT_MAX);
}

/* A service that it leaves behind, silent or not, does not keep us. */
static void test_left_behind(void **state)
{
	static const char *const scripts[] = {
		"sleep 1000 & echo $!; exit 3",
		"yes & exit 3",
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(scripts); i++) {
		sp_auto_output out = { 0 };
		sp_auto_err err = { 0 };

		assert_int_equal(sp_run(-1, SH(scripts[i]), NULL, &out, &err),
				 0);
		assert_int_equal(out.status, 3);
		if (i == 0)
			assert_int_equal(kill((pid_t)strtol(sp_buf_cstr(&out.text),
							    NULL, 10),
					      SIGKILL),
					 0);
	}
}

/* A file that does not exist yet: a program waits for it. */
static char *new_path(void)
{
	char *path = sp_xstrdup("/tmp/sprout-run.XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	(void)close(fd);
	(void)unlink(path);
	return path;
}

static void make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	(void)close(fd);
}

struct told {
	const char *path; /* made when the task goes on */
	struct sp_buf text;
};

static void on_task(void *arg, const struct sp_task *t)
{
	struct told *told = arg;

	if (t->state == SP_TASK_GOES_ON && access(told->path, F_OK) == 0)
		return;
	if (t->state == SP_TASK_GOES_ON) {
		assert_int_equal(t->done, 1); /* however late */
		make(told->path);
	}
	sp_buf_addf(&told->text, "%d:%d:%s:%lld ", (int)t->sort, (int)t->state,
		    t->object ? t->object : "-", (long long)t->total);
}

/* A task in seconds goes on while a program runs. */
static void test_progress(void **state)
{
	struct sp_task task = { .sort = SP_TASK_COMMAND,
				.state = SP_TASK_BEGINS,
				.object = "x",
				.total = 1 };
	sp_auto_free char *path = new_path();
	sp_auto_free char *script =
		sp_asprintf("until [ -e %s ]; do sleep 0.05; done", path);
	struct told told = { .path = path };
	sp_auto_root *root = NULL;
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_root_open("/", &root, &err), 0);
	sp_root_set_live(root);
	sp_root_set_progress(root, on_task, &told);
	sp_root_progress(root, &task);
	assert_int_equal(sp_root_run(root, SH(script), &out, &err), 0);
	task.state = SP_TASK_ENDS;
	sp_root_progress(root, &task);
	assert_string_equal(sp_buf_cstr(&told.text),
			    "6:1:x:1 6:2:x:1 6:3:x:1 ");
	(void)unlink(path);
	sp_buf_clear(&told.text);
}

/* Nor a zombie that nobody has waited for yet. */
static bool is_alive(pid_t pid)
{
	sp_auto_free char *path = sp_asprintf("/proc/%d/stat", (int)pid);
	sp_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[256] = "";
	const char *name_end;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return false;
	name_end = strrchr(text, ')');
	return name_end && name_end[2] != 'Z' && name_end[2] != 'X';
}

#define LATER_S 3 /* by then a shell has begun its work */

/* How many there were, from the first second on. */
static void on_tick(void *arg, int elapsed_s)
{
	assert_true(elapsed_s > *(int *)arg);
	++*(int *)arg;
}

/* Silent, closed or in full flow: time passes, and a program is ended. */
static void test_limit(void **state)
{
	static const struct {
		const char *script;
		int limit_s, status;
		const char *text; /* or NULL: any */
	} rows[] = {
		{ "exec sleep 1000", 1, 128 + SIGTERM, "" },
		{ "exec sleep 1000 >&- 2>&-", 1, 128 + SIGTERM, "" },
		{ "exec yes", 1, 128 + SIGTERM, NULL },
		/* The status is its own, once it has got so far. */
		{ "trap 'echo bye; exit 3' TERM; sleep 1000 & wait", LATER_S, 3,
		  "bye\n" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		int ticks = 0;
		const struct sp_run_watch watch = { on_tick, &ticks,
						    rows[i].limit_s };
		sp_auto_output out = { 0 };
		sp_auto_err err = { 0 };

		assert_int_equal(sp_run(-1, SH(rows[i].script), &watch, &out,
					&err),
				 0);
		assert_true(ticks >= 1);
		assert_true(out.expired);
		assert_int_equal(out.status, rows[i].status);
		if (rows[i].text)
			assert_string_equal(sp_buf_cstr(&out.text),
					    rows[i].text);
	}
}

/* Who is deaf is killed in the end, but not who has left the group. */
static void test_limit_of_group(void **state)
{
	static const char script[] =
		"trap : TERM; setsid sleep 1000 & echo $!;"
		"sh -c 'trap : TERM; while :; do sleep 1; done' & echo $!;"
		"wait; exit 3";
	int ticks = 0;
	const struct sp_run_watch watch = { .tick = on_tick,
					    .arg = &ticks,
					    .limit_s = LATER_S };
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };
	pid_t away, child;
	char *end;

	(void)state;
	assert_int_equal(sp_run(-1, SH(script), &watch, &out, &err), 0);
	assert_true(out.expired);
	assert_int_equal(out.status, 3); /* it did not wait for the child */
	away = (pid_t)strtol(sp_buf_cstr(&out.text), &end, 10);
	child = (pid_t)strtol(end, NULL, 10);
	assert_true(away > 0 && child > 0);
	assert_int_equal(kill(away, SIGKILL), 0);
	for (int i = 0; i < 1000 && is_alive(child); i++)
		(void)usleep(10000);
	assert_false(is_alive(child));
}

/* Time enough: nothing is different. */
static void test_in_time(void **state)
{
	int ticks = 0;
	const struct sp_run_watch watch = { .tick = on_tick,
					    .arg = &ticks,
					    .limit_s = 1000 };
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_run(-1, SH("echo x; exit 3"), &watch, &out, &err),
			 0);
	assert_false(out.expired);
	assert_int_equal(out.status, 3);
	assert_string_equal(sp_buf_cstr(&out.text), "x\n");
}

/* Our descriptors do not reach the program. */
static void test_descriptors(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sp_auto_free char *script = sp_asprintf("test ! -e /proc/$$/fd/%d", fd);
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(sp_run(-1, SH(script), NULL, &out, &err), 0);
	assert_int_equal(out.status, 0);
	(void)close(fd);
}

/* A root of which nobody can be the root. */
static void test_bad_root(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(sp_run(fd, SH("true"), NULL, &out, &err), -ENOTDIR);
	(void)close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_and_output),
		cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_much_output),
		cmocka_unit_test(test_left_behind),
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_limit_of_group),
		cmocka_unit_test(test_in_time),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_bad_root),
	};

	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
