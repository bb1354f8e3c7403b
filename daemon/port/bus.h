/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * org.tacet1 on the bus: requests come in, reports and changes go out. Decides nothing but who
 * may ask (bus-auth.c); what is shown is asked of the manager through ops at that moment.
 */
#ifndef TACET_PORT_BUS_H
#define TACET_PORT_BUS_H

#include <systemd/sd-bus.h>

#include "core/jack.h"
#include "core/report.h"

struct bus;

/* A call that the manager has to answer, once, with bus_call_report() or bus_call_fail(). */
struct bus_call;

/* What a card shows. Strings belong to the manager and are used before the next callback. */
struct bus_card_view {
	const char *id;
	uint32_t index;
	const char *driver;
	const char *name;
	bool managed;
	const char *reason;	       /* why it is not managed, or what is wrong; "" */
	const struct profile *profile; /* NULL while not managed */
	struct route route;
	bool route_known;
	const struct jacks *jacks;
	const char *state;
	uint64_t switching;
	uint32_t queued;
	bool locked;
	bool live;
};

struct bus_stream_view {
	const char *card_id;
	uint16_t device;
	uint16_t subdevice;
	bool capture;
	enum stream_kind kind;
	const char *state;
	pid_t pid;
	const char *process;
	uint32_t rate;
	uint32_t channels;
};

typedef void (*bus_stream_each)(const struct bus_stream_view *s, void *userdata);

struct bus_ops {
	/* Cards in the order of their numbers. Return: false when there is no @i-th. */
	bool (*card)(unsigned int i, struct bus_card_view *ret, void *userdata);
	/* "" is the only managed card. */
	bool (*card_find)(const char *id, struct bus_card_view *ret, void *userdata);
	/* Open streams of a card, or of all for NULL. */
	void (*streams)(const char *card_id, bus_stream_each each, void *each_data,
			void *userdata);
	bool (*repaired)(void *userdata);
	const char *(*rule)(void *userdata);
	/* The @i-th last report; NULL when there are no more. */
	const struct report *(*trace)(unsigned int i, void *userdata);
	/* Authorised requests. @call is answered now or later. @client is told of in gone(). */
	void (*request)(const char *card_id, const struct request *r, uint64_t client,
			struct bus_call *call, void *userdata);
	/* Read the configuration again. Return: 0, or -1 and @ret_error. */
	int (*reload)(struct tacet_error *ret_error, void *userdata);
	/* A client left the bus. Calls of its that are still open need no answer any more,
	 * but must be given back with bus_call_fail() all the same. */
	void (*gone)(uint64_t client, void *userdata);
};

/**
 * bus_new() - export the objects
 * @bus: connected, attached to the event loop; referenced
 *
 * Return: 0 and @ret (bus_free()), or a negative errno.
 */
int bus_new(sd_bus *bus, const struct bus_ops *ops, void *userdata, struct bus **ret);
struct bus *bus_free(struct bus *b);

/* Ask for the name, once everything is in place. Asynchronous; a refusal is logged and ends
 * the loop. */
int bus_take_name(struct bus *b);

void bus_call_report(struct bus_call *call, const struct report *r);
void bus_call_fail(struct bus_call *call, const struct tacet_error *e);

/* Signals. */
void bus_card_added(struct bus *b, const char *id);
void bus_card_removed(struct bus *b, const char *id);
void bus_card_changed(struct bus *b, const char *id, char **properties);
void bus_manager_changed(struct bus *b, char **properties);
void bus_progress(struct bus *b, const char *card_id, uint64_t id, const char *state,
		  const char *detail);
void bus_switched(struct bus *b, const struct report *r);

#endif
