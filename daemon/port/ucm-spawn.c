// SPDX-License-Identifier: LGPL-2.1-or-later
#include "port/ucm-spawn.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/cleanup.h"

#define WORKER_SOCKET_FD 3

extern char **environ;

static void file_actions_destroy(posix_spawn_file_actions_t *fa)
{
	posix_spawn_file_actions_destroy(fa);
}

static void attr_destroy(posix_spawnattr_t *attr)
{
	posix_spawnattr_destroy(attr);
}

/* Default signals, an empty mask and a group of its own: ours are set up for an event loop. */
static int set_attributes(posix_spawnattr_t *attr)
{
	sigset_t all, none;
	int r;

	sigfillset(&all);
	sigemptyset(&none);
	r = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP |
						   POSIX_SPAWN_SETSIGMASK |
						   POSIX_SPAWN_SETSIGDEF);
	if (!r)
		r = posix_spawnattr_setpgroup(attr, 0);
	if (!r)
		r = posix_spawnattr_setsigmask(attr, &none);
	if (!r)
		r = posix_spawnattr_setsigdefault(attr, &all);
	return -r;
}

static int spawn(const char *path, int sock, pid_t *ret)
{
	_cleanup_(file_actions_destroy) posix_spawn_file_actions_t fa;
	_cleanup_(attr_destroy) posix_spawnattr_t attr;
	char *argv[] = { (char *)"tacet-ucm-worker", NULL };
	int r;

	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&attr);
	r = set_attributes(&attr);
	if (r < 0)
		return r;
	/* dup2 onto itself clears FD_CLOEXEC here, as POSIX asks */
	r = posix_spawn_file_actions_adddup2(&fa, sock, WORKER_SOCKET_FD);
	if (r)
		return -r;
	return -posix_spawn(ret, path, &fa, &attr, argv, environ);
}

int ucm_process_start(const char *path, struct ucm_process *ret, int *ret_sock)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	struct ucm_process p = UCM_PROCESS_NONE;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	r = spawn(path, theirs, &p.pid);
	if (r < 0)
		return r;
	p.pidfd = pidfd_open(p.pid, 0);
	if (p.pidfd < 0) {
		r = -errno;
		kill(-p.pid, SIGKILL);
		waitpid(p.pid, NULL, 0);
		return r;
	}
	*ret = p;
	*ret_sock = TAKE_FD(ours);
	return 0;
}

/* alsa-lib gives what a sequence executes a process group of its own. */
static void kill_children(pid_t pid, unsigned int depth)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[64];
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(path, "re");
	while (f && fscanf(f, "%d", &child) == 1) {
		kill(child, SIGSTOP); /* it shall have no more children meanwhile */
		if (depth)
			kill_children(child, depth - 1);
		kill(child, SIGKILL);
	}
}

void ucm_process_kill(struct ucm_process *p)
{
	/* not reaped: the number is still ours */
	if (p->pid <= 0)
		return;
	kill(p->pid, SIGSTOP);
	kill_children(p->pid, 8);
	kill(-p->pid, SIGKILL);
}

void ucm_process_reap(struct ucm_process *p, char *ret_how, size_t size)
{
	siginfo_t si = {};

	if (p->pid <= 0)
		return;
	if (waitid(P_PID, (id_t)p->pid, &si, WEXITED | WNOHANG) < 0 || !si.si_pid)
		snprintf(ret_how, size, "ended");
	else if (si.si_code == CLD_EXITED)
		snprintf(ret_how, size, "exited with status %d", si.si_status);
	else
		snprintf(ret_how, size, "killed by signal %d (%s)", si.si_status,
			 strsignal(si.si_status));
	p->pid = 0;
	close(TAKE_FD(p->pidfd));
}

static int on_late_exit(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	siginfo_t si;

	waitid(P_PIDFD, (id_t)fd, &si, WEXITED | WNOHANG);
	/* gives up the reference that kept it */
	sd_event_source_set_floating(s, 0);
	return 0;
}

void ucm_process_dispose(struct ucm_process *p, sd_event *event)
{
	sd_event_source *s = NULL;
	siginfo_t si = {};

	if (p->pid <= 0)
		return;
	ucm_process_kill(p);
	if (waitid(P_PID, (id_t)p->pid, &si, WEXITED | WNOHANG) == 0 && si.si_pid) {
		close(p->pidfd);
	} else if (sd_event_add_io(event, &s, p->pidfd, EPOLLIN, on_late_exit, NULL) >=
		   0) {
		/* the loop, or whoever frees it, now owns source and descriptor */
		sd_event_source_set_io_fd_own(s, 1);
		sd_event_source_set_floating(s, 1);
		sd_event_source_unref(s);
	} else {
		close(p->pidfd);
	}
	*p = UCM_PROCESS_NONE;
}
