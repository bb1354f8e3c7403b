/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tacetctl: look at tacetd and ask it for another route. Arguments and dispatch.
 * Copyright (C) 2026 The Tacet developers
 */
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "tacetctl.h"

#include "config.h"

static const char main_help[] =
	"Usage: tacetctl [--json] COMMAND [ARGUMENT]...\n"
	"\n"
	"Look at tacetd, which changes the audio routes of a card only while the sound\n"
	"rests, and ask it for another route.\n"
	"\n"
	"Commands:\n"
	"  status     cards, their routes, jacks and streams\n"
	"  switch     change the route of a card and report what that did\n"
	"  monitor    follow switches and cards as they come\n"
	"  trace      show the last switches, as tables or as a drawing\n"
	"  doctor     say what is wrong on this system and what to do; needs no tacetd\n"
	"\n"
	"Options:\n"
	"      --json       print JSON instead of text\n"
	"  -h, --help       this text; after a command: the options of the command\n"
	"      --version    the version\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage, 3 busy or out of time.\n"
	"Everything is in tacetctl(1).\n";

static const struct {
	const char *name;
	char *prefix; /* of what getopt_long() has to say */
	int (*run)(struct ctl *ctl, int argc, char **argv);
} commands[] = {
	{ "status", "tacetctl status", ctl_status },
	{ "switch", "tacetctl switch", ctl_switch },
	{ "monitor", "tacetctl monitor", ctl_monitor },
	{ "trace", "tacetctl trace", ctl_trace },
	{ "doctor", "tacetctl doctor", ctl_doctor },
	{ "__names", "tacetctl", ctl_names },
};

int ctl_usage_error(const char *verb, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "tacetctl%s%s: ", verb ? " " : "", verb ? verb : "");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nTry 'tacetctl %s%s--help'.\n", verb ? verb : "",
		verb ? " " : "");
	return CTL_USAGE;
}

int ctl_common_option(struct ctl *ctl, int opt, const char *help)
{
	switch (opt) {
	case OPT_HELP:
		fputs(help, stdout);
		return CTL_DONE + 1;
	case OPT_JSON:
		ctl->json = true;
		return 0;
	case OPT_ROOT:
		ctl->root = optarg;
		return 0;
	default: /* getopt_long() has said what is wrong */
		fputs("Try 'tacetctl --help'.\n", stderr);
		return CTL_USAGE + 1;
	}
}

static int run(int argc, char **argv)
{
	enum { OPT_VERSION = OPT_OWN };
	static const struct option options[] = {
		CTL_COMMON_OPTIONS,
		{ "version", no_argument, NULL, OPT_VERSION },
		{},
	};
	struct ctl ctl = { .root = "" };
	const char *root = secure_getenv("TACET_ROOT");
	size_t i;
	int opt, r;

	setlocale(LC_CTYPE, "");
	if (root)
		ctl.root = root;

	while ((opt = getopt_long(argc, argv, "+h", options, NULL)) >= 0) {
		if (opt == OPT_VERSION) {
			puts("tacetctl " PACKAGE_VERSION);
			return CTL_DONE;
		}
		r = ctl_common_option(&ctl, opt, main_help);
		if (r)
			return r - 1;
	}
	if (optind == argc)
		return ctl_usage_error(NULL, "a command is missing");

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[optind], commands[i].name) != 0)
			continue;
		argc -= optind;
		argv += optind;
		argv[0] = commands[i].prefix;
		optind = 0; /* glibc: start anew, on another vector */
		return commands[i].run(&ctl, argc, argv);
	}
	return ctl_usage_error(NULL, "there is no command '%s'", argv[optind]);
}

int main(int argc, char **argv)
{
	int r = run(argc, argv);

	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("tacetctl: the output cannot be written");
		return CTL_FAILED;
	}
	return r;
}
