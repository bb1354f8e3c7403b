/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/report.h"

/* Room for one more in an array that doubles; false, and the report says so, without memory. */
static bool grow(struct report *r, void *array, unsigned int n, size_t size)
{
	void **a = array;
	void *grown;

	if (n && (n & (n - 1)))
		return true;
	grown = reallocarray(*a, n ? 2 * n : 1, size);
	if (!grown) {
		r->incomplete = true;
		return false;
	}
	*a = grown;
	memset((char *)grown + n * size, 0, (n ? n : 1) * size);
	return true;
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ?: "");
}

static uint64_t since(const struct report *r, uint64_t at)
{
	return at > r->begin ? at - r->begin : 0;
}

struct report *report_new(uint64_t id, const char *card, uint64_t requested_us,
			  uint64_t now_us)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->id = id;
	copy(r->card, sizeof(r->card), card);
	r->requested = requested_us;
	r->begin = now_us;
	copy(r->journal, sizeof(r->journal), "ok");
	return r;
}

struct report *report_free(struct report *r)
{
	if (!r)
		return NULL;
	for (unsigned int i = 0; i < r->n_events; i++)
		free(r->event[i].text);
	free(r->event);
	free(r->step);
	free(r->write);
	free(r->stream);
	free(r->slipped);
	free(r);
	return NULL;
}

void report_event(struct report *r, uint64_t now_us, enum report_kind kind,
		  const char *pcm, const char *fmt, ...)
{
	struct report_event *e;
	va_list ap;
	int n;

	if (!grow(r, &r->event, r->n_events, sizeof(*r->event)))
		return;
	e = &r->event[r->n_events];
	va_start(ap, fmt);
	n = vasprintf(&e->text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		e->text = NULL;
		r->incomplete = true;
		return;
	}
	e->at = since(r, now_us);
	e->kind = kind;
	copy(e->pcm, sizeof(e->pcm), pcm);
	r->n_events++;
}

void report_step(struct report *r, const char *text)
{
	if (grow(r, &r->step, r->n_steps, sizeof(*r->step)))
		copy(r->step[r->n_steps++], sizeof(*r->step), text);
}

void report_write(struct report *r, const char *name, const char *before,
		  const char *after, uint64_t at_us)
{
	struct report_write *w;

	if (!grow(r, &r->write, r->n_writes, sizeof(*r->write)))
		return;
	w = &r->write[r->n_writes++];
	copy(w->name, sizeof(w->name), name);
	copy(w->before, sizeof(w->before), before);
	copy(w->after, sizeof(w->after), after);
	w->at = since(r, at_us);
	if (!r->first_write || at_us < r->first_write)
		r->first_write = at_us;
}

void report_slip(struct report *r, uint64_t at_us, const char *pcm)
{
	if (!grow(r, &r->slipped, r->n_slipped, sizeof(*r->slipped)))
		return;
	copy(r->slipped[r->n_slipped++], sizeof(*r->slipped), pcm);
	report_event(r, at_us, TL_SLIP, pcm, "started inside the rest");
}

struct report_stream *report_stream(struct report *r, uint32_t id)
{
	for (unsigned int i = 0; i < r->n_streams; i++)
		if (r->stream[i].id == id)
			return &r->stream[i];
	if (!grow(r, &r->stream, r->n_streams, sizeof(*r->stream)))
		return NULL;
	r->stream[r->n_streams].id = id;
	return &r->stream[r->n_streams++];
}

void report_end(struct report *r, uint64_t now_us, enum tacet_error_code error,
		enum report_result result, const char *message)
{
	r->error = error;
	r->result = result;
	r->duration = since(r, now_us);
	copy(r->message, sizeof(r->message), message);
	report_event(r, now_us, TL_REPORT, NULL, "%s", report_result_name(result));
}

uint64_t report_stream_quiesce(const struct report_stream *s)
{
	return s->quiesce_at && s->stopped_at > s->quiesce_at
		       ? s->stopped_at - s->quiesce_at
		       : 0;
}

uint64_t report_stream_gap(const struct report_stream *s)
{
	return s->moved && s->stopped_at && s->resumed_at > s->stopped_at
		       ? s->resumed_at - s->stopped_at
		       : 0;
}

uint64_t report_gap(const struct report *r)
{
	uint64_t largest = 0;

	for (unsigned int i = 0; i < r->n_streams; i++) {
		uint64_t gap = report_stream_gap(&r->stream[i]);

		if (gap > largest)
			largest = gap;
	}
	return largest;
}

/* The last that any stream that ran came to rest; those that never ran had no last. */
static uint64_t last_stop(const struct report *r)
{
	uint64_t at = 0;

	for (unsigned int i = 0; i < r->n_streams; i++)
		if (r->stream[i].moved && r->stream[i].stopped_at > at)
			at = r->stream[i].stopped_at;
	return at;
}

uint64_t report_to_first_write(const struct report *r)
{
	uint64_t stop = last_stop(r);

	return stop && r->first_write > stop ? r->first_write - stop : 0;
}

uint64_t report_rest(const struct report *r)
{
	uint64_t stop = last_stop(r), resume = UINT64_MAX;

	for (unsigned int i = 0; i < r->n_streams; i++)
		if (r->stream[i].resumed_at && r->stream[i].resumed_at < resume)
			resume = r->stream[i].resumed_at;
	return stop && resume != UINT64_MAX && resume > stop ? resume - stop : 0;
}

const char *route_names_text(const struct route_names *n, char *buf, size_t size)
{
	size_t used;

	if (!n->verb[0])
		return snprintf(buf, size, "none"), buf;
	used = snprintf(buf, size, "%s:", n->verb);
	for (unsigned int i = 0; i < n->n_devices && used < size; i++)
		used += snprintf(buf + used, size - used, " %s", n->device[i]);
	for (unsigned int i = 0; i < n->n_modifiers && used < size; i++)
		used += snprintf(buf + used, size - used, " + %s", n->modifier[i]);
	if (!n->n_devices && !n->n_modifiers && used < size)
		snprintf(buf + used, size - used, " no device");
	return buf;
}

const char *report_result_name(enum report_result r)
{
	static const char *const names[] = {
		[REPORT_DONE] = "done",		  [REPORT_UNCHANGED] = "unchanged",
		[REPORT_DRY_RUN] = "dry-run",	  [REPORT_FAILED] = "failed",
		[REPORT_BUSY] = "busy",		  [REPORT_REPLACED] = "replaced",
		[REPORT_CANCELLED] = "cancelled",
	};

	return r < REPORT_RESULT_MAX ? names[r] : "?";
}

const char *report_outcome_name(enum report_outcome o)
{
	static const char *const names[] = {
		[OUTCOME_LEFT] = "left",	 [OUTCOME_RESUMED] = "resumed",
		[OUTCOME_REOPENED] = "reopened", [OUTCOME_PARKED] = "parked",
		[OUTCOME_GONE] = "gone",	 [OUTCOME_FAILED] = "failed",
		[OUTCOME_STUCK] = "stuck",	 [OUTCOME_BUSY] = "busy",
	};

	return o < OUTCOME_MAX ? names[o] : "?";
}

const char *report_kind_name(enum report_kind k)
{
	static const char *const names[] = {
		[TL_REQUEST] = "request",   [TL_PLAN] = "plan",
		[TL_JOURNAL] = "journal",   [TL_QUIESCE] = "quiesce",
		[TL_STOPPED] = "stopped",   [TL_CHECK] = "check",
		[TL_WRITE] = "write",	    [TL_APPLIED] = "applied",
		[TL_ROLLBACK] = "rollback", [TL_RESTORE] = "restore",
		[TL_RESUME] = "resume",	    [TL_RESUMED] = "resumed",
		[TL_SLIP] = "slip",	    [TL_REPORT] = "report",
	};

	return k < TL_MAX ? names[k] : "?";
}
