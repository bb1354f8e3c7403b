/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "port/takeover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/log.h"

#define NAME_PREFIX "taken-"

static inline void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

static bool same(const struct pcm_id *a, const struct pcm_id *b)
{
	return a->card == b->card && a->device == b->device &&
	       a->subdevice == b->subdevice && a->capture == b->capture;
}

/* Return: 1 and @ret_fd when descriptor @number of the process is that PCM, 0 when not. */
static int try_fd(int dir_fd, int pidfd, const char *number, const struct pcm_id *pcm,
		  int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	struct pcm_id found;
	char target[64];
	ssize_t n = readlinkat(dir_fd, number, target, sizeof(target) - 1);

	/* A look at the name first: what is no PCM is none of our business. */
	if (n < 0)
		return 0;
	target[n] = '\0';
	if (strncmp(target, "/dev/snd/pcmC", 13))
		return 0;
	fd = pidfd_getfd(pidfd, atoi(number), 0);
	if (fd < 0)
		return errno == EBADF ? 0 : -errno;
	if (pcm_fd_info(fd, &found) < 0 || !same(&found, pcm))
		return 0;
	*ret_fd = TAKE_FD(fd);
	return 1;
}

int takeover_fd(pid_t pid, const struct pcm_id *pcm, int *ret_fd)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	_cleanup_close_ int pidfd = pidfd_open(pid, 0);
	struct dirent *de;
	char path[64];
	int r;

	if (pidfd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return errno == EACCES ? -EPERM : -errno;
	while ((de = readdir(dir))) {
		if (de->d_name[0] == '.')
			continue;
		r = try_fd(dirfd(dir), pidfd, de->d_name, pcm, ret_fd);
		if (r)
			return r < 0 ? r : 0;
	}
	return -ENOENT;
}

void takeover_store(int fd, unsigned int number)
{
	char state[64];

	snprintf(state, sizeof(state), "FDSTORE=1\nFDPOLL=0\nFDNAME=" NAME_PREFIX "%u",
		 number);
	(void)sd_pid_notify_with_fds(0, 0, state, &fd, 1);
}

void takeover_unstore(unsigned int number)
{
	(void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=" NAME_PREFIX "%u", number);
}

void takeover_adopt(int *fds, char *const *names, int n)
{
	for (int i = 0; i < n; i++) {
		if (fds[i] < 0 || strncmp(names[i], NAME_PREFIX, strlen(NAME_PREFIX)))
			continue;
		log_debug("%s of the last tacetd goes on", names[i]);
		(void)pcm_fd_pause(fds[i], false);
		close(TAKE_FD(fds[i]));
		(void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", names[i]);
	}
}
