/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shared by the files of the ALSA control `tacet`.
 */
#ifndef TACET_PLUGIN_CTL_H
#define TACET_PLUGIN_CTL_H

#include <alsa/asoundlib.h>
#include <alsa/control_external.h>

#include "ctl-client.h"

struct ctl {
	snd_ctl_ext_t ext;
	snd_ctl_t *hw;
	int fd; /* of hw, which owns it */
	struct ctl_client client;
	bool *kept; /* by kernel's number: tacetd was seen to keep it locked */
	unsigned int n_kept;
	bool forsaken; /* tacetd went and did not come back: what is not locked is hw's */
	snd_ctl_elem_id_t *
		*ids; /* by kernel's number less one; NULL where there is none */
	unsigned int n_ids;
};

/* What hw says of the element of that number. */
int ctl_get_info(struct ctl *c, snd_ctl_ext_key_t key, snd_ctl_elem_info_t *ret);

/* Callbacks of alsa-lib: values as hw has them, and as tacetd writes them. */
int ctl_read_integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value);
int ctl_read_integer64(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int64_t *value);
int ctl_read_enumerated(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned int *items);
int ctl_read_bytes(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned char *data,
		   size_t max_bytes);
int ctl_read_iec958(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, snd_aes_iec958_t *iec958);
int ctl_write_integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value);
int ctl_write_integer64(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int64_t *value);
int ctl_write_enumerated(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned int *items);
int ctl_write_bytes(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned char *data,
		    size_t max_bytes);
int ctl_write_iec958(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, snd_aes_iec958_t *iec958);

#endif
