/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TACET_CALLAUDIO_CALLS_INTERNAL_H
#define TACET_CALLAUDIO_CALLS_INTERNAL_H

#include "callaudio/calls.h"
#include "callaudio/calls-port.h"

#define CALLS_MATCHES 8

/* What is different between the services. */
struct calls_service {
	const char *name; /* on the bus */
	int (*match)(struct calls_port *p);
	int (*scan)(struct calls_port *p);
};

struct calls_port {
	sd_bus *bus;
	const struct calls_service *service;
	calls_told tell;
	void *userdata;
	sd_bus_slot *match[CALLS_MATCHES];
	unsigned int n_matches;
	sd_bus_slot *scan;   /* of the modems, under way */
	unsigned int asking; /* about single modems and calls */
	bool orphaned;	     /* these calls are of a service that is gone */
	sd_event_source *grace;
	struct calls calls;
	bool told, wanted;
};

extern const struct calls_service calls_modemmanager;
extern const struct calls_service calls_ofono;

/* Subscribe to a signal of the service. */
int calls_match(struct calls_port *p, const char *rest, sd_bus_message_handler_t handler);

/* A call to the service, which does not start it. @types: "" or "ss" with what follows. */
int calls_ask(struct calls_port *p, sd_bus_slot **ret_slot, const char *path,
	      const char *interface, const char *member, sd_bus_message_handler_t handler,
	      void *userdata, const char *types, ...);

/* Is this reply an error? One that is more than a service that does not run is logged. */
bool calls_failed(struct calls_port *p, sd_bus_message *m);

/* The service told of a modem: what is left from before it was gone is no more. */
void calls_fresh(struct calls_port *p);

/* Something changed. */
void calls_tell(struct calls_port *p);

#endif
