/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process of a UCM worker, with all that its sequences start, as one group. */
#ifndef TACET_PORT_UCM_SPAWN_H
#define TACET_PORT_UCM_SPAWN_H

#include <stddef.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

struct ucm_process {
	pid_t pid; /* also of the group; 0 once reaped */
	int pidfd; /* readable when it ended */
};

#define UCM_PROCESS_NONE ((struct ucm_process){ .pid = 0, .pidfd = -1 })

/* Start @path with one end of a socket pair as fd 3. Return: 0, or negative errno. */
int ucm_process_start(const char *path, struct ucm_process *ret, int *ret_sock);

/* SIGKILL for the group. Does nothing once reaped. */
void ucm_process_kill(struct ucm_process *p);

/* Reap an ended process; how it ended for a person. Does not block. */
void ucm_process_reap(struct ucm_process *p, char *ret_how, size_t size);

/* Kill, and reap when it ends: a process that hangs in a driver must not block us. */
void ucm_process_dispose(struct ucm_process *p, sd_event *event);

#endif
