/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_mem.c - allocation, growing arrays, hand-over, the end of memory. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"

const struct sp_kind *const sp_kinds[] = { NULL };

/* AddressSanitizer would end the program itself; so it warns, and says null. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void test_grow(void **state)
{
	int *v = NULL;

	(void)state;
	for (size_t n = 0; n < 1000; n++) {
		v = sp_grow(v, n, sizeof(*v));
		v[n] = (int)n;
	}
	for (size_t n = 0; n < 1000; n++)
		assert_int_equal(v[n], n);
	free(v);
}

static void test_strings(void **state)
{
	sp_auto_free char *a = sp_xstrndup("abc", 2);
	sp_auto_free char *b = sp_xstrndup("abc", 9);
	sp_auto_free char *c = sp_asprintf("%s-%d", a, 5);
	sp_auto_free char *d = sp_strdup0(c);

	(void)state;
	assert_string_equal(a, "ab");
	assert_string_equal(b, "abc");
	assert_string_equal(c, "ab-5");
	assert_string_equal(d, "ab-5");
	assert_null(sp_strdup0(NULL));
}

static void test_nothing(void **state)
{
	(void)state;
	free(sp_xmalloc(0));
	free(sp_xcalloc(0, 0));
	free(sp_xreallocarray(NULL, 0, 0));
}

static void test_take(void **state)
{
	char *p = sp_xstrdup("x"), *q = sp_take(&p);
	int fd = 7;

	(void)state;
	assert_null(p);
	assert_string_equal(q, "x");
	free(q);
	assert_int_equal(sp_take_fd(&fd), 7);
	assert_int_equal(fd, -1);
}

static void test_scopes(void **state)
{
	int fd;

	(void)state;
	{
		sp_auto_close int inner = open("/dev/null", O_RDONLY | O_CLOEXEC);
		sp_auto_close int none = -1;
		sp_auto_fclose FILE *f = fopen("/dev/null", "re");
		sp_auto_fclose FILE *no_file = NULL;
		sp_auto_closedir DIR *d = opendir("/");
		sp_auto_closedir DIR *no_dir = NULL;

		assert_true(inner >= 0 && none == -1 && f && d);
		assert_true(!no_file && !no_dir);
		fd = inner;
	}
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

/* How a child ends that asks for too much; its last words in @ret. */
static int ask(size_t n, size_t size, char *ret, size_t room)
{
	int status, p[2];
	size_t len = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		const struct rlimit none = { 0, 0 };

		(void)setrlimit(RLIMIT_CORE, &none);
		(void)signal(SIGABRT, SIG_DFL);
		(void)dup2(p[1], STDERR_FILENO);
		free(sp_xreallocarray(NULL, n, size));
		_exit(0);
	}
	close(p[1]);
	while ((got = read(p[0], ret + len, room - 1 - len)) > 0)
		len += (size_t)got;
	ret[len] = '\0';
	close(p[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_out_of_memory(void **state)
{
	char text[1 << 16];

	(void)state;
	/* the product overflows */
	assert_int_equal(WTERMSIG(ask(SIZE_MAX, 2, text, sizeof(text))),
			 SIGABRT);
	assert_true(sp_ends(text, "sprout: out of memory\n"));
	assert_int_equal(WTERMSIG(ask(SIZE_MAX / 2, 1, text, sizeof(text))),
			 SIGABRT);
	assert_true(sp_ends(text, "sprout: out of memory\n"));
	assert_int_equal(ask(10, 10, text, sizeof(text)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
