/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Another program writes routes: its first write asks for a switch whose steps are its own
 * writes. They come one by one, are made by the worker within the rest, and the rest ends when
 * none came for a moment, or when it has lasted long enough.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/outside-msg.h"
#include "manager-internal.h"
#include "util/log.h"

/* The writes of one sequence follow each other at once; an application between two sequences
 * of one change takes some milliseconds. What was switched off last is seldom the end: another
 * device follows, and who waits for it keeps the stream from playing to nobody.
 */
#define QUIET_US     10000
#define QUIET_OFF_US 200000
#define REST_MAX_US  1000000

/* A write that waits for its turn. */
struct outside_write {
	struct outside_write *next;
	struct outside_client *client; /* NULL: it went away */
	const struct outside_msg *msg;
};

static struct outside_write *pop(struct card *c)
{
	struct outside_write *w = c->outside.waiting;

	if (w)
		c->outside.waiting = w->next;
	return w;
}

static void answer(struct outside_write *w, int error)
{
	if (w->client)
		outside_answer(w->client, error);
	free(w);
}

static void answer_all(struct card *c, int error)
{
	struct outside_write *w;

	while ((w = pop(c)))
		answer(w, error);
}

static bool asked(const struct card *c)
{
	for (const struct job *j = c->jobs; j; j = j->next)
		if (j->request.outside)
			return true;
	return false;
}

static void ask(struct card *c)
{
	struct request r = { .outside = true };

	if (c->outside.waiting && !asked(c))
		card_request(c, &r, 0, NULL, NULL);
}

/* The rest is theirs, and the worker is alive. */
static bool is_open(const struct card *c)
{
	return c->outside.open && c->sw.phase == SW_APPLY && !c->sw.killing;
}

/* The rest has an end; whoever writes later asks anew. */
static void end(struct card *c)
{
	c->outside.open = false;
	c->outside.quiet = sd_event_source_disable_unref(c->outside.quiet);
	/* What slipped in is told before the end of the rest. */
	card_drain_timers(c);
	card_feed_type(c, SWE_APPLY_OK);
}

static int on_quiet(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct card *c = userdata;

	c->outside.quiet = sd_event_source_disable_unref(c->outside.quiet);
	if (is_open(c))
		end(c);
	return 0;
}

static void wait_for_more(struct card *c)
{
	if (c->outside.quiet)
		return;
	if (sd_event_add_time_relative(
		    c->manager->event, &c->outside.quiet, CLOCK_MONOTONIC,
		    c->outside.off ? QUIET_OFF_US : QUIET_US, 1000, on_quiet, c) < 0)
		end(c);
}

static bool is_off(const uint8_t *value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (value[i])
			return false;
	return true;
}

static void go_on(struct card *c)
{
	uint8_t value[8 * OUTSIDE_INTEGERS];
	struct outside_write *w;
	int size, r;

	c->outside.quiet = sd_event_source_disable_unref(c->outside.quiet);
	if (c->outside.busy)
		return;
	if (now_us(CLOCK_MONOTONIC) - c->outside.since >= c->outside.longest) {
		end(c);
		return;
	}
	while ((w = pop(c))) {
		if (!w->client) {
			free(w);
			continue;
		}
		size = outside_msg_native(w->msg, value);
		r = size < 0 ? size
			     : ucm_worker_write(c->worker, w->msg->numid,
						w->msg->elem_type, value, (size_t)size);
		if (r >= 0) {
			c->outside.off = is_off(value, (size_t)size);
			c->outside.busy = w;
			return;
		}
		answer(w, r);
	}
	wait_for_more(c);
}

void card_outside_begin(struct card *c)
{
	const struct outside_write *w = c->outside.waiting;

	if (!c->worker_ready) {
		card_feed_type(c, SWE_WORKER_DIED);
		return;
	}
	c->outside.open = true;
	c->outside.off = false;
	c->outside.since = now_us(CLOCK_MONOTONIC);
	/* The worker's deadline is for a worker that hangs, not for programs that write much. */
	c->outside.longest = c->conf->ucm_timeout_us / 2;
	if (c->outside.longest > REST_MAX_US)
		c->outside.longest = REST_MAX_US;
	if (w && w->client)
		card_event(c, TL_REQUEST, NULL, "%s (%d) writes", outside_comm(w->client),
			   (int)outside_pid(w->client));
	go_on(c);
}

bool card_outside_done(struct card *c, const struct ucm_result *result)
{
	struct outside_write *w = c->outside.busy;

	if (!is_open(c))
		return false;
	c->outside.busy = NULL;
	if (w)
		answer(w, result->error);
	go_on(c);
	return true;
}

/* What a program is told whose rest did not come about. */
static int errno_of(enum tacet_error_code error)
{
	if (error == TACET_ERR_BUSY || error == TACET_ERR_STUCK)
		return -EBUSY;
	if (error == TACET_ERR_TIMED_OUT)
		return -ETIMEDOUT;
	if (error == TACET_ERR_CARD_GONE)
		return -ENODEV;
	if (error == TACET_ERR_QUEUE_FULL)
		return -EAGAIN;
	if (error == TACET_ERR_CANCELLED)
		return -ECANCELED;
	return -EIO;
}

void card_outside_ended(struct card *c, enum tacet_error_code error)
{
	struct outside_write *w = c->outside.busy;

	c->outside.open = false;
	c->outside.busy = NULL;
	c->outside.quiet = sd_event_source_disable_unref(c->outside.quiet);
	if (w)
		answer(w, errno_of(error));
	if (error || c->removed)
		answer_all(c, errno_of(error ? error : TACET_ERR_CARD_GONE));
	else
		ask(c);
}

void card_outside_free(struct card *c)
{
	card_outside_ended(c, TACET_ERR_CARD_GONE);
}

void card_outside_ready(struct card *c)
{
	ask(c);
}

void card_outside_refuse(struct card *c)
{
	answer_all(c, -EPERM);
}

static void on_write(struct outside_client *client, const struct outside_msg *m,
		     void *userdata)
{
	struct manager *mgr = userdata;
	struct card *c = NULL;
	struct outside_write *w, **p;

	for (c = mgr->cards; c && c->info.index != outside_card(client); c = c->next)
		;
	/* Whoever locked this control, it was not us. */
	if (!c || c->state == CARD_IGNORED) {
		outside_answer(client, -EPERM);
		return;
	}
	w = mgr->stopping ? NULL : calloc(1, sizeof(*w));
	if (!w) {
		outside_answer(client, mgr->stopping ? -ECANCELED : -ENOMEM);
		return;
	}
	w->client = client;
	w->msg = m;
	for (p = &c->outside.waiting; *p; p = &(*p)->next)
		;
	*p = w;
	if (is_open(c))
		go_on(c);
	else if (c->state == CARD_MANAGED)
		ask(c);
}

static void on_gone(struct outside_client *client, void *userdata)
{
	struct manager *m = userdata;

	for (struct card *c = m->cards; c; c = c->next) {
		for (struct outside_write *w = c->outside.waiting; w; w = w->next)
			if (w->client == client)
				w->client = NULL;
		if (c->outside.busy && c->outside.busy->client == client)
			c->outside.busy->client = NULL;
	}
}

const struct outside_ops manager_outside_ops = {
	.write = on_write,
	.gone = on_gone,
};
