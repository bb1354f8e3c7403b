/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The UCM worker: one process per managed card, which alone loads alsa-lib's use-case manager.
 * A sequence may sleep, run programs, hang or crash; the daemon sees a socket.
 *
 *   tacetd -> worker                         worker -> tacetd
 *   start INDEX ID LOCK [NAME]...            profile messages (profile.c), then
 *                                            ready | failed ERRNO TEXT
 *   apply [OP NAME]...                       write NAME BEFORE AFTER AT_US, ..., then
 *   rollback                                 done ERRNO STEP TEXT BEGIN_US END_US
 *   restore VERB N [DEVICE]... [MODIFIER]...
 *   write NUMID TYPE HEX
 *                                            at any time: locks HELD WANTED TEXT,
 *                                            jack NAME 0|1, foreign NAME
 */
#ifndef TACET_WORKER_WORKER_H
#define TACET_WORKER_WORKER_H

#include <stdint.h>

#include "util/strv-msg.h"
#include "worker/ctl.h"

#define WORKER_SOCKET_FD 3

/* UCM's own idea of what is on, by name. */
struct ucm_state {
	char *verb;
	const char **devices; /* as snd_use_case_get_list() gave them */
	int n_devices;
	const char **modifiers;
	int n_modifiers;
};

/* Value of an element before the command, to be written back. */
struct undo {
	uint32_t numid;
	uint16_t size;
	uint8_t *value;
};

struct worker {
	int sock;
	char card_id[64];
	bool want_locks;
	bool tapped; /* alsa-lib calls our ioctl() */
	struct snd_use_case_mgr *mgr;
	struct ctl ctl;

	/* jack controls as the profile names them, and the elements that they are */
	struct {
		char name[64];
		uint32_t numid;
	} * jack;
	unsigned int n_jacks;

	/* of the last command */
	struct ucm_state before;
	struct undo *undo;
	unsigned int n_undo;
	bool in_command; /* writes are ours: tell and remember them */
	bool reload;	 /* elements came or went */
};

uint64_t now_us(void);

/* profile.c: open the manager, send the profile. Return: 0, or negative errno with @why. */
int profile_load(struct worker *w, int card, char *why, size_t size);
void profile_unload(struct worker *w);

/* command.c: lock what routes and is not locked yet, and tell. */
void command_lock(struct worker *w);

/* command.c: execute and answer. Return: 0, or negative errno when the answer failed. */
int command_apply(struct worker *w, struct strv_msg *m);
int command_rollback(struct worker *w);
int command_restore(struct worker *w, struct strv_msg *m);
int command_write(struct worker *w, struct strv_msg *m);
void command_forget(struct worker *w); /* undo list and remembered state */

/* events.c: take what the control device told. @at_us: time of the wake-up. */
void events_take(struct worker *w, uint64_t at_us);
/* Read the elements anew if some came or went. */
void events_reload(struct worker *w);
/* Tell every jack that the profile names. */
void events_tell_jacks(struct worker *w);

/* The element was written at that time: tell it, if its value changed, and remember both. */
void events_written(struct worker *w, struct ctl_elem *e, uint64_t at_us);

/* tap.c: see there. */
void tap_install(struct worker *w);
bool tap_seen(void); /* was ioctl() called since this was last asked */

/* message.c: alsa-lib's complaints, collected for a person. */
void message_install(void);
void message_clear(void);
/* The first complaints; or the text of the errno when there were none. */
const char *message_text(int error);
/* How many complaints there were. */
unsigned int message_count(void);

#endif
