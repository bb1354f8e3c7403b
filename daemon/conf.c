/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "conf.h"
#include "conf-file.h"
#include "conf-value.h"
#include "util/cleanup.h"

enum section {
	SECTION_TACETD,
	SECTION_CARD,
	SECTION_HOLD,
};

struct key {
	enum section section;
	const char *name;
	conf_parser parse;
	size_t offset;
	const void *arg;     /* of the parser: choices, or the size of a string */
	const char *expects; /* completes "expected ..." */
};

static const struct conf_choice rules[] = {
	{ "auto", CONF_RULE_AUTO },
	{ "always", CONF_RULE_ALWAYS },
	{},
};

static const struct conf_choice manages[] = { { "auto", CONF_MANAGE_AUTO },
					      { "yes", CONF_MANAGE_YES },
					      { "no", CONF_MANAGE_NO },
					      {} };

#define CARD(field)   offsetof(struct conf_card, field)
#define HOLD(field)   offsetof(struct conf_hold, field)
#define TACETD(field) offsetof(struct conf, field)
#define STRING(type, field) \
	(&(const struct conf_size){ sizeof(((struct type *)0)->field) })
#define RANGE(lo, hi) (&(const struct conf_range){ lo, hi })

/* The one table: which key of which section fills which field. man/tacetd.conf.5 follows it. */
static const struct key keys[] = {
	{ SECTION_TACETD, "Rule", conf_value_choice, TACETD(rule), rules,
	  "auto or always" },
	{ SECTION_TACETD, "ForeignTakeover", conf_value_bool, TACETD(foreign_takeover),
	  NULL, "yes or no" },
	{ SECTION_TACETD, "TraceLength", conf_value_uint, TACETD(trace_length),
	  RANGE(0, 1024), "a number from 0 to 1024" },
	{ SECTION_TACETD, "MaxLeases", conf_value_uint, TACETD(max_leases),
	  RANGE(1, 1024), "a number from 1 to 1024" },
	{ SECTION_TACETD, "MaxLeasesPerUser", conf_value_uint,
	  TACETD(max_leases_per_user), RANGE(1, 1024), "a number from 1 to 1024" },

	{ SECTION_CARD, "Manage", conf_value_choice, CARD(manage), manages,
	  "yes, no or auto" },
	{ SECTION_CARD, "Lock", conf_value_bool, CARD(lock), NULL, "yes or no" },
	{ SECTION_CARD, "LockExclude", conf_value_strv, CARD(lock_exclude), NULL,
	  "control names, separated by commas" },
	{ SECTION_CARD, "FollowJacks", conf_value_bool, CARD(follow_jacks), NULL,
	  "yes or no" },
	{ SECTION_CARD, "DefaultVerb", conf_value_string, CARD(default_verb),
	  STRING(conf_card, default_verb), "the name of a UCM verb, at most 63 bytes" },
	{ SECTION_CARD, "DefaultDevices", conf_value_names, CARD(default_devices), NULL,
	  "at most 16 names of UCM devices, separated by commas" },
	{ SECTION_CARD, "Timeout", conf_value_time, CARD(timeout_us), NULL,
	  "a time such as 500ms, 5s or 2min, above 0 and at most 10min" },
	{ SECTION_CARD, "UcmTimeout", conf_value_time, CARD(ucm_timeout_us), NULL,
	  "a time such as 500ms, 5s or 2min, above 0 and at most 10min" },
	{ SECTION_CARD, "ResumeTimeout", conf_value_time, CARD(resume_timeout_us), NULL,
	  "a time such as 500ms, 5s or 2min, above 0 and at most 10min" },
	{ SECTION_CARD, "Quiesce", conf_value_quiesce, CARD(quiesce), NULL,
	  "auto, pause, drain or drop" },

	{ SECTION_HOLD, "Card", conf_value_string, HOLD(card), STRING(conf_hold, card),
	  "the id of a card, at most 31 bytes" },
	{ SECTION_HOLD, "Verb", conf_value_string, HOLD(verb), STRING(conf_hold, verb),
	  "the name of a UCM verb, at most 63 bytes" },
	{ SECTION_HOLD, "Device", conf_value_string, HOLD(device),
	  STRING(conf_hold, device), "the name of a UCM device, at most 63 bytes" },
	{ SECTION_HOLD, "PCM", conf_value_string, HOLD(spec.pcm),
	  STRING(conf_hold, spec.pcm), "a PCM such as hw:0,2, at most 63 bytes" },
	{ SECTION_HOLD, "Direction", conf_value_direction, HOLD(spec.capture), NULL,
	  "playback or capture" },
	{ SECTION_HOLD, "Rate", conf_value_uint, HOLD(spec.rate), RANGE(4000, 768000),
	  "a rate in Hz from 4000 to 768000" },
	{ SECTION_HOLD, "Channels", conf_value_uint, HOLD(spec.channels), RANGE(1, 32),
	  "a number from 1 to 32" },
	{ SECTION_HOLD, "Format", conf_value_string, HOLD(spec.format),
	  STRING(conf_hold, spec.format), "an ALSA format such as S16_LE" },
};

static void set_defaults(struct conf_card *c)
{
	*c = (struct conf_card){
		.manage = CONF_MANAGE_AUTO,
		.lock = true,
		.timeout_us = 5000000,
		.ucm_timeout_us = 5000000,
		.resume_timeout_us = 2000000,
		.quiesce = QUIESCE_AUTO,
	};
}

static struct conf_card *card_of(struct conf *c, const char *id)
{
	struct conf_card **grown, *n;

	for (unsigned int i = 0; i < c->n_cards; i++)
		if (!strcmp(c->card[i]->id, id))
			return c->card[i];
	grown = reallocarray(c->card, c->n_cards + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	c->card = grown;
	n = malloc(sizeof(*n));
	if (!n)
		return NULL;
	set_defaults(n);
	strncpy(n->id, id, sizeof(n->id) - 1);
	c->card[c->n_cards++] = n;
	return n;
}

static struct conf_hold *hold_of(struct conf *c, const char *name)
{
	struct conf_hold **grown, *n;

	for (unsigned int i = 0; i < c->n_holds; i++)
		if (!strcmp(c->hold[i]->name, name))
			return c->hold[i];
	grown = reallocarray(c->hold, c->n_holds + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	c->hold = grown;
	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	strncpy(n->name, name, sizeof(n->name) - 1);
	c->hold[c->n_holds++] = n;
	return n;
}

/* "card Foo" -> the section and "Foo". Return: the struct to fill, or NULL after a complaint. */
static void *section_of(struct conf_file *f, struct conf *c, const char *name,
			enum section *ret)
{
	void *base = NULL;

	if (!strcmp(name, "tacetd")) {
		*ret = SECTION_TACETD;
		return c;
	}
	if (!strncmp(name, "card ", 5) && name[5] && strlen(name + 5) < 32) {
		*ret = SECTION_CARD;
		base = card_of(c, name + 5);
	} else if (!strncmp(name, "hold ", 5) && name[5]) {
		*ret = SECTION_HOLD;
		base = hold_of(c, name + 5);
	} else if (!name[0]) {
		conf_file_complain(f,
				   "A key stands before any section, expected [tacetd], "
				   "[card ID] or [hold NAME] above it.");
		return NULL;
	} else {
		conf_file_complain(
			f,
			"Unknown section [%s], expected [tacetd], [card ID] or [hold "
			"NAME].",
			name);
		return NULL;
	}
	if (!base)
		conf_file_complain(f, "Out of memory.");
	return base;
}

static void on_key(struct conf_file *f, const char *section, const char *name,
		   const char *value, void *userdata)
{
	enum section s;
	void *base = section_of(f, userdata, section, &s);

	if (!base)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct key *k = &keys[i];

		if (k->section != s || strcmp(k->name, name))
			continue;
		if (k->parse(value, (char *)base + k->offset, k->arg) < 0)
			conf_file_complain(f, "%s=%s: expected %s.", name, value,
					   k->expects);
		return;
	}
	conf_file_complain(f, "Unknown key %s= in section [%s], see tacetd.conf(5).",
			   name, section);
}

/* What can be told only when all files are read. */
static void check_whole(struct conf *c, const char *path, FILE *errors, bool *failed)
{
	for (unsigned int i = 0; i < c->n_holds; i++) {
		const struct conf_hold *h = c->hold[i];

		if (!h->card[0] || !h->spec.pcm[0]) {
			fprintf(errors, "%s: Section [hold %s] lacks %s=.\n", path,
				h->name, h->card[0] ? "PCM" : "Card");
			*failed = true;
		}
	}
	for (unsigned int i = 0; i < c->n_cards; i++) {
		const struct conf_card *k = c->card[i];

		if (k->default_devices.n && !k->default_verb[0]) {
			fprintf(errors,
				"%s: Section [card %s] has DefaultDevices= but lacks "
				"DefaultVerb=.\n",
				path, k->id);
			*failed = true;
		}
	}
}

int conf_load(const struct conf_paths *paths, struct conf **ret, char **ret_errors)
{
	_cleanup_(conf_freep) struct conf *c = calloc(1, sizeof(*c));
	_cleanup_(conf_dropins_freep) struct conf_dropins *dropins = NULL;
	_cleanup_free_ char *text = NULL;
	_cleanup_fclose_ FILE *errors = NULL;
	bool failed = false;
	size_t size;
	int r;

	if (!c)
		return -ENOMEM;
	c->trace_length = 32;
	c->max_leases = 256;
	c->max_leases_per_user = 64;
	set_defaults(&c->defaults);
	errors = open_memstream(&text, &size);
	if (!errors)
		return -ENOMEM;

	r = conf_file_read(paths->file, on_key, c, errors, &failed);
	if (r >= 0)
		r = conf_dropins_list(paths->dropins, CONF_DROPIN_DIRS, &dropins);
	for (unsigned int i = 0; r >= 0 && i < dropins->n; i++)
		r = conf_file_read(dropins->path[i], on_key, c, errors, &failed);
	if (r < 0)
		return r;
	if (!failed)
		check_whole(c, paths->file, errors, &failed);
	if (failed) {
		if (fflush(errors) != 0)
			return -ENOMEM;
		fclose(TAKE_PTR(errors));
		*ret_errors = TAKE_PTR(text);
		return -EBADMSG;
	}
	*ret = TAKE_PTR(c);
	return 0;
}

struct conf *conf_free(struct conf *c)
{
	if (!c)
		return NULL;
	for (unsigned int i = 0; i < c->n_cards; i++) {
		conf_strv_free(c->card[i]->lock_exclude);
		free(c->card[i]);
	}
	for (unsigned int i = 0; i < c->n_holds; i++)
		free(c->hold[i]);
	free(c->card);
	free(c->hold);
	free(c);
	return NULL;
}

const struct conf_card *conf_card(const struct conf *c, const char *id)
{
	for (unsigned int i = 0; i < c->n_cards; i++)
		if (!strcmp(c->card[i]->id, id))
			return c->card[i];
	return &c->defaults;
}
