/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reach.c - pings, connections and look-ups, each in a process of its own, so
 * that a resolver that waits holds up nobody, and nothing is left behind.
 *
 * Source: icmp(7), ping(8), getaddrinfo(3), resolver(3).
 */
#include "reach.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <resolv.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mem.h"
#include "word.h"

#define TRY_S 1 /* the first packet often waits for ARP, and is lost */
#define NS_PER_S 1000000000LL

void sp_reach_clear(struct sp_reach *r)
{
	sp_strv_clear(&r->ping);
	sp_strv_clear(&r->tcp);
	sp_strv_clear(&r->dns);
}

int sp_reach_split(const char *target, char **ret_host, char **ret_port,
		   struct sp_err *err)
{
	const char *colon = strrchr(target, ':'), *host = target;
	size_t len = colon ? (size_t)(colon - target) : 0;
	bool bracket = len > 2 && host[0] == '[' && host[len - 1] == ']';
	int64_t port;

	if (bracket) {
		host++;
		len -= 2;
	}
	if (!len || (!bracket && (memchr(host, ':', len) || *host == '[')) ||
	    !sp_parse_int(colon + 1, 1, 65535, &port))
		return sp_fail(err, EINVAL,
			       "\"%s\": expected HOST:PORT or [IPV6]:PORT, "
			       "with a port from 1 to 65535",
			       target);
	*ret_host = sp_xstrndup(host, len);
	*ret_port = sp_asprintf("%d", (int)port);
	return 0;
}

/* --- one try, in a child --------------------------------------------------- */

/* RFC 1071; the kernel does it for ICMPv6. */
static uint16_t checksum(const void *data, size_t len)
{
	const uint16_t *p = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2)
		sum += *p++;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static bool is_reply(int family, bool raw, const uint8_t *p, ssize_t n,
		     const struct icmphdr *sent)
{
	struct icmphdr got;

	if (family == AF_INET && raw) {
		size_t head = n > 0 ? (size_t)(p[0] & 15) * 4 : 0;

		p += head;
		n -= (ssize_t)head;
	}
	if (n < (ssize_t)sizeof(got))
		return false;
	memcpy(&got, p, sizeof(got));
	/* an unprivileged socket has a number of its own, and gets only that */
	return got.type == (family == AF_INET ? ICMP_ECHOREPLY
					      : ICMP6_ECHO_REPLY) &&
	       (!raw || got.un.echo.id == sent->un.echo.id);
}

static bool await_reply(int fd, int family, bool raw,
			const struct icmphdr *sent)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint8_t buf[1024];

	while (poll(&pfd, 1, TRY_S * 1000) > 0) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n < 0)
			return false;
		if (is_reply(family, raw, buf, n, sent))
			return true;
	}
	return false;
}

static bool ping(const struct addrinfo *to)
{
	bool v4 = to->ai_family == AF_INET, raw = false;
	int proto = v4 ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6;
	struct icmphdr echo = {
		.type = v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST,
		.un.echo = { .id = htons((uint16_t)getpid()),
			     .sequence = htons(1) },
	};
	sp_auto_close int fd =
		socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, proto);

	/* where net.ipv4.ping_group_range leaves root out */
	if (fd < 0) {
		raw = true;
		fd = socket(to->ai_family, SOCK_RAW | SOCK_CLOEXEC, proto);
	}
	if (v4)
		echo.checksum = checksum(&echo, sizeof(echo));
	return fd >= 0 && connect(fd, to->ai_addr, to->ai_addrlen) == 0 &&
	       send(fd, &echo, sizeof(echo), 0) == sizeof(echo) &&
	       await_reply(fd, to->ai_family, raw, &echo);
}

static bool connects(const struct addrinfo *to)
{
	const struct timeval limit = { .tv_sec = 2 * TRY_S };
	sp_auto_close int fd =
		socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);

	return fd >= 0 &&
	       setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ==
		       0 &&
	       connect(fd, to->ai_addr, to->ai_addrlen) == 0;
}

enum how { PING, TCP, DNS };

static bool try_once(enum how how, const char *host, const char *port)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = how == PING ? AI_NUMERICHOST : 0,
	};
	struct addrinfo *all;
	bool ok = how == DNS;

	if (getaddrinfo(host, port, &hints, &all) != 0)
		return false;
	for (const struct addrinfo *a = all; a && !ok; a = a->ai_next)
		ok = how == PING ? ping(a) : connects(a);
	freeaddrinfo(all);
	return ok;
}

/*
 * In a child, until it is killed: @number into @fd when there is an answer.
 * Not for ever, should the parent be killed.
 */
static void keep_trying(enum how how, const char *host, const char *port,
			int timeout_s, uint8_t number, int fd)
{
	sigset_t none;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGALRM, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)alarm((unsigned)timeout_s + 1);
	if (res_init() == 0) {
		_res.retrans = TRY_S;
		_res.retry = 2;
	}
	while (!try_once(how, host, port))
		(void)sleep(TRY_S);
	while (write(fd, &number, 1) < 0 && errno == EINTR)
		;
}

/* --- all of them -------------------------------------------------------------- */

struct target {
	enum how how;
	const char *text;
	char *host, *port; /* owned; @port may be NULL */
	pid_t pid;	   /* 0: none */
	bool answered;
};

struct targets {
	struct target v[SP_REACH_MAX];
	size_t n;
};

static void targets_clear(struct targets *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].pid > 0) {
			(void)kill(t->v[i].pid, SIGKILL);
			while (waitpid(t->v[i].pid, NULL, 0) < 0 &&
			       errno == EINTR)
				;
		}
		free(t->v[i].host);
		free(t->v[i].port);
	}
}
#define auto_targets __attribute__((cleanup(targets_clear))) struct targets

static int add(struct targets *t, enum how how, const struct sp_strv *l,
	       struct sp_err *err)
{
	for (size_t i = 0; i < l->n; i++) {
		struct target x = { .how = how, .text = l->v[i] };
		int r = 0;

		if (t->n == SP_REACH_MAX)
			return sp_fail(err, E2BIG,
				       "more than %d things to reach",
				       SP_REACH_MAX);
		if (how == TCP)
			r = sp_reach_split(x.text, &x.host, &x.port, err);
		else
			x.host = sp_xstrdup(x.text);
		if (r < 0)
			return r;
		t->v[t->n++] = x;
	}
	return 0;
}

static int start(struct targets *t, size_t i, int timeout_s, int to[2],
		 struct sp_err *err)
{
	struct target *x = &t->v[i];

	x->pid = fork();
	if (x->pid < 0)
		return sp_fail_errno(err, errno, "fork");
	if (x->pid == 0) {
		(void)close(to[0]);
		keep_trying(x->how, x->host, x->port, timeout_s, (uint8_t)i,
			    to[1]);
		_exit(0);
	}
	return 0;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* Until all have answered or the time is over. */
static void collect(struct targets *t, int fd, int timeout_s)
{
	int64_t end = now_ns() + timeout_s * NS_PER_S, left;
	size_t silent = t->n;

	while (silent > 0 && (left = end - now_ns()) > 0) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		uint8_t i;

		if (poll(&pfd, 1, (int)(left / 1000000) + 1) <= 0)
			continue;
		if (read(fd, &i, 1) != 1)
			return; /* every child has gone */
		if (i < t->n && !t->v[i].answered) {
			t->v[i].answered = true;
			silent--;
		}
	}
}

int sp_reach_try(const struct sp_reach *r, int timeout_s, struct sp_strv *ret,
		 struct sp_err *err)
{
	static const char *const words[][2] = {
		[PING] = { "ping", N_("no answer") },
		[TCP] = { "tcp", N_("no connection") },
		[DNS] = { "dns", N_("no address") },
	};
	auto_targets t = { .n = 0 };
	int fds[2], rc;

	rc = add(&t, PING, &r->ping, err);
	if (rc == 0)
		rc = add(&t, TCP, &r->tcp, err);
	if (rc == 0)
		rc = add(&t, DNS, &r->dns, err);
	if (rc < 0)
		return rc;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return sp_fail_errno(err, errno, "pipe");
	for (size_t i = 0; i < t.n && rc == 0; i++)
		rc = start(&t, i, timeout_s, fds, err);
	(void)close(fds[1]);
	if (rc == 0)
		collect(&t, fds[0], timeout_s);
	(void)close(fds[0]);
	for (size_t i = 0; i < t.n && rc == 0; i++)
		if (!t.v[i].answered)
			sp_strv_addf(ret, "%s %s: %s", words[t.v[i].how][0],
				     t.v[i].text, _(words[t.v[i].how][1]));
	return rc;
}
