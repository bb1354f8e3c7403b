// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where alsa-lib leaves this process: ioctl(), fork() and system() as it calls them.
 *
 * An element's lock belongs to an open file, and alsa-lib's files are its secret. So its
 * ioctl() is ours: when it writes a locked element, the lock passes to the file it writes
 * through, at that moment and for that element only. No other program gets between, and the
 * report has the time and the values of every write. What a sequence executes writes through
 * files of its own: then all locks open until the command has ended.
 *
 * Definitions in a program take precedence over a shared library's; tap_seen() tells
 * whether it worked out, and without it nothing is locked.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sound/asound.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker/worker.h"

static struct worker *worker;
static bool seen;

static int plain_ioctl(int fd, unsigned long request, void *arg)
{
	return (int)syscall(SYS_ioctl, fd, request, arg);
}

static bool same_device(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) >= 0 && fstat(b, &y) >= 0 && S_ISCHR(x.st_mode) &&
	       x.st_rdev == y.st_rdev;
}

/* alsa-lib may name an element or give its number. */
static struct ctl_elem *find(struct ctl *c, const struct snd_ctl_elem_id *id)
{
	struct snd_ctl_elem_info info = { .id = *id };

	if (id->numid)
		return ctl_find_numid(c, id->numid);
	if (plain_ioctl(c->fd, SNDRV_CTL_IOCTL_ELEM_INFO, &info) < 0)
		return NULL;
	return ctl_find_numid(c, info.id.numid);
}

/* Do what @request says with the element's lock in the hands of @fd. */
static int pass_lock(struct ctl *c, struct ctl_elem *e, int fd, unsigned long request,
		     void *arg)
{
	struct snd_ctl_elem_id id = { .numid = e->numid };
	int r, saved;

	if (e->lock_fd < 0 || e->lock_fd == fd)
		return plain_ioctl(fd, request, arg);
	plain_ioctl(e->lock_fd, SNDRV_CTL_IOCTL_ELEM_UNLOCK, &id);
	r = plain_ioctl(fd, request, arg);
	saved = errno;
	/* where that fails, the end of the command locks again */
	e->lock_fd = plain_ioctl(fd, SNDRV_CTL_IOCTL_ELEM_LOCK, &id) < 0 ? -1 : fd;
	errno = saved;
	return r;
}

static int tap_write(int fd, struct snd_ctl_elem_value *v)
{
	struct ctl_elem *e =
		same_device(fd, worker->ctl.fd) ? find(&worker->ctl, &v->id) : NULL;
	uint64_t at_us;
	int r, saved;

	if (!e)
		return plain_ioctl(fd, SNDRV_CTL_IOCTL_ELEM_WRITE, v);
	ctl_know(&worker->ctl, e);
	at_us = now_us();
	r = pass_lock(&worker->ctl, e, fd, SNDRV_CTL_IOCTL_ELEM_WRITE, v);
	saved = errno;
	e->ucm_wrote = true;
	if (r >= 0)
		events_written(worker, e, at_us);
	errno = saved;
	return r;
}

static int tap_tlv(int fd, unsigned long request, struct snd_ctl_tlv *tlv)
{
	struct ctl_elem *e = same_device(fd, worker->ctl.fd)
				     ? ctl_find_numid(&worker->ctl, tlv->numid)
				     : NULL;

	return e ? pass_lock(&worker->ctl, e, fd, request, tlv)
		 : plain_ioctl(fd, request, tlv);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	seen = true;
	if (worker && worker->in_command) {
		if (request == SNDRV_CTL_IOCTL_ELEM_WRITE)
			return tap_write(fd, arg);
		if (request == SNDRV_CTL_IOCTL_TLV_WRITE ||
		    request == SNDRV_CTL_IOCTL_TLV_COMMAND)
			return tap_tlv(fd, request, arg);
	}
	return plain_ioctl(fd, request, arg);
}

static void open_locks(void)
{
	if (worker && worker->in_command)
		ctl_unlock(&worker->ctl);
}

/* alsa-lib gives what it executes a process group of its own: it ends with us all the same. */
static void die_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* system() need not go through fork() */
int system(const char *command)
{
	static int (*libc_system)(const char *);

	if (!libc_system)
		libc_system = (int (*)(const char *))dlsym(RTLD_NEXT, "system");
	open_locks();
	return libc_system(command);
}

void tap_install(struct worker *w)
{
	worker = w;
	pthread_atfork(open_locks, NULL, die_with_parent);
}

bool tap_seen(void)
{
	bool r = seen;

	seen = false;
	return r;
}
