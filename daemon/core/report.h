/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What became of a switch: built from events and the times at which they happened, without a
 * clock of its own. Times go in as CLOCK_MONOTONIC microseconds and come out relative to the
 * request.
 */
#ifndef TACET_CORE_REPORT_H
#define TACET_CORE_REPORT_H

#include "core/plan.h"

enum report_result {
	REPORT_DONE,
	REPORT_UNCHANGED,
	REPORT_DRY_RUN,
	REPORT_FAILED,
	REPORT_BUSY,
	REPORT_REPLACED,
	REPORT_CANCELLED,
	REPORT_RESULT_MAX,
};

enum report_outcome {
	OUTCOME_LEFT, /* not touched */
	OUTCOME_RESUMED,
	OUTCOME_REOPENED,
	OUTCOME_PARKED,
	OUTCOME_GONE,
	OUTCOME_FAILED,
	OUTCOME_STUCK,
	OUTCOME_BUSY,
	OUTCOME_MAX,
};

enum report_kind {
	TL_REQUEST,
	TL_PLAN,
	TL_JOURNAL,
	TL_QUIESCE,
	TL_STOPPED,
	TL_CHECK,
	TL_WRITE,
	TL_APPLIED,
	TL_ROLLBACK,
	TL_RESTORE,
	TL_RESUME,
	TL_RESUMED,
	TL_SLIP,
	TL_REPORT,
	TL_MAX,
};

struct report_stream {
	uint32_t id;
	char pcm[48]; /* "hw:TacetPhone,0,0" */
	bool capture;
	enum stream_kind kind;
	pid_t pid;
	char process[32];
	enum stream_method method;
	enum report_outcome outcome;
	uint64_t quiesce_at; /* absolute; 0 = never asked to stop */
	uint64_t stopped_at; /* absolute; the last that its hw_ptr moved, 0 = unknown */
	uint64_t resumed_at; /* absolute; 0 = not yet */
	bool moved; /* it ran when it was asked to stop, so that there is a gap */
	char message[160];
};

struct report_write {
	char name[96];
	char before[64];
	char after[64];
	uint64_t at; /* relative */
};

struct report_event {
	uint64_t at; /* relative */
	enum report_kind kind;
	char pcm[48];
	char *text;
};

struct report {
	uint64_t id;
	char card[32];
	enum report_result result;
	enum tacet_error_code error;
	char message[512];
	uint64_t requested; /* CLOCK_REALTIME, us */
	uint64_t begin;	    /* CLOCK_MONOTONIC, us: zero of all relative times */
	uint64_t duration;  /* us */
	struct route_names from;
	struct route_names to; /* as planned */
	struct route_names after;
	char journal[96]; /* "ok" or what failed */
	unsigned int n_steps;
	char (*step)[160];
	unsigned int n_writes;
	struct report_write *write;
	uint64_t first_write; /* absolute, 0 = nothing was written */
	unsigned int n_streams;
	struct report_stream *stream;
	unsigned int n_slipped;
	char (*slipped)[48];
	unsigned int n_events;
	struct report_event *event;
	bool incomplete; /* memory ran out: something is missing above */
};

struct report *report_new(uint64_t id, const char *card, uint64_t requested_us,
			  uint64_t now_us);
struct report *report_free(struct report *r);

/* Add a line to the timeline. @pcm may be NULL. */
void report_event(struct report *r, uint64_t now_us, enum report_kind kind,
		  const char *pcm, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

void report_step(struct report *r, const char *text);
void report_write(struct report *r, const char *name, const char *before,
		  const char *after, uint64_t at_us);
void report_slip(struct report *r, uint64_t at_us, const char *pcm);

/* The entry of a stream, made on first use; NULL when memory ran out. */
struct report_stream *report_stream(struct report *r, uint32_t id);

/* The end. @message may be NULL for a success. */
void report_end(struct report *r, uint64_t now_us, enum tacet_error_code error,
		enum report_result result, const char *message);

/* How long from the request to stop until hw_ptr rested; 0 when it was not asked to. */
uint64_t report_stream_quiesce(const struct report_stream *s);
/* The silence heard: last movement before to first after; 0 when it did not run. */
uint64_t report_stream_gap(const struct report_stream *s);
uint64_t report_gap(const struct report *r); /* the largest */
/* Last movement of any touched hw_ptr to the first write; 0 without either. */
uint64_t report_to_first_write(const struct report *r);
/* Last stop to first resume; 0 without either. */
uint64_t report_rest(const struct report *r);

/* "HiFi: Speaker Mic + Play Ringtone"; "none" without a verb. Return: @buf. */
const char *route_names_text(const struct route_names *n, char *buf, size_t size);

const char *report_result_name(enum report_result r);
const char *report_outcome_name(enum report_outcome o);
const char *report_kind_name(enum report_kind k);

#endif
