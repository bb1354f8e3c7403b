// SPDX-License-Identifier: GPL-2.0-only
/*
 * The codec: what the phone's sound comes out of and goes into
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * A device of its own, as on a board: one DAI and one pin per BE, and one DAI without pins for
 * the far side of the FEs.
 */
#include <linux/module.h>

#include "phone.h"

static void tp_codec_add_be(const struct tp_be_model *model, struct snd_soc_dai_driver *dai,
			    const char *name, const char *stream)
{
	struct snd_soc_pcm_stream *side = model->direction ? &dai->capture : &dai->playback;

	dai->name = name;
	*side = tp_stream_caps(stream);
}

static int tp_codec_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	unsigned int i, n = tp_model.num_bes;
	struct snd_soc_component_driver *driver;
	struct snd_soc_dapm_widget *widgets;
	struct snd_soc_dapm_route *routes;
	struct snd_soc_dai_driver *dais;

	driver = devm_kzalloc(dev, sizeof(*driver), GFP_KERNEL);
	dais = devm_kcalloc(dev, n + 1, sizeof(*dais), GFP_KERNEL);
	widgets = devm_kcalloc(dev, n, sizeof(*widgets), GFP_KERNEL);
	routes = devm_kcalloc(dev, n, sizeof(*routes), GFP_KERNEL);
	if (!driver || !dais || !widgets || !routes)
		return -ENOMEM;

	for (i = 0; i < n; i++) {
		const struct tp_be_model *model = &tp_model.bes[i];
		const char *name = devm_kasprintf(dev, GFP_KERNEL, TP_BE_CODEC, model->name);
		const char *stream = devm_kasprintf(dev, GFP_KERNEL, "%s %s", name,
						    tp_direction_name(model->direction));

		if (!name || !stream)
			return -ENOMEM;
		tp_codec_add_be(model, &dais[i], name, stream);
		widgets[i] = (struct snd_soc_dapm_widget)SND_SOC_DAPM_OUTPUT(model->name);
		routes[i].sink = model->name;
		routes[i].source = stream;
		if (model->direction) {
			widgets[i] = (struct snd_soc_dapm_widget)SND_SOC_DAPM_INPUT(model->name);
			swap(routes[i].sink, routes[i].source);
		}
	}
	dais[n].name = TP_FE_CODEC;
	dais[n].playback = tp_stream_caps("Host Playback");
	dais[n].capture = tp_stream_caps("Host Capture");

	*driver = (struct snd_soc_component_driver){
		.name = TP_CODEC_DRIVER,
		.dapm_widgets = widgets,
		.num_dapm_widgets = n,
		.dapm_routes = routes,
		.num_dapm_routes = n,
		TACET_DAI_NAMING
	};
	return devm_snd_soc_register_component(dev, driver, dais, n + 1);
}

struct platform_driver tp_codec_driver = {
	.probe = tp_codec_probe,
	.driver = {
		.name = TP_CODEC_DRIVER,
		/* The card's jacks and files rely on it. Unbind the phone itself instead. */
		.suppress_bind_attrs = true,
	},
};
