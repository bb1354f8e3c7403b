/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A phone's UCM profile in literals, for the tests of plans. */
#ifndef TACET_TESTS_PHONE_H
#define TACET_TESTS_PHONE_H

#include "core/plan.h"

enum { HIFI, VOICE };
enum { SPEAKER, EARPIECE, HEADPHONES, MIC, HEADSET };
enum { RINGTONE };

#define BIT(n) (1ULL << (n))

/* HiFi: Speaker, Earpiece and Headphones play hw:TacetPhone,0 and exclude each other but for
 * Speaker with Headphones; Mic and Headset capture hw:TacetPhone,3; the modifier "Play Ringtone"
 * plays hw:TacetPhone,1 on the Speaker. Voice Call: the same devices on hw:TacetPhone,2. */
extern const struct profile phone;

#endif
