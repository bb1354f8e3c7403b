/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the administrator wrote: /etc/tacet/tacetd.conf and its drop-ins, as one plain struct.
 * A configuration is read whole and never changed; reloading makes a new one.
 */
#ifndef TACET_CONF_H
#define TACET_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/request.h"
#include "port/held.h"

#define CONF_DROPIN_DIRS 3

enum conf_rule {
	CONF_RULE_AUTO,	  /* live where the kernel is repaired */
	CONF_RULE_ALWAYS, /* the rest is kept on every kernel */
};

enum conf_manage {
	CONF_MANAGE_AUTO, /* when the card has a UCM profile */
	CONF_MANAGE_YES,  /* the same, and a missing profile is a fault */
	CONF_MANAGE_NO,
};

/* A [card ID] section; a card without one has the defaults. */
struct conf_card {
	char id[32];
	enum conf_manage manage;
	bool lock;
	bool follow_jacks;
	char **lock_exclude; /* NULL-terminated; NULL when empty */
	char default_verb[TACET_NAME_MAX];
	struct name_list default_devices;
	uint64_t timeout_us;
	uint64_t ucm_timeout_us;
	uint64_t resume_timeout_us;
	enum quiesce_mode quiesce;
};

/* A [hold NAME] section: a hostless PCM kept open while its verb and device are on. */
struct conf_hold {
	char name[TACET_NAME_MAX];
	char card[32];
	char verb[TACET_NAME_MAX];   /* "" = any verb */
	char device[TACET_NAME_MAX]; /* "" = no device needed */
	struct held_spec spec;
};

struct conf {
	enum conf_rule rule;
	bool foreign_takeover;
	unsigned int trace_length;
	unsigned int max_leases;
	unsigned int max_leases_per_user;
	unsigned int n_cards;
	struct conf_card **card;
	unsigned int n_holds;
	struct conf_hold **hold;
	struct conf_card defaults; /* of a card that has no section */
};

/* The file and the folders of its drop-ins, the weakest first; unused ones are NULL. */
struct conf_paths {
	const char *file;
	const char *dropins[CONF_DROPIN_DIRS];
};

/**
 * conf_load() - read the file and its drop-ins
 * @ret: conf_free() releases it
 * @ret_errors: all faults, one "file:line: sentence" a line, when -EBADMSG is returned; free()
 *
 * A missing file or folder is no fault. Drop-ins are taken in the order of their names; of two
 * with the same name the one in the stronger folder counts.
 *
 * Return: 0; -EBADMSG and @ret_errors; or another negative errno.
 */
int conf_load(const struct conf_paths *paths, struct conf **ret, char **ret_errors);
struct conf *conf_free(struct conf *c);

static inline void conf_freep(struct conf **c)
{
	conf_free(*c);
}

/* The settings of a card, never NULL. */
const struct conf_card *conf_card(const struct conf *c, const char *id);

/* "500ms", "5s", "2min", "1.5" (seconds) to microseconds. Return: 0 or -EINVAL. */
int conf_parse_time(const char *s, uint64_t *ret_us);

#endif
