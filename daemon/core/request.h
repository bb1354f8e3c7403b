/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a client asks for, as plain values. Names are those of the UCM profile; whether they
 * exist is the plan's business, whether they are well formed is decided here.
 */
#ifndef TACET_CORE_REQUEST_H
#define TACET_CORE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

#define TACET_NAME_MAX	       64 /* UCM names and ALSA card ids, with the NUL */
#define REQUEST_NAMES	       16 /* devices or modifiers named in one request */
#define REQUEST_TIMEOUT_MAX_US (600ULL * 1000000)

enum quiesce_mode {
	QUIESCE_AUTO,
	QUIESCE_PAUSE,
	QUIESCE_DRAIN,
	QUIESCE_DROP,
	QUIESCE_LIVE,
	QUIESCE_MODE_MAX,
};

struct name_list {
	unsigned int n;
	char name[REQUEST_NAMES][TACET_NAME_MAX];
};

struct request {
	char verb[TACET_NAME_MAX]; /* "" = the verb stays */
	char to[TACET_NAME_MAX];   /* "" = none; else the one output (or input) to use */
	struct name_list enable;
	struct name_list disable;
	struct name_list enable_modifiers;
	struct name_list disable_modifiers;
	enum quiesce_mode quiesce;
	uint64_t timeout_us; /* 0 = as configured */
	bool dry_run;
	bool restore; /* the daemon's own: apply the remembered route after a start */
	bool outside; /* the daemon's own: another program wants to write within a rest */
};

/* The name of a mode as a person types it; NULL outside the enum. */
const char *quiesce_mode_name(enum quiesce_mode mode);

/* The mode of a name, or -EINVAL. */
int quiesce_mode_parse(const char *s);

/**
 * request_check() - is the request well formed: something to do, no name twice or both
 * enabled and disabled, `to` not mixed with the same name in disable, a sane time-out
 *
 * Return: 0, or -1 with @e set (TACET_ERR_INVALID_REQUEST).
 */
int request_check(const struct request *r, struct tacet_error *e);

/**
 * request_same() - does the later request make the earlier one pointless
 *
 * True when both choose the same things (same verb field set, and the later one names every
 * device and modifier that the earlier one names, or both choose with `to`). Dry runs and
 * restores are never the same as anything.
 */
bool request_same(const struct request *earlier, const struct request *later);

#endif
