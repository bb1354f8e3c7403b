/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A card's control elements: which ones route, their last known values, locks and events.
 *
 * Uses the ioctls themselves: a lock belongs to an open file, and may have to be passed to one
 * that alsa-lib opened and of which only the descriptor can be had (tap.c). <sound/asound.h> and
 * <alsa/asoundlib.h> exclude each other; this header needs neither.
 */
#ifndef TACET_WORKER_CTL_H
#define TACET_WORKER_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTL_NAME_MAX  44   /* SNDRV_CTL_ELEM_ID_NAME_MAXLEN */
#define CTL_VALUE_MAX 1024 /* the largest value: 128 integers */

struct ctl_elem {
	uint32_t numid; /* 0: it went, and may come back */
	uint32_t index;
	uint32_t type; /* SNDRV_CTL_ELEM_TYPE_* */
	uint32_t iface;
	uint16_t size; /* bytes of a value; 0 = not remembered */
	bool writable;
	bool known;	/* the remembered value is good */
	bool user;	/* volumes and switches that the profile leaves to people */
	bool free;	/* the configuration says: never lock */
	bool ucm_wrote; /* UCM was seen to write it */
	int lock_fd;	/* the open file that has it locked for us, or -1 */
	bool saved;	/* its value before the command is in the undo list */
	int8_t plugged; /* of a jack that the profile names: 0, 1, or -1 not told yet */
	bool jack;
	char name[CTL_NAME_MAX];
	size_t value; /* offset in ctl.values */
};

struct ctl {
	int card;
	int fd; /* our own handle; events come here */
	unsigned int n;
	struct ctl_elem *elem; /* sorted by numid */
	uint8_t *values;
};

/* Open the card's control device, read the elements, subscribe to events.
 * Return: 0 or negative errno. */
int ctl_open(struct ctl *c, int card);
void ctl_close(struct ctl *c);

/* Elements came or went: read the list anew; marks and remembered values stay. */
int ctl_reload(struct ctl *c);

struct ctl_elem *ctl_find_numid(struct ctl *c, uint32_t numid);

/**
 * ctl_find() - by "name" or by an id as in UCM: "iface=CARD,name='Headphone Jack',index=0"
 *
 * Return: the element or NULL.
 */
struct ctl_elem *ctl_find(struct ctl *c, const char *id);

/* Mark every element of a simple mixer element ("Speaker", "name='Speaker',index=0"). */
void ctl_mark_user_simple(struct ctl *c, const char *id);

/* Does it decide where sound goes, so that it is locked between switches? */
bool ctl_elem_routes(const struct ctl_elem *e);

/* Make sure that the remembered value is there, if the element has one. */
void ctl_know(struct ctl *c, struct ctl_elem *e);

bool ctl_elem_is_boolean(const struct ctl_elem *e);

/* The value now, into @ret (e->size bytes). Return: 0 or negative errno. */
int ctl_read(const struct ctl *c, const struct ctl_elem *e, void *ret);

/* Write, through the file that has it locked if there is one. Return: 0 or negative errno. */
int ctl_write(const struct ctl *c, const struct ctl_elem *e, const void *value);

/* "on,off", "Speaker", "42,42"; cut to fit. @value: e->size bytes. */
void ctl_text(const struct ctl *c, const struct ctl_elem *e, const void *value, char *buf,
	      size_t size);

struct ctl_locks {
	unsigned int wanted, held;
	int error; /* of the first one that could not be locked */
	char name[CTL_NAME_MAX];
	int owner; /* process that has it locked, or 0 */
};

/* Lock every element that routes and is not locked yet. */
void ctl_lock(struct ctl *c, struct ctl_locks *ret);
void ctl_unlock(struct ctl *c);

#endif
