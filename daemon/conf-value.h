/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a value of the configuration is read: one parser for each kind of field. */
#ifndef TACET_CONF_VALUE_H
#define TACET_CONF_VALUE_H

#include <stddef.h>

/* @field: what to fill; @arg: the parser's own. Return: 0, or -EINVAL and @field untouched. */
typedef int (*conf_parser)(const char *value, void *field, const void *arg);

struct conf_choice {
	const char *name; /* NULL ends the list */
	int value;
};

struct conf_size {
	size_t size;
};

struct conf_range {
	unsigned int min, max;
};

int conf_value_bool(const char *value, void *field, const void *arg);	/* bool */
int conf_value_uint(const char *value, void *field, const void *arg);	/* conf_range */
int conf_value_time(const char *value, void *field, const void *arg);	/* uint64_t, us */
int conf_value_string(const char *value, void *field, const void *arg); /* conf_size */
int conf_value_choice(const char *value, void *field,
		      const void *arg); /* conf_choice[] */
int conf_value_direction(const char *value, void *field,
			 const void *arg); /* bool capture */
int conf_value_quiesce(const char *value, void *field, const void *arg);
int conf_value_names(const char *value, void *field, const void *arg); /* name_list */
int conf_value_strv(const char *value, void *field,
		    const void *arg); /* char **, appends */

void conf_strv_free(char **v);

/* Paths of the drop-ins that count, in order. */
struct conf_dropins {
	unsigned int n;
	char **path;
};

int conf_dropins_list(const char *const *dirs, unsigned int n_dirs,
		      struct conf_dropins **ret);
struct conf_dropins *conf_dropins_free(struct conf_dropins *d);

static inline void conf_dropins_freep(struct conf_dropins **d)
{
	conf_dropins_free(*d);
}

#endif
