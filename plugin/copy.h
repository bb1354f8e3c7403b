/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A PCM that stands between the application and hw (an alsa-lib ioplug) and hides what a
 * switch does to it. Inside the files copy*.c alone.
 *
 * The application's calls set what is wanted (`want`); copy_pump() makes the hardware follow,
 * but never while a switch rests (`resting`). Frames that the application writes meanwhile
 * wait in the stash; its view of hw_ptr stands still once the hardware has played what it
 * had.
 *
 * Two threads: the application's, and one that listens to tacetd and answers a REST even when
 * the application sleeps in poll() or is far away. Letters say what protects a field:
 *   L: `lock`.  C: constant after copy_wrap().  P: constant between hw_params and hw_free.
 *   A: the application's thread alone.
 * alsa-lib calls us with its own lock held; ours nests inside it, and the thread never takes
 * alsa-lib's.
 */
#ifndef TACET_PLUGIN_COPY_H
#define TACET_PLUGIN_COPY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

#include "plugin.h"

enum copy_want {
	WANT_NOTHING, /* open, or dropped */
	WANT_PREPARED,
	WANT_RUNNING,
	WANT_PAUSED,
	WANT_DRAINED,
};

struct copy {
	snd_pcm_ioplug_t io;	/* alsa-lib's; A */
	struct lease_conf conf; /* C */
	snd_pcm_t *hw;		/* C; every call on it under L */
	int hw_fd;		/* C */
	bool capture;		/* C */

	int epoll_fd;  /* C; what the application polls: hw_fd or ready_fd through it */
	int ready_fd;  /* C; eventfd, readable while `ready` */
	int wake_fd;   /* C; eventfd that wakes the thread */
	bool watching; /* L: hw_fd is in epoll_fd */
	bool ready;    /* L */

	unsigned int frame_bytes;      /* P */
	bool hw_mmap;		       /* P: hw has MMAP access */
	snd_pcm_uframes_t buffer_size; /* P */
	snd_pcm_uframes_t period_size; /* P */
	snd_pcm_uframes_t boundary;    /* P, of both PCMs */
	snd_pcm_uframes_t avail_min;   /* L */

	pthread_mutex_t lock;
	pthread_cond_t changed; /* L: resting ended, or the connection did */
	enum copy_want want;	/* L */
	bool resting;		/* L */
	bool parked;		/* L: resting, but no switch runs */
	bool voided; /* L: dropped or prepared in a rest; what hw holds is not wanted */
	bool restart_due;   /* L: hw must be started again when there are frames enough */
	int64_t restart_at; /* L, ms: then any number of frames is enough */
	snd_pcm_uframes_t restart_fill; /* L */

	/* Positions in frames since the application's prepare; they never wrap. */
	uint64_t appl;	  /* L: where the application stands */
	uint64_t taken;	  /* L: capture: what was copied for the application */
	uint64_t moved;	  /* L: what went into hw, or came out of it */
	uint64_t last_hw; /* L: where the application last saw hw_ptr */
	uint64_t skip;	  /* L: of what is rewritten, what hw did not give back */
	char *stash;	  /* L: a ring of buffer_size frames between appl and moved */
	snd_pcm_uframes_t stash_head, stash_fill; /* L */
	char *sent; /* L: playback: the last buffer_size frames that went into hw, ending at moved */

	int conn;	  /* L: to tacetd, or -1 */
	bool thread_runs; /* A */
	bool thread_stop; /* L */
	pthread_t thread; /* A */
	pid_t thread_pid; /* A: the process that has it */
};

/* int: it is alsa-lib's enum, and switched over with a default. */
static inline int copy_hw_state(const struct copy *c)
{
	return snd_pcm_state(c->hw);
}

/* copy-params.c */
/* Give the ioplug the limits of the hardware, which are in @any. */
int copy_constrain(struct copy *c, snd_pcm_hw_params_t *any);
int copy_set_hw_params(struct copy *c, snd_pcm_hw_params_t *params);
int copy_set_sw_params(struct copy *c, snd_pcm_sw_params_t *params);

/* copy-ring.c: all with the lock held */
/* Room for the present buffer_size and frame_bytes. Return: 0 or -ENOMEM. */
int copy_ring_alloc(struct copy *c);
void copy_ring_free(struct copy *c);
/* The longest piece at the head (for taking) or behind the tail (for putting). */
snd_pcm_uframes_t stash_piece(struct copy *c, bool put, char **ret);
void stash_took(struct copy *c, snd_pcm_uframes_t n);
snd_pcm_uframes_t stash_put(struct copy *c, const char *src, snd_pcm_uframes_t frames);
snd_pcm_uframes_t stash_put_silence(struct copy *c, snd_pcm_uframes_t frames);
snd_pcm_uframes_t stash_get(struct copy *c, char *dst, snd_pcm_uframes_t frames);
/* These went into hw; `moved` goes on by them. */
void sent_note(struct copy *c, const char *src, snd_pcm_uframes_t frames);
/* What had gone into hw from `moved` on, before that was set back; *frames is cut to one piece. */
const char *sent_piece(const struct copy *c, snd_pcm_uframes_t *frames);

/* copy-hw.c: all with the lock held */
/* Make the hardware do what is wanted. Return: 0 or hw's error. No-op in a rest. */
int copy_pump(struct copy *c);
/* Where hw_ptr is, as the application shall see it; -EPIPE etc. for an xrun of its own. */
int64_t copy_position(struct copy *c);
snd_pcm_sframes_t copy_write(struct copy *c, const char *src, snd_pcm_uframes_t frames);
snd_pcm_sframes_t copy_read(struct copy *c, char *dst, snd_pcm_uframes_t frames);
/* Frames that a switch had dropped before they were played; 0 after a drain. */
snd_pcm_uframes_t copy_unplayed(struct copy *c);
/* Before a switch stops capture: what was captured so far goes to the stash. */
void copy_save_captured(struct copy *c);
void copy_forget_frames(struct copy *c);
/* The application moved its pointer by itself: snd_pcm_rewind(), snd_pcm_forward(). */
void copy_follow_appl(struct copy *c, snd_pcm_uframes_t appl_ptr);

/* copy-rest.c: with the lock held, but for start and stop */
int copy_start_thread(struct copy *c);
void copy_stop_thread(struct copy *c);
void copy_wake_thread(struct copy *c);
void copy_service(struct copy *c); /* what tacetd said, if anything */
void copy_offer(struct copy *c);   /* connect and offer the lease, without waiting */
/* Poll readiness follows from what is true now. */
void copy_update_poll(struct copy *c);
int64_t copy_now_ms(void);

#endif
