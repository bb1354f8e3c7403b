/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <sound/asound.h>

#include "port/interrupt.h"
#include "port/pcm-fd.h"
#include "util/cleanup.h"

#define ALSA_MAJOR 116

/* The kernel's numbers are an ABI; ours only have to agree with them. */
_Static_assert((int)PCM_OPEN == (int)SNDRV_PCM_STATE_OPEN, "pcm states");
_Static_assert((int)PCM_RUNNING == (int)SNDRV_PCM_STATE_RUNNING, "pcm states");
_Static_assert((int)PCM_DISCONNECTED == (int)SNDRV_PCM_STATE_DISCONNECTED, "pcm states");

static int pcm_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

int pcm_fd_info(int fd, struct pcm_id *ret)
{
	struct snd_pcm_info info = {};
	struct statx stx;
	int version, flags, r;

	/* A FUSE file system answers fstat() when it likes; AT_STATX_DONT_SYNC does not ask. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &stx) < 0)
		return -errno;
	if (!S_ISCHR(stx.stx_mode) || stx.stx_rdev_major != ALSA_MAJOR)
		return -ENOTTY;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return -errno;
	if (flags & O_PATH)
		return -EBADF;

	/* Every ALSA device has its own ioctl letter: only a PCM knows these two. */
	r = pcm_ioctl(fd, SNDRV_PCM_IOCTL_PVERSION, &version);
	if (r < 0)
		return r;
	r = pcm_ioctl(fd, SNDRV_PCM_IOCTL_INFO, &info);
	if (r < 0)
		return r;
	if (info.card < 0)
		return -ENOTTY;

	*ret = (struct pcm_id){
		.card = info.card,
		.device = info.device,
		.subdevice = info.subdevice,
		.capture = info.stream == SNDRV_PCM_STREAM_CAPTURE,
	};
	memcpy(ret->id, info.id, sizeof(ret->id) - 1);
	memcpy(ret->name, info.name, sizeof(ret->name) - 1);
	return 0;
}

int pcm_fd_status(int fd, struct pcm_status *ret)
{
	/* STATUS, not SYNC_PTR: that one can write appl_ptr and avail_min, which are the
	 * owner's. Its struct, and so its number, follow the width of time_t by themselves.
	 */
	struct snd_pcm_status st = {};
	struct snd_pcm_info info = {};
	int r;

	r = pcm_ioctl(fd, SNDRV_PCM_IOCTL_STATUS, &st);
	if (r < 0)
		return r;
	if ((unsigned int)st.state > PCM_DISCONNECTED)
		return -EPROTO;
	if (st.state == SNDRV_PCM_STATE_DRAINING) {
		/* A capture stream that drains has stopped and waits to be read. */
		r = pcm_ioctl(fd, SNDRV_PCM_IOCTL_INFO, &info);
		if (r < 0)
			return r;
		if (info.stream == SNDRV_PCM_STREAM_CAPTURE)
			st.state = SNDRV_PCM_STATE_SETUP;
	}
	*ret = (struct pcm_status){
		.state = (enum pcm_state)st.state,
		.hw_ptr = st.hw_ptr,
		.appl_ptr = st.appl_ptr,
		.avail = st.avail,
		.delay = st.delay,
		.tstamp_us = (uint64_t)st.tstamp.tv_sec * 1000000 +
			     (uint64_t)st.tstamp.tv_nsec / 1000,
		.trigger_tstamp_us = (uint64_t)st.trigger_tstamp.tv_sec * 1000000 +
				     (uint64_t)st.trigger_tstamp.tv_nsec / 1000,
	};
	return 0;
}

int pcm_fd_abilities(int fd, struct pcm_abilities *ret)
{
	struct snd_pcm_hw_params p = { .rmask = ~0U };
	int r;

	/* HW_REFINE of everything asks what the hardware can and changes nothing. */
	for (size_t i = 0; i < ARRAY_SIZE(p.masks); i++)
		memset(p.masks[i].bits, 0xff, sizeof(p.masks[i].bits));
	for (size_t i = 0; i < ARRAY_SIZE(p.intervals); i++)
		p.intervals[i].max = ~0U;
	r = pcm_ioctl(fd, SNDRV_PCM_IOCTL_HW_REFINE, &p);
	if (r < 0)
		return r;
	*ret = (struct pcm_abilities){
		.pause = p.info & SNDRV_PCM_INFO_PAUSE,
		.coarse = p.info & SNDRV_PCM_INFO_BATCH,
	};
	return 0;
}

int pcm_fd_pause(int fd, bool push)
{
	/* The argument is the value itself. */
	return ioctl(fd, SNDRV_PCM_IOCTL_PAUSE, (unsigned long)push) < 0 ? -errno : 0;
}

int pcm_fd_drain_start(int fd)
{
	int flags, r;

	flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return -errno;
	if (flags & O_NONBLOCK) {
		r = pcm_ioctl(fd, SNDRV_PCM_IOCTL_DRAIN, NULL);
		return r == -EAGAIN ? 0 : r;
	}

	/* A blocking file sleeps in the ioctl, after it has set the stream to DRAINING. To
	 * set O_NONBLOCK would change the owner's file, and a helper thread would hold the
	 * PCM for as long as the drain lasts. But the sleep ends at any signal and the
	 * DRAINING stays: so be interrupted, at once.
	 */
	r = interrupt_begin();
	if (r < 0)
		return r;
	r = pcm_ioctl(fd, SNDRV_PCM_IOCTL_DRAIN, NULL);
	interrupt_end();
	return r == -EAGAIN || r == -EINTR ? 0 : r;
}

int pcm_fd_drop(int fd)
{
	return pcm_ioctl(fd, SNDRV_PCM_IOCTL_DROP, NULL);
}
