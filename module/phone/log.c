// SPDX-License-Identifier: GPL-2.0-only
/*
 * be/<Name>/log: what a BE heard, frame by frame
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * A ring of whole records. The writer is in an interrupt and never waits: the oldest
 * records give way, and the next one that is read tells how many.
 */
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "phone.h"

#define TP_READER_BYTES (4 * TACET_PHONE_LOG_RECORD_MAX)

/* An open log. What does not fit the caller's buffer waits here. */
struct tp_reader {
	u32 start, end;
	u8 bytes[TP_READER_BYTES];
};

static void tp_ring_put(struct tp_log *log, const void *from, u32 bytes)
{
	u32 at = log->head & (log->size - 1);
	u32 first = min(bytes, log->size - at);

	memcpy(log->ring + at, from, first);
	memcpy(log->ring, from + first, bytes - first);
	log->head += bytes;
}

static void tp_ring_peek(const struct tp_log *log, void *to, u32 bytes)
{
	u32 at = log->tail & (log->size - 1);
	u32 first = min(bytes, log->size - at);

	memcpy(to, log->ring + at, first);
	memcpy(to + first, log->ring, bytes - first);
}

static u32 tp_ring_next_size(const struct tp_log *log)
{
	struct tacet_phone_chunk chunk;

	if (log->head == log->tail)
		return 0;
	tp_ring_peek(log, &chunk, sizeof(chunk));
	return chunk.size;
}

/**
 * tp_log_append - write one record
 * @be:	      who heard it
 * @s:	      who said it
 * @samples:  interleaved frames in @s' format
 * @frames:   at most TP_PIECE
 * @fe_frame: number of the first
 * @flags:    TACET_PHONE_LOG_*
 *
 * Caller holds phone->lock; interrupts are off.
 */
void tp_log_append(struct tp_be *be, const struct tp_stream *s, const void *samples,
		   u32 frames, u64 fe_frame, unsigned int flags)
{
	static const u8 zeros[8];
	struct tp_log *log = &be->log;
	u32 bytes = frames * s->channels * s->sample_bytes;
	u32 pad = ALIGN(bytes, 8) - bytes;
	struct tacet_phone_chunk chunk = {
		.magic = TACET_PHONE_LOG_MAGIC,
		.header = sizeof(chunk),
		.flags = flags,
		.size = sizeof(chunk) + bytes + pad,
		.fe = s->fe->id,
		.be = be->id,
		.generation = s->generation,
		.fe_frame = fe_frame,
		.frames = frames,
		.channels = s->channels,
		.sample_bytes = s->sample_bytes,
		.rate = s->rate,
		.time_ns = s->start_ns +
			   div_u64((fe_frame - s->start_frame) * NSEC_PER_SEC, s->rate),
		.be_frame = tp_mix_frame(be, s, fe_frame),
	};

	BUILD_BUG_ON(sizeof(chunk) != 64);
	BUILD_BUG_ON(sizeof(chunk) + TP_PIECE * 8 > TACET_PHONE_LOG_RECORD_MAX);
	lockdep_assert_held(&be->phone->lock);
	if (!log->ring)
		return;
	while (log->head - log->tail + chunk.size > log->size) {
		log->tail += tp_ring_next_size(log);
		log->lost_in_front++;
		log->losses++;
		tp_count(be->phone, TP_LOG_LOST, 1);
	}
	chunk.seq = log->seq++;
	tp_ring_put(log, &chunk, sizeof(chunk));
	tp_ring_put(log, samples, bytes);
	tp_ring_put(log, zeros, pad);
	wake_up_interruptible(&log->wait);
}

/* Takes as many whole records as fit @room, but at least one. Returns their bytes. */
static u32 tp_log_take(struct tp_be *be, u8 *to, u32 room)
{
	struct tp_log *log = &be->log;
	u32 taken = 0, size;

	spin_lock_irq(&be->phone->lock);
	while (log->ring && (size = tp_ring_next_size(log))) {
		struct tacet_phone_chunk *chunk =
			(struct tacet_phone_chunk *)(to + taken);

		if (taken && taken + size > room)
			break;
		tp_ring_peek(log, chunk, size);
		log->tail += size;
		taken += size;
		if (log->lost_in_front) {
			chunk->flags |= TACET_PHONE_LOG_OVERFLOW;
			chunk->lost = log->lost_in_front;
			log->lost_in_front = 0;
		}
	}
	spin_unlock_irq(&be->phone->lock);
	return taken;
}

static int tp_log_open(struct inode *inode, struct file *file)
{
	struct tp_be *be = inode->i_private;
	struct tp_reader *reader;
	int err;

	/* Whoever opens the log wants what comes, even if the BE was never used. */
	err = tp_log_alloc(be);
	if (err)
		return err;
	reader = kvzalloc(sizeof(*reader), GFP_KERNEL);
	if (!reader)
		return -ENOMEM;
	file->private_data = reader;
	return nonseekable_open(inode, file);
}

static int tp_log_release(struct inode *inode, struct file *file)
{
	kvfree(file->private_data);
	return 0;
}

static bool tp_log_readable(struct tp_be *be)
{
	return READ_ONCE(be->log.head) != READ_ONCE(be->log.tail) ||
	       READ_ONCE(be->phone->gone);
}

static ssize_t tp_log_read(struct file *file, char __user *buf, size_t count,
			   loff_t *ppos)
{
	struct tp_be *be = file_inode(file)->i_private;
	struct tp_reader *reader = file->private_data;
	struct tp_log *log = &be->log;
	ssize_t ret = 0;
	u32 n;

	while (!ret && count) {
		mutex_lock(&log->readers);
		if (reader->start == reader->end) {
			reader->start = 0;
			n = min_t(size_t, count, sizeof(reader->bytes));
			reader->end = tp_log_take(be, reader->bytes, n);
		}
		n = min_t(size_t, count, reader->end - reader->start);
		if (n && copy_to_user(buf, reader->bytes + reader->start, n)) {
			mutex_unlock(&log->readers);
			return -EFAULT;
		}
		reader->start += n;
		ret = n;
		mutex_unlock(&log->readers);
		if (ret || READ_ONCE(be->phone->gone))
			break;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(log->wait, tp_log_readable(be)))
			return -ERESTARTSYS;
	}
	return ret;
}

static __poll_t tp_log_poll(struct file *file, poll_table *wait)
{
	struct tp_be *be = file_inode(file)->i_private;
	struct tp_reader *reader = file->private_data;

	poll_wait(file, &be->log.wait, wait);
	if (READ_ONCE(be->phone->gone))
		return EPOLLHUP | EPOLLIN;
	if (READ_ONCE(reader->start) != READ_ONCE(reader->end) || tp_log_readable(be))
		return EPOLLIN | EPOLLRDNORM;
	return 0;
}

const struct file_operations tp_log_fops = {
	.owner = THIS_MODULE,
	.open = tp_log_open,
	.release = tp_log_release,
	.read = tp_log_read,
	.poll = tp_log_poll,
};

void tp_log_init(struct tp_be *be)
{
	mutex_init(&be->log.readers);
	init_waitqueue_head(&be->log.wait);
	be->log.size = tp_param_log_bytes();
}

/* Gives a BE its ring, once. Sleeps. */
int tp_log_alloc(struct tp_be *be)
{
	struct tp_log *log = &be->log;
	int err = 0;
	u8 *ring;

	if (be->direction != SNDRV_PCM_STREAM_PLAYBACK || !log->size)
		return 0;
	mutex_lock(&log->readers);
	if (!log->ring) {
		ring = vmalloc(log->size);
		if (ring) {
			spin_lock_irq(&be->phone->lock);
			log->ring = ring;
			spin_unlock_irq(&be->phone->lock);
		} else {
			err = -ENOMEM;
		}
	}
	mutex_unlock(&log->readers);
	return err;
}

/* Nobody hears or reads any more. */
void tp_log_free(struct tp_be *be)
{
	vfree(be->log.ring);
	be->log.ring = NULL;
}

/* Forgets what was heard. Caller holds phone->lock. */
void tp_log_reset(struct tp_be *be)
{
	lockdep_assert_held(&be->phone->lock);
	be->log.tail = be->log.head;
	be->log.lost_in_front = 0;
	be->log.losses = 0;
	be->log.seq = 0;
}
