/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between the files of the manager: manager.c (cards come and go), manager-bus.c (what is
 * shown), card.c (a card's worker and its start), card-switch.c (events in, actions out),
 * card-plan.c (a request to a plan), card-streams.c (what is open),
 * card-check.c (does it rest), card-deadline.c, card-quiesce.c (to rest and
 * back), card-outside.c (other programs' writes), card-report.c (answers), card-journal.c (what
 * survives).
 */
#ifndef TACET_MANAGER_INTERNAL_H
#define TACET_MANAGER_INTERNAL_H

#include <time.h>

#include "core/jack.h"
#include "core/report.h"
#include "core/switch.h"
#include "manager.h"
#include "port/bus.h"
#include "port/cards.h"
#include "port/lease.h"
#include "port/outside.h"
#include "port/pcm-timer.h"
#include "port/proc.h"
#include "port/ucm.h"

/* A substream of a card, open or not. */
struct slot {
	struct card *card;
	uint16_t device;
	uint16_t subdevice;
	bool capture;
	uint32_t id; /* 0: closed when we last looked */
	enum stream_kind kind;
	enum pcm_state state;
	pid_t pid;
	char process[32];
	unsigned int rate;
	unsigned int channels;
	uint64_t hw_ptr; /* as first seen in this switch */
	bool seen;	 /* in the scan that runs */
	int taken;	 /* a foreign stream's own file, -1 = none */
	uint32_t
		taken_as; /* its number in the fd store while we pause it, 0 = we do not */
	bool polled;	  /* no timer: looked at while a switch waits for it */
	struct pcm_timer *timer;
	uint64_t
		stopped_at; /* CLOCK_MONOTONIC; what the timer says of before is history */
	sd_event_source *playout;
	uint64_t playout_end; /* appl_ptr that is to be heard */
};

/* An application's stream whose file we share. */
struct lent {
	struct lent *next;
	struct manager *manager;
	struct lease *lease;
	bool parked;
	bool paused_by_us; /* by an earlier tacetd */
};

/* A hostless PCM of the configuration, open or not. */
struct hold {
	struct hold *next;
	struct conf_hold conf;
	bool orphan; /* no longer configured; closed with the next switch */
	struct held *held;
	uint32_t id; /* of the plan that runs; 0: not in it */
};

/* One request, from its arrival to its answer. */
struct job {
	struct job *next;
	struct card *card;
	uint64_t id;
	struct request request;
	uint64_t client;
	struct bus_call *call; /* NULL: ours */
	uint64_t timeout_us;
	sd_event_source *deadline;
	struct report *report;
	struct route_names *fallback; /* restore: what to try when this fails */
};

enum card_state {
	CARD_IGNORED, /* left alone, `reason` says why */
	CARD_STARTING,
	CARD_MANAGED,
};

struct card {
	struct card *next;
	struct manager *manager;
	struct card_info info;
	const struct conf_card *conf;
	enum card_state state;
	char reason[300];
	bool removed; /* being torn down */

	struct ucm_worker *worker;
	struct ucm_worker *dead; /* keeps the profile in memory until the next is ready */
	bool worker_ready;
	bool worker_unwanted; /* killed because of Manage=no: its end is no fault */
	bool worker_cut;      /* ... but the end of the switch that runs */
	const struct profile *profile;
	unsigned int deaths; /* in a row */
	sd_event_source *restart;
	sd_event_source *retry; /* of a restore that streams stood in the way of */
	uint64_t retry_us;

	struct route route;	 /* in force while sw.route_known */
	struct route_names home; /* the last that was known, by name */
	bool have_home;
	bool had_route; /* some route was in force since we began */
	bool journal_loaded;

	struct sw sw;
	struct plan *plan;
	struct route_names plan_from, plan_to;
	bool plan_waits; /* an SWA_PLAN waits for the worker */
	bool restore_waits;
	bool gate_closed;
	int repair; /* keeps the kernel's repair in force during a live switch; else -1 */
	struct tacet_error error; /* what is known about the failure of this switch */
	struct sw_event *events;  /* not yet stepped */
	unsigned int n_events, max_events;
	bool stepping;
	sd_event_source *ucm_deadline;
	sd_event_source *resume_deadline;
	sd_event_source *poll;

	/* Writes of other programs. */
	struct {
		struct outside_write *waiting; /* in the order in which they came */
		struct outside_write *busy;    /* the worker is at it */
		bool open;		       /* the rest is theirs */
		bool off;		       /* the last write switched something off */
		uint64_t since, longest;       /* CLOCK_MONOTONIC, us */
		sd_event_source *quiet;
	} outside;

	struct job *jobs;
	struct slot **slots;
	unsigned int n_slots;
	struct hold *holds;
	struct jacks jacks;
	uint32_t jacks_changed; /* a bit for each of `jacks` to be followed */

	uint32_t dirty;	   /* properties to tell of; bits of card_properties[] */
	bool locked;	   /* as told */
	bool lock_trouble; /* told */
};

struct manager {
	sd_event *event;
	struct bus *bus;
	struct lease_server *leases;
	struct outside_server *outside;
	struct manager_config config;
	struct conf *conf;
	struct conf *old_conf; /* until no card uses it */
	struct cards *cards_port;
	struct card *cards; /* by number */
	struct lent *lent;
	int state_fd;
	bool stopping;
	uint64_t last_switch;
	uint32_t last_stream;
	sd_event_source *flush;
	struct report **trace; /* a ring of conf->trace_length */
	unsigned int trace_size, trace_n, trace_next;
	/* Scratch, large and sparse. */
	struct sw_actions *actions;
	struct world *world;
	struct proc_stream *scan;
	int scan_card;	     /* what is in it was seen of this card, -1 = of none, */
	uint64_t scan_at;    /* in this turn of the loop, */
	unsigned int scan_n; /* and so many */
};

static inline uint64_t now_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* manager.c */
struct card *manager_card(struct manager *m, const char *id);
struct lent *manager_lent(struct manager *m, int card, unsigned int device,
			  unsigned int subdevice, bool capture);
void manager_trace_add(struct manager *m, struct report *r); /* takes @r over */
void manager_status_changed(struct manager *m);
void manager_check_stopped(struct manager *m);
extern const struct lease_ops manager_lease_ops;

/* manager-bus.c */
extern const struct bus_ops manager_bus_ops;
bool manager_repaired(struct manager *m);
void manager_flush(struct manager *m); /* now, before something goes */

/* The properties that change; bits of card.dirty. */
enum card_property {
	CARD_P_MANAGED,
	CARD_P_REASON,
	CARD_P_VERB,
	CARD_P_DEVICES,
	CARD_P_MODIFIERS,
	CARD_P_VERBS,
	CARD_P_PROFILE,
	CARD_P_AVAILABLE_DEVICES,
	CARD_P_AVAILABLE_MODIFIERS,
	CARD_P_JACKS,
	CARD_P_STATE,
	CARD_P_SWITCHING,
	CARD_P_QUEUED,
	CARD_P_ROUTE_KNOWN,
	CARD_P_LOCKED,
	CARD_P_MAX,
};
#define CARD_DIRTY_ROUTE                                                     \
	(1U << CARD_P_VERB | 1U << CARD_P_DEVICES | 1U << CARD_P_MODIFIERS | \
	 1U << CARD_P_AVAILABLE_DEVICES | 1U << CARD_P_AVAILABLE_MODIFIERS | \
	 1U << CARD_P_ROUTE_KNOWN)

/* Tell of it once the loop has nothing better to do. */
void card_dirty(struct card *c, uint32_t properties);

/* card.c */
int card_new(struct manager *m, const struct card_info *info, struct card **ret);
void card_start(struct card *c);
void card_free(struct card *c);
void card_reconfigure(struct card *c);
int card_worker_start(struct card *c);
void card_follow_jacks(struct card *c);
/* The route for a name that the profile may not have any more; false: not even the verb. */
bool card_route_of(struct card *c, const struct route_names *names, struct route *ret);
void card_restore(struct card *c, const struct route_names *to,
		  const struct route_names *fallback);
/* The route that was in force last, or the configured one if there was none yet. */
void card_restore_home(struct card *c);
/* The remembered route could not be brought back yet: try again, less and less often. */
void card_restore_later(struct card *c);

/* card-switch.c */
void card_feed(struct card *c, const struct sw_event *ev);
static inline void card_feed_stream(struct card *c, enum sw_event_type type, uint32_t id)
{
	card_feed(c, &(struct sw_event){ .type = type, .stream = id });
}
static inline void card_feed_type(struct card *c, enum sw_event_type type)
{
	card_feed(c, &(struct sw_event){ .type = type });
}
/* A new request; answered through @call, or only reported when that is NULL. */
void card_request(struct card *c, const struct request *r, uint64_t client,
		  struct bus_call *call, const struct route_names *fallback);
void card_worker_done(struct card *c, const struct ucm_result *result);
void card_worker_fresh(struct card *c); /* ready again, for what waits */

/* card-plan.c */
void card_plan(struct card *c);
/* No route is changed under running streams any more. */
void card_let_repair_go(struct card *c);
/* A stream that the plan did not know: a SWE_STREAM_NEW. */
void card_feed_new(struct card *c, struct slot *s);
bool hold_wanted(const struct card *c, const struct hold *h, const struct route *r);
void card_holds_configure(struct card *c);
void card_holds_free(struct card *c);

/* card-streams.c */
int card_watch(struct card *c); /* from now on, no start is missed */
void card_unwatch(struct card *c);
int card_scan(struct card *c);
void card_drain_timers(struct card *c);
struct slot *card_slot_by_id(struct card *c, uint32_t id);
struct hold *card_hold_by_id(struct card *c, uint32_t id);
struct lent *slot_lent(const struct slot *s);
struct hold *slot_hold(const struct slot *s);
void slot_take(struct slot *s); /* with ForeignTakeover=yes */
void slot_give_back(struct slot *s);
int slot_fd(const struct slot *s); /* of a lease or of what was taken; -1 = none */
void slot_world(const struct slot *s, struct world_stream *ret);
void slot_pcm(const struct slot *s, char *buf, size_t size);
void card_slots_free(struct card *c);
void slot_rested(struct slot *s, uint64_t at_us);

/* card-check.c */
void card_check(struct card *c, uint32_t check);
void card_poll(struct card *c); /* where a timer is missing, look from time to time */

/* card-deadline.c */
void card_arm(struct card *c, const struct sw_action *a);
void card_disarm(struct card *c, const struct sw_action *a);

/* card-quiesce.c */
void card_quiesce(struct card *c, const struct sw_action *a);
void card_resume(struct card *c, const struct sw_action *a);
void card_park(struct card *c, const struct sw_action *a);
void card_leases_end(struct card *c);
void lent_continue(struct lent *l); /* outside of a switch */

/* card-outside.c */
extern const struct outside_ops manager_outside_ops;
void card_outside_begin(struct card *c);
/* Return: false when the worker's answer is to something else. */
bool card_outside_done(struct card *c, const struct ucm_result *result);
/* The switch that was theirs is over; who still waits is answered, or asks for another. */
void card_outside_ended(struct card *c, enum tacet_error_code error);
void card_outside_free(struct card *c);
/* The card has been taken up, or never will be: what is with those who asked meanwhile. */
void card_outside_ready(struct card *c);
void card_outside_refuse(struct card *c);

/* card-report.c */
struct job *card_job(struct card *c, uint64_t id);
struct job *card_current(struct card *c);
void job_free(struct job *j);
struct report_stream *card_report_stream(struct card *c, uint32_t id);
void card_report(struct card *c, const struct sw_action *a);
void card_answer(struct card *c, const struct sw_action *a);
#define card_event(c, kind, pcm, ...)                                                 \
	do {                                                                          \
		struct job *__j = card_current(c);                                    \
		if (__j && __j->report)                                               \
			report_event(__j->report, now_us(CLOCK_MONOTONIC), kind, pcm, \
				     __VA_ARGS__);                                    \
	} while (0)

/* card-journal.c */
void card_journal_load(struct card *c);
int card_journal_intent(struct card *c);
int card_journal_commit(struct card *c, enum tacet_error_code error);

#endif
