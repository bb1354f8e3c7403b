/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Is this packet a word of the lease protocol, from that side, at this moment? Pure.
 */
#ifndef TACET_CORE_LEASE_MSG_H
#define TACET_CORE_LEASE_MSG_H

#include <stddef.h>

#include "port/lease-proto.h"

/* Where a connection stands, as the server sees it. */
enum lease_phase {
	LEASE_PHASE_NEW,     /* nothing said yet */
	LEASE_PHASE_WAITING, /* the PCM is accepted, the grant waits for a switch */
	LEASE_PHASE_GRANTED,
	LEASE_PHASE_LEAVING, /* BYE was said, GONE was not */
	LEASE_PHASE_MAX,
};

/**
 * lease_msg_init() - a message of @type, everything else zero
 */
void lease_msg_init(struct lease_msg *m, enum lease_type type);

/**
 * lease_msg_from_client() - validate what the server received
 * @buf: the packet, @size bytes of it
 * @n_fds: how many file descriptors came along
 * @phase: where the connection stands
 * @ret: the message, copied; untouched on failure
 *
 * Return: 0; -EBADMSG for what is no message of ours, -EPROTO for one out of turn or with
 * the wrong number of file descriptors, -EPROTONOSUPPORT for another version.
 */
int lease_msg_from_client(const void *buf, size_t size, unsigned int n_fds,
			  enum lease_phase phase, struct lease_msg *ret);

/**
 * lease_msg_from_server() - validate what the plugin received
 *
 * Return: 0, -EBADMSG or -EPROTONOSUPPORT, as above.
 */
int lease_msg_from_server(const void *buf, size_t size, struct lease_msg *ret);

#endif
