/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Feed a switch one event and compare what it asks for, as text. */
#ifndef TACET_TESTS_SWITCH_STEPS_H
#define TACET_TESTS_SWITCH_STEPS_H

#include "action-text.h"
#include "test.h"

static struct sw s;
static struct plan plan;

static void step(struct sw_event ev, enum sw_phase phase, const char *expected)
{
	static struct sw_actions a;
	static char text[8192];

	switch_step(&s, &ev, &a);
	assert_string_equal(actions_text(&a, text, sizeof(text)), expected);
	assert_string_equal(sw_phase_name(s.phase), sw_phase_name(phase));
}

#define EV(t, ...)	((struct sw_event){ .type = SWE_##t, __VA_ARGS__ })
#define REQUEST(i, ...) EV(REQUEST, .request = { .id = i, ##__VA_ARGS__ })
#define STREAM(t, i)	EV(STREAM_##t, .stream = i)
#define LATE(i)		EV(DEADLINE, .deadline = DEADLINE_REQUEST, .request.id = i)
#define LATE_UCM	EV(DEADLINE, .deadline = DEADLINE_UCM)
#define LATE_RESUME	EV(DEADLINE, .deadline = DEADLINE_RESUME)
#define CHECK_OK	EV(CHECK_OK, .check = s.check)

/* Stream 7 is leased, 8 foreign, 9 held. */
#define PAUSED                                           \
	((struct plan_stream){ .id = 7,                  \
			       .kind = STREAM_LEASED,    \
			       .method = METHOD_PAUSE,   \
			       .fallback = METHOD_DRAIN, \
			       .after = AFTER_RESUME,    \
			       .if_moves = METHOD_PAUSE, \
			       .if_moves_after = AFTER_RESUME })
#define QUIET                                            \
	((struct plan_stream){ .id = 7,                  \
			       .kind = STREAM_LEASED,    \
			       .if_moves = METHOD_PAUSE, \
			       .if_moves_after = AFTER_RESUME })
#define WATCHED                                        \
	((struct plan_stream){ .id = 8,                \
			       .kind = STREAM_FOREIGN, \
			       .method = METHOD_WAIT,  \
			       .if_moves = METHOD_WAIT })
#define SILENT \
	((struct plan_stream){ .id = 8, .kind = STREAM_FOREIGN, .if_moves = METHOD_WAIT })
#define CLOSED                                         \
	((struct plan_stream){ .id = 9,                \
			       .kind = STREAM_HELD,    \
			       .method = METHOD_CLOSE, \
			       .after = AFTER_REOPEN })

/* A plan of up to three streams; end them with a zero one. */
static struct sw_event planned(const struct plan_stream *streams)
{
	plan = (struct plan){ 0 };
	for (; streams->id; streams++)
		plan.stream[plan.n_streams++] = *streams;
	return (struct sw_event){ .type = SWE_PLAN_OK, .plan = &plan };
}

#define PLANNED(...)  planned((const struct plan_stream[]){ __VA_ARGS__, { 0 } })
#define PLANNED_EMPTY planned((const struct plan_stream[]){ { 0 } })

static void fresh_switch(void)
{
	switch_init(&s);
	s.route_known = true;
}

/* Request 1 has its plan and its journal. */
static void quiescing(struct sw_event plan_ok, const char *expected)
{
	fresh_switch();
	step(REQUEST(1), SW_PLANNING, "arm request 1, plan 1");
	step(plan_ok, SW_JOURNAL, "journal 1");
	step(EV(JOURNAL_OK), SW_QUIESCE, expected);
}

/* Stream 7 is paused and the worker writes. */
static void applying(void)
{
	quiescing(PLANNED(PAUSED), "gate-close, quiesce 7 pause");
	step(STREAM(RESTED, 7), SW_VERIFY, "check");
	step(CHECK_OK, SW_APPLY, "disarm request 1, arm ucm, apply 1");
}

#endif
