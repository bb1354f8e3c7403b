/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Structured logging: to the journal with fields when systemd connected us to it, else as
 * plain lines to stderr. Code under core/, port/ and util/ logs at debug only.
 */
#ifndef TACET_UTIL_LOG_H
#define TACET_UTIL_LOG_H

#include <errno.h>
#include <stdint.h>
#include <syslog.h>

#include "util/message-ids.h"

/* What a message is about; each field that is set becomes one of the journal's. */
struct log_fields {
	const char *message_id; /* MESSAGE_ID=, one of TACET_MESSAGE_* */
	const char *card;	/* TACET_CARD= */
	uint64_t switch_id;	/* TACET_SWITCH=, 0 = none */
	const char *pcm;	/* TACET_PCM= */
	const char *result;	/* TACET_RESULT= */
};

/* Most verbose level that is let through; LOG_INFO unless TACET_LOG_LEVEL says otherwise. */
void log_set_max_level(int level);
int log_max_level(void);

/* "debug", "info", "notice", "warning", "err" or 0..7. Return: the level or -EINVAL. */
int log_level_from_string(const char *s);

/**
 * log_full() - log one message; use the macros below
 * @level: LOG_ERR ... LOG_DEBUG
 * @error: 0, or a negative errno that %m in @fmt stands for
 * @fields: or NULL
 *
 * Return: @error, so that `return log_error_errno(r, ...)` reads well. Keeps errno.
 */
int log_full(int level, int error, const struct log_fields *fields, const char *file,
	     int line, const char *func, const char *fmt, ...)
	__attribute__((format(printf, 7, 8)));

#define log_full_errno(level, error, fields, ...)                                \
	({                                                                       \
		int __level = (level), __error = (error);                        \
		__level <= log_max_level()                                       \
			? log_full(__level, __error, fields, __FILE__, __LINE__, \
				   __func__, __VA_ARGS__)                        \
			: __error;                                               \
	})

#define log_fields_full(level, fields, ...) \
	((void)log_full_errno(level, 0, fields, __VA_ARGS__))

#define log_debug(...)	 log_fields_full(LOG_DEBUG, NULL, __VA_ARGS__)
#define log_info(...)	 log_fields_full(LOG_INFO, NULL, __VA_ARGS__)
#define log_notice(...)	 log_fields_full(LOG_NOTICE, NULL, __VA_ARGS__)
#define log_warning(...) log_fields_full(LOG_WARNING, NULL, __VA_ARGS__)
#define log_error(...)	 log_fields_full(LOG_ERR, NULL, __VA_ARGS__)

#define log_debug_errno(error, ...) log_full_errno(LOG_DEBUG, error, NULL, __VA_ARGS__)
#define log_warning_errno(error, ...) \
	log_full_errno(LOG_WARNING, error, NULL, __VA_ARGS__)
#define log_error_errno(error, ...) log_full_errno(LOG_ERR, error, NULL, __VA_ARGS__)

/* log_card(LOG_INFO, "TacetPhone", "managed, %u verbs", n) */
#define log_card(level, id, ...) \
	log_fields_full(level, (&(const struct log_fields){ .card = (id) }), __VA_ARGS__)

#endif
