/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What tacetd and the ALSA plugin say to each other about one leased PCM.
 *
 * A SOCK_SEQPACKET connection carries one lease; every message is one struct lease_msg, in
 * host byte order (both ends run on one machine). Possession of an open PCM file is the
 * credential: LEASE carries it as SCM_RIGHTS.
 *
 *   plugin                      tacetd
 *     LEASE kind, fd  ------->             the PCM is looked at, not the words
 *                     <-------  GRANT      at once, or when the running switch is over
 *                     <-------  DENY error or so; the plugin plays without a lease
 *                     <-------  REST       (copy only) hands off: a switch begins
 *     HELD            ------->             no ioctl of ours is under way any more
 *                     <-------  GO         the switch is over; prepare, refill, go on
 *                     <-------  PARK       or: it is over, but this stream stays at rest
 *     BYE             ------->             hw_free or close
 *                     <-------  GONE       tacetd has closed its duplicate
 *
 * A connection that ends is a BYE that nobody answers.
 */
#ifndef TACET_PORT_LEASE_PROTO_H
#define TACET_PORT_LEASE_PROTO_H

#include <stdint.h>

#define LEASE_SOCKET_PATH "/run/tacet/lease"

#define LEASE_MAGIC   0x54434c53u /* "TCLS" */
#define LEASE_VERSION 1u

enum lease_type {
	LEASE_LEASE = 1, /* client: kind; one fd */
	LEASE_GRANT,	 /* server */
	LEASE_DENY,	 /* server: error, a positive errno */
	LEASE_BYE,	 /* client */
	LEASE_GONE,	 /* server */
	LEASE_REST,	 /* server: serial */
	LEASE_HELD,	 /* client: serial of the REST that it answers */
	LEASE_GO,	 /* server: serial of the REST that ends */
	LEASE_PARK,	 /* server: serial of the REST that goes on, with no switch */
	LEASE_TYPE_MAX,
};

enum lease_kind {
	LEASE_DIRECT =
		1,  /* the application talks to the hardware; only PAUSE is invisible */
	LEASE_COPY, /* the plugin stands between; it hides PAUSE, DRAIN and DROP alike */
	LEASE_KIND_MAX,
};

struct lease_msg {
	uint32_t magic;
	uint32_t version;
	uint32_t type; /* enum lease_type */
	uint32_t kind; /* enum lease_kind; 0 but in LEASE */
	uint32_t serial;
	uint32_t error;
	uint32_t reserved[10]; /* zero */
};

_Static_assert(sizeof(struct lease_msg) == 64, "the wire format is fixed");

#endif
