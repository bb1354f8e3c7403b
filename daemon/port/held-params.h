/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TACET_PORT_HELD_PARAMS_H
#define TACET_PORT_HELD_PARAMS_H

#include "port/held.h"

/* Hardware parameters as @spec wants them; where it is silent, what the hardware has nearest to a
 * call's usual, and few interrupts. Return: 0, -EINVAL, or another negative errno. */
int held_set_params(int fd, const struct held_spec *spec);

#endif
