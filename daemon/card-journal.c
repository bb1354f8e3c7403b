/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What survives a kill: the route of a card, and the intent of the switch in progress. */
#include <errno.h>
#include <string.h>

#include "manager-internal.h"
#include "port/journal.h"
#include "util/cleanup.h"
#include "util/log.h"

static int store(struct card *c, const struct journal_entry *e)
{
	int r = c->manager->state_fd < 0
			? -ENOTDIR
			: journal_store(c->manager->state_fd, c->info.id, e);
	struct job *j = card_current(c);

	if (r >= 0)
		return 0;
	log_full_errno(
		LOG_WARNING, r,
		(&(const struct log_fields){ .message_id = TACET_MESSAGE_JOURNAL_FAILED,
					     .card = c->info.id,
					     .switch_id = j ? j->id : 0 }),
		"%s: the route cannot be stored: %m", c->info.id);
	if (j && j->report)
		snprintf(j->report->journal, sizeof(j->report->journal),
			 "The route could not be stored: %s", strerror(-r));
	return r;
}

int card_journal_intent(struct card *c)
{
	_cleanup_free_ struct journal_entry *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->have_route = c->have_home;
	e->route = c->home;
	e->switching = true;
	e->to = c->plan_to;
	e->switch_id = c->sw.current.id;
	return store(c, e);
}

int card_journal_commit(struct card *c, enum tacet_error_code error)
{
	_cleanup_free_ struct journal_entry *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	/* After a failure the old route holds; where even that was lost it is what a restart
	 * shall bring back. */
	if (!error && c->plan->outside) {
		/* What another program has set has no name, and is not ours to bring back. */
		c->home = (struct route_names){};
		c->have_home = false;
		c->had_route = true;
	} else if (!error) {
		c->home = c->plan_to;
		c->have_home = c->had_route = true;
	}
	e->have_route = c->have_home;
	e->route = c->home;
	e->switch_id = c->sw.current.id;
	return store(c, e);
}

void card_journal_load(struct card *c)
{
	_cleanup_free_ struct journal_entry *e = calloc(1, sizeof(*e));
	char why[160] = "";
	int r;

	if (c->journal_loaded || !e)
		return;
	c->journal_loaded = true;
	r = c->manager->state_fd < 0
		    ? -ENOENT
		    : journal_load(c->manager->state_fd, c->info.id, e, why, sizeof(why));
	if (r == -EBADMSG)
		log_fields_full(LOG_WARNING,
				(&(const struct log_fields){
					.message_id = TACET_MESSAGE_JOURNAL_BAD,
					.card = c->info.id }),
				"%s: the state file is broken and was set aside: %s",
				c->info.id, why);
	else if (r < 0 && r != -ENOENT)
		log_warning_errno(r, "%s: cannot read the state file: %m", c->info.id);
	if (r >= 0) {
		if (e->switch_id > c->manager->last_switch)
			c->manager->last_switch = e->switch_id;
		c->have_home = e->have_route;
		c->home = e->route;
		/* Killed while another program wrote, over what had no name either: there is
		 * nothing to bring back. */
		if (e->switching && (e->to.verb[0] || e->have_route))
			card_restore(c, &e->to, e->have_route ? &e->route : NULL);
		else if (e->have_route)
			card_restore(c, &e->route, NULL);
		if (e->switching || e->have_route)
			return;
	}
	card_restore_home(c);
}

void card_restore_home(struct card *c)
{
	struct route_names names = {};

	if (c->have_home) {
		card_restore(c, &c->home, NULL);
		return;
	}
	/* What somebody else has set since is not ours to replace. */
	if (c->had_route || !c->conf->default_verb[0])
		return;
	strcpy(names.verb, c->conf->default_verb);
	names.n_devices = c->conf->default_devices.n;
	memcpy(names.device, c->conf->default_devices.name,
	       sizeof(c->conf->default_devices.name));
	card_restore(c, &names, NULL);
}
