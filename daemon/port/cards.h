/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sound cards as they come and go, through udev. A card is told once it is complete
 * (udev's SOUND_INITIALIZED), and once when it is gone.
 */
#ifndef TACET_PORT_CARDS_H
#define TACET_PORT_CARDS_H

#include <stdbool.h>

#include <systemd/sd-event.h>

struct card_info {
	int index;
	char id[32];	 /* "TacetPhone" */
	char driver[64]; /* "tacet-phone" */
	char name[128];
};

struct cards_ops {
	void (*added)(const struct card_info *card, void *userdata);
	void (*removed)(int index, void *userdata);
};

struct cards;

/* Enumerate now (added is called before this returns) and follow. Return: 0 or negative errno. */
int cards_new(sd_event *event, const struct cards_ops *ops, void *userdata,
	      struct cards **ret);
struct cards *cards_free(struct cards *c);

/* Does the kernel still have the card? udev tells of its end a moment later. */
bool cards_is_there(int index);

#endif
