/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/profile.h"

int profile_find_verb(const struct profile *p, const char *name)
{
	for (unsigned int i = 0; i < p->n_verbs; i++)
		if (!strcmp(p->verb[i].name, name))
			return (int)i;
	return -1;
}

int profile_find_device(const struct profile_verb *v, const char *name)
{
	for (unsigned int i = 0; i < v->n_devices; i++)
		if (!strcmp(v->device[i].name, name))
			return (int)i;
	return -1;
}

int profile_find_modifier(const struct profile_verb *v, const char *name)
{
	for (unsigned int i = 0; i < v->n_modifiers; i++)
		if (!strcmp(v->modifier[i].name, name))
			return (int)i;
	return -1;
}

bool route_equal(const struct route *a, const struct route *b)
{
	return a->verb == b->verb && a->devices == b->devices &&
	       a->modifiers == b->modifiers;
}

static const struct profile_verb *verb_of(const struct profile *p, const struct route *r)
{
	if (r->verb < 0 || (unsigned int)r->verb >= p->n_verbs)
		return NULL;
	return &p->verb[r->verb];
}

static void copy_name(char dst[TACET_NAME_MAX], const char *src)
{
	snprintf(dst, TACET_NAME_MAX, "%s", src);
}

void route_to_names(const struct profile *p, const struct route *r,
		    struct route_names *ret)
{
	const struct profile_verb *v = verb_of(p, r);

	memset(ret, 0, sizeof(*ret));
	if (!v)
		return;
	copy_name(ret->verb, v->name);
	for (unsigned int i = 0; i < v->n_devices; i++)
		if (r->devices & (1ULL << i))
			copy_name(ret->device[ret->n_devices++], v->device[i].name);
	for (unsigned int i = 0; i < v->n_modifiers; i++)
		if (r->modifiers & (1ULL << i))
			copy_name(ret->modifier[ret->n_modifiers++], v->modifier[i].name);
}

int route_from_names(const struct profile *p, const struct route_names *n,
		     struct route *ret, unsigned int *ret_missing)
{
	struct route r = { .verb = ROUTE_NO_VERB };
	const struct profile_verb *v;
	unsigned int missing = 0;

	if (!n->verb[0]) {
		*ret = r;
		*ret_missing = n->n_devices + n->n_modifiers;
		return 0;
	}
	r.verb = profile_find_verb(p, n->verb);
	if (r.verb < 0)
		return -1;
	v = &p->verb[r.verb];
	for (unsigned int i = 0; i < n->n_devices && i < PROFILE_DEVICES; i++) {
		int d = profile_find_device(v, n->device[i]);

		if (d < 0)
			missing++;
		else
			r.devices |= 1ULL << d;
	}
	for (unsigned int i = 0; i < n->n_modifiers && i < PROFILE_MODIFIERS; i++) {
		int m = profile_find_modifier(v, n->modifier[i]);

		if (m < 0)
			missing++;
		else
			r.modifiers |= 1ULL << m;
	}
	*ret = r;
	*ret_missing = missing;
	return 0;
}

enum pcm_match {
	PCM_NONE,    /* no PCM is named */
	PCM_OTHER,   /* another PCM, or another card's */
	PCM_THIS,    /* the one looked for */
	PCM_OBSCURE, /* a name that only alsa-lib's configuration can resolve */
};

/* Length of one argument of a PCM name, up to ',' or the end. */
static size_t arg_len(const char *s)
{
	return strcspn(s, ",");
}

static bool arg_is_card(const char *s, size_t n, const char *card_id, int index)
{
	char number[16];

	if (strlen(card_id) == n && !strncmp(s, card_id, n))
		return true;
	snprintf(number, sizeof(number), "%d", index);
	return strlen(number) == n && !strncmp(s, number, n);
}

/* "hw:Card,0", "hw:CARD=Card,DEV=0", "plughw:0,0,1", "_ucm0001.hw:Card,0" */
static enum pcm_match pcm_match(const char *name, const char *card_id, int index,
				unsigned int device)
{
	const char *args = strstr(name, "hw:");
	bool card = false;
	unsigned long dev = 0;

	if (!name[0])
		return PCM_NONE;
	if (!args || (args != name && args[-1] != '.' &&
		      strncmp(name, "plughw:", 7) != 0 && !strstr(name, ".plughw:")))
		return PCM_OBSCURE;
	args += 3;
	for (unsigned int i = 0; *args; i++) {
		size_t n = arg_len(args);
		const char *value = args;

		if (!strncmp(args, "CARD=", 5) || (i == 0 && !memchr(args, '=', n))) {
			if (value[0] == 'C' && !strncmp(value, "CARD=", 5))
				value += 5;
			card = arg_is_card(value, n - (size_t)(value - args), card_id,
					   index);
		} else if (!strncmp(args, "DEV=", 4)) {
			dev = strtoul(args + 4, NULL, 10);
		} else if (i == 1 && !memchr(args, '=', n)) {
			dev = strtoul(args, NULL, 10);
		}
		args += n;
		if (*args == ',')
			args++;
	}
	return card && dev == device ? PCM_THIS : PCM_OTHER;
}

struct feed {
	bool fed;     /* something that is on names it */
	bool named;   /* something names it */
	bool obscure; /* something that is on has a PCM that cannot be told apart */
};

static void feed_add(struct feed *f, enum pcm_match m, bool on)
{
	switch (m) {
	case PCM_THIS:
		f->named = true;
		f->fed |= on;
		break;
	case PCM_OBSCURE:
		f->obscure |= on;
		break;
	case PCM_NONE:
	case PCM_OTHER:
		break;
	}
}

int route_feeds(const struct profile *p, const struct route *r, const char *card_id,
		int index, unsigned int device, bool capture)
{
	struct feed f = { 0 };

	for (unsigned int i = 0; i < p->n_verbs; i++) {
		const struct profile_verb *v = &p->verb[i];
		bool on = r->verb == (int)i;

		feed_add(&f,
			 pcm_match(capture ? v->capture_pcm : v->playback_pcm, card_id,
				   index, device),
			 on);
		for (unsigned int d = 0; d < v->n_devices; d++)
			feed_add(&f,
				 pcm_match(capture ? v->device[d].capture_pcm
						   : v->device[d].playback_pcm,
					   card_id, index, device),
				 on && (r->devices & (1ULL << d)));
		for (unsigned int m = 0; m < v->n_modifiers; m++)
			feed_add(&f,
				 pcm_match(capture ? v->modifier[m].capture_pcm
						   : v->modifier[m].playback_pcm,
					   card_id, index, device),
				 on && (r->modifiers & (1ULL << m)));
	}
	if (f.fed)
		return 1;
	return f.named && !f.obscure ? 0 : -1;
}
