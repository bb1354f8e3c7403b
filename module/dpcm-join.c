// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which BEs an FE may join
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * A BE's stream lock is a spinlock or a mutex, as its PCM is atomic or not, and it nests inside
 * that of its FEs. So all FEs of a BE have to be of one kind, and the BE of the same. The core
 * changes the kind while the BE is in use; here it is changed only while no link leads to the
 * BE, and an FE that does not fit those who use it is kept away.
 */
#include <linux/slab.h>

#include "dpcm.h"
#include "dpcm-core.h"
#include "tacet/trace-dpcm.h"

/* The core opens a BE for at most so many FEs, and loses count of those above. */
#define MAX_USERS 8

static bool has_widget(struct snd_soc_pcm_runtime *rtd, int stream,
		       const struct snd_soc_dapm_widget *widget)
{
	struct snd_soc_dai *dai;
	int i;

	for_each_rtd_dais(rtd, i, dai) {
		if (snd_soc_dai_get_widget(dai, stream) == widget)
			return true;
	}
	return false;
}

/* An FE may join such a BE as it is. */
static bool fits(struct snd_soc_pcm_runtime *fe, struct snd_soc_pcm_runtime *be, int stream)
{
	return be->pcm->nonatomic == fe->pcm->nonatomic && be->dpcm[stream].users < MAX_USERS;
}

/* Does @widget lead to @be? Of several BEs with the same DAI the core takes the first. */
static bool leads_to(struct snd_soc_pcm_runtime *be, int stream,
		     const struct snd_soc_dapm_widget *widget)
{
	struct snd_soc_pcm_runtime *first;

	if (!has_widget(be, stream, widget))
		return false;
	for_each_card_rtds(be->card, first) {
		if (first->dai_link->no_pcm && snd_soc_dpcm_get_substream(first, stream) &&
		    has_widget(first, stream, widget))
			return first == be;
	}
	return false;
}

static bool on_the_way(const struct snd_soc_dapm_widget_list *list,
		       struct snd_soc_pcm_runtime *be, int stream)
{
	int i;

	for (i = 0; i < list->num_widgets; i++) {
		if (leads_to(be, stream, list->widgets[i]))
			return true;
	}
	return false;
}

static void take_out(struct snd_soc_dapm_widget_list *list, struct snd_soc_pcm_runtime *be,
		     int stream)
{
	int i, kept = 0;

	for (i = 0; i < list->num_widgets; i++) {
		if (!leads_to(be, stream, list->widgets[i]))
			list->widgets[kept++] = list->widgets[i];
	}
	list->num_widgets = kept;
}

static bool linked(struct snd_soc_pcm_runtime *fe, struct snd_soc_pcm_runtime *be, int stream)
{
	struct snd_soc_dpcm *dpcm;

	for_each_dpcm_be(fe, stream, dpcm) {
		if (dpcm->be == be)
			return true;
	}
	return false;
}

/* Where so few widgets are on the way, they are looked at instead of all BEs of the card. */
#define FEW 16

/* Does every DAI on the way belong to a BE that @fe is linked to? */
static bool all_linked(struct snd_soc_pcm_runtime *fe, int stream,
		       const struct snd_soc_dapm_widget_list *list)
{
	const struct snd_soc_dapm_widget *widget;
	struct snd_soc_dpcm *dpcm;
	bool found;
	int i;

	for (i = 0; i < list->num_widgets; i++) {
		widget = list->widgets[i];
		if (widget->id != snd_soc_dapm_dai_in && widget->id != snd_soc_dapm_dai_out)
			continue;
		found = has_widget(fe, stream, widget);
		for_each_dpcm_be(fe, stream, dpcm) {
			if (found)
				break;
			found = has_widget(dpcm->be, stream, widget);
		}
		if (!found)
			return false;
	}
	return true;
}

/* Nobody can hold, or come to hold, the BE's stream lock: no link leads there. Context: M. */
static bool idle(struct snd_soc_pcm_runtime *be)
{
	int stream;

	for_each_pcm_streams(stream) {
		if (!list_empty(&be->dpcm[stream].fe_clients))
			return false;
	}
	return true;
}

static int may_join(struct snd_soc_pcm_runtime *fe, struct snd_soc_pcm_runtime *be, int stream)
{
	bool nonatomic = fe->pcm->nonatomic;

	if (be->pcm->nonatomic != nonatomic) {
		/* A BE that says so itself sleeps in its trigger; newer cores refuse that too. */
		if (!nonatomic && be->dai_link->nonatomic && !TACET_DPCM_OLD_LOCKS)
			return -EINVAL;
		if (!idle(be))
			return -EBUSY;
		be->pcm->nonatomic = nonatomic;
	}
	return be->dpcm[stream].users < MAX_USERS ? 0 : -EUSERS;
}

static void refuse(struct snd_soc_pcm_runtime *fe, struct snd_soc_pcm_runtime *be, int stream,
		   int err)
{
	const char *kind = fe->pcm->nonatomic ? "nonatomic" : "atomic";

	trace_tacet_dpcm_refuse(fe, be, stream, err);
	if (err == -EUSERS) {
		tacet_count(fe->card, TACET_COUNT_FULL_REFUSED);
		dev_err(fe->dev, "%s: %s cannot use %s: %d others do\n", KBUILD_MODNAME,
			fe->dai_link->name, be->dai_link->name, MAX_USERS);
		return;
	}
	tacet_count(fe->card, TACET_COUNT_MIX_REFUSED);
	dev_err(fe->dev, "%s: %s is %s and cannot use %s, which %s\n", KBUILD_MODNAME,
		fe->dai_link->name, kind, be->dai_link->name,
		err == -EBUSY ? "streams of the other kind use" : "is nonatomic itself");
}

/*
 * Take those BEs out of @list that @fe may not join. Those that it is linked to stay, or the
 * route change would take them down. Most BEs fit, and each search in the list is long: it is
 * made only for those that do not.
 *
 * Return: 0 or why the first was refused.
 */
static int filter(struct snd_soc_pcm_runtime *fe, int stream,
		  struct snd_soc_dapm_widget_list *list)
{
	struct snd_soc_pcm_runtime *be;
	int err, ret = 0;

	if (list->num_widgets <= FEW && all_linked(fe, stream, list))
		return 0;
	for_each_card_rtds(fe->card, be) {
		if (!be->dai_link->no_pcm || !be->pcm || fits(fe, be, stream) ||
		    linked(fe, be, stream) || !on_the_way(list, be, stream))
			continue;
		err = may_join(fe, be, stream);
		if (!err)
			continue;
		refuse(fe, be, stream, err);
		take_out(list, be, stream);
		ret = ret ?: err;
	}
	return ret;
}

/**
 * tacet_path_get() - find the BEs that an FE's routes lead to, and may
 * @fe:	    front end
 * @stream: direction
 * @list:   the DAPM widgets on the way; free with dpcm_path_put() unless this fails
 *
 * Replaces dpcm_path_get(). An FE that is being opened and may not join what its routes lead to
 * fails to open; in a route change it goes without that BE.
 *
 * Context: M.
 * Return: number of widgets found, or a negative errno.
 */
int tacet_path_get(struct snd_soc_pcm_runtime *fe, int stream,
		   struct snd_soc_dapm_widget_list **list)
{
	bool chained = tacet_component_chaining(fe->card);
	enum snd_soc_dpcm_state state = fe->dpcm[stream].state;
	bool opening = state == SND_SOC_DPCM_STATE_NEW || state == SND_SOC_DPCM_STATE_CLOSE;
	int paths, err;

	if (tacet_num_cpus(fe) > 1) {
		dev_err(fe->dev, "%s: %s has several CPU DAIs, which DPCM does not support\n",
			KBUILD_MODNAME, fe->dai_link->name);
		return -EINVAL;
	}
	paths = tacet_core_connected_widgets(snd_soc_rtd_to_cpu(fe, 0), stream, list,
					     chained ? NULL : tacet_core_end_walk_at_be);
	/* Whatever is counted later happens to an FE that was opened, or adopted. */
	if (opening)
		tacet_count_meet(fe->card);
	if (paths <= 0 || !*list)
		return paths;
	err = filter(fe, stream, *list);
	if (err && opening) {
		kfree(*list);
		*list = NULL;
		tacet_fe_forget_runtime(fe, stream);
		return err;
	}
	return paths;
}
