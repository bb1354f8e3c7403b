/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last look before the writes, and the looking where no timer tells of a stop. */
#include <string.h>

#include "manager-internal.h"

#define POLL_US 10000

/* Nothing of the card moves, as its timers and /proc agree; or say what does. */
void card_check(struct card *c, uint32_t check)
{
	unsigned int before = c->n_events;
	int r;

	card_drain_timers(c);
	r = card_scan(c);
	if (r < 0) {
		/* What cannot be seen cannot be known to rest: the time is over. */
		tacet_error_set(&c->error, TACET_ERR_TIMED_OUT,
				"The streams of %s cannot be looked at: %s.", c->info.id,
				strerror(-r));
		card_feed(c, &(struct sw_event){ .type = SWE_DEADLINE,
						 .deadline = DEADLINE_REQUEST,
						 .request = c->sw.current });
		return;
	}
	for (unsigned int i = 0; i < c->n_slots; i++) {
		struct slot *s = c->slots[i];

		if (!s->seen || s->kind == STREAM_HELD)
			continue;
		if (!s->id)
			card_feed_new(c, s);
		else if (pcm_state_moves(s->state))
			card_feed_stream(c, SWE_STREAM_MOVED, s->id);
	}
	for (unsigned int i = before; i < c->n_events; i++)
		if (c->events[i].type == SWE_STREAM_MOVED ||
		    c->events[i].type == SWE_STREAM_NEW) {
			card_event(c, TL_CHECK, NULL, "something moves");
			return;
		}
	card_event(c, TL_CHECK, NULL, "nothing moves");
	card_feed(c, &(struct sw_event){ .type = SWE_CHECK_OK, .check = check });
}

static int on_poll(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct card *c = userdata;
	bool again = false;

	c->poll = sd_event_source_disable_unref(c->poll);
	for (unsigned int i = 0; i < c->n_slots; i++) {
		struct slot *s = c->slots[i];
		struct proc_stream now;

		if (!s->polled || !s->id)
			continue;
		if (proc_status(c->manager->config.root, c->info.index, s->device,
				s->subdevice, s->capture, &now) < 0 ||
		    pcm_state_moves(now.state)) {
			again = true;
			continue;
		}
		s->state = now.state;
		slot_rested(s, now_us(CLOCK_MONOTONIC));
	}
	if (again)
		card_poll(c);
	return 0;
}

void card_poll(struct card *c)
{
	if (!c->poll)
		sd_event_add_time_relative(c->manager->event, &c->poll, CLOCK_MONOTONIC,
					   POLL_US, 1000, on_poll, c);
}
