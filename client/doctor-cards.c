/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sound cards as procfs shows them, and whether tacetd can see their streams move.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "doctor.h"

static struct card_facts *card_by_index(struct doctor *d, unsigned int index)
{
	unsigned int i;

	for (i = 0; i < d->n_cards; i++)
		if (d->cards[i].index == index)
			return &d->cards[i];
	return NULL;
}

/* " 0 [TacetPhone     ]: tacet-phone - Tacet Phone", then a line that is no card. */
static void gather_list(struct doctor *d)
{
	_cleanup_fclose_ FILE *f = NULL;
	char line[256], path[512];

	snprintf(path, sizeof(path), "%s/proc/asound/cards", d->root);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f) && d->n_cards < CARDS_MAX) {
		struct card_facts *c = &d->cards[d->n_cards];

		if (sscanf(line, " %u [%31[^] ]", &c->index, c->id) != 2)
			continue;
		snprintf(path, sizeof(path), "%s/dev/snd/controlC%u", d->root, c->index);
		c->can_open = access(path, R_OK | W_OK) == 0;
		d->n_cards++;
	}
}

/* ASoC marks the names of front ends: "00-02: Voice (*) : : playback 1 : capture 1". */
static void gather_dpcm(struct doctor *d)
{
	_cleanup_fclose_ FILE *f = NULL;
	char line[256], path[512];
	unsigned int index, device;

	snprintf(path, sizeof(path), "%s/proc/asound/pcm", d->root);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		struct card_facts *c;

		if (sscanf(line, "%u-%u:", &index, &device) != 2)
			continue;
		d->any_pcm = true;
		c = card_by_index(d, index);
		if (c && strstr(line, " (*)")) {
			c->dpcm = true;
			d->dpcm_cards = true;
		}
	}
}

void gather_cards(struct doctor *d)
{
	_cleanup_free_ char *status = NULL;

	gather_list(d);
	gather_dpcm(d);
	/* "P0-0-0: PCM playback 0-0-0 : SLAVE" */
	d->pcm_timers = has_line_at(d, "/proc/asound/timers", "P");
	d->timer_device = exists_at(d, "/dev/snd/timer");
	status = glob_at(d, "/proc/asound/card*/pcm*/sub*/status");
	d->verbose_procfs = status != NULL;
}

static void judge_dpcm_card(struct doctor *d, const struct card_facts *c)
{
	bool at_risk = dpcm_at_risk(d);

	if (d->daemon == DAEMON_RUNNING && c->managed)
		finding_add(
			d, SEVERITY_OK, "card", NULL, NULL,
			"Card %s uses dynamic PCM (DPCM), and tacetd owns its routes.",
			c->id);
	else if (!at_risk)
		finding_add(
			d, SEVERITY_NOTE, "card",
			"This kernel can change them while sound plays, but nobody "
			"follows jacks or remembers routes.",
			"Let tacetd own its routes.",
			"Card %s uses dynamic PCM (DPCM), and nobody owns its routes.",
			c->id);
	else if (d->daemon == DAEMON_RUNNING)
		finding_add(
			d, SEVERITY_WARN, "card", c->reason,
			"Give the card a UCM profile, or see Manage= in "
			"tacetd.conf(5).",
			"Card %s uses dynamic PCM (DPCM), but tacetd leaves it alone.",
			c->id);
	else
		finding_add(d, SEVERITY_WARN, "card",
			    "Each mixer write that changes a route relinks its front and "
			    "back ends, and nobody sees to it that they rest.",
			    "Let tacetd own its routes.",
			    "Card %s uses dynamic PCM (DPCM), and nobody guards its "
			    "routes.",
			    c->id);
}

void judge_cards(struct doctor *d)
{
	unsigned int i;

	if (d->n_cards == 0)
		finding_add(d, SEVERITY_NOTE, "cards",
			    "Without a card there are no routes and no risk.",
			    "If there should be one, 'dmesg' says why its driver failed.",
			    "There is no sound card.");
	for (i = 0; i < d->n_cards; i++) {
		const struct card_facts *c = &d->cards[i];

		if (c->dpcm)
			judge_dpcm_card(d, c);
		else
			finding_add(d, SEVERITY_OK, "card",
				    "It has no front and back ends that a route change "
				    "would relink; the DPCM faults do not concern it.",
				    NULL, "Card %s does not use dynamic PCM.", c->id);
	}
}

void judge_sight(struct doctor *d)
{
	if (!d->any_pcm)
		return;
	if (d->timer_device && d->pcm_timers)
		finding_add(d, SEVERITY_OK, "pcm-timer", NULL, NULL,
			    "PCM timers are there: a stream that stops is seen at once.");
	else
		finding_add(
			d, d->verbose_procfs ? SEVERITY_WARN : SEVERITY_BAD, "pcm-timer",
			d->timer_device
				? "The kernel seems to be built without "
				  "CONFIG_SND_PCM_TIMER: no timer of a PCM is listed."
				: "There is no /dev/snd/timer: the module snd-timer is "
				  "missing, or no udev rule made the node.",
			"Build the kernel with CONFIG_SND_TIMER and "
			"CONFIG_SND_PCM_TIMER. Until then tacetd looks into /proc, "
			"which costs it time.",
			"tacetd cannot see by events when a stream stops.");
	if (d->verbose_procfs)
		finding_add(d, SEVERITY_OK, "verbose-procfs", NULL, NULL,
			    "/proc/asound shows streams, their states and their owners.");
	else
		finding_add(d, SEVERITY_WARN, "verbose-procfs",
			    "The kernel seems to be built without "
			    "CONFIG_SND_VERBOSE_PROCFS, so tacetd cannot name the "
			    "program that keeps a stream running.",
			    "Build the kernel with CONFIG_SND_VERBOSE_PROCFS=y.",
			    "/proc/asound does not show the state of streams.");
}
