// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "util/cleanup.h"

static int max_level = -1; /* -1: not asked for yet */
static int to_journal = -1;

int log_level_from_string(const char *s)
{
	static const char *const name[] = { "emerg",   "alert",	 "crit", "err",
					    "warning", "notice", "info", "debug" };

	for (unsigned int i = 0; i < ARRAY_SIZE(name); i++) {
		if (!strcmp(s, name[i]) || (s[0] == (char)('0' + i) && !s[1]))
			return (int)i;
	}
	return -EINVAL;
}

void log_set_max_level(int level)
{
	max_level = level;
}

int log_max_level(void)
{
	if (max_level < 0) {
		const char *s = getenv("TACET_LOG_LEVEL");

		max_level = s ? log_level_from_string(s) : LOG_INFO;
		if (max_level < 0)
			max_level = LOG_INFO;
	}
	return max_level;
}

/* Is stderr the stream that systemd connected to the journal? It tells device and inode. */
static bool stderr_is_journal(void)
{
	const char *s = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return s && sscanf(s, "%llu:%llu", &dev, &ino) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == dev && st.st_ino == ino;
}

struct record {
	unsigned int n;
	struct iovec iov[12];
	char text[12][2048];
};

static void record_addf(struct record *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void record_addf(struct record *r, const char *fmt, ...)
{
	char *buf = r->text[r->n];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(r->text[0]), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(r->text[0]))
		n = sizeof(r->text[0]) - 1;
	r->iov[r->n++] = (struct iovec){ .iov_base = buf, .iov_len = (size_t)n };
}

static void log_to_journal(int level, int error, const struct log_fields *f,
			   const char *file, int line, const char *func,
			   const char *message)
{
	struct record r;

	r.n = 0;
	record_addf(&r, "PRIORITY=%d", level);
	record_addf(&r, "MESSAGE=%s", message);
	record_addf(&r, "CODE_FILE=%s", file);
	record_addf(&r, "CODE_LINE=%d", line);
	record_addf(&r, "CODE_FUNC=%s", func);
	if (error)
		record_addf(&r, "ERRNO=%d", -error);
	if (f && f->message_id)
		record_addf(&r, "MESSAGE_ID=%s", f->message_id);
	if (f && f->card)
		record_addf(&r, "TACET_CARD=%s", f->card);
	if (f && f->switch_id)
		record_addf(&r, "TACET_SWITCH=%llu", (unsigned long long)f->switch_id);
	if (f && f->pcm)
		record_addf(&r, "TACET_PCM=%s", f->pcm);
	if (f && f->result)
		record_addf(&r, "TACET_RESULT=%s", f->result);
	sd_journal_sendv(r.iov, (int)r.n);
}

int log_full(int level, int error, const struct log_fields *fields, const char *file,
	     int line, const char *func, const char *fmt, ...)
{
	int saved = errno;
	char message[2000];
	va_list ap;

	if (to_journal < 0)
		to_journal = stderr_is_journal();

	errno = error < 0 ? -error : saved;
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);

	if (to_journal)
		log_to_journal(level, error, fields, file, line, func, message);
	else if (fields && fields->card)
		fprintf(stderr, "%s: %s\n", fields->card, message);
	else
		fprintf(stderr, "%s\n", message);
	errno = saved;
	return error;
}
