/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vtables, and what each method reads and answers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "port/bus-internal.h"
#include "port/kernel.h"
#include "util/cleanup.h"
#include "util/log.h"

static int reply_error(sd_bus_message *m, const struct tacet_error *e)
{
	return sd_bus_reply_method_errorf(m, tacet_error_name(e->code), "%s", e->message);
}

static int no_such_card(sd_bus_message *m, const char *id)
{
	struct tacet_error e;

	if (*id)
		tacet_error_set(&e, TACET_ERR_NO_SUCH_CARD, "There is no card '%s'.", id);
	else
		tacet_error_set(&e, TACET_ERR_NO_SUCH_CARD,
				"Name a card: there is not exactly one that is managed.");
	return reply_error(m, &e);
}

static int do_switch(struct bus *b, sd_bus_message *m, const char *card)
{
	struct request request;
	struct tacet_error e = {};
	struct bus_card_view v;
	int r;

	r = bus_read_request(m, &request, &e);
	if (r == -1)
		return reply_error(m, &e);
	if (r < 0)
		return r;
	if (!b->ops->card_find(card, &v, b->userdata))
		return no_such_card(m, card);
	return bus_authorize(b, m, BUS_ACTION_SWITCH, v.id, &request);
}

static int manager_switch(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	const char *card;
	int r = sd_bus_message_read(m, "s", &card);

	return r < 0 ? r : do_switch(userdata, m, card);
}

static int manager_list_cards(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct bus *b = userdata;
	struct bus_card_view v;
	int r = sd_bus_message_new_method_return(m, &reply);

	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(so)");
	for (unsigned int i = 0; r >= 0 && b->ops->card(i, &v, b->userdata); i++) {
		_cleanup_free_ char *path = bus_card_path(v.id);

		r = path ? sd_bus_message_append(reply, "(so)", v.id, path) : -ENOMEM;
	}
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int manager_get_card(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_free_ char *path = NULL;
	struct bus *b = userdata;
	struct bus_card_view v;
	const char *id;
	int r = sd_bus_message_read(m, "s", &id);

	if (r < 0)
		return r;
	if (!b->ops->card_find(id, &v, b->userdata))
		return no_such_card(m, id);
	path = bus_card_path(v.id);
	return path ? sd_bus_reply_method_return(m, "o", path) : -ENOMEM;
}

struct appending {
	sd_bus_message *m;
	int r;
};

static void append_one_stream(const struct bus_stream_view *s, void *userdata)
{
	struct appending *a = userdata;

	if (a->r >= 0)
		a->r = bus_append_stream(a->m, s);
}

static int append_streams(struct bus *b, sd_bus_message *m, const char *card)
{
	struct appending a = { .m = m };

	a.r = sd_bus_message_open_container(m, 'a', "a{sv}");
	b->ops->streams(card, append_one_stream, &a, b->userdata);
	return a.r < 0 ? a.r : sd_bus_message_close_container(m);
}

static int reply_streams(struct bus *b, sd_bus_message *m, const char *card)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(m, &reply);

	if (r >= 0)
		r = append_streams(b, reply, card);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int manager_list_streams(sd_bus_message *m, void *userdata,
				sd_bus_error *ret_error)
{
	return reply_streams(userdata, m, NULL);
}

static int manager_trace(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct bus *b = userdata;
	uint32_t max, n = 0;
	int r = sd_bus_message_read(m, "u", &max);

	if (r < 0)
		return r;
	while (n < max && b->ops->trace(n, b->userdata))
		n++;
	r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "a{sv}");
	while (r >= 0 && n > 0)
		r = bus_append_report(reply, b->ops->trace(--n, b->userdata));
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int manager_reload(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	return bus_authorize(userdata, m, BUS_ACTION_CONFIGURE, "", NULL);
}

/* The arrays of Status(): each an entry whose variant holds aa{sv}. */
static int open_list(sd_bus_message *m, const char *key)
{
	int r;

	if ((r = sd_bus_message_open_container(m, 'e', "sv")) < 0 ||
	    (r = sd_bus_message_append_basic(m, 's', key)) < 0)
		return r;
	return sd_bus_message_open_container(m, 'v', "aa{sv}");
}

static int close_list(sd_bus_message *m)
{
	int r = sd_bus_message_close_container(m);

	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_status(struct bus *b, sd_bus_message *m)
{
	struct bus_card_view v;
	int r;

	if ((r = sd_bus_message_open_container(m, 'a', "{sv}")) < 0 ||
	    (r = sd_bus_message_append(m, "{sv}", "version", "s", PACKAGE_VERSION)) < 0 ||
	    (r = sd_bus_message_append(m, "{sv}", "kernel", "s", kernel_release())) < 0 ||
	    (r = sd_bus_message_append(m, "{sv}", "repaired", "b",
				       (int)b->ops->repaired(b->userdata))) < 0 ||
	    (r = sd_bus_message_append(m, "{sv}", "rule", "s",
				       b->ops->rule(b->userdata))) < 0 ||
	    (r = open_list(m, "cards")) < 0 ||
	    (r = sd_bus_message_open_container(m, 'a', "a{sv}")) < 0)
		return r;
	for (unsigned int i = 0; b->ops->card(i, &v, b->userdata); i++) {
		r = bus_append_card(m, &v);
		if (r < 0)
			return r;
	}
	if ((r = sd_bus_message_close_container(m)) < 0 || (r = close_list(m)) < 0 ||
	    (r = open_list(m, "streams")) < 0 || (r = append_streams(b, m, NULL)) < 0 ||
	    (r = close_list(m)) < 0)
		return r;
	return sd_bus_message_close_container(m);
}

static int manager_status(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(m, &reply);

	if (r >= 0)
		r = append_status(userdata, reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int manager_property(sd_bus *bus, const char *path, const char *interface,
			    const char *property, sd_bus_message *reply, void *userdata,
			    sd_bus_error *ret_error)
{
	struct bus *b = userdata;

	if (!strcmp(property, "Version"))
		return sd_bus_message_append(reply, "s", PACKAGE_VERSION);
	if (!strcmp(property, "Kernel"))
		return sd_bus_message_append(reply, "s", kernel_release());
	if (!strcmp(property, "Repaired"))
		return sd_bus_message_append(reply, "b",
					     (int)b->ops->repaired(b->userdata));
	return sd_bus_message_append(reply, "s", b->ops->rule(b->userdata));
}

static const sd_bus_vtable manager_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("ListCards", SD_BUS_NO_ARGS,
				SD_BUS_RESULT("a(so)", cards), manager_list_cards,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("GetCard", SD_BUS_ARGS("s", id), SD_BUS_RESULT("o", card),
				manager_get_card, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("ListStreams", SD_BUS_NO_ARGS,
				SD_BUS_RESULT("aa{sv}", streams), manager_list_streams,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Switch", SD_BUS_ARGS("s", card, "a{sv}", request),
				SD_BUS_RESULT("a{sv}", report), manager_switch,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Trace", SD_BUS_ARGS("u", max),
				SD_BUS_RESULT("aa{sv}", reports), manager_trace,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT,
				manager_reload, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Status", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", status),
				manager_status, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("Version", "s", manager_property, 0,
			SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Kernel", "s", manager_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Repaired", "b", manager_property, 0, 0),
	SD_BUS_PROPERTY("Rule", "s", manager_property, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_SIGNAL_WITH_ARGS("CardAdded", SD_BUS_ARGS("s", id, "o", card), 0),
	SD_BUS_SIGNAL_WITH_ARGS("CardRemoved", SD_BUS_ARGS("s", id, "o", card), 0),
	SD_BUS_VTABLE_END,
};

/* The card that the path of a message names. */
static int card_of(struct bus *b, const char *path, struct bus_card_view *ret)
{
	char id[32], leaf[24];

	if (bus_parse_path(path, id, leaf) < 0 || leaf[0] ||
	    !b->ops->card_find(id, ret, b->userdata))
		return -ENOENT;
	return 0;
}

static int card_switch(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct bus_card_view v;
	int r = card_of(userdata, sd_bus_message_get_path(m), &v);

	return r < 0 ? r : do_switch(userdata, m, v.id);
}

static int card_list_streams(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct bus_card_view v;
	int r = card_of(userdata, sd_bus_message_get_path(m), &v);

	return r < 0 ? r : reply_streams(userdata, m, v.id);
}

static int card_property(sd_bus *bus, const char *path, const char *interface,
			 const char *property, sd_bus_message *reply, void *userdata,
			 sd_bus_error *ret_error)
{
	struct bus_card_view v;
	int r = card_of(userdata, path, &v);

	return r < 0 ? r : bus_append_card_property(reply, &v, property);
}

static int card_object_find(sd_bus *bus, const char *path, const char *interface,
			    void *userdata, void **ret_found, sd_bus_error *ret_error)
{
	struct bus_card_view v;

	if (card_of(userdata, path, &v) < 0)
		return 0;
	*ret_found = userdata;
	return 1;
}

#define CONST(name, type) \
	SD_BUS_PROPERTY(name, type, card_property, 0, SD_BUS_VTABLE_PROPERTY_CONST)
#define CHANGES(name, type) \
	SD_BUS_PROPERTY(name, type, card_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable card_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("Switch", SD_BUS_ARGS("a{sv}", request),
				SD_BUS_RESULT("a{sv}", report), card_switch,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("ListStreams", SD_BUS_NO_ARGS,
				SD_BUS_RESULT("aa{sv}", streams), card_list_streams,
				SD_BUS_VTABLE_UNPRIVILEGED),
	CONST("Id", "s"),
	CONST("Index", "u"),
	CONST("Driver", "s"),
	CONST("Name", "s"),
	CHANGES("Managed", "b"),
	CHANGES("Reason", "s"),
	CHANGES("Verb", "s"),
	CHANGES("Devices", "as"),
	CHANGES("Modifiers", "as"),
	CHANGES("Verbs", "as"),
	CHANGES("Profile", "a{sa{sa{ss}}}"),
	CHANGES("AvailableDevices", "as"),
	CHANGES("AvailableModifiers", "as"),
	CHANGES("Jacks", "a{sb}"),
	CHANGES("State", "s"),
	CHANGES("Switching", "t"),
	CHANGES("Queued", "u"),
	CHANGES("RouteKnown", "b"),
	CHANGES("Locked", "b"),
	/* Follows the kernel's modules, of which nobody tells. */
	SD_BUS_PROPERTY("Live", "b", card_property, 0, 0),
	SD_BUS_SIGNAL_WITH_ARGS("Progress", SD_BUS_ARGS("t", id, "s", state, "s", detail),
				0),
	SD_BUS_SIGNAL_WITH_ARGS("Switched", SD_BUS_ARGS("a{sv}", report), 0),
	SD_BUS_VTABLE_END,
};

/* Looking for one stream among those that are open. */
struct stream_search {
	const char *path;
	const char *property; /* to append, or NULL: only whether it is there */
	sd_bus_message *reply;
	int r;
};

static void match_stream(const struct bus_stream_view *s, void *userdata)
{
	struct stream_search *search = userdata;
	_cleanup_free_ char *path = bus_stream_path(s);

	if (!path || strcmp(path, search->path))
		return;
	search->r = search->property ? bus_append_stream_property(search->reply, s,
								  search->property)
				     : 0;
}

static int stream_search(struct bus *b, const char *path, const char *property,
			 sd_bus_message *reply)
{
	struct stream_search search = { path, property, reply, -ENOENT };
	char id[32], leaf[24];

	if (bus_parse_path(path, id, leaf) < 0 || !leaf[0])
		return -ENOENT;
	b->ops->streams(id, match_stream, &search, b->userdata);
	return search.r;
}

static int stream_property(sd_bus *bus, const char *path, const char *interface,
			   const char *property, sd_bus_message *reply, void *userdata,
			   sd_bus_error *ret_error)
{
	return stream_search(userdata, path, property, reply);
}

static int stream_object_find(sd_bus *bus, const char *path, const char *interface,
			      void *userdata, void **ret_found, sd_bus_error *ret_error)
{
	if (stream_search(userdata, path, NULL, NULL) < 0)
		return 0;
	*ret_found = userdata;
	return 1;
}

#define STREAM(name, type) SD_BUS_PROPERTY(name, type, stream_property, 0, 0)

static const sd_bus_vtable stream_vtable[] = {
	SD_BUS_VTABLE_START(0),	  STREAM("Card", "o"),	STREAM("Pcm", "s"),
	STREAM("Direction", "s"), STREAM("Kind", "s"),	STREAM("Pid", "u"),
	STREAM("Process", "s"),	  STREAM("State", "s"), STREAM("Rate", "u"),
	STREAM("Channels", "u"),  SD_BUS_VTABLE_END,
};

struct paths {
	char **path;
	size_t n;
	bool failed;
};

static void paths_add(struct paths *p, char *path)
{
	char **grown = reallocarray(p->path, p->n + 2, sizeof(*grown));

	if (grown)
		p->path = grown;
	if (!path || !grown) {
		free(path);
		p->failed = true;
		return;
	}
	p->path[p->n++] = path;
	p->path[p->n] = NULL;
}

static void add_stream_path(const struct bus_stream_view *s, void *userdata)
{
	paths_add(userdata, bus_stream_path(s));
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes,
		     sd_bus_error *ret_error)
{
	struct bus *b = userdata;
	struct bus_card_view v;
	struct paths p = {};

	for (unsigned int i = 0; b->ops->card(i, &v, b->userdata); i++)
		paths_add(&p, bus_card_path(v.id));
	b->ops->streams(NULL, add_stream_path, &p, b->userdata);
	if (p.failed) {
		for (size_t i = 0; i < p.n; i++)
			free(p.path[i]);
		free(p.path);
		return -ENOMEM;
	}
	*ret_nodes = p.path;
	return 0;
}

int bus_objects_add(struct bus *b)
{
	int r;

	r = sd_bus_add_object_vtable(b->bus, &b->slots[b->n_slots++], BUS_PATH,
				     BUS_IFACE_MANAGER, manager_vtable, b);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(b->bus, &b->slots[b->n_slots++],
					       BUS_CARD_PREFIX, BUS_IFACE_CARD,
					       card_vtable, card_object_find, b);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(b->bus, &b->slots[b->n_slots++],
					       BUS_CARD_PREFIX, BUS_IFACE_STREAM,
					       stream_vtable, stream_object_find, b);
	if (r >= 0)
		r = sd_bus_add_node_enumerator(b->bus, &b->slots[b->n_slots++],
					       BUS_CARD_PREFIX, enumerate, b);
	if (r >= 0)
		r = sd_bus_add_object_manager(b->bus, &b->slots[b->n_slots++], BUS_PATH);
	return r < 0 ? r : 0;
}
