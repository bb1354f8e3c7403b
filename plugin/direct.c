/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hardware that can PAUSE: the application keeps hw's own mmap, poll and timing, without a
 * copy. tacetd pauses the stream through its duplicate of the file; a writer sees a device
 * that is slow for a moment.
 *
 * What the application does by itself meanwhile goes straight to the hardware: a drain or a
 * drop releases the pause and triggers the back ends within the rest.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "plugin.h"
#include "util/cleanup.h"

struct direct {
	struct lease_conf conf;
	int hw_fd;
	int conn;
};

int plugin_hw_fd(snd_pcm_t *hw)
{
	/* The second one is a timer, and only there when asked for. */
	struct pollfd pfd[2] = { { .fd = -1 }, { .fd = -1 } };
	int n = snd_pcm_poll_descriptors_count(hw);

	if (n < 1 || n > 2)
		return -EIO;
	n = snd_pcm_poll_descriptors(hw, pfd, (unsigned int)n);
	return n < 1 || pfd[0].fd < 0 ? -EIO : pfd[0].fd;
}

static void direct_leave(struct direct *d)
{
	if (d->conn >= 0)
		lease_client_leave(&d->conf, d->conn);
	d->conn = -1;
}

static int direct_hw_params(snd_pcm_hook_t *hook)
{
	struct direct *d = snd_pcm_hook_get_private(hook);
	int r;

	direct_leave(d);
	d->conn = lease_client_offer(&d->conf, LEASE_DIRECT, d->hw_fd);
	if (d->conn < 0)
		return 0;
	/* On a time-out the offer stands: the grant may come while the stream plays. */
	r = lease_client_wait(d->conn, LEASE_GRANT, d->conf.grant_ms);
	if (r < 0 && r != -ETIMEDOUT) {
		close(d->conn);
		d->conn = -1;
	}
	return 0;
}

static int direct_hw_free(snd_pcm_hook_t *hook)
{
	direct_leave(snd_pcm_hook_get_private(hook));
	return 0;
}

static int direct_close(snd_pcm_hook_t *hook)
{
	struct direct *d = snd_pcm_hook_get_private(hook);

	direct_leave(d);
	free(d);
	return 0;
}

int direct_wrap(snd_pcm_t **ret, const char *name, snd_pcm_t *hw,
		const struct lease_conf *conf)
{
	static const struct {
		snd_pcm_hook_type_t type;
		snd_pcm_hook_func_t func;
	} hooks[] = {
		/* CLOSE first: once it is there, closing the PCM frees @d. */
		{ SND_PCM_HOOK_TYPE_CLOSE, direct_close },
		{ SND_PCM_HOOK_TYPE_HW_PARAMS, direct_hw_params },
		{ SND_PCM_HOOK_TYPE_HW_FREE, direct_hw_free },
	};
	snd_pcm_hook_t *hook;
	struct direct *d;
	snd_pcm_t *pcm;
	int r;

	d = calloc(1, sizeof(*d));
	r = d ? plugin_hw_fd(hw) : -ENOMEM;
	if (r >= 0) {
		d->conf = *conf;
		d->conn = -1;
		d->hw_fd = r;
		r = snd_pcm_hooks_open(&pcm, name, hw, 1);
	}
	if (r < 0) {
		free(d);
		snd_pcm_close(hw);
		return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		r = snd_pcm_hook_add(&hook, pcm, hooks[i].type, hooks[i].func, d);
		if (r < 0) {
			if (i == 0)
				free(d);
			snd_pcm_close(pcm);
			return r;
		}
	}
	*ret = pcm;
	return 0;
}
