/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the UCM port share. */
#ifndef TACET_PORT_UCM_INTERNAL_H
#define TACET_PORT_UCM_INTERNAL_H

#include "port/ucm-profile.h"
#include "port/ucm-spawn.h"
#include "port/ucm.h"

struct ucm_worker {
	sd_event *event;
	const struct ucm_ops *ops;
	void *userdata;
	char card_id[32];
	bool want_locks;

	struct ucm_process process;
	int sock;
	sd_event_source *readable;
	sd_event_source *exited;

	struct profile *profile; /* complete once ready */
	struct ucm_loss loss;
	bool ready;
	bool closed;		   /* the worker closed its end, or spoke nonsense */
	struct ucm_result *result; /* of the command that runs */

	unsigned int n_locked, n_lockable;
	char lock_trouble[128];
	bool *freed; /* set while callbacks run: they may free us */
};

#endif
