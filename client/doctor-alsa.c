/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who else writes routes, what of Tacet is installed for ALSA, and who may use it.
 */
#include <ctype.h>
#include <dirent.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "doctor.h"

static const struct program {
	const char *comm; /* as the kernel has it: 15 bytes */
	bool writes;	  /* routes, by itself */
	const char *why, *todo;
} programs[] = {
	{ "wireplumber", true,
	  "It applies UCM sequences on its own when a profile or a port changes, most "
	  "of them while the stream still runs.",
	  "Change routes with 'tacetctl switch'. With Lock=yes (the default) tacetd "
	  "keeps its writes away from the route controls; set api.alsa.use-ucm to false "
	  "for the card if its profiles then vanish." },
	{ "pulseaudio", true,
	  "It applies UCM sequences on its own; a port changes while the stream runs.",
	  "Change routes with 'tacetctl switch', and load module-alsa-card with "
	  "use_ucm=no for the card." },
	{ "cras", true, "It applies UCM sequences on its own.",
	  "Keep it away from the card, or change routes with it alone." },
	{ "alsaucm", true, "It writes at once, whether a stream runs or not.",
	  "Use 'tacetctl switch' instead." },
	{ "callaudiod", false,
	  "It asks PulseAudio or PipeWire to change the route of a call, which they do "
	  "while streams run.",
	  "Let the dialer's route changes go through tacetd." },
	{ "q6voiced", false,
	  "It holds the voice streams open through a call, so a route change in the "
	  "call has to wait for it until it is out of time.",
	  "Stop it, and let tacetd hold these streams: see [hold] in tacetd.conf(5)." },
};

static bool is_running(const struct doctor *d, const char *comm, unsigned int *ret_pid)
{
	char path[512], own[32];
	struct dirent *e;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/proc", d->root);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (e = readdir(dir))) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/comm", e->d_name);
		read_line_at(d, path, own, sizeof(own));
		if (strcmp(own, comm) == 0) {
			*ret_pid = strtoul(e->d_name, NULL, 10);
			found = true;
		}
	}
	closedir(dir);
	return found;
}

void judge_programs(struct doctor *d)
{
	bool concerned = d->dpcm_cards && dpcm_at_risk(d);
	bool any = false;
	unsigned int pid;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		const struct program *p = &programs[i];

		if (!is_running(d, p->comm, &pid))
			continue;
		any = true;
		finding_add(d, concerned ? SEVERITY_WARN : SEVERITY_NOTE, "program",
			    p->why, p->todo, "%s (%u) runs, which %s.", p->comm, pid,
			    p->writes ? "writes routes too" : "has a hand in routes");
	}
	if (!any)
		finding_add(d, SEVERITY_OK, "program", NULL, NULL,
			    "No other program that is known to write routes runs.");
}

static bool in_group(const char *name)
{
	const struct group *g = getgrnam(name);
	gid_t groups[256];
	int n, i;

	if (!g)
		return false;
	if (getegid() == g->gr_gid)
		return true;
	n = getgroups(ARRAY_SIZE(groups), groups);
	for (i = 0; i < n; i++)
		if (groups[i] == g->gr_gid)
			return true;
	return false;
}

static void judge_permission(struct doctor *d)
{
	unsigned int i, closed = 0;

	for (i = 0; i < d->n_cards; i++)
		closed += !d->cards[i].can_open;
	if (geteuid() == 0)
		finding_add(
			d, SEVERITY_OK, "permission", NULL, NULL,
			"You are root: you may open every card and ask for every route.");
	else if (in_group("audio"))
		finding_add(d, SEVERITY_OK, "permission", NULL, NULL,
			    "You are in group 'audio': you may ask tacetd for routes.");
	else
		finding_add(
			d, SEVERITY_NOTE, "permission",
			"Then only an active local session may ask tacetd for a route.",
			"'usermod -aG audio USER' as root, then log in again.",
			"You are not in group 'audio'.");
	if (closed)
		finding_add(d, SEVERITY_NOTE, "card-permission",
			    "tacetd, which runs as its own user in group 'audio', does "
			    "not need this; your players do.",
			    "'ls -l /dev/snd' shows who may.",
			    "You may not open %u of %u cards.", closed, d->n_cards);
}

static void judge_plugin(struct doctor *d)
{
	_cleanup_free_ char *plugin =
		glob_at(d, "/usr/{lib,lib64,lib/*,local/lib,local/lib/*}/alsa-lib/"
			   "libasound_module_pcm_tacet.so");
	_cleanup_free_ char *conf =
		glob_at(d, "{/etc/alsa/conf.d,/usr/share/alsa/alsa.conf.d,"
			   "/usr/local/share/alsa/alsa.conf.d}/*tacet*.conf");

	if (plugin && conf)
		finding_add(d, SEVERITY_OK, "alsa-plugin", NULL, NULL,
			    "The PCM 'tacet' is installed.");
	else
		finding_add(
			d, SEVERITY_WARN, "alsa-plugin",
			plugin ? "The plug-in is there, but no configuration names it."
			       : "Without it a stream is foreign to tacetd: it can only "
				 "wait for its end.",
			"Install Tacet's ALSA part ('meson install'), and let programs "
			"play to tacet:CARD=x,DEV=0; see tacet-pcm(7).",
			"The PCM 'tacet' is not installed.");
	if (d->daemon == DAEMON_RUNNING && !exists_at(d, "/run/tacet/lease"))
		finding_add(d, SEVERITY_WARN, "lease-socket",
			    "Streams that play to the PCM 'tacet' cannot be leased.",
			    "'systemctl enable --now tacetd.socket'",
			    "There is no lease socket (/run/tacet/lease).");
}

void judge_alsa(struct doctor *d)
{
	judge_permission(d);
	judge_plugin(d);
}
