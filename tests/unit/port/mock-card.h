/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sound card for alsa-lib in this process: its control device is made of nothing. */
#ifndef TACET_TESTS_MOCK_CARD_H
#define TACET_TESTS_MOCK_CARD_H

#include <stdbool.h>

/* Card 0 has this driver and long name. @controls: whatever is asked for exists, else nothing. */
void mock_card(const char *driver, const char *longname, bool controls);

/* From now on whatever is asked for exists. */
void mock_controls(void);

#endif
