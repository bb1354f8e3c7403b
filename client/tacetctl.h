/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the subcommands of tacetctl share. Everything that comes from the bus (or from a file)
 * is turned into JSON once; tables, timelines and --json are views of that.
 */
#ifndef TACET_CLIENT_TACETCTL_H
#define TACET_CLIENT_TACETCTL_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <json-c/json.h>
#include <systemd/sd-bus.h>

#define TACET_BUS_NAME	   "org.tacet1"
#define TACET_BUS_PATH	   "/org/tacet1"
#define TACET_BUS_MANAGER  "org.tacet1.Manager"
#define TACET_BUS_CARD	   "org.tacet1.Card"
#define TACET_ERROR_PREFIX "org.tacet1.Error."

/* The exit status is part of the interface: see EXIT STATUS in tacetctl(1). */
enum ctl_exit {
	CTL_DONE = 0,
	CTL_FAILED = 1,
	CTL_USAGE = 2,
	CTL_BUSY = 3, /* a stream did not come to rest in time */
};

struct ctl {
	bool json;
	const char *root; /* prefix of /proc, /sys, /etc ...; "" but in tests */
};

/* Options that every subcommand understands; the values are what getopt_long() returns. */
enum ctl_option {
	OPT_HELP = 'h',
	OPT_JSON = 0x100,
	OPT_ROOT,
	OPT_OWN, /* first value free for a subcommand */
};

/* clang-format off */
#define CTL_COMMON_OPTIONS                          \
	{ "help", no_argument, NULL, OPT_HELP },    \
	{ "json", no_argument, NULL, OPT_JSON },    \
	{ "root", required_argument, NULL, OPT_ROOT }
/* clang-format on */

/**
 * ctl_common_option() - deal with an option that every subcommand has
 * @opt: what getopt_long() returned
 * @help: the subcommand's text for --help
 *
 * Return: 0 to go on, else the exit status plus 1 (help was printed, or the usage is wrong).
 */
int ctl_common_option(struct ctl *ctl, int opt, const char *help);

/* Say on stderr that the command line is wrong and how to get help. Returns CTL_USAGE. */
int ctl_usage_error(const char *verb, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The subcommands: argv[0] is for messages; they return an enum ctl_exit. */
int ctl_status(struct ctl *ctl, int argc, char **argv);
int ctl_switch(struct ctl *ctl, int argc, char **argv);
int ctl_monitor(struct ctl *ctl, int argc, char **argv);
int ctl_trace(struct ctl *ctl, int argc, char **argv);
int ctl_doctor(struct ctl *ctl, int argc, char **argv);
/* Not for people: one name a line, for the completion scripts. */
int ctl_names(struct ctl *ctl, int argc, char **argv);

extern const char status_help[];
extern const char switch_help[];
extern const char monitor_help[];
extern const char trace_help[];
extern const char doctor_help[];

#endif
