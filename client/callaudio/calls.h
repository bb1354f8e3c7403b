/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls of all modems, and whether they want the route of a call. Pure. */
#ifndef TACET_CALLAUDIO_CALLS_H
#define TACET_CALLAUDIO_CALLS_H

#include <stdbool.h>

#define CALLS_MAX     32
#define CALL_PATH_MAX 128

enum call_state {
	CALL_UNKNOWN,  /* nobody said yet */
	CALL_DIALING,  /* ours, the other end is not reached yet */
	CALL_ALERTING, /* ours, it rings there */
	CALL_INCOMING, /* it rings here */
	CALL_WAITING,  /* it knocks, beside another one */
	CALL_ACTIVE,
	CALL_HELD,
	CALL_ENDED,
	CALL_STATE_MAX,
};

struct call {
	char path[CALL_PATH_MAX];  /* the object that it is */
	char modem[CALL_PATH_MAX]; /* the object of its modem */
	enum call_state state;
};

struct calls {
	unsigned int n;
	struct call call[CALLS_MAX];
};

/* A call came, or is in another state; one that ended is forgotten, and CALL_UNKNOWN leaves a
 * known state. Return: false if there are too many, or the path is too long: that call is not
 * followed. */
bool calls_set(struct calls *c, const char *modem, const char *path,
	       enum call_state state);

/* A call that is known changed; others are not touched. */
void calls_change(struct calls *c, const char *path, enum call_state state);

void calls_remove(struct calls *c, const char *path);
void calls_remove_modem(struct calls *c, const char *modem); /* with all its calls */

/* Does a call of this state want the route of a call: one that rings here does not yet, one
 * that is held may go on at any moment. */
bool call_state_wants(enum call_state s);

bool calls_want(const struct calls *c);

enum call_state call_state_of_modemmanager(int state); /* an MMCallState */
enum call_state call_state_of_ofono(const char *state);

#endif
