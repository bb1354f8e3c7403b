/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tacet-callaudiod: arguments, configuration, loop.
 * Copyright (C) 2026 The Tacet developers
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "callaudio/calls-port.h"
#include "callaudio/session.h"
#include "config.h"
#include "util/cleanup.h"
#include "util/log.h"

/* The exit status is part of the interface: see tacet-callaudiod(1). */
enum {
	STATUS_USAGE = 2,
	STATUS_NAME_TAKEN = 4,
};

struct arguments {
	bool check;
	struct conf_paths paths;
};

static void help(void)
{
	printf("tacet-callaudiod [OPTION...]\n\n"
	       "Serves org.mobian_project.CallAudio: dialers choose the mode, the "
	       "speaker and "
	       "mute,\n"
	       "tacetd changes the route.\n\n"
	       "  --check              Check the configuration and exit\n"
	       "  --config=FILE        Read FILE and FILE.d/*.conf\n"
	       "                       (" SYSCONFDIR "/tacet/callaudiod.conf)\n"
	       "  -h, --help           Show this\n"
	       "      --version        Show the version\n\n"
	       "See tacet-callaudiod(1) and tacet-callaudiod.conf(5).\n");
}

static int parse_arguments(int argc, char **argv, struct arguments *a)
{
	enum { ARG_CHECK = 0x100, ARG_CONFIG, ARG_VERSION };
	static const struct option options[] = {
		{ "check", no_argument, NULL, ARG_CHECK },
		{ "config", required_argument, NULL, ARG_CONFIG },
		{ "version", no_argument, NULL, ARG_VERSION },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	static char *dropins;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (c) {
		case ARG_CHECK:
			a->check = true;
			break;
		case ARG_CONFIG:
			free(dropins);
			if (asprintf(&dropins, "%s.d", optarg) < 0)
				return -ENOMEM;
			a->paths = (struct conf_paths){ optarg, { dropins } };
			break;
		case ARG_VERSION:
			printf("tacet-callaudiod %s\n", PACKAGE_VERSION);
			return 0;
		case 'h':
			help();
			return 0;
		default:
			return -EINVAL;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "tacet-callaudiod: unexpected argument '%s'\n",
			argv[optind]);
		return -EINVAL;
	}
	return 1;
}

static int load_conf(const struct arguments *a, struct ca_conf **ret)
{
	_cleanup_free_ char *errors = NULL;
	int r = ca_conf_load(&a->paths, ret, &errors);

	if (r == -EBADMSG) {
		char *rest = errors;

		for (char *line; (line = strsep(&rest, "\n"));)
			if (*line)
				log_fields_full(
					LOG_ERR,
					(&(const struct log_fields){
						.message_id = TACET_MESSAGE_CONFIG_BAD }),
					"%s", line);
	} else if (r < 0) {
		log_error_errno(r, "Cannot read the configuration: %m");
	}
	return r;
}

static int open_bus(sd_event *event, int (*open)(sd_bus **ret), const char *what,
		    sd_bus **ret)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	int r = open(&bus);

	if (r < 0)
		return log_error_errno(r, "Cannot connect to the %s bus: %m", what);
	r = sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0)
		return log_error_errno(r, "Cannot attach the %s bus: %m", what);
	sd_bus_set_exit_on_disconnect(bus, true);
	*ret = TAKE_PTR(bus);
	return 0;
}

static int add_signals(sd_event *event)
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	return r < 0 ? r : sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
}

static inline void bridge_freep(struct bridge **b)
{
	bridge_free(*b);
}

static inline void session_freep(struct session **s)
{
	session_free(*s);
}

static inline void calls_port_freep(struct calls_port **p)
{
	calls_port_free(*p);
}

static void on_calls(bool calls, void *userdata)
{
	bridge_calls(userdata, calls);
}

/* Return: the exit status. */
static int run(const struct ca_conf *conf)
{
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *user = NULL, *system = NULL;
	_cleanup_(session_freep) struct session *session = NULL;
	_cleanup_(bridge_freep) struct bridge *bridge = NULL;
	_cleanup_(calls_port_freep) struct calls_port *calls = NULL;
	_cleanup_free_ char *owner = NULL;
	int r;

	r = sd_event_default(&event);
	if (r >= 0)
		r = add_signals(event);
	if (r < 0) {
		log_error_errno(r, "Cannot start: %m");
		return EXIT_FAILURE;
	}
	if (open_bus(event, sd_bus_open_user, "session", &user) < 0 ||
	    open_bus(event, sd_bus_open_system, "system", &system) < 0)
		return EXIT_FAILURE;
	r = session_new(user, &session);
	if (r >= 0)
		r = bridge_new(event, system, conf, &session_bridge_ops, session,
			       &bridge);
	if (r < 0) {
		log_error_errno(r, "Cannot start: %m");
		return EXIT_FAILURE;
	}
	session_serve(session, bridge);
	r = session_take_name(session, &owner);
	if (r == -EEXIST) {
		log_error(
			"org.mobian_project.CallAudio is served by %s already. Only one "
			"program can route calls: stop that one, or this.",
			owner);
		return STATUS_NAME_TAKEN;
	}
	if (r >= 0 && conf->follow != CA_FOLLOW_NONE)
		r = calls_port_new(system, conf->follow, on_calls, bridge, &calls);
	if (r < 0) {
		log_error_errno(r, "Cannot start: %m");
		return EXIT_FAILURE;
	}
	sd_notify(0, "READY=1");
	r = sd_event_loop(event);
	sd_notify(0, "STOPPING=1");
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	_cleanup_free_ struct ca_conf *conf = NULL;
	struct arguments a = {
		.paths = {
			SYSCONFDIR "/tacet/callaudiod.conf",
			{ PREFIX_LIB "/tacet/callaudiod.conf.d",
			  SYSCONFDIR "/tacet/callaudiod.conf.d" },
		},
	};
	int r = parse_arguments(argc, argv, &a);

	if (r <= 0)
		return r < 0 ? STATUS_USAGE : EXIT_SUCCESS;
	if (load_conf(&a, &conf) < 0)
		return EXIT_FAILURE;
	return a.check ? EXIT_SUCCESS : run(conf);
}
