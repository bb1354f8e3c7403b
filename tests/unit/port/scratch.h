/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder of its own for each test, which stands in for / or for the state directory. */
#ifndef TACET_TESTS_SCRATCH_H
#define TACET_TESTS_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
	char path[64];
	int fd;
};

static inline int scratch_setup(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	strcpy(s->path, "/tmp/tacet-test-XXXXXX");
	if (!mkdtemp(s->path))
		return -1;
	s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = s;
	return s->fd < 0;
}

static inline int scratch_remove(const char *path, const struct stat *st, int type,
				 struct FTW *ftw)
{
	return remove(path);
}

static inline int scratch_teardown(void **state)
{
	struct scratch *s = *state;

	close(s->fd);
	nftw(s->path, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
	free(s);
	return 0;
}

/* Write a file below the scratch folder, with the folders above it. */
static inline void scratch_put(struct scratch *s, const char *name, const void *data,
			       size_t n)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", s->path, name);
	for (char *p = path + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
	f = fopen(path, "we");
	if (!f || fwrite(data, 1, n, f) != n || fclose(f))
		abort();
}

static inline void scratch_text(struct scratch *s, const char *name, const char *text)
{
	scratch_put(s, name, text, strlen(text));
}

#endif
