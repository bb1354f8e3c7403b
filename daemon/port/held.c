// SPDX-License-Identifier: LGPL-2.1-or-later
#include "port/held.h"

#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"

struct held {
	snd_pcm_t *pcm;
	uint16_t device;
	uint16_t subdevice;
};

/* "hw:" needs no more than this; parsing all of alsa-lib's configuration takes longer than a
 * switch, and a resumed call waits for it. */
static const char hw_config[] = "pcm.hw {\n"
				" @args [ CARD DEV SUBDEV ]\n"
				" @args.CARD { type string default \"0\" }\n"
				" @args.DEV { type integer default 0 }\n"
				" @args.SUBDEV { type integer default -1 }\n"
				" type hw card $CARD device $DEV subdevice $SUBDEV\n"
				"}\n";

static int open_pcm(const struct held_spec *spec, snd_pcm_t **ret)
{
	const snd_pcm_stream_t stream =
		spec->capture ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK;
	snd_config_t *config;
	int r;

	if (strncmp(spec->pcm, "hw:", 3)) {
		r = snd_pcm_open(ret, spec->pcm, stream, SND_PCM_NONBLOCK);
		snd_config_update_free_global();
		return r;
	}
	r = snd_config_load_string(&config, hw_config, 0);
	if (r < 0)
		return r;
	r = snd_pcm_open_lconf(ret, spec->pcm, stream, SND_PCM_NONBLOCK, config);
	snd_config_delete(config);
	return r;
}

/* What was asked for; where nothing was, what the hardware has nearest to a call's usual. */
static int choose(snd_pcm_t *pcm, snd_pcm_hw_params_t *hw, const struct held_spec *spec)
{
	snd_pcm_format_t format = SND_PCM_FORMAT_S16_LE;
	unsigned int rate = spec->rate ? spec->rate : 48000;
	unsigned int channels = spec->channels ? spec->channels : 2;
	unsigned int period_us = 100000;
	int r, dir = 0;

	r = snd_pcm_hw_params_any(pcm, hw);
	if (r < 0)
		return r;
	/* nobody reads or writes samples: any access is good */
	if (spec->format[0]) {
		format = snd_pcm_format_value(spec->format);
		if (format == SND_PCM_FORMAT_UNKNOWN)
			return -EINVAL;
		r = snd_pcm_hw_params_set_format(pcm, hw, format);
	} else if (snd_pcm_hw_params_set_format(pcm, hw, format) < 0) {
		r = snd_pcm_hw_params_set_format_first(pcm, hw, &format);
	}
	if (r < 0)
		return r;
	r = spec->channels ? snd_pcm_hw_params_set_channels(pcm, hw, channels)
			   : snd_pcm_hw_params_set_channels_near(pcm, hw, &channels);
	if (r < 0)
		return r;
	r = spec->rate ? snd_pcm_hw_params_set_rate(pcm, hw, rate, 0)
		       : snd_pcm_hw_params_set_rate_near(pcm, hw, &rate, &dir);
	if (r < 0)
		return r;
	/* as few interrupts as may be; what is not accepted is not needed */
	dir = 0;
	snd_pcm_hw_params_set_period_time_near(pcm, hw, &period_us, &dir);
	return snd_pcm_hw_params(pcm, hw);
}

/* Never an xrun, for nobody feeds it; silence where the hardware reads the buffer after all. */
static int set_sw_params(snd_pcm_t *pcm, bool capture)
{
	snd_pcm_sw_params_t *sw;
	snd_pcm_uframes_t boundary;
	int r;

	snd_pcm_sw_params_alloca(&sw);
	r = snd_pcm_sw_params_current(pcm, sw);
	if (r < 0)
		return r;
	snd_pcm_sw_params_get_boundary(sw, &boundary);
	r = snd_pcm_sw_params_set_stop_threshold(pcm, sw, boundary);
	if (r >= 0 && !capture)
		r = snd_pcm_sw_params_set_silence_threshold(pcm, sw, 0);
	if (r >= 0 && !capture)
		r = snd_pcm_sw_params_set_silence_size(pcm, sw, boundary);
	return r < 0 ? r : snd_pcm_sw_params(pcm, sw);
}

static int start(struct held *h, const struct held_spec *spec, const char **step)
{
	snd_pcm_hw_params_t *hw;
	snd_pcm_info_t *info;
	int r;

	snd_pcm_info_alloca(&info);
	snd_pcm_hw_params_alloca(&hw);
	*step = "open";
	r = open_pcm(spec, &h->pcm);
	if (r >= 0)
		r = snd_pcm_info(h->pcm, info);
	if (r < 0)
		return r;
	h->device = (uint16_t)snd_pcm_info_get_device(info);
	h->subdevice = (uint16_t)snd_pcm_info_get_subdevice(info);

	/* snd_pcm_hw_params() prepares too; once the hardware is set up, that is what failed */
	*step = "hw_params";
	r = choose(h->pcm, hw, spec);
	if (r < 0) {
		if (snd_pcm_state(h->pcm) == SND_PCM_STATE_SETUP)
			*step = "prepare";
		return r;
	}
	r = set_sw_params(h->pcm, spec->capture);
	if (r < 0)
		return r;
	*step = "start";
	return snd_pcm_start(h->pcm);
}

static inline void held_closep(struct held **h)
{
	held_close(*h);
}

int held_open(const struct held_spec *spec, struct held **ret, const char **ret_step)
{
	_cleanup_(held_closep) struct held *h = calloc(1, sizeof(*h));
	const char *step = "open";
	int r;

	r = h ? start(h, spec, &step) : -ENOMEM;
	if (r < 0) {
		*ret_step = step;
		return r;
	}
	*ret = TAKE_PTR(h);
	return 0;
}

struct held *held_close(struct held *h)
{
	if (!h)
		return NULL;
	if (h->pcm) {
		/* close alone would drain a playback stream in blocking mode */
		snd_pcm_drop(h->pcm);
		snd_pcm_close(h->pcm);
	}
	free(h);
	return NULL;
}

enum pcm_state held_state(struct held *h)
{
	static const enum pcm_state state[] = {
		[SND_PCM_STATE_OPEN] = PCM_OPEN,
		[SND_PCM_STATE_SETUP] = PCM_SETUP,
		[SND_PCM_STATE_PREPARED] = PCM_PREPARED,
		[SND_PCM_STATE_RUNNING] = PCM_RUNNING,
		[SND_PCM_STATE_XRUN] = PCM_XRUN,
		[SND_PCM_STATE_DRAINING] = PCM_DRAINING,
		[SND_PCM_STATE_PAUSED] = PCM_PAUSED,
		[SND_PCM_STATE_SUSPENDED] = PCM_SUSPENDED,
		[SND_PCM_STATE_DISCONNECTED] = PCM_DISCONNECTED,
	};
	int s = snd_pcm_state(h->pcm);

	return s >= 0 && (unsigned int)s < ARRAY_SIZE(state) ? state[s]
							     : PCM_DISCONNECTED;
}

void held_id(struct held *h, uint16_t *ret_device, uint16_t *ret_subdevice)
{
	*ret_device = h->device;
	*ret_subdevice = h->subdevice;
}
