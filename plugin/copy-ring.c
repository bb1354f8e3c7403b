/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two rings of a copied PCM: what did not go into the hardware yet, or came out of it before
 * the application asked; and what went in last, to be played again after a switch that dropped it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "copy.h"

int copy_ring_alloc(struct copy *c)
{
	size_t bytes = (size_t)c->buffer_size * c->frame_bytes;
	char *stash = realloc(c->stash, bytes), *sent = NULL;

	if (stash)
		c->stash = stash;
	if (stash && !c->capture) {
		sent = realloc(c->sent, bytes);
		if (sent)
			c->sent = sent;
	}
	return stash && (sent || c->capture) ? 0 : -ENOMEM;
}

void copy_ring_free(struct copy *c)
{
	free(c->stash);
	free(c->sent);
	c->stash = c->sent = NULL;
}

snd_pcm_uframes_t stash_piece(struct copy *c, bool put, char **ret)
{
	snd_pcm_uframes_t at = c->stash_head, n = c->stash_fill;

	if (put) {
		at = (c->stash_head + c->stash_fill) % c->buffer_size;
		n = c->buffer_size - c->stash_fill;
	}
	*ret = c->stash + at * c->frame_bytes;
	return n < c->buffer_size - at ? n : c->buffer_size - at;
}

snd_pcm_uframes_t stash_put(struct copy *c, const char *src, snd_pcm_uframes_t frames)
{
	snd_pcm_uframes_t done = 0, n;
	char *at;

	while (done < frames && (n = stash_piece(c, true, &at)) > 0) {
		if (n > frames - done)
			n = frames - done;
		memcpy(at, src + done * c->frame_bytes, n * c->frame_bytes);
		c->stash_fill += n;
		done += n;
	}
	return done;
}

void stash_took(struct copy *c, snd_pcm_uframes_t n)
{
	c->stash_head = (c->stash_head + n) % c->buffer_size;
	c->stash_fill -= n;
}

snd_pcm_uframes_t stash_get(struct copy *c, char *dst, snd_pcm_uframes_t frames)
{
	snd_pcm_uframes_t done = 0, n;
	char *at;

	while (done < frames && (n = stash_piece(c, false, &at)) > 0) {
		if (n > frames - done)
			n = frames - done;
		memcpy(dst + done * c->frame_bytes, at, n * c->frame_bytes);
		stash_took(c, n);
		done += n;
	}
	return done;
}

snd_pcm_uframes_t stash_put_silence(struct copy *c, snd_pcm_uframes_t frames)
{
	snd_pcm_uframes_t done = 0, n;
	char *at;

	while (done < frames && (n = stash_piece(c, true, &at)) > 0) {
		if (n > frames - done)
			n = frames - done;
		(void)snd_pcm_format_set_silence(c->io.format, at, n * c->io.channels);
		c->stash_fill += n;
		done += n;
	}
	return done;
}

void sent_note(struct copy *c, const char *src, snd_pcm_uframes_t frames)
{
	while (frames > 0) {
		snd_pcm_uframes_t at = (snd_pcm_uframes_t)(c->moved % c->buffer_size);
		snd_pcm_uframes_t n =
			c->buffer_size - at < frames ? c->buffer_size - at : frames;
		char *to = c->sent + at * c->frame_bytes;

		if (to != src)
			memcpy(to, src, n * c->frame_bytes);
		c->moved += n;
		src += n * c->frame_bytes;
		frames -= n;
	}
}

const char *sent_piece(const struct copy *c, snd_pcm_uframes_t *frames)
{
	snd_pcm_uframes_t at = (snd_pcm_uframes_t)(c->moved % c->buffer_size);

	if (*frames > c->buffer_size - at)
		*frames = c->buffer_size - at;
	return c->sent + at * c->frame_bytes;
}
