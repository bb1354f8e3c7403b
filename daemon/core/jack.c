/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "core/jack.h"

static const struct jack *find_jack(const struct jacks *j, const char *control)
{
	for (unsigned int i = 0; i < j->n; i++)
		if (!strcmp(j->jack[i].control, control))
			return &j->jack[i];
	return NULL;
}

bool jacks_set(struct jacks *j, const char *control, bool plugged)
{
	struct jack *k = (struct jack *)find_jack(j, control);

	if (k) {
		bool news = k->plugged != plugged;

		k->plugged = plugged;
		return news;
	}
	if (j->n >= JACKS_MAX || strlen(control) >= sizeof(k->control))
		return false;
	k = &j->jack[j->n++];
	memset(k, 0, sizeof(*k));
	strcpy(k->control, control);
	k->plugged = plugged;
	return true;
}

static bool goes_that_way(const struct profile_device *d, bool capture)
{
	return capture ? d->capture_pcm[0] : d->playback_pcm[0];
}

static int priority(const struct profile_device *d, bool capture)
{
	return capture ? d->capture_priority : d->playback_priority;
}

/* Without a jack a device is always there; one whose jack was never heard of may be. */
static bool reachable(const struct profile_device *d, const struct jacks *j)
{
	const struct jack *k = d->jack_control[0] ? find_jack(j, d->jack_control) : NULL;

	return !k || k->plugged;
}

static int best(const struct profile_verb *v, const struct jacks *j, const char *not_on,
		bool capture)
{
	int found = -1;

	for (unsigned int i = 0; i < v->n_devices; i++) {
		const struct profile_device *d = &v->device[i];

		if (!goes_that_way(d, capture) || !reachable(d, j) ||
		    !strcmp(d->jack_control, not_on))
			continue;
		if (found < 0 ||
		    priority(d, capture) > priority(&v->device[found], capture))
			found = i;
	}
	return found;
}

/* Where to go back to: what was in use before the plug, if it still serves. */
static int back(const struct profile_verb *v, const struct jacks *j,
		const struct jack *jack, bool capture)
{
	int i = jack->before[capture][0] ? profile_find_device(v, jack->before[capture])
					 : -1;

	if (i >= 0 && goes_that_way(&v->device[i], capture) &&
	    reachable(&v->device[i], j))
		return i;
	return best(v, j, jack->control, capture);
}

static void remember(const struct profile_verb *v, const struct route *r,
		     struct jack *jack, bool capture)
{
	jack->before[capture][0] = '\0';
	for (unsigned int i = 0; i < v->n_devices; i++) {
		const struct profile_device *d = &v->device[i];

		if (r->devices & (UINT64_C(1) << i) && goes_that_way(d, capture) &&
		    strcmp(d->jack_control, jack->control) != 0) {
			strcpy(jack->before[capture], d->name);
			return;
		}
	}
}

unsigned int jack_decide(const struct profile *p, const struct route *r, struct jacks *j,
			 const char *control, struct request ret[JACK_REQUESTS])
{
	struct jack *jack = (struct jack *)find_jack(j, control);
	const struct profile_verb *v;
	unsigned int n = 0;

	if (!jack || r->verb < 0)
		return 0;
	v = &p->verb[r->verb];
	for (int capture = 0; capture < 2; capture++) {
		int target = -1;

		for (unsigned int i = 0; i < v->n_devices; i++) {
			const struct profile_device *d = &v->device[i];
			bool on = r->devices & (UINT64_C(1) << i);

			/* A headset that plays and records counts as the output that it is. */
			if (strcmp(d->jack_control, control) ||
			    !goes_that_way(d, capture) ||
			    (capture && d->playback_pcm[0]) || on == jack->plugged)
				continue;
			if (jack->plugged)
				remember(v, r, jack, capture);
			target = jack->plugged ? (int)i : back(v, j, jack, capture);
			break;
		}
		if (target < 0)
			continue;
		memset(&ret[n], 0, sizeof(ret[n]));
		strcpy(ret[n++].to, v->device[target].name);
	}
	return n;
}
