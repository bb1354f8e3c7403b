// SPDX-License-Identifier: LGPL-2.1-or-later
#include "port/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "util/cleanup.h"

static inline void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define _cleanup_closedir_ _cleanup_(closedirp)

/* procfs files are generated whole by the first read, if the buffer is large enough. */
static int read_file(int dir_fd, const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return -errno;
	do
		n = read(fd, buf, size - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return 0;
}

/* The text after "key" and its colon, or NULL. */
static const char *find_value(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = text; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
		const char *v = p + n;

		if (strncmp(p, key, n))
			continue;
		v += strspn(v, " \t");
		if (*v == ':')
			return v + 1 + strspn(v + 1, " \t");
	}
	return NULL;
}

static enum pcm_state parse_state(const char *s)
{
	size_t n = strcspn(s, " \t\n");

	for (int i = 0; i < PCM_CLOSED; i++) {
		const char *name = pcm_state_name((enum pcm_state)i);

		if (strlen(name) == n && !strncasecmp(s, name, n))
			return (enum pcm_state)i;
	}
	return PCM_OPEN;
}

/* The kernel prints the thread that opened the substream; people and polkit know processes. */
static void find_process(const char *root, pid_t tid, struct proc_stream *s)
{
	char path[512], text[4096];
	const char *v;

	s->owner = tid;
	snprintf(path, sizeof(path), "%s/proc/%d/status", root, tid);
	if (tid <= 0 || read_file(AT_FDCWD, path, text, sizeof(text)) < 0)
		return;
	v = find_value(text, "Tgid");
	if (v)
		s->owner = (pid_t)atoi(v);
	snprintf(path, sizeof(path), "%s/proc/%d/comm", root, s->owner);
	if (read_file(AT_FDCWD, path, text, sizeof(text)) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	snprintf(s->process, sizeof(s->process), "%.31s", text);
}

/* @s has device, subdevice and direction. @card_fd: /proc/asound/cardN */
static int read_stream(const char *root, int card_fd, struct proc_stream *s)
{
	char path[64], text[1024];
	const char *v;
	int r;

	snprintf(path, sizeof(path), "pcm%u%c/sub%u/status", s->device,
		 s->capture ? 'c' : 'p', s->subdevice);
	r = read_file(card_fd, path, text, sizeof(text));
	if (r < 0)
		return r;
	s->state = PCM_CLOSED;
	v = find_value(text, "state");
	if (!v)
		/* "closed"; or "error -N", which only an open substream can say */
		return strncmp(text, "error", 5) ? 0 : -EIO;
	s->state = parse_state(v);
	v = find_value(text, "hw_ptr");
	if (v)
		s->hw_ptr = strtoull(v, NULL, 10);
	v = find_value(text, "appl_ptr");
	if (v)
		s->appl_ptr = strtoull(v, NULL, 10);
	v = find_value(text, "owner_pid");
	if (v)
		find_process(root, (pid_t)atoi(v), s);

	snprintf(path, sizeof(path), "pcm%u%c/sub%u/hw_params", s->device,
		 s->capture ? 'c' : 'p', s->subdevice);
	if (read_file(card_fd, path, text, sizeof(text)) < 0)
		return 0;
	v = find_value(text, "rate");
	if (v)
		s->rate = (unsigned int)strtoul(v, NULL, 10);
	v = find_value(text, "channels");
	if (v)
		s->channels = (unsigned int)strtoul(v, NULL, 10);
	return 0;
}

static int open_card(const char *root, int card_index)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/proc/asound/card%d", root, card_index);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return -errno;
	snprintf(path, sizeof(path), "%s/proc/asound", root);
	return access(path, F_OK) < 0 ? -EOPNOTSUPP : -ENOENT;
}

/* /proc/asound/pcm lists PCMs even where there is no verbose procfs. */
static bool card_has_pcms(const char *root, int card_index)
{
	char path[512], line[256];
	_cleanup_fclose_ FILE *f = NULL;

	snprintf(path, sizeof(path), "%s/proc/asound/pcm", root);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (atoi(line) == card_index)
			return true;
	}
	return false;
}

/* Substreams of one PCM folder. @n counts all, also those beyond @max. */
static int scan_pcm(const char *root, int card_fd, const char *folder,
		    const struct proc_stream *pcm, struct proc_stream *ret,
		    unsigned int max, unsigned int *n)
{
	_cleanup_close_ int fd =
		openat(card_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *de;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	dir = fdopendir(fd);
	if (!dir)
		return -errno;
	TAKE_FD(fd);
	while ((de = readdir(dir))) {
		struct proc_stream s = *pcm;
		unsigned int sub;
		int r;

		if (sscanf(de->d_name, "sub%u", &sub) != 1)
			continue;
		s.subdevice = (uint16_t)sub;
		r = read_stream(root, card_fd, &s);
		if (r == -ENOENT)
			continue; /* the card is going away */
		if (r < 0)
			return r;
		if (s.state == PCM_CLOSED)
			continue;
		if (*n < max)
			ret[*n] = s;
		(*n)++;
	}
	return 0;
}

int proc_scan(const char *root, int card_index, struct proc_stream *ret, unsigned int max,
	      unsigned int *ret_n)
{
	_cleanup_close_ int fd = open_card(root, card_index);
	_cleanup_closedir_ DIR *dir = NULL;
	unsigned int n = 0, pcms = 0;
	struct dirent *de;
	int dir_fd, r;

	if (fd < 0)
		return fd;
	dir_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (dir_fd < 0)
		return -errno;
	dir = fdopendir(dir_fd);
	if (!dir) {
		close(dir_fd);
		return -ENOMEM;
	}
	while ((de = readdir(dir))) {
		struct proc_stream pcm = {};
		unsigned int device;
		char direction, end;

		if (sscanf(de->d_name, "pcm%u%c%c", &device, &direction, &end) != 2 ||
		    (direction != 'p' && direction != 'c'))
			continue;
		pcms++;
		pcm.device = (uint16_t)device;
		pcm.capture = direction == 'c';
		r = scan_pcm(root, fd, de->d_name, &pcm, ret, max, &n);
		if (r < 0)
			return r;
	}
	if (!pcms && card_has_pcms(root, card_index))
		return -EOPNOTSUPP;
	*ret_n = n;
	return 0;
}

int proc_status(const char *root, int card_index, unsigned int device,
		unsigned int subdevice, bool capture, struct proc_stream *ret)
{
	_cleanup_close_ int fd = open_card(root, card_index);
	struct proc_stream s = {
		.device = (uint16_t)device,
		.subdevice = (uint16_t)subdevice,
		.capture = capture,
	};
	int r;

	if (fd < 0)
		return fd;
	r = read_stream(root, fd, &s);
	if (r < 0)
		return r;
	*ret = s;
	return 0;
}
