/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lease server with the smallest daemon around it: switches on a timer or on a signal,
 * with a command in the place of the route's writes. To try the plugin without tacetd.
 *
 * Prints one line for each lease that comes and goes and for each switch, and a summary.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "port/lease.h"
#include "port/pcm-fd.h"
#include "util/cleanup.h"

#define LEASES_MAX 64
#define STEP_US	   1000

enum method {
	METHOD_AUTO, /* pause if the hardware can, else drain */
	METHOD_DRAIN,
	METHOD_DROP,
	/* Pause once what was written at the request has been played. Of a copy: drain, for
	 * a plugin that rests gives the hardware nothing more to play.
	 */
	METHOD_PLAYOUT,
	METHOD_HALT, /* pause, then drop: what tacetd does to a copy when it is to drop */
};

struct stream {
	struct lease *lease; /* NULL: the slot is free */
	bool stopped_by_us, paused_by_us, began;
	uint64_t until; /* METHOD_PLAYOUT: appl_ptr of the request */
};

struct app {
	sd_event *event;
	struct lease_server *server;
	sd_event_source *step;
	struct stream stream[LEASES_MAX];
	enum method method;
	uint64_t every_us, rest_us, deadline_us;
	unsigned int count;
	const char *command;
	bool resting, gate_closed;
	uint64_t began_at, rest_at;
	unsigned int switches, slips, late, failures, leases;
	uint64_t worst_quiesce, hold_total;
};

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static bool on_granted(int card, void *userdata)
{
	struct app *a = userdata;

	return !a->gate_closed;
}

static void on_opened(struct lease *l, void *userdata)
{
	struct app *a = userdata;

	for (int i = 0; i < LEASES_MAX; i++) {
		struct stream *s = &a->stream[i];

		if (s->lease)
			continue;
		*s = (struct stream){ .lease = l };
		lease_set_userdata(l, s);
		break;
	}
	a->leases++;
	printf("opened hw:%d,%u,%u %s %s by %s pid %d%s%s\n", lease_card(l),
	       lease_device(l), lease_subdevice(l),
	       lease_capture(l) ? "capture" : "playback",
	       lease_kind(l) == LEASE_COPY ? "copy" : "direct", lease_comm(l),
	       (int)lease_pid(l), lease_can_pause(l) ? "" : " no-pause",
	       lease_adopted(l) ? " adopted" : "");
	if (lease_adopted(l)) {
		(void)pcm_fd_pause(lease_pcm_fd(l), false);
		(void)lease_switch_end(l);
	}
}

static void on_closed(struct lease *l, void *userdata)
{
	struct stream *s = lease_get_userdata(l);

	printf("closed hw:%d,%u,%u of %s\n", lease_card(l), lease_device(l),
	       lease_subdevice(l), lease_comm(l));
	if (s)
		s->lease = NULL;
}

static const struct lease_ops ops = {
	.granted = on_granted,
	.opened = on_opened,
	.closed = on_closed,
};

static void stop_stream(struct app *a, struct stream *s)
{
	int fd = lease_pcm_fd(s->lease), r;
	struct pcm_status st;

	if (pcm_fd_status(fd, &st) < 0 || st.state != PCM_RUNNING)
		return;
	if (a->method == METHOD_PLAYOUT && lease_kind(s->lease) == LEASE_DIRECT &&
	    lease_can_pause(s->lease) && st.hw_ptr < s->until &&
	    s->until - st.hw_ptr < 1000000)
		return; /* asked again in the next step */
	if (a->method == METHOD_DROP) {
		r = pcm_fd_drop(fd);
	} else if (a->method == METHOD_DRAIN || !lease_can_pause(s->lease) ||
		   (a->method == METHOD_PLAYOUT && lease_kind(s->lease) == LEASE_COPY)) {
		r = pcm_fd_drain_start(fd);
	} else {
		/* hw_ptr was brought up to date above. */
		r = pcm_fd_pause(fd, true);
		s->paused_by_us = r >= 0;
		if (r >= 0 && a->method == METHOD_HALT) {
			r = pcm_fd_drop(fd);
			s->paused_by_us = false;
		}
	}
	s->stopped_by_us = r >= 0;
	if (r < 0 && r != -EBADFD) {
		printf("cannot stop a stream: %s\n", strerror(-r));
		a->failures++;
	}
}

/* Return: how many streams still move. */
static unsigned int stop_streams(struct app *a)
{
	struct pcm_status st;
	unsigned int moving = 0;

	for (int i = 0; i < LEASES_MAX; i++) {
		struct stream *s = &a->stream[i];

		if (!s->lease)
			continue;
		if (!s->began) {
			if (pcm_fd_status(lease_pcm_fd(s->lease), &st) >= 0)
				s->until = st.appl_ptr;
			s->began = true;
			if (lease_switch_begin(s->lease) < 0)
				a->late++;
		}
		if (!s->stopped_by_us)
			stop_stream(a, s);
		if (pcm_fd_status(lease_pcm_fd(s->lease), &st) >= 0 &&
		    pcm_state_moves(st.state))
			moving++;
	}
	return moving;
}

static void resume_streams(struct app *a)
{
	struct pcm_status st;

	for (int i = 0; i < LEASES_MAX; i++) {
		struct stream *s = &a->stream[i];
		int r;

		if (!s->lease || !s->began)
			continue;
		if (pcm_fd_status(lease_pcm_fd(s->lease), &st) >= 0 &&
		    pcm_state_moves(st.state))
			a->slips++;
		if (s->paused_by_us) {
			r = pcm_fd_pause(lease_pcm_fd(s->lease), false);
			if (r < 0 && r != -EBADFD) {
				printf("cannot resume a stream: %s\n", strerror(-r));
				a->failures++;
			}
		}
		s->stopped_by_us = s->paused_by_us = s->began = false;
		(void)lease_switch_end(s->lease);
	}
}

static int arm(struct app *a, uint64_t us)
{
	int r = sd_event_source_set_time_relative(a->step, us);

	return r < 0 ? r : sd_event_source_set_enabled(a->step, SD_EVENT_ONESHOT);
}

static void end_switch(struct app *a)
{
	resume_streams(a);
	a->gate_closed = a->resting = false;
	a->began_at = 0;
	lease_release_grants(a->server, -1);
	a->switches++;
}

static int on_step(sd_event_source *es, uint64_t usec, void *userdata)
{
	struct app *a = userdata;

	if (!a->began_at) {
		a->began_at = now_us();
		a->gate_closed = true;
		for (int i = 0; i < LEASES_MAX; i++)
			if (a->stream[i].lease)
				lease_hold_grants(a->server,
						  lease_card(a->stream[i].lease));
	}
	if (!a->resting) {
		if (stop_streams(a) > 0) {
			if (now_us() - a->began_at < a->deadline_us)
				return arm(a, STEP_US);
			printf("a stream does not stop\n");
			a->failures++;
		}
		a->resting = true;
		a->rest_at = now_us();
		if (a->rest_at - a->began_at > a->worst_quiesce)
			a->worst_quiesce = a->rest_at - a->began_at;
		if (a->command && system(a->command) != 0)
			a->failures++;
		return arm(a, a->rest_us);
	}
	end_switch(a);
	if (a->count && a->switches >= a->count)
		return sd_event_exit(a->event, 0);
	return a->every_us ? arm(a, a->every_us) : 0;
}

static int on_usr1(sd_event_source *es, const struct signalfd_siginfo *si, void *userdata)
{
	struct app *a = userdata;

	return a->began_at ? 0 : arm(a, 0);
}

static int parse_method(const char *s, enum method *ret)
{
	static const char *const names[] = { "auto", "drain", "drop", "playout", "halt" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(s, names[i]) == 0) {
			*ret = (enum method)i;
			return 0;
		}
	return -EINVAL;
}

static int listen_somewhere(struct app *a, const char *path)
{
	_cleanup_free_ char **names = NULL;
	int n = sd_listen_fds_with_names(0, &names), r;
	int fds[2 * LEASES_MAX + 1];

	if (n <= 0)
		return lease_server_listen_path(a->server, path);
	if ((size_t)n > ARRAY_SIZE(fds))
		return -E2BIG;
	for (int i = 0; i < n; i++)
		fds[i] = SD_LISTEN_FDS_START + i;
	r = lease_server_adopt(a->server, fds, names, n);
	for (int i = 0; i < n && r >= 0; i++)
		if (fds[i] >= 0)
			r = lease_server_listen_fd(a->server, fds[i]);
	return r;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: lease-daemon [--socket PATH] [--every MS] [--rest MS]\n"
		"\t[--deadline MS] [--count N] [--method auto|drain|drop|playout|halt]\n"
		"\t[--command COMMAND]\n"
		"SIGUSR1 begins a switch.\n");
	return 2;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "every", required_argument, NULL, 'e' },
		{ "rest", required_argument, NULL, 'r' },
		{ "deadline", required_argument, NULL, 'd' },
		{ "count", required_argument, NULL, 'n' },
		{ "method", required_argument, NULL, 'm' },
		{ "command", required_argument, NULL, 'c' },
		{},
	};
	struct app a = { .rest_us = 5000, .deadline_us = 5000000 };
	const char *path = LEASE_SOCKET_PATH;
	sigset_t set;
	int opt, r;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			path = optarg;
			break;
		case 'e':
			a.every_us = strtoull(optarg, NULL, 10) * 1000;
			break;
		case 'r':
			a.rest_us = strtoull(optarg, NULL, 10) * 1000;
			break;
		case 'd':
			a.deadline_us = strtoull(optarg, NULL, 10) * 1000;
			break;
		case 'n':
			a.count = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'm':
			if (parse_method(optarg, &a.method) < 0)
				return usage();
			break;
		case 'c':
			a.command = optarg;
			break;
		default:
			return usage();
		}
	}

	setvbuf(stdout, NULL, _IOLBF, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if ((r = sd_event_default(&a.event)) < 0 ||
	    (r = sd_event_add_signal(a.event, NULL, SIGTERM, NULL, NULL)) < 0 ||
	    (r = sd_event_add_signal(a.event, NULL, SIGINT, NULL, NULL)) < 0 ||
	    (r = sd_event_add_signal(a.event, NULL, SIGUSR1, on_usr1, &a)) < 0 ||
	    (r = sd_event_add_time_relative(a.event, &a.step, CLOCK_MONOTONIC, a.every_us,
					    100, on_step, &a)) < 0 ||
	    (r = sd_event_source_set_enabled(a.step, a.every_us ? SD_EVENT_ONESHOT
								: SD_EVENT_OFF)) < 0 ||
	    (r = lease_server_new(a.event, &ops, &a, &a.server)) < 0 ||
	    (r = listen_somewhere(&a, path)) < 0) {
		fprintf(stderr, "lease-daemon: %s\n", strerror(-r));
		return 1;
	}
	printf("ready\n");
	(void)sd_notify(0, "READY=1");
	r = sd_event_loop(a.event);
	if (a.began_at)
		end_switch(&a);
	printf("switches %u leases %u slips %u late %u failures %u worst_quiesce_us "
	       "%" PRIu64 " mean_hold_us %" PRIu64 "\n",
	       a.switches, a.leases, a.slips, a.late, a.failures, a.worst_quiesce,
	       a.switches ? a.hold_total / a.switches : 0);
	a.server = lease_server_free(a.server);
	sd_event_source_disable_unref(a.step);
	sd_event_unref(a.event);
	return r < 0 || a.failures > 0;
}
