/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The Tacet developers */
#include "core/world.h"

const char *stream_kind_name(enum stream_kind kind)
{
	switch (kind) {
	case STREAM_HELD:
		return "held";
	case STREAM_LEASED:
		return "leased";
	case STREAM_FOREIGN:
		return "foreign";
	case STREAM_KIND_MAX:
		break;
	}
	return "unknown";
}

const char *pcm_state_name(enum pcm_state state)
{
	switch (state) {
	case PCM_OPEN:
		return "open";
	case PCM_SETUP:
		return "setup";
	case PCM_PREPARED:
		return "prepared";
	case PCM_RUNNING:
		return "running";
	case PCM_XRUN:
		return "xrun";
	case PCM_DRAINING:
		return "draining";
	case PCM_PAUSED:
		return "paused";
	case PCM_SUSPENDED:
		return "suspended";
	case PCM_DISCONNECTED:
		return "disconnected";
	case PCM_CLOSED:
		return "closed";
	case PCM_STATE_MAX:
		break;
	}
	return "unknown";
}

bool pcm_state_moves(enum pcm_state state)
{
	return state == PCM_RUNNING || state == PCM_DRAINING;
}
