/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parameters of a copied PCM: what the hardware can, told in the words of an ioplug, and
 * what the application chose, set on the hardware.
 */
#include <errno.h>
#include <stdlib.h>

#include "copy.h"
#include "util/cleanup.h"

/* Clamp to what an ioplug parameter can say. */
static unsigned int to_uint(unsigned long long v)
{
	return v > INT32_MAX ? INT32_MAX : (unsigned int)v;
}

int copy_constrain(struct copy *c, snd_pcm_hw_params_t *any)
{
	static const unsigned int access[] = { SND_PCM_ACCESS_RW_INTERLEAVED,
					       SND_PCM_ACCESS_MMAP_INTERLEAVED };
	unsigned int formats[SND_PCM_FORMAT_LAST + 1], n = 0, min, max,
						       min_bits = UINT32_MAX;
	unsigned int min_channels, frame;
	snd_pcm_uframes_t fmin, fmax;
	int r;

	for (int f = 0; f <= SND_PCM_FORMAT_LAST; f++)
		if (snd_pcm_hw_params_test_format(c->hw, any, (snd_pcm_format_t)f) == 0) {
			int bits = snd_pcm_format_physical_width((snd_pcm_format_t)f);

			if (bits < 8 || bits % 8)
				continue; /* no whole bytes to copy */
			formats[n++] = (unsigned int)f;
			min_bits = (unsigned int)bits < min_bits ? (unsigned int)bits
								 : min_bits;
		}
	if (n == 0)
		return -ENOTSUP;
	if ((r = snd_pcm_ioplug_set_param_list(&c->io, SND_PCM_IOPLUG_HW_ACCESS,
					       ARRAY_SIZE(access), access)) < 0 ||
	    (r = snd_pcm_ioplug_set_param_list(&c->io, SND_PCM_IOPLUG_HW_FORMAT, n,
					       formats)) < 0)
		return r;

	snd_pcm_hw_params_get_channels_min(any, &min_channels);
	snd_pcm_hw_params_get_channels_max(any, &max);
	r = snd_pcm_ioplug_set_param_minmax(&c->io, SND_PCM_IOPLUG_HW_CHANNELS,
					    min_channels, to_uint(max));
	if (r < 0)
		return r;
	snd_pcm_hw_params_get_rate_min(any, &min, NULL);
	snd_pcm_hw_params_get_rate_max(any, &max, NULL);
	r = snd_pcm_ioplug_set_param_minmax(&c->io, SND_PCM_IOPLUG_HW_RATE, min,
					    to_uint(max));
	if (r < 0)
		return r;
	snd_pcm_hw_params_get_periods_min(any, &min, NULL);
	snd_pcm_hw_params_get_periods_max(any, &max, NULL);
	r = snd_pcm_ioplug_set_param_minmax(&c->io, SND_PCM_IOPLUG_HW_PERIODS,
					    min < 2 ? 2 : min, to_uint(max));
	if (r < 0)
		return r;
	/* hw gives these in frames of any size; its limits are in bytes. */
	frame = min_bits / 8 * min_channels;
	snd_pcm_hw_params_get_period_size_min(any, &fmin, NULL);
	snd_pcm_hw_params_get_period_size_max(any, &fmax, NULL);
	r = snd_pcm_ioplug_set_param_minmax(&c->io, SND_PCM_IOPLUG_HW_PERIOD_BYTES,
					    to_uint((unsigned long long)fmin * frame),
					    to_uint((unsigned long long)fmax * frame));
	if (r < 0)
		return r;
	snd_pcm_hw_params_get_buffer_size_min(any, &fmin);
	snd_pcm_hw_params_get_buffer_size_max(any, &fmax);
	return snd_pcm_ioplug_set_param_minmax(&c->io, SND_PCM_IOPLUG_HW_BUFFER_BYTES,
					       to_uint((unsigned long long)fmin * frame),
					       to_uint((unsigned long long)fmax * frame));
}

int copy_set_hw_params(struct copy *c, snd_pcm_hw_params_t *params)
{
	snd_pcm_uframes_t want_buffer, want_period;
	snd_pcm_hw_params_t *hwp;
	snd_pcm_access_t access, hw_access;
	snd_pcm_format_t format;
	unsigned int channels, rate;
	int r;

	snd_pcm_hw_params_alloca(&hwp);
	if (snd_pcm_hw_params_get_access(params, &access) < 0 ||
	    snd_pcm_hw_params_get_format(params, &format) < 0 ||
	    snd_pcm_hw_params_get_channels(params, &channels) < 0 ||
	    snd_pcm_hw_params_get_rate(params, &rate, NULL) < 0 ||
	    snd_pcm_hw_params_get_period_size(params, &c->period_size, NULL) < 0 ||
	    snd_pcm_hw_params_get_buffer_size(params, &c->buffer_size) < 0)
		return -EINVAL;
	want_period = c->period_size;
	want_buffer = c->buffer_size;

	r = snd_pcm_hw_params_any(c->hw, hwp);
	if (r < 0)
		return r;
	hw_access = access;
	if (snd_pcm_hw_params_set_access(c->hw, hwp, hw_access) < 0) {
		hw_access = SND_PCM_ACCESS_RW_INTERLEAVED;
		r = snd_pcm_hw_params_set_access(c->hw, hwp, hw_access);
		if (r < 0)
			return r;
	}
	if ((r = snd_pcm_hw_params_set_format(c->hw, hwp, format)) < 0 ||
	    (r = snd_pcm_hw_params_set_channels(c->hw, hwp, channels)) < 0 ||
	    (r = snd_pcm_hw_params_set_rate(c->hw, hwp, rate, 0)) < 0 ||
	    (r = snd_pcm_hw_params_set_period_size_near(c->hw, hwp, &c->period_size,
							NULL)) < 0 ||
	    (r = snd_pcm_hw_params_set_buffer_size_near(c->hw, hwp, &c->buffer_size)) <
		    0 ||
	    (r = snd_pcm_hw_params(c->hw, hwp)) < 0)
		return r;
	if (c->period_size != want_period || c->buffer_size != want_buffer) {
		/* Hardware with a grid that an ioplug cannot express: say what it became. */
		if (hw_access != access)
			return -EINVAL;
		snd_pcm_hw_params_copy(params, hwp);
	}

	c->hw_mmap = hw_access == SND_PCM_ACCESS_MMAP_INTERLEAVED;
	c->frame_bytes =
		(unsigned int)snd_pcm_format_physical_width(format) * channels / 8;
	r = copy_ring_alloc(c);
	if (r < 0)
		return r;
	copy_forget_frames(c);
	return 0;
}

int copy_set_sw_params(struct copy *c, snd_pcm_sw_params_t *params)
{
	snd_pcm_uframes_t boundary, hw_boundary, value;
	snd_pcm_sw_params_t *hws;
	int r;

	snd_pcm_sw_params_alloca(&hws);
	r = snd_pcm_sw_params_current(c->hw, hws);
	if (r < 0)
		return r;
	snd_pcm_sw_params_get_boundary(params, &boundary);
	snd_pcm_sw_params_get_boundary(hws, &hw_boundary);
	c->boundary = boundary;

	/* When to start is ours to say, because only we know of a rest. */
	r = snd_pcm_sw_params_set_start_threshold(c->hw, hws, hw_boundary);
	if (r < 0)
		return r;
	snd_pcm_sw_params_get_stop_threshold(params, &value);
	r = snd_pcm_sw_params_set_stop_threshold(c->hw, hws,
						 value >= boundary ? hw_boundary : value);
	if (r < 0)
		return r;
	snd_pcm_sw_params_get_avail_min(params, &value);
	r = snd_pcm_sw_params_set_avail_min(c->hw, hws, value);
	if (r < 0)
		return r;
	c->avail_min = value > 0 ? value : 1;
	if (!c->capture) {
		snd_pcm_sw_params_get_silence_threshold(params, &value);
		(void)snd_pcm_sw_params_set_silence_threshold(c->hw, hws, value);
		snd_pcm_sw_params_get_silence_size(params, &value);
		(void)snd_pcm_sw_params_set_silence_size(
			c->hw, hws, value >= boundary ? hw_boundary : value);
	}
	return snd_pcm_sw_params(c->hw, hws);
}
