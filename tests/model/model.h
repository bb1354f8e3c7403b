/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small world around switch_step(): streams, a worker, a journal, clients and clocks that do
 * all they could do, in every order. The explorer compiles the sources that ship with a small
 * WORLD_STREAMS_MAX and SWITCH_QUEUE_MAX.
 *
 * What the daemon owes the switch (see core/switch.h) is modelled as kept: answers come once and
 * in order, the news of one stream come in order, and the news of streams that are already
 * queued are passed on before an answer of the worker is.
 */
#ifndef TACET_TESTS_MODEL_H
#define TACET_TESTS_MODEL_H

#include "core/switch.h"

#define MODEL_REQUESTS 4 /* three of clients; the fourth is the restore after a crash */
#define MODEL_RESTORE  4
#define MODEL_RECORDS  (2 * MODEL_REQUESTS)

struct model_class {
	enum stream_kind kind;
	unsigned int device; /* 0 is fed by every route, 1 only by the first */
	bool can_pause;
	bool drain_hidden;
	bool halts;
	bool late; /* not open at the start */
};

struct model_config {
	const char *name;
	unsigned int n_streams;
	struct model_class stream[WORLD_STREAMS_MAX]; /* alike ones side by side */
	bool repaired;
	bool live_rule;
	bool miscounts;
	bool prompt;	       /* news of streams are delivered as they happen */
	unsigned int budget;   /* things that need not happen but may; 255 = no limit */
	unsigned int more;     /* budget that the full walk adds */
	unsigned int requests; /* of clients, at most 3 */
	bool third_dry;	       /* the third is a dry run, else it replaces the second */
	bool outside;	       /* the second lets another program write */
	bool crash;	       /* the daemon may be killed once */
};

enum model_route {
	MODEL_A,    /* where it starts: feeds devices 0 and 1 */
	MODEL_B,    /* feeds device 0 */
	MODEL_DIRTY /* somewhere between, or what another program has set */
};

enum model_news {
	NEWS_NONE,
	NEWS_MOVED,
	NEWS_RESTED,
	NEWS_GONE,
	NEWS_NEW,
};

struct model_stream {
	bool unborn; /* to be opened by somebody later */
	bool open;
	bool moving; /* the truth about hw_ptr */
	bool by_us;  /* we stopped it and nothing has let it go on */
	bool parked;
	bool failed; /* it was reported as not resumed */
	bool slip;   /* it started between the last look and the end of the writes */
	bool resume_asked;
	uint8_t asked; /* enum stream_method that it was asked to stop by */
	uint8_t news;  /* enum model_news on its way to the switch */
	/* As the snapshot for the pending plan saw it. */
	bool snap;
	bool snap_open;
	bool snap_moving;
	bool snap_parked;
	bool snap_by_us;
};

enum model_worker {
	WORKER_READY,
	WORKER_BUSY,
	WORKER_KILLED,
};

enum model_record {
	RECORD_NONE,
	RECORD_INTENT,
	RECORD_A,
	RECORD_B,
};

struct model_env {
	/* The hardware, and what the manager and the disk think of it. */
	uint8_t hw;
	uint8_t hw_before;
	uint8_t route;
	uint8_t disk_route;
	bool disk_switching;
	bool disk_failed;	       /* a store failed, which was told */
	uint8_t record[MODEL_RECORDS]; /* stores on their way, in order */
	/* The worker. */
	uint8_t worker;
	uint8_t op;	  /* enum sw_action_type that it is at */
	bool lost;	  /* it died in the writes, and nothing was restored since */
	bool hung_answer; /* killed, but its last answer is still in the socket */
	/* The switch as the manager sees it. */
	uint8_t plan_from;
	uint8_t plan_to;
	bool plan_live;
	bool plan_unchanged;
	bool plan_outside;
	bool planned;
	bool plan_pending;
	uint8_t plans_stale;
	bool check_pending;
	bool check_stale;
	bool looked; /* a look found rest, and nothing has ended it since */
	bool gate;   /* closed */
	bool intent_answered;
	bool committed;
	bool wrote;
	bool store_failed; /* told in this switch */
	uint8_t current;
	/* Clocks and clients, a bit for each request. */
	uint8_t armed_request;
	bool armed_ucm;
	bool armed_resume;
	uint8_t arms_ucm; /* of this switch */
	uint8_t arms_resume;
	uint8_t submitted;
	uint8_t answered;
	uint8_t clients_gone;
	bool shutdown;
	bool card_gone;
	bool crashed;
	uint8_t budget;
};

struct model {
	struct sw sw;
	struct model_env env;
	struct model_stream stream[WORLD_STREAMS_MAX];
};

enum move_type {
	MOVE_REQUEST,
	MOVE_CLIENT_GONE,
	MOVE_PLAN_OK,
	MOVE_PLAN_FAILED,
	MOVE_PLAN_STALE,
	MOVE_JOURNAL_OK,
	MOVE_JOURNAL_FAILED,
	MOVE_NEWS,
	MOVE_STOP_ASKED,
	MOVE_STOP_OWN,
	MOVE_START,
	MOVE_LIE, /* "it stopped", but hw_ptr runs on */
	MOVE_REFUSE,
	MOVE_CLOSE,
	MOVE_OPEN_SILENT,
	MOVE_OPEN_MOVING,
	MOVE_RESUMED,
	MOVE_RESUME_FAILED,
	MOVE_CHECK_OK,
	MOVE_CHECK_STALE,
	MOVE_WORKER_OK,
	MOVE_WORKER_FAILED,
	MOVE_WORKER_DIED,
	MOVE_WORKER_LATE_ANSWER,
	MOVE_DEADLINE_REQUEST,
	MOVE_DEADLINE_UCM,
	MOVE_DEADLINE_RESUME,
	MOVE_CARD_GONE,
	MOVE_SHUTDOWN,
	MOVE_CRASH,
	MOVE_MAX,
};

struct move {
	uint8_t type; /* enum move_type */
	uint8_t arg;  /* a stream's slot or a request */
};

/* The numbers of doc/switch.md. */
enum invariant {
	INV_NONE,
	INV_REST,
	INV_NO_RESUME_IN_WRITES,
	INV_RESUMED_OR_REPORTED,
	INV_ENDS,
	INV_DEADLINE_ARMED,
	INV_ONE_CURRENT,
	INV_ANSWERED_ONCE,
	INV_JOURNAL_FIRST,
	INV_ROUTE_TRUE,
	INV_RESTORE_AFTER_LOSS,
	INV_LIVE_REPAIRED,
	INV_GATE,
	INV_SLIP_REPORTED,
	INV_FOREIGN_UNTOUCHED,
	INV_BLAME,
	INV_CRASH_SAFE,
	INV_SHUTDOWN,
	INV_SANE,
	INV_SILENT_LAST,
	INV_MAX,
};

/* Filled by model_do(): what was broken first. */
struct verdict {
	enum invariant broken;
	const char *what;
};

/* One transition, for the diagram and the table. */
struct edge {
	enum sw_phase from;
	enum sw_event_type event;
	enum sw_phase to;
};

typedef void (*edge_fn)(const struct edge *e, void *userdata);

struct model_hooks {
	edge_fn edge; /* may be NULL */
	void *userdata;
	/* Told for each event and its actions; may be NULL. */
	void (*trace)(const struct sw_event *ev, const struct sw_actions *a,
		      enum sw_phase phase, void *userdata);
};

void model_init(struct model *m, const struct model_config *c);

/* All moves that are possible. Return: their number, at most @max. */
unsigned int model_moves(const struct model *m, const struct model_config *c,
			 struct move *ret, unsigned int max);

/* Make a move. @m is changed; @v tells of a broken invariant. */
void model_do(struct model *m, const struct model_config *c, struct move mv,
	      const struct model_hooks *hooks, struct verdict *v);

/* From here, if nothing but clocks ever answers, does every switch end. Changes @m. */
void model_run_out(struct model *m, const struct model_config *c, struct verdict *v);

/* Does a move use up the budget: something that need not happen in a good run. */
bool model_costs(const struct model *m, const struct model_config *c, struct move mv);

const char *move_name(enum move_type t);
const char *invariant_text(enum invariant i);

/* Between model-world.c and model-check.c: the actions of the switch meet the world. */
void model_act(struct model *m, const struct model_config *c, const struct sw_action *a,
	       struct verdict *v);
void model_check_state(const struct model *m, const struct model_config *c,
		       struct verdict *v);
void model_judge_report(struct model *m, const struct model_config *c,
			const struct sw_action *a, struct verdict *v);
const struct sw_stream *model_entry(const struct model *m,
				    unsigned int slot); /* or NULL */
struct sw_request model_request(const struct model_config *c, uint64_t id);
void model_break(struct verdict *v, enum invariant i, const char *what);

/* A state as bytes, alike streams in one order. Return: the size, the same for a configuration. */
#define MODEL_KEY_MAX (32 + 6 * WORLD_STREAMS_MAX)
unsigned int model_pack(const struct model *m, const struct model_config *c,
			uint8_t *key);
void model_unpack(struct model *m, const struct model_config *c, const uint8_t *key);

/* The plan that the manager would make now; @m's snapshot. */
bool model_plan(const struct model *m, const struct model_config *c, struct plan *ret);
void model_plan_late(const struct model *m, const struct model_config *c,
		     unsigned int slot, struct plan_stream *ret);

/* Explore. Return: states seen, or 0 when an invariant broke (told on stdout). */
struct explored {
	unsigned long states;
	unsigned long steps;
	unsigned int depth;
	enum invariant broken;
};

int explore(const struct model_config *c, const struct model_hooks *hooks, bool quiet,
	    struct explored *ret);

#endif
