/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shared by the files of the ALSA PCM `tacet`.
 */
#ifndef TACET_PLUGIN_PLUGIN_H
#define TACET_PLUGIN_PLUGIN_H

#include <stdbool.h>

#include <alsa/asoundlib.h>
#include <alsa/pcm_plugin.h>

#include "lease-client.h"

/* The descriptor of a `hw` PCM, or a negative errno. */
int plugin_hw_fd(snd_pcm_t *hw);

/**
 * direct_wrap() - let the application talk to @hw, and lease it while it has hw_params
 * @hw: taken over, also on failure
 */
int direct_wrap(snd_pcm_t **ret, const char *name, snd_pcm_t *hw,
		const struct lease_conf *conf);

/**
 * copy_wrap() - stand between the application and @hw, and hide what a switch does to it
 * @hw: taken over, also on failure but for -ENOTSUP
 *
 * Return: 0, -ENOTSUP for hardware without interleaved access, or another negative errno.
 */
int copy_wrap(snd_pcm_t **ret, const char *name, snd_pcm_t *hw, snd_pcm_stream_t stream,
	      int mode, const struct lease_conf *conf);

#endif
