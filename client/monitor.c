/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tacetctl monitor: what happens, as it happens; outlives the daemon.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "bus.h"
#include "json.h"
#include "report.h"
#include "table.h"

const char monitor_help[] = "Usage: tacetctl monitor [--json] [CARD]\n"
			    "\n"
			    "Follow switches, cards and jacks as they come, until "
			    "interrupted. tacetd may come\n"
			    "and go meanwhile.\n"
			    "\n"
			    "Options:\n"
			    "      --json       print one JSON object a line\n"
			    "  -h, --help       this text\n";

struct monitor {
	bool json, colour;
	const char *card; /* or NULL: all */
};

/* Every line of JSON says what it is, of which card, and when. */
static void print_json(const char *signal, const char *card, json_object *fields)
{
	_cleanup_json_ json_object *o = json_object_new_object();
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_object_object_add(o, "signal", json_object_new_string(signal));
	json_object_object_add(o, "time",
			       json_object_new_uint64(now.tv_sec * UINT64_C(1000000) +
						      now.tv_nsec / 1000));
	if (card)
		json_object_object_add(o, "card", json_object_new_string(card));
	json_object_object_foreach(fields, key, value)
		json_object_object_add(o, key, json_object_get(value));
	json_print(o, true);
}

static void print_line(struct monitor *mon, const char *card, const char *what,
		       const char *text)
{
	time_t now = time(NULL);
	struct tm tm;
	char clock[16] = "";

	if (localtime_r(&now, &tm))
		strftime(clock, sizeof(clock), "%T", &tm);
	printf("%s%s%s  ", style_on(mon->colour, STYLE_DIM), clock,
	       style_off(mon->colour, STYLE_DIM));
	if (card) {
		text_put(stdout, card);
		fputs("  ", stdout);
	}
	fputs(what, stdout);
	if (*text) {
		fputs("  ", stdout);
		text_put(stdout, text);
	}
	putchar('\n');
	fflush(stdout);
}

/* The values of a changed property as a person reads them. */
static char *value_text(json_object *value)
{
	char *text = NULL;
	size_t size;
	FILE *f;

	if (json_object_is_type(value, json_type_array))
		return json_join(value, ", ");
	f = open_memstream(&text, &size);
	if (!f)
		return NULL;
	if (json_object_is_type(value, json_type_object)) {
		const char *separator = "";

		json_object_object_foreach(value, key, v)
		{
			fprintf(f, "%s%s %s", separator, key,
				json_object_is_type(v, json_type_boolean)
					? (json_object_get_boolean(v) ? "plugged"
								      : "unplugged")
					: json_object_get_string(v));
			separator = ", ";
		}
	} else {
		fputs(json_object_get_string(value) ?: "", f);
	}
	fclose(f);
	return text;
}

/* Properties that Progress and Switched tell better. */
static bool is_noise(const char *property)
{
	return strcmp(property, "State") == 0 || strcmp(property, "Switching") == 0;
}

static void on_properties(struct monitor *mon, const char *card, json_object *body)
{
	_cleanup_json_ json_object *fields = json_object_new_object();
	json_object *changed = json_object_array_get_idx(body, 1);

	if (!json_object_is_type(changed, json_type_object))
		return;
	if (mon->json) {
		json_object_object_add(fields, "interface",
				       json_object_new_string(json_str_at(body, 0)));
		json_object_object_add(fields, "changed", json_object_get(changed));
		print_json("PropertiesChanged", card, fields);
		return;
	}
	json_object_object_foreach(changed, key, value)
	{
		_cleanup_free_ char *text = NULL;
		char what[64];

		if (is_noise(key))
			continue;
		text = value_text(value);
		snprintf(what, sizeof(what), "%s:", key);
		print_line(mon, card, what, text && *text ? text : "none");
	}
}

static void on_card(struct monitor *mon, const char *member, json_object *body)
{
	_cleanup_json_ json_object *fields = json_object_new_object();
	const char *card = json_str_at(body, 0);

	if (mon->card && strcmp(card, mon->card) != 0)
		return;
	if (!mon->json) {
		print_line(mon, card,
			   strcmp(member, "CardAdded") == 0 ? "card added"
							    : "card removed",
			   "");
		return;
	}
	json_object_object_add(fields, "path",
			       json_object_new_string(json_str_at(body, 1)));
	print_json(member, card, fields);
}

static void on_card_progress(struct monitor *mon, const char *card, json_object *body)
{
	_cleanup_json_ json_object *fields = NULL;
	char what[64];

	if (!mon->json) {
		snprintf(what, sizeof(what), "%" PRIu64 "  %s", json_u64_at(body, 0),
			 json_str_at(body, 1));
		print_line(mon, card, what, json_str_at(body, 2));
		return;
	}
	fields = json_object_new_object();
	json_object_object_add(fields, "id",
			       json_object_new_uint64(json_u64_at(body, 0)));
	json_object_object_add(fields, "state",
			       json_object_new_string(json_str_at(body, 1)));
	json_object_object_add(fields, "detail",
			       json_object_new_string(json_str_at(body, 2)));
	print_json("Progress", card, fields);
}

static void on_card_switched(struct monitor *mon, const char *card, json_object *report)
{
	_cleanup_json_ json_object *fields = NULL;

	if (!mon->json) {
		report_print(report, stdout, mon->colour);
		report_message(report, stdout);
		fflush(stdout);
		return;
	}
	fields = json_object_new_object();
	json_object_object_add(fields, "report", json_object_get(report));
	print_json("Switched", card, fields);
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct monitor *mon = userdata;
	const char *member = sd_bus_message_get_member(m) ?: "";
	const char *path = sd_bus_message_get_path(m) ?: "";
	_cleanup_json_ json_object *body = NULL;
	_cleanup_free_ char *card = NULL, *rest = NULL;

	if (json_from_body(m, &body) < 0)
		return 0; /* a signal that cannot be read is not worth the end */
	if (strcmp(member, "CardAdded") == 0 || strcmp(member, "CardRemoved") == 0) {
		on_card(mon, member, body);
		return 0;
	}
	/* Streams lie below their card: "/org/tacet1/card/<id>/stream/<pcm>". */
	if (sd_bus_path_decode_many(path, "/org/tacet1/card/%/stream/%", &card, &rest) >
		    0 ||
	    sd_bus_path_decode(path, "/org/tacet1/card", &card) <= 0)
		return 0;
	if (mon->card && strcmp(card, mon->card) != 0)
		return 0;
	if (strcmp(member, "Progress") == 0)
		on_card_progress(mon, card, body);
	else if (strcmp(member, "Switched") == 0)
		on_card_switched(mon, card, body);
	else if (strcmp(member, "PropertiesChanged") == 0)
		on_properties(mon, card, body);
	return 0;
}

static void told_presence(struct monitor *mon, bool present)
{
	_cleanup_json_ json_object *fields = json_object_new_object();

	if (mon->json)
		print_json(present ? "Started" : "Stopped", NULL, fields);
	else
		print_line(mon, NULL,
			   present ? "tacetd is there"
				   : "tacetd is not running; waiting for it",
			   "");
}

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	const char *name, *before, *after;

	if (sd_bus_message_read(m, "sss", &name, &before, &after) < 0)
		return 0;
	told_presence(userdata, *after);
	return 0;
}

/* Matches by sender do not start the daemon, and the bus follows the name's owner. */
static int add_matches(sd_bus *bus, struct monitor *mon)
{
	static const char owner_match[] =
		"type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/"
		"DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',"
		"arg0='" TACET_BUS_NAME "'";
	static const char signal_match[] = "type='signal',sender='" TACET_BUS_NAME "',"
					   "path_namespace='" TACET_BUS_PATH "'";
	int r;

	r = sd_bus_add_match(bus, NULL, owner_match, on_owner, mon);
	if (r >= 0)
		r = sd_bus_add_match(bus, NULL, signal_match, on_signal, mon);
	return r;
}

int ctl_monitor(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = { CTL_COMMON_OPTIONS, {} };
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	struct monitor mon = {};
	int opt, r;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		r = ctl_common_option(ctl, opt, monitor_help);
		if (r)
			return r - 1;
	}
	if (argc - optind > 1)
		return ctl_usage_error("monitor", "one card at most, not %d",
				       argc - optind);
	mon.json = ctl->json;
	mon.colour = style_wanted(STDOUT_FILENO);
	mon.card = argv[optind];

	r = bus_open(ctl, &bus);
	if (r)
		return r;
	r = add_matches(bus, &mon);
	if (r >= 0)
		told_presence(&mon,
			      sd_bus_get_name_creds(bus, TACET_BUS_NAME, 0, NULL) >= 0);
	while (r >= 0) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
		if (r == -EINTR)
			r = 0;
		if (ferror(stdout))
			return CTL_FAILED; /* main says why */
	}
	return bus_fail(
		ctl, "org.freedesktop.DBus.Error.NoServer",
		"The connection to the system bus is lost; start the monitor again.");
}
