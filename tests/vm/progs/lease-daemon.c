/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/integration/lease-daemon.c, for the guest.
 *
 * build: -I ROOT/daemon -Wno-unused-parameter -Wno-missing-field-initializers ROOT/daemon/port/lease.c ROOT/daemon/port/lease-conn.c ROOT/daemon/port/lease-store.c ROOT/daemon/port/lease-reap.c ROOT/daemon/port/pcm-fd.c ROOT/daemon/port/interrupt.c ROOT/daemon/core/lease-msg.c ROOT/daemon/core/world.c ROOT/daemon/util/log.c
 */
#include "../../integration/lease-daemon.c"
