/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the files of the bus: objects (bus-objects.c), who may ask (bus-auth.c). */
#ifndef TACET_PORT_BUS_INTERNAL_H
#define TACET_PORT_BUS_INTERNAL_H

#include <stdbool.h>

#include "port/bus-message.h"

enum bus_action {
	BUS_ACTION_SWITCH,    /* org.tacet1.switch */
	BUS_ACTION_CONFIGURE, /* org.tacet1.configure */
};

/* Whoever asked for something, from the first call until the name leaves the bus. */
struct bus_client {
	struct bus_client *next;
	struct bus *bus;
	uint64_t id;
	char *name;
	sd_bus_slot *match; /* NameOwnerChanged of this name */
	sd_bus_slot *creds; /* the question who it is, while it is open */
	bool known;
	bool asked; /* the manager has seen a request of it */
	uid_t uid;
	bool audio; /* in group audio */
};

struct bus_call {
	struct bus_call *next;
	struct bus *bus;
	struct bus_client *client; /* NULL: gone */
	sd_bus_message *message;
	sd_bus_slot *polkit; /* the question whether it may, while it is open */
	enum bus_action action;
	bool granted; /* it is the manager's now */
	char card[32];
	struct request request;
};

struct bus {
	sd_bus *bus;
	const struct bus_ops *ops;
	void *userdata;
	sd_bus_slot *slots[8];
	unsigned int n_slots;
	sd_bus_slot *name;
	struct bus_client *clients;
	struct bus_call *calls;
	uint64_t last_client;
};

int bus_objects_add(struct bus *b);

/**
 * bus_authorize() - find out whether the sender of @m may, then run the call
 * @request: for BUS_ACTION_SWITCH; copied
 *
 * Return: 1, the reply comes later; or a negative errno.
 */
int bus_authorize(struct bus *b, sd_bus_message *m, enum bus_action action,
		  const char *card, const struct request *request);

/* An allowed call: to the manager. */
void bus_call_run(struct bus_call *call);

void bus_call_free(struct bus_call *call);
void bus_client_free(struct bus_client *c);

#endif
