/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "port/bus-internal.h"
#include "util/cleanup.h"
#include "util/log.h"

#define BUS_NAME "org.tacet1"

int bus_new(sd_bus *bus, const struct bus_ops *ops, void *userdata, struct bus **ret)
{
	struct bus *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return -ENOMEM;
	b->bus = sd_bus_ref(bus);
	b->ops = ops;
	b->userdata = userdata;
	r = bus_objects_add(b);
	if (r < 0) {
		bus_free(b);
		return r;
	}
	*ret = b;
	return 0;
}

struct bus *bus_free(struct bus *b)
{
	if (!b)
		return NULL;
	while (b->calls)
		bus_call_free(b->calls);
	while (b->clients)
		bus_client_free(b->clients);
	for (unsigned int i = 0; i < b->n_slots; i++)
		sd_bus_slot_unref(b->slots[i]);
	sd_bus_slot_unref(b->name);
	sd_bus_unref(b->bus);
	free(b);
	return NULL;
}

static int on_name(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct bus *b = userdata;
	uint32_t answer = 0;

	if (!sd_bus_message_is_method_error(m, NULL) &&
	    sd_bus_message_read(m, "u", &answer) >= 0 && (answer == 1 || answer == 4))
		return 0;
	log_error("Cannot own %s: %s", BUS_NAME,
		  answer ? "another tacetd runs" : sd_bus_message_get_error(m)->message);
	sd_event_exit(sd_bus_get_event(b->bus), EXIT_FAILURE);
	return 0;
}

int bus_take_name(struct bus *b)
{
	return sd_bus_request_name_async(b->bus, &b->name, BUS_NAME, 0, on_name, b);
}

void bus_call_report(struct bus_call *call, const struct report *r)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int k;

	k = sd_bus_message_new_method_return(call->message, &reply);
	if (k >= 0)
		k = bus_append_report(reply, r);
	if (k >= 0)
		k = sd_bus_send(call->bus->bus, reply, NULL);
	if (k < 0) {
		log_debug_errno(k, "Cannot send a report: %m");
		sd_bus_reply_method_errno(call->message, k, NULL);
	}
	bus_call_free(call);
}

void bus_call_fail(struct bus_call *call, const struct tacet_error *e)
{
	/* Whoever left does not read it. */
	if (call->client)
		sd_bus_reply_method_errorf(call->message, tacet_error_name(e->code), "%s",
					   e->message);
	bus_call_free(call);
}

void bus_call_run(struct bus_call *call)
{
	struct bus *b = call->bus;
	struct tacet_error e = {};

	switch (call->action) {
	case BUS_ACTION_SWITCH:
		call->granted = true;
		call->client->asked = true;
		b->ops->request(call->card, &call->request, call->client->id, call,
				b->userdata);
		return;
	case BUS_ACTION_CONFIGURE:
		if (b->ops->reload(&e, b->userdata) < 0) {
			bus_call_fail(call, &e);
			return;
		}
		sd_bus_reply_method_return(call->message, NULL);
		bus_call_free(call);
		return;
	}
}

void bus_card_added(struct bus *b, const char *id)
{
	_cleanup_free_ char *path = bus_card_path(id);

	if (!path)
		return;
	sd_bus_emit_signal(b->bus, BUS_PATH, BUS_IFACE_MANAGER, "CardAdded", "so", id,
			   path);
	sd_bus_emit_object_added(b->bus, path);
}

void bus_card_removed(struct bus *b, const char *id)
{
	_cleanup_free_ char *path = bus_card_path(id);

	if (!path)
		return;
	sd_bus_emit_signal(b->bus, BUS_PATH, BUS_IFACE_MANAGER, "CardRemoved", "so", id,
			   path);
	sd_bus_emit_interfaces_removed(b->bus, path, BUS_IFACE_CARD, NULL);
}

void bus_card_changed(struct bus *b, const char *id, char **properties)
{
	_cleanup_free_ char *path = bus_card_path(id);

	if (path)
		sd_bus_emit_properties_changed_strv(b->bus, path, BUS_IFACE_CARD,
						    properties);
}

void bus_manager_changed(struct bus *b, char **properties)
{
	sd_bus_emit_properties_changed_strv(b->bus, BUS_PATH, BUS_IFACE_MANAGER,
					    properties);
}

void bus_progress(struct bus *b, const char *card_id, uint64_t id, const char *state,
		  const char *detail)
{
	_cleanup_free_ char *path = bus_card_path(card_id);

	if (path)
		sd_bus_emit_signal(b->bus, path, BUS_IFACE_CARD, "Progress", "tss", id,
				   state, detail);
}

void bus_switched(struct bus *b, const struct report *r)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	_cleanup_free_ char *path = bus_card_path(r->card);
	int k;

	if (!path)
		return;
	k = sd_bus_message_new_signal(b->bus, &m, path, BUS_IFACE_CARD, "Switched");
	if (k >= 0)
		k = bus_append_report(m, r);
	if (k >= 0)
		k = sd_bus_send(b->bus, m, NULL);
	if (k < 0)
		log_debug_errno(k, "Cannot send the report of switch %" PRIu64 ": %m",
				r->id);
}
