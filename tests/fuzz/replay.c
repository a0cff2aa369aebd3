/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* replay.c - run a fuzzer over files, for compilers without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t runs;

static void one_file(const char *path)
{
	size_t len = 0, cap = 1 << 16;
	uint8_t *data = malloc(cap);
	FILE *f = fopen(path, "rbe");

	if (!f || !data) {
		perror(path);
		exit(1);
	}
	for (;;) {
		size_t n = fread(data + len, 1, cap - len, f);

		len += n;
		if (n == 0)
			break;
		if (len == cap) {
			cap *= 2;
			data = realloc(data, cap);
			if (!data)
				abort();
		}
	}
	fclose(f);
	/* Exactly as large as the input, so that ASan sees one byte more. */
	uint8_t *exact = malloc(len ? len : 1);

	if (!exact)
		abort();
	for (size_t i = 0; i < len; i++)
		exact[i] = data[i];
	free(data);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	runs++;
}

static void one_path(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		perror(path);
		exit(1);
	}
	if (!S_ISDIR(st.st_mode)) {
		one_file(path);
		return;
	}
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);

	if (n < 0) {
		perror(path);
		exit(1);
	}
	for (int i = 0; i < n; i++) {
		char *p;

		if (names[i]->d_name[0] != '.') {
			if (asprintf(&p, "%s/%s", path, names[i]->d_name) < 0)
				abort();
			one_path(p);
			free(p);
		}
		free(names[i]);
	}
	free(names);
}

int main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		one_path(argv[i]);
	printf("%zu inputs\n", runs);
	return 0;
}
