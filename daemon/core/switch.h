/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of a switch as a pure function: state x event -> state' and actions.
 *
 * No clock, no heap, no ALSA, no bus: the daemon, the model explorer, the fuzzer and the unit
 * tests link this same source. One struct sw per card. Whoever calls it performs the actions
 * in their order and brings what came of them back as events; an event that makes no sense in
 * a state is ignored, so late answers do no harm. Four duties of the caller make that true:
 * each SWA_PLAN, SWA_JOURNAL and SWA_COMMIT is answered once, in their order; the answer
 * SWE_CHECK_OK carries the `check` of its SWA_CHECK; what happens to one stream is told in the
 * order in which it happened; and what the kernel has already told of streams is passed on
 * before an answer of the worker, its death or DEADLINE_UCM is, or a slip could stay unseen.
 *
 * What a switch left behind (streams, flags, culprit) stays readable after SWA_REPORT until the
 * next event.
 */
#ifndef TACET_CORE_SWITCH_H
#define TACET_CORE_SWITCH_H

#include "core/plan.h"

#ifndef SWITCH_QUEUE_MAX
#define SWITCH_QUEUE_MAX 64
#endif
#define SWITCH_ACTIONS_MAX (2 * WORLD_STREAMS_MAX + 2 * SWITCH_QUEUE_MAX + 16)

enum sw_phase {
	SW_IDLE,
	SW_PLANNING, /* the manager takes a snapshot and plans */
	SW_JOURNAL,  /* the intent is being made durable, before anything is touched */
	SW_QUIESCE,  /* streams are being brought to rest */
	SW_VERIFY,   /* last look at every hw_ptr */
	SW_APPLY,    /* the UCM worker writes */
	SW_ROLLBACK, /* the worker writes back */
	SW_RESTORE,  /* a new worker sets the known route from scratch */
	SW_RESUME,   /* streams go on */
	SW_COMMIT,   /* the outcome is being made durable */
	SW_PHASE_MAX,
};

enum sw_stream_phase {
	SS_MOVING,   /* not touched yet, or refused and about to fall back */
	SS_STOPPING, /* asked to stop, or watched */
	SS_RESTED,
	SS_RESUMING,
	SS_DONE,   /* resumed, reopened, parked or left */
	SS_FAILED, /* could not be resumed: reported */
	SS_GONE,
};

struct sw_stream {
	uint32_t id;
	uint8_t kind;	  /* enum stream_kind */
	uint8_t method;	  /* enum stream_method, as in force */
	uint8_t fallback; /* enum stream_method */
	uint8_t after;	  /* enum stream_after */
	uint8_t phase;	  /* enum sw_stream_phase */
	bool touched;	  /* we stopped it: it is ours to resume */
	bool slipped;	  /* it started inside the rest */
	bool stuck;	  /* it still moved when the time was over */
	/* What METHOD_NONE becomes when it moves after all. */
	uint8_t if_moves;
	uint8_t if_moves_fallback;
	uint8_t if_moves_after;
};

struct sw_request {
	uint64_t id;	 /* of the request, never 0 */
	uint64_t client; /* who asked; 0 = the daemon itself */
	bool dry_run;
};

struct sw {
	enum sw_phase phase;
	struct sw_request current;
	unsigned int n_queue;
	struct sw_request queue[SWITCH_QUEUE_MAX];
	bool route_known;
	bool shutdown; /* take nothing new */
	bool gate_closed;
	unsigned int plans_owed; /* answers to SWA_PLAN still to come */
	unsigned int
		journals_owed; /* answers to SWA_JOURNAL and SWA_COMMIT still to come */
	uint32_t check;	       /* the last SWA_CHECK */
	bool undead; /* a killed worker has not died yet: nothing is written until then */
	bool live;   /* this switch leaves streams running */
	bool outside; /* the writes are another program's; the route is not known after */
	bool written; /* the worker may have written something */
	bool journal_lost; /* the intent could not be stored; the switch went on */
	bool slipped;
	bool worker_lost; /* the worker died or was killed in this switch */
	bool killing;	  /* SIGKILL is on its way; nothing else it says counts */
	bool undone;	  /* the route did not change: resume as it was */
	enum tacet_error_code error; /* first failure of this switch */
	uint32_t culprit;	     /* the stream to blame, or 0 */
	unsigned int n_streams;
	struct sw_stream stream[WORLD_STREAMS_MAX];
};

enum sw_event_type {
	SWE_REQUEST, /* request, replaces (id of a queued one that it makes pointless, or 0) */
	SWE_CLIENT_GONE, /* client */
	SWE_PLAN_OK,	 /* plan */
	SWE_PLAN_FAILED, /* error */
	SWE_JOURNAL_OK,	 /* also for the commit */
	SWE_JOURNAL_FAILED,
	SWE_STREAM_RESTED,  /* stream: it does not move, by our doing or its own */
	SWE_STREAM_REFUSED, /* stream: the method did not work */
	SWE_STREAM_MOVED,   /* stream: it moves (again), seen by event or by check */
	SWE_STREAM_NEW,	    /* late: a stream that the plan did not know */
	SWE_STREAM_GONE,    /* stream */
	SWE_STREAM_RESUMED, /* stream; also reopened */
	SWE_STREAM_RESUME_FAILED,
	SWE_CHECK_OK, /* check; no open stream moves */
	SWE_APPLY_OK,
	SWE_APPLY_FAILED, /* the worker answered: a step failed */
	SWE_ROLLBACK_OK,
	SWE_ROLLBACK_FAILED,
	SWE_WORKER_DIED,
	SWE_RESTORE_OK,
	SWE_RESTORE_FAILED,
	SWE_DEADLINE, /* deadline; request for DEADLINE_REQUEST */
	SWE_CARD_GONE,
	SWE_SHUTDOWN, /* the daemon stops: finish or undo, take nothing new */
	SWE_MAX,
};

enum sw_deadline {
	DEADLINE_REQUEST, /* of one request, from its arrival; covers waiting and quiesce */
	DEADLINE_UCM,	  /* of the worker: apply, rollback, restore each */
	DEADLINE_RESUME, /* of streams that should go on, then of the commit */
	DEADLINE_MAX,
};

struct sw_event {
	enum sw_event_type type;
	struct sw_request request;
	uint64_t replaces;
	uint64_t client;
	const struct plan *plan;
	enum tacet_error_code error;
	uint32_t stream;
	struct plan_stream late;
	enum sw_deadline deadline;
	uint32_t check; /* copied from the SWA_CHECK that this answers */
};

enum sw_action_type {
	SWA_PLAN,    /* snapshot and plan the current request */
	SWA_JOURNAL, /* store the intent */
	SWA_QUIESCE, /* stream: use its method */
	SWA_CHECK, /* look at every open stream of the card, known or not; answer each that
		      * moves with MOVED, each unknown with NEW, or else CHECK_OK */
	SWA_APPLY,
	SWA_ROLLBACK,
	SWA_KILL_WORKER,
	SWA_RESTORE, /* fresh worker, the `from` route from scratch */
	SWA_RESUME,  /* stream: as its `after` says (resume or reopen) */
	SWA_PARK,    /* stream: remember that it stays paused */
	SWA_COMMIT,  /* store the outcome: error tells which route holds */
	SWA_REPORT, /* request is over: error tells how, stream is the culprit; answer it */
	SWA_ANSWER, /* request: a queued one ends unstarted (replaced, cancelled, ...) */
	SWA_ARM, /* deadline, from now, also when armed; request for DEADLINE_REQUEST */
	SWA_DISARM,	/* deadline; request for DEADLINE_REQUEST */
	SWA_GATE_CLOSE, /* new leases wait */
	SWA_GATE_OPEN,
	SWA_MAX,
};

struct sw_action {
	enum sw_action_type type;
	uint64_t request;
	uint32_t stream;
	enum stream_method method;
	enum stream_after after;
	enum sw_deadline deadline;
	enum tacet_error_code error;
	uint32_t check;
};

struct sw_actions {
	unsigned int n;
	struct sw_action action[SWITCH_ACTIONS_MAX];
};

/* An idle switch on a card whose route is not known yet. */
void switch_init(struct sw *s);

/**
 * switch_step() - the one transition function
 * @s: changed in place
 * @ev: what happened
 * @ret: what to do about it, in this order; overwritten
 */
void switch_step(struct sw *s, const struct sw_event *ev, struct sw_actions *ret);

/* Can another switch be queued behind this one? */
bool switch_queue_full(const struct sw *s);

struct sw_stream *switch_find_stream(struct sw *s, uint32_t id);

const char *sw_phase_name(enum sw_phase p);
const char *sw_event_name(enum sw_event_type t);
const char *sw_action_name(enum sw_action_type t);

#endif
