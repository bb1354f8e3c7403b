/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ALSA plugin as one file, for guests in which the project is not installed.
 *
 * build: -shared -fPIC -DPIC -I ROOT/daemon -I ROOT/plugin -Wno-unused-parameter -Wno-missing-field-initializers ROOT/plugin/lease-client.c ROOT/plugin/direct.c ROOT/plugin/copy.c ROOT/plugin/copy-hw.c ROOT/plugin/copy-ring.c ROOT/plugin/copy-params.c ROOT/plugin/copy-rest.c ROOT/daemon/core/lease-msg.c
 */
#include "../../../plugin/tacet-pcm.c"
