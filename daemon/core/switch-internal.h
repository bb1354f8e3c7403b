/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between the parts of the switch: what is alike in every phase (switch.c), the phases before
 * the writes (switch-rest.c) and from them on (switch-write.c), the ways from one to the next
 * (switch-go.c) and the streams (switch-stream.c).
 */
#ifndef TACET_CORE_SWITCH_INTERNAL_H
#define TACET_CORE_SWITCH_INTERNAL_H

#include "core/switch.h"

/* The next free action, its type set and the rest zero. */
struct sw_action *sw_push(struct sw_actions *out, enum sw_action_type type);

/* A deadline; @request only for DEADLINE_REQUEST, else 0. */
void sw_arm(struct sw_actions *out, enum sw_deadline d, uint64_t request);
void sw_disarm(struct sw_actions *out, enum sw_deadline d, uint64_t request);

void sw_queue_remove(struct sw *s, unsigned int i);

/* The phases: what an event means in each. */
void sw_idle_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out);
void sw_planning_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out);
void sw_journal_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out);
void sw_quiesce_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out);
void sw_verify_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out);
void sw_apply_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out);
void sw_rollback_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out);
void sw_restore_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out);
void sw_resume_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out);
void sw_commit_step(struct sw *s, const struct sw_event *ev, struct sw_actions *out);

/* The ways from one phase to the next. */
void sw_plan_begin(struct sw *s, const struct sw_request *r, struct sw_actions *out);
void sw_journal_begin(struct sw *s, struct sw_actions *out);
void sw_apply_begin(struct sw *s, struct sw_actions *out);
void sw_rollback_begin(struct sw *s, enum tacet_error_code error, struct sw_actions *out);
void sw_restore_begin(struct sw *s, struct sw_actions *out);
void sw_commit_begin(struct sw *s, struct sw_actions *out);

/* Ask who moves to stop; once nobody does, take the last look. */
void sw_quiesce_go_on(struct sw *s, struct sw_actions *out);

/* Let the streams go on; @undone when the route is the one before. */
void sw_resume_begin(struct sw *s, bool undone, struct sw_actions *out);

/* The worker is through with its writes, one way or the other. */
void sw_written_end(struct sw *s, bool undone, struct sw_actions *out);

/* End the worker; its death leads on. */
void sw_kill_begin(struct sw *s, struct sw_actions *out);

/* Before the writes: give up, and let what was stopped go on as it was. */
void sw_abandon(struct sw *s, enum tacet_error_code error, uint32_t culprit,
		struct sw_actions *out);

/* Nobody can say what the hardware does now; the streams go on all the same. @undead: not even
 * SIGKILL has ended the worker so far. */
void sw_route_lost(struct sw *s, bool undead, struct sw_actions *out);

/* Without its worker, the next plan has to set everything from the start. Return: false when it
 * was an earlier switch's worker, whose death had been waited for. */
bool sw_worker_lost(struct sw *s);

/* Forget the switch before: its outcome was readable until now. */
void sw_fresh(struct sw *s);

/* Report the current request and take the next. */
void sw_finish(struct sw *s, struct sw_actions *out);

/* The same for one that ends in its planning. */
void sw_finish_unplanned(struct sw *s, enum tacet_error_code error,
			 struct sw_actions *out);

/* Take the streams of a plan. */
void sw_streams_load(struct sw *s, const struct plan *plan);

/* A stream that nobody knew. Return: NULL when the table is full. */
struct sw_stream *sw_stream_add(struct sw *s, const struct plan_stream *ps);

/* Before the writes: what the world says of a stream. */
void sw_stream_rested(struct sw *s, uint32_t id);
void sw_stream_moved(struct sw *s, uint32_t id);
void sw_stream_gone(struct sw *s, uint32_t id);

/* Ask those that still move to stop, whose turn it is: first who is only waited for. */
void sw_streams_quiesce(struct sw *s, struct sw_actions *out);

/* A stream's method did not work: take its fallback. Return: false when it has none. */
bool sw_stream_fall_back(struct sw_stream *st);

bool sw_streams_rest(const struct sw *s);

/* The time is over: mark who still moves. Return: the one to blame, or NULL. */
struct sw_stream *sw_streams_overdue(struct sw *s);

/* While the worker writes: it moved, which is reported. */
void sw_stream_slipped(struct sw *s, uint32_t id);
void sw_stream_slipped_new(struct sw *s, const struct plan_stream *ps);

/* Let every stream go on, as the outcome wants it. Return: true when some answer is awaited. */
bool sw_streams_resume(struct sw *s, struct sw_actions *out);

void sw_stream_resumed(struct sw *s, uint32_t id, bool ok);
bool sw_streams_resumed(const struct sw *s);

/* What did not come back in time has failed. */
void sw_streams_give_up(struct sw *s);

#endif
