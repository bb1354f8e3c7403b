/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is open on a card: /proc, leases and held PCMs together, and the timers that watch. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "manager-internal.h"
#include "port/held.h"
#include "util/cleanup.h"
#include "util/log.h"

void slot_pcm(const struct slot *s, char *buf, size_t size)
{
	snprintf(buf, size, "hw:%s,%u,%u", s->card->info.id, s->device, s->subdevice);
}

struct slot *card_slot_by_id(struct card *c, uint32_t id)
{
	for (unsigned int i = 0; id && i < c->n_slots; i++)
		if (c->slots[i]->id == id)
			return c->slots[i];
	return NULL;
}

struct hold *card_hold_by_id(struct card *c, uint32_t id)
{
	for (struct hold *h = c->holds; id && h; h = h->next)
		if (h->id == id)
			return h;
	return NULL;
}

struct lent *slot_lent(const struct slot *s)
{
	return manager_lent(s->card->manager, s->card->info.index, s->device,
			    s->subdevice, s->capture);
}

struct hold *slot_hold(const struct slot *s)
{
	uint16_t device, subdevice;

	for (struct hold *h = s->card->holds; h; h = h->next) {
		if (!h->held || h->conf.spec.capture != s->capture)
			continue;
		held_id(h->held, &device, &subdevice);
		if (device == s->device && subdevice == s->subdevice)
			return h;
	}
	return NULL;
}

static struct slot *slot_find(struct card *c, unsigned int device, unsigned int subdevice,
			      bool capture)
{
	for (unsigned int i = 0; i < c->n_slots; i++) {
		struct slot *s = c->slots[i];

		if (s->device == device && s->subdevice == subdevice &&
		    s->capture == capture)
			return s;
	}
	return NULL;
}

static struct slot *slot_get(struct card *c, unsigned int device, unsigned int subdevice,
			     bool capture)
{
	struct slot *s = slot_find(c, device, subdevice, capture), **grown;

	if (s)
		return s;
	grown = reallocarray(c->slots, c->n_slots + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	c->slots = grown;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->card = c;
	s->device = device;
	s->subdevice = subdevice;
	s->capture = capture;
	s->state = PCM_CLOSED;
	s->taken = -1;
	c->slots[c->n_slots++] = s;
	return s;
}

static void slot_unwatch(struct slot *s)
{
	slot_give_back(s);
	s->timer = pcm_timer_free(s->timer);
	s->playout = sd_event_source_disable_unref(s->playout);
	s->polled = false;
}

void card_slots_free(struct card *c)
{
	for (unsigned int i = 0; i < c->n_slots; i++) {
		slot_unwatch(c->slots[i]);
		free(c->slots[i]);
	}
	free(c->slots);
	c->slots = NULL;
	c->n_slots = 0;
}

/* The card's substreams, once: ASoC and USB cards alike have all of them from the start. */
static int list_slots(struct card *c)
{
	char path[256];
	struct dirent *pcm, *sub;
	unsigned int device, subdevice;
	char direction;
	DIR *d;

	if (c->n_slots)
		return 0;
	snprintf(path, sizeof(path), "%s/proc/asound/card%d", c->manager->config.root,
		 c->info.index);
	d = opendir(path);
	if (!d)
		return -errno;
	while ((pcm = readdir(d))) {
		DIR *subs;

		if (sscanf(pcm->d_name, "pcm%u%c", &device, &direction) != 2)
			continue;
		snprintf(path, sizeof(path), "%s/proc/asound/card%d/%.32s",
			 c->manager->config.root, c->info.index, pcm->d_name);
		subs = opendir(path);
		if (!subs)
			continue;
		while ((sub = readdir(subs)))
			if (sscanf(sub->d_name, "sub%u", &subdevice) == 1)
				slot_get(c, device, subdevice, direction == 'c');
		closedir(subs);
	}
	closedir(d);
	return 0;
}

void slot_rested(struct slot *s, uint64_t at_us)
{
	struct report_stream *rs = card_report_stream(s->card, s->id);
	char pcm[48];

	slot_pcm(s, pcm, sizeof(pcm));
	s->stopped_at = at_us;
	s->playout = sd_event_source_disable_unref(s->playout);
	s->polled = false;
	if (rs) {
		rs->stopped_at = at_us;
		report_event(card_current(s->card)->report, at_us, TL_STOPPED, pcm,
			     "hw_ptr rests");
	}
	card_feed_stream(s->card, SWE_STREAM_RESTED, s->id);
}

static void slot_started(struct slot *s, uint64_t at_us)
{
	struct card *c = s->card;
	struct job *j = card_current(c);
	char pcm[48];

	slot_pcm(s, pcm, sizeof(pcm));
	s->state = PCM_RUNNING;
	if (j && j->report && !c->sw.live &&
	    (c->sw.phase == SW_APPLY || c->sw.phase == SW_ROLLBACK ||
	     c->sw.phase == SW_RESTORE)) {
		log_fields_full(
			LOG_WARNING,
			(&(const struct log_fields){ .message_id = TACET_MESSAGE_SLIP,
						     .card = c->info.id,
						     .switch_id = j->id,
						     .pcm = pcm }),
			"%s started while the route was being written", pcm);
		report_slip(j->report, at_us, pcm);
	}
	if (s->id) {
		struct report_stream *rs = card_report_stream(c, s->id);

		if (rs)
			rs->moved = true;
		card_feed_stream(c, SWE_STREAM_MOVED, s->id);
	} else {
		card_feed_new(c, s);
	}
}

static void on_timer(struct pcm_timer *t, enum pcm_timer_event ev, uint64_t at_us,
		     void *userdata)
{
	struct slot *s = userdata;
	struct report_stream *rs;
	struct proc_stream now;

	if (slot_hold(s))
		return;
	if (ev != PCM_TIMER_LOST && at_us <= s->stopped_at) {
		/* The kernel's word on a stop of ours: more exact than our own. */
		rs = ev == PCM_TIMER_START ? NULL : card_report_stream(s->card, s->id);
		if (rs && at_us >= rs->quiesce_at && rs->stopped_at == s->stopped_at)
			rs->stopped_at = at_us;
		return;
	}
	switch (ev) {
	case PCM_TIMER_START:
		slot_started(s, at_us);
		return;
	case PCM_TIMER_STOP:
	case PCM_TIMER_PAUSE:
		s->state = ev == PCM_TIMER_PAUSE ? PCM_PAUSED : PCM_SETUP;
		if (s->id)
			slot_rested(s, at_us);
		return;
	case PCM_TIMER_LOST:
		if (proc_status(s->card->manager->config.root, s->card->info.index,
				s->device, s->subdevice, s->capture, &now) < 0)
			return;
		if (pcm_state_moves(now.state))
			slot_started(s, now_us(CLOCK_MONOTONIC));
		else if (s->id)
			slot_rested(s, now_us(CLOCK_MONOTONIC));
		return;
	}
}

int card_watch(struct card *c)
{
	int r = list_slots(c);

	if (r < 0)
		return r;
	for (unsigned int i = 0; i < c->n_slots; i++) {
		struct slot *s = c->slots[i];

		if (s->timer)
			continue;
		r = pcm_timer_new(c->manager->event, c->info.index, s->device,
				  s->subdevice, s->capture, on_timer, s, &s->timer);
		if (r < 0) {
			log_debug_errno(r, "%s: no timer of PCM %u,%u: %m", c->info.id,
					s->device, s->subdevice);
			s->timer = NULL;
		}
	}
	return 0;
}

void card_unwatch(struct card *c)
{
	for (unsigned int i = 0; i < c->n_slots; i++)
		slot_unwatch(c->slots[i]);
	c->poll = sd_event_source_disable_unref(c->poll);
}

void card_drain_timers(struct card *c)
{
	for (unsigned int i = 0; i < c->n_slots; i++)
		if (c->slots[i]->timer)
			pcm_timer_drain_queue(c->slots[i]->timer);
}

static void slot_update(struct slot *s, const struct proc_stream *p)
{
	struct card *c = s->card;
	const struct lent *l = slot_lent(s);

	if (s->id && s->pid != p->owner && s->kind == STREAM_FOREIGN && !l) {
		card_feed_stream(c, SWE_STREAM_GONE, s->id);
		s->id = 0;
	}
	s->kind = slot_hold(s) ? STREAM_HELD : l ? STREAM_LEASED : STREAM_FOREIGN;
	s->state = p->state;
	s->pid = p->owner;
	memcpy(s->process, p->process, sizeof(s->process));
	if (l && lease_pid(l->lease)) {
		s->pid = lease_pid(l->lease);
		snprintf(s->process, sizeof(s->process), "%s", lease_comm(l->lease));
	}
	s->rate = p->rate;
	s->channels = p->channels;
	if (c->sw.phase == SW_PLANNING)
		s->hw_ptr = p->hw_ptr;
	s->seen = true;
}

int card_scan(struct card *c)
{
	struct manager *m = c->manager;
	unsigned int n;
	int r;

	m->scan_card = -1;
	r = proc_scan(m->config.root, c->info.index, m->scan, WORLD_STREAMS_MAX, &n);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < c->n_slots; i++)
		c->slots[i]->seen = false;
	for (unsigned int i = 0; i < n && i < WORLD_STREAMS_MAX; i++) {
		struct slot *s = slot_get(c, m->scan[i].device, m->scan[i].subdevice,
					  m->scan[i].capture);

		if (!s)
			return -ENOMEM;
		slot_update(s, &m->scan[i]);
	}
	for (unsigned int i = 0; i < c->n_slots; i++) {
		struct slot *s = c->slots[i];

		if (s->seen || !s->id)
			continue;
		card_feed_stream(c, SWE_STREAM_GONE, s->id);
		s->id = 0;
		s->state = PCM_CLOSED;
	}
	return 0;
}

void slot_world(const struct slot *s, struct world_stream *ret)
{
	const struct lent *l = slot_lent(s);

	*ret = (struct world_stream){
		.id = s->id,
		.device = s->device,
		.subdevice = s->subdevice,
		.capture = s->capture,
		.kind = s->kind,
		.state = s->state,
		.pid = s->pid,
	};
	memcpy(ret->process, s->process, sizeof(ret->process));
	if (s->taken >= 0) {
		/* As good as a lease: its file is ours, too, and can be paused. */
		ret->kind = STREAM_LEASED;
		ret->can_pause = true;
	}
	if (!l)
		return;
	ret->can_pause = lease_can_pause(l->lease);
	ret->drain_hidden = lease_kind(l->lease) == LEASE_COPY;
	ret->halts = ret->drain_hidden;
	ret->coarse = lease_is_coarse(l->lease);
	ret->parked = l->parked;
	ret->paused_by_us = l->paused_by_us;
}
