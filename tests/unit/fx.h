/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fx.h - for unit tests: the packages, keys and repositories that
 * tests/pkg/fixture builds, and files by name.
 */
#ifndef SPROUT_FX_H
#define SPROUT_FX_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/run.h"

/* The fixture's directory, owned; ends the test (77) where there is none. */
static inline char *fx_dir(void)
{
	const char *fx = getenv("FX"), *src = getenv("SRCDIR");
	const char *build = getenv("BUILDDIR");
	sp_auto_free char *script = NULL, *where = NULL;
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	if (fx)
		return sp_xstrdup(fx);
	script = sp_asprintf("%s/tests/pkg/fixture", src ? src : ".");
	where = sp_asprintf("BUILDDIR=%s", build ? build : ".");
	{
		const char *const argv[] = { "/usr/bin/env", where, script,
					     NULL };

		if (sp_run(-1, argv, NULL, &out, &err) < 0) {
			(void)printf("SKIP: %s\n", err.msg);
			exit(77);
		}
	}
	if (out.status) {
		(void)printf("%s\n", sp_buf_cstr(&out.text));
		exit(out.status == 77 ? 77 : 1);
	}
	while (out.text.len && out.text.data[out.text.len - 1] == '\n')
		out.text.data[--out.text.len] = '\0';
	return sp_buf_take(&out.text);
}

/* A file's content, whole. */
static inline void fx_read(const char *path, struct sp_buf *ret)
{
	FILE *f = fopen(path, "rbe");
	char block[4096];
	size_t n;

	if (!f) {
		perror(path);
		exit(1);
	}
	while ((n = fread(block, 1, sizeof(block), f)))
		sp_buf_addn(ret, block, n);
	(void)fclose(f);
}

static inline void fx_write(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "wbe");

	if (!f || fwrite(data, 1, len, f) != len || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

/* A directory for this test, owned; it is removed by fx_rmdir(). */
static inline char *fx_tmpdir(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = sp_asprintf("%s/sprout.XXXXXX", tmp ? tmp : "/tmp");

	if (!mkdtemp(dir)) {
		perror(dir);
		exit(1);
	}
	return dir;
}

static inline void fx_rmdir(const char *dir)
{
	const char *const argv[] = { "/bin/rm", "-rf", dir, NULL };
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	(void)sp_run(-1, argv, NULL, &out, &err);
}

/* tests/pkg/server.py, which ends when @in is closed. */
struct fx_server {
	int in, port;
	pid_t pid;
};

/* @tls: directory for certificates, or NULL; @option: one more, or NULL. */
static inline struct fx_server fx_serve(const char *root, const char *tls,
					const char *option, const char *value)
{
	const char *src = getenv("SRCDIR");
	sp_auto_free char *script =
		sp_asprintf("%s/tests/pkg/server.py", src ? src : ".");
	struct fx_server s = { .port = -1 };
	const char *argv[10] = { "python3", script };
	int in[2], out[2], n = 2;
	char text[16] = "";

	if (tls) {
		argv[n++] = "--tls";
		argv[n++] = tls;
	}
	if (option)
		argv[n++] = option;
	if (value)
		argv[n++] = value;
	argv[n] = root;
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0) {
		perror("pipe");
		exit(1);
	}
	s.pid = fork();
	if (s.pid == 0) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	s.in = in[1];
	for (size_t at = 0; at + 1 < sizeof(text) && !strchr(text, '\n'); at++)
		if (read(out[0], text + at, 1) != 1)
			break;
	s.port = (int)strtol(text, NULL, 10);
	(void)close(out[0]);
	if (s.port <= 0) {
		(void)printf("SKIP: no server (python3, openssl)\n");
		exit(77);
	}
	return s;
}

static inline void fx_stop(struct fx_server *s)
{
	(void)close(s->in);
	(void)waitpid(s->pid, NULL, 0);
}

#endif
