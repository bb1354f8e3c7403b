// SPDX-License-Identifier: LGPL-2.1-or-later
#include <alsa/asoundlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "worker/worker.h"

static char text[512];
static unsigned int count;

/* The first complaint is the one nearest to the cause; it has the file and line of a broken
 * profile. What follows says the same from further away. */
static void on_error(const char *file, int line, const char *function, int err,
		     const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static void on_error(const char *file, int line, const char *function, int err,
		     const char *fmt, ...)
{
	size_t n = strlen(text);
	va_list ap;

	if (count++ < 2 && n + 4 < sizeof(text)) {
		if (n)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "; ");
		va_start(ap, fmt);
		vsnprintf(text + n, sizeof(text) - n, fmt, ap);
		va_end(ap);
		if (err && strlen(text) + 4 < sizeof(text)) {
			n = strlen(text);
			snprintf(text + n, sizeof(text) - n, ": %s", snd_strerror(err));
		}
	}
}

void message_install(void)
{
	snd_lib_error_set_handler(on_error);
}

void message_clear(void)
{
	text[0] = '\0';
	count = 0;
}

/* "_toplevel_:2:0:Unexpected char; could not load configuration file X" is what a broken file
 * gives; people look for "X:2:0:Unexpected char". */
static void name_the_file(void)
{
	static const char anonymous[] = "_toplevel_:", file[] = " configuration file ";
	char *sep = strstr(text, "; "), *path = sep ? strstr(sep, file) : NULL;
	char better[sizeof(text)];

	if (strncmp(text, anonymous, sizeof(anonymous) - 1) || !path)
		return;
	path += sizeof(file) - 1;
	*sep = '\0';
	snprintf(better, sizeof(better), "%s:%s", path, text + sizeof(anonymous) - 1);
	memcpy(text, better, sizeof(text));
}

const char *message_text(int error)
{
	/* messages of alsa-lib may end in a newline of their own */
	for (char *p = text; *p; p++) {
		if (*p == '\n')
			*p = p[1] ? ' ' : '\0';
	}
	name_the_file();
	return text[0] ? text : snd_strerror(error);
}

unsigned int message_count(void)
{
	return count;
}
