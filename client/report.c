/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <time.h>

#include "util/cleanup.h"
#include "json.h"
#include "report.h"

static bool one_of(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(s, *list) == 0)
			return true;
	return false;
}

enum style report_style(const char *result)
{
	static const char *const good[] = { "done",    "unchanged", "dry-run",
					    "resumed", "reopened",  NULL };
	static const char *const quiet[] = { "parked", "left", "gone", NULL };
	static const char *const warn[] = { "replaced", "cancelled", NULL };

	if (one_of(result, good))
		return STYLE_GOOD;
	if (one_of(result, quiet))
		return STYLE_NONE;
	return one_of(result, warn) ? STYLE_WARN : STYLE_BAD;
}

const char *report_process(json_object *stream, char *buf, size_t size)
{
	const char *name = json_str(stream, "process");
	unsigned int pid = json_u64(stream, "pid");

	if (*name && pid)
		snprintf(buf, size, "%s (%u)", name, pid);
	else if (*name)
		snprintf(buf, size, "%s", name);
	else if (pid)
		snprintf(buf, size, "%u", pid);
	else
		snprintf(buf, size, "-");
	return buf;
}

static const char *or_none(const char *route)
{
	return *route ? route : "unknown route";
}

void report_headline(json_object *report, FILE *f, bool colour)
{
	const char *result = json_str(report, "result");
	enum style s = report_style(result);
	char time[32];

	text_duration(time, sizeof(time), json_u64(report, "duration"));
	text_put(f, json_str(report, "card"));
	fputs(": ", f);
	/* A request that never became a plan leads nowhere. */
	if (json_len(json_array(report, "steps")) || s == STYLE_GOOD) {
		text_put(f, or_none(json_str(report, "from")));
		fputs(" -> ", f);
		text_put(f, or_none(json_str(report, "to")));
		fputs(", ", f);
	}
	fputs(style_on(colour, s), f);
	text_put(f, result);
	fprintf(f, "%s %s %s\n", style_off(colour, s), s == STYLE_GOOD ? "in" : "after",
		time);
}

void report_message(json_object *report, FILE *f)
{
	const char *message = json_str(report, "message");

	if (!*message)
		return;
	fputs("  ", f);
	text_put(f, message);
	fputc('\n', f);
}

static const char *const stream_titles[] = { ">SWITCH", "PCM",	   "DIRECTION",
					     "KIND",	"PROCESS", "QUIESCED",
					     ">TOOK",	"OUTCOME", ">GAP" };
#define STREAM_COLUMNS 9

/* Rows of one report's streams; @id adds the first column. */
static void add_streams(struct table *t, json_object *report, bool id)
{
	json_object *streams = json_array(report, "streams");
	char buf[128];
	size_t i;

	for (i = 0; i < json_len(streams); i++) {
		json_object *s = json_object_array_get_idx(streams, i);
		const char *outcome = json_str(s, "outcome");

		if (id)
			table_addf(t, "%" PRIu64, json_u64(report, "id"));
		table_add(t, json_str(s, "pcm"));
		table_add(t, json_str(s, "direction"));
		table_add(t, json_str(s, "kind"));
		table_add(t, report_process(s, buf, sizeof(buf)));
		table_add(t, json_str(s, "method"));
		table_add_us(t, json_u64(s, "quiesce"));
		table_add(t, outcome);
		table_style(t, report_style(outcome));
		table_add_us(t, json_u64(s, "gap"));
	}
}

/* What went wrong with single streams: the table has no room for sentences. */
static void print_stream_messages(json_object *report, FILE *f)
{
	json_object *streams = json_array(report, "streams");
	json_object *slipped = json_array(report, "slipped");
	size_t i;

	for (i = 0; i < json_len(streams); i++) {
		json_object *s = json_object_array_get_idx(streams, i);

		if (!*json_str(s, "message"))
			continue;
		fputs("  ", f);
		text_put(f, json_str(s, "pcm"));
		fputs(": ", f);
		text_put(f, json_str(s, "message"));
		fputc('\n', f);
	}
	for (i = 0; i < json_len(slipped); i++) {
		fputs("  ", f);
		text_put(f, json_str_at(slipped, i));
		fputs(" started inside the rest: a route may have been written while it "
		      "ran.\n",
		      f);
	}
	if (*json_str(report, "journal") &&
	    strcmp(json_str(report, "journal"), "ok") != 0) {
		fputs("  journal: ", f);
		text_put(f, json_str(report, "journal"));
		fputc('\n', f);
	}
}

static void print_times(json_object *report, FILE *f)
{
	static const struct {
		const char *key, *text;
	} times[] = { { "rest", "rest" },
		      { "to_first_write", "first write after the last movement" },
		      { "gap", "longest gap" } };
	size_t written = json_len(json_array(report, "written"));
	const char *separator = "  ";
	char buf[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		uint64_t us = json_u64(report, times[i].key);

		if (!us)
			continue;
		text_duration(buf, sizeof(buf), us);
		fprintf(f, "%s%s %s", separator, times[i].text, buf);
		separator = ", ";
	}
	if (written)
		fprintf(f, "%s%zu control%s written", separator, written,
			written == 1 ? "" : "s");
	else if (*separator == ' ')
		return;
	fputc('\n', f);
}

static void print_steps(json_object *report, FILE *f)
{
	json_object *steps = json_array(report, "steps");
	size_t i;

	if (!json_len(steps))
		return;
	fputs("  steps that would be taken:\n", f);
	for (i = 0; i < json_len(steps); i++) {
		fprintf(f, "  %2zu. ", i + 1);
		text_put(f, json_str_at(steps, i));
		fputc('\n', f);
	}
}

void report_print(json_object *report, FILE *f, bool colour)
{
	_cleanup_table_ struct table *t =
		table_new(STREAM_COLUMNS - 1, stream_titles + 1);

	report_headline(report, f, colour);
	if (t) {
		add_streams(t, report, false);
		table_print(t, f, 2, colour);
	}
	print_stream_messages(report, f);
	print_times(report, f);
	if (strcmp(json_str(report, "result"), "dry-run") == 0)
		print_steps(report, f);
}

static void print_writes(json_object *reports, FILE *f, bool colour)
{
	static const char *const titles[] = { ">SWITCH", ">AT", "CONTROL", "BEFORE",
					      "AFTER" };
	_cleanup_table_ struct table *t = table_new(ARRAY_SIZE(titles), titles);
	size_t i, j;

	if (!t)
		return;
	for (i = 0; i < json_len(reports); i++) {
		json_object *r = json_object_array_get_idx(reports, i);
		json_object *written = json_array(r, "written");

		for (j = 0; j < json_len(written); j++) {
			json_object *w = json_object_array_get_idx(written, j);

			table_addf(t, "%" PRIu64, json_u64(r, "id"));
			table_add_us(t, json_u64(w, "at"));
			table_add(t, json_str(w, "name"));
			table_add(t, json_str(w, "before"));
			table_add(t, json_str(w, "after"));
		}
	}
	if (table_rows(t))
		fputs("\nControls written\n", f);
	table_print(t, f, 0, colour);
}

/* Realtime microseconds as local time of day, with milliseconds. */
static void format_time(char *buf, size_t size, uint64_t us)
{
	time_t s = us / 1000000;
	struct tm tm;
	char clock[32];

	if (!us || !localtime_r(&s, &tm)) {
		snprintf(buf, size, "-");
		return;
	}
	strftime(clock, sizeof(clock), "%F %T", &tm);
	snprintf(buf, size, "%s.%03u", clock, (unsigned int)(us / 1000 % 1000));
}

void report_print_all(json_object *reports, FILE *f, bool colour)
{
	static const char *const titles[] = { ">SWITCH", "WHEN",   "CARD",  "FROM",
					      "TO",	 "RESULT", ">REST", ">1ST WRITE",
					      ">GAP",	 ">TOOK" };
	_cleanup_table_ struct table *t = table_new(ARRAY_SIZE(titles), titles);
	_cleanup_table_ struct table *streams = table_new(STREAM_COLUMNS, stream_titles);
	bool told = false;
	char when[64];
	size_t i;

	if (!t || !streams)
		return;
	for (i = 0; i < json_len(reports); i++) {
		json_object *r = json_object_array_get_idx(reports, i);
		const char *result = json_str(r, "result");

		format_time(when, sizeof(when), json_u64(r, "requested"));
		table_addf(t, "%" PRIu64, json_u64(r, "id"));
		table_add(t, when);
		table_add(t, json_str(r, "card"));
		table_add(t, json_str(r, "from"));
		table_add(t, json_str(r, "to"));
		table_add(t, result);
		table_style(t, report_style(result));
		table_add_us(t, json_u64(r, "rest"));
		table_add_us(t, json_u64(r, "to_first_write"));
		table_add_us(t, json_u64(r, "gap"));
		table_add_us(t, json_u64(r, "duration"));
		add_streams(streams, r, true);
	}
	table_print(t, f, 0, colour);
	if (table_rows(streams))
		fputs("\nStreams\n", f);
	table_print(streams, f, 0, colour);
	print_writes(reports, f, colour);

	for (i = 0; i < json_len(reports); i++) {
		json_object *r = json_object_array_get_idx(reports, i);

		if (report_style(json_str(r, "result")) == STYLE_GOOD &&
		    !json_len(json_array(r, "slipped")))
			continue;
		if (!told)
			fputs("\nWhat went wrong\n", f);
		told = true;
		fprintf(f, "%6" PRIu64 "  ", json_u64(r, "id"));
		text_put(f, json_str(r, "message"));
		fputc('\n', f);
		print_stream_messages(r, f);
	}
}
