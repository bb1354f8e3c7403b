/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * held.h for the daemon: loads the module that has it, alsa-lib and all, with the first PCM that
 * is held. Most phones' tacetd never needs it, and it is a seventh of its memory.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

#include "config.h"
#include "port/held.h"
#include "util/log.h"

static struct {
	int (*open)(const struct held_spec *spec, struct held **ret,
		    const char **ret_step);
	struct held *(*close)(struct held *h);
	enum pcm_state (*state)(struct held *h);
	void (*id)(struct held *h, uint16_t *ret_device, uint16_t *ret_subdevice);
} api;

/* Never unloaded again: a call's next switch shall not wait for it once more. */
static int load(void)
{
	void *module;

	if (api.open)
		return 0;
	module = dlopen(LIBEXECDIR "/held.so", RTLD_NOW | RTLD_LOCAL);
	if (!module) {
		log_debug("Cannot load what holds PCMs: %s", dlerror());
		return -ELIBACC;
	}
	*(void **)&api.close = dlsym(module, "held_close");
	*(void **)&api.state = dlsym(module, "held_state");
	*(void **)&api.id = dlsym(module, "held_id");
	if (api.close && api.state && api.id)
		*(void **)&api.open = dlsym(module, "held_open");
	return api.open ? 0 : -ELIBBAD;
}

int held_open(const struct held_spec *spec, struct held **ret, const char **ret_step)
{
	int r = load();

	if (r < 0) {
		*ret_step = "load what opens";
		return r;
	}
	return api.open(spec, ret, ret_step);
}

struct held *held_close(struct held *h)
{
	return h ? api.close(h) : NULL;
}

enum pcm_state held_state(struct held *h)
{
	return api.state(h);
}

void held_id(struct held *h, uint16_t *ret_device, uint16_t *ret_subdevice)
{
	api.id(h, ret_device, ret_subdevice);
}
