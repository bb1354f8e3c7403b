/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * open() and ioctl() as alsa-lib calls them. Definitions in a program take precedence over a
 * shared library's. A control is made when it is first asked for: two switches, for which
 * alsa-lib takes any word for a value.
 */
/* open() and open64() both. */
#undef _FILE_OFFSET_BITS

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sound/asound.h>

#include "mock-card.h"
#include "worker/worker.h"

#define ELEMS_MAX 4096

static struct {
	char driver[16], longname[80];
	bool controls;
	int fds[64];
	unsigned int n_fds;
	struct snd_ctl_elem_id id[ELEMS_MAX];
	long value[ELEMS_MAX][2];
	unsigned int n;
} card;

void mock_card(const char *driver, const char *longname, bool controls)
{
	snprintf(card.driver, sizeof(card.driver), "%s", driver);
	snprintf(card.longname, sizeof(card.longname), "%s", longname);
	card.controls = controls;
	card.n = card.n_fds = 0;
}

void mock_controls(void)
{
	card.controls = true;
}

static int open_any(const char *path, int flags, mode_t mode)
{
	int fd;

	if (strncmp(path, "/dev/snd/controlC", 17) != 0)
		return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (strcmp(path + 17, "0") != 0 || card.n_fds == 64) {
		errno = ENOENT;
		return -1;
	}
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd >= 0)
		card.fds[card.n_fds++] = fd;
	return fd;
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode = 0;

	va_start(ap, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode = 0;

	va_start(ap, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return open_any(path, flags, mode);
}

/* What open() of two arguments becomes in a fortified library. */
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open_any(path, flags, 0);
}

static int find(const struct snd_ctl_elem_id *id)
{
	if (id->numid)
		return id->numid <= card.n ? (int)id->numid - 1 : -1;
	for (unsigned int i = 0; i < card.n; i++)
		if (!strcmp((const char *)card.id[i].name, (const char *)id->name) &&
		    card.id[i].iface == id->iface && card.id[i].index == id->index &&
		    card.id[i].device == id->device)
			return (int)i;
	if (!card.controls || card.n == ELEMS_MAX)
		return -1;
	card.id[card.n] = *id;
	card.id[card.n].numid = card.n + 1;
	return (int)card.n++;
}

static int elem_info(struct snd_ctl_elem_info *info)
{
	int i = find(&info->id);

	if (i < 0)
		return ENOENT;
	info->id = card.id[i];
	info->type = SNDRV_CTL_ELEM_TYPE_BOOLEAN;
	info->access = SNDRV_CTL_ELEM_ACCESS_READWRITE;
	info->count = 2;
	info->value.integer.min = 0;
	info->value.integer.max = 1;
	info->value.integer.step = 1;
	return 0;
}

static int elem_value(struct snd_ctl_elem_value *v, bool write)
{
	int i = find(&v->id);

	if (i < 0)
		return ENOENT;
	v->id = card.id[i];
	if (write)
		memcpy(card.value[i], v->value.integer.value, sizeof(card.value[i]));
	else
		memcpy(v->value.integer.value, card.value[i], sizeof(card.value[i]));
	return 0;
}

static int elem_list(struct snd_ctl_elem_list *list)
{
	list->count = card.n;
	list->used = 0;
	for (unsigned int i = list->offset; i < card.n && list->used < list->space; i++)
		list->pids[list->used++] = card.id[i];
	return 0;
}

static int card_info(struct snd_ctl_card_info *info)
{
	memset(info, 0, sizeof(*info));
	strcpy((char *)info->id, "Mock");
	snprintf((char *)info->driver, sizeof(info->driver), "%s", card.driver);
	snprintf((char *)info->name, sizeof(info->name), "%s", card.driver);
	snprintf((char *)info->longname, sizeof(info->longname), "%s", card.longname);
	snprintf((char *)info->mixername, sizeof(info->mixername), "Mock");
	return 0;
}

static int control(unsigned long request, void *arg)
{
	switch (request) {
	case SNDRV_CTL_IOCTL_PVERSION:
		*(int *)arg = SNDRV_CTL_VERSION;
		return 0;
	case SNDRV_CTL_IOCTL_CARD_INFO:
		return card_info(arg);
	case SNDRV_CTL_IOCTL_SUBSCRIBE_EVENTS:
		return 0;
	case SNDRV_CTL_IOCTL_ELEM_LIST:
		return elem_list(arg);
	case SNDRV_CTL_IOCTL_ELEM_INFO:
		return elem_info(arg);
	case SNDRV_CTL_IOCTL_ELEM_READ:
		return elem_value(arg, false);
	case SNDRV_CTL_IOCTL_ELEM_WRITE:
		return elem_value(arg, true);
	case SNDRV_CTL_IOCTL_ELEM_ADD:
	case SNDRV_CTL_IOCTL_ELEM_REMOVE:
		return 0;
	default:
		return ENOTTY;
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;
	int error;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	for (unsigned int i = 0; i < card.n_fds; i++)
		if (card.fds[i] == fd) {
			error = control(request, arg);
			errno = error;
			return error ? -1 : 0;
		}
	return (int)syscall(SYS_ioctl, fd, request, arg);
}

/* What a sequence would run on this machine succeeds, and is not run. */
int system(const char *command)
{
	(void)command;
	return 0;
}

FILE *popen(const char *command, const char *type)
{
	(void)command, (void)type;
	errno = ENOSYS;
	return NULL;
}

pid_t fork(void)
{
	errno = ENOSYS;
	return -1;
}

/* The worker's own look at its calls is not wanted here. */
void tap_install(struct worker *w)
{
	(void)w;
}

bool tap_seen(void)
{
	return true;
}

uint64_t now_us(void)
{
	return 0;
}
