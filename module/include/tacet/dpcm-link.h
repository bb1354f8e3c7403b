/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of an FE-BE link, as a pure function
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * A link joins one front end (FE) to one back end (BE) in one direction. What it does to its BE
 * is one of four things, its contribution. A BE runs while at least one link contributes
 * "started"; it rests, paused, while none does but one is "paused".
 *
 *            start, resume, release                      suspend
 *    IDLE ------------------------------> STARTED ---------------------> SUSPENDED
 *     ^ ^                                  |  ^ ^                          |   |
 *     | |  stop                            |  | '------ resume, start -----'   |
 *     | '----------------------------------+  |                                |
 *     |                              pause |  | release, start                 |
 *     |            stop                    v  |                                |
 *     '--------------------------------- PAUSED                                |
 *     '-------------------------------- stop ----------------------------------'
 *
 * Every arrow may be asked for again, or when it does not fit: a stop of a link that contributes
 * nothing is ignored (it would silence the others), a start of one that already did is not
 * counted twice, and a link that is dying or whose BE is not prepared is not started at all.
 *
 * The kernel's module and the model checker (tests/model) include this same file. It knows no
 * lock: the caller holds the BE's stream lock, under which all contributions to that BE live.
 */
#ifndef TACET_DPCM_LINK_H
#define TACET_DPCM_LINK_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#endif

/* What a link does to its BE; kept in the link, so the values are part of an interface. */
enum tacet_part {
	TACET_IDLE = 0,
	TACET_STARTED = 1,
	TACET_PAUSED = 2,
	TACET_SUSPENDED = 3,
};

/* What is asked of a link, and what is then asked of the BE's hardware. */
enum tacet_op {
	TACET_OP_NONE,
	TACET_OP_START,
	TACET_OP_STOP,
	TACET_OP_PAUSE,
	TACET_OP_RELEASE,
	TACET_OP_SUSPEND,
	TACET_OP_RESUME,
};

/* A BE as far as triggers care. */
enum tacet_be {
	TACET_BE_CLOSED,  /* and all else in which it must not be triggered */
	TACET_BE_READY,	  /* prepared, or stopped */
	TACET_BE_RUNNING,
	TACET_BE_PAUSED,
	TACET_BE_SUSPENDED,
	TACET_BE_PREPARING, /* its hardware is left alone: who prepares it starts it afterwards */
};

/* Why an operation did less than it was asked for. */
enum tacet_note {
	TACET_NOTE_NONE,
	TACET_NOTE_STRAY,    /* a stop without a start, while the BE runs for others */
	TACET_NOTE_REPEATED, /* a start of what had started */
	TACET_NOTE_DYING,    /* a start of a link that is being taken down */
	TACET_NOTE_UNREADY,  /* a start of a BE that is not prepared */
};

/**
 * struct tacet_view - what the decision depends on
 * @part:     what the link contributes
 * @be:	      the BE's state
 * @started:  other links of this BE that contribute "started"
 * @paused:   other links of this BE that contribute "paused"
 * @dying:    the link is marked to be taken down
 * @rests:    the FE is paused while its route brings this link up
 */
struct tacet_view {
	enum tacet_part part;
	enum tacet_be be;
	unsigned int started;
	unsigned int paused;
	bool dying;
	bool rests;
};

/**
 * struct tacet_step - the decision
 * @part:  what the link contributes afterwards
 * @be:	   the BE's state afterwards
 * @hw:	   what to tell the BE's hardware first, TACET_OP_NONE: nothing
 * @note:  why less was done than asked
 */
struct tacet_step {
	enum tacet_part part;
	enum tacet_be be;
	enum tacet_op hw;
	enum tacet_note note;
};

static inline bool tacet_op_is_start(enum tacet_op op)
{
	return op == TACET_OP_START || op == TACET_OP_RESUME || op == TACET_OP_RELEASE;
}

/* The operation that takes back a start. */
static inline enum tacet_op tacet_op_undo(enum tacet_op op)
{
	if (op == TACET_OP_RESUME)
		return TACET_OP_SUSPEND;
	return op == TACET_OP_RELEASE ? TACET_OP_PAUSE : TACET_OP_STOP;
}

/* Does not depend on the other links. */
static inline struct tacet_step tacet_link_start(struct tacet_view v, enum tacet_op op)
{
	struct tacet_step s = { .part = v.part, .be = v.be };

	if (v.dying) {
		s.note = TACET_NOTE_DYING;
		return s;
	}
	if (v.be == TACET_BE_CLOSED) {
		s.note = TACET_NOTE_UNREADY;
		return s;
	}
	if (v.part == TACET_STARTED &&
	    (v.be == TACET_BE_RUNNING || v.be == TACET_BE_PREPARING)) {
		s.note = TACET_NOTE_REPEATED;
		return s;
	}
	if (op == TACET_OP_START && v.rests) {
		s.part = TACET_PAUSED;
		return s;
	}
	s.part = TACET_STARTED;
	if (v.be == TACET_BE_PREPARING)
		return s;
	s.be = TACET_BE_RUNNING;
	switch (v.be) {
	case TACET_BE_PAUSED:
		s.hw = TACET_OP_RELEASE;
		break;
	case TACET_BE_SUSPENDED:
		s.hw = TACET_OP_RESUME;
		break;
	case TACET_BE_READY:
		s.hw = TACET_OP_START;
		break;
	case TACET_BE_RUNNING:
	case TACET_BE_PREPARING:
	case TACET_BE_CLOSED:
		break;
	}
	return s;
}

static inline struct tacet_step tacet_link_stop(struct tacet_view v)
{
	struct tacet_step s = { .part = TACET_IDLE, .be = v.be };

	if (v.part == TACET_IDLE) {
		if (v.be == TACET_BE_RUNNING)
			s.note = TACET_NOTE_STRAY;
		return s;
	}
	if (v.part == TACET_SUSPENDED || v.started)
		return s;
	if (v.be != TACET_BE_RUNNING && v.be != TACET_BE_PAUSED)
		return s;
	if (v.paused) {
		s.be = TACET_BE_PAUSED;
		if (v.be == TACET_BE_RUNNING)
			s.hw = TACET_OP_PAUSE;
	} else {
		s.be = TACET_BE_READY;
		s.hw = TACET_OP_STOP;
	}
	return s;
}

static inline struct tacet_step tacet_link_halt(struct tacet_view v, enum tacet_op op)
{
	struct tacet_step s = { .part = v.part, .be = v.be };

	if (v.part == TACET_PAUSED && op == TACET_OP_SUSPEND) {
		/* A release was overtaken by the suspend, while a route change put both off. */
		s.part = TACET_SUSPENDED;
		if (v.started || v.paused || v.be != TACET_BE_PAUSED)
			return s;
		s.be = TACET_BE_SUSPENDED;
		s.hw = op;
		return s;
	}
	if (v.part != TACET_STARTED) {
		if (v.part == TACET_IDLE && v.be == TACET_BE_RUNNING)
			s.note = TACET_NOTE_STRAY;
		return s;
	}
	s.part = op == TACET_OP_PAUSE ? TACET_PAUSED : TACET_SUSPENDED;
	if (v.started || v.be != TACET_BE_RUNNING)
		return s;
	s.be = op == TACET_OP_PAUSE ? TACET_BE_PAUSED : TACET_BE_SUSPENDED;
	s.hw = op;
	return s;
}

/**
 * tacet_link_step() - decide what operation @op does to a link and its BE
 * @v:	what there is
 * @op: what is asked
 *
 * The caller tells the hardware @hw of the result, and only then stores @part and @be. If the
 * hardware refuses, see tacet_link_failed().
 */
static inline struct tacet_step tacet_link_step(struct tacet_view v, enum tacet_op op)
{
	struct tacet_step s = { .part = v.part, .be = v.be };

	switch (op) {
	case TACET_OP_START:
	case TACET_OP_RESUME:
	case TACET_OP_RELEASE:
		return tacet_link_start(v, op);
	case TACET_OP_STOP:
		return tacet_link_stop(v);
	case TACET_OP_PAUSE:
	case TACET_OP_SUSPEND:
		return tacet_link_halt(v, op);
	case TACET_OP_NONE:
		break;
	}
	return s;
}

/**
 * tacet_link_failed() - what holds after the hardware refused
 * @v:	what there was
 * @op: what was asked
 * @s:	what had been decided
 *
 * A start or pause that failed did not happen: the FE is told, and takes it back. A stop or
 * suspend cannot be refused: the FE has stopped whatever the hardware says, so its link must not
 * hold the BE any longer, and the next start triggers anew. Where the BE should have been left
 * paused for others but would not pause, the caller is to stop it instead.
 */
static inline struct tacet_step tacet_link_failed(struct tacet_view v, enum tacet_op op,
						  struct tacet_step s)
{
	if (tacet_op_is_start(op) || op == TACET_OP_PAUSE) {
		s.part = v.part;
		s.be = v.be;
		s.hw = TACET_OP_NONE;
		return s;
	}
	if (op == TACET_OP_STOP && s.hw == TACET_OP_PAUSE) {
		s.hw = TACET_OP_STOP;
		s.be = TACET_BE_READY;
		return s;
	}
	s.hw = TACET_OP_NONE;
	return s;
}

/**
 * tacet_be_mend() - what a BE needs whose links contribute @started and @paused
 * @be:	     its state, which the core's own miscounting may have left wrong
 * @started: links that contribute "started"
 * @paused:  links that contribute "paused"
 *
 * For the moment at which an account is made, or a BE has been prepared. @part of the result means
 * nothing.
 */
static inline struct tacet_step tacet_be_mend(enum tacet_be be, unsigned int started,
					      unsigned int paused)
{
	struct tacet_view v = { .be = be };

	if (started && be != TACET_BE_RUNNING)
		return tacet_link_start(v, TACET_OP_START);
	if (!started && (be == TACET_BE_RUNNING || (be == TACET_BE_PAUSED && !paused))) {
		v.part = TACET_STARTED;
		v.paused = paused;
		return tacet_link_stop(v);
	}
	return (struct tacet_step){ .be = be };
}

#endif
