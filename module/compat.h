/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the kernels from 5.10 to 7.2 differ: the only file that asks for a version
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * Code is written for the newest kernel; this file teaches older ones its words.
 */
#ifndef TACET_COMPAT_H
#define TACET_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/platform_device.h>
#include <linux/version.h>
#include <media/media-device.h>
#include <media/media-request.h>
#include <sound/jack.h>
#include <sound/pcm.h>
#include <sound/soc.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define snd_soc_rtd_to_cpu(rtd, n)	    asoc_rtd_to_cpu(rtd, n)
#define snd_soc_substream_to_rtd(substream) asoc_substream_to_rtd(substream)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* The state of a stream; 6.1 took it out of the page that user space maps. */
static inline snd_pcm_state_t tacet_pcm_state(const struct snd_pcm_runtime *runtime)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
	return READ_ONCE(runtime->status->state);
#else
	return READ_ONCE(runtime->state);
#endif
}

/* The core allocates the buffers of all substreams, in virtual memory. */
static inline int tacet_pcm_managed_buffers(struct snd_pcm *pcm)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 12, 0)
	snd_pcm_set_managed_buffer_all(pcm, SNDRV_DMA_TYPE_VMALLOC, NULL, 0, 0);
	return 0;
#else
	return snd_pcm_set_managed_buffer_all(pcm, SNDRV_DMA_TYPE_VMALLOC, NULL, 0, 0);
#endif
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define snd_soc_component_to_dapm(component) snd_soc_component_get_dapm(component)
#endif

/* The component that a route's control belongs to. */
static inline struct snd_soc_component *
tacet_route_component(struct snd_kcontrol *kcontrol)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
	return snd_soc_dapm_kcontrol_component(kcontrol);
#else
	return snd_soc_dapm_kcontrol_to_component(kcontrol);
#endif
}

static inline int tacet_card_jack_new(struct snd_soc_card *card, const char *id, int type,
				      struct snd_soc_jack *jack)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 19, 0)
	int err = snd_soc_card_jack_new(card, id, type, jack, NULL, 0);

	/* It made a control only for pins, which would also switch DAPM. */
	return err ? err : snd_jack_add_new_kctl(jack->jack, id, type);
#else
	return snd_soc_card_jack_new(card, id, type, jack);
#endif
}

/* One direction of a DPCM link; newer kernels know it from the DAIs alone. */
static inline void tacet_link_direction(struct snd_soc_dai_link *link, bool playback,
					bool capture)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	link->dpcm_playback = playback;
	link->dpcm_capture = capture;
#endif
	link->playback_only = playback && !capture;
	link->capture_only = capture && !playback;
}

/* A switch of one channel. */
static inline void tacet_mixer_control_set(struct soc_mixer_control *mc, unsigned int reg,
					   unsigned int shift)
{
	mc->reg = reg;
	mc->rreg = reg;
	mc->shift = shift;
	mc->rshift = shift;
	mc->max = 1;
	mc->platform_max = 1;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	mc->num_channels = 1;
#endif
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define TACET_PCM_NEW pcm_construct
#else
#define TACET_PCM_NEW pcm_new
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 19, 0)
/* Before, a component had to say that its DAIs are named as written. */
#define TACET_DAI_NAMING .non_legacy_dai_naming = 1
#else
#define TACET_DAI_NAMING .legacy_dai_naming = 0
#endif

/* Makes an FE's DAI a compress device. */
static inline void tacet_dai_set_compress(struct snd_soc_dai_driver *dai)
{
#if IS_ENABLED(CONFIG_SND_SOC_COMPRESS)
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
	dai->compress_new = snd_soc_new_compress;
#else
	static const struct snd_soc_dai_ops ops = { .compress_new =
							    snd_soc_new_compress };

	dai->ops = &ops;
#endif
#endif
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define snd_compr_tstamp64 snd_compr_tstamp
#endif

/* The kernel's series, e.g. 6.1, to be compared with TACET_SERIES(6, 1). */
#define TACET_KERNEL_SERIES (LINUX_VERSION_CODE >> 8)
#define TACET_SERIES(major, minor) (((major) << 8) + (minor))

/*
 * tacet_dpcm: up to 5.16, DPCM runs under card->mutex, its lists change under card->dpcm_lock,
 * and BEs are triggered without a lock of theirs; since 5.17 it is card->pcm_mutex and the
 * stream locks.
 */
#define TACET_DPCM_OLD_LOCKS (LINUX_VERSION_CODE < KERNEL_VERSION(5, 17, 0))

/* Compress FEs are opened and triggered beside card->pcm_mutex. */
#define TACET_COMPRESS (IS_ENABLED(CONFIG_SND_SOC_COMPRESS) && !TACET_DPCM_OLD_LOCKS)

/* BEs are added to an FE by a function of their own, no longer together with pruning. */
#define TACET_DPCM_ADD_PATHS (LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0))

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define tacet_pcm_subclass(card) ((card)->pcm_subclass)
#else
#define tacet_pcm_subclass(card) 0
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0)
#define tacet_num_cpus(rtd)	       ((rtd)->num_cpus)
#define tacet_component_chaining(card) false
#else
#define tacet_num_cpus(rtd)	       ((rtd)->dai_link->num_cpus)
#define tacet_component_chaining(card) ((card)->component_chaining)
#endif

/* What an FE that fails to open leaves behind. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define tacet_fe_forget_runtime(fe, stream) ((fe)->dpcm[stream].runtime = NULL)
#else
#define tacet_fe_forget_runtime(fe, stream) \
	do {                                \
	} while (0)
#endif

/* An ftrace handler that changes where to go on. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define tacet_ftrace_regs	      struct pt_regs
#define tacet_ftrace_set_ip(regs, ip) instruction_pointer_set(regs, ip)
#define TACET_FTRACE_FLAGS                                                            \
	(FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT | \
	 FTRACE_OPS_FL_RECURSION_SAFE)
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define tacet_ftrace_regs	      struct ftrace_regs
#define tacet_ftrace_set_ip(regs, ip) instruction_pointer_set(ftrace_get_regs(regs), ip)
#define TACET_FTRACE_FLAGS \
	(FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT)
#else
#define tacet_ftrace_regs	      struct ftrace_regs
#define tacet_ftrace_set_ip(regs, ip) ftrace_regs_set_instruction_pointer(regs, ip)
#define TACET_FTRACE_FLAGS	      (FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT)
#endif

/* tacet_media: requests were an option up to 6.1, and are always there in 6.12. */
#define TACET_MEDIA_REQUESTS                                  \
	(IS_ENABLED(CONFIG_MEDIA_CONTROLLER_REQUEST_API) ||    \
	 LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0))

/* Objects of a request that know their media device. */
#if TACET_MEDIA_REQUESTS
static inline void tacet_request_objects_move(struct media_request *request,
					      struct media_device *mdev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	struct media_request_object *object;
	unsigned long flags;

	spin_lock_irqsave(&request->lock, flags);
	list_for_each_entry(object, &request->objects, list)
		object->mdev = mdev;
	spin_unlock_irqrestore(&request->lock, flags);
#endif
}
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define tacet_assign_str(field, text) __assign_str(field, text)
#else
#define tacet_assign_str(field, text) __assign_str(field)
#endif

#endif
