/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leases: PCMs that applications opened through the ALSA PCM `tacet` and whose files tacetd
 * shares. This is the server's side of lease-proto.h; it knows sockets, not switches.
 *
 * One thread, one sd_event. A struct lease is the server's; it lives from ops->opened()
 * until ops->closed() returns.
 */
#ifndef TACET_PORT_LEASE_H
#define TACET_PORT_LEASE_H

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "port/lease-proto.h"

struct lease;
struct lease_server;

struct lease_ops {
	/* May a new stream of this card be let in now? false: until lease_release_grants(). */
	bool (*granted)(int card, void *userdata);
	/* A lease was granted, or found again after a crash (then lease_adopted()). */
	void (*opened)(struct lease *l, void *userdata);
	/* It is over: hw_free, close, death of its process. Within a switch this is said at
	 * the end of it, because until then the server keeps the PCM's file open.
	 */
	void (*closed)(struct lease *l, void *userdata);
};

struct lease_limits {
	unsigned int connections;     /* 0: 256 */
	unsigned int connections_uid; /* 0: 64 */
	uint64_t handshake_us;	      /* 0: 2 s from connect to LEASE */
};

/**
 * lease_server_new() - a server without a socket yet
 * @event: referenced
 * @ops: must outlive the server; `granted` may be NULL (always), the others not
 *
 * Return: 0 and @ret (lease_server_free()), or a negative errno.
 */
int lease_server_new(sd_event *event, const struct lease_ops *ops, void *userdata,
		     struct lease_server **ret);

/* Other limits than the built-in ones, for connections from now on. */
void lease_server_set_limits(struct lease_server *s, const struct lease_limits *limits);

/* Serve a listening SOCK_SEQPACKET socket (from systemd). Takes @fd over, also on failure. */
int lease_server_listen_fd(struct lease_server *s, int fd);

/* Bind and listen on @path, mode 0666; for tests and for running without systemd. */
int lease_server_listen_path(struct lease_server *s, const char *path);

/**
 * lease_server_adopt() - find again what a killed tacetd had left in systemd's fd store
 * @fds, @names: as sd_listen_fds_with_names() gave them, @n of each
 *
 * Takes over every fd whose name begins with "lease-" and sets it to -1 in @fds. Each pair
 * of PCM and connection becomes a lease that is within a switch: ops->opened() is called,
 * lease_adopted() is true, and the caller resumes it, should it be paused, and says
 * lease_switch_end().
 * Return: how many leases were found, or a negative errno.
 */
int lease_server_adopt(struct lease_server *s, int *fds, char *const *names, int n);

/* Close everything: streams are not touched, clients see the connection end. Returns NULL. */
struct lease_server *lease_server_free(struct lease_server *s);

/**
 * lease_switch_begin() - call immediately before the stream is stopped
 *
 * For a LEASE_COPY one makes the plugin take its hands off (waits for its word 50 ms at most; a plugin that stays
 * silent is not waited for again until it spoke). Return: 0, or a negative errno if the
 * stream would not survive a crash of ours or its plugin did not answer (-ETIMEDOUT): to be
 * told, not to be acted upon.
 */
int lease_switch_begin(struct lease *l);

/* Call after the stream was resumed (or found gone): the plugin goes on. Idempotent. */
int lease_switch_end(struct lease *l);

/* The switch is over but the stream stays where it is: without a back end. */
void lease_switch_park(struct lease *l);

/**
 * lease_hold_grants() - a switch on @card begins; ops->granted() says no from now on
 *
 * Makes the plugins of all LEASE_COPY leases of the card take their hands off, also of those
 * that do not move: none can start, stop or close within the rest. Waits for their words
 * 50 ms at most, for all together. Call it before the first lease_switch_begin().
 */
void lease_hold_grants(struct lease_server *s, int card);

/* A switch on @card is over and ops->granted() says yes again: give, from the loop, the
 * grants that were held back, and let the plugins go on.
 */
void lease_release_grants(struct lease_server *s, int card);

int lease_card(const struct lease *l);
unsigned int lease_device(const struct lease *l);
unsigned int lease_subdevice(const struct lease *l);
bool lease_capture(const struct lease *l);
enum lease_kind lease_kind(const struct lease *l);
bool lease_can_pause(const struct lease *l);
bool lease_is_coarse(
	const struct lease *l); /* hw_ptr tells where it is to a period only */
bool lease_adopted(const struct lease *l);
/* Of the peer at connect time; in tacetd's pid namespace, 0 if there is none there. */
pid_t lease_pid(const struct lease *l);
uid_t lease_uid(const struct lease *l);
const char *lease_comm(const struct lease *l); /* "" if unknown */
int lease_pcm_fd(const struct lease *l);       /* the server's; do not close it */

/* The manager's own pointer, NULL at first. */
void lease_set_userdata(struct lease *l, void *userdata);
void *lease_get_userdata(const struct lease *l);

#endif
