/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The UCM worker itself, for the tiny guest, which has nothing installed.
 *
 * build: -IROOT/daemon -Wno-unused-parameter -Wno-missing-field-initializers
 * build: ROOT/daemon/worker/main.c ROOT/daemon/worker/command.c ROOT/daemon/worker/ctl.c
 * build: ROOT/daemon/worker/ctl-id.c ROOT/daemon/worker/ctl-lock.c ROOT/daemon/worker/events.c
 * build: ROOT/daemon/worker/message.c ROOT/daemon/worker/profile.c
 * build: ROOT/daemon/worker/tap.c ROOT/daemon/util/strv-msg.c
 */
typedef int not_empty;
