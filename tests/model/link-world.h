/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two front ends and two back ends, as DPCM's core and tacet_dpcm treat them. */
#ifndef TACET_MODEL_LINK_H
#define TACET_MODEL_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "../../module/include/tacet/dpcm-link.h"

enum { FES = 2, BES = 2 };

/* An FE as the PCM core sees it. */
enum pcm { CLOSED, SETUP, PREPARED, RUNNING, PAUSED, SUSPENDED };
/* An FE as DPCM sees it. */
enum dpcm { D_CLOSE, D_OPEN, D_PREPARE, D_START, D_STOP, D_PAUSED };
enum phase { IDLE, MARKED, PUT_OFF, PREPARING, WORKED, RAN, OWN_PREPARE };

struct link {
	uint8_t listed : 1, dying : 1, user : 1, part : 2, fresh : 1, is_new : 1;
};

struct be {
	uint8_t open : 1, state : 3, hw : 2; /* hw: 0 off, 1 on, 2 paused */
	uint8_t prepared_by;		     /* 1 + the FE that does so now */
	uint8_t users, started, paused;
};

struct fe {
	uint8_t pcm, dpcm, pending, put_off;
};

struct state {
	struct fe fe[FES];
	struct be be[BES];
	struct link link[FES][BES];
	uint8_t route[FES][BES];
	uint8_t phase, updating, adds, armed, refusals;
};

/* Variants that have to be found wrong: see link.c. */
extern bool stock, clobber;

/* The first thing that was wrong, NULL: nothing. */
extern const char *broken;

/* A trigger from outside; @refuse: the BE that refuses a start, or -1. False if one did. */
bool trigger(struct state *s, int f, enum tacet_op op, int refuse);

/* What happens under the mutex: @s->phase is IDLE before. */
void open_fe(struct state *s, int f);
void close_fe(struct state *s, int f);
void begin_own_prepare(struct state *s, int f);
bool begin(struct state *s, int f, bool adds); /* a route change; false: nothing to do */
void arm(struct state *s);

/* The next step of what has begun; @refuse: a BE that refuses its start. */
void proceed(struct state *s, int refuse);

/* What has to hold whenever the account is kept; sets @broken. */
void judge(const struct state *s);

#endif
