// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "worker/worker.h"

uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static int send_failed(struct worker *w, int error, const char *why)
{
	struct strv_msg m;

	strv_msg_begin(&m, "failed");
	strv_msg_addf(&m, "%d", error);
	strv_msg_add(&m, why);
	return strv_msg_send(w->sock, &m, 0);
}

static void mark_free(struct worker *w, struct strv_msg *m)
{
	const char *pattern;

	while ((pattern = strv_msg_next(m))) {
		for (unsigned int i = 0; i < w->ctl.n; i++) {
			if (!fnmatch(pattern, w->ctl.elem[i].name, 0))
				w->ctl.elem[i].free = true;
		}
	}
}

/* Return: 0 go on, 1 the answer was that there is nothing to serve, or negative errno. */
static int start(struct worker *w, struct strv_msg *m)
{
	int card, lock, r;
	const char *id;
	char why[512];

	r = strv_msg_next_int(m, &card);
	id = strv_msg_next(m);
	if (r < 0 || !id || strv_msg_next_int(m, &lock) < 0)
		return -EBADMSG;
	snprintf(w->card_id, sizeof(w->card_id), "%s", id);
	w->want_locks = lock;

	r = ctl_open(&w->ctl, card);
	if (r < 0) {
		snprintf(why, sizeof(why), "opening /dev/snd/controlC%d: %s", card,
			 strerror(-r));
		/* ENOENT would mean that the card is fine and has no profile */
		r = send_failed(w, r == -ENOENT ? -ENODEV : r, why);
		return r < 0 ? r : 1;
	}
	mark_free(w, m);
	r = profile_load(w, card, why, sizeof(why));
	if (r < 0) {
		r = send_failed(w, r, why);
		return r < 0 ? r : 1;
	}
	malloc_trim(0);
	command_lock(w);
	strv_msg_begin(m, "ready");
	r = strv_msg_send(w->sock, m, 0);
	events_tell_jacks(w);
	return r;
}

static int dispatch(struct worker *w, struct strv_msg *m)
{
	const char *kind = strv_msg_next(m);

	if (!w->mgr)
		return strcmp(kind, "start") ? -EBADMSG : start(w, m);
	if (!strcmp(kind, "apply"))
		return command_apply(w, m);
	if (!strcmp(kind, "rollback"))
		return command_rollback(w);
	if (!strcmp(kind, "restore"))
		return command_restore(w, m);
	if (!strcmp(kind, "write"))
		return command_write(w, m);
	return -EBADMSG;
}

static int serve(struct worker *w)
{
	for (;;) {
		struct pollfd pfd[] = {
			{ .fd = w->sock, .events = POLLIN },
			{ .fd = w->ctl.fd, .events = POLLIN },
		};
		struct strv_msg m;
		int r;

		if (poll(pfd, ARRAY_SIZE(pfd), -1) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (pfd[1].revents & POLLIN) {
			events_take(w, now_us());
			if (w->reload) {
				events_reload(w);
				command_lock(w);
			}
		} else if (pfd[1].revents) {
			return -ENODEV; /* the card is gone */
		}
		if (!pfd[0].revents)
			continue;
		r = strv_msg_recv(w->sock, &m, 0);
		if (r <= 0)
			return r; /* 0: tacetd closed it */
		r = dispatch(w, &m);
		if (r)
			return r < 0 ? r : 0;
	}
}

static void release(struct worker *w)
{
	command_forget(w);
	profile_unload(w);
	ctl_close(&w->ctl);
	free(w->jack);
}

static void ignore(int sig)
{
}

/* systemctl stop signals all processes of the service. tacetd still has to finish or undo its
 * switch, so only the end of the socket ends us. A handler, unlike SIG_IGN, is not inherited
 * by what a sequence executes. */
static void setup_signals(void)
{
	static const int sig[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction sa = { .sa_handler = ignore, .sa_flags = SA_RESTART };

	for (unsigned int i = 0; i < ARRAY_SIZE(sig); i++)
		sigaction(sig[i], &sa, NULL);
}

int main(int argc, char *argv[])
{
	struct worker w = { .sock = WORKER_SOCKET_FD, .ctl = { .fd = -1 } };
	struct stat st;
	int r;

	if (argc != 1 || fstat(w.sock, &st) < 0 || !S_ISSOCK(st.st_mode)) {
		fprintf(stderr, "%s is started by tacetd, not by people; see tacetd(8)\n",
			argv[0]);
		return 2;
	}
	/* A hung sequence must not outlive tacetd. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_range(WORKER_SOCKET_FD + 1, ~0u, 0);
	fcntl(WORKER_SOCKET_FD, F_SETFD, FD_CLOEXEC);
	setup_signals();
	message_install();
	tap_install(&w);
	r = serve(&w);
	release(&w);
	return r < 0;
}
