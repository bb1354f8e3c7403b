/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One stream to rest, and back: what each method does to it. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "manager-internal.h"
#include "port/held.h"
#include "port/pcm-fd.h"
#include "port/takeover.h"
#include "util/cleanup.h"
#include "util/log.h"

static __attribute__((format(printf, 3, 4))) void say(struct card *c, uint32_t id,
						      const char *fmt, ...)
{
	struct report_stream *rs = card_report_stream(c, id);
	va_list ap;

	if (!rs)
		return;
	va_start(ap, fmt);
	vsnprintf(rs->message, sizeof(rs->message), fmt, ap);
	va_end(ap);
}

static void refuse(struct slot *s, const char *what, int error)
{
	say(s->card, s->id, "%s: %s", what, strerror(-error));
	card_feed_stream(s->card, SWE_STREAM_REFUSED, s->id);
}

int slot_fd(const struct slot *s)
{
	const struct lent *l = slot_lent(s);

	return l ? lease_pcm_fd(l->lease) : s->taken;
}

void slot_take(struct slot *s)
{
	struct pcm_id pcm = {
		.card = s->card->info.index,
		.device = s->device,
		.subdevice = s->subdevice,
		.capture = s->capture,
	};
	struct pcm_abilities can;
	int r;

	if (!s->card->manager->conf->foreign_takeover || s->kind != STREAM_FOREIGN ||
	    s->taken >= 0 || !pcm_state_moves(s->state) || s->pid <= 0)
		return;
	r = takeover_fd(s->pid, &pcm, &s->taken);
	if (r < 0)
		log_full_errno(LOG_NOTICE, r, NULL,
			       "%s: the PCM of %s (%d) cannot be taken: %m",
			       s->card->info.id, s->process, (int)s->pid);
	else if (pcm_fd_abilities(s->taken, &can) < 0 || !can.pause)
		slot_give_back(s);
}

void slot_give_back(struct slot *s)
{
	if (s->taken < 0)
		return;
	if (s->taken_as) {
		(void)pcm_fd_pause(s->taken, false);
		takeover_unstore(s->taken_as);
	}
	s->taken_as = 0;
	close(TAKE_FD(s->taken));
}

/* Where its own file cannot tell, it does not move either. */
static bool slot_moves(const struct slot *s, struct pcm_status *ret)
{
	memset(ret, 0, sizeof(*ret));
	return pcm_fd_status(slot_fd(s), ret) >= 0 && pcm_state_moves(ret->state);
}

static void pause_now(struct slot *s)
{
	struct pcm_status st;
	int r;

	if (s->taken >= 0) {
		s->taken_as = s->id;
		takeover_store(s->taken, s->taken_as);
	}
	r = pcm_fd_pause(slot_fd(s), true);
	if (r < 0 && slot_moves(s, &st)) {
		refuse(s, "PAUSE", r);
		return;
	}
	s->state = r < 0 ? st.state : PCM_PAUSED;
	slot_rested(s, now_us(CLOCK_MONOTONIC));
}

static int on_playout(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct slot *s = userdata;

	s->playout = sd_event_source_disable_unref(s->playout);
	if (slot_fd(s) >= 0)
		pause_now(s);
	else
		slot_rested(s, now_us(CLOCK_MONOTONIC));
	return 0;
}

/* A stop will come by itself; the timer tells of it, or we look. */
static void await_stop(struct slot *s)
{
	if (s->timer)
		return;
	s->polled = true;
	card_poll(s->card);
}

static void drain(struct slot *s)
{
	struct pcm_status st;
	int r = pcm_fd_drain_start(slot_fd(s));

	if (!slot_moves(s, &st)) {
		s->state = st.state;
		slot_rested(s, now_us(CLOCK_MONOTONIC));
	} else if (r < 0) {
		refuse(s, "DRAIN", r);
	} else {
		await_stop(s);
	}
}

/* What was written so far is heard, then it pauses. */
static void play_out(struct slot *s, const struct lent *l)
{
	struct pcm_status st;
	uint64_t left = 0;
	int r;

	/* A plugin that rests gives the hardware nothing more: the end of what it has is a drain. */
	if (l && lease_kind(l->lease) == LEASE_COPY) {
		drain(s);
		return;
	}
	if (!slot_moves(s, &st)) {
		slot_rested(s, now_us(CLOCK_MONOTONIC));
		return;
	}
	if (s->rate && st.delay > 0)
		left = (uint64_t)st.delay * 1000000 / s->rate;
	if (!left) {
		pause_now(s);
		return;
	}
	r = sd_event_add_time_relative(s->card->manager->event, &s->playout,
				       CLOCK_MONOTONIC, left, 1000, on_playout, s);
	if (r < 0)
		pause_now(s);
}

static void drop(struct slot *s)
{
	struct pcm_status st;
	int r = pcm_fd_drop(slot_fd(s));

	if (r < 0 && slot_moves(s, &st)) {
		refuse(s, "DROP", r);
		return;
	}
	s->state = PCM_SETUP;
	slot_rested(s, now_us(CLOCK_MONOTONIC));
}

/*
 * Its plugin plays again what the hardware had not played. What that is hw_ptr says, as the kernel
 * last looked: 6.1 looks when it pauses, 6.12 does not, and neither when it stops.
 */
static void halt(struct slot *s)
{
	struct pcm_status st;

	(void)pcm_fd_status(slot_fd(s), &st);
	(void)pcm_fd_pause(slot_fd(s), true);
	if (slot_moves(s, &st) || st.state == PCM_PAUSED) {
		drop(s);
		return;
	}
	s->state = st.state;
	slot_rested(s, now_us(CLOCK_MONOTONIC));
}

static void quiesce_hold(struct card *c, struct hold *h, struct report_stream *rs)
{
	h->held = held_close(h->held);
	if (rs)
		rs->stopped_at = now_us(CLOCK_MONOTONIC);
	card_event(c, TL_STOPPED, rs ? rs->pcm : h->conf.spec.pcm, "closed");
	card_feed_stream(c, SWE_STREAM_RESTED, h->id);
}

void card_quiesce(struct card *c, const struct sw_action *a)
{
	struct report_stream *rs = card_report_stream(c, a->stream);
	struct hold *h = card_hold_by_id(c, a->stream);
	struct slot *s = card_slot_by_id(c, a->stream);
	struct lent *l = s ? slot_lent(s) : NULL;
	int r;

	if (rs) {
		if (!rs->quiesce_at)
			rs->quiesce_at = now_us(CLOCK_MONOTONIC);
		rs->method = a->method;
		card_event(c, TL_QUIESCE, rs->pcm, "%s", stream_method_name(a->method));
	}
	if (h) {
		quiesce_hold(c, h, rs);
		return;
	}
	if (!s) {
		card_feed_stream(c, SWE_STREAM_GONE, a->stream);
		return;
	}
	if (a->method == METHOD_WAIT) {
		await_stop(s);
		return;
	}
	if (slot_fd(s) < 0) {
		/* Its lease ended and it is somebody else's now: no fallback but to wait. */
		card_feed_stream(c, SWE_STREAM_REFUSED, a->stream);
		return;
	}
	r = l ? lease_switch_begin(l->lease) : 0;
	if (r < 0)
		say(c, s->id, "%s",
		    r == -ETIMEDOUT ? "Its plugin did not answer in time."
				    : "It would not survive a crash of tacetd.");
	switch (a->method) {
	case METHOD_PAUSE:
		pause_now(s);
		return;
	case METHOD_PLAYOUT:
		play_out(s, l);
		return;
	case METHOD_DRAIN:
		drain(s);
		return;
	case METHOD_DROP:
		drop(s);
		return;
	case METHOD_HALT:
		halt(s);
		return;
	case METHOD_NONE:
	case METHOD_CLOSE:
	case METHOD_WAIT:
	case METHOD_LIVE:
	case STREAM_METHOD_MAX:
		break;
	}
	card_feed_stream(c, SWE_STREAM_REFUSED, a->stream);
}

static void resume_hold(struct card *c, struct hold *h)
{
	struct report_stream *rs = card_report_stream(c, h->id);
	const char *step = "open";
	int r = 0;

	if (h->orphan) {
		card_feed_stream(c, SWE_STREAM_GONE, h->id);
		return;
	}
	if (!h->held)
		r = held_open(&h->conf.spec, &h->held, &step);
	if (r < 0) {
		say(c, h->id, "Cannot %s: %s", step, strerror(-r));
		log_fields_full(LOG_WARNING,
				(&(const struct log_fields){
					.message_id = TACET_MESSAGE_STREAM_FAILED,
					.card = c->info.id,
					.switch_id = c->sw.current.id,
					.pcm = h->conf.spec.pcm }),
				"Hold %s: cannot %s %s: %s", h->conf.name, step,
				h->conf.spec.pcm, strerror(-r));
		card_feed_stream(c, SWE_STREAM_RESUME_FAILED, h->id);
		return;
	}
	if (rs)
		rs->resumed_at = now_us(CLOCK_MONOTONIC);
	card_event(c, TL_RESUMED, rs ? rs->pcm : h->conf.spec.pcm, "open");
	card_feed_stream(c, SWE_STREAM_RESUMED, h->id);
}

/* Go on as it was. Return: 0, or a negative errno and it stays silent. */
static int lent_release(struct lent *l)
{
	struct pcm_status st = {};
	int r = pcm_fd_status(lease_pcm_fd(l->lease), &st);

	if (r >= 0 && st.state == PCM_PAUSED) {
		r = pcm_fd_pause(lease_pcm_fd(l->lease), false);
		/* Its application was quicker. */
		if (r == -EBADFD)
			r = 0;
	}
	l->parked = l->paused_by_us = false;
	lease_switch_end(l->lease);
	return r < 0 ? r : 0;
}

void card_resume(struct card *c, const struct sw_action *a)
{
	struct report_stream *rs = card_report_stream(c, a->stream);
	struct hold *h = card_hold_by_id(c, a->stream);
	struct slot *s = card_slot_by_id(c, a->stream);
	struct lent *l = s ? slot_lent(s) : NULL;
	int r;

	if (rs)
		card_event(c, TL_RESUME, rs->pcm, "%s",
			   a->after == AFTER_REOPEN ? "reopen" : "resume");
	if (h) {
		resume_hold(c, h);
		return;
	}
	if (!l && (!s || s->taken < 0)) {
		card_feed_stream(c, SWE_STREAM_GONE, a->stream);
		return;
	}
	r = l ? lent_release(l) : 0;
	slot_give_back(s);
	if (r < 0) {
		say(c, a->stream, "Cannot go on: %s", strerror(-r));
		log_fields_full(LOG_WARNING,
				(&(const struct log_fields){
					.message_id = TACET_MESSAGE_STREAM_FAILED,
					.card = c->info.id,
					.switch_id = c->sw.current.id,
					.pcm = rs ? rs->pcm : NULL }),
				"%s of %s cannot go on: %s", rs ? rs->pcm : "A stream",
				s->process, strerror(-r));
		card_feed_stream(c, SWE_STREAM_RESUME_FAILED, a->stream);
		return;
	}
	if (rs)
		rs->resumed_at = now_us(CLOCK_MONOTONIC);
	card_event(c, TL_RESUMED, rs ? rs->pcm : NULL, "goes on");
	card_feed_stream(c, SWE_STREAM_RESUMED, a->stream);
}

void card_park(struct card *c, const struct sw_action *a)
{
	struct slot *s = card_slot_by_id(c, a->stream);
	struct lent *l = s ? slot_lent(s) : NULL;
	struct pcm_status st = {};

	/* One that was taken is its program's to park. */
	if (s)
		slot_give_back(s);
	if (!l)
		return;
	l->paused_by_us = false;
	/* One that ran empty meanwhile is its application's to start again. */
	if (pcm_fd_status(lease_pcm_fd(l->lease), &st) >= 0 && st.state != PCM_PAUSED &&
	    lease_kind(l->lease) == LEASE_DIRECT) {
		lease_switch_end(l->lease);
		return;
	}
	l->parked = true;
	lease_switch_park(l->lease);
}

/* Whatever became of the switch: no plugin is left with its hands off. */
void card_leases_end(struct card *c)
{
	for (struct lent *l = c->manager->lent, *next; l; l = next) {
		next = l->next;
		if (lease_card(l->lease) != c->info.index || l->parked)
			continue;
		/* What an earlier tacetd paused and no plan took up goes on as it was. */
		if (l->paused_by_us)
			lent_continue(l);
		else
			lease_switch_end(l->lease);
	}
}

void lent_continue(struct lent *l)
{
	int r = lent_release(l);

	if (r < 0)
		log_warning_errno(r, "hw:%d,%u,%u of %s cannot go on: %m",
				  lease_card(l->lease), lease_device(l->lease),
				  lease_subdevice(l->lease), lease_comm(l->lease));
}
