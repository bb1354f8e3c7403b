/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Follows the calls of ModemManager or oFono on the system bus; asks neither for anything. */
#ifndef TACET_CALLAUDIO_CALLS_PORT_H
#define TACET_CALLAUDIO_CALLS_PORT_H

#include <systemd/sd-bus.h>

#include "callaudio/ca-conf.h"

struct calls_port;

/* Whether calls want the route of a call: once when it is known, then at each change. */
typedef void (*calls_told)(bool calls, void *userdata);

/**
 * calls_port_new() - follow a service, whenever it runs; it is never started
 * @ret: calls_port_free() it
 *
 * A modem that goes takes its calls along at once. A service that goes need not: the modem may
 * well go on with the call while it is started again. Its calls count for CALLS_GRACE_US more,
 * or until it tells of them.
 */
int calls_port_new(sd_bus *bus, enum ca_follow follow, calls_told told, void *userdata,
		   struct calls_port **ret);
struct calls_port *calls_port_free(struct calls_port *p);

#define CALLS_GRACE_US (15 * UINT64_C(1000000))

#endif
