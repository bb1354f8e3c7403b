/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shared by the files of the lease server alone: lease.c (leases and switches), lease-conn.c
 * (connections and words), lease-store.c (systemd's fd store), lease-reap.c (strangers' fds).
 */
#ifndef TACET_PORT_LEASE_INTERNAL_H
#define TACET_PORT_LEASE_INTERNAL_H

#include <stdint.h>

#include "core/lease-msg.h"
#include "port/lease.h"
#include "port/pcm-fd.h"

/* Late: whatever the daemon does for a switch goes before strangers. */
#define LEASE_PRIORITY_LISTEN	(SD_EVENT_PRIORITY_NORMAL + 50)
#define LEASE_PRIORITY_STRANGER (SD_EVENT_PRIORITY_NORMAL + 40)

#define LEASE_HELD_WAIT_US 50000
#define LEASE_BARRIER_US   2000000

/* Descriptors of a stranger that a thread closes, because close() itself may hang. */
struct lease_reap;

struct lease_server {
	sd_event *event;
	const struct lease_ops *ops;
	void *userdata;
	struct lease_limits limits;
	sd_event_source *listen;
	sd_event_source *listen_again; /* after EMFILE */
	sd_event_source *release;      /* lease_release_grants(), from the loop */
	struct lease *leases;
	struct lease_reap *reaps;
	unsigned int next_number;
};

/* One connection; a lease in the manager's sense once `opened`. */
struct lease {
	struct lease_server *server;
	struct lease *next;
	unsigned int number; /* in the names in the fd store */

	int conn_fd; /* -1: the peer is gone */
	sd_event_source *conn_source;
	sd_event_source *deadline; /* of the handshake */
	sd_event_source *settle;   /* the end of it, from the loop */
	enum lease_phase phase;
	pid_t pid;
	uid_t uid;
	char comm[17];

	int pcm_fd; /* -1: none yet, or closed again */
	struct pcm_id pcm;
	enum lease_kind kind;
	struct pcm_abilities can;

	bool opened;  /* ops->opened() was called and ops->closed() was not */
	bool resting; /* between begin and end, also while parked */
	bool told;    /* resting, and said so by us: not by the tacetd before */
	bool parked;  /* resting, but no switch runs */
	bool gated;   /* resting because of lease_hold_grants() alone */
	bool adopted;
	bool mute;	 /* left a REST without an answer */
	bool owed;	 /* the socket was full: tell REST or GO when it is not */
	uint32_t serial; /* of the last REST */
	uint32_t held;	 /* the last REST that was answered */

	bool stored;	  /* in the fd store now */
	int store_error;  /* what kept it from there, 0 if nothing */
	bool store_dirty; /* was in it, and systemd did not confirm the removal yet */
	int barrier_fd;
	sd_event_source *barrier;
	sd_event_source *barrier_deadline;

	void *userdata;
};

/* lease.c */
struct lease *lease_new(struct lease_server *s, int conn_fd); /* takes conn_fd over */
struct lease *lease_free(struct lease *l);
void lease_read_comm(struct lease *l);
int lease_try_grant(struct lease *l);
/* The client said BYE or went away: end it, now or when the switch allows. May free @l. */
void lease_leave(struct lease *l);

/* lease-conn.c */
int lease_conn_watch(struct lease *l);
int lease_conn_send(struct lease *l, enum lease_type type, uint32_t serial, int error);
void lease_conn_tell(
	struct lease *l); /* REST or GO, as it stands; waits for room if need be */
/* Wait for its HELD, until @deadline; not for a mute one. Calls nothing back. */
void lease_conn_await_held(struct lease *l, uint64_t deadline);
uint64_t lease_now_us(void);
void lease_conn_close(struct lease *l);

/* lease-store.c */
int lease_store_add(struct lease *l);
void lease_store_remove(struct lease *l);
/* Return: 1 when @l is finished later by lease_gone(), 0 when nothing is to be awaited. */
int lease_store_barrier(struct lease *l);
void lease_gone(struct lease *l); /* says GONE and frees; in lease.c */

/* lease-reap.c */
void lease_reap_fds(struct lease_server *s, uid_t uid, const int *fds, unsigned int n);
unsigned int lease_reap_pending(struct lease_server *s, uid_t uid);
void lease_reap_forget(struct lease_server *s);

#endif
