/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "conf-value.h"
#include "util/cleanup.h"

int conf_value_bool(const char *value, void *field, const void *arg)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!strcasecmp(value, yes[i])) {
			*(bool *)field = true;
			return 0;
		}
		if (!strcasecmp(value, no[i])) {
			*(bool *)field = false;
			return 0;
		}
	}
	return -EINVAL;
}

int conf_value_uint(const char *value, void *field, const void *arg)
{
	const struct conf_range *range = arg;
	unsigned long n;
	char *end;

	if (!isdigit((unsigned char)value[0]))
		return -EINVAL;
	errno = 0;
	n = strtoul(value, &end, 10);
	if (errno || *end || n < range->min || n > range->max)
		return -EINVAL;
	*(unsigned int *)field = n;
	return 0;
}

int conf_parse_time(const char *s, uint64_t *ret_us)
{
	static const struct {
		const char *name;
		double us;
	} units[] = {
		{ "us", 1 }, { "ms", 1e3 }, { "s", 1e6 }, { "", 1e6 }, { "min", 60e6 },
	};
	double n;
	char *end;

	if (!isdigit((unsigned char)s[0]))
		return -EINVAL;
	n = strtod(s, &end);
	while (*end == ' ')
		end++;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(end, units[i].name))
			continue;
		n *= units[i].us;
		/* Written so that a NaN fails, too. */
		if (!(n >= 0 && n <= (double)REQUEST_TIMEOUT_MAX_US))
			return -EINVAL;
		*ret_us = n;
		return 0;
	}
	return -EINVAL;
}

int conf_value_time(const char *value, void *field, const void *arg)
{
	uint64_t us;

	if (conf_parse_time(value, &us) < 0 || !us)
		return -EINVAL;
	*(uint64_t *)field = us;
	return 0;
}

int conf_value_string(const char *value, void *field, const void *arg)
{
	const struct conf_size *size = arg;

	if (strlen(value) >= size->size)
		return -EINVAL;
	memset(field, 0, size->size);
	memcpy(field, value, strlen(value));
	return 0;
}

int conf_value_choice(const char *value, void *field, const void *arg)
{
	for (const struct conf_choice *c = arg; c->name; c++) {
		if (strcasecmp(value, c->name))
			continue;
		*(unsigned int *)field = c->value;
		return 0;
	}
	return -EINVAL;
}

int conf_value_direction(const char *value, void *field, const void *arg)
{
	bool capture = !strcasecmp(value, "capture");

	if (!capture && strcasecmp(value, "playback"))
		return -EINVAL;
	*(bool *)field = capture;
	return 0;
}

int conf_value_quiesce(const char *value, void *field, const void *arg)
{
	int mode = quiesce_mode_parse(value);

	/* live is asked for by a request, or follows from Rule=. */
	if (mode < 0 || mode == QUIESCE_LIVE)
		return -EINVAL;
	*(enum quiesce_mode *)field = mode;
	return 0;
}

/* The next of a comma-separated list, stripped; @s moves on. Return: its length, 0 at the end. */
static size_t next_item(const char **s, const char **ret)
{
	const char *b = *s, *e;

	while (*b == ',' || isspace((unsigned char)*b))
		b++;
	e = b + strcspn(b, ",");
	*s = e;
	while (e > b && isspace((unsigned char)e[-1]))
		e--;
	*ret = b;
	return e - b;
}

int conf_value_names(const char *value, void *field, const void *arg)
{
	struct name_list list = {}, *ret = field;
	const char *item;
	size_t n;

	while ((n = next_item(&value, &item))) {
		if (n >= TACET_NAME_MAX || list.n >= REQUEST_NAMES)
			return -EINVAL;
		memcpy(list.name[list.n++], item, n);
	}
	*ret = list;
	return 0;
}

void conf_strv_free(char **v)
{
	if (!v)
		return;
	for (char **s = v; *s; s++)
		free(*s);
	free(v);
}

int conf_value_strv(const char *value, void *field, const void *arg)
{
	char ***v = field;
	const char *item;
	size_t have = 0, n;

	if (!*value) {
		conf_strv_free(*v);
		*v = NULL;
		return 0;
	}
	while (*v && (*v)[have])
		have++;
	while ((n = next_item(&value, &item))) {
		char **grown = reallocarray(*v, have + 2, sizeof(*grown));

		if (!grown)
			return -EINVAL;
		*v = grown;
		grown[have + 1] = NULL;
		grown[have] = strndup(item, n);
		if (!grown[have])
			return -EINVAL;
		have++;
	}
	return 0;
}

static int by_base_name(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;

	return strcmp(strrchr(x, '/') + 1, strrchr(y, '/') + 1);
}

static int is_conf(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n > 5 && !strcmp(d->d_name + n - 5, ".conf");
}

static int dropins_add(struct conf_dropins *d, const char *dir, const char *name)
{
	_cleanup_free_ char *path = NULL;
	char **grown;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return -ENOMEM;
	for (unsigned int i = 0; i < d->n; i++) {
		if (strcmp(strrchr(d->path[i], '/') + 1, name))
			continue;
		free(d->path[i]);
		d->path[i] = TAKE_PTR(path);
		return 0;
	}
	grown = reallocarray(d->path, d->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	d->path = grown;
	d->path[d->n++] = TAKE_PTR(path);
	return 0;
}

int conf_dropins_list(const char *const *dirs, unsigned int n_dirs,
		      struct conf_dropins **ret)
{
	_cleanup_(conf_dropins_freep) struct conf_dropins *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	for (unsigned int i = 0; i < n_dirs; i++) {
		struct dirent **entries = NULL;
		int n, r = 0;

		if (!dirs[i])
			continue;
		n = scandir(dirs[i], &entries, is_conf, alphasort);
		if (n < 0) {
			if (errno == ENOENT || errno == ENOTDIR)
				continue;
			return -errno;
		}
		for (int k = 0; k < n; k++) {
			if (r >= 0)
				r = dropins_add(d, dirs[i], entries[k]->d_name);
			free(entries[k]);
		}
		free(entries);
		if (r < 0)
			return r;
	}
	if (d->n)
		qsort(d->path, d->n, sizeof(*d->path), by_base_name);
	*ret = TAKE_PTR(d);
	return 0;
}

struct conf_dropins *conf_dropins_free(struct conf_dropins *d)
{
	if (!d)
		return NULL;
	for (unsigned int i = 0; i < d->n; i++)
		free(d->path[i]);
	free(d->path);
	free(d);
	return NULL;
}
