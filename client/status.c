/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tacetctl status: what tacetd knows, in one call.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "bus.h"
#include "json.h"
#include "report.h"
#include "table.h"

const char status_help[] =
	"Usage: tacetctl status [--json] [CARD]\n"
	"\n"
	"Show the cards that tacetd knows, their routes, jacks and streams.\n"
	"\n"
	"Options:\n"
	"      --json       print JSON instead of text\n"
	"  -h, --help       this text\n";

static void put_line(const char *label, const char *text)
{
	printf("  %-10s ", label);
	text_put(stdout, text);
	putchar('\n');
}

/* The names that can be had, the active ones with a mark. */
static void put_choice(const char *label, json_object *all, json_object *active,
		       bool colour)
{
	size_t i, j;

	if (!json_len(all))
		return;
	printf("  %-10s ", label);
	for (i = 0; i < json_len(all); i++) {
		const char *name = json_str_at(all, i);
		bool on = false;

		for (j = 0; j < json_len(active); j++)
			on |= strcmp(name, json_str_at(active, j)) == 0;
		if (i)
			fputs(", ", stdout);
		fputs(style_on(colour && on, STYLE_GOOD), stdout);
		text_put(stdout, name);
		fputs(on ? " (on)" : "", stdout);
		fputs(style_off(colour && on, STYLE_GOOD), stdout);
	}
	putchar('\n');
}

static void put_jacks(json_object *jacks)
{
	bool first = true;

	if (!jacks || json_object_object_length(jacks) == 0)
		return;
	printf("  %-10s ", "jacks");
	json_object_object_foreach(jacks, name, value)
	{
		fputs(first ? "" : ", ", stdout);
		text_put(stdout, name);
		fputs(json_object_get_boolean(value) ? " plugged" : " unplugged", stdout);
		first = false;
	}
	putchar('\n');
}

static void put_card(json_object *card, bool colour)
{
	const char *verb = json_str(card, "verb");
	_cleanup_json_ json_object *verb_list = json_object_new_array();
	uint64_t queued = json_u64(card, "queued");
	const char *reason = json_str(card, "reason");

	fputs(style_on(colour, STYLE_BOLD), stdout);
	text_put(stdout, json_str(card, "id"));
	fputs(style_off(colour, STYLE_BOLD), stdout);
	printf("  card %" PRIu64 ", ", json_u64(card, "index"));
	text_put(stdout, json_str(card, "driver"));
	fputs(", ", stdout);
	text_put(stdout, json_str(card, "name"));
	putchar('\n');

	if (!json_flag(card, "managed")) {
		put_line("left alone", *reason ? reason : "not managed");
		return;
	}
	if (*reason)
		put_line("problem", reason);
	json_object_array_add(verb_list, json_object_new_string(verb));
	put_choice("verbs", json_array(card, "verbs"), verb_list, colour);
	put_choice("devices", json_array(card, "available_devices"),
		   json_array(card, "devices"), colour);
	put_choice("modifiers", json_array(card, "available_modifiers"),
		   json_array(card, "modifiers"), colour);
	put_jacks(json_object_in(card, "jacks"));
	printf("  %-10s %s", "state", json_str(card, "state"));
	if (json_u64(card, "switching"))
		printf(", switch %" PRIu64, json_u64(card, "switching"));
	if (queued)
		printf(", %" PRIu64 " waiting", queued);
	printf(", route %s, controls %s, switching %s\n",
	       json_flag(card, "route_known") ? "known" : "not known yet",
	       json_flag(card, "locked") ? "locked" : "not locked",
	       json_flag(card, "live") ? "live" : "inside a rest");
}

static void put_streams(json_object *streams, const char *card, bool colour)
{
	static const char *const titles[] = { "PCM",   "DIRECTION", "KIND",	"PROCESS",
					      "STATE", ">RATE",	    ">CHANNELS" };
	_cleanup_table_ struct table *t = table_new(ARRAY_SIZE(titles), titles);
	char buf[128];
	size_t i;

	if (!t)
		return;
	for (i = 0; i < json_len(streams); i++) {
		json_object *s = json_object_array_get_idx(streams, i);
		uint64_t rate = json_u64(s, "rate"), channels = json_u64(s, "channels");

		if (strcmp(json_str(s, "card"), card) != 0)
			continue;
		table_add(t, json_str(s, "pcm"));
		table_add(t, json_str(s, "direction"));
		table_add(t, json_str(s, "kind"));
		table_add(t, report_process(s, buf, sizeof(buf)));
		table_add(t, json_str(s, "state"));
		if (rate)
			table_addf(t, "%" PRIu64, rate);
		else
			table_add(t, "-");
		if (channels)
			table_addf(t, "%" PRIu64, channels);
		else
			table_add(t, "-");
	}
	table_print(t, stdout, 2, colour);
}

static void put_daemon(json_object *status)
{
	bool repaired = json_flag(status, "repaired");
	bool always = strcmp(json_str(status, "rule"), "always") == 0;

	printf("tacetd %s on Linux %s: ", json_str(status, "version"),
	       json_str(status, "kernel"));
	if (repaired && always)
		puts("the kernel is repaired, but the configuration wants a rest always");
	else if (repaired)
		puts("the kernel is repaired, routes may change live");
	else
		puts("the kernel is not repaired, routes change inside a rest");
}

static json_object *find_card(json_object *cards, const char *id)
{
	size_t i;

	for (i = 0; i < json_len(cards); i++) {
		json_object *card = json_object_array_get_idx(cards, i);

		if (strcmp(json_str(card, "id"), id) == 0)
			return card;
	}
	return NULL;
}

static int print_status(struct ctl *ctl, json_object *status, const char *only)
{
	json_object *cards = json_array(status, "cards");
	json_object *streams = json_array(status, "streams");
	bool colour = style_wanted(STDOUT_FILENO);
	char message[256];
	size_t i;

	if (only && !find_card(cards, only)) {
		snprintf(message, sizeof(message), "There is no card '%s'.", only);
		return bus_fail(ctl, TACET_ERROR_PREFIX "NoSuchCard", message);
	}
	if (ctl->json) {
		json_print(only ? find_card(cards, only) : status, false);
		return CTL_DONE;
	}
	if (!only)
		put_daemon(status);
	for (i = 0; i < json_len(cards); i++) {
		json_object *card = json_object_array_get_idx(cards, i);
		const char *id = json_str(card, "id");

		if (only && strcmp(id, only) != 0)
			continue;
		if (!only)
			putchar('\n');
		put_card(card, colour);
		put_streams(streams, id, colour);
	}
	if (json_len(cards) == 0)
		puts("\nThere is no sound card.");
	return CTL_DONE;
}

int ctl_status(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = { CTL_COMMON_OPTIONS, {} };
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_json_ json_object *status = NULL;
	int opt, r;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		r = ctl_common_option(ctl, opt, status_help);
		if (r)
			return r - 1;
	}
	if (argc - optind > 1)
		return ctl_usage_error("status", "one card at most, not %d",
				       argc - optind);

	r = bus_open(ctl, &bus);
	if (r)
		return r;
	r = bus_get(ctl, bus, "Status", &status, "");
	if (r)
		return r;
	return print_status(ctl, status, argv[optind]);
}
