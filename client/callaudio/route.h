/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a dialer wants, as a route of the card: modes, speaker and mute to the names of its UCM
 * profile. Pure.
 */
#ifndef TACET_CALLAUDIO_ROUTE_H
#define TACET_CALLAUDIO_ROUTE_H

#include "core/jack.h"
#include "core/profile.h"

/* The values of org.mobian_project.CallAudio's properties. */
enum ca_state {
	CA_OFF = 0,
	CA_ON = 1,
	CA_UNKNOWN = 255,
};

enum ca_speaker {
	CA_SPEAKER_AUTO, /* as it is; for another verb: what the mode is used with */
	CA_SPEAKER_OFF,
	CA_SPEAKER_ON,
};

enum ca_mute_by {
	CA_MUTE_AUTO,	 /* by controls where the profile names some, else by device */
	CA_MUTE_CONTROL, /* by the capture switches only */
	CA_MUTE_DEVICE,	 /* by leaving out the devices that record */
};

/* The names to look for, the preferred ones first. */
struct ca_names {
	struct name_list call_verbs;
	struct name_list default_verbs;
	struct name_list earpiece;
	struct name_list speaker;
	struct name_list
		bluetooth; /* never chosen, only kept: they may not be in reach */
	struct name_list mic;
};

struct ca_want {
	bool call;
	bool fresh; /* the mode was just entered: outputs are chosen anew */
	enum ca_speaker speaker;
	bool mute;
};

/* A card as tacetd tells of it. */
struct ca_card {
	const struct profile *profile;
	struct route route;
	bool known; /* @route is in force */
	struct jacks jacks;
};

/* The route that a call displaced, for afterwards. */
struct ca_before {
	bool valid;
	struct route route;
	struct jacks jacks;
};

enum ca_result {
	CA_OK,
	CA_NO_VERB,	 /* the profile has no verb for the mode */
	CA_NO_SPEAKER,	 /* the verb has none */
	CA_ONLY_SPEAKER, /* ... or nothing else */
	CA_NO_OUTPUT,
};

/* What is looked for when the configuration does not say otherwise. */
extern const struct ca_names ca_default_names;

/* Do two names mean the same: case, blanks, '_', '-' and digits at the end do not count. */
bool ca_same_name(const char *a, const char *b);

/**
 * ca_route() - the route that meets a wish
 * @before: what to go back to after a call, if nothing was plugged or unplugged since
 * @mute_by_device: a muted microphone is one that is left out
 *
 * What is on and fits the wish stays on. Else an output is, in this order: the speaker if it is
 * wanted; what a jack says is plugged; the earpiece for a call, the speaker otherwise; any
 * other by priority. An input is a plugged one, a microphone of @n->mic, any other.
 *
 * Return: CA_OK and @ret, else @ret is untouched.
 */
enum ca_result ca_route(const struct ca_names *n, const struct ca_card *card,
			const struct ca_before *before, const struct ca_want *want,
			bool mute_by_device, struct route *ret);

/* Has the profile a verb of its own for calls? Else only the devices tell a call. */
bool ca_has_call_verb(const struct ca_names *n, const struct profile *p);

bool ca_is_call_verb(const struct ca_names *n, const struct profile *p, int verb);

/* Devices of a route that play, record, or are a speaker. */
uint64_t ca_outputs(const struct profile_verb *v);
uint64_t ca_inputs(const struct profile_verb *v);
uint64_t ca_speakers(const struct ca_names *n, const struct profile_verb *v);

/* A sentence about a failure for the log. Return: @buf. */
const char *ca_result_text(enum ca_result r, const struct profile *p, bool call,
			   char *buf, size_t size);

#endif
