/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.mobian_project.CallAudio on the session bus. */
#ifndef TACET_CALLAUDIO_SESSION_H
#define TACET_CALLAUDIO_SESSION_H

#include <systemd/sd-bus.h>

#include "callaudio/bridge.h"

struct session;

extern const struct bridge_ops session_bridge_ops; /* with a struct session * */

/**
 * session_new() - put the object on the bus, before the name is taken
 * @ret: session_free() it, after the bridge
 */
int session_new(sd_bus *bus, struct session **ret);
struct session *session_free(struct session *s);

/* Whom to ask. */
void session_serve(struct session *s, struct bridge *b);

/**
 * session_take_name() - become the service
 * @ret_owner: who has the name, such as "callaudiod (pid 812)", with -EEXIST; free()
 */
int session_take_name(struct session *s, char **ret_owner);

#endif
