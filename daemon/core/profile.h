/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A card's UCM profile as plain data, as far as decisions need it. Read once by the UCM
 * worker, immutable afterwards. Devices and modifiers are bits, so that a route is a value.
 */
#ifndef TACET_CORE_PROFILE_H
#define TACET_CORE_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/request.h"

#define PROFILE_VERBS	  16
#define PROFILE_DEVICES	  64 /* per verb; a bit each */
#define PROFILE_MODIFIERS 64 /* per verb; a bit each */

struct profile_device {
	char name[TACET_NAME_MAX];
	char playback_pcm[TACET_NAME_MAX]; /* "hw:TacetPhone,0" or "" */
	char capture_pcm[TACET_NAME_MAX];
	char jack_control
		[TACET_NAME_MAX]; /* the kcontrol that tells whether it is plugged */
	char capture_switch[TACET_NAME_MAX]; /* the kcontrol that mutes it, or "" */
	char capture_elem[TACET_NAME_MAX];   /* its simple mixer element, or "" */
	int playback_priority;
	int capture_priority;
	uint64_t
		conflicts; /* devices of the verb that cannot be on beside it; symmetric */
	uint64_t supported; /* when not 0: only these can be on beside it */
};

struct profile_modifier {
	char name[TACET_NAME_MAX];
	char playback_pcm[TACET_NAME_MAX];
	char capture_pcm[TACET_NAME_MAX];
	uint64_t supported; /* devices that it works with; 0 = any */
	uint64_t conflicts; /* devices that it cannot be with */
};

struct profile_verb {
	char name[TACET_NAME_MAX];
	char playback_pcm[TACET_NAME_MAX]; /* the verb's own, where it routes by itself */
	char capture_pcm[TACET_NAME_MAX];
	unsigned int n_devices;
	unsigned int n_modifiers;
	struct profile_device device[PROFILE_DEVICES];
	struct profile_modifier modifier[PROFILE_MODIFIERS];
};

struct profile {
	unsigned int n_verbs;
	struct profile_verb verb[PROFILE_VERBS];
};

#define ROUTE_NO_VERB (-1)

/* Where the sound goes: a value, compared and copied freely. */
struct route {
	int verb; /* index, or ROUTE_NO_VERB */
	uint64_t devices;
	uint64_t modifiers;
};

/* The same route by name, as it is stored, shown and sent; it outlives a changed profile. */
struct route_names {
	char verb[TACET_NAME_MAX];
	unsigned int n_devices;
	unsigned int n_modifiers;
	char device[PROFILE_DEVICES][TACET_NAME_MAX];
	char modifier[PROFILE_MODIFIERS][TACET_NAME_MAX];
};

int profile_find_verb(const struct profile *p, const char *name);	   /* or -1 */
int profile_find_device(const struct profile_verb *v, const char *name);   /* or -1 */
int profile_find_modifier(const struct profile_verb *v, const char *name); /* or -1 */

bool route_equal(const struct route *a, const struct route *b);

/* Names of a route; @ret is filled whole. */
void route_to_names(const struct profile *p, const struct route *r,
		    struct route_names *ret);

/* The route of names; names that the profile no longer has are left out and counted in
 * @ret_missing. Return: 0, or -1 when not even the verb exists. */
int route_from_names(const struct profile *p, const struct route_names *n,
		     struct route *ret, unsigned int *ret_missing);

/**
 * route_feeds() - does a route give a PCM at least one back end, as the profile tells
 * @card_id: the card's id; @index: its number (PCM names may use either)
 *
 * Return: 1 yes, 0 no (the profile names this PCM elsewhere, but nothing that is on has it),
 * -1 it cannot be told: the profile never names this PCM, or what is on has a PCM whose name
 * is not a plain hw: or plughw:.
 */
int route_feeds(const struct profile *p, const struct route *r, const char *card_id,
		int index, unsigned int device, bool capture);

#endif
