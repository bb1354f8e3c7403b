/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Actions and events as a person reads them: "gate-close, quiesce 7 pause". */
#ifndef TACET_TESTS_ACTION_TEXT_H
#define TACET_TESTS_ACTION_TEXT_H

#include <stddef.h>

#include "core/switch.h"

/* Return: @buf. */
const char *actions_text(const struct sw_actions *a, char *buf, size_t size);
const char *action_text(const struct sw_action *a, char *buf, size_t size);
const char *event_text(const struct sw_event *ev, char *buf, size_t size);

#endif
