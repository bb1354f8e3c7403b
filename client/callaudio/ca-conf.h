/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the administrator wrote: /etc/tacet/callaudiod.conf and its drop-ins. */
#ifndef TACET_CALLAUDIO_CONF_H
#define TACET_CALLAUDIO_CONF_H

#include "callaudio/route.h"
#include "conf.h"

enum ca_follow {
	CA_FOLLOW_NONE,
	CA_FOLLOW_MODEMMANAGER,
	CA_FOLLOW_OFONO,
};

struct ca_conf {
	char card[32]; /* "" = the only card that is managed */
	struct ca_names names;
	enum ca_mute_by mute_by;
	struct name_list mute_controls; /* in place of those that the profile names */
	enum ca_follow follow;
};

/**
 * ca_conf_load() - read the file and its drop-ins, as conf_load() does
 * @ret: free() it
 * @ret_errors: all faults, one "file:line: sentence" a line, when -EBADMSG is returned; free()
 *
 * Return: 0; -EBADMSG and @ret_errors; or another negative errno.
 */
int ca_conf_load(const struct conf_paths *paths, struct ca_conf **ret, char **ret_errors);

#endif
