/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file of INI syntax, read so that each mistake can be told with its file and line. */
#ifndef TACET_CONF_FILE_H
#define TACET_CONF_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct conf_file;

/* Called for each key; says what is wrong with it by conf_file_complain(). */
typedef void (*conf_file_key)(struct conf_file *f, const char *section, const char *name,
			      const char *value, void *userdata);

/**
 * conf_file_read() - read a file; one that is not there is empty
 * @errors: gets one "file:line: sentence" a line
 * @failed: set when there was a mistake, else left alone
 *
 * A file that cannot be read is told in @errors, too.
 *
 * Return: 0, or -ENOMEM.
 */
int conf_file_read(const char *path, conf_file_key key, void *userdata, FILE *errors,
		   bool *failed);

void conf_file_complain(struct conf_file *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
