// SPDX-License-Identifier: GPL-2.0-only
/*
 * The controls: routes (DAPM) under a judge's eye, volume and mute
 *
 * Copyright (C) 2026 The Tacet developers
 */
#include <sound/control.h>
#include <sound/tlv.h>

#include "phone.h"

/* Registers: written by DAPM at its own moment, as those of a real mixer are. */
unsigned int tp_component_read(struct snd_soc_component *component, unsigned int reg)
{
	struct tp_phone *phone = tp_from_component(component);
	unsigned int value = 0;
	unsigned long flags;

	spin_lock_irqsave(&phone->lock, flags);
	if (reg < phone->num_bes * 2)
		value = phone->bes[reg / 2].routes >> (reg % 2 * 32);
	else if (reg >= TP_REG_SOURCE(0) && reg < TP_REG_SOURCE(phone->num_fes))
		value = phone->source[reg - TP_REG_SOURCE(0)];
	spin_unlock_irqrestore(&phone->lock, flags);
	return value;
}

int tp_component_write(struct snd_soc_component *component, unsigned int reg,
		       unsigned int value)
{
	struct tp_phone *phone = tp_from_component(component);
	unsigned int shift = reg % 2 * 32;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&phone->lock, flags);
	tp_stream_sync_all(phone);
	if (reg < phone->num_bes * 2) {
		struct tp_be *be = &phone->bes[reg / 2];

		be->routes &= ~(0xffffffffULL << shift);
		be->routes |= (u64)value << shift;
	} else if (reg >= TP_REG_SOURCE(0) && reg < TP_REG_SOURCE(phone->num_fes)) {
		phone->source[reg - TP_REG_SOURCE(0)] = value;
	} else {
		ret = -EIO;
	}
	spin_unlock_irqrestore(&phone->lock, flags);
	return ret;
}

/**
 * struct tp_link_change - a write that connects or disconnects one FE
 * @fe:	    the FE's stream
 * @be:	    playback: the BE
 * @before: capture: source before the write, 0 = none
 * @after:  capture: source after it
 * @direct: @fe ran
 * @shared: @fe was open and somebody who shares a BE with it ran
 * @fe_starts:    how often @fe had started, to notice a start in between
 * @other_starts: the same for all who share a BE with it
 */
struct tp_link_change {
	struct tp_stream *fe;
	struct tp_be *be;
	unsigned int before, after;
	bool direct, shared;
	u32 fe_starts, other_starts;
};

static bool tp_link_shared(const struct tp_link_change *c, const struct tp_stream *other)
{
	unsigned int source;

	if (other == c->fe)
		return false;
	if (c->be)
		return c->be->routes & BIT_ULL(other->fe->id);
	source = other->phone->source[other->fe->id];
	return source && (source == c->before || source == c->after);
}

/* Looks at all that the write may disturb; called before and after it. */
static void tp_link_look(struct tp_link_change *c, bool again)
{
	struct tp_phone *phone = c->fe->phone;
	bool open = c->fe->substream || c->fe->compr;
	u32 other_starts = 0;
	unsigned int i;

	lockdep_assert_held(&phone->lock);
	c->direct |= c->fe->running;
	for (i = 0; i < phone->num_fes; i++) {
		const struct tp_stream *other = &phone->fes[i].stream[c->fe->direction];

		if (!open || !tp_link_shared(c, other))
			continue;
		c->shared |= other->running;
		other_starts += other->starts;
	}
	if (again) {
		c->direct |= c->fe->starts != c->fe_starts;
		c->shared |= open && other_starts != c->other_starts;
	}
	c->fe_starts = c->fe->starts;
	c->other_starts = other_starts;
}

/* A write of these routes begins (@by 1) or is over (-1): their BEs may lag until then. */
static void tp_link_write(const struct tp_link_change *c, int by)
{
	struct tp_phone *phone = c->fe->phone;
	unsigned int i, source;

	lockdep_assert_held(&phone->lock);
	if (c->be) {
		c->fe->writes[c->be->id] += by;
		return;
	}
	for (i = 0; i < phone->num_bes; i++) {
		source = phone->bes[i].source;
		if (source && (source == c->before || source == c->after))
			c->fe->writes[i] += by;
	}
}

static int tp_route_put(struct tp_link_change *c, struct snd_kcontrol *kcontrol,
			struct snd_ctl_elem_value *value,
			int (*put)(struct snd_kcontrol *, struct snd_ctl_elem_value *))
{
	struct tp_phone *phone = c->fe->phone;
	int ret;

	tp_delay_control();
	spin_lock_irq(&phone->lock);
	tp_link_look(c, false);
	tp_link_write(c, 1);
	spin_unlock_irq(&phone->lock);

	ret = put(kcontrol, value);

	spin_lock_irq(&phone->lock);
	tp_link_write(c, -1);
	if (ret > 0) {
		tp_link_look(c, true);
		tp_count(phone, TP_ROUTE_WRITES, 1);
		if (c->direct || c->shared)
			tp_count(phone, TP_ROUTE_WRITES_RUNNING, 1);
		if (c->shared && !c->direct)
			tp_count(phone, TP_ROUTE_WRITES_SHARED, 1);
	}
	spin_unlock_irq(&phone->lock);
	return ret;
}

/* "<BE> Mixer <FE> Switch" */
int tp_route_put_switch(struct snd_kcontrol *kcontrol, struct snd_ctl_elem_value *value)
{
	struct soc_mixer_control *mc =
		(struct soc_mixer_control *)kcontrol->private_value;
	struct tp_phone *phone = tp_from_component(tacet_route_component(kcontrol));
	unsigned int fe = mc->reg % 2 * 32 + mc->shift;
	struct tp_link_change change = {
		.fe = &phone->fes[fe].stream[SNDRV_PCM_STREAM_PLAYBACK],
		.be = &phone->bes[mc->reg / 2],
	};

	if (value->value.integer.value[0] < 0 || value->value.integer.value[0] > 1)
		return -EINVAL;
	return tp_route_put(&change, kcontrol, value, snd_soc_dapm_put_volsw);
}

/* "<FE> Source" */
int tp_route_put_source(struct snd_kcontrol *kcontrol, struct snd_ctl_elem_value *value)
{
	struct soc_enum *e = (struct soc_enum *)kcontrol->private_value;
	struct tp_phone *phone = tp_from_component(tacet_route_component(kcontrol));
	unsigned int fe = e->reg - TP_REG_SOURCE(0);
	struct tp_link_change change = {
		.fe = &phone->fes[fe].stream[SNDRV_PCM_STREAM_CAPTURE],
		.before = READ_ONCE(phone->source[fe]),
		.after = value->value.enumerated.item[0],
	};

	return tp_route_put(&change, kcontrol, value, snd_soc_dapm_put_enum_double);
}

#define TP_STEP_DB 50 /* 1/100 dB */

static const DECLARE_TLV_DB_SCALE(tp_volume_tlv, -100 * TP_STEP_DB, TP_STEP_DB, 1);

/* Linear gain of a volume, 1 = 65536. */
int tp_gain(int volume)
{
	/* 10^(-0.5/20) and its powers of two, in 1/65536 */
	static const u32 power[] = { 61870, 58408, 52054, 41347, 26086, 10383, 1645 };
	unsigned int down = 100 - volume, i;
	u64 gain = 65536;

	if (volume <= 0)
		return 0;
	for (i = 0; i < ARRAY_SIZE(power); i++)
		if (down & BIT(i))
			gain = gain * power[i] >> 16;
	return gain;
}

static int tp_volume_info(struct snd_kcontrol *kcontrol, struct snd_ctl_elem_info *info)
{
	info->type = SNDRV_CTL_ELEM_TYPE_INTEGER;
	info->count = 1;
	info->value.integer.max = 100;
	return 0;
}

static struct tp_be *tp_be_from_kcontrol(struct snd_kcontrol *kcontrol)
{
	struct tp_phone *phone = tp_from_card(snd_kcontrol_chip(kcontrol));

	return &phone->bes[kcontrol->private_value];
}

static int tp_volume_get(struct snd_kcontrol *kcontrol, struct snd_ctl_elem_value *value)
{
	value->value.integer.value[0] = READ_ONCE(tp_be_from_kcontrol(kcontrol)->volume);
	return 0;
}

static int tp_volume_put(struct snd_kcontrol *kcontrol, struct snd_ctl_elem_value *value)
{
	struct tp_be *be = tp_be_from_kcontrol(kcontrol);
	long volume = value->value.integer.value[0];
	int change;

	if (volume < 0 || volume > 100)
		return -EINVAL;
	tp_delay_control();
	spin_lock_irq(&be->phone->lock);
	tp_stream_sync_all(be->phone);
	change = be->volume != volume;
	be->volume = volume;
	spin_unlock_irq(&be->phone->lock);
	return change;
}

static int tp_mute_get(struct snd_kcontrol *kcontrol, struct snd_ctl_elem_value *value)
{
	value->value.integer.value[0] = READ_ONCE(tp_be_from_kcontrol(kcontrol)->on);
	return 0;
}

static int tp_mute_put(struct snd_kcontrol *kcontrol, struct snd_ctl_elem_value *value)
{
	struct tp_be *be = tp_be_from_kcontrol(kcontrol);
	bool on = value->value.integer.value[0];
	int change;

	tp_delay_control();
	spin_lock_irq(&be->phone->lock);
	tp_stream_sync_all(be->phone);
	change = be->on != on;
	be->on = on;
	spin_unlock_irq(&be->phone->lock);
	return change;
}

static int tp_control_add(struct tp_be *be, const char *what,
			  struct snd_kcontrol_new *template)
{
	const char *direction = be->direction ? "Capture" : "Playback";
	char name[SNDRV_CTL_ELEM_ID_NAME_MAXLEN];

	snprintf(name, sizeof(name), "%s %s %s", be->name, direction, what);
	template->iface = SNDRV_CTL_ELEM_IFACE_MIXER;
	template->name = name;
	template->private_value = be->id;
	return snd_soc_add_card_controls(&be->phone->card, template, 1);
}

/* Adds volume and mute of every BE. Once the card exists. */
int tp_controls_add(struct tp_phone *phone)
{
	unsigned int i;
	int err;

	for (i = 0; i < phone->num_bes; i++) {
		struct snd_kcontrol_new volume = {
			.access = SNDRV_CTL_ELEM_ACCESS_READWRITE |
				  SNDRV_CTL_ELEM_ACCESS_TLV_READ,
			.info = tp_volume_info,
			.get = tp_volume_get,
			.put = tp_volume_put,
			.tlv.p = tp_volume_tlv,
		};
		struct snd_kcontrol_new mute = {
			.info = snd_ctl_boolean_mono_info,
			.get = tp_mute_get,
			.put = tp_mute_put,
		};

		err = tp_control_add(&phone->bes[i], "Volume", &volume);
		if (!err)
			err = tp_control_add(&phone->bes[i], "Switch", &mute);
		if (err)
			return err;
	}
	return 0;
}
