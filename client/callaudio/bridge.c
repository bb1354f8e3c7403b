/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "callaudio/bridge-internal.h"
#include "util/cleanup.h"
#include "util/log.h"

#define RETRY_FIRST_US (500 * UINT64_C(1000))
#define RETRY_MAX_US   (16 * UINT64_C(1000000))
#define GRACE_US       (5 * UINT64_C(1000000))

/* How long tacetd may take to bring back the route after a start. */
#define RESTORE_US (3 * UINT64_C(1000000))

static void act(struct bridge *b);
static void start(struct bridge *b);

static int on_retry(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct bridge *b = userdata;

	b->retry = sd_event_source_disable_unref(b->retry);
	start(b);
	act(b);
	return 0;
}

static void rest(struct bridge *b, uint64_t us)
{
	int r;

	if (b->retry)
		return;
	r = sd_event_add_time_relative(b->event, &b->retry, CLOCK_MONOTONIC, us, us / 8,
				       on_retry, b);
	if (r < 0)
		log_error_errno(r, "No timer: %m");
}

/* Later and later: what is busy now may be so for the length of a song. */
static void try_later(struct bridge *b)
{
	b->dirty = true;
	b->retry_us = b->retry_us ? b->retry_us * 2 : RETRY_FIRST_US;
	if (b->retry_us > RETRY_MAX_US)
		b->retry_us = RETRY_MAX_US;
	rest(b, b->retry_us);
}

static void try_no_more(struct bridge *b)
{
	b->retry = sd_event_source_disable_unref(b->retry);
	b->retry_us = 0;
}

/* Answer those who asked up to @serial. */
static void answer(struct bridge *b, uint64_t serial, bool success)
{
	struct bridge_state s = bridge_state(b);

	while (b->waiting && b->waiting->serial <= serial) {
		struct waiting *w = b->waiting;
		/* A mode that a call overrules did not become the mode. */
		bool ok = success && (w->wish != BRIDGE_MODE || s.mode == w->on);

		b->waiting = w->next;
		b->ops->answer(w->call, ok, b->userdata);
		free(w);
	}
	if (!b->waiting)
		b->grace = sd_event_source_disable_unref(b->grace);
}

static void publish(struct bridge *b)
{
	struct bridge_state s = bridge_state(b);

	if (s.mode == b->published.mode && s.speaker == b->published.speaker &&
	    s.mic == b->published.mic)
		return;
	b->published = s;
	b->ops->changed(b->userdata);
}

static int on_grace(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct bridge *b = userdata;
	bool passes;

	b->grace = sd_event_source_disable_unref(b->grace);
	log_warning("Not done: %s",
		    tacet_missing(b->tacet, &passes) ?: "tacetd does not answer.");
	answer(b, UINT64_MAX, false);
	return 0;
}

/* The wish stays and is met once there is a card; whoever asked waits for it a moment. */
static void wait_for_card(struct bridge *b)
{
	const char *why;
	bool passes;
	int r;

	if (!b->waiting)
		return;
	why = tacet_missing(b->tacet, &passes);
	if (why && !passes && b->asked_tacetd) {
		log_warning("Not done: %s", why);
		answer(b, UINT64_MAX, false);
		return;
	}
	if (!b->asked_tacetd && tacet_find(b->tacet) >= 0)
		b->asked_tacetd = true;
	if (b->grace)
		return;
	r = sd_event_add_time_relative(b->event, &b->grace, CLOCK_MONOTONIC, GRACE_US, 0,
				       on_grace, b);
	if (r < 0)
		answer(b, UINT64_MAX, false);
}

bool bridge_in_call(const struct bridge *b)
{
	return b->calls || b->want.call;
}

/* The mode changed: what was wanted of the other one is over. */
static void enter_mode(struct bridge *b, bool call)
{
	const struct ca_card *card = tacet_card(b->tacet);

	if (call) {
		b->before.valid = card && card->known;
		if (b->before.valid) {
			b->before.route = card->route;
			b->before.jacks = card->jacks;
		}
	} else {
		/* A microphone that stays mute after the call is a recording without sound. */
		b->want.mute = false;
	}
	b->want.speaker = CA_SPEAKER_AUTO;
	b->want.fresh = true;
}

static void set_call(struct bridge *b, bool want_call, bool calls)
{
	bool before = bridge_in_call(b);

	b->want.call = want_call;
	b->calls = calls;
	b->dirty = true;
	if (bridge_in_call(b) != before)
		enter_mode(b, !before);
}

static void apply_calls(struct bridge *b, bool calls)
{
	/* A call that ends takes the mode along, whoever asked for it. */
	set_call(b, calls ? b->want.call : false, calls);
	b->in_force = true;
	try_no_more(b);
	act(b);
}

/* Take over what is there: this process may be a second one, in the middle of a call. */
static void start(struct bridge *b)
{
	const struct ca_card *card = tacet_card(b->tacet);

	if (b->started || !card)
		return;
	b->started = true;
	if (!b->in_force && card->known)
		bridge_adopt(b);
	if (!b->muteable)
		bridge_adopt_mute(b);
	b->muteable = true;
	b->in_force |= card->known;
	if (b->calls_told)
		apply_calls(b, b->calls_seen);
}

static void wish_met(struct bridge *b, uint64_t serial)
{
	const struct ca_card *card = tacet_card(b->tacet);

	b->want.fresh = false;
	if (card)
		b->jacks = card->jacks;
	try_no_more(b);
	bridge_muted_now(b);
	publish(b);
	answer(b, serial, true);
}

/* It cannot be: the wish is given up for what is. */
static void give_up(struct bridge *b, const char *why)
{
	log_warning("Not done: %s", why);
	try_no_more(b);
	b->dirty = false;
	bridge_adopt(b);
	bridge_adopt_mute(b);
	if (b->reassert)
		try_later(b);
	b->reassert = false;
	publish(b);
	answer(b, UINT64_MAX, false);
}

static void act(struct bridge *b)
{
	const struct ca_card *card = tacet_card(b->tacet);
	struct ca_want want = b->want;
	struct route to;
	char text[256];
	enum ca_result result;
	int r;

	if (b->busy || !b->dirty || b->retry)
		return;
	if (!card) {
		wait_for_card(b);
		return;
	}
	want.call = bridge_in_call(b);
	result = ca_route(&b->conf->names, card, &b->before, &want, false, &to);
	if (result == CA_OK && want.mute && bridge_mutes_by_device(b, to.verb))
		result = ca_route(&b->conf->names, card, &b->before, &want, true, &to);
	if (result != CA_OK) {
		give_up(b, ca_result_text(result, card->profile, want.call, text,
					  sizeof(text)));
		return;
	}
	b->dirty = false;
	r = bridge_mute_controls(b, to.verb, want.mute);
	if (r >= 0 && !want.mute && card->known)
		r = bridge_mute_controls(b, card->route.verb, false);
	if (r < 0) {
		snprintf(text, sizeof(text), "The microphone cannot be %s: %s.",
			 want.mute ? "muted" : "unmuted", strerror(-r));
		give_up(b, text);
		return;
	}
	if (card->known && route_equal(&card->route, &to) && !b->again) {
		wish_met(b, b->serial);
		return;
	}
	r = tacet_switch(b->tacet, &to);
	if (r < 0) {
		log_warning_errno(r, "tacetd cannot be asked: %m");
		answer(b, b->serial, false);
		try_later(b);
		return;
	}
	b->again = false;
	b->asked = card->jacks;
	b->busy = true;
	b->flight = b->serial;
}

static void on_switched(const struct tacet_outcome *o, void *userdata)
{
	struct bridge *b = userdata;
	const struct ca_card *card = tacet_card(b->tacet);

	b->busy = false;
	/* A plug that tacetd told of after it was asked: the wish may lead elsewhere now. */
	if (o->done && card && bridge_jacks_differ(&b->asked, &card->jacks))
		b->dirty = true;
	if (o->done) {
		/* Unless somebody asked for more meanwhile, the wish is met. */
		if (!b->dirty)
			wish_met(b, b->flight);
		else
			answer(b, b->flight, true);
		publish(b);
	} else if (o->passes) {
		log_notice("Not done yet: %s (%s)", o->message, o->error);
		b->again = true;
		publish(b);
		answer(b, b->flight, false);
		if (tacet_card(b->tacet))
			try_later(b);
		else
			b->dirty = true; /* until the card is back */
	} else if (!b->dirty) {
		snprintf(b->why, sizeof(b->why), "%s (%s)", o->message, o->error);
		give_up(b, b->why);
	} else {
		answer(b, b->flight, false);
	}
	act(b);
}

static void on_card(void *userdata)
{
	struct bridge *b = userdata;
	const struct ca_card *card = tacet_card(b->tacet);
	int r;

	if (!card) {
		mixer_open(b->mixer, -1);
		/* What was in force has to be so again when it comes back. */
		if (b->had_card)
			b->dirty = b->in_force;
		b->had_card = false;
		publish(b);
		wait_for_card(b);
		return;
	}
	b->asked_tacetd = false;
	r = mixer_open(b->mixer, tacet_card_index(b->tacet));
	if (r < 0)
		log_debug("The card's controls cannot be opened: %s", strerror(-r));
	if (!b->had_card || (card->known && !b->was_known)) {
		try_no_more(b);
		/* tacetd brings the route back by itself; what was on then, stays on. */
		if (!card->known && !b->waiting)
			rest(b, RESTORE_US);
	}
	b->had_card = true;
	b->was_known = card->known;
	if (card->known)
		start(b);
	if (!b->busy && !b->dirty && card->known) {
		bridge_adopt(b);
		b->in_force = true;
		if (b->reassert)
			b->dirty = true;
		b->reassert = false;
	}
	publish(b);
	act(b);
}

static void on_mixer(void *userdata)
{
	struct bridge *b = userdata;

	if (!b->busy && !b->dirty && tacet_card(b->tacet))
		bridge_adopt_mute(b);
	publish(b);
}

static const struct tacet_ops tacet_ops = {
	.changed = on_card,
	.switched = on_switched,
};

void bridge_ask(struct bridge *b, enum bridge_wish wish, bool on, void *call)
{
	struct waiting *w = calloc(1, sizeof(*w)), **end = &b->waiting;

	if (!w) {
		b->ops->answer(call, false, b->userdata);
		return;
	}
	*w = (struct waiting){
		.call = call, .serial = ++b->serial, .wish = wish, .on = on
	};
	while (*end)
		end = &(*end)->next;
	*end = w;
	switch (wish) {
	case BRIDGE_MODE:
		set_call(b, on, b->calls);
		break;
	case BRIDGE_SPEAKER:
		b->want.speaker = on ? CA_SPEAKER_ON : CA_SPEAKER_OFF;
		break;
	case BRIDGE_MUTE:
		b->want.mute = on;
		b->muteable = true;
		break;
	}
	b->dirty = b->in_force = true;
	try_no_more(b); /* somebody waits: now rather than later */
	act(b);
}

void bridge_calls(struct bridge *b, bool calls)
{
	bool first = !b->calls_told;

	b->calls_told = true;
	b->calls_seen = calls;
	if (!b->started) {
		/* Without a known route there is nothing that has to be taken over first. */
		if (calls && tacet_card(b->tacet) && !tacet_card(b->tacet)->known)
			start(b);
		return;
	}
	if (first || calls != b->calls)
		apply_calls(b, calls);
}

int bridge_new(sd_event *event, sd_bus *system, const struct ca_conf *conf,
	       const struct bridge_ops *ops, void *userdata, struct bridge **ret)
{
	struct bridge *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return -ENOMEM;
	b->event = sd_event_ref(event);
	b->conf = conf;
	b->ops = ops;
	b->userdata = userdata;
	b->published = (struct bridge_state){ CA_UNKNOWN, CA_UNKNOWN, CA_UNKNOWN };
	r = mixer_new(event, on_mixer, b, &b->mixer);
	if (r >= 0)
		r = tacet_new(system, conf->card, &tacet_ops, b, &b->tacet);
	if (r < 0) {
		bridge_free(b);
		return r;
	}
	*ret = b;
	return 0;
}

struct bridge *bridge_free(struct bridge *b)
{
	if (!b)
		return NULL;
	answer(b, UINT64_MAX, false);
	try_no_more(b);
	tacet_free(b->tacet);
	mixer_free(b->mixer);
	sd_event_unref(b->event);
	free(b);
	return NULL;
}
