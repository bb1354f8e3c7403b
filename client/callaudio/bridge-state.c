/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "callaudio/bridge-internal.h"
#include "util/cleanup.h"
#include "util/log.h"

/* The switch of a device's microphone: its own, else its simple element's. */
static const char *device_switch(struct bridge *b, const struct profile_device *d,
				 char *buf, size_t size)
{
	if (d->capture_switch[0] && mixer_has(b->mixer, d->capture_switch))
		return d->capture_switch;
	if (!d->capture_elem[0])
		return NULL;
	snprintf(buf, size, "%s Capture Switch", d->capture_elem);
	if (mixer_has(b->mixer, buf))
		return buf;
	snprintf(buf, size, "%s Switch", d->capture_elem);
	return mixer_has(b->mixer, buf) ? buf : NULL;
}

typedef int (*switch_each)(struct bridge *b, const char *name, void *userdata);

/* Each capture switch of a verb: of all its microphones, as one that is plugged later must not
 * be heard either. Return: their number, -ENOENT when a microphone has none, or what @each
 * returned below 0. */
static int each_switch(struct bridge *b, int verb, switch_each each, void *userdata)
{
	const struct ca_card *card = tacet_card(b->tacet);
	const struct name_list *own = &b->conf->mute_controls;
	const struct profile_verb *v;
	uint64_t inputs;
	int n = 0, r = 0;

	if (!card || verb < 0 || b->conf->mute_by == CA_MUTE_DEVICE)
		return 0;
	for (unsigned int i = 0; i < own->n; i++, n++) {
		if (!mixer_has(b->mixer, own->name[i]))
			return -ENOENT;
		if (each && (r = each(b, own->name[i], userdata)) < 0)
			return r;
	}
	if (n)
		return n;
	v = &card->profile->verb[verb];
	inputs = ca_inputs(v);
	for (unsigned int i = 0; i < v->n_devices; i++) {
		char buf[TACET_NAME_MAX + 16];
		const char *name;

		if (!(inputs >> i & 1))
			continue;
		name = device_switch(b, &v->device[i], buf, sizeof(buf));
		if (!name)
			return -ENOENT;
		if (each && (r = each(b, name, userdata)) < 0)
			return r;
		n++;
	}
	return n;
}

bool bridge_mutes_by_device(struct bridge *b, int verb)
{
	switch (b->conf->mute_by) {
	case CA_MUTE_AUTO:
		return each_switch(b, verb, NULL, NULL) <= 0;
	case CA_MUTE_CONTROL:
		return false;
	case CA_MUTE_DEVICE:
		return true;
	}
	return true;
}

static int set_switch(struct bridge *b, const char *name, void *userdata)
{
	const bool *on = userdata;
	bool now;
	int r = mixer_get(b->mixer, name, &now);

	if (r < 0 || now == *on)
		return r;
	r = mixer_set(b->mixer, name, *on);
	if (r < 0)
		log_warning_errno(r, "'%s' cannot be turned %s: %m", name,
				  *on ? "on" : "off");
	return r;
}

int bridge_mute_controls(struct bridge *b, int verb, bool mute)
{
	bool on = !mute;
	int n;

	/* Somebody may want a microphone off that nobody muted here. */
	if (!mute && !b->muted)
		return 0;
	if (bridge_mutes_by_device(b, verb))
		return 0;
	n = each_switch(b, verb, set_switch, &on);
	if (n == 0 && mute)
		return -ENOENT;
	/* Already now: whoever unmutes before the route has followed must find this. */
	b->muted |= mute;
	return n < 0 ? n : 0;
}

static int count_on(struct bridge *b, const char *name, void *userdata)
{
	unsigned int *n = userdata;
	bool on;
	int r = mixer_get(b->mixer, name, &on);

	*n += r >= 0 && on;
	return r;
}

/* Return: whether the microphone is muted, as the card tells; -1 if it does not. */
static int is_muted(const struct bridge *bridge)
{
	struct bridge *b = (struct bridge *)bridge;
	const struct ca_card *card = tacet_card(b->tacet);
	const struct profile_verb *v;
	unsigned int on = 0;

	if (!card || !card->known || card->route.verb < 0)
		return -1;
	if (!bridge_mutes_by_device(b, card->route.verb)) {
		if (each_switch(b, card->route.verb, count_on, &on) <= 0)
			return -1;
		return !on;
	}
	v = &card->profile->verb[card->route.verb];
	if (card->route.devices & ca_inputs(v))
		return false;
	/* Music needs no microphone; a call without one is muted. */
	return b->want.mute ||
	       (ca_is_call_verb(&b->conf->names, card->profile, card->route.verb) &&
		ca_inputs(v));
}

struct bridge_state bridge_state(const struct bridge *b)
{
	const struct ca_card *card = tacet_card(b->tacet);
	struct bridge_state s = { CA_UNKNOWN, CA_UNKNOWN, CA_UNKNOWN };
	const struct ca_names *n = &b->conf->names;
	int muted = is_muted(b);

	if (!card || !card->known || card->route.verb < 0)
		return s;
	if (ca_has_call_verb(n, card->profile))
		s.mode = ca_is_call_verb(n, card->profile, card->route.verb);
	else
		s.mode = bridge_in_call(b);
	s.speaker = (card->route.devices &
		     ca_speakers(n, &card->profile->verb[card->route.verb])) != 0;
	if (muted >= 0)
		s.mic = muted ? CA_OFF : CA_ON;
	return s;
}

void bridge_muted_now(struct bridge *b)
{
	if (b->muted != b->want.mute)
		log_info("Microphone %s", b->want.mute ? "muted" : "unmuted");
	b->muted = b->want.mute;
}

void bridge_adopt_mute(struct bridge *b)
{
	int muted = is_muted(b);

	if (muted >= 0)
		b->want.mute = b->muted = muted;
}

bool bridge_jacks_differ(const struct jacks *a, const struct jacks *b)
{
	if (a->n != b->n)
		return true;
	for (unsigned int i = 0; i < a->n; i++)
		if (a->jack[i].plugged != b->jack[i].plugged)
			return true;
	return false;
}

void bridge_adopt(struct bridge *b)
{
	struct bridge_state s = bridge_state(b);
	bool call;

	if (s.mode == CA_UNKNOWN)
		return;
	call = s.mode == CA_ON;
	if (b->calls && !call) {
		/* Somebody took the route away from a call that goes on. */
		log_notice("The route of the call is gone; it is set again");
		b->want.fresh = true;
		b->reassert = true;
		return;
	}
	if (!call && b->want.call && b->muted) {
		b->want.mute = false;
		b->reassert = true; /* the call was ended from elsewhere: unmute */
	}
	if (!b->calls)
		b->want.call = call;
	if (call && s.speaker == CA_ON && b->want.speaker == CA_SPEAKER_OFF &&
	    bridge_jacks_differ(&b->jacks, &tacet_card(b->tacet)->jacks)) {
		/* The headset was pulled, and tacetd went back to what was on before it; but
		 * meanwhile the speaker was turned off. */
		b->jacks = tacet_card(b->tacet)->jacks;
		b->reassert = true;
		return;
	}
	if (s.speaker == CA_ON)
		b->want.speaker = CA_SPEAKER_ON;
	else if (b->want.speaker == CA_SPEAKER_ON)
		b->want.speaker = CA_SPEAKER_AUTO;
	/* A microphone that was muted by leaving it out came back with a plug. */
	if (b->want.mute && s.mic == CA_ON)
		b->reassert = true;
}
