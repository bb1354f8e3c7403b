/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/integration/lease-liar.c, for the guest.
 *
 * build: -I ROOT/daemon ROOT/daemon/core/lease-msg.c
 */
#include "../../integration/lease-liar.c"
