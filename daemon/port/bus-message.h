/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Translation between bus messages and plain structs, both ways. */
#ifndef TACET_PORT_BUS_MESSAGE_H
#define TACET_PORT_BUS_MESSAGE_H

#include "port/bus.h"

#define BUS_PATH	  "/org/tacet1"
#define BUS_CARD_PREFIX	  "/org/tacet1/card"
#define BUS_IFACE_MANAGER "org.tacet1.Manager"
#define BUS_IFACE_CARD	  "org.tacet1.Card"
#define BUS_IFACE_STREAM  "org.tacet1.Stream"

/**
 * bus_read_request() - an a{sv} to a request
 *
 * An unknown key, a wrong type, a name too long or twice is TACET_ERR_INVALID_REQUEST.
 * Return: 0; -1 and @e; or a negative errno below -1 for a message that cannot be read.
 */
int bus_read_request(sd_bus_message *m, struct request *ret, struct tacet_error *e);

/* A report as a{sv}. Return: 0 or a negative errno, as all below. */
int bus_append_report(sd_bus_message *m, const struct report *r);

/* A stream as a{sv}: card, path and the properties, in snake case. */
int bus_append_stream(sd_bus_message *m, const struct bus_stream_view *s);

/* One property of a card or stream by its name on the bus; -ENOENT when there is none. */
int bus_append_card_property(sd_bus_message *m, const struct bus_card_view *v,
			     const char *property);
int bus_append_stream_property(sd_bus_message *m, const struct bus_stream_view *v,
			       const char *property);

/* All properties of a card as a{sv}, in snake case. */
int bus_append_card(sd_bus_message *m, const struct bus_card_view *v);

/* Object paths; free(). NULL without memory. */
char *bus_card_path(const char *id);
char *bus_stream_path(const struct bus_stream_view *s);

/**
 * bus_parse_path() - the card, and the stream if any, that a path names
 * @ret_id: the card's id; @ret_leaf: "p0_0", or "" for the card itself
 *
 * Return: 0, or -ENOENT.
 */
int bus_parse_path(const char *path, char ret_id[32], char ret_leaf[24]);

#endif
