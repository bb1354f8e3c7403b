/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a request and what is open to a plan. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "manager-internal.h"
#include "port/held.h"
#include "port/kernel.h"
#include "util/cleanup.h"
#include "util/log.h"

bool hold_wanted(const struct card *c, const struct hold *h, const struct route *r)
{
	const struct profile_verb *v;
	int device;

	if (h->orphan || r->verb < 0)
		return false;
	v = &c->profile->verb[r->verb];
	if (h->conf.verb[0] && strcmp(h->conf.verb, v->name))
		return false;
	if (!h->conf.device[0])
		return true;
	device = profile_find_device(v, h->conf.device);
	return device >= 0 && r->devices & (UINT64_C(1) << device);
}

/* Member by member: what lies between them is nobody's. */
static bool hold_same(const struct conf_hold *a, const struct conf_hold *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->card, b->card) &&
	       !strcmp(a->verb, b->verb) && !strcmp(a->device, b->device) &&
	       !strcmp(a->spec.pcm, b->spec.pcm) && a->spec.capture == b->spec.capture &&
	       a->spec.rate == b->spec.rate && a->spec.channels == b->spec.channels &&
	       !strcmp(a->spec.format, b->spec.format);
}

void card_holds_configure(struct card *c)
{
	const struct conf *conf = c->manager->conf;

	for (struct hold *h = c->holds; h; h = h->next)
		h->orphan = true;
	for (unsigned int i = 0; i < conf->n_holds; i++) {
		const struct conf_hold *k = conf->hold[i];
		struct hold *h = c->holds;

		if (strcmp(k->card, c->info.id))
			continue;
		/* One that is open keeps what it was opened with; a change is another. */
		while (h && !hold_same(&h->conf, k))
			h = h->next;
		if (!h) {
			h = calloc(1, sizeof(*h));
			if (!h)
				return;
			h->conf = *k;
			h->next = c->holds;
			c->holds = h;
		}
		h->orphan = false;
	}
	for (struct hold **p = &c->holds; *p;) {
		struct hold *h = *p;

		if (!h->orphan || h->held) {
			p = &h->next;
			continue;
		}
		*p = h->next;
		free(h);
	}
}

void card_holds_free(struct card *c)
{
	while (c->holds) {
		struct hold *h = c->holds;

		c->holds = h->next;
		held_close(h->held);
		free(h);
	}
}

static void fail(struct card *c)
{
	card_feed(c,
		  &(struct sw_event){ .type = SWE_PLAN_FAILED, .error = c->error.code });
}

static void world_begin(struct card *c, struct world *w)
{
	const struct manager *m = c->manager;

	memcpy(w->card_id, c->info.id, sizeof(w->card_id));
	w->card_index = c->info.index;
	w->repaired = manager_repaired(c->manager);
	w->live_rule = m->conf->rule == CONF_RULE_AUTO;
	w->miscounts = !w->repaired && kernel_miscounts_pauses(m->config.root);
	w->n_streams = 0;
}

/* The kernel must not lose its repair under a live switch. One that cannot be held is none. */
static void hold_repair(struct card *c, struct world *w)
{
	int fd;

	if (!w->repaired || c->repair >= 0)
		return;
	fd = kernel_hold_repair(c->manager->config.root);
	if (fd < 0)
		log_debug("%s: the kernel's repair cannot be held: %s", c->info.id,
			  strerror(-fd));
	w->repaired = fd >= 0;
	c->repair = fd >= 0 ? fd : -1;
}

void card_let_repair_go(struct card *c)
{
	closep(&c->repair);
	c->repair = -1;
}

static void world_add_hold(struct card *c, struct world *w, struct hold *h)
{
	struct world_stream *ws = &w->stream[w->n_streams++];
	const char *comma = strchr(h->conf.spec.pcm, ',');

	h->id = ++c->manager->last_stream;
	*ws = (struct world_stream){
		.id = h->id,
		.device = comma ? atoi(comma + 1) : 0,
		.capture = h->conf.spec.capture,
		.kind = STREAM_HELD,
		.state = PCM_CLOSED,
		.pid = getpid(),
		.process = "tacetd",
	};
	if (!h->held)
		return;
	held_id(h->held, &ws->device, &ws->subdevice);
	ws->state = held_state(h->held);
}

/* Is there anything to look at: a route that stays and nothing of ours at rest needs none. */
static bool needs_streams(struct card *c, const struct job *j, const struct route *from,
			  const struct route *to)
{
	if (!c->sw.route_known || !route_equal(from, to) || j->request.dry_run ||
	    j->request.outside)
		return true;
	for (const struct lent *l = c->manager->lent; l; l = l->next)
		if (lease_card(l->lease) == c->info.index &&
		    (l->parked || l->paused_by_us))
			return true;
	return false;
}

static int world_fill(struct card *c, struct world *w, bool streams,
		      const struct route *to)
{
	int r;

	for (struct hold *h = c->holds; h; h = h->next) {
		h->id = 0;
		if ((h->held || hold_wanted(c, h, to)) &&
		    w->n_streams < WORLD_STREAMS_MAX)
			world_add_hold(c, w, h);
	}
	if (!streams)
		return 0;
	/* First the watch, then the look: whatever starts in between is told. */
	r = card_watch(c);
	if (r >= 0)
		r = card_scan(c);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < c->n_slots && w->n_streams < WORLD_STREAMS_MAX;
	     i++) {
		struct slot *s = c->slots[i];
		struct lent *l = slot_lent(s);

		if (!s->seen || s->kind == STREAM_HELD) {
			s->id = 0;
			continue;
		}
		if (!s->id)
			s->id = ++c->manager->last_stream;
		if (l && l->parked && s->state != PCM_PAUSED &&
		    lease_kind(l->lease) == LEASE_DIRECT)
			l->parked = false; /* its application took it in its own hands */
		slot_take(s);
		slot_world(s, &w->stream[w->n_streams++]);
	}
	return 0;
}

/* The configuration says which held PCMs a route wants; the profile need not know them. */
static void plan_holds(struct card *c, struct plan *plan)
{
	for (unsigned int i = 0; i < plan->n_streams; i++) {
		struct plan_stream *ps = &plan->stream[i];
		const struct hold *h = card_hold_by_id(c, ps->id);

		if (!h)
			continue;
		if (plan->outside) {
			ps->after = h->held ? AFTER_REOPEN : AFTER_LEAVE;
			continue;
		}
		if (!hold_wanted(c, h, &plan->to))
			ps->after = AFTER_LEAVE;
		else if (!h->held || !plan->unchanged)
			ps->after = AFTER_REOPEN;
		if (h->held && plan->live)
			ps->after = AFTER_LEAVE;
	}
}

static void report_world_stream(struct job *j, struct card *c,
				const struct world_stream *ws, enum stream_method method)
{
	struct report_stream *rs = j->report ? report_stream(j->report, ws->id) : NULL;
	const struct slot *s = card_slot_by_id(c, ws->id);

	if (!rs)
		return;
	snprintf(rs->pcm, sizeof(rs->pcm), "hw:%s,%u,%u", c->info.id, ws->device,
		 ws->subdevice);
	rs->capture = ws->capture;
	rs->kind = s ? s->kind : ws->kind;
	rs->pid = ws->pid;
	memcpy(rs->process, ws->process, sizeof(rs->process));
	rs->method = method;
	rs->moved = pcm_state_moves(ws->state);
}

static void report_plan(struct card *c, struct job *j, const struct world *w)
{
	const struct plan *plan = c->plan;
	char text[160];

	route_to_names(c->profile, &plan->from, &c->plan_from);
	route_to_names(c->profile, &plan->to, &c->plan_to);
	if (!j->report)
		return;
	j->report->from = c->plan_from;
	j->report->to = c->plan_to;
	for (unsigned int i = 0; i < plan->n_steps; i++)
		report_step(j->report, plan_step_text(c->profile, &plan->step[i], text,
						      sizeof(text)));
	for (unsigned int i = 0; i < plan->n_streams; i++)
		report_world_stream(j, c, &w->stream[i], plan->stream[i].method);
	card_event(c, TL_PLAN, NULL, "%u steps, %u streams%s", plan->n_steps,
		   plan->n_streams, plan->live ? ", live" : "");
}

void card_plan(struct card *c)
{
	struct manager *m = c->manager;
	struct job *j = card_current(c);
	struct request request;
	struct route from = { .verb = ROUTE_NO_VERB }, to;
	int r;

	c->error.code = TACET_OK;
	c->plan_waits = false;
	if (!c->worker_ready) {
		c->plan_waits = true;
		r = c->worker || c->restart ? 0 : card_worker_start(c);
		if (r >= 0)
			return;
		c->plan_waits = false;
		tacet_error_set(&c->error, TACET_ERR_UCM_FAILED,
				"The UCM worker of %s cannot be started: %s.", c->info.id,
				strerror(-r));
		fail(c);
		return;
	}
	if (!j) {
		tacet_error_set(&c->error, TACET_ERR_INTERNAL, "The request is gone.");
		fail(c);
		return;
	}
	request = j->request;
	if (request.quiesce == QUIESCE_AUTO)
		request.quiesce = c->conf->quiesce;
	if (c->sw.route_known)
		from = c->route;
	else if (c->have_home)
		card_route_of(c, &c->home, &from);
	if (j->report) {
		/* Where it stays if there is no way. */
		route_to_names(c->profile, &from, &j->report->from);
		j->report->to = j->report->from;
	}
	if (plan_goal(c->profile, &from, c->sw.route_known, &request, &to, &c->error) <
	    0) {
		fail(c);
		return;
	}
	world_begin(c, m->world);
	r = world_fill(c, m->world, needs_streams(c, j, &from, &to), &to);
	if (r < 0) {
		tacet_error_set(&c->error,
				r == -ENOENT ? TACET_ERR_CARD_GONE : TACET_ERR_INTERNAL,
				r == -EOPNOTSUPP
					? "This kernel does not tell which streams of %s "
					  "are open "
					  "(CONFIG_SND_VERBOSE_PROCFS is off)."
					: "The streams of %s cannot be looked at.",
				c->info.id);
		fail(c);
		return;
	}
	hold_repair(c, m->world);
	if (plan_make(c->profile, &from, c->sw.route_known, &request, m->world, c->plan,
		      &c->error) < 0) {
		fail(c);
		return;
	}
	if (!c->plan->live)
		card_let_repair_go(c);
	plan_holds(c, c->plan);
	report_plan(c, j, m->world);
	if (c->plan->live || c->plan->unchanged || request.dry_run)
		card_unwatch(c);
	card_feed(c, &(struct sw_event){ .type = SWE_PLAN_OK, .plan = c->plan });
}

void card_feed_new(struct card *c, struct slot *s)
{
	struct sw_event ev = { .type = SWE_STREAM_NEW };
	struct job *j = card_current(c);
	struct world_stream ws;
	struct proc_stream now;

	if (!j || !c->profile || c->sw.phase == SW_PLANNING || c->sw.phase == SW_IDLE)
		return;
	s->id = ++c->manager->last_stream;
	if (!s->seen && proc_status(c->manager->config.root, c->info.index, s->device,
				    s->subdevice, s->capture, &now) >= 0) {
		s->pid = now.owner;
		memcpy(s->process, now.process, sizeof(s->process));
		s->rate = now.rate;
		s->channels = now.channels;
		s->kind = slot_lent(s) ? STREAM_LEASED : STREAM_FOREIGN;
	}
	slot_world(s, &ws);
	world_begin(c, c->manager->world);
	plan_stream_late(c->profile, c->plan, &j->request, c->manager->world, &ws,
			 &ev.late);
	report_world_stream(j, c, &ws, ev.late.method);
	card_feed(c, &ev);
}
