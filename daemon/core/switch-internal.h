/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the two halves of the switch: its phases (switch.c) and its streams. */
#ifndef TACET_CORE_SWITCH_INTERNAL_H
#define TACET_CORE_SWITCH_INTERNAL_H

#include "core/switch.h"

/* The next free action, its type set and the rest zero. */
struct sw_action *sw_push(struct sw_actions *out, enum sw_action_type type);

/* Take the streams of a plan. */
void sw_streams_load(struct sw *s, const struct plan *plan);

/* A stream that nobody knew. Return: NULL when the table is full. */
struct sw_stream *sw_stream_add(struct sw *s, const struct plan_stream *ps);

/* Before the writes: what the world says of a stream. */
void sw_stream_rested(struct sw *s, uint32_t id);
void sw_stream_moved(struct sw *s, uint32_t id);
void sw_stream_gone(struct sw *s, uint32_t id);

/* Ask every stream that still moves to stop. */
void sw_streams_quiesce(struct sw *s, struct sw_actions *out);

/* A stream's method did not work: use its fallback. Return: false when it has none. */
bool sw_stream_fall_back(struct sw_stream *st, struct sw_actions *out);

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
