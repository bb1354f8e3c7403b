/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/*
 * The manager's snapshot and plan, through the plan that ships. Route A has the device X and the
 * modifier Z, route B the device Y; both devices play PCM 0, Z plays PCM 1.
 */
#include "model.h"

#define BIT(n) (1ULL << (n))

static const struct profile profile = {
	.n_verbs = 1,
	.verb = {
		{
			.name = "V",
			.n_devices = 2,
			.device = {
				{ .name = "X", .playback_pcm = "hw:M,0", .conflicts = BIT(1) },
				{ .name = "Y", .playback_pcm = "hw:M,0", .conflicts = BIT(0) },
			},
			.n_modifiers = 1,
			.modifier = {
				{ .name = "Z", .playback_pcm = "hw:M,1", .supported = BIT(0) },
			},
		},
	},
};

static const struct route routes[] = {
	[MODEL_A] = { 0, BIT(0), BIT(0) },
	[MODEL_B] = { 0, BIT(1), 0 },
};

static const struct request to_a = {
	.to = "X",
	.enable_modifiers = { .n = 1, .name = { "Z" } },
};
static const struct request to_b = { .to = "Y" };
static const struct request restore_a = {
	.verb = "V",
	.restore = true,
	.enable = { .n = 1, .name = { "X" } },
	.enable_modifiers = { .n = 1, .name = { "Z" } },
};
static const struct request restore_b = {
	.verb = "V",
	.restore = true,
	.enable = { .n = 1, .name = { "Y" } },
};

static const struct request outside = { .outside = true };

static const struct request *request_of(const struct model *m,
					const struct model_config *c)
{
	switch (m->env.current) {
	case 2:
		return c->outside ? &outside : &to_a;
	case MODEL_RESTORE:
		return m->env.route == MODEL_A ? &restore_a : &restore_b;
	}
	return &to_b;
}

static void world_of(const struct model_config *c, struct world *ret)
{
	ret->card_id[0] = 'M';
	ret->card_id[1] = '\0';
	ret->card_index = 0;
	ret->repaired = c->repaired;
	ret->live_rule = c->live_rule;
	ret->miscounts = c->miscounts;
	ret->n_streams = 0;
}

static struct world_stream seen(const struct model_class *k, unsigned int slot, bool open,
				bool moving, bool parked, bool by_us)
{
	struct world_stream s = {
		.id = slot + 1,
		.device = (uint16_t)k->device,
		.kind = k->kind,
		.can_pause = k->can_pause,
		.drain_hidden = k->drain_hidden,
		.halts = k->halts,
		.parked = parked,
		.paused_by_us = by_us && !parked,
	};

	if (k->kind == STREAM_HELD && !open)
		s.state = PCM_CLOSED;
	else if (by_us || parked)
		s.state = PCM_PAUSED; /* also when hw_ptr runs on */
	else if (moving)
		s.state = PCM_RUNNING;
	else
		s.state = PCM_PREPARED;
	return s;
}

bool model_plan(const struct model *m, const struct model_config *c, struct plan *ret)
{
	static struct world w;
	struct tacet_error e;

	world_of(c, &w);
	for (unsigned int i = 0; i < c->n_streams; i++) {
		const struct model_stream *st = &m->stream[i];

		if (st->snap)
			w.stream[w.n_streams++] =
				seen(&c->stream[i], i, st->snap_open, st->snap_moving,
				     st->snap_parked, st->snap_by_us);
	}
	return plan_make(&profile, &routes[m->env.route], m->sw.route_known,
			 request_of(m, c), &w, ret, &e) == 0;
}

void model_plan_late(const struct model *m, const struct model_config *c,
		     unsigned int slot, struct plan_stream *ret)
{
	static struct world w;
	static struct plan plan;
	const struct model_stream *st = &m->stream[slot];
	struct world_stream s =
		seen(&c->stream[slot], slot, st->open, st->moving, st->parked, st->by_us);

	world_of(c, &w);
	plan.from = routes[m->env.plan_from];
	plan.to = routes[m->env.plan_to];
	plan.live = m->env.plan_live;
	plan.unchanged = m->env.plan_unchanged;
	plan.outside = m->env.plan_outside;
	plan_stream_late(&profile, &plan, request_of(m, c), &w, &s, ret);
}
