/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include <stdio.h>
#include <string.h>

#include "core/plan.h"

#define VERB_INACTIVE "Inactive" /* SND_USE_CASE_VERB_INACTIVE */

static const struct profile_verb *verb_at(const struct profile *p, int verb)
{
	return verb >= 0 && (unsigned int)verb < p->n_verbs ? &p->verb[verb] : NULL;
}

static bool plays(const struct profile_device *d)
{
	return d->playback_pcm[0] || d->playback_priority > 0;
}

static bool captures(const struct profile_device *d)
{
	return d->capture_pcm[0] || d->capture_priority > 0;
}

/* The verb of the new route. Return: 0 and @ret (ROUTE_NO_VERB for none), or -1 and @e. */
static int choose_verb(const struct profile *p, const struct route *from,
		       const struct request *r, int *ret, struct tacet_error *e)
{
	int verb = from->verb;

	if (r->restore && !r->verb[0])
		verb = ROUTE_NO_VERB;
	if (r->verb[0]) {
		verb = profile_find_verb(p, r->verb);
		if (verb < 0 && strcmp(r->verb, VERB_INACTIVE) != 0)
			return tacet_error_set(e, TACET_ERR_NO_SUCH_VERB,
					       "the profile has no verb \"%s\"", r->verb);
	}
	if (!verb_at(p, verb) && (r->to[0] || r->enable.n || r->disable.n ||
				  r->enable_modifiers.n || r->disable_modifiers.n))
		return tacet_error_set(e, TACET_ERR_NO_SUCH_VERB,
				       "no verb is set, so there is no device to change: "
				       "name a verb too");
	*ret = verb;
	return 0;
}

static int find_device(const struct profile_verb *v, const char *name,
		       struct tacet_error *e)
{
	int d = profile_find_device(v, name);

	if (d < 0)
		tacet_error_set(e, TACET_ERR_NO_SUCH_DEVICE,
				"the verb \"%s\" has no device \"%s\"", v->name, name);
	return d;
}

static int find_modifier(const struct profile_verb *v, const char *name,
			 struct tacet_error *e)
{
	int m = profile_find_modifier(v, name);

	if (m < 0)
		tacet_error_set(e, TACET_ERR_NO_SUCH_MODIFIER,
				"the verb \"%s\" has no modifier \"%s\"", v->name, name);
	return m;
}

static int devices_of(const struct profile_verb *v, const struct name_list *l,
		      uint64_t *ret, struct tacet_error *e)
{
	uint64_t set = 0;

	for (unsigned int i = 0; i < l->n; i++) {
		int d = find_device(v, l->name[i], e);

		if (d < 0)
			return -1;
		set |= 1ULL << d;
	}
	*ret = set;
	return 0;
}

static int modifiers_of(const struct profile_verb *v, const struct name_list *l,
			uint64_t *ret, struct tacet_error *e)
{
	uint64_t set = 0;

	for (unsigned int i = 0; i < l->n; i++) {
		int m = find_modifier(v, l->name[i], e);

		if (m < 0)
			return -1;
		set |= 1ULL << m;
	}
	*ret = set;
	return 0;
}

/* Devices that cannot be on beside @d. */
static uint64_t rivals(const struct profile_verb *v, unsigned int d)
{
	uint64_t set = v->device[d].conflicts;

	for (unsigned int i = 0; i < v->n_devices; i++) {
		uint64_t bit = 1ULL << i;

		if (i == d)
			continue;
		if (v->device[d].supported && !(v->device[d].supported & bit))
			set |= bit;
		if (v->device[i].supported && !(v->device[i].supported & (1ULL << d)))
			set |= bit;
		if (v->device[i].conflicts & (1ULL << d))
			set |= bit;
	}
	return set & ~(1ULL << d);
}

/* What `to` switches off: its direction's other devices, and its rivals. */
static uint64_t in_the_way(const struct profile_verb *v, unsigned int to)
{
	uint64_t set = rivals(v, to);

	for (unsigned int i = 0; i < v->n_devices; i++)
		if (i != to && ((plays(&v->device[i]) && plays(&v->device[to])) ||
				(captures(&v->device[i]) && captures(&v->device[to]))))
			set |= 1ULL << i;
	return set;
}

/* Only what the request brings in is judged: an odd route stays changeable. */
static int check_devices(const struct profile_verb *v, uint64_t on, uint64_t asked,
			 struct tacet_error *e)
{
	for (unsigned int i = 0; i < v->n_devices; i++) {
		uint64_t clash;

		if (!(asked & (1ULL << i)))
			continue;
		clash = rivals(v, i) & on;
		if (clash)
			return tacet_error_set(e, TACET_ERR_CONFLICT,
					       "device \"%s\" cannot be on beside \"%s\"",
					       v->device[i].name,
					       v->device[__builtin_ctzll(clash)].name);
	}
	return 0;
}

static bool modifier_works(const struct profile_modifier *m, uint64_t devices)
{
	return (!m->supported || (m->supported & devices)) && !(m->conflicts & devices);
}

/* Modifiers that were on fall with their device; those asked for must work. */
static int check_modifiers(const struct profile_verb *v, uint64_t devices, uint64_t asked,
			   uint64_t new_devices, uint64_t *on, struct tacet_error *e)
{
	for (unsigned int i = 0; i < v->n_modifiers; i++) {
		const struct profile_modifier *m = &v->modifier[i];
		uint64_t bit = 1ULL << i;

		if (!(*on & bit) || modifier_works(m, devices))
			continue;
		if (asked & bit)
			return tacet_error_set(e, TACET_ERR_CONFLICT,
					       "modifier \"%s\" does not work with the "
					       "devices that would be on",
					       m->name);
		if (m->conflicts & new_devices)
			return tacet_error_set(
				e, TACET_ERR_CONFLICT,
				"device \"%s\" cannot be on beside the modifier \"%s\"",
				v->device[__builtin_ctzll(m->conflicts & new_devices)]
					.name,
				m->name);
		*on &= ~bit;
	}
	return 0;
}

int plan_route(const struct profile *p, const struct route *from, const struct request *r,
	       struct route *ret, struct tacet_error *e)
{
	struct route to = { .verb = ROUTE_NO_VERB };
	uint64_t on, off, mod_on, mod_off, by_to = 0;
	const struct profile_verb *v;

	if (choose_verb(p, from, r, &to.verb, e) < 0)
		return -1;
	v = verb_at(p, to.verb);
	if (!v) {
		*ret = to;
		return 0;
	}
	if (to.verb == from->verb && !r->restore) {
		to.devices = from->devices;
		to.modifiers = from->modifiers;
	}
	if (devices_of(v, &r->enable, &on, e) < 0 ||
	    devices_of(v, &r->disable, &off, e) < 0 ||
	    modifiers_of(v, &r->enable_modifiers, &mod_on, e) < 0 ||
	    modifiers_of(v, &r->disable_modifiers, &mod_off, e) < 0)
		return -1;
	to.devices &= ~off;
	if (r->to[0]) {
		int d = find_device(v, r->to, e);

		if (d < 0)
			return -1;
		to.devices &= ~in_the_way(v, (unsigned int)d);
		by_to = 1ULL << d;
	}
	to.devices |= on | by_to;
	to.modifiers = (to.modifiers & ~mod_off) | mod_on;
	if (check_devices(v, to.devices, on | by_to, e) < 0 ||
	    check_modifiers(v, to.devices, mod_on, on & ~from->devices, &to.modifiers,
			    e) < 0)
		return -1;
	*ret = to;
	return 0;
}

static void step(struct plan *plan, enum plan_op op, int verb, int index)
{
	plan->step[plan->n_steps++] = (struct plan_step){ op, verb, index };
}

static void steps_for_bits(struct plan *plan, enum plan_op op, int verb, uint64_t bits)
{
	for (int i = 0; i < 64; i++)
		if (bits & (1ULL << i))
			step(plan, op, verb, i);
}

static void make_steps(struct plan *plan, bool known)
{
	const struct route *from = &plan->from, *to = &plan->to;
	bool fresh = !known || from->verb != to->verb;

	if (known) {
		steps_for_bits(plan, PLAN_DISABLE_MODIFIER, from->verb,
			       fresh ? from->modifiers
				     : from->modifiers & ~to->modifiers);
		steps_for_bits(plan, PLAN_DISABLE_DEVICE, from->verb,
			       fresh ? from->devices : from->devices & ~to->devices);
	} else {
		step(plan, PLAN_SET_VERB, ROUTE_NO_VERB, ROUTE_NO_VERB);
	}
	if (fresh && (known || to->verb != ROUTE_NO_VERB))
		step(plan, PLAN_SET_VERB, to->verb, to->verb);
	steps_for_bits(plan, PLAN_ENABLE_DEVICE, to->verb,
		       fresh ? to->devices : to->devices & ~from->devices);
	steps_for_bits(plan, PLAN_ENABLE_MODIFIER, to->verb,
		       fresh ? to->modifiers : to->modifiers & ~from->modifiers);
}

int plan_goal(const struct profile *p, const struct route *from, bool known,
	      const struct request *r, struct route *ret, struct tacet_error *e)
{
	/* A restore that waited is overtaken by a route that was set meanwhile. */
	if (r->outside || (r->restore && known)) {
		*ret = *from;
		return 0;
	}
	return plan_route(p, from, r, ret, e);
}

int plan_make(const struct profile *p, const struct route *from, bool known,
	      const struct request *r, const struct world *w, struct plan *ret,
	      struct tacet_error *e)
{
	struct route to;

	if (r->quiesce == QUIESCE_LIVE && !w->repaired)
		return tacet_error_set(e, TACET_ERR_NOT_REPAIRED,
				       "this kernel is not repaired: a live switch could "
				       "crash it (is tacet_dpcm loaded?)");
	if (plan_goal(p, from, known, r, &to, e) < 0)
		return -1;
	ret->from = *from;
	ret->to = to;
	ret->outside = r->outside;
	ret->live = w->repaired && (r->quiesce == QUIESCE_LIVE ||
				    (r->quiesce == QUIESCE_AUTO && w->live_rule));
	ret->unchanged = !r->outside && known && route_equal(from, &to);
	ret->n_steps = 0;
	if (!ret->unchanged && !r->outside)
		make_steps(ret, known);
	ret->n_streams = 0;
	for (unsigned int i = 0; i < w->n_streams && i < WORLD_STREAMS_MAX; i++)
		plan_stream_late(p, ret, r, w, &w->stream[i],
				 &ret->stream[ret->n_streams++]);
	return 0;
}

bool plan_replaces(const struct profile *p, const struct route *from,
		   const struct request *earlier, const struct request *later)
{
	const struct profile_verb *v;
	int verb = from->verb, a, b;

	if (!request_same(earlier, later))
		return false;
	if (!earlier->to[0] || !strcmp(earlier->to, later->to))
		return true;
	if (later->verb[0])
		verb = profile_find_verb(p, later->verb);
	v = verb_at(p, verb);
	if (!v)
		return false;
	a = profile_find_device(v, earlier->to);
	b = profile_find_device(v, later->to);
	return a >= 0 && b >= 0 && (in_the_way(v, (unsigned int)b) & (1ULL << a));
}

static const char *op_text(enum plan_op op)
{
	switch (op) {
	case PLAN_DISABLE_MODIFIER:
		return "disable modifier";
	case PLAN_DISABLE_DEVICE:
		return "disable device";
	case PLAN_SET_VERB:
		return "set verb";
	case PLAN_ENABLE_DEVICE:
		return "enable device";
	case PLAN_ENABLE_MODIFIER:
		return "enable modifier";
	case PLAN_OP_MAX:
		break;
	}
	return "unknown step";
}

static const char *step_name(const struct profile_verb *v, const struct plan_step *s)
{
	if (!v)
		return VERB_INACTIVE;
	switch (s->op) {
	case PLAN_DISABLE_MODIFIER:
	case PLAN_ENABLE_MODIFIER:
		return s->index >= 0 && (unsigned int)s->index < v->n_modifiers
			       ? v->modifier[s->index].name
			       : "?";
	case PLAN_DISABLE_DEVICE:
	case PLAN_ENABLE_DEVICE:
		return s->index >= 0 && (unsigned int)s->index < v->n_devices
			       ? v->device[s->index].name
			       : "?";
	case PLAN_SET_VERB:
		return v->name;
	case PLAN_OP_MAX:
		break;
	}
	return "?";
}

const char *plan_step_text(const struct profile *p, const struct plan_step *s, char *buf,
			   size_t size)
{
	snprintf(buf, size, "%s %s", op_text(s->op), step_name(verb_at(p, s->verb), s));
	return buf;
}
