/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The control's side of outside-proto.h: ask tacetd for one write, wait for its answer.
 */
#ifndef TACET_PLUGIN_CTL_CLIENT_H
#define TACET_PLUGIN_CTL_CLIENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "port/outside-proto.h"

struct ctl_client {
	char socket[108];
	int fd;	    /* -1: not connected */
	pid_t pid;  /* who connected: a child of it has its own say */
	bool again; /* the last write was said once more, to the next tacetd */
};

/**
 * ctl_client_write() - have a control written within a rest
 * @control_fd: an open control device, the credential
 * @m: of type OUTSIDE_WRITE
 *
 * Return: 0 when it was written; a negative errno that tacetd gave, among them -EBUSY when a
 * stream did not stop in time and -EPERM when the lock is not tacetd's; -ENOTCONN when no
 * tacetd runs, -ECONNRESET when it went away before its answer.
 */
int ctl_client_write(struct ctl_client *c, int control_fd, const struct outside_msg *m);

/* Is the tacetd still there that was spoken to? False before the first word. */
bool ctl_client_lives(struct ctl_client *c);

void ctl_client_close(struct ctl_client *c);

#endif
