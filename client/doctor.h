/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tacetctl doctor: what was found out about this system, and what to make of it.
 * Facts are gathered first; each judge_*() then adds findings from facts alone.
 */
#ifndef TACET_CLIENT_DOCTOR_H
#define TACET_CLIENT_DOCTOR_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

#include "doctor-kernel.h"

enum severity {
	SEVERITY_OK,
	SEVERITY_NOTE, /* worth knowing */
	SEVERITY_WARN, /* something does not work as well as it could */
	SEVERITY_BAD,  /* the machine can crash, or Tacet cannot do its work */
};

#define CARDS_MAX 32

struct card_facts {
	unsigned int index;
	char id[32];
	bool dpcm;
	bool can_open; /* may the caller open its control device? */
	bool managed;  /* tacetd says so */
	char reason[256];
};

enum daemon_state {
	DAEMON_NO_BUS,	    /* the system bus cannot be reached */
	DAEMON_ABSENT,	    /* not running and not known to the bus */
	DAEMON_ON_DEMAND,   /* not running; the bus would start it */
	DAEMON_UNREACHABLE, /* on the bus, but it does not answer us */
	DAEMON_RUNNING,
};

struct doctor {
	const char *root;
	json_object *findings; /* an array, see finding_add() */

	char release[128], build[256];
	bool version_known;
	struct kernel_version version;
	struct kernel_fault_list faults;

	bool dpcm_loaded, media_loaded;
	char dpcm_active[128], media_active[128];
	bool dpcm_available, media_available; /* could be loaded */
	bool ftrace_off;
	bool media_devices; /* some are present */

	unsigned int n_cards;
	struct card_facts cards[CARDS_MAX];
	bool dpcm_cards; /* any */
	bool pcm_timers, timer_device, verbose_procfs, any_pcm;

	enum daemon_state daemon;
	char daemon_version[64], daemon_error[256];
};

/* findings: doctor-findings.c */

/**
 * finding_add() - one more finding
 * @id: for programs, stable
 * @why: an explanation, or NULL
 * @todo: what to do, or NULL
 * @fmt: the finding in a sentence
 *
 * Return: the finding, borrowed, for members that only it has.
 */
json_object *finding_add(struct doctor *d, enum severity severity, const char *id,
			 const char *why, const char *todo, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
enum severity findings_worst(const struct doctor *d);
void findings_print(const struct doctor *d, FILE *f, bool colour, int width);

/* The first line of a file below the root, without its end; "" if there is none. */
void read_line_at(const struct doctor *d, const char *path, char *buf, size_t size);
bool exists_at(const struct doctor *d, const char *path);
/* The first file that matches a pattern below the root; malloc()ed, NULL if none does. */
char *glob_at(const struct doctor *d, const char *pattern);
/* Does a line of the file begin with @start? */
bool has_line_at(const struct doctor *d, const char *path, const char *start);

/* facts */
void gather_cards(struct doctor *d);  /* doctor-cards.c */
void gather_daemon(struct doctor *d); /* doctor-daemon.c; after the cards */

/* judgements, in the order in which they are shown */
void judge_kernel(struct doctor *d);   /* doctor.c */
void judge_modules(struct doctor *d);  /* doctor.c */
void judge_daemon(struct doctor *d);   /* doctor-daemon.c */
void judge_cards(struct doctor *d);    /* doctor-cards.c */
void judge_sight(struct doctor *d);    /* doctor-cards.c: can hw_ptr be watched? */
void judge_programs(struct doctor *d); /* doctor-alsa.c: who else writes routes */
void judge_alsa(struct doctor *d); /* doctor-alsa.c: what is installed, who may use it */

/* Is there a DPCM fault that no loaded module repairs? */
bool dpcm_at_risk(const struct doctor *d);

#endif
