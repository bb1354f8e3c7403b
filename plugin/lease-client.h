/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plugin's side of the lease protocol: hand over a PCM, wait a bounded time, never fail
 * the application because of it.
 */
#ifndef TACET_PLUGIN_LEASE_CLIENT_H
#define TACET_PLUGIN_LEASE_CLIENT_H

#include <stdint.h>

#include "port/lease-proto.h"

/* What the PCM's configuration says. */
struct lease_conf {
	char socket[108];
	int grant_ms; /* how long a running switch may delay a new stream */
	int gone_ms;  /* how long close waits for the daemon to let go */
};

/**
 * lease_client_offer() - connect and send LEASE; does not wait for an answer
 *
 * Return: the connection (nonblocking), or a negative errno when no daemon listens.
 */
int lease_client_offer(const struct lease_conf *c, enum lease_kind kind, int pcm_fd);

/**
 * lease_client_wait() - wait until the server said @type
 *
 * Return: 0, -ETIMEDOUT, or another negative errno when the lease will not come about.
 */
int lease_client_wait(int conn, enum lease_type type, int timeout_ms);

/* One message that is already there. Return: 1 and @ret, 0 if none, negative: it is over. */
int lease_client_receive(int conn, struct lease_msg *ret);

int lease_client_say(int conn, enum lease_type type, uint32_t serial);

/* BYE, wait for GONE, close @conn. */
void lease_client_leave(const struct lease_conf *c, int conn);

#endif
