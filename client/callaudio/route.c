/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "callaudio/route.h"
#include "util/cleanup.h"

#define BIT(i) (UINT64_C(1) << (i))

/* Of alsa-ucm-conf's phones, and UCM's own words for the rest. */
const struct ca_names ca_default_names = {
	.call_verbs = { 3, { "Voice Call", "Phone Call", "Voice" } },
	.default_verbs = { 2, { "HiFi", "Music" } },
	.earpiece = { 3, { "Earpiece", "Handset", "Receiver" } },
	.speaker = { 4, { "Speaker", "SpeakerPhone", "Speakers", "HandsFree" } },
	.bluetooth = { 4, { "Bluetooth", "BT", "BluetoothSCO", "SCO" } },
	.mic = { 6,
		 { "Mic", "Handset Mic", "Internal Mic", "Digital Mic", "Microphone",
		   "Main Mic" } },
};

/* The next character that counts, or '\0'. */
static int next_char(const char **s)
{
	while (**s == ' ' || **s == '_' || **s == '-')
		(*s)++;
	return **s ? tolower((unsigned char)*(*s)++) : '\0';
}

static bool only_digits(const char *s)
{
	while (*s == ' ' || isdigit((unsigned char)*s))
		s++;
	return !*s;
}

bool ca_same_name(const char *a, const char *b)
{
	for (;;) {
		const char *a0 = a, *b0 = b;
		int x = next_char(&a), y = next_char(&b);

		if (x != y)
			return (!x || isdigit(x)) && (!y || isdigit(y)) &&
			       only_digits(a0) && only_digits(b0);
		if (!x)
			return true;
	}
}

static bool is_one_of(const struct name_list *l, const char *name)
{
	for (unsigned int i = 0; i < l->n; i++)
		if (ca_same_name(l->name[i], name))
			return true;
	return false;
}

static int find_verb(const struct profile *p, const struct name_list *l)
{
	for (unsigned int i = 0; i < l->n; i++)
		for (unsigned int v = 0; v < p->n_verbs; v++)
			if (ca_same_name(l->name[i], p->verb[v].name))
				return v;
	return -1;
}

bool ca_is_call_verb(const struct ca_names *n, const struct profile *p, int verb)
{
	return verb >= 0 && is_one_of(&n->call_verbs, p->verb[verb].name);
}

bool ca_has_call_verb(const struct ca_names *n, const struct profile *p)
{
	return find_verb(p, &n->call_verbs) >= 0;
}

static int default_verb(const struct ca_names *n, const struct profile *p)
{
	int v = find_verb(p, &n->default_verbs);

	for (unsigned int i = 0; v < 0 && i < p->n_verbs; i++)
		if (!ca_is_call_verb(n, p, i))
			v = i;
	return v;
}

/* A verb with a PCM of its own may have devices without one: those that do not record, play. */
uint64_t ca_outputs(const struct profile_verb *v)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < v->n_devices; i++) {
		const struct profile_device *d = &v->device[i];

		if (d->playback_pcm[0] ||
		    (v->playback_pcm[0] && !d->capture_pcm[0] && !d->capture_priority))
			bits |= BIT(i);
	}
	return bits;
}

uint64_t ca_inputs(const struct profile_verb *v)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < v->n_devices; i++) {
		const struct profile_device *d = &v->device[i];

		if (d->capture_pcm[0] ||
		    (v->capture_pcm[0] && !d->playback_pcm[0] && d->capture_priority))
			bits |= BIT(i);
	}
	return bits;
}

static uint64_t named(const struct profile_verb *v, const struct name_list *l)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < v->n_devices; i++)
		if (is_one_of(l, v->device[i].name))
			bits |= BIT(i);
	return bits;
}

uint64_t ca_speakers(const struct ca_names *n, const struct profile_verb *v)
{
	return named(v, &n->speaker) & ca_outputs(v);
}

static bool plugged(const struct jacks *j, const char *control)
{
	for (unsigned int i = 0; i < j->n; i++)
		if (!strcmp(j->jack[i].control, control))
			return j->jack[i].plugged;
	return false;
}

/* Devices whose jack says that they are there; and those that have none. */
static uint64_t with_plug(const struct profile_verb *v, const struct jacks *j)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < v->n_devices; i++)
		if (v->device[i].jack_control[0] && plugged(j, v->device[i].jack_control))
			bits |= BIT(i);
	return bits;
}

static uint64_t without_jack(const struct profile_verb *v)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < v->n_devices; i++)
		if (!v->device[i].jack_control[0])
			bits |= BIT(i);
	return bits;
}

static bool can_be_with(const struct profile_verb *v, unsigned int i, uint64_t on)
{
	const struct profile_device *d = &v->device[i];

	if (d->conflicts & on || (d->supported && on & ~d->supported))
		return false;
	for (unsigned int k = 0; k < v->n_devices; k++)
		if (on & BIT(k) && v->device[k].supported &&
		    !(v->device[k].supported & BIT(i)))
			return false;
	return true;
}

/* The one of @of with the highest priority that can be on beside @on; 0 if there is none. */
static uint64_t best(const struct profile_verb *v, uint64_t of, bool capture, uint64_t on)
{
	int found = -1, highest = 0;

	for (unsigned int i = 0; i < v->n_devices; i++) {
		int priority = capture ? v->device[i].capture_priority
				       : v->device[i].playback_priority;

		if (!(of & BIT(i)) || !can_be_with(v, i, on) ||
		    (found >= 0 && priority <= highest))
			continue;
		found = i;
		highest = priority;
	}
	return found >= 0 ? BIT(found) : 0;
}

/* In the order of the list, not of the profile. */
static uint64_t first_named(const struct profile_verb *v, const struct name_list *l,
			    uint64_t of, uint64_t on)
{
	for (unsigned int k = 0; k < l->n; k++)
		for (unsigned int i = 0; i < v->n_devices; i++)
			if (of & BIT(i) && ca_same_name(l->name[k], v->device[i].name) &&
			    can_be_with(v, i, on))
				return BIT(i);
	return 0;
}

struct choice {
	const struct ca_names *n;
	const struct ca_card *card;
	const struct ca_want *want;
	const struct profile_verb *v;
	uint64_t now;	   /* what is on, if the verb stays */
	uint64_t in_reach; /* plugged, or without a jack */
};

static enum ca_result choose_output(const struct choice *c, uint64_t *ret)
{
	const struct profile_verb *v = c->v;
	uint64_t all = ca_outputs(v), speakers = ca_speakers(c->n, v);
	uint64_t now = c->want->fresh ? 0 : c->now & all, rest, out = 0;

	if (c->want->speaker == CA_SPEAKER_ON) {
		out = now & speakers & c->in_reach;
		if (!out)
			out = first_named(v, &c->n->speaker, speakers & c->in_reach, 0);
		*ret = out;
		return out ? CA_OK : CA_NO_SPEAKER;
	}
	if (now && !(now & ~c->in_reach) &&
	    (c->want->speaker == CA_SPEAKER_AUTO || !(now & speakers))) {
		*ret = now;
		return CA_OK;
	}
	all &= c->in_reach & ~named(v, &c->n->bluetooth);
	rest = all & ~speakers;
	out = best(v, rest & with_plug(v, &c->card->jacks), false, 0);
	if (!out && !c->want->call && c->want->speaker == CA_SPEAKER_AUTO)
		out = first_named(v, &c->n->speaker, speakers & all, 0);
	if (!out)
		out = first_named(v, &c->n->earpiece, rest, 0);
	if (!out)
		out = best(v, rest, false, 0);
	if (!out && c->want->speaker == CA_SPEAKER_AUTO)
		out = best(v, all, false, 0);
	if (!out)
		return speakers ? CA_ONLY_SPEAKER : CA_NO_OUTPUT;
	*ret = out;
	return CA_OK;
}

static uint64_t choose_input(const struct choice *c, uint64_t out)
{
	const struct profile_verb *v = c->v;
	uint64_t all = ca_inputs(v), now = c->now & all & ~out, in;

	if (out & all) /* a headset that is one device for both */
		return 0;
	if (now && !(now & ~c->in_reach) && now == best(v, now, true, out))
		return now;
	all &= c->in_reach & ~named(v, &c->n->bluetooth);
	in = best(v, all & with_plug(v, &c->card->jacks), true, out);
	if (!in)
		in = first_named(v, &c->n->mic, all, out);
	return in ?: best(v, all, true, out);
}

/* Nothing was plugged or unplugged meanwhile, and it was no call's. */
static bool goes_back(const struct ca_names *n, const struct ca_card *card,
		      const struct ca_before *b, const struct ca_want *want)
{
	if (!b || !b->valid || want->call || want->speaker != CA_SPEAKER_AUTO ||
	    b->route.verb < 0 || ca_is_call_verb(n, card->profile, b->route.verb))
		return false;
	for (unsigned int i = 0; i < card->jacks.n; i++)
		if (plugged(&b->jacks, card->jacks.jack[i].control) !=
		    card->jacks.jack[i].plugged)
			return false;
	return true;
}

enum ca_result ca_route(const struct ca_names *n, const struct ca_card *card,
			const struct ca_before *before, const struct ca_want *want,
			bool mute_by_device, struct route *ret)
{
	const struct profile *p = card->profile;
	struct choice c = { .n = n, .card = card, .want = want };
	struct route route = { .verb = ROUTE_NO_VERB };
	uint64_t out;
	enum ca_result r;

	if (want->call)
		route.verb = find_verb(p, &n->call_verbs);
	else if (card->known && !ca_is_call_verb(n, p, card->route.verb))
		route.verb = card->route.verb;
	if (route.verb < 0)
		route.verb = default_verb(n, p);
	if (route.verb < 0)
		return CA_NO_VERB;
	if ((want->fresh || !card->known || card->route.verb != route.verb) &&
	    goes_back(n, card, before, want)) {
		*ret = before->route;
		return CA_OK;
	}
	if (card->known && card->route.verb == route.verb) {
		c.now = card->route.devices;
		route.modifiers = card->route.modifiers;
	}
	c.v = &p->verb[route.verb];
	c.in_reach = with_plug(c.v, &card->jacks) | without_jack(c.v);
	r = choose_output(&c, &out);
	if (r != CA_OK)
		return r;
	/* What neither plays nor records is none of our business. */
	route.devices = out | (c.now & ~(ca_outputs(c.v) | ca_inputs(c.v)));
	if (!want->mute || !mute_by_device)
		route.devices |= choose_input(&c, out);
	*ret = route;
	return CA_OK;
}

const char *ca_result_text(enum ca_result r, const struct profile *p, bool call,
			   char *buf, size_t size)
{
	switch (r) {
	case CA_OK:
		snprintf(buf, size, "done");
		break;
	case CA_NO_VERB:
		snprintf(buf, size,
			 "The UCM profile has no verb for %s; name one as %s= in "
			 "callaudiod.conf.",
			 call ? "calls" : "anything but calls",
			 call ? "CallVerbs" : "DefaultVerbs");
		break;
	case CA_NO_SPEAKER:
		snprintf(buf, size,
			 "The UCM verb has no device that is a speaker; name it as "
			 "Speaker= in callaudiod.conf.");
		break;
	case CA_ONLY_SPEAKER:
		snprintf(buf, size,
			 "The UCM verb has no output but the speaker (or none that is "
			 "plugged).");
		break;
	case CA_NO_OUTPUT:
		snprintf(buf, size, "The UCM verb has no output that is plugged.");
		break;
	}
	return buf;
}
