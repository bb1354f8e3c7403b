/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tacetctl switch: ask for another route, show how it goes, and show the report.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "bus.h"
#include "json.h"
#include "report.h"
#include "table.h"

const char switch_help[] =
	"Usage: tacetctl switch [CARD] [OPTION]...\n"
	"\n"
	"Change the route of a card while its sound rests, and report what that did.\n"
	"Without CARD: the only card that tacetd manages.\n"
	"\n"
	"What to change (names as 'tacetctl status' shows them):\n"
	"      --verb V               use the verb V\n"
	"      --enable D             enable the device D; may be repeated\n"
	"      --disable D            disable the device D; may be repeated\n"
	"      --to D                 use D instead of the devices that conflict with "
	"it\n"
	"      --enable-modifier M    enable the modifier M; may be repeated\n"
	"      --disable-modifier M   disable the modifier M; may be repeated\n"
	"\n"
	"How:\n"
	"      --quiesce MODE         auto, pause, drain, drop or live\n"
	"      --timeout S            give up after S seconds, which may be a fraction\n"
	"      --dry-run              plan only, and show the steps\n"
	"\n"
	"Options:\n"
	"      --json                 print the report as JSON\n"
	"  -h, --help                 this text\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage, 3 busy or out of time.\n";

#define NAMES_MAX	16 /* of one kind in a request, as tacetd has it */
#define TIMEOUT_MAX_S	600
#define TRACE_LOOK_BACK 16 /* reports among which that of a failure is looked for */

/* Lists of names in a request; the values of their options follow each other. */
enum list {
	LIST_ENABLE,
	LIST_DISABLE,
	LIST_ENABLE_MODIFIERS,
	LIST_DISABLE_MODIFIERS,
	LIST_MAX,
};

static const char *const list_keys[LIST_MAX] = {
	[LIST_ENABLE] = "enable",
	[LIST_DISABLE] = "disable",
	[LIST_ENABLE_MODIFIERS] = "enable_modifiers",
	[LIST_DISABLE_MODIFIERS] = "disable_modifiers",
};

struct wish {
	const char *card, *verb, *to, *quiesce;
	char *names[LIST_MAX][NAMES_MAX + 1];
	unsigned int n_names[LIST_MAX];
	uint64_t timeout_us;
	bool dry_run;
};

static int parse_quiesce(struct wish *w, const char *mode)
{
	static const char *const modes[] = { "auto", "pause", "drain", "drop", "live" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		if (strcmp(mode, modes[i]) == 0) {
			w->quiesce = mode;
			return 0;
		}
	}
	return ctl_usage_error("switch",
			       "--quiesce is auto, pause, drain, drop or live, not '%s'",
			       mode);
}

static int parse_timeout(struct wish *w, const char *text)
{
	char *end;
	double s = strtod(text, &end);

	if (end == text || *end || !isfinite(s) || s < 1e-6 || s > TIMEOUT_MAX_S)
		return ctl_usage_error(
			"switch",
			"--timeout is a number of seconds, more than 0 and at most %d, "
			"not '%s'",
			TIMEOUT_MAX_S, text);
	w->timeout_us = s * 1e6;
	return 0;
}

static int add_name(struct wish *w, enum list list, char *name)
{
	if (w->n_names[list] == NAMES_MAX)
		return ctl_usage_error("switch", "more than %d names after one option",
				       NAMES_MAX);
	w->names[list][w->n_names[list]++] = name;
	return 0;
}

/* Returns 0, or an exit status plus 1. */
static int parse(struct ctl *ctl, int argc, char **argv, struct wish *w)
{
	enum {
		OPT_LIST = OPT_OWN,
		OPT_VERB = OPT_LIST + LIST_MAX,
		OPT_TO,
		OPT_QUIESCE,
		OPT_TIMEOUT,
		OPT_DRY_RUN,
	};
	static const struct option options[] = {
		CTL_COMMON_OPTIONS,
		{ "verb", required_argument, NULL, OPT_VERB },
		{ "enable", required_argument, NULL, OPT_LIST + LIST_ENABLE },
		{ "disable", required_argument, NULL, OPT_LIST + LIST_DISABLE },
		{ "to", required_argument, NULL, OPT_TO },
		{ "enable-modifier", required_argument, NULL,
		  OPT_LIST + LIST_ENABLE_MODIFIERS },
		{ "disable-modifier", required_argument, NULL,
		  OPT_LIST + LIST_DISABLE_MODIFIERS },
		{ "quiesce", required_argument, NULL, OPT_QUIESCE },
		{ "timeout", required_argument, NULL, OPT_TIMEOUT },
		{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
		{},
	};
	unsigned int i, names = 0;
	int opt, r = 0;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (opt) {
		case OPT_VERB:
			w->verb = optarg;
			break;
		case OPT_TO:
			w->to = optarg;
			break;
		case OPT_QUIESCE:
			r = parse_quiesce(w, optarg);
			break;
		case OPT_TIMEOUT:
			r = parse_timeout(w, optarg);
			break;
		case OPT_DRY_RUN:
			w->dry_run = true;
			break;
		case OPT_LIST ... OPT_LIST + LIST_MAX - 1:
			r = add_name(w, opt - OPT_LIST, optarg);
			break;
		default:
			r = ctl_common_option(ctl, opt, switch_help);
			if (r)
				return r;
		}
		if (r)
			return r + 1;
	}
	if (argc - optind > 1)
		return ctl_usage_error("switch", "one card at most, not %d",
				       argc - optind) +
		       1;
	w->card = optind < argc ? argv[optind] : "";

	for (i = 0; i < LIST_MAX; i++)
		names += w->n_names[i];
	if (!w->verb && !w->to && names == 0)
		return ctl_usage_error("switch",
				       "nothing to change: name a verb, a device or a "
				       "modifier") +
		       1;
	return 0;
}

static int append_string(sd_bus_message *m, const char *key, const char *value)
{
	return value ? sd_bus_message_append(m, "{sv}", key, "s", value) : 0;
}

static int append_names(sd_bus_message *m, const char *key, char **names)
{
	int r;

	if (!names[0])
		return 0;
	r = sd_bus_message_open_container(m, 'e', "sv");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", key);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "as");
	if (r >= 0)
		r = sd_bus_message_append_strv(m, names);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r;
}

static int build_request(sd_bus *bus, struct wish *w, sd_bus_message **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	unsigned int i;
	int r;

	r = sd_bus_message_new_method_call(bus, &m, TACET_BUS_NAME, TACET_BUS_PATH,
					   TACET_BUS_MANAGER, "Switch");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", w->card);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "{sv}");
	if (r >= 0)
		r = append_string(m, "verb", w->verb);
	if (r >= 0)
		r = append_string(m, "to", w->to);
	for (i = 0; r >= 0 && i < LIST_MAX; i++)
		r = append_names(m, list_keys[i], w->names[i]);
	if (r >= 0)
		r = append_string(m, "quiesce", w->quiesce);
	if (r >= 0 && w->timeout_us)
		r = sd_bus_message_append(m, "{sv}", "timeout", "t", w->timeout_us);
	if (r >= 0 && w->dry_run)
		r = sd_bus_message_append(m, "{sv}", "dry_run", "b", 1);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(m);
	return 0;
}

struct wait {
	const char *card;
	sd_bus_message *reply;
};

/* One line that is written over and over; only a terminal gets it. */
static int on_progress(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct wait *wait = userdata;
	_cleanup_free_ char *id = NULL;
	const char *state, *detail;
	uint64_t number;

	if (sd_bus_path_decode(sd_bus_message_get_path(m), "/org/tacet1/card", &id) <= 0)
		return 0;
	if (*wait->card && strcmp(id, wait->card) != 0)
		return 0;
	if (sd_bus_message_read(m, "tss", &number, &state, &detail) < 0)
		return 0;
	fputs("\r\033[K", stderr);
	text_put(stderr, id);
	fputs(": ", stderr);
	text_put(stderr, state);
	fputs("  ", stderr);
	text_put(stderr, detail);
	fflush(stderr);
	return 0;
}

static int on_reply(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct wait *wait = userdata;

	wait->reply = sd_bus_message_ref(m);
	return 0;
}

/* Call, and show progress until the answer is there. How long that may be, tacetd decides. */
static int call(sd_bus *bus, sd_bus_message *m, struct wait *wait)
{
	_cleanup_(sd_bus_slot_unrefp) sd_bus_slot *progress = NULL, *pending = NULL;
	bool terminal = isatty(STDERR_FILENO);
	int r;

	if (terminal) {
		r = sd_bus_match_signal_async(bus, &progress, TACET_BUS_NAME, NULL,
					      TACET_BUS_CARD, "Progress", on_progress,
					      NULL, wait);
		if (r < 0)
			return r;
	}
	r = sd_bus_call_async(bus, &pending, m, on_reply, wait, UINT64_MAX);
	while (r >= 0 && !wait->reply) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
		if (r == -EINTR)
			r = 0;
	}
	if (terminal)
		fputs("\r\033[K", stderr);
	return r;
}

/* The report of a failed switch does not come with the error: it is the newest that says so. */
static json_object *find_report(sd_bus *bus, const sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_json_ json_object *reports = NULL;
	size_t i;

	if (sd_bus_call_method(bus, TACET_BUS_NAME, TACET_BUS_PATH, TACET_BUS_MANAGER,
			       "Trace", NULL, &reply, "u", TRACE_LOOK_BACK) < 0 ||
	    json_from_body(reply, &reports) < 0)
		return NULL;
	for (i = json_len(reports); i > 0; i--) {
		json_object *report = json_object_array_get_idx(reports, i - 1);

		if (strcmp(json_str(report, "error"), error->name) == 0 &&
		    strcmp(json_str(report, "message"), error->message ?: "") == 0)
			return json_object_get(report);
	}
	return NULL;
}

static int failed(struct ctl *ctl, sd_bus *bus, const sd_bus_error *error)
{
	_cleanup_json_ json_object *report = NULL;

	if (strncmp(error->name, TACET_ERROR_PREFIX, strlen(TACET_ERROR_PREFIX)) == 0)
		report = find_report(bus, error);
	if (!report)
		return bus_fail(ctl, error->name, error->message);
	if (ctl->json)
		json_print(report, false);
	else
		report_print(report, stdout, style_wanted(STDOUT_FILENO));
	fflush(stdout);
	return bus_tell(error->name, error->message);
}

int ctl_switch(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
	_cleanup_json_ json_object *report = NULL;
	struct wish wish = {};
	struct wait wait = {};
	int r;

	r = parse(ctl, argc, argv, &wish);
	if (r)
		return r - 1;
	r = bus_open(ctl, &bus);
	if (r)
		return r;
	r = build_request(bus, &wish, &m);
	if (r < 0)
		return ctl_usage_error("switch", "a name is not valid text");

	wait.card = wish.card;
	r = call(bus, m, &wait);
	reply = wait.reply;
	if (!reply)
		return bus_fail(ctl, "org.freedesktop.DBus.Error.Disconnected",
				strerror(-r));
	if (sd_bus_message_is_method_error(reply, NULL))
		return failed(ctl, bus, sd_bus_message_get_error(reply));
	r = json_from_body(reply, &report);
	if (r < 0)
		return bus_fail(ctl, TACET_ERROR_PREFIX "Internal",
				"The report of tacetd cannot be read.");
	if (ctl->json) {
		json_print(report, false);
	} else {
		report_print(report, stdout, style_wanted(STDOUT_FILENO));
		report_message(report, stdout);
	}
	return CTL_DONE;
}
