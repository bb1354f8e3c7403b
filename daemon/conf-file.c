/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>

#include "conf-file.h"
#include "util/cleanup.h"

struct conf_file {
	const char *path;
	FILE *file;
	unsigned int line;
	bool too_long; /* the rest of an overlong line is being skipped */
	FILE *errors;
	bool failed;
	conf_file_key key;
	void *userdata;
};

void conf_file_complain(struct conf_file *f, const char *fmt, ...)
{
	va_list ap;

	fprintf(f->errors, "%s:%u: ", f->path, f->line);
	va_start(ap, fmt);
	vfprintf(f->errors, fmt, ap);
	va_end(ap);
	fputc('\n', f->errors);
	f->failed = true;
}

static int on_key(void *userdata, const char *section, const char *name,
		  const char *value)
{
	struct conf_file *f = userdata;

	f->key(f, section, name, value, f->userdata);
	return 1;
}

/* fgets() that counts lines: inih tells its handler the section, but not the line. */
static char *read_line(char *buf, int size, void *stream)
{
	struct conf_file *f = stream;

	for (;;) {
		size_t n;

		if (!fgets(buf, size, f->file))
			return NULL;
		n = strlen(buf);
		if (f->too_long) {
			f->too_long = n && buf[n - 1] != '\n';
			continue;
		}
		f->line++;
		if (n && buf[n - 1] != '\n' && !feof(f->file)) {
			conf_file_complain(
				f, "The line is too long, expected at most %d bytes.",
				size - 3);
			f->too_long = true;
			continue;
		}
		return buf;
	}
}

int conf_file_read(const char *path, conf_file_key key, void *userdata, FILE *errors,
		   bool *failed)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	struct conf_file f = {
		.path = path,
		.file = file,
		.errors = errors,
		.key = key,
		.userdata = userdata,
	};
	int r;

	if (!file) {
		if (errno == ENOENT)
			return 0;
		fprintf(errors, "%s: %s.\n", path, strerror(errno));
		*failed = true;
		return 0;
	}
	r = ini_parse_stream(read_line, &f, on_key, &f);
	if (r > 0) {
		/* Only syntax comes back here; inih counts lines as we do, unless some were
		 * too long, and that has been said. */
		f.line = r;
		conf_file_complain(
			&f, "This is neither a [section], a Key=value nor a # comment.");
	}
	*failed |= f.failed;
	return r < 0 ? -ENOMEM : 0;
}
