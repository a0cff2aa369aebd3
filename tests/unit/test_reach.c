/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_reach.c - what answers and what does not, in a network of its own. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/reach.h"

/* lo alone, and up; false when this machine does not let us. */
static bool own_network(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int flags = geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET;
	sp_auto_close int fd = -1;

	if (unshare(flags) < 0)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
}

/* A port of 127.0.0.1; one that listens stays open in @ret_fd. */
static uint16_t tcp_port(int *ret_fd)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	*ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(*ret_fd >= 0);
	assert_int_equal(bind(*ret_fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(*ret_fd, 8), 0);
	assert_int_equal(getsockname(*ret_fd, (struct sockaddr *)&a, &len), 0);
	return ntohs(a.sin_port);
}

static void test_answers(void **state)
{
	struct sp_reach r = { 0 };
	sp_auto_strv silent = { 0 };
	sp_auto_err err = { 0 };
	sp_auto_close int fd = -1;

	(void)state;
	if (!own_network())
		skip();
	sp_strv_add(&r.ping, "127.0.0.1");
	sp_strv_add(&r.ping, "::1");
	sp_strv_addf(&r.tcp, "127.0.0.1:%d", tcp_port(&fd));
	sp_strv_addf(&r.tcp, "localhost:%d", tcp_port(&fd));
	sp_strv_add(&r.dns, "localhost");
	assert_int_equal(sp_reach_try(&r, 20, &silent, &err), 0);
	if (silent.n)
		print_error("%s\n", silent.v[0]);
	assert_int_equal(silent.n, 0);
	/* No child is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	sp_reach_clear(&r);
}

static void test_silent(void **state)
{
	struct sp_reach r = { 0 };
	sp_auto_free char *refused = NULL;
	sp_auto_strv silent = { 0 };
	sp_auto_err err = { 0 };
	uint16_t port;
	int fd;

	(void)state;
	if (!own_network())
		skip();
	port = tcp_port(&fd);
	(void)close(fd);
	refused = sp_asprintf("tcp 127.0.0.1:%d: no connection", port);
	sp_strv_add(&r.ping, "127.0.0.2");
	sp_strv_add(&r.ping, "192.0.2.1");
	sp_strv_addf(&r.tcp, "127.0.0.1:%d", port);
	sp_strv_add(&r.dns, "nobody.invalid");
	assert_int_equal(sp_reach_try(&r, 2, &silent, &err), 0);
	assert_int_equal(silent.n, 3);
	assert_string_equal(silent.v[0], "ping 192.0.2.1: no answer");
	assert_string_equal(silent.v[1], refused);
	assert_string_equal(silent.v[2], "dns nobody.invalid: no address");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	sp_reach_clear(&r);
}

/* What is asked for again and again is there in the end. */
static void test_late(void **state)
{
	struct sp_reach r = { 0 };
	sp_auto_strv silent = { 0 };
	sp_auto_err err = { 0 };
	struct ifreq lo = { .ifr_name = "lo" };
	pid_t pid;
	int fd;

	(void)state;
	if (!own_network())
		skip();
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &lo), 0);
	pid = fork();
	if (pid == 0) {
		lo.ifr_flags = IFF_UP;
		(void)sleep(1);
		_exit(ioctl(fd, SIOCSIFFLAGS, &lo) == 0 ? 0 : 1);
	}
	sp_strv_add(&r.ping, "127.0.0.1");
	assert_int_equal(sp_reach_try(&r, 30, &silent, &err), 0);
	assert_int_equal(silent.n, 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)close(fd);
	sp_reach_clear(&r);
}

static void test_too_many(void **state)
{
	struct sp_reach r = { 0 };
	sp_auto_strv silent = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	for (int i = 0; i <= SP_REACH_MAX; i++)
		sp_strv_addf(&r.dns, "a%d.invalid", i);
	assert_int_equal(sp_reach_try(&r, 1, &silent, &err), -E2BIG);
	assert_string_equal(err.msg, "more than 64 things to reach");
	assert_int_equal(silent.n, 0);
	sp_reach_clear(&r);
}

static void test_split(void **state)
{
	static const struct {
		const char *target, *host, *port; /* NULL: refused */
	} rows[] = {
		{ "a.example:22", "a.example", "22" },
		{ "192.0.2.1:022", "192.0.2.1", "22" },
		{ "[2001:db8::1]:443", "2001:db8::1", "443" },
		{ "a", NULL, NULL },
		{ ":22", NULL, NULL },
		{ "[]:22", NULL, NULL },
		{ "a:", NULL, NULL },
		{ "a:0", NULL, NULL },
		{ "a:65536", NULL, NULL },
		{ "a:ssh", NULL, NULL },
		{ "2001:db8::1:22", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_free char *host = NULL, *port = NULL;
		sp_auto_err err = { 0 };
		int r = sp_reach_split(rows[i].target, &host, &port, &err);

		assert_int_equal(r, rows[i].host ? 0 : -EINVAL);
		if (rows[i].host) {
			assert_string_equal(host, rows[i].host);
			assert_string_equal(port, rows[i].port);
		} else {
			assert_null(host);
			assert_null(port);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers), cmocka_unit_test(test_silent),
		cmocka_unit_test(test_late),	cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
