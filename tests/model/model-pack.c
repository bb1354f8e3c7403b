/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * A state as few bytes, the same for states that differ only in what nobody looks at: the order
 * of alike streams, and what a switch left behind for its report.
 */
#include <string.h>

#include "model.h"

/* One description serves both ways. */
struct codec {
	uint8_t *bytes;
	unsigned int bit;
	bool reading;
};

static uint32_t code(struct codec *k, uint32_t value, unsigned int bits)
{
	uint32_t got = 0;

	for (unsigned int i = 0; i < bits; i++, k->bit++) {
		uint8_t mask = (uint8_t)(1U << (k->bit & 7));

		if (k->reading)
			got |= (uint32_t) !!(k->bytes[k->bit >> 3] & mask) << i;
		else if (value & (1U << i))
			k->bytes[k->bit >> 3] |= mask;
	}
	return k->reading ? got : value;
}

#define FIELD(k, field, bits) \
	((field) = (__typeof__(field))code(k, (uint32_t)(field), bits))

static void code_switch(struct codec *k, struct sw *s)
{
	FIELD(k, s->phase, 4);
	FIELD(k, s->current.id, 3);
	FIELD(k, s->n_queue, 2);
	for (unsigned int i = 0; i < s->n_queue; i++)
		FIELD(k, s->queue[i].id, 3);
	FIELD(k, s->route_known, 1);
	FIELD(k, s->shutdown, 1);
	FIELD(k, s->gate_closed, 1);
	FIELD(k, s->undead, 1);
	FIELD(k, s->plans_owed, 3);
	FIELD(k, s->journals_owed, 4);
	if (s->phase == SW_IDLE || s->phase == SW_PLANNING)
		return;
	FIELD(k, s->live, 1);
	FIELD(k, s->outside, 1);
	FIELD(k, s->written, 1);
	FIELD(k, s->journal_lost, 1);
	FIELD(k, s->slipped, 1);
	FIELD(k, s->worker_lost, 1);
	FIELD(k, s->killing, 1);
	FIELD(k, s->undone, 1);
	FIELD(k, s->error, 5);
}

static void code_env(struct codec *k, struct model_env *e)
{
	FIELD(k, e->hw, 2);
	FIELD(k, e->hw_before, 2);
	FIELD(k, e->route, 1);
	FIELD(k, e->disk_route, 1);
	FIELD(k, e->disk_switching, 1);
	FIELD(k, e->disk_failed, 1);
	for (int i = 0; i < MODEL_RECORDS; i++)
		FIELD(k, e->record[i], 2);
	FIELD(k, e->worker, 2);
	FIELD(k, e->op, 5);
	FIELD(k, e->lost, 1);
	FIELD(k, e->hung_answer, 1);
	FIELD(k, e->plan_from, 1);
	FIELD(k, e->plan_to, 1);
	FIELD(k, e->plan_live, 1);
	FIELD(k, e->plan_unchanged, 1);
	FIELD(k, e->plan_outside, 1);
	FIELD(k, e->planned, 1);
	FIELD(k, e->plan_pending, 1);
	FIELD(k, e->plans_stale, 2);
	FIELD(k, e->check_pending, 1);
	FIELD(k, e->check_stale, 1);
	FIELD(k, e->looked, 1);
	FIELD(k, e->gate, 1);
	FIELD(k, e->intent_answered, 1);
	FIELD(k, e->committed, 1);
	FIELD(k, e->wrote, 1);
	FIELD(k, e->store_failed, 1);
	FIELD(k, e->current, 3);
	FIELD(k, e->armed_request, 5);
	FIELD(k, e->armed_ucm, 1);
	FIELD(k, e->armed_resume, 1);
	FIELD(k, e->arms_ucm, 3);
	FIELD(k, e->arms_resume, 2);
	FIELD(k, e->submitted, 5);
	FIELD(k, e->answered, 5);
	FIELD(k, e->clients_gone, 5);
	FIELD(k, e->shutdown, 1);
	FIELD(k, e->card_gone, 1);
	FIELD(k, e->crashed, 1);
	FIELD(k, e->budget, 8);
}

#define HEAD_BYTES   20
#define STREAM_BYTES 6

static void code_stream(struct codec *k, struct model_stream *st, struct sw_stream *entry,
			bool *known, bool *culprit)
{
	FIELD(k, st->unborn, 1);
	FIELD(k, st->open, 1);
	FIELD(k, st->moving, 1);
	FIELD(k, st->by_us, 1);
	FIELD(k, st->parked, 1);
	FIELD(k, st->failed, 1);
	FIELD(k, st->slip, 1);
	FIELD(k, st->resume_asked, 1);
	FIELD(k, st->asked, 4);
	FIELD(k, st->news, 3);
	FIELD(k, st->snap, 1);
	FIELD(k, st->snap_open, 1);
	FIELD(k, st->snap_moving, 1);
	FIELD(k, st->snap_parked, 1);
	FIELD(k, st->snap_by_us, 1);
	FIELD(k, *culprit, 1);
	FIELD(k, *known, 1);
	if (!*known)
		return;
	FIELD(k, entry->method, 4);
	FIELD(k, entry->fallback, 4);
	FIELD(k, entry->after, 2);
	FIELD(k, entry->phase, 3);
	FIELD(k, entry->touched, 1);
	FIELD(k, entry->slipped, 1);
	FIELD(k, entry->stuck, 1);
	FIELD(k, entry->if_moves, 4);
	FIELD(k, entry->if_moves_fallback, 4);
	FIELD(k, entry->if_moves_after, 2);
}

static bool alike(const struct model_class *a, const struct model_class *b)
{
	return a->kind == b->kind && a->device == b->device &&
	       a->can_pause == b->can_pause && a->drain_hidden == b->drain_hidden &&
	       a->halts == b->halts && a->late == b->late;
}

static void sort_alike(const struct model_config *c, uint8_t *t)
{
	for (unsigned int i = 1; i < c->n_streams; i++)
		for (unsigned int j = i;
		     j > 0 && alike(&c->stream[j], &c->stream[j - 1]) &&
		     memcmp(t + j * STREAM_BYTES, t + (j - 1) * STREAM_BYTES,
			    STREAM_BYTES) < 0;
		     j--) {
			uint8_t swap[STREAM_BYTES];

			memcpy(swap, t + j * STREAM_BYTES, STREAM_BYTES);
			memcpy(t + j * STREAM_BYTES, t + (j - 1) * STREAM_BYTES,
			       STREAM_BYTES);
			memcpy(t + (j - 1) * STREAM_BYTES, swap, STREAM_BYTES);
		}
}

unsigned int model_pack(const struct model *m, const struct model_config *c, uint8_t *key)
{
	static struct model copy;
	unsigned int size = HEAD_BYTES + STREAM_BYTES * c->n_streams;
	struct codec k = { .bytes = key };
	bool stale = m->sw.phase == SW_IDLE || m->sw.phase == SW_PLANNING;

	copy = *m;
	copy.env.clients_gone |= copy.env.answered; /* nobody can tell any more */
	memset(key, 0, size);
	code_switch(&k, &copy.sw);
	code_env(&k, &copy.env);
	for (unsigned int i = 0; i < c->n_streams; i++) {
		struct codec ks = { .bytes = key + HEAD_BYTES + STREAM_BYTES * i };
		struct sw_stream *entry = switch_find_stream(&copy.sw, i + 1);
		bool known = entry && !stale,
		     culprit = !stale && copy.sw.culprit == i + 1;

		code_stream(&ks, &copy.stream[i], entry, &known, &culprit);
	}
	sort_alike(c, key + HEAD_BYTES);
	return size;
}

struct sw_request model_request(const struct model_config *c, uint64_t id)
{
	return (struct sw_request){
		.id = id,
		.client = id == MODEL_RESTORE ? 0 : id,
		.dry_run = id == 3 && c->third_dry,
	};
}

void model_unpack(struct model *m, const struct model_config *c, const uint8_t *key)
{
	struct codec k = { .bytes = (uint8_t *)key, .reading = true };

	memset(m, 0, sizeof(*m));
	code_switch(&k, &m->sw);
	code_env(&k, &m->env);
	m->sw.check = 1;
	if (m->sw.current.id)
		m->sw.current = model_request(c, m->sw.current.id);
	for (unsigned int i = 0; i < m->sw.n_queue; i++)
		m->sw.queue[i] = model_request(c, m->sw.queue[i].id);
	for (unsigned int i = 0; i < c->n_streams; i++) {
		struct codec ks = { .bytes = (uint8_t *)key + HEAD_BYTES +
					     STREAM_BYTES * i,
				    .reading = true };
		struct sw_stream *entry = &m->sw.stream[m->sw.n_streams];
		bool known = false, culprit = false;

		code_stream(&ks, &m->stream[i], entry, &known, &culprit);
		if (culprit)
			m->sw.culprit = i + 1;
		if (!known)
			continue;
		entry->id = i + 1;
		entry->kind = (uint8_t)c->stream[i].kind;
		m->sw.n_streams++;
	}
}
