/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual phone: what its files share
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * Protection, by the letter in front of a field:
 *
 *  I: set when the card is built, constant afterwards
 *  L: phone->lock, a spinlock taken in interrupt context (the "hardware" bus)
 *  P: the PCM core: callbacks of one substream between open and close exclude each other
 *  R: log->readers, a mutex; L too where it says LR
 *
 * phone->lock nests inside every lock of ALSA and ASoC; it is not held while calling
 * them.
 */
#ifndef TACET_PHONE_H
#define TACET_PHONE_H

#include <linux/debugfs.h>
#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <sound/core.h>
#include <sound/jack.h>
#include <sound/pcm.h>
#include <sound/soc.h>

#include "../compat.h"
#include "log.h"

#define TP_DRIVER	"tacet-phone"
#define TP_CODEC_DRIVER "tacet-phone-codec"
#define TP_CARD		"TacetPhone"

#define TP_MAX_FES  64
#define TP_MAX_BES  64
#define TP_MAX_RATE 192000

/* Frames that are moved at once; the longest record of a log follows from it. */
#define TP_PIECE 512

/* The longest time between two looks at a running stream. */
#define TP_TICK_NS (10 * NSEC_PER_MSEC)

/* How long a BE may lag behind its running FE before it counts as silent, or late. */
#define TP_SILENT_NS (20 * NSEC_PER_MSEC)

/* How long a compress FE waits for a BE at its start; the core triggers BEs after it. */
#define TP_ARMED_NS (50 * NSEC_PER_MSEC)

struct tp_phone;
struct tp_plan;
struct tp_fe;

/**
 * struct tp_stream - one direction of one FE: a buffer, a clock, a position
 * @timer:	   the "DMA interrupt"
 * @elapsed_work:  tells the PCM core of periods where no interrupt may
 * @frames:	   position, frames since prepare; only moves while @running
 * @start_frame:   @frames when the clock was last started
 * @start_ns:	   CLOCK_MONOTONIC of that
 * @look_ns:	   CLOCK_MONOTONIC of the last look at the clock
 * @seen:	   @frames when the PCM core last asked
 * @acked:	   periods (fragments) that the core was told about
 * @starts:	   how often the stream began to run; detects a start behind one's back
 * @runs_on:	   stopped, but the hardware goes on (misbehaviour)
 * @silent_since:  per BE: since when it is silent and should not be, 0 = it is not
 * @writes:	   per BE: calls under way that write the route between the two
 */
struct tp_stream {
	struct tp_phone *phone;		     /* I */
	struct tp_fe *fe;		     /* I */
	int direction;			     /* I */
	struct hrtimer timer;		     /* L */
	struct work_struct elapsed_work;     /* I */
	struct snd_pcm_substream *substream; /* LP: NULL if closed */
	struct snd_pcm_runtime *runtime;     /* LP */
	struct snd_compr_stream *compr;	     /* LP: NULL if closed */
	u8 *area;			     /* LP */
	u32 buffer;			     /* LP: frames */
	u32 period;			     /* LP: frames */
	u32 rate;			     /* LP */
	u16 channels;			     /* LP */
	u16 sample_bytes;		     /* LP */
	u32 generation;			     /* L */
	u32 starts;			     /* L */
	bool running;			     /* L */
	bool runs_on;			     /* L */
	bool draining;			     /* L: compress */
	bool armed;			     /* L: compress, waits for its BE */
	u64 written;			     /* L: compress, frames */
	u64 frames;			     /* L */
	u64 start_frame;		     /* L */
	u64 start_ns;			     /* L */
	u64 look_ns;			     /* L */
	u64 seen;			     /* L */
	u64 acked;			     /* L */
	u64 appl_base;			     /* L: position at which appl_ptr was 0 */
	u64 armed_ns;			     /* L */
	u64 heard;			     /* L */
	u64 unheard;			     /* L */
	u64 *silent_since;		     /* L: [phone->num_bes] */
	u16 *writes;			     /* L: [phone->num_bes] */
};

enum tp_fe_flags {
	TP_FE_HOSTLESS = BIT(0),
	TP_FE_NONATOMIC = BIT(1),
	TP_FE_COMPRESS = BIT(2),
};

/**
 * struct tp_fe - front end: one PCM device
 */
struct tp_fe {
	struct tp_phone *phone;
	const char *name;
	unsigned int id;    /* PCM device, index in phone->fes */
	unsigned int flags; /* TP_FE_* */
	bool has[2];	    /* by direction */
	struct tp_stream stream[2];
};

/* A ring of records, the oldest give way. */
struct tp_log {
	struct mutex readers; /* one reader takes at a time; guards the allocation too */
	wait_queue_head_t wait;
	u8 *ring;	   /* L, allocated when first needed and never moved */
	u32 size;	   /* I, power of two */
	u64 head;	   /* L: bytes ever written */
	u64 tail;	   /* L: bytes ever taken or lost */
	u32 seq;	   /* L */
	u32 lost_in_front; /* L: records that were lost before the one at @tail */
	u64 losses;	   /* L */
};

/* The last seconds of the mix, on the card's time axis. */
struct tp_mix {
	s16 *ring;  /* L, stereo */
	u32 frames; /* I */
	u64 head;   /* L: first frame not yet cleared */
};

enum tp_be_state {
	TP_BE_CLOSED,
	TP_BE_OPEN,
	TP_BE_HW_PARAMS,
	TP_BE_PREPARED,
	TP_BE_TRIGGERED,
	TP_BE_PAUSED,
	TP_BE_STOPPED,
};

/**
 * struct tp_be - back end
 * @source: for capture: its item in the enumerated controls, from 1
 */
struct tp_be {
	struct tp_phone *phone;	  /* I */
	const char *name;	  /* I */
	unsigned int id;	  /* I: index in phone->bes */
	int direction;		  /* I */
	unsigned int source;	  /* I */
	u32 rate;		  /* I */
	enum tp_be_state state;	  /* L */
	bool triggered;		  /* L */
	u64 routes;		  /* L: playback, one bit per FE */
	u64 starts, stops, heard; /* L */
	int volume;		  /* L: 0..100 */
	bool on;		  /* L */
	struct tp_log log;
	struct tp_mix mix;
};

/* What is counted; all of them only grow, until reset. Their names are in debugfs.c. */
enum tp_counter {
	TP_ROUTE_WRITES,
	TP_ROUTE_WRITES_RUNNING,
	TP_ROUTE_WRITES_SHARED,
	TP_BE_DOUBLE_START,
	TP_BE_STRAY_STOP,
	TP_BE_HW_FREE_TRIGGERED,
	TP_BE_CLOSE_TRIGGERED,
	TP_BE_SILENT,
	TP_BE_LATE,
	TP_RUNTIME_AFTER_FREE,
	TP_RUNTIME_NULL,
	TP_FE_FRAMES,
	TP_FE_UNHEARD_FRAMES,
	TP_FE_UNDERRUN_FRAMES,
	TP_BE_FRAMES,
	TP_LOG_LOST,
	TP_DMA_LATE,
	TP_NUM_COUNTERS
};

/**
 * struct tp_phone - one card
 */
struct tp_phone {
	struct device *dev;	  /* I */
	u8 index;		  /* I */
	struct snd_soc_card card; /* I */
	struct tp_plan *plan;	  /* I: what topology.c made */
	char id[16];		  /* I */
	spinlock_t lock;
	struct tp_fe *fes;	       /* I */
	struct tp_be *bes;	       /* I */
	unsigned int num_fes;	       /* I */
	unsigned int num_bes;	       /* I */
	unsigned int num_sources;      /* I: capture BEs */
	const char **sources;	       /* I: "None" and the capture BEs' names */
	struct tp_be *modem_up;	       /* I */
	struct tp_be *modem_down;      /* I */
	u64 epoch_ns;		       /* L: 0 = nothing was heard yet */
	u64 counters[TP_NUM_COUNTERS]; /* L */
	u8 source[TP_MAX_FES];	       /* L: capture FEs' mux */
	u32 piece[TP_PIECE * 2];       /* L: what the DSP makes */
	struct snd_soc_jack headphones, headset; /* I */
	struct dentry *debugfs;			 /* I */
	bool gone;				 /* L */
};

static inline struct tp_phone *tp_from_card(struct snd_soc_card *card)
{
	return snd_soc_card_get_drvdata(card);
}

static inline struct tp_phone *tp_from_component(struct snd_soc_component *component)
{
	return tp_from_card(component->card);
}

/* Caller holds phone->lock. */
static inline void tp_count(struct tp_phone *phone, enum tp_counter which, u64 n)
{
	lockdep_assert_held(&phone->lock);
	phone->counters[which] += n;
}

/* params.c: module parameters and misbehaviour */
enum tp_fail {
	TP_FAIL_OPEN,
	TP_FAIL_HW_PARAMS,
	TP_FAIL_PREPARE,
	TP_FAIL_TRIGGER,
};

bool tp_fail(enum tp_fail what, bool be);
void tp_delay_trigger(void);
void tp_delay_prepare(void);
void tp_delay_control(void);
bool tp_no_pause(void);
bool tp_ptr_stuck(void);
bool tp_ptr_runs_on(void);
bool tp_drain_never_ends(void);
unsigned int tp_param_cards(void);
unsigned int tp_param_fes(void);
unsigned int tp_param_bes(void);
u64 tp_param_slack_ns(void);
u32 tp_param_log_bytes(void);
u32 tp_param_pcm_seconds(void);

/* model.c: what all cards of this load have */
struct tp_fe_model {
	char name[16];
	unsigned int flags; /* TP_FE_* */
	bool playback, capture;
};

struct tp_be_model {
	char name[16];
	int direction;
	u32 rate;
};

struct tp_model {
	struct tp_fe_model fes[TP_MAX_FES];
	struct tp_be_model bes[TP_MAX_BES];
	unsigned int num_fes, num_bes;
};

extern struct tp_model tp_model;
void tp_model_init(void);

/* codec.c */
#define TP_BE_CODEC "%s Codec"
#define TP_FE_CODEC "Host Codec"
extern struct platform_driver tp_codec_driver;

/* topology.c: DAIs, links, widgets, routes */
int tp_topology_register(struct tp_phone *phone);
int tp_topology_probe(struct snd_soc_component *component);
int tp_topology_links(struct tp_phone *phone);
struct snd_soc_pcm_stream tp_stream_caps(const char *name);
const char *tp_direction_name(int direction);

/* controls.c */
unsigned int tp_component_read(struct snd_soc_component *component, unsigned int reg);
int tp_component_write(struct snd_soc_component *component, unsigned int reg,
		       unsigned int val);
int tp_route_put_switch(struct snd_kcontrol *kcontrol, struct snd_ctl_elem_value *value);
int tp_route_put_source(struct snd_kcontrol *kcontrol, struct snd_ctl_elem_value *value);
int tp_controls_add(struct tp_phone *phone);
int tp_gain(int volume);

/* Registers of the routes: two words of switches per BE, then a word per FE's source. */
#define TP_REG_SWITCH(be, fe) (2 * (be) + (fe) / 32)
#define TP_REG_SOURCE(fe)     (TP_MAX_BES * 2 + (fe))

/* stream.c: clocks and positions */
int tp_stream_init(struct tp_stream *s);
void tp_stream_start(struct tp_stream *s, u64 now);
void tp_stream_freeze(struct tp_stream *s);
void tp_stream_advance(struct tp_stream *s, u64 now);
void tp_stream_sync_all(struct tp_phone *phone);
void tp_stream_quiesce(struct tp_stream *s);

/* fe.c: the FE's PCM operations */
extern const struct snd_soc_component_driver tp_pcm_driver;

/* compress.c */
extern const struct snd_compress_ops tp_compress_ops;

/* be.c */
extern const struct snd_soc_dai_ops tp_be_dai_ops;
int tp_be_fixup(struct snd_soc_pcm_runtime *rtd, struct snd_pcm_hw_params *params);
const char *tp_be_state_name(enum tp_be_state state);

/* dma.c: carries frames; the caller holds phone->lock */
void tp_dma_move(struct tp_stream *s, u32 frames);
void tp_dma_judge(struct tp_stream *s, u64 now);

/* log.c */
void tp_log_init(struct tp_be *be);
int tp_log_alloc(struct tp_be *be);
void tp_log_free(struct tp_be *be);
void tp_log_append(struct tp_be *be, const struct tp_stream *s, const void *samples,
		   u32 frames, u64 fe_frame, unsigned int flags);
void tp_log_reset(struct tp_be *be);
extern const struct file_operations tp_log_fops;

/* mix.c */
void tp_mix_init(struct tp_be *be);
int tp_mix_alloc(struct tp_be *be);
u64 tp_mix_frame(const struct tp_be *be, const struct tp_stream *s, u64 fe_frame);
void tp_mix_free(struct tp_be *be);
void tp_mix_add(struct tp_be *be, const struct tp_stream *s, const void *samples,
		u32 frames, u64 fe_frame, const struct tp_be *source);
void tp_mix_reset(struct tp_be *be);
extern const struct file_operations tp_mix_fops;

/* debugfs.c */
void tp_debugfs_init(void);
void tp_debugfs_exit(void);
void tp_debugfs_add(struct tp_phone *phone);
void tp_debugfs_remove(struct tp_phone *phone);

#endif
