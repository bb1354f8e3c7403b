// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/tacet-phone/<card>/: the tester's side of the phone
 *
 * Copyright (C) 2026 The Tacet developers
 */
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "phone.h"

static struct dentry *tp_debugfs_root;

static const char *const tp_counter_names[TP_NUM_COUNTERS] = {
	[TP_ROUTE_WRITES] = "route_writes",
	[TP_ROUTE_WRITES_RUNNING] = "route_writes_running",
	[TP_ROUTE_WRITES_SHARED] = "route_writes_shared",
	[TP_BE_DOUBLE_START] = "be_double_start",
	[TP_BE_STRAY_STOP] = "be_stray_stop",
	[TP_BE_HW_FREE_TRIGGERED] = "be_hw_free_triggered",
	[TP_BE_CLOSE_TRIGGERED] = "be_close_triggered",
	[TP_BE_SILENT] = "be_silent",
	[TP_BE_LATE] = "be_late",
	[TP_RUNTIME_AFTER_FREE] = "runtime_after_free",
	[TP_RUNTIME_NULL] = "runtime_null",
	[TP_FE_FRAMES] = "fe_frames",
	[TP_FE_UNHEARD_FRAMES] = "fe_unheard_frames",
	[TP_FE_UNDERRUN_FRAMES] = "fe_underrun_frames",
	[TP_BE_FRAMES] = "be_frames",
	[TP_LOG_LOST] = "log_lost",
	[TP_DMA_LATE] = "dma_late",
};

static int counters_show(struct seq_file *m, void *unused)
{
	struct tp_phone *phone = m->private;
	u64 values[TP_NUM_COUNTERS];
	unsigned int i;

	spin_lock_irq(&phone->lock);
	tp_stream_sync_all(phone);
	memcpy(values, phone->counters, sizeof(values));
	spin_unlock_irq(&phone->lock);
	for (i = 0; i < TP_NUM_COUNTERS; i++)
		seq_printf(m, "%s %llu\n", tp_counter_names[i], values[i]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static int backends_show(struct seq_file *m, void *unused)
{
	struct tp_phone *phone = m->private;
	unsigned int i;

	for (i = 0; i < phone->num_bes; i++)
		seq_printf(m, "%u %s %s %u\n", i,
			   phone->bes[i].direction ? "capture" : "playback",
			   phone->bes[i].name, phone->bes[i].rate);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(backends);

static int be_state_show(struct seq_file *m, void *unused)
{
	struct tp_be *be = m->private, now;
	struct tp_phone *phone = be->phone;
	unsigned int i, users = 0;

	spin_lock_irq(&phone->lock);
	tp_stream_sync_all(phone);
	now = *be;
	for (i = 0; i < phone->num_fes; i++) {
		const struct tp_stream *s = &phone->fes[i].stream[be->direction];
		bool routed = be->direction ? phone->source[i] == be->source
					    : be->routes & BIT_ULL(i);

		users += routed && (s->substream || s->compr);
	}
	spin_unlock_irq(&phone->lock);

	seq_printf(m, "triggered %d\nstate %s\nusers %u\n", now.triggered,
		   tp_be_state_name(now.state), users);
	seq_printf(m, "starts %llu\nstops %llu\nframes %llu\n", now.starts, now.stops,
		   now.heard);
	seq_printf(m, "rate %u\nvolume %d\nswitch %d\n", now.rate, now.volume, now.on);
	seq_printf(m, "log_bytes %llu\nlog_lost %llu\n", now.log.head - now.log.tail,
		   now.log.losses);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(be_state);

static int fe_state_show(struct seq_file *m, void *unused)
{
	struct tp_stream *s = m->private, now;
	struct tp_phone *phone = s->phone;

	spin_lock_irq(&phone->lock);
	tp_stream_advance(s, ktime_get_ns());
	now = *s;
	spin_unlock_irq(&phone->lock);

	seq_printf(m, "open %d\nrunning %d\nruns_on %d\n", now.substream || now.compr,
		   now.running, now.runs_on);
	seq_printf(m, "generation %u\nstarts %u\nframes %llu\n", now.generation,
		   now.starts, now.frames);
	seq_printf(m, "heard %llu\nunheard %llu\n", now.heard, now.unheard);
	seq_printf(m, "rate %u\nchannels %u\nperiod %u\nbuffer %u\n", now.rate,
		   now.channels, now.period, now.buffer);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(fe_state);

static ssize_t reset_write(struct file *file, const char __user *buf, size_t count,
			   loff_t *pos)
{
	struct tp_phone *phone = file_inode(file)->i_private;
	unsigned int i, d;
	bool yes;
	int err;

	err = kstrtobool_from_user(buf, count, &yes);
	if (err)
		return err;
	if (!yes)
		return -EINVAL;
	spin_lock_irq(&phone->lock);
	tp_stream_sync_all(phone);
	memset(phone->counters, 0, sizeof(phone->counters));
	phone->epoch_ns = 0;
	for (i = 0; i < phone->num_bes; i++) {
		tp_log_reset(&phone->bes[i]);
		tp_mix_reset(&phone->bes[i]);
		phone->bes[i].starts = 0;
		phone->bes[i].stops = 0;
		phone->bes[i].heard = 0;
	}
	for (i = 0; i < phone->num_fes; i++) {
		for (d = 0; d < 2; d++) {
			phone->fes[i].stream[d].heard = 0;
			phone->fes[i].stream[d].unheard = 0;
		}
	}
	spin_unlock_irq(&phone->lock);
	return count;
}

static const struct file_operations reset_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = reset_write,
	.llseek = noop_llseek,
};

#ifdef CONFIG_PM_SLEEP

/*
 * What the system does to the card when it goes to sleep (1) and when it wakes (0). The system
 * freezes user space before; here the writer has to see to that nobody calls in between.
 */
static ssize_t suspend_write(struct file *file, const char __user *buf, size_t count,
			     loff_t *pos)
{
	static DEFINE_MUTEX(one_at_a_time);
	struct tp_phone *phone = file_inode(file)->i_private;
	bool asleep;
	int err;

	err = kstrtobool_from_user(buf, count, &asleep);
	if (err)
		return err;
	mutex_lock(&one_at_a_time);
	if (asleep) {
		err = snd_soc_suspend(phone->dev);
	} else {
		err = snd_soc_resume(phone->dev);
		flush_work(&phone->card.deferred_resume_work);
	}
	mutex_unlock(&one_at_a_time);
	return err ?: count;
}

static const struct file_operations suspend_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = suspend_write,
	.llseek = noop_llseek,
};

static void tp_debugfs_add_suspend(struct tp_phone *phone)
{
	debugfs_create_file("suspend", 0200, phone->debugfs, phone, &suspend_fops);
}

#else

static void tp_debugfs_add_suspend(struct tp_phone *phone)
{
}

#endif

static ssize_t jack_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct snd_soc_jack *jack = file_inode(file)->i_private;
	const char *text = READ_ONCE(jack->status) ? "1\n" : "0\n";

	return simple_read_from_buffer(buf, count, pos, text, 2);
}

static ssize_t jack_write(struct file *file, const char __user *buf, size_t count,
			  loff_t *pos)
{
	struct snd_soc_jack *jack = file_inode(file)->i_private;
	bool plugged;
	int err;

	err = kstrtobool_from_user(buf, count, &plugged);
	if (err)
		return err;
	snd_soc_jack_report(jack, plugged ? jack->jack->type : 0, jack->jack->type);
	return count;
}

static const struct file_operations jack_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = jack_read,
	.write = jack_write,
	.llseek = default_llseek,
};

static void tp_debugfs_add_be(struct tp_be *be, struct dentry *parent)
{
	struct dentry *dir = debugfs_create_dir(be->name, parent);

	debugfs_create_file("state", 0444, dir, be, &be_state_fops);
	if (be->direction != SNDRV_PCM_STREAM_PLAYBACK)
		return;
	debugfs_create_file("log", 0400, dir, be, &tp_log_fops);
	debugfs_create_file("pcm", 0444, dir, be, &tp_mix_fops);
}

static void tp_debugfs_add_fe(struct tp_fe *fe, struct dentry *parent)
{
	struct dentry *dir = debugfs_create_dir(fe->name, parent);

	if (fe->has[SNDRV_PCM_STREAM_PLAYBACK])
		debugfs_create_file("playback", 0444, dir, &fe->stream[0],
				    &fe_state_fops);
	if (fe->has[SNDRV_PCM_STREAM_CAPTURE])
		debugfs_create_file("capture", 0444, dir, &fe->stream[1], &fe_state_fops);
}

void tp_debugfs_add(struct tp_phone *phone)
{
	struct dentry *dir;
	unsigned int i;

	phone->debugfs = debugfs_create_dir(phone->id, tp_debugfs_root);
	debugfs_create_file("counters", 0444, phone->debugfs, phone, &counters_fops);
	debugfs_create_file("backends", 0444, phone->debugfs, phone, &backends_fops);
	debugfs_create_file("reset", 0200, phone->debugfs, phone, &reset_fops);
	tp_debugfs_add_suspend(phone);
	dir = debugfs_create_dir("jack", phone->debugfs);
	debugfs_create_file("headphones", 0644, dir, &phone->headphones, &jack_fops);
	debugfs_create_file("headset-mic", 0644, dir, &phone->headset, &jack_fops);
	dir = debugfs_create_dir("be", phone->debugfs);
	for (i = 0; i < phone->num_bes; i++)
		tp_debugfs_add_be(&phone->bes[i], dir);
	dir = debugfs_create_dir("fe", phone->debugfs);
	for (i = 0; i < phone->num_fes; i++)
		tp_debugfs_add_fe(&phone->fes[i], dir);
}

/* Sends away who waits for a log, then waits for everybody who is in a file. */
void tp_debugfs_remove(struct tp_phone *phone)
{
	unsigned int i;

	WRITE_ONCE(phone->gone, true);
	for (i = 0; i < phone->num_bes; i++)
		wake_up_all(&phone->bes[i].log.wait);
	debugfs_remove_recursive(phone->debugfs);
}

void tp_debugfs_init(void)
{
	tp_debugfs_root = debugfs_create_dir(TP_DRIVER, NULL);
}

void tp_debugfs_exit(void)
{
	debugfs_remove_recursive(tp_debugfs_root);
}
