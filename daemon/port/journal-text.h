/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of a state file; see journal_format() and journal_parse() in port/journal.h. */
#ifndef TACET_PORT_JOURNAL_TEXT_H
#define TACET_PORT_JOURNAL_TEXT_H

#include "port/journal.h"

/* Two routes with every name of full length and every character escaped, and the rest. */
#define JOURNAL_TEXT_MAX \
	(2 * (1 + PROFILE_DEVICES + PROFILE_MODIFIERS) * (4 * TACET_NAME_MAX + 16) + 512)

#endif
