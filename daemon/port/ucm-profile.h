/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A profile built from a worker's messages; see daemon/worker/profile.c for their form. */
#ifndef TACET_PORT_UCM_PROFILE_H
#define TACET_PORT_UCM_PROFILE_H

#include "core/profile.h"
#include "util/strv-msg.h"

struct ucm_loss {
	unsigned int n; /* items left out: too many, or a name too long */
	char first[96]; /* what the first was, for a person */
};

/**
 * ucm_profile_add() - take one message
 * @kind: its first string, already read from @m
 *
 * Return: 1 it was part of a profile, 0 it is something else, -EBADMSG when it is broken.
 */
int ucm_profile_add(struct profile *p, const char *kind, struct strv_msg *m,
		    struct ucm_loss *loss);

#endif
