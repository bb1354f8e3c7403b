/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "callaudio/calls.h"
#include "util/cleanup.h"

static struct call *find(struct calls *c, const char *path)
{
	for (unsigned int i = 0; i < c->n; i++)
		if (!strcmp(c->call[i].path, path))
			return &c->call[i];
	return NULL;
}

static void drop(struct calls *c, struct call *call)
{
	*call = c->call[--c->n];
}

bool calls_set(struct calls *c, const char *modem, const char *path,
	       enum call_state state)
{
	struct call *call = find(c, path);

	if (call) {
		if (state != CALL_UNKNOWN)
			calls_change(c, path, state);
		return true;
	}
	if (state == CALL_ENDED)
		return true;
	if (c->n == CALLS_MAX || strlen(path) >= sizeof(call->path) ||
	    strlen(modem) >= sizeof(call->modem))
		return false;
	call = &c->call[c->n++];
	strcpy(call->path, path);
	strcpy(call->modem, modem);
	call->state = state;
	return true;
}

void calls_change(struct calls *c, const char *path, enum call_state state)
{
	struct call *call = find(c, path);

	if (!call)
		return;
	if (state == CALL_ENDED)
		drop(c, call);
	else
		call->state = state;
}

void calls_remove(struct calls *c, const char *path)
{
	calls_change(c, path, CALL_ENDED);
}

void calls_remove_modem(struct calls *c, const char *modem)
{
	for (unsigned int i = 0; i < c->n;) {
		if (strcmp(c->call[i].modem, modem))
			i++;
		else
			drop(c, &c->call[i]);
	}
}

bool call_state_wants(enum call_state s)
{
	switch (s) {
	case CALL_DIALING:
	case CALL_ALERTING:
	case CALL_ACTIVE:
	case CALL_HELD:
		return true;
	case CALL_UNKNOWN:
	case CALL_INCOMING:
	case CALL_WAITING:
	case CALL_ENDED:
	case CALL_STATE_MAX:
		return false;
	}
	return false;
}

bool calls_want(const struct calls *c)
{
	for (unsigned int i = 0; i < c->n; i++)
		if (call_state_wants(c->call[i].state))
			return true;
	return false;
}

enum call_state call_state_of_modemmanager(int state)
{
	static const enum call_state states[] = {
		CALL_UNKNOWN, CALL_DIALING, CALL_ALERTING, CALL_INCOMING,
		CALL_ACTIVE,  CALL_HELD,    CALL_WAITING,  CALL_ENDED,
	};

	return state >= 0 && (size_t)state < ARRAY_SIZE(states) ? states[state]
								: CALL_UNKNOWN;
}

enum call_state call_state_of_ofono(const char *state)
{
	static const struct {
		const char *name;
		enum call_state state;
	} states[] = {
		{ "dialing", CALL_DIALING },	{ "alerting", CALL_ALERTING },
		{ "incoming", CALL_INCOMING },	{ "waiting", CALL_WAITING },
		{ "active", CALL_ACTIVE },	{ "held", CALL_HELD },
		{ "disconnected", CALL_ENDED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (!strcmp(state, states[i].name))
			return states[i].state;
	return CALL_UNKNOWN;
}
