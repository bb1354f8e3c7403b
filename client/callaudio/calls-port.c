/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callaudio/calls-internal.h"
#include "util/cleanup.h"
#include "util/log.h"

void calls_tell(struct calls_port *p)
{
	bool wanted = calls_want(&p->calls);

	/* That there is none is known only when all were asked. */
	if (!wanted && (p->scan || p->asking))
		return;
	if (p->told && wanted == p->wanted)
		return;
	log_info("%s: %s", p->service->name, wanted ? "a call" : "no call");
	p->told = true;
	p->wanted = wanted;
	p->tell(wanted, p->userdata);
}

void calls_fresh(struct calls_port *p)
{
	if (!p->orphaned)
		return;
	p->orphaned = false;
	p->grace = sd_event_source_disable_unref(p->grace);
	p->calls.n = 0;
}

static int on_grace(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct calls_port *p = userdata;

	calls_fresh(p);
	calls_tell(p);
	return 0;
}

static void orphan(struct calls_port *p)
{
	int r;

	p->scan = sd_bus_slot_unref(p->scan);
	if (p->orphaned)
		return;
	p->orphaned = true;
	if (!calls_want(&p->calls)) {
		calls_fresh(p);
		return;
	}
	log_notice("%s is gone in the middle of a call", p->service->name);
	r = sd_event_add_time_relative(sd_bus_get_event(p->bus), &p->grace,
				       CLOCK_MONOTONIC, CALLS_GRACE_US, 0, on_grace, p);
	if (r < 0)
		calls_fresh(p);
}

static void scan(struct calls_port *p)
{
	int r;

	p->scan = sd_bus_slot_unref(p->scan);
	r = p->service->scan(p);
	if (r < 0)
		log_warning_errno(r, "%s cannot be asked for calls: %m",
				  p->service->name);
}

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct calls_port *p = userdata;
	const char *name, *before, *after;

	if (sd_bus_message_read(m, "sss", &name, &before, &after) < 0)
		return 0;
	if (*before)
		orphan(p);
	if (*after)
		scan(p);
	calls_tell(p);
	return 0;
}

int calls_match(struct calls_port *p, const char *rest, sd_bus_message_handler_t handler)
{
	char match[512];

	if (p->n_matches == CALLS_MATCHES)
		return -ENOSPC;
	snprintf(match, sizeof(match), "type='signal',sender='%s',%s", p->service->name,
		 rest);
	return sd_bus_add_match_async(p->bus, &p->match[p->n_matches++], match, handler,
				      NULL, p);
}

int calls_ask(struct calls_port *p, sd_bus_slot **ret_slot, const char *path,
	      const char *interface, const char *member, sd_bus_message_handler_t handler,
	      void *userdata, const char *types, ...)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	va_list ap;
	int r;

	r = sd_bus_message_new_method_call(p->bus, &m, p->service->name, path, interface,
					   member);
	if (r >= 0)
		r = sd_bus_message_set_auto_start(m, false);
	if (r >= 0) {
		va_start(ap, types);
		r = sd_bus_message_appendv(m, types, ap);
		va_end(ap);
	}
	if (r >= 0)
		r = sd_bus_call_async(p->bus, ret_slot, m, handler, userdata, 0);
	return r;
}

bool calls_failed(struct calls_port *p, sd_bus_message *m)
{
	const sd_bus_error *e = sd_bus_message_get_error(m);

	if (!e)
		return false;
	if (!sd_bus_error_has_name(e, SD_BUS_ERROR_SERVICE_UNKNOWN) &&
	    !sd_bus_error_has_name(e, SD_BUS_ERROR_NAME_HAS_NO_OWNER) &&
	    !sd_bus_error_has_name(e, SD_BUS_ERROR_NO_REPLY))
		log_warning("%s does not tell of its calls: %s (%s)", p->service->name,
			    e->message ?: "", e->name);
	return true;
}

int calls_port_new(sd_bus *bus, enum ca_follow follow, calls_told told, void *userdata,
		   struct calls_port **ret)
{
	struct calls_port *p = calloc(1, sizeof(*p));
	char match[256];
	int r;

	if (!p)
		return -ENOMEM;
	p->bus = sd_bus_ref(bus);
	p->service = follow == CA_FOLLOW_OFONO ? &calls_ofono : &calls_modemmanager;
	p->tell = told;
	p->userdata = userdata;
	snprintf(match, sizeof(match),
		 "type='signal',sender='org.freedesktop.DBus',"
		 "path='/org/freedesktop/DBus',interface='org.freedesktop.DBus',"
		 "member='NameOwnerChanged',arg0='%s'",
		 p->service->name);
	r = sd_bus_add_match_async(bus, &p->match[p->n_matches++], match, on_owner, NULL,
				   p);
	if (r >= 0)
		r = p->service->match(p);
	if (r < 0) {
		calls_port_free(p);
		return r;
	}
	scan(p);
	*ret = p;
	return 0;
}

struct calls_port *calls_port_free(struct calls_port *p)
{
	if (!p)
		return NULL;
	for (unsigned int i = 0; i < p->n_matches; i++)
		sd_bus_slot_unref(p->match[i]);
	sd_bus_slot_unref(p->scan);
	sd_event_source_disable_unref(p->grace);
	sd_bus_unref(p->bus);
	free(p);
	return NULL;
}
