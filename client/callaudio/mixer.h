/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The capture switches of a card: by which a microphone is muted. */
#ifndef TACET_CALLAUDIO_MIXER_H
#define TACET_CALLAUDIO_MIXER_H

#include <stdbool.h>
#include <systemd/sd-event.h>

struct mixer;

/* A control changed, by whomever. */
typedef void (*mixer_changed)(void *userdata);

int mixer_new(sd_event *event, mixer_changed changed, void *userdata, struct mixer **ret);
struct mixer *mixer_free(struct mixer *m);

/* Look at card @index, or at none when it is negative. Return: 0 or a negative errno. */
int mixer_open(struct mixer *m, int index);

/* Is there a switch of this name? */
bool mixer_has(struct mixer *m, const char *name);

/* Return: 0, or a negative errno: -ENODEV without a card, -ENOENT without such a switch. */
int mixer_get(struct mixer *m, const char *name, bool *ret_on);
int mixer_set(struct mixer *m, const char *name, bool on); /* all its channels */

#endif
