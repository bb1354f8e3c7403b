/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of a media device that drivers share, as a pure function
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * One media device belongs to one parent device (a USB device, say). Each driver of the parent
 * that wants it allocates it once for each time that it binds, registers it if nobody has, and
 * deletes it when it lets go. What is left is a matter of who still looks at it:
 *
 *                 allocate, by others too              register
 *      (none) ------------------------> ALLOCATED -----------------> REGISTERED --.
 *         ^                                 |                         |    |      | allocate, by
 *         |                                 |             last delete |    |      | a driver that
 *         |                                 |                         |    |      | has it already
 *         |                     last delete |                         v    |      v
 *         |                                 |              UNREGISTERED <--+-- RETIRED
 *         |                                 v              (in use or not)   last delete
 *         '---------------------------- RELEASED <--------------- last close
 *
 * Only ALLOCATED and REGISTERED are found by the parent; whoever binds later gets a fresh device.
 * RETIRED is a device whose driver is bound anew while its last binding has not let go (somebody
 * has a file of it open): the old one goes on without being found.
 *
 * The kernel's module and the model checker (tests/model/media.c) include this same file. It
 * knows no lock: the caller holds the one under which devices are found.
 */
#ifndef TACET_MEDIA_LIFE_H
#define TACET_MEDIA_LIFE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#endif

/* The states; the first is that of a parent without a media device. */
enum tacet_media_state {
	TACET_MEDIA_NONE,
	TACET_MEDIA_ALLOCATED,
	TACET_MEDIA_REGISTERED,
	TACET_MEDIA_RETIRED,
	TACET_MEDIA_UNREGISTERED,
	TACET_MEDIA_RELEASED,
};

enum tacet_media_event {
	TACET_MEDIA_ALLOCATE,	/* a driver wants the parent's device */
	TACET_MEDIA_REGISTER,	/* it was seen to have a device node */
	TACET_MEDIA_DELETE,	/* a driver lets go */
	TACET_MEDIA_LAST_CLOSE, /* the device node has no file and no reference any more */
};

/* What comes of it for the caller. */
enum tacet_media_verdict {
	TACET_MEDIA_OK,
	TACET_MEDIA_FRESH,   /* allocate: this one is not to be had, make another */
	TACET_MEDIA_REFUSED, /* allocate: the module that owns it is on its way out */
	TACET_MEDIA_STRAY,   /* the event does not fit; nothing happens */
};

/* What is then to be done, in this order. */
enum tacet_media_act {
	TACET_MEDIA_UNLIST = 1,	    /* nobody finds it any more */
	TACET_MEDIA_UNREGISTER = 2, /* take the device node away, keep the memory */
	TACET_MEDIA_FREE = 4,	    /* nobody looks at it: free the memory */
};

/**
 * struct tacet_media_view - what the decision depends on
 * @state:	 where the device is
 * @users:	 how often drivers have it
 * @mine:	 how often the driver that asks has it
 * @registered:	 it has a device node
 * @owner_stays: the module of the driver that allocated it first is there to stay
 */
struct tacet_media_view {
	enum tacet_media_state state;
	unsigned int users;
	unsigned int mine;
	bool registered;
	bool owner_stays;
};

/**
 * struct tacet_media_step - the decision
 * @state:   where the device is then
 * @users:   how often drivers have it then
 * @verdict: for the caller
 * @acts:    what to do, of enum tacet_media_act
 */
struct tacet_media_step {
	enum tacet_media_state state;
	unsigned int users;
	enum tacet_media_verdict verdict;
	unsigned int acts;
};

/* Is a device in this state to be had by its parent? */
static inline bool tacet_media_is_found(enum tacet_media_state state)
{
	return state == TACET_MEDIA_ALLOCATED || state == TACET_MEDIA_REGISTERED;
}

static inline bool tacet_media_has_users(enum tacet_media_state state)
{
	return tacet_media_is_found(state) || state == TACET_MEDIA_RETIRED;
}

static inline struct tacet_media_step tacet_media_allocated(struct tacet_media_view v)
{
	struct tacet_media_step s = { .state = v.state, .users = v.users };

	if (v.state == TACET_MEDIA_NONE) {
		s.state = TACET_MEDIA_ALLOCATED;
		s.users = 1;
		return s;
	}
	if (!tacet_media_is_found(v.state)) {
		s.verdict = TACET_MEDIA_FRESH;
		return s;
	}
	if (v.mine) {
		s.state = TACET_MEDIA_RETIRED;
		s.verdict = TACET_MEDIA_FRESH;
		s.acts = TACET_MEDIA_UNLIST;
		return s;
	}
	if (!v.owner_stays) {
		s.verdict = TACET_MEDIA_REFUSED;
		return s;
	}
	s.users = v.users + 1;
	return s;
}

static inline struct tacet_media_step tacet_media_deleted(struct tacet_media_view v)
{
	struct tacet_media_step s = { .state = v.state, .users = v.users };

	if (!tacet_media_has_users(v.state) || !v.users || !v.mine) {
		s.verdict = TACET_MEDIA_STRAY;
		return s;
	}
	s.users = v.users - 1;
	if (s.users)
		return s;
	if (v.state != TACET_MEDIA_RETIRED)
		s.acts = TACET_MEDIA_UNLIST;
	if (v.registered) {
		s.state = TACET_MEDIA_UNREGISTERED;
		s.acts |= TACET_MEDIA_UNREGISTER;
	} else {
		s.state = TACET_MEDIA_RELEASED;
		s.acts |= TACET_MEDIA_FREE;
	}
	return s;
}

/**
 * tacet_media_step() - what an event does to a media device
 * @v:	   the device as it is
 * @event: what happened
 *
 * Return: the decision; the caller writes state and users back, then acts.
 */
static inline struct tacet_media_step tacet_media_step(struct tacet_media_view v,
						       enum tacet_media_event event)
{
	struct tacet_media_step s = { .state = v.state, .users = v.users };

	switch (event) {
	case TACET_MEDIA_ALLOCATE:
		return tacet_media_allocated(v);
	case TACET_MEDIA_DELETE:
		return tacet_media_deleted(v);
	case TACET_MEDIA_REGISTER:
		if (v.state == TACET_MEDIA_ALLOCATED)
			s.state = TACET_MEDIA_REGISTERED;
		return s;
	case TACET_MEDIA_LAST_CLOSE:
		if (v.state == TACET_MEDIA_UNREGISTERED) {
			s.state = TACET_MEDIA_RELEASED;
			s.acts = TACET_MEDIA_FREE;
			return s;
		}
		break;
	}
	s.verdict = TACET_MEDIA_STRAY;
	return s;
}

/* The state's name, as debugfs shows it. */
static inline const char *tacet_media_state_name(enum tacet_media_state state,
						 unsigned int files)
{
	switch (state) {
	case TACET_MEDIA_NONE:
		return "none";
	case TACET_MEDIA_ALLOCATED:
		return "allocated";
	case TACET_MEDIA_REGISTERED:
		return "registered";
	case TACET_MEDIA_RETIRED:
		return "retired";
	case TACET_MEDIA_UNREGISTERED:
		return files ? "unregistered-in-use" : "unregistered-not-in-use";
	case TACET_MEDIA_RELEASED:
		return "released";
	}
	return "unknown";
}

#endif
