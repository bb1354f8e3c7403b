/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs that want route controls written: the server's side of outside-proto.h. It knows
 * sockets, not switches.
 *
 * One thread, one sd_event. A client is the server's; it lives until ops->gone() returns.
 */
#ifndef TACET_PORT_OUTSIDE_H
#define TACET_PORT_OUTSIDE_H

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "port/lease.h"
#include "port/outside-proto.h"

struct outside_server;
struct outside_client;

struct outside_ops {
	/* It waits for outside_answer(); @m is good as long as the client is. */
	void (*write)(struct outside_client *o, const struct outside_msg *m,
		      void *userdata);
	/* It went away, with a write that waits or without. */
	void (*gone)(struct outside_client *o, void *userdata);
};

/**
 * outside_server_new() - a server without a socket yet
 * @event: referenced
 * @ops: must outlive the server
 * @leases: closes files of strangers, whose close() may hang; must outlive the server
 *
 * Return: 0 and @ret (outside_server_free()), or a negative errno.
 */
int outside_server_new(sd_event *event, const struct outside_ops *ops,
		       struct lease_server *leases, void *userdata,
		       struct outside_server **ret);

/* Serve a listening SOCK_SEQPACKET socket (from systemd). Takes @fd over, also on failure. */
int outside_server_listen_fd(struct outside_server *s, int fd);

/* Close all connections, without a word to the manager. Returns NULL. */
struct outside_server *outside_server_free(struct outside_server *s);

/* The write that waits is over: 0 or a negative errno. */
void outside_answer(struct outside_client *o, int error);

int outside_card(const struct outside_client *o);
pid_t outside_pid(const struct outside_client *o);
const char *outside_comm(const struct outside_client *o); /* "" if unknown */

#endif
