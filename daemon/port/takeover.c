/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "port/takeover.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/log.h"

#define NAME_PREFIX "taken-"
#define SND_MAJOR   116
#define FDS_MAX	    4096

static bool same(const struct pcm_id *a, const struct pcm_id *b)
{
	return a->card == b->card && a->device == b->device &&
	       a->subdevice == b->subdevice && a->capture == b->capture;
}

/* How many descriptors the process has room for. Its /proc/PID/fd would tell which are open,
 * but only to its owner, and CAP_DAC_READ_SEARCH for that would be a right too many. */
static int fd_table_size(pid_t pid)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[64], line[256];
	int n;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "FDSize: %d", &n) == 1)
			return n < FDS_MAX ? n : FDS_MAX;
	return FDS_MAX;
}

static bool is_pcm(int fd, const struct pcm_id *pcm)
{
	struct pcm_id found;
	struct stat st;

	return fstat(fd, &st) >= 0 && S_ISCHR(st.st_mode) &&
	       major(st.st_rdev) == SND_MAJOR && pcm_fd_info(fd, &found) >= 0 &&
	       same(&found, pcm);
}

int takeover_fd(pid_t pid, const struct pcm_id *pcm, int *ret_fd)
{
	_cleanup_close_ int pidfd = pidfd_open(pid, 0);
	int n;

	if (pidfd < 0)
		return -errno;
	n = fd_table_size(pid);
	for (int i = 0; i < n; i++) {
		_cleanup_close_ int fd = pidfd_getfd(pidfd, i, 0);

		if (fd < 0 && errno != EBADF)
			return -errno;
		if (fd < 0 || !is_pcm(fd, pcm))
			continue;
		*ret_fd = TAKE_FD(fd);
		return 0;
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
