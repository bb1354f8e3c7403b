/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TACET_CALLAUDIO_TACET_INTERNAL_H
#define TACET_CALLAUDIO_TACET_INTERNAL_H

#include "callaudio/tacet.h"

#define TACET_NAME    "org.tacet1"
#define TACET_PATH    "/org/tacet1"
#define TACET_MANAGER "org.tacet1.Manager"
#define TACET_CARD    "org.tacet1.Card"
#define TACET_ERROR   "org.tacet1.Error."

struct tacet {
	sd_bus *bus;
	const char *card_id;
	const struct tacet_ops *ops;
	void *userdata;
	sd_bus_slot *match[3];
	sd_bus_slot *finding;
	bool again; /* something changed while it was looked for: look again */
	sd_bus_slot *switching;

	char path[128]; /* of the card's object, "" = none */
	bool managed;
	int index;
	struct profile *profile;
	struct route_names names; /* of the route, as tacetd told it */
	struct ca_card card;

	char voice[256]; /* what the last report says of a held PCM that failed, or "" */

	char missing[256];
	bool missing_passes;
};

/* Take over what a dictionary tells of the card: its properties, or a report's route. */
int tacet_read_properties(struct tacet *t, sd_bus_message *m);

#endif
