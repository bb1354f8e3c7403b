/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The daemon's end of a card's UCM worker process. Everything is asynchronous: a sequence may
 * sleep, run programs or hang, and the loop goes on. The worker keeps the route controls locked
 * between switches.
 */
#ifndef TACET_PORT_UCM_H
#define TACET_PORT_UCM_H

#include <systemd/sd-event.h>

#include "core/plan.h"

struct ucm_worker;

/* One element that changed while the worker applied steps. Values are text: "on", "42,42". */
struct ucm_write {
	char name[96];
	char before[64];
	char after[64];
	uint64_t at_us; /* CLOCK_MONOTONIC */
};

struct ucm_result {
	int error;		  /* 0 or a negative errno */
	unsigned int failed_step; /* index of the step that failed, when error != 0 */
	char message[256];	  /* what alsa-lib said, when error != 0 */
	uint64_t begin_us;	  /* CLOCK_MONOTONIC: just before the first step */
	uint64_t end_us;
	unsigned int n_writes; /* elements that changed; may exceed the array */
	struct ucm_write write[64];
};

struct ucm_ops {
	/* The profile was read; @profile belongs to the worker object and lives as long; @message
	 * is "" or tells what of it was left out (too many, names too long). On error @profile is
	 * NULL and @message says what is wrong with which file; -ENOENT means that the card has no
	 * profile. */
	void (*ready)(struct ucm_worker *w, const struct profile *profile, int error,
		      const char *message, void *userdata);
	/* Answer to apply, rollback, restore or write. */
	void (*done)(struct ucm_worker *w, const struct ucm_result *result,
		     void *userdata);
	/* The process is gone (killed, crashed, closed); no further callback comes. */
	void (*died)(struct ucm_worker *w, const char *how, void *userdata);
	/* Jack controls changed; @control is one that a device of the profile names. Also
	 * called once for each after ready. */
	void (*jack)(struct ucm_worker *w, const char *control, bool plugged,
		     void *userdata);
	/* Another program changed a route control (only possible when locking is off or failed). */
	void (*foreign_write)(struct ucm_worker *w, const char *name, void *userdata);
};

struct ucm_config {
	const char *worker_path; /* the worker program */
	int card_index;
	const char *card_id;
	bool lock; /* ELEM_LOCK route controls between switches */
	const char *const
		*unlocked; /* shell patterns of names never locked; NULL-terminated or
					NULL */
};

/**
 * ucm_worker_new() - start the worker; ops->ready tells the outcome
 *
 * Return: 0 and @ret (ucm_worker_free() kills and reaps it), or a negative errno.
 */
int ucm_worker_new(sd_event *event, const struct ucm_config *config,
		   const struct ucm_ops *ops, void *userdata, struct ucm_worker **ret);

/* Execute steps in order, stopping at the first that fails. One command at a time: -EBUSY. */
int ucm_worker_apply(struct ucm_worker *w, const struct plan_step *steps, unsigned int n);

/* Undo the last apply: UCM's own state back by name, then every element that changed back to
 * the value that it had. */
int ucm_worker_rollback(struct ucm_worker *w);

/* In a fresh worker: set a route from scratch (verb, devices, modifiers). */
int ucm_worker_restore(struct ucm_worker *w, const struct route *route);

/* The value of one control, @size bytes of the kernel's own layout; numid and type are the kernel's. */
int ucm_worker_write(struct ucm_worker *w, unsigned int numid, unsigned int type,
		     const void *value, size_t size);

/* SIGKILL; ops->died follows. Safe on a worker that hangs. */
void ucm_worker_kill(struct ucm_worker *w);

bool ucm_worker_locked(const struct ucm_worker *w); /* route controls are locked now */

/* Why not all of them are: the first that could not be locked, and who has it; or "". */
const char *ucm_worker_lock_trouble(const struct ucm_worker *w);
pid_t ucm_worker_pid(const struct ucm_worker *w);

struct ucm_worker *ucm_worker_free(struct ucm_worker *w);

#endif
