// SPDX-License-Identifier: GPL-2.0-only
/*
 * tacet_phone: a virtual phone, an ASoC card with dynamic PCM
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * It plays and records like a real one, keeps what each of its outputs heard, judges what
 * the kernel and user space do to its routes, and misbehaves on request. See
 * tacet_phone(4).
 */
#include <linux/module.h>

#include "phone.h"

static struct platform_device *tp_devices[8][2];

static int tp_late_probe(struct snd_soc_card *card)
{
	struct tp_phone *phone = tp_from_card(card);
	int err;

	err = tp_controls_add(phone);
	if (err)
		return err;
	err = tacet_card_jack_new(card, "Headphone Jack", SND_JACK_HEADPHONE,
				  &phone->headphones);
	if (err)
		return err;
	return tacet_card_jack_new(card, "Headset Mic Jack", SND_JACK_MICROPHONE,
				   &phone->headset);
}

static int tp_init_fes(struct tp_phone *phone)
{
	unsigned int i, d;
	int err;

	phone->num_fes = tp_model.num_fes;
	phone->fes =
		devm_kcalloc(phone->dev, phone->num_fes, sizeof(*phone->fes), GFP_KERNEL);
	if (!phone->fes)
		return -ENOMEM;
	for (i = 0; i < phone->num_fes; i++) {
		struct tp_fe *fe = &phone->fes[i];

		fe->phone = phone;
		fe->id = i;
		fe->name = tp_model.fes[i].name;
		fe->flags = tp_model.fes[i].flags;
		fe->has[SNDRV_PCM_STREAM_PLAYBACK] = tp_model.fes[i].playback;
		fe->has[SNDRV_PCM_STREAM_CAPTURE] = tp_model.fes[i].capture;
		for (d = 0; d < 2; d++) {
			fe->stream[d].phone = phone;
			fe->stream[d].fe = fe;
			fe->stream[d].direction = d;
			err = tp_stream_init(&fe->stream[d]);
			if (err)
				return err;
		}
	}
	return 0;
}

static int tp_init_bes(struct tp_phone *phone)
{
	unsigned int i;

	phone->num_bes = tp_model.num_bes;
	phone->bes =
		devm_kcalloc(phone->dev, phone->num_bes, sizeof(*phone->bes), GFP_KERNEL);
	phone->sources = devm_kcalloc(phone->dev, phone->num_bes + 1,
				      sizeof(*phone->sources), GFP_KERNEL);
	if (!phone->bes || !phone->sources)
		return -ENOMEM;
	phone->sources[0] = "None";
	for (i = 0; i < phone->num_bes; i++) {
		struct tp_be *be = &phone->bes[i];

		be->phone = phone;
		be->id = i;
		be->name = tp_model.bes[i].name;
		be->direction = tp_model.bes[i].direction;
		be->rate = tp_model.bes[i].rate;
		be->volume = 100;
		be->on = true;
		if (be->direction == SNDRV_PCM_STREAM_CAPTURE) {
			be->source = ++phone->num_sources;
			phone->sources[be->source] = be->name;
		}
		if (!strcmp(be->name, "Modem Up"))
			phone->modem_up = be;
		if (!strcmp(be->name, "Modem Down"))
			phone->modem_down = be;
		tp_log_init(be);
		tp_mix_init(be);
	}
	return 0;
}

static void tp_free_rings(void *data)
{
	struct tp_phone *phone = data;
	unsigned int i;

	for (i = 0; i < phone->num_bes; i++) {
		tp_log_free(&phone->bes[i]);
		tp_mix_free(&phone->bes[i]);
	}
}

static void tp_remove_debugfs(void *data)
{
	tp_debugfs_remove(data);
}

static int tp_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct tp_phone *phone;
	int err;

	phone = devm_kzalloc(dev, sizeof(*phone), GFP_KERNEL);
	if (!phone)
		return -ENOMEM;
	phone->dev = dev;
	phone->index = pdev->id;
	spin_lock_init(&phone->lock);
	if (phone->index)
		snprintf(phone->id, sizeof(phone->id), TP_CARD "%u", phone->index);
	else
		strscpy(phone->id, TP_CARD, sizeof(phone->id));

	err = tp_init_bes(phone);
	if (!err)
		err = tp_init_fes(phone);
	if (!err)
		err = devm_add_action_or_reset(dev, tp_free_rings, phone);
	if (err)
		return err;

	phone->card.dev = dev;
	phone->card.owner = THIS_MODULE;
	/* The card's id is the last word of its name. */
	phone->card.name = phone->id;
	phone->card.long_name = phone->id;
	phone->card.driver_name = TP_DRIVER;
	phone->card.late_probe = tp_late_probe;
	snd_soc_card_set_drvdata(&phone->card, phone);
	err = tp_topology_links(phone);
	if (!err)
		err = tp_topology_register(phone);
	if (!err)
		err = devm_snd_soc_register_card(dev, &phone->card);
	if (err)
		return err;

	/* Added last, so that it goes first: its files look into all of the above. */
	tp_debugfs_add(phone);
	return devm_add_action_or_reset(dev, tp_remove_debugfs, phone);
}

static struct platform_driver tp_driver = {
	.probe = tp_probe,
	.driver = {
		.name = TP_DRIVER,
	},
};

static void tp_remove_devices(void)
{
	unsigned int i;

	for (i = ARRAY_SIZE(tp_devices); i--;) {
		platform_device_unregister(tp_devices[i][1]);
		platform_device_unregister(tp_devices[i][0]);
	}
}

static int tp_add_devices(void)
{
	static const char *const names[] = { TP_CODEC_DRIVER, TP_DRIVER };
	struct platform_device *pdev;
	unsigned int i, d;

	for (i = 0; i < tp_param_cards(); i++) {
		for (d = 0; d < 2; d++) {
			pdev = platform_device_register_simple(names[d], i, NULL, 0);
			if (IS_ERR(pdev))
				return PTR_ERR(pdev);
			tp_devices[i][d] = pdev;
		}
	}
	return 0;
}

static int __init tp_init(void)
{
	int err;

	tp_model_init();
	tp_debugfs_init();
	err = platform_driver_register(&tp_codec_driver);
	if (err)
		goto err_debugfs;
	err = platform_driver_register(&tp_driver);
	if (err)
		goto err_codec;
	err = tp_add_devices();
	if (err)
		goto err_devices;
	return 0;

err_devices:
	tp_remove_devices();
	platform_driver_unregister(&tp_driver);
err_codec:
	platform_driver_unregister(&tp_codec_driver);
err_debugfs:
	tp_debugfs_exit();
	return err;
}
module_init(tp_init);

static void __exit tp_exit(void)
{
	tp_remove_devices();
	platform_driver_unregister(&tp_driver);
	platform_driver_unregister(&tp_codec_driver);
	tp_debugfs_exit();
}
module_exit(tp_exit);

MODULE_DESCRIPTION("Virtual phone: an ASoC dynamic PCM card that judges and misbehaves");
MODULE_AUTHOR("The Tacet developers");
MODULE_LICENSE("GPL");
