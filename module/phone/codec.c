// SPDX-License-Identifier: GPL-2.0-only
/*
 * The codec: what the phone's sound comes out of and goes into
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * A device of its own, as on a board: one DAI and one pin per BE, and one DAI without
 * pins for the far side of the FEs.
 */
#include <linux/module.h>

#include "phone.h"

/* One pin for each BE. */
struct tp_codec {
	struct snd_soc_dapm_widget pins[TP_MAX_BES];
	struct snd_soc_dapm_route routes[TP_MAX_BES];
};

static int tp_codec_component_probe(struct snd_soc_component *component)
{
	struct tp_codec *codec = dev_get_drvdata(component->dev);
	struct snd_soc_dapm_context *dapm = snd_soc_component_to_dapm(component);
	int err;

	err = snd_soc_dapm_new_controls(dapm, codec->pins, tp_model.num_bes);
	if (err < 0)
		return err;
	return snd_soc_dapm_add_routes(dapm, codec->routes, tp_model.num_bes);
}

static const struct snd_soc_component_driver tp_codec_component = {
	.name = TP_CODEC_DRIVER,
	.probe = tp_codec_component_probe,
	.module_get_upon_open = 1,
	TACET_DAI_NAMING,
};

static int tp_codec_add_be(struct device *dev, struct tp_codec *codec, unsigned int i,
			   struct snd_soc_dai_driver *dai)
{
	static const struct snd_soc_dapm_widget output = SND_SOC_DAPM_OUTPUT(NULL);
	static const struct snd_soc_dapm_widget input = SND_SOC_DAPM_INPUT(NULL);
	const struct tp_be_model *model = &tp_model.bes[i];
	const char *stream;

	dai->name = devm_kasprintf(dev, GFP_KERNEL, TP_BE_CODEC, model->name);
	stream = devm_kasprintf(dev, GFP_KERNEL, TP_BE_CODEC " %s", model->name,
				tp_direction_name(model->direction));
	if (!dai->name || !stream)
		return -ENOMEM;
	if (model->direction == SNDRV_PCM_STREAM_PLAYBACK) {
		dai->playback = tp_stream_caps(stream);
		codec->pins[i] = output;
		codec->routes[i].sink = model->name;
		codec->routes[i].source = stream;
	} else {
		dai->capture = tp_stream_caps(stream);
		codec->pins[i] = input;
		codec->routes[i].sink = stream;
		codec->routes[i].source = model->name;
	}
	codec->pins[i].name = model->name;
	return 0;
}

static int tp_codec_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	unsigned int i, n = tp_model.num_bes;
	struct snd_soc_dai_driver *dais;
	struct tp_codec *codec;
	int err;

	codec = devm_kzalloc(dev, sizeof(*codec), GFP_KERNEL);
	dais = devm_kcalloc(dev, n + 1, sizeof(*dais), GFP_KERNEL);
	if (!codec || !dais)
		return -ENOMEM;
	dev_set_drvdata(dev, codec);
	for (i = 0; i < n; i++) {
		err = tp_codec_add_be(dev, codec, i, &dais[i]);
		if (err)
			return err;
	}
	dais[n].name = TP_FE_CODEC;
	dais[n].playback = tp_stream_caps("Host Playback");
	dais[n].capture = tp_stream_caps("Host Capture");
	return devm_snd_soc_register_component(dev, &tp_codec_component, dais, n + 1);
}

struct platform_driver tp_codec_driver = {
	.probe = tp_codec_probe,
	.driver = {
		.name = TP_CODEC_DRIVER,
		/* The card's jacks rely on it. Unbind the phone itself instead. */
		.suppress_bind_attrs = true,
	},
};
