/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of a request: what became of it, said to whoever asked and to everybody. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "manager-internal.h"
#include "port/cards.h"
#include "util/log.h"

struct job *card_job(struct card *c, uint64_t id)
{
	for (struct job *j = c->jobs; id && j; j = j->next)
		if (j->id == id)
			return j;
	return NULL;
}

struct job *card_current(struct card *c)
{
	return card_job(c, c->sw.current.id);
}

void job_free(struct job *j)
{
	struct tacet_error e;

	for (struct job **p = &j->card->jobs; *p; p = &(*p)->next) {
		if (*p != j)
			continue;
		*p = j->next;
		break;
	}
	if (j->call) {
		tacet_error_set(&e, TACET_ERR_CANCELLED, "tacetd stops.");
		bus_call_fail(j->call, &e);
	}
	sd_event_source_disable_unref(j->deadline);
	report_free(j->report);
	free(j->fallback);
	free(j);
}

/* Only of streams that the report has already. */
struct report_stream *card_report_stream(struct card *c, uint32_t id)
{
	struct job *j = card_current(c);

	for (unsigned int i = 0; j && j->report && i < j->report->n_streams; i++)
		if (j->report->stream[i].id == id)
			return &j->report->stream[i];
	return NULL;
}

static enum report_result result_of(enum tacet_error_code code)
{
	return code == TACET_ERR_BUSY	     ? REPORT_BUSY
	       : code == TACET_ERR_REPLACED  ? REPORT_REPLACED
	       : code == TACET_ERR_CANCELLED ? REPORT_CANCELLED
					     : REPORT_FAILED;
}

/* RUNNING, but its hw_ptr stands where it stood when the switch began. */
static bool foreign_is_frozen(struct card *c, uint32_t id)
{
	const struct slot *s = card_slot_by_id(c, id);
	struct proc_stream now;

	return s &&
	       proc_status(c->manager->config.root, c->info.index, s->device,
			   s->subdevice, s->capture, &now) >= 0 &&
	       pcm_state_moves(now.state) && now.hw_ptr == s->hw_ptr;
}

static enum report_outcome outcome_of(const struct sw_stream *st, bool stuck)
{
	if (st->stuck && st->phase != SS_FAILED)
		return st->method == METHOD_WAIT && !stuck ? OUTCOME_BUSY : OUTCOME_STUCK;
	switch ((enum sw_stream_phase)st->phase) {
	case SS_GONE:
		return OUTCOME_GONE;
	case SS_FAILED:
		return OUTCOME_FAILED;
	case SS_DONE:
		switch ((enum stream_after)st->after) {
		case AFTER_RESUME:
			return OUTCOME_RESUMED;
		case AFTER_REOPEN:
			return OUTCOME_REOPENED;
		case AFTER_PARK:
			return OUTCOME_PARKED;
		case AFTER_LEAVE:
			return OUTCOME_LEFT;
		}
		break;
	case SS_MOVING:
	case SS_STOPPING:
	case SS_RESTED:
	case SS_RESUMING:
		break;
	}
	return OUTCOME_LEFT;
}

static void report_streams(struct card *c, struct report *r, bool culprit_stuck)
{
	for (unsigned int i = 0; i < r->n_streams; i++) {
		struct report_stream *rs = &r->stream[i];
		struct sw_stream *st = switch_find_stream(&c->sw, rs->id);

		if (!st)
			continue;
		if (!c->sw.current.dry_run)
			rs->method = st->method;
		rs->outcome = outcome_of(st, culprit_stuck && st->id == c->sw.culprit);
	}
}

static void explain_stream(struct card *c, struct job *j, const struct sw_action *a,
			   struct tacet_error *e)
{
	static const struct report_stream nobody = { .pcm = "A PCM" };
	const struct report_stream *rs = card_report_stream(c, a->stream) ?: &nobody;
	const char *process = rs->process[0] ? rs->process : "an unknown process";

	if (a->error == TACET_ERR_BUSY)
		tacet_error_set(e, a->error,
				"%s of %s (%d) did not stop within %.3g s; nothing was "
				"written.",
				rs->pcm, process, (int)rs->pid,
				(double)j->timeout_us / 1e6);
	else
		tacet_error_set(e, a->error,
				"%s of %s (%d) is stuck: it neither moves nor stops%s%s; "
				"nothing was written.",
				rs->pcm, process, (int)rs->pid,
				rs->message[0] ? ": " : "", rs->message);
}

/* A sentence for a person, where the failure itself brought none. */
static void explain(struct card *c, struct job *j, const struct sw_action *a,
		    struct tacet_error *e)
{
	const char *id = c->info.id;

	if (a->error == TACET_ERR_BUSY || a->error == TACET_ERR_STUCK)
		explain_stream(c, j, a, e);
	else if (a->error == TACET_ERR_TIMED_OUT)
		tacet_error_set(e, a->error, "The request ran out of its %.3g s.",
				(double)j->timeout_us / 1e6);
	else if (a->error == TACET_ERR_UCM_FAILED)
		tacet_error_set(e, a->error, "The UCM worker of %s died; %s.", id,
				c->sw.route_known ? "the old route is in force"
						  : "its route is not known");
	else if (a->error == TACET_ERR_ROUTE_UNKNOWN)
		tacet_error_set(e, a->error,
				"The old route of %s could not be brought back; the next "
				"switch sets everything from scratch.",
				id);
	else if (a->error == TACET_ERR_CARD_GONE)
		tacet_error_set(e, a->error, "The card %s went away.", id);
	else if (a->error == TACET_ERR_REPLACED)
		tacet_error_set(e, a->error,
				"A later request for the same thing replaced this one.");
	else if (a->error == TACET_ERR_CANCELLED)
		tacet_error_set(e, a->error, "%s",
				c->manager->stopping ? "tacetd stops."
						     : "Its client went away.");
	else if (a->error == TACET_ERR_QUEUE_FULL)
		tacet_error_set(e, a->error, "%u requests wait already.",
				SWITCH_QUEUE_MAX);
	else
		tacet_error_set(e, a->error, "The switch failed.");
}

static void log_end(struct card *c, const struct job *j)
{
	const struct report *r = j->report;
	char to[256];
	struct log_fields fields = {
		.card = c->info.id,
		.switch_id = r->id,
		.result = report_result_name(r->result),
	};

	route_names_text(&r->to, to, sizeof(to));
	switch (r->result) {
	case REPORT_DONE:
		fields.message_id = j->request.restore ? TACET_MESSAGE_RESTORED
						       : TACET_MESSAGE_SWITCH_DONE;
		if (j->request.outside) {
			log_fields_full(LOG_INFO, &fields,
					"%s: another program wrote %u controls within a "
					"rest of %" PRIu64 ".%" PRIu64 " ms",
					c->info.id, r->n_writes, r->duration / 1000,
					r->duration / 100 % 10);
			return;
		}
		log_fields_full(LOG_INFO, &fields,
				"%s: %s %s in %" PRIu64 ".%" PRIu64
				" ms, %u streams, %u writes",
				c->info.id,
				j->request.restore ? "restored" : "switched to", to,
				r->duration / 1000, r->duration / 100 % 10, r->n_streams,
				r->n_writes);
		return;
	case REPORT_FAILED:
	case REPORT_BUSY:
		fields.message_id = r->error == TACET_ERR_BUSY ? TACET_MESSAGE_SWITCH_BUSY
				    : r->error == TACET_ERR_STUCK
					    ? TACET_MESSAGE_STREAM_STUCK
					    : TACET_MESSAGE_SWITCH_FAILED;
		log_fields_full(LOG_NOTICE, &fields, "%s: switch failed: %s", c->info.id,
				r->message);
		return;
	case REPORT_UNCHANGED:
	case REPORT_DRY_RUN:
	case REPORT_REPLACED:
	case REPORT_CANCELLED:
	case REPORT_RESULT_MAX:
		log_fields_full(LOG_DEBUG, &fields, "%s: request %s", c->info.id,
				report_result_name(r->result));
		return;
	}
}

/* The report is complete: answer, tell, remember. Frees @j. */
static void publish(struct card *c, struct job *j)
{
	struct report *r = j->report;
	struct tacet_error e;

	log_end(c, j);
	/* Who gets the answer knows what led to it: a plug, and the route. */
	manager_flush(c->manager);
	if (j->call && r->error) {
		tacet_error_set(&e, r->error, "%s", r->message);
		bus_call_fail(j->call, &e);
	} else if (j->call) {
		bus_call_report(j->call, r);
	}
	j->call = NULL;
	bus_switched(c->manager->bus, r);
	manager_trace_add(c->manager, r);
	j->report = NULL;
	job_free(j);
}

static void after_route(struct card *c, struct report *r)
{
	if (c->profile && c->sw.route_known)
		route_to_names(c->profile, &c->route, &r->after);
	else
		memset(&r->after, 0, sizeof(r->after));
}

void card_report(struct card *c, const struct sw_action *a)
{
	uint64_t current = c->sw.current.id;
	struct job *j = card_job(c, a->request);
	enum report_result result = REPORT_DONE;
	struct sw_action told = *a;
	bool stuck = false, failed, restore_due, has_fallback, outside;
	struct route_names fallback;
	struct tacet_error e = {};

	if (!j)
		return;
	if (c->plan_waits) {
		/* The plan is still owed, though nobody waits for it. */
		c->plan_waits = false;
		card_feed(c, &(struct sw_event){ .type = SWE_PLAN_FAILED,
						 .error = a->error });
	}
	/* The next request may have begun; for now this one is the current. */
	c->sw.current.id = j->id;
	if (a->error == TACET_ERR_BUSY && foreign_is_frozen(c, a->stream)) {
		told.error = TACET_ERR_STUCK;
		stuck = true;
	}
	/* What failed for the want of a card is told as that, also if udev has not said so yet. */
	if ((a->error == TACET_ERR_UCM_FAILED || a->error == TACET_ERR_ROUTE_UNKNOWN) &&
	    !cards_is_there(c->info.index))
		told.error = TACET_ERR_CARD_GONE;
	report_streams(c, j->report, stuck);
	if (a->error) {
		if (c->error.code == told.error ||
		    (c->error.code && told.error == TACET_ERR_INTERNAL))
			e = c->error;
		else
			explain(c, j, &told, &e);
		result = result_of(told.error);
	} else if (j->request.dry_run) {
		result = REPORT_DRY_RUN;
	} else if (c->plan->unchanged) {
		result = REPORT_UNCHANGED;
	}
	after_route(c, j->report);
	report_end(j->report, now_us(CLOCK_MONOTONIC), told.error, result, e.message);
	c->sw.current.id = current;

	c->error.code = TACET_OK;
	c->ucm_deadline = sd_event_source_disable_unref(c->ucm_deadline);
	card_unwatch(c);
	card_leases_end(c);
	card_dirty(c, CARD_DIRTY_ROUTE | 1U << CARD_P_QUEUED | 1U << CARD_P_LOCKED);
	failed = a->error && !c->manager->stopping && !c->removed;
	has_fallback = failed && j->request.restore && j->fallback;
	if (has_fallback)
		fallback = *j->fallback;
	if (!a->error)
		c->retry_us = 0;
	outside = j->request.outside;
	/* Whoever asked may have come before the restore, and may ask again before the next try. */
	restore_due = failed && !outside && !c->sw.route_known && !c->retry;
	publish(c, j);
	if (outside)
		card_outside_ended(c, a->error);
	if (has_fallback)
		card_restore(c, &fallback, NULL);
	else if (restore_due && (a->error == TACET_ERR_BUSY ||
				 a->error == TACET_ERR_STUCK || c->worker_cut))
		card_restore_later(c);
	c->worker_cut = false;
}

void card_answer(struct card *c, const struct sw_action *a)
{
	struct job *j = card_job(c, a->request);
	struct tacet_error e = {};
	bool outside;

	if (!j)
		return;
	explain(c, j, a, &e);
	after_route(c, j->report);
	report_end(j->report, now_us(CLOCK_MONOTONIC), a->error, result_of(a->error),
		   e.message);
	card_dirty(c, 1U << CARD_P_QUEUED);
	outside = j->request.outside;
	publish(c, j);
	if (outside)
		card_outside_ended(c, a->error);
}
