/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tacetctl doctor: is this kernel at risk, of what, and what is to be done. Needs no tacetd.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "doctor.h"
#include "json.h"
#include "table.h"
#include "tacetctl.h"

const char doctor_help[] =
	"Usage: tacetctl doctor [--json]\n"
	"\n"
	"Say whether this kernel is at risk when routes change, why, and what to do; "
	"and\n"
	"what of Tacet is missing or not in order. Works without tacetd.\n"
	"\n"
	"Options:\n"
	"      --json       print JSON instead of text\n"
	"  -h, --help       this text\n"
	"\n"
	"Exit status: 0 nothing bad, 1 something bad, 2 wrong usage.\n";

static bool is_installed(struct doctor *d, const char *name)
{
	_cleanup_free_ char *found = NULL;
	char pattern[320];

	snprintf(pattern, sizeof(pattern),
		 "/lib/modules/%s/{extra,updates,updates/dkms,kernel/sound/soc}/%s.ko*",
		 d->release, name);
	found = glob_at(d, pattern);
	return found;
}

static void gather_module(struct doctor *d, const char *name, bool *ret_loaded,
			  char *ret_active, size_t size)
{
	char path[128], state[32];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	read_line_at(d, path, state, sizeof(state));
	*ret_loaded = strcmp(state, "live") == 0;
	snprintf(path, sizeof(path), "/sys/module/%s/parameters/active", name);
	read_line_at(d, path, ret_active, size);
	if (!*ret_loaded)
		ret_active[0] = '\0';
}

/*
 * Is compressed offload built into ASoC? The configuration says so, where it is kept; else
 * the module that snd_soc_core then needs.
 */
static bool has_compress(const struct doctor *d)
{
	char path[160];

	snprintf(path, sizeof(path), "/boot/config-%s", d->release);
	if (exists_at(d, path))
		return has_line_at(d, path, "CONFIG_SND_SOC_COMPRESS=y");
	return !exists_at(d, "/sys/module/snd_soc_core/initstate") ||
	       exists_at(d, "/sys/module/snd_compress");
}

static void gather_kernel(struct doctor *d)
{
	_cleanup_free_ char *media = NULL;
	char signature[256], ftrace[16];

	read_line_at(d, "/proc/sys/kernel/osrelease", d->release, sizeof(d->release));
	read_line_at(d, "/proc/sys/kernel/version", d->build, sizeof(d->build));
	read_line_at(d, "/proc/version_signature", signature, sizeof(signature));
	d->version_known =
		kernel_version_parse(d->release, *signature ? signature : d->build,
				     &d->version) == 0;
	if (d->version_known)
		kernel_faults(&d->version, has_compress(d), &d->faults);
	gather_module(d, "tacet_dpcm", &d->dpcm_loaded, d->dpcm_active,
		      sizeof(d->dpcm_active));
	gather_module(d, "tacet_media", &d->media_loaded, d->media_active,
		      sizeof(d->media_active));
	d->dpcm_available = is_installed(d, "tacet_dpcm");
	d->media_available = is_installed(d, "tacet_media");
	read_line_at(d, "/proc/sys/kernel/ftrace_enabled", ftrace, sizeof(ftrace));
	d->ftrace_off = strcmp(ftrace, "0") == 0;
	media = glob_at(d, "/sys/bus/media/devices/*");
	d->media_devices = media != NULL;
}

/* How many faults of an area are not repaired; @certain leaves out those that may be absent. */
static unsigned int count_open(const struct doctor *d, enum fault_area area)
{
	const char *active = area == FAULT_DPCM ? d->dpcm_active : d->media_active;
	unsigned int i, n = 0;

	for (i = 0; i < d->faults.n; i++) {
		const struct kernel_fault *f = d->faults.item[i].fault;

		n += f->area == area && !kernel_fault_repaired(active, f->id);
	}
	return n;
}

bool dpcm_at_risk(const struct doctor *d)
{
	return !d->version_known || count_open(d, FAULT_DPCM) > 0;
}

static void add_faults(const struct doctor *d, json_object *finding, enum fault_area area)
{
	const char *active = area == FAULT_DPCM ? d->dpcm_active : d->media_active;
	json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < d->faults.n; i++) {
		const struct kernel_fault *f = d->faults.item[i].fault;
		json_object *o;

		if (f->area != area)
			continue;
		o = json_object_new_object();
		json_object_object_add(o, "id", json_object_new_string(f->id));
		json_object_object_add(o, "effect", json_object_new_string(f->effect));
		json_object_object_add(o, "evidence",
				       json_object_new_string(f->evidence));
		json_object_object_add(
			o, "certain", json_object_new_boolean(d->faults.item[i].certain));
		json_object_object_add(
			o, "repaired",
			json_object_new_boolean(kernel_fault_repaired(active, f->id)));
		json_object_array_add(list, o);
	}
	json_object_object_add(finding, "faults", list);
}

static unsigned int count_all(const struct doctor *d, enum fault_area area)
{
	unsigned int i, n = 0;

	for (i = 0; i < d->faults.n; i++)
		n += d->faults.item[i].fault->area == area;
	return n;
}

static const char dpcm_todo[] =
	"Let tacetd change the routes: start it, and ask it with 'tacetctl switch'. "
	"Where tacet_dpcm is built for this kernel, loading it repairs the kernel "
	"itself.";
static const char dpcm_todo_load[] =
	"'modprobe tacet_dpcm' repairs the running kernel; or let tacetd change the "
	"routes.";
static const char media_todo[] = "Where tacet_media is built for this kernel, loading it "
				 "repairs the kernel itself.";
static const char media_todo_load[] =
	"'modprobe tacet_media' repairs the running kernel.";
static const char dpcm_todo_none[] =
	"Let tacetd change the routes: start it, and ask it with 'tacetctl switch'. "
	"tacet_dpcm does not know kernels of this series and would not load.";
static const char media_todo_none[] = "tacet_media does not know kernels of this series "
				      "and would not load; one of 5.10, "
				      "6.1, 6.12 or 7.2 can be repaired.";

/* What a person can do with the area's module: nothing on this kernel, build it, load it. */
static const char *todo(const struct doctor *d, enum fault_area area)
{
	if (!kernel_is_repairable(&d->version))
		return area == FAULT_DPCM ? dpcm_todo_none : media_todo_none;
	if (area == FAULT_DPCM)
		return d->dpcm_available ? dpcm_todo_load : dpcm_todo;
	return d->media_available ? media_todo_load : media_todo;
}

static void judge_dpcm(struct doctor *d)
{
	unsigned int all = count_all(d, FAULT_DPCM), open = count_open(d, FAULT_DPCM);
	enum severity s = SEVERITY_NOTE;
	json_object *finding;
	const char *why;

	if (all == 0) {
		finding_add(d, SEVERITY_OK, "kernel-dpcm", NULL, NULL,
			    "Kernel %s has no known fault in changing audio routes.",
			    d->release);
		return;
	}
	if (open == 0) {
		finding = finding_add(d, SEVERITY_OK, "kernel-dpcm", NULL, NULL,
				      "Kernel %s had %u faults in changing audio "
				      "routes; tacet_dpcm has repaired them.",
				      d->release, all);
		add_faults(d, finding, FAULT_DPCM);
		return;
	}
	if (!d->dpcm_cards) {
		why = "No sound card here uses dynamic PCM (DPCM), so they cannot strike "
		      "now.";
	} else if (d->daemon == DAEMON_RUNNING) {
		why = "tacetd runs and changes routes only while the sound rests, which "
		      "keeps them away; programs that write routes themselves can still "
		      "meet them.";
	} else {
		s = SEVERITY_BAD;
		why = "A sound card here uses dynamic PCM (DPCM), and nothing keeps its "
		      "routes from changing while sound plays.";
	}
	finding = finding_add(d, s, "kernel-dpcm", why, todo(d, FAULT_DPCM),
			      "Kernel %s has %u fault%s in changing audio routes that "
			      "nothing repairs.",
			      d->release, open, open == 1 ? "" : "s");
	add_faults(d, finding, FAULT_DPCM);
}

static void judge_media(struct doctor *d)
{
	unsigned int all = count_all(d, FAULT_MEDIA), open = count_open(d, FAULT_MEDIA);
	const char *why = "No media device is present, so they cannot strike now.";
	enum severity s = SEVERITY_NOTE;
	json_object *finding;

	if (all == 0)
		return;
	if (open == 0) {
		finding = finding_add(d, SEVERITY_OK, "kernel-media", NULL, NULL,
				      "Kernel %s had %u faults in freeing media "
				      "devices; tacet_media has repaired them.",
				      d->release, all);
		add_faults(d, finding, FAULT_MEDIA);
		return;
	}
	if (open < all) {
		finding = finding_add(d, SEVERITY_NOTE, "kernel-media",
				      "See below which; unplugging a device that nobody "
				      "uses is safe.",
				      NULL,
				      "Kernel %s had %u faults in freeing media "
				      "devices; tacet_media has repaired %u of them.",
				      d->release, all, all - open);
		add_faults(d, finding, FAULT_MEDIA);
		return;
	}
	if (d->media_devices) {
		s = SEVERITY_WARN;
		why = "There are media devices: unplug none while a program uses it.";
	}
	finding = finding_add(d, s, "kernel-media", why, todo(d, FAULT_MEDIA),
			      "Kernel %s has %u faults in freeing media devices that "
			      "nothing repairs.",
			      d->release, open);
	add_faults(d, finding, FAULT_MEDIA);
}

void judge_kernel(struct doctor *d)
{
	if (!d->version_known) {
		finding_add(
			d, SEVERITY_WARN, "kernel-version",
			"So the table of known faults is of no use; treat it as at risk.",
			"Look up 'uname -r' and tell it to the project.",
			"The kernel's release '%s' cannot be read as a version.",
			d->release);
		return;
	}
	if (kernel_is_unknown(&d->version))
		finding_add(
			d, SEVERITY_NOTE, "kernel-version",
			"Nothing is known to have mended the faults since, so they are "
			"assumed to be there.",
			NULL, "Kernel %s is newer than what was looked at (%u.%u.%u).",
			d->release, KERNEL_LOOKED_AT_MAJOR, KERNEL_LOOKED_AT_MINOR,
			KERNEL_LOOKED_AT_PATCH);
	judge_dpcm(d);
	judge_media(d);
}

static void judge_module(struct doctor *d, const char *name, bool loaded,
			 const char *active, const char *benefit)
{
	if (loaded && *active)
		finding_add(d, SEVERITY_OK, "module", NULL, NULL, "%s is active: %s.",
			    name, active);
	else if (loaded)
		finding_add(d, SEVERITY_BAD, "module",
			    "It is loaded, but says that it repairs nothing.",
			    "'dmesg' says which of its hooks failed.",
			    "%s is not active.", name);
	else
		finding_add(d, SEVERITY_NOTE, "module", benefit, NULL,
			    "%s is not loaded.", name);
}

void judge_modules(struct doctor *d)
{
	judge_module(
		d, "tacet_dpcm", d->dpcm_loaded, d->dpcm_active,
		"It repairs DPCM in the running kernel, which allows live switches.");
	judge_module(d, "tacet_media", d->media_loaded, d->media_active,
		     "It repairs media devices in the running kernel.");
	if (d->ftrace_off && (d->dpcm_loaded || d->media_loaded))
		finding_add(d, SEVERITY_BAD, "ftrace",
			    "The modules reach the kernel's functions through ftrace. "
			    "While it is off, their repairs may be dead although they "
			    "are loaded.",
			    "'sysctl kernel.ftrace_enabled=1'",
			    "ftrace is switched off (kernel.ftrace_enabled is 0).");
}

static void print_json(const struct doctor *d)
{
	static const char *const names[] = { "ok", "note", "warn", "bad" };
	_cleanup_json_ json_object *o = json_object_new_object();

	json_object_object_add(o, "kernel", json_object_new_string(d->release));
	json_object_object_add(o, "build", json_object_new_string(d->build));
	json_object_object_add(o, "worst",
			       json_object_new_string(names[findings_worst(d)]));
	json_object_object_add(o, "findings", json_object_get(d->findings));
	json_print(o, false);
}

int ctl_doctor(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = { CTL_COMMON_OPTIONS, {} };
	_cleanup_json_ json_object *findings = json_object_new_array();
	struct doctor d = { .findings = findings };
	int opt, r;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		r = ctl_common_option(ctl, opt, doctor_help);
		if (r)
			return r - 1;
	}
	if (optind < argc)
		return ctl_usage_error("doctor", "'%s' is one argument too many",
				       argv[optind]);
	d.root = ctl->root;
	gather_kernel(&d);
	gather_cards(&d);
	gather_daemon(&d);
	judge_kernel(&d);
	judge_modules(&d);
	judge_daemon(&d);
	judge_cards(&d);
	judge_sight(&d);
	judge_programs(&d);
	judge_alsa(&d);

	if (ctl->json)
		print_json(&d);
	else
		findings_print(&d, stdout, style_wanted(STDOUT_FILENO),
			       text_columns(STDOUT_FILENO));
	return findings_worst(&d) == SEVERITY_BAD ? CTL_FAILED : CTL_DONE;
}
