/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A report as it goes over the bus. */
#include <errno.h>
#include <string.h>

#include "port/bus-message.h"
#include "util/cleanup.h"

static int entry(sd_bus_message *m, const char *key, const char *signature, ...)
{
	va_list ap;
	int r;

	r = sd_bus_message_open_container(m, 'e', "sv");
	if (r < 0)
		return r;
	r = sd_bus_message_append_basic(m, 's', key);
	if (r < 0)
		return r;
	r = sd_bus_message_open_container(m, 'v', signature);
	if (r < 0)
		return r;
	va_start(ap, signature);
	r = sd_bus_message_appendv(m, signature, ap);
	va_end(ap);
	if (r < 0)
		return r;
	r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* Open the array in the variant of an entry; close_array() undoes the three. */
static int open_array(sd_bus_message *m, const char *key, const char *item)
{
	char signature[16];
	int r;

	snprintf(signature, sizeof(signature), "a%s", item);
	r = sd_bus_message_open_container(m, 'e', "sv");
	if (r < 0)
		return r;
	r = sd_bus_message_append_basic(m, 's', key);
	if (r < 0)
		return r;
	r = sd_bus_message_open_container(m, 'v', signature);
	return r < 0 ? r : sd_bus_message_open_container(m, 'a', item);
}

static int close_array(sd_bus_message *m)
{
	int r;

	for (int i = 0; i < 3; i++) {
		r = sd_bus_message_close_container(m);
		if (r < 0)
			return r;
	}
	return 0;
}

/* An array of fixed-size strings. */
static int append_names(sd_bus_message *m, const char *key, const char *names,
			size_t stride, unsigned int n)
{
	int r = open_array(m, key, "s");

	if (r < 0)
		return r;
	for (unsigned int i = 0; i < n; i++) {
		r = sd_bus_message_append_basic(m, 's', names + i * stride);
		if (r < 0)
			return r;
	}
	return close_array(m);
}

static int append_written(sd_bus_message *m, const struct report *r)
{
	int k = open_array(m, "written", "a{sv}");

	for (unsigned int i = 0; k >= 0 && i < r->n_writes; i++) {
		const struct report_write *w = &r->write[i];

		k = sd_bus_message_open_container(m, 'a', "{sv}");
		if (k < 0 || (k = entry(m, "name", "s", w->name)) < 0 ||
		    (k = entry(m, "before", "s", w->before)) < 0 ||
		    (k = entry(m, "after", "s", w->after)) < 0 ||
		    (k = entry(m, "at", "t", w->at)) < 0)
			return k;
		k = sd_bus_message_close_container(m);
	}
	return k < 0 ? k : close_array(m);
}

static int append_stream(sd_bus_message *m, const struct report_stream *s)
{
	int k = sd_bus_message_open_container(m, 'a', "{sv}");

	if (k < 0 || (k = entry(m, "pcm", "s", s->pcm)) < 0 ||
	    (k = entry(m, "direction", "s", s->capture ? "capture" : "playback")) < 0 ||
	    (k = entry(m, "kind", "s", stream_kind_name(s->kind))) < 0 ||
	    (k = entry(m, "pid", "u", (uint32_t)s->pid)) < 0 ||
	    (k = entry(m, "process", "s", s->process)) < 0 ||
	    (k = entry(m, "method", "s", stream_method_name(s->method))) < 0 ||
	    (k = entry(m, "outcome", "s", report_outcome_name(s->outcome))) < 0 ||
	    (k = entry(m, "quiesce", "t", report_stream_quiesce(s))) < 0 ||
	    (k = entry(m, "gap", "t", report_stream_gap(s))) < 0 ||
	    (k = entry(m, "message", "s", s->message)) < 0)
		return k;
	return sd_bus_message_close_container(m);
}

static int append_streams(sd_bus_message *m, const struct report *r)
{
	int k = open_array(m, "streams", "a{sv}");

	for (unsigned int i = 0; k >= 0 && i < r->n_streams; i++)
		k = append_stream(m, &r->stream[i]);
	return k < 0 ? k : close_array(m);
}

static int append_timeline(sd_bus_message *m, const struct report *r)
{
	int k = open_array(m, "timeline", "(tsss)");

	for (unsigned int i = 0; k >= 0 && i < r->n_events; i++) {
		const struct report_event *e = &r->event[i];

		k = sd_bus_message_append(m, "(tsss)", e->at, report_kind_name(e->kind),
					  e->pcm, e->text);
	}
	return k < 0 ? k : close_array(m);
}

int bus_append_report(sd_bus_message *m, const struct report *r)
{
	char from[1024], to[1024];
	int k = sd_bus_message_open_container(m, 'a', "{sv}");

	route_names_text(&r->from, from, sizeof(from));
	route_names_text(&r->to, to, sizeof(to));
	if (k < 0 || (k = entry(m, "id", "t", r->id)) < 0 ||
	    (k = entry(m, "card", "s", r->card)) < 0 ||
	    (k = entry(m, "result", "s", report_result_name(r->result))) < 0 ||
	    (k = entry(m, "error", "s", r->error ? tacet_error_name(r->error) : "")) <
		    0 ||
	    (k = entry(m, "message", "s", r->message)) < 0 ||
	    (k = entry(m, "requested", "t", r->requested)) < 0 ||
	    (k = entry(m, "duration", "t", r->duration)) < 0 ||
	    (k = entry(m, "from", "s", from)) < 0 || (k = entry(m, "to", "s", to)) < 0 ||
	    (k = entry(m, "verb", "s", r->after.verb)) < 0 ||
	    (k = append_names(m, "devices", r->after.device[0],
			      sizeof(r->after.device[0]), r->after.n_devices)) < 0 ||
	    (k = append_names(m, "modifiers", r->after.modifier[0],
			      sizeof(r->after.modifier[0]), r->after.n_modifiers)) < 0 ||
	    (k = append_names(m, "steps", (const char *)r->step, sizeof(*r->step),
			      r->n_steps)) < 0 ||
	    (k = append_written(m, r)) < 0 || (k = append_streams(m, r)) < 0 ||
	    (k = entry(m, "to_first_write", "t", report_to_first_write(r))) < 0 ||
	    (k = entry(m, "rest", "t", report_rest(r))) < 0 ||
	    (k = entry(m, "gap", "t", report_gap(r))) < 0 ||
	    (k = append_names(m, "slipped", (const char *)r->slipped, sizeof(*r->slipped),
			      r->n_slipped)) < 0 ||
	    (k = entry(m, "journal", "s", r->journal)) < 0 ||
	    (k = append_timeline(m, r)) < 0)
		return k;
	return sd_bus_message_close_container(m);
}
