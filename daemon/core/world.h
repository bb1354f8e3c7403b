/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is true of a card at one instant: its open streams and what can be done to them.
 */
#ifndef TACET_CORE_WORLD_H
#define TACET_CORE_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#ifndef WORLD_STREAMS_MAX
#define WORLD_STREAMS_MAX 1024 /* the model explorer compiles the same source with 4 */
#endif

enum stream_kind {
	STREAM_HELD,
	STREAM_LEASED,
	STREAM_FOREIGN,
	STREAM_KIND_MAX,
};

/* The kernel's snd_pcm_state_t, without its header. */
enum pcm_state {
	PCM_OPEN,
	PCM_SETUP,
	PCM_PREPARED,
	PCM_RUNNING,
	PCM_XRUN,
	PCM_DRAINING,
	PCM_PAUSED,
	PCM_SUSPENDED,
	PCM_DISCONNECTED,
	PCM_CLOSED, /* ours: /proc says "closed" */
	PCM_STATE_MAX,
};

struct world_stream {
	uint32_t id; /* the manager's handle; never 0 */
	uint16_t device;
	uint16_t subdevice;
	bool capture;
	enum stream_kind kind;
	enum pcm_state state;
	bool can_pause; /* leased: the hardware pauses */
	bool parked;	/* leased: we paused it when it lost its last back end */
	bool paused_by_us; /* leased: an earlier tacetd paused it and did not live to resume */
	bool drain_hidden; /* leased: its plugin hides a DRAIN from the application */
	bool halts; /* leased: its plugin hides a stop, and plays again what that took away */
	bool coarse; /* leased: hw_ptr tells where it is to a period only */
	pid_t pid;
	char process[32];
};

struct world {
	char card_id[32];
	int card_index;
	bool repaired;	/* the running kernel allows a live switch */
	bool live_rule; /* the configuration wants it where it is allowed */
	bool miscounts; /* the kernel loses count of a back end brought to a paused stream */
	unsigned int n_streams;
	struct world_stream stream[WORLD_STREAMS_MAX];
};

const char *stream_kind_name(enum stream_kind kind);
const char *pcm_state_name(enum pcm_state state); /* lower case */

/* Does hw_ptr move in this state: RUNNING and DRAINING. */
bool pcm_state_moves(enum pcm_state state);

#endif
