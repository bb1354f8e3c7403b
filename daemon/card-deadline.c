/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every wait has an end: the deadlines of a card's requests, of its worker, of its streams. */
#include "manager-internal.h"
#include "util/log.h"

#define DEADLINE_ACCURACY_US 1000

static void feed_deadline(struct card *c, enum sw_deadline d, uint64_t request)
{
	card_feed(c, &(struct sw_event){ .type = SWE_DEADLINE,
					 .deadline = d,
					 .request.id = request });
}

static int on_request_deadline(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct job *j = userdata;

	j->deadline = sd_event_source_disable_unref(j->deadline);
	feed_deadline(j->card, DEADLINE_REQUEST, j->id);
	return 0;
}

static int on_ucm_deadline(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct card *c = userdata;

	c->ucm_deadline = sd_event_source_disable_unref(c->ucm_deadline);
	if (!c->error.code)
		tacet_error_set(
			&c->error, TACET_ERR_UCM_FAILED,
			"The UCM sequence did not end within %.1f s and was stopped.",
			(double)c->conf->ucm_timeout_us / 1e6);
	card_drain_timers(c);
	feed_deadline(c, DEADLINE_UCM, 0);
	return 0;
}

static int on_resume_deadline(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct card *c = userdata;

	c->resume_deadline = sd_event_source_disable_unref(c->resume_deadline);
	feed_deadline(c, DEADLINE_RESUME, 0);
	return 0;
}

static void arm_one(struct card *c, sd_event_source **s, uint64_t us,
		    sd_event_time_handler_t handler, void *userdata)
{
	int r;

	*s = sd_event_source_disable_unref(*s);
	r = sd_event_add_time_relative(c->manager->event, s, CLOCK_MONOTONIC, us,
				       DEADLINE_ACCURACY_US, handler, userdata);
	if (r < 0)
		log_error_errno(r, "%s: cannot set a deadline: %m", c->info.id);
}

void card_arm(struct card *c, const struct sw_action *a)
{
	struct job *j;

	switch (a->deadline) {
	case DEADLINE_REQUEST:
		j = card_job(c, a->request);
		if (j)
			arm_one(c, &j->deadline, j->timeout_us, on_request_deadline, j);
		return;
	case DEADLINE_UCM:
		arm_one(c, &c->ucm_deadline, c->conf->ucm_timeout_us, on_ucm_deadline, c);
		return;
	case DEADLINE_RESUME:
		arm_one(c, &c->resume_deadline, c->conf->resume_timeout_us,
			on_resume_deadline, c);
		return;
	case DEADLINE_MAX:
		return;
	}
}

void card_disarm(struct card *c, const struct sw_action *a)
{
	struct job *j;

	switch (a->deadline) {
	case DEADLINE_REQUEST:
		j = card_job(c, a->request);
		if (j)
			j->deadline = sd_event_source_disable_unref(j->deadline);
		return;
	case DEADLINE_UCM:
		c->ucm_deadline = sd_event_source_disable_unref(c->ucm_deadline);
		return;
	case DEADLINE_RESUME:
		c->resume_deadline = sd_event_source_disable_unref(c->resume_deadline);
		return;
	case DEADLINE_MAX:
		return;
	}
}
