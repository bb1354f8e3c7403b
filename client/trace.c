/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tacetctl trace: the last switches, from tacetd or from a file, as tables or as a drawing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "bus.h"
#include "json.h"
#include "report.h"
#include "svg.h"
#include "table.h"

const char trace_help[] =
	"Usage: tacetctl trace [OPTION]...\n"
	"\n"
	"Show the last switches, also those that failed, newest last.\n"
	"\n"
	"Options:\n"
	"  -n, --last N     the last N switches (10; 3 with --svg)\n"
	"      --svg FILE   draw them as a timeline into FILE; '-' is standard output\n"
	"      --input FILE read what 'tacetctl trace --json' wrote instead of asking\n"
	"                   tacetd; '-' is standard input\n"
	"      --json       print JSON instead of text\n"
	"  -h, --help       this text\n";

#define LAST_MAX    1000
#define LAST_TABLES 10
#define LAST_SVG    3

struct wish {
	unsigned int last;
	const char *svg, *input;
};

static int input_error(const char *path, const char *what)
{
	fprintf(stderr, "tacetctl: %s: %s.\n",
		strcmp(path, "-") ? path : "standard input", what);
	return CTL_FAILED;
}

/* Returns an exit status. */
static int read_input(const char *path, json_object **ret)
{
	bool standard = strcmp(path, "-") == 0;
	_cleanup_close_ int fd = -1;
	_cleanup_json_ json_object *o = NULL, *list = NULL;

	if (!standard) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return input_error(path, strerror(errno));
	}
	o = json_object_from_fd(standard ? STDIN_FILENO : fd);
	/* The report that 'switch --json' printed will do as well. */
	if (json_object_is_type(o, json_type_object) && json_array(o, "timeline")) {
		list = json_object_new_array();
		if (!list || json_object_array_add(list, json_object_get(o)) < 0)
			return CTL_FAILED;
		*ret = TAKE_PTR(list);
		return CTL_DONE;
	}
	if (!json_object_is_type(o, json_type_array))
		return input_error(path,
				   "This is not what 'tacetctl trace --json' writes");
	*ret = TAKE_PTR(o);
	return CTL_DONE;
}

/* Keep the last @n elements. */
static void keep_last(json_object *list, size_t n)
{
	size_t len = json_len(list);

	if (len > n)
		json_object_array_del_idx(list, 0, len - n);
}

static int write_svg(const char *path, json_object *reports)
{
	bool standard = strcmp(path, "-") == 0;
	_cleanup_fclose_ FILE *file = NULL;
	FILE *f = stdout;
	int r;

	if (!standard) {
		f = file = fopen(path, "we");
		if (!f)
			goto failed;
	}
	r = svg_draw(f, reports);
	if (r < 0) {
		errno = -r;
		goto failed;
	}
	if (fflush(f) != 0 || ferror(f))
		goto failed;
	return CTL_DONE;
failed:
	fprintf(stderr, "tacetctl: the drawing cannot be written to %s: %s.\n", path,
		strerror(errno));
	return CTL_FAILED;
}

static int parse_last(struct wish *w, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || n < 1 || n > LAST_MAX)
		return ctl_usage_error("trace",
				       "--last is a number from 1 to %d, not '%s'",
				       LAST_MAX, text);
	w->last = n;
	return 0;
}

/* Returns 0, or an exit status plus 1. */
static int parse(struct ctl *ctl, int argc, char **argv, struct wish *w)
{
	enum { OPT_SVG = OPT_OWN, OPT_INPUT };
	static const struct option options[] = {
		CTL_COMMON_OPTIONS,
		{ "last", required_argument, NULL, 'n' },
		{ "svg", required_argument, NULL, OPT_SVG },
		{ "input", required_argument, NULL, OPT_INPUT },
		{},
	};
	int opt, r;

	while ((opt = getopt_long(argc, argv, "hn:", options, NULL)) >= 0) {
		switch (opt) {
		case 'n':
			r = parse_last(w, optarg);
			if (r)
				return r + 1;
			break;
		case OPT_SVG:
			w->svg = optarg;
			break;
		case OPT_INPUT:
			w->input = optarg;
			break;
		default:
			r = ctl_common_option(ctl, opt, trace_help);
			if (r)
				return r;
		}
	}
	if (optind < argc)
		return ctl_usage_error("trace", "'%s' is one argument too many",
				       argv[optind]) +
		       1;
	if (w->svg && ctl->json)
		return ctl_usage_error("trace", "--svg and --json exclude each other") +
		       1;
	if (!w->last)
		w->last = w->svg ? LAST_SVG : LAST_TABLES;
	return 0;
}

int ctl_trace(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_json_ json_object *reports = NULL;
	struct wish wish = {};
	int r;

	r = parse(ctl, argc, argv, &wish);
	if (r)
		return r - 1;
	if (wish.input) {
		r = read_input(wish.input, &reports);
		if (r)
			return r;
		keep_last(reports, wish.last);
	} else {
		r = bus_open(ctl, &bus);
		if (r)
			return r;
		r = bus_get(ctl, bus, "Trace", &reports, "u", wish.last);
		if (r)
			return r;
	}

	if (wish.svg)
		return write_svg(wish.svg, reports);
	if (ctl->json)
		json_print(reports, false);
	else if (json_len(reports))
		report_print_all(reports, stdout, style_wanted(STDOUT_FILENO));
	else
		puts("There was no switch yet.");
	return CTL_DONE;
}
