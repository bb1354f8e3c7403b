/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How another program gets a route control written: what tacetd and the ALSA control `tacet` say
 * to each other.
 *
 * A SOCK_SEQPACKET connection belongs to one open control device; every message is one struct
 * outside_msg, in host byte order. Possession of an open control file is the credential: the
 * first WRITE carries it as SCM_RIGHTS, and tacetd closes its duplicate at once. tacetd's own
 * worker makes the write, within a rest, so nobody else ever holds the lock of the control.
 *
 *   plugin                      tacetd
 *     WRITE value  ------->                the first opens a rest, or waits for the one before
 *                  <-------   DONE error   0, or what the kernel or the rest said
 *
 * The next WRITE may come when the last was answered. The rest ends when none came for a while.
 */
#ifndef TACET_PORT_OUTSIDE_PROTO_H
#define TACET_PORT_OUTSIDE_PROTO_H

#include <stdint.h>

#define OUTSIDE_SOCKET_PATH "/run/tacet/control"

#define OUTSIDE_MAGIC	    0x54434f53u /* "TCOS" */
#define OUTSIDE_VERSION	    1u
#define OUTSIDE_INTEGERS    128 /* as the kernel has it */
#define OUTSIDE_INTEGERS_64 64
#define OUTSIDE_BYTES	    512

enum outside_type {
	OUTSIDE_WRITE = 1, /* client: numid, elem_type, count, value */
	OUTSIDE_DONE,	   /* server: error, a positive errno or 0 */
	OUTSIDE_TYPE_MAX,
};

/* The kernel's snd_ctl_elem_type_t, without its header. */
enum outside_elem {
	OUTSIDE_BOOLEAN = 1,
	OUTSIDE_INTEGER = 2,
	OUTSIDE_ENUMERATED = 3,
	OUTSIDE_BYTE = 4,
	OUTSIDE_INTEGER64 = 6,
};

struct outside_msg {
	uint32_t magic;
	uint32_t version;
	uint32_t type; /* enum outside_type */
	uint32_t error;
	uint32_t numid;
	uint32_t elem_type; /* enum outside_elem */
	uint32_t count;
	uint32_t reserved; /* zero */
	union {
		int64_t integer[OUTSIDE_INTEGERS]; /* all types but bytes */
		uint8_t bytes[OUTSIDE_BYTES];
	} value;
};

_Static_assert(sizeof(struct outside_msg) == 1056, "the wire format is fixed");

#endif
