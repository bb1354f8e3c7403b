// SPDX-License-Identifier: LGPL-2.1-or-later
#include "port/held-params.h"

#include <errno.h>
#include <limits.h>
#include <sound/asound.h>
#include <string.h>
#include <sys/ioctl.h>

#include "util/cleanup.h"

static struct snd_interval *interval(struct snd_pcm_hw_params *p, int param)
{
	return &p->intervals[param - SNDRV_PCM_HW_PARAM_FIRST_INTERVAL];
}

static struct snd_mask *mask(struct snd_pcm_hw_params *p, int param)
{
	return &p->masks[param - SNDRV_PCM_HW_PARAM_FIRST_MASK];
}

static void allow_all(struct snd_pcm_hw_params *p)
{
	*p = (struct snd_pcm_hw_params){ .rmask = UINT_MAX, .info = UINT_MAX };
	for (int i = SNDRV_PCM_HW_PARAM_FIRST_MASK; i <= SNDRV_PCM_HW_PARAM_LAST_MASK;
	     i++)
		memset(mask(p, i)->bits, 0xff, sizeof(mask(p, i)->bits));
	for (int i = SNDRV_PCM_HW_PARAM_FIRST_INTERVAL;
	     i <= SNDRV_PCM_HW_PARAM_LAST_INTERVAL; i++)
		*interval(p, i) = (struct snd_interval){ .max = UINT_MAX };
}

static void only(struct snd_mask *m, unsigned int bit)
{
	memset(m, 0, sizeof(*m));
	m->bits[bit / 32] = 1u << bit % 32;
}

/* What is left when @param also lies in [min, max]. @p stays as it is when nothing is. */
static int narrow(int fd, struct snd_pcm_hw_params *p, int param, unsigned int min,
		  unsigned int max)
{
	struct snd_pcm_hw_params try = *p;
	struct snd_interval *i = interval(&try, param);

	if (min > i->min || (min == i->min && !i->openmin)) {
		i->min = min;
		i->openmin = 0;
	}
	if (max < i->max || (max == i->max && !i->openmax)) {
		i->max = max;
		i->openmax = 0;
	}
	if (i->min > i->max)
		return -EINVAL;
	try.rmask = UINT_MAX;
	if (ioctl(fd, SNDRV_PCM_IOCTL_HW_REFINE, &try) < 0)
		return -errno;
	*p = try;
	return 0;
}

/* Exactly what was asked for; else the usual or what is nearest above it, or below. The kernel
 * takes the smallest of what is left. */
static int choose(int fd, struct snd_pcm_hw_params *p, int param, unsigned int wanted,
		  unsigned int usual)
{
	if (wanted)
		return narrow(fd, p, param, wanted, wanted);
	if (narrow(fd, p, param, usual, usual) >= 0 ||
	    narrow(fd, p, param, usual, UINT_MAX) >= 0)
		return 0;
	return narrow(fd, p, param, interval(p, param)->max, usual);
}

static int choose_format(int fd, struct snd_pcm_hw_params *p, const char *name)
{
	static const struct {
		const char *name;
		snd_pcm_format_t format;
	} known[] = {
		/* clang-format off */
		{ "S16_LE", SNDRV_PCM_FORMAT_S16_LE }, { "S16_BE", SNDRV_PCM_FORMAT_S16_BE },
		{ "S24_LE", SNDRV_PCM_FORMAT_S24_LE }, { "S24_BE", SNDRV_PCM_FORMAT_S24_BE },
		{ "S24_3LE", SNDRV_PCM_FORMAT_S24_3LE }, { "S24_3BE", SNDRV_PCM_FORMAT_S24_3BE },
		{ "S32_LE", SNDRV_PCM_FORMAT_S32_LE }, { "S32_BE", SNDRV_PCM_FORMAT_S32_BE },
		{ "FLOAT_LE", SNDRV_PCM_FORMAT_FLOAT_LE }, { "S8", SNDRV_PCM_FORMAT_S8 },
		{ "U8", SNDRV_PCM_FORMAT_U8 }, { "MU_LAW", SNDRV_PCM_FORMAT_MU_LAW },
		{ "A_LAW", SNDRV_PCM_FORMAT_A_LAW },
		/* clang-format on */
	};
	struct snd_pcm_hw_params try = *p;

	for (unsigned int i = 0; i < ARRAY_SIZE(known); i++) {
		/* the first is also the usual one */
		if (name[0] && strcmp(name, known[i].name))
			continue;
		only(mask(&try, SNDRV_PCM_HW_PARAM_FORMAT),
		     (unsigned int)known[i].format);
		try.rmask = UINT_MAX;
		if (ioctl(fd, SNDRV_PCM_IOCTL_HW_REFINE, &try) >= 0) {
			*p = try;
			return 0;
		}
		return name[0] ? -errno : 0; /* not the usual one: the kernel takes any */
	}
	return -EINVAL;
}

int held_set_params(int fd, const struct held_spec *spec)
{
	struct snd_pcm_hw_params p;
	int r;

	/* nobody reads or writes samples: any access is good */
	allow_all(&p);
	if (ioctl(fd, SNDRV_PCM_IOCTL_HW_REFINE, &p) < 0)
		return -errno;
	r = choose_format(fd, &p, spec->format);
	if (r >= 0)
		r = choose(fd, &p, SNDRV_PCM_HW_PARAM_CHANNELS, spec->channels, 2);
	if (r >= 0)
		r = choose(fd, &p, SNDRV_PCM_HW_PARAM_RATE, spec->rate, 48000);
	if (r < 0)
		return r;
	/* ten interrupts a second are enough; hardware that wants more gets them */
	narrow(fd, &p, SNDRV_PCM_HW_PARAM_PERIOD_TIME, 100000, UINT_MAX);
	p.rmask = UINT_MAX;
	return ioctl(fd, SNDRV_PCM_IOCTL_HW_PARAMS, &p) < 0 ? -errno : 0;
}
