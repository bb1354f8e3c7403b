/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Owns cards, their streams and their switches; connects the ports to the core. One loop, one
 * thread.
 */
#ifndef TACET_MANAGER_H
#define TACET_MANAGER_H

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "conf.h"

struct manager;

struct manager_config {
	const char *state_dir;
	const char *worker_path;
	const char *root; /* "" or a folder that stands in for / in tests */
	struct conf_paths conf_paths;
};

/**
 * manager_new() - a manager without cards
 * @config: strings outlive the manager
 * @conf: taken over, also on failure
 *
 * Return: 0 and @ret (manager_free()), or a negative errno.
 */
int manager_new(sd_event *event, sd_bus *bus, const struct manager_config *config,
		struct conf *conf, struct manager **ret);
struct manager *manager_free(struct manager *m);

/**
 * manager_start() - find cards, take the socket and stored fds, take the name
 * @fds, @names: as sd_listen_fds_with_names() gave them, @n of each; all are taken over
 */
int manager_start(struct manager *m, int *fds, char *const *names, int n);

/* Read the configuration again. Running streams and switches are not touched. Return: 0, or
 * -1 and @ret_error (free()) with a line for each fault; then the old one stays. */
int manager_reload(struct manager *m, char **ret_error);

/* Take nothing new, bring running switches to their end, then leave the loop. */
void manager_stop(struct manager *m);

#endif
