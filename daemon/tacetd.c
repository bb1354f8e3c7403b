/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
/* tacetd: arguments, configuration, loop. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "config.h"
#include "manager.h"
#include "port/lease-proto.h"
#include "util/cleanup.h"
#include "util/log.h"

struct arguments {
	bool check;
	bool session_bus;
	const char *bus_address;
	struct manager_config manager;
};

static inline void manager_freep(struct manager **m)
{
	manager_free(*m);
}

static void help(void)
{
	printf("tacetd [OPTION...]\n\n"
	       "Changes a sound card's routes only while its sound rests.\n\n"
	       "  --check              Check the configuration and exit\n"
	       "  --config=FILE        Read FILE and FILE.d/*.conf\n"
	       "                       (" SYSCONFDIR "/tacet/tacetd.conf)\n"
	       "  --state-dir=DIR      Remember routes in DIR (" STATEDIR ")\n"
	       "  --session-bus        Serve on the session bus\n"
	       "  --bus-address=ADDR   Serve on the bus at ADDR\n"
	       "  --worker=PROGRAM     The UCM worker\n"
	       "  -h, --help           Show this\n"
	       "      --version        Show the version\n\n"
	       "See tacetd(8) and tacetd.conf(5).\n");
}

static int parse_arguments(int argc, char **argv, struct arguments *a)
{
	enum {
		ARG_CHECK = 0x100,
		ARG_CONFIG,
		ARG_STATE_DIR,
		ARG_SESSION_BUS,
		ARG_BUS_ADDRESS,
		ARG_WORKER,
		ARG_VERSION,
#ifdef TACET_TEST
		ARG_ROOT,
#endif
	};
	static const struct option options[] = {
		{ "check", no_argument, NULL, ARG_CHECK },
		{ "config", required_argument, NULL, ARG_CONFIG },
		{ "state-dir", required_argument, NULL, ARG_STATE_DIR },
		{ "session-bus", no_argument, NULL, ARG_SESSION_BUS },
		{ "bus-address", required_argument, NULL, ARG_BUS_ADDRESS },
		{ "worker", required_argument, NULL, ARG_WORKER },
		{ "version", no_argument, NULL, ARG_VERSION },
		{ "help", no_argument, NULL, 'h' },
#ifdef TACET_TEST
		{ "root", required_argument, NULL, ARG_ROOT },
#endif
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
			a->manager.conf_paths =
				(struct conf_paths){ optarg, { dropins } };
			break;
		case ARG_STATE_DIR:
			a->manager.state_dir = optarg;
			break;
		case ARG_SESSION_BUS:
			a->session_bus = true;
			break;
		case ARG_BUS_ADDRESS:
			a->bus_address = optarg;
			break;
		case ARG_WORKER:
			a->manager.worker_path = optarg;
			break;
#ifdef TACET_TEST
		case ARG_ROOT:
			a->manager.root = optarg;
			break;
#endif
		case ARG_VERSION:
			printf("tacetd %s\n", PACKAGE_VERSION);
			return 0;
		case 'h':
			help();
			return 0;
		default:
			return -EINVAL;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "tacetd: unexpected argument '%s'\n", argv[optind]);
		return -EINVAL;
	}
	return 1;
}

static int load_conf(const struct arguments *a, struct conf **ret)
{
	_cleanup_free_ char *errors = NULL;
	int r = conf_load(&a->manager.conf_paths, ret, &errors);

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

static int connect_bus(const struct arguments *a, sd_event *event, sd_bus **ret)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	int r;

	if (a->bus_address) {
		r = sd_bus_new(&bus);
		if (r >= 0)
			r = sd_bus_set_address(bus, a->bus_address);
		if (r >= 0)
			r = sd_bus_set_bus_client(bus, true);
		if (r >= 0)
			r = sd_bus_start(bus);
	} else {
		r = a->session_bus ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);
	}
	if (r < 0)
		return log_error_errno(r, "Cannot connect to the bus: %m");
	r = sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0)
		return log_error_errno(r, "Cannot attach the bus: %m");
	sd_bus_set_exit_on_disconnect(bus, true);
	*ret = TAKE_PTR(bus);
	return 0;
}

static int on_stop(sd_event_source *es, const struct signalfd_siginfo *si, void *userdata)
{
	log_fields_full(
		LOG_INFO,
		(&(const struct log_fields){ .message_id = TACET_MESSAGE_STOPPING }),
		"Stopping");
	sd_notify(0, "STOPPING=1");
	manager_stop(userdata);
	return 0;
}

static int on_reload(sd_event_source *es, const struct signalfd_siginfo *si,
		     void *userdata)
{
	_cleanup_free_ char *errors = NULL;
	char *rest;

	sd_notify(0, "RELOADING=1");
	if (manager_reload(userdata, &errors) >= 0) {
		log_info("Configuration read again");
	} else {
		rest = errors;
		for (char *line; rest && (line = strsep(&rest, "\n"));)
			if (*line)
				log_fields_full(
					LOG_ERR,
					(&(const struct log_fields){
						.message_id = TACET_MESSAGE_CONFIG_BAD }),
					"%s", line);
		log_error("The configuration stays as it was");
	}
	sd_notify(0, "READY=1");
	return 0;
}

static int block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? -errno : 0;
}

static int setup_signals(sd_event *event, struct manager *m)
{
	int r;

	r = sd_event_add_signal(event, NULL, SIGTERM, on_stop, m);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGINT, on_stop, m);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGHUP, on_reload, m);
	return r;
}

/* What systemd handed over, without the three standard ones. Return: their number. */
static int take_fds(int **ret_fds, char ***ret_names)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);

	if (n <= 0)
		return n;
	*ret_fds = calloc(n, sizeof(**ret_fds));
	if (!*ret_fds)
		return -ENOMEM;
	for (int i = 0; i < n; i++)
		(*ret_fds)[i] = SD_LISTEN_FDS_START + i;
	*ret_names = names;
	return n;
}

static int run(const struct arguments *a)
{
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(manager_freep) struct manager *m = NULL;
	_cleanup_free_ int *fds = NULL;
	char **names = NULL;
	struct conf *conf;
	int n, r;

	r = load_conf(a, &conf);
	if (r < 0)
		return r;
	n = take_fds(&fds, &names);
	if (n < 0)
		log_warning_errno(n, "Cannot take the sockets: %m");
	r = sd_event_default(&event);
	if (r >= 0)
		r = connect_bus(a, event, &bus);
	if (r < 0) {
		conf_free(conf);
		return r;
	}
	r = manager_new(event, bus, &a->manager, conf, &m);
	if (r >= 0)
		r = block_signals();
	if (r >= 0)
		r = setup_signals(event, m);
	if (r >= 0)
		r = sd_event_set_watchdog(event, true);
	if (r >= 0)
		r = manager_start(m, fds, names, n > 0 ? n : 0);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	if (r < 0)
		return log_error_errno(r, "Cannot start: %m");
	log_fields_full(
		LOG_INFO,
		(&(const struct log_fields){ .message_id = TACET_MESSAGE_STARTED }),
		"tacetd %s is ready", PACKAGE_VERSION);
	sd_notify(0, "READY=1");
	return sd_event_loop(event);
}

int main(int argc, char **argv)
{
	struct arguments a = {
		.manager = {
			.state_dir = STATEDIR,
			.worker_path = LIBEXECDIR "/tacet-ucm-worker",
			.root = "",
			.conf_paths = {
				SYSCONFDIR "/tacet/tacetd.conf",
				{ PREFIX_LIB "/tacet/tacetd.conf.d",
				  SYSCONFDIR "/tacet/tacetd.conf.d" },
			},
		},
	};
	int r = parse_arguments(argc, argv, &a);

	if (r <= 0)
		return r < 0 ? 2 : EXIT_SUCCESS;
	if (a.check) {
		struct conf *conf;

		if (load_conf(&a, &conf) < 0)
			return EXIT_FAILURE;
		conf_free(conf);
		return EXIT_SUCCESS;
	}
	return run(&a) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
