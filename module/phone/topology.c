// SPDX-License-Identifier: GPL-2.0-only
/*
 * The topology: DAIs, DAPM widgets and routes of the DSP, and the links of the card
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * Playback:  "<FE> Playback" -> switch in "<BE> Mixer" -> "<BE> BE Playback" -> codec
 * Capture:   codec -> "<BE> BE Capture" -> mux "<FE> Source" -> "<FE> Capture"
 */
#include <linux/log2.h>

#include "phone.h"

/* What is being put together. */
struct tp_plan {
	struct tp_phone *phone;
	struct snd_soc_dai_driver *dais;
	struct snd_soc_dapm_widget *widgets;
	struct snd_soc_dapm_route *routes;
	unsigned int num_widgets, num_routes;
	const char *playback[TP_MAX_FES]; /* stream names of the FEs, NULL = has none */
	const char *capture[TP_MAX_FES];
	const char *switches[TP_MAX_FES];
	const char *be[TP_MAX_BES];
};

struct snd_soc_pcm_stream tp_stream_caps(const char *name)
{
	return (struct snd_soc_pcm_stream){
		.stream_name = name,
		.rates = SNDRV_PCM_RATE_8000_192000,
		.rate_min = 8000,
		.rate_max = TP_MAX_RATE,
		.channels_min = 1,
		.channels_max = 2,
		.formats = SNDRV_PCM_FMTBIT_S16_LE | SNDRV_PCM_FMTBIT_S32_LE,
	};
}

const char *tp_direction_name(int direction)
{
	return direction == SNDRV_PCM_STREAM_PLAYBACK ? "Playback" : "Capture";
}

static void tp_plan_route(struct tp_plan *plan, const char *sink, const char *control,
			  const char *source)
{
	plan->routes[plan->num_routes++] = (struct snd_soc_dapm_route){
		.sink = sink,
		.control = control,
		.source = source,
	};
}

static int tp_plan_fe(struct tp_plan *plan, unsigned int i)
{
	struct tp_fe *fe = &plan->phone->fes[i];
	struct snd_soc_dai_driver *dai = &plan->dais[i];
	struct device *dev = plan->phone->dev;

	dai->id = i;
	dai->name = devm_kasprintf(dev, GFP_KERNEL, "%s FE", fe->name);
	plan->switches[i] = devm_kasprintf(dev, GFP_KERNEL, "%s Switch", fe->name);
	if (!dai->name || !plan->switches[i])
		return -ENOMEM;
	if (fe->has[SNDRV_PCM_STREAM_PLAYBACK]) {
		plan->playback[i] =
			devm_kasprintf(dev, GFP_KERNEL, "%s Playback", fe->name);
		if (!plan->playback[i])
			return -ENOMEM;
		dai->playback = tp_stream_caps(plan->playback[i]);
	}
	if (fe->has[SNDRV_PCM_STREAM_CAPTURE]) {
		plan->capture[i] =
			devm_kasprintf(dev, GFP_KERNEL, "%s Capture", fe->name);
		if (!plan->capture[i])
			return -ENOMEM;
		dai->capture = tp_stream_caps(plan->capture[i]);
	}
	if (fe->flags & TP_FE_COMPRESS)
		tacet_dai_set_compress(dai);
	return 0;
}

static int tp_plan_be(struct tp_plan *plan, unsigned int i)
{
	struct tp_be *be = &plan->phone->bes[i];
	struct snd_soc_dai_driver *dai = &plan->dais[plan->phone->num_fes + i];
	struct device *dev = plan->phone->dev;

	dai->id = plan->phone->num_fes + i;
	dai->ops = &tp_be_dai_ops;
	dai->name = devm_kasprintf(dev, GFP_KERNEL, "%s BE", be->name);
	plan->be[i] = devm_kasprintf(dev, GFP_KERNEL, "%s BE %s", be->name,
				     tp_direction_name(be->direction));
	if (!dai->name || !plan->be[i])
		return -ENOMEM;
	if (be->direction == SNDRV_PCM_STREAM_PLAYBACK)
		dai->playback = tp_stream_caps(plan->be[i]);
	else
		dai->capture = tp_stream_caps(plan->be[i]);
	return 0;
}

/* "<BE> Mixer" with a switch for every FE that plays. */
static int tp_plan_mixer(struct tp_plan *plan, unsigned int b)
{
	struct tp_phone *phone = plan->phone;
	struct soc_mixer_control *mc;
	struct snd_kcontrol_new *new;
	unsigned int f, n = 0;
	const char *name;

	name = devm_kasprintf(phone->dev, GFP_KERNEL, "%s Mixer", phone->bes[b].name);
	mc = devm_kcalloc(phone->dev, phone->num_fes, sizeof(*mc), GFP_KERNEL);
	new = devm_kcalloc(phone->dev, phone->num_fes, sizeof(*new), GFP_KERNEL);
	if (!name || !mc || !new)
		return -ENOMEM;
	for (f = 0; f < phone->num_fes; f++) {
		if (!plan->playback[f])
			continue;
		tacet_mixer_control_set(&mc[n], TP_REG_SWITCH(b, f), f % 32);
		new[n] = (struct snd_kcontrol_new){
			.iface = SNDRV_CTL_ELEM_IFACE_MIXER,
			.name = plan->switches[f],
			.info = snd_soc_info_volsw,
			.get = snd_soc_dapm_get_volsw,
			.put = tp_route_put_switch,
			.private_value = (unsigned long)&mc[n],
		};
		tp_plan_route(plan, name, plan->switches[f], plan->playback[f]);
		n++;
	}
	tp_plan_route(plan, plan->be[b], NULL, name);
	plan->widgets[plan->num_widgets++] =
		(struct snd_soc_dapm_widget)SND_SOC_DAPM_MIXER(name, SND_SOC_NOPM, 0, 0,
							       new, n);
	return 0;
}

/* "<FE> Source" with an item for every BE that captures. */
static int tp_plan_mux(struct tp_plan *plan, unsigned int f)
{
	static const struct snd_soc_dapm_widget mux =
		SND_SOC_DAPM_MUX(NULL, SND_SOC_NOPM, 0, 0, NULL);
	struct tp_phone *phone = plan->phone;
	struct snd_kcontrol_new *new;
	struct soc_enum *e;
	unsigned int b;
	const char *name;

	name = devm_kasprintf(phone->dev, GFP_KERNEL, "%s Source", phone->fes[f].name);
	e = devm_kzalloc(phone->dev, sizeof(*e), GFP_KERNEL);
	new = devm_kzalloc(phone->dev, sizeof(*new), GFP_KERNEL);
	if (!name || !e || !new)
		return -ENOMEM;
	e->reg = TP_REG_SOURCE(f);
	e->items = phone->num_sources + 1;
	e->mask = roundup_pow_of_two(e->items) - 1;
	e->texts = phone->sources;
	*new = (struct snd_kcontrol_new){
		.iface = SNDRV_CTL_ELEM_IFACE_MIXER,
		.name = name,
		.info = snd_soc_info_enum_double,
		.get = snd_soc_dapm_get_enum_double,
		.put = tp_route_put_source,
		.private_value = (unsigned long)e,
	};
	for (b = 0; b < phone->num_bes; b++)
		if (phone->bes[b].source)
			tp_plan_route(plan, name, phone->bes[b].name, plan->be[b]);
	tp_plan_route(plan, plan->capture[f], NULL, name);
	plan->widgets[plan->num_widgets] = mux;
	plan->widgets[plan->num_widgets].name = name;
	plan->widgets[plan->num_widgets++].kcontrol_news = new;
	return 0;
}

static int tp_plan_all(struct tp_plan *plan)
{
	struct tp_phone *phone = plan->phone;
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < phone->num_fes; i++)
		err = tp_plan_fe(plan, i);
	for (i = 0; !err && i < phone->num_bes; i++)
		err = tp_plan_be(plan, i);
	for (i = 0; !err && i < phone->num_bes; i++)
		if (phone->bes[i].direction == SNDRV_PCM_STREAM_PLAYBACK)
			err = tp_plan_mixer(plan, i);
	for (i = 0; !err && i < phone->num_fes; i++)
		if (plan->capture[i])
			err = tp_plan_mux(plan, i);
	return err;
}

/* The mixers and what they connect; called when the card binds the DSP. */
int tp_topology_probe(struct snd_soc_component *component)
{
	struct snd_soc_dapm_context *dapm = snd_soc_component_to_dapm(component);
	struct tp_plan *plan = tp_from_component(component)->plan;
	int err;

	err = snd_soc_dapm_new_controls(dapm, plan->widgets, plan->num_widgets);
	if (err < 0)
		return err;
	return snd_soc_dapm_add_routes(dapm, plan->routes, plan->num_routes);
}

/* Registers the DSP: all CPU DAIs, the mixers, and the FEs' PCM operations. */
int tp_topology_register(struct tp_phone *phone)
{
	unsigned int num_dais = phone->num_fes + phone->num_bes;
	struct device *dev = phone->dev;
	struct tp_plan *plan;
	int err;

	plan = devm_kzalloc(dev, sizeof(*plan), GFP_KERNEL);
	if (!plan)
		return -ENOMEM;
	phone->plan = plan;
	plan->phone = phone;
	plan->dais = devm_kcalloc(dev, num_dais, sizeof(*plan->dais), GFP_KERNEL);
	plan->widgets = devm_kcalloc(dev, num_dais, sizeof(*plan->widgets), GFP_KERNEL);
	plan->routes = devm_kcalloc(dev, (phone->num_bes + 1) * (phone->num_fes + 1),
				    sizeof(*plan->routes), GFP_KERNEL);
	if (!plan->dais || !plan->widgets || !plan->routes)
		return -ENOMEM;
	err = tp_plan_all(plan);
	if (err)
		return err;
	return devm_snd_soc_register_component(dev, &tp_pcm_driver, plan->dais, num_dais);
}

static int tp_link_init(struct tp_phone *phone, struct snd_soc_dai_link *link,
			const char *name, const char *cpu, const char *codec)
{
	struct snd_soc_dai_link_component *ends;
	struct device *dev = phone->dev;

	ends = devm_kcalloc(dev, 2, sizeof(*ends), GFP_KERNEL);
	link->name = name;
	link->stream_name = name;
	if (!ends || !cpu || !codec)
		return -ENOMEM;
	ends[0].name = dev_name(dev);
	ends[0].dai_name = cpu;
	ends[1].name =
		devm_kasprintf(dev, GFP_KERNEL, TP_CODEC_DRIVER ".%u", phone->index);
	ends[1].dai_name = codec;
	if (!ends[1].name)
		return -ENOMEM;
	link->cpus = &ends[0];
	link->num_cpus = 1;
	link->codecs = &ends[1];
	link->num_codecs = 1;
	return 0;
}

/* Makes the card's links: FEs first, their order gives the PCM devices their numbers. */
int tp_topology_links(struct tp_phone *phone)
{
	struct snd_soc_dai_link *links;
	struct device *dev = phone->dev;
	unsigned int i;
	int err;

	links = devm_kcalloc(dev, phone->num_fes + phone->num_bes, sizeof(*links),
			     GFP_KERNEL);
	if (!links)
		return -ENOMEM;
	phone->card.dai_link = links;
	phone->card.num_links = phone->num_fes + phone->num_bes;

	for (i = 0; i < phone->num_fes; i++, links++) {
		struct tp_fe *fe = &phone->fes[i];

		err = tp_link_init(phone, links, fe->name,
				   devm_kasprintf(dev, GFP_KERNEL, "%s FE", fe->name),
				   TP_FE_CODEC);
		if (err)
			return err;
		links->dynamic = 1;
		links->nonatomic = !!(fe->flags & TP_FE_NONATOMIC);
		/* BEs start first and stop last: every frame of an FE finds one awake. */
		links->trigger[0] = SND_SOC_DPCM_TRIGGER_POST;
		links->trigger[1] = SND_SOC_DPCM_TRIGGER_POST;
		tacet_link_direction(links, fe->has[0], fe->has[1]);
	}
	for (i = 0; i < phone->num_bes; i++, links++) {
		struct tp_be *be = &phone->bes[i];

		err = tp_link_init(phone, links, be->name,
				   devm_kasprintf(dev, GFP_KERNEL, "%s BE", be->name),
				   devm_kasprintf(dev, GFP_KERNEL, TP_BE_CODEC,
						  be->name));
		if (err)
			return err;
		links->no_pcm = 1;
		links->be_hw_params_fixup = tp_be_fixup;
		tacet_link_direction(links, !be->direction, be->direction);
	}
	return 0;
}
