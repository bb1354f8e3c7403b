// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stream's clock: the position follows the real time that elapsed while it ran
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * The position moves in three places, always under phone->lock: in the timer's interrupt,
 * in the pointer callback, and right before anything changes that decides who hears the
 * frames (a BE's trigger, a route). So every frame is given to exactly those BEs that
 * were routed and triggered at its time. STOP and PAUSE freeze the position where the PCM
 * core saw it last.
 */
#include <linux/math64.h>
#include <linux/module.h>
#include <sound/compress_driver.h>

#include "phone.h"

static void tp_stream_restart_clock(struct tp_stream *s, u64 now)
{
	s->start_frame = s->frames;
	s->start_ns = now;
	s->look_ns = now;
}

/*
 * Somebody looks at least every TP_TICK_NS. If not, the (virtual) machine stood still, and
 * that much time did not pass for its hardware either.
 */
static void tp_stream_forgive(struct tp_stream *s, u64 now)
{
	u64 slack = tp_param_slack_ns();

	if (slack && now > s->look_ns + slack) {
		s->start_ns += now - s->look_ns - slack;
		tp_count(s->phone, TP_DMA_LATE, 1);
	}
	s->look_ns = now;
}

/* Frames that the clock says are due since the position last moved. */
static u64 tp_stream_due(const struct tp_stream *s, u64 now)
{
	u64 target;

	if (now <= s->start_ns)
		return 0;
	target = s->start_frame +
		 mul_u64_u32_div(now - s->start_ns, s->rate, NSEC_PER_SEC);
	return target > s->frames ? target - s->frames : 0;
}

/* Frames that may still move, for what stops before its data ends. */
static u64 tp_stream_limit(const struct tp_stream *s)
{
	if (s->compr) {
		u64 rest = s->written - s->frames;

		return s->draining && rest && tp_drain_never_ends() ? rest - 1 : rest;
	}
	if (s->direction == SNDRV_PCM_STREAM_PLAYBACK && tp_drain_never_ends() &&
	    tacet_pcm_state(s->runtime) == SNDRV_PCM_STATE_DRAINING) {
		u64 end = s->appl_base + READ_ONCE(s->runtime->control->appl_ptr);

		return end > s->frames ? end - s->frames - 1 : 0;
	}
	return U64_MAX;
}

/**
 * tp_stream_advance - move the position to where it is at @now
 * @s:	 stream
 * @now: CLOCK_MONOTONIC
 *
 * Does not tell the PCM core about periods; the timer will. Caller holds phone->lock.
 */
void tp_stream_advance(struct tp_stream *s, u64 now)
{
	u64 due, limit;

	lockdep_assert_held(&s->phone->lock);
	if (!s->running && !s->runs_on)
		return;
	if (s->armed || tp_ptr_stuck()) {
		tp_stream_restart_clock(s, now);
		return;
	}

	tp_stream_forgive(s, now);
	due = tp_stream_due(s, now);
	limit = tp_stream_limit(s);
	/* A whole buffer unseen would look to the PCM core as if nothing had moved. */
	if (!s->compr)
		due = min(due, s->seen + s->buffer - 1 - s->frames);
	while (due && limit) {
		u32 piece = min3(due, limit, (u64)TP_PIECE);

		tp_dma_move(s, piece);
		due -= piece;
		limit -= piece;
	}
	if (due)
		tp_stream_restart_clock(s, now);
}

/* Lets every stream come up to the present, because who hears it is about to change. */
void tp_stream_sync_all(struct tp_phone *phone)
{
	u64 now = ktime_get_ns();
	unsigned int i;

	lockdep_assert_held(&phone->lock);
	for (i = 0; i < phone->num_fes; i++) {
		tp_stream_advance(&phone->fes[i].stream[0], now);
		tp_stream_advance(&phone->fes[i].stream[1], now);
	}
}

/* The next period's end, or a tick if that is earlier. */
static void tp_stream_arm_timer(struct tp_stream *s, u64 now)
{
	u32 into;
	u64 wait;

	div_u64_rem(s->frames, s->period, &into);
	wait = div_u64((u64)(s->period - into) * NSEC_PER_SEC, s->rate) + 1;
	wait = clamp_t(u64, wait, 50 * NSEC_PER_USEC, TP_TICK_NS);
	hrtimer_start(&s->timer, ns_to_ktime(now + wait), HRTIMER_MODE_ABS);
}

/**
 * tp_stream_start - START, RESUME or PAUSE_RELEASE
 * @s:	 stream
 * @now: CLOCK_MONOTONIC
 *
 * Caller holds phone->lock.
 */
void tp_stream_start(struct tp_stream *s, u64 now)
{
	lockdep_assert_held(&s->phone->lock);
	s->running = true;
	s->runs_on = false;
	s->starts++;
	memset(s->silent_since, 0, s->phone->num_bes * sizeof(*s->silent_since));
	tp_stream_restart_clock(s, now);
	tp_stream_arm_timer(s, now);
}

/**
 * tp_stream_freeze - STOP, SUSPEND or PAUSE_PUSH
 * @s: stream
 *
 * May be called from the stream's own timer (an xrun), so it cannot wait for it. Caller
 * holds phone->lock.
 */
void tp_stream_freeze(struct tp_stream *s)
{
	lockdep_assert_held(&s->phone->lock);
	s->runs_on = s->running && !s->compr && tp_ptr_runs_on();
	s->running = false;
	s->armed = false;
	if (!s->runs_on)
		hrtimer_try_to_cancel(&s->timer);
}

/* Waits until nothing of the stream is under way. Sleeps. */
void tp_stream_quiesce(struct tp_stream *s)
{
	unsigned long flags;

	spin_lock_irqsave(&s->phone->lock, flags);
	s->running = false;
	s->runs_on = false;
	s->armed = false;
	spin_unlock_irqrestore(&s->phone->lock, flags);
	hrtimer_cancel(&s->timer);
	cancel_work_sync(&s->elapsed_work);
}

/* The hardware that does not stop: shows in hw_ptr although the core does not ask. */
static void tp_stream_show_running_on(struct tp_stream *s)
{
	snd_pcm_uframes_t hw_ptr = s->frames - s->appl_base;

	s->runtime->hw_ptr_base = hw_ptr - hw_ptr % s->buffer;
	s->runtime->status->hw_ptr = hw_ptr;
	s->seen = s->frames;
	if (!tp_ptr_runs_on())
		s->runs_on = false;
}

static void tp_stream_elapsed_work(struct work_struct *work)
{
	struct tp_stream *s = container_of(work, struct tp_stream, elapsed_work);

	snd_pcm_period_elapsed(s->substream);
}

static void tp_stream_tell(struct tp_stream *s, bool drained)
{
#if IS_ENABLED(CONFIG_SND_SOC_COMPRESS)
	if (s->compr) {
		snd_compr_fragment_elapsed(s->compr);
		if (drained)
			snd_compr_drain_notify(s->compr);
		return;
	}
#endif
	if (s->fe->flags & TP_FE_NONATOMIC)
		queue_work(system_highpri_wq, &s->elapsed_work);
	else
		snd_pcm_period_elapsed(s->substream);
}

static enum hrtimer_restart tp_stream_timer(struct hrtimer *timer)
{
	struct tp_stream *s = container_of(timer, struct tp_stream, timer);
	struct tp_phone *phone = s->phone;
	bool elapsed, drained = false;
	unsigned long flags;
	u64 now, periods;

	spin_lock_irqsave(&phone->lock, flags);
	if (!s->running && !s->runs_on) {
		spin_unlock_irqrestore(&phone->lock, flags);
		return HRTIMER_NORESTART;
	}
	now = ktime_get_ns();
	if (s->armed && now - s->armed_ns > TP_ARMED_NS)
		s->armed = false;
	tp_stream_advance(s, now);
	tp_dma_judge(s, now);
	periods = div_u64(s->frames, s->period);
	elapsed = s->running && periods != s->acked;
	s->acked = periods;
	if (s->draining && s->frames == s->written) {
		s->draining = false;
		drained = true;
	}
	if (s->runs_on)
		tp_stream_show_running_on(s);
	/* Not by the return value: START on another CPU may be ahead of us. */
	if (s->running || s->runs_on)
		tp_stream_arm_timer(s, now);
	spin_unlock_irqrestore(&phone->lock, flags);

	if (elapsed || drained)
		tp_stream_tell(s, drained);
	return HRTIMER_NORESTART;
}

/* Prepares a stream's parts that live as long as the card. */
int tp_stream_init(struct tp_stream *s)
{
	struct tp_phone *phone = s->phone;

	s->silent_since = devm_kcalloc(phone->dev, phone->num_bes,
				       sizeof(*s->silent_since), GFP_KERNEL);
	s->writes = devm_kcalloc(phone->dev, phone->num_bes, sizeof(*s->writes), GFP_KERNEL);
	if (!s->silent_since || !s->writes)
		return -ENOMEM;
	hrtimer_setup(&s->timer, tp_stream_timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	INIT_WORK(&s->elapsed_work, tp_stream_elapsed_work);
	return 0;
}
