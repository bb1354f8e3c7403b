/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the fuzzers share: the input as a stream of small choices, and a check that is never
 * compiled out. An input that runs dry answers 0 to everything.
 */
#ifndef TACET_TESTS_FUZZ_H
#define TACET_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A statement that must hold for every input. */
#define CHECK(expr)                                                             \
	do {                                                                    \
		if (!(expr)) {                                                  \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, \
				__LINE__, #expr);                               \
			abort();                                                \
		}                                                               \
	} while (0)

struct input {
	const uint8_t *p;
	size_t left;
};

static inline uint8_t input_byte(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->p++;
}

static inline uint32_t input_u32(struct input *in)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++)
		v = v << 8 | input_byte(in);
	return v;
}

/* A number below @n. */
static inline unsigned int input_below(struct input *in, unsigned int n)
{
	return n ? input_byte(in) % n : 0;
}

/* At most @max bytes, as many as the next one says; they stay in the input's memory. */
static inline size_t input_bytes(struct input *in, size_t max, const uint8_t **ret)
{
	size_t n = input_byte(in);

	if (n > max)
		n = max;
	if (n > in->left)
		n = in->left;
	*ret = in->p;
	in->p += n;
	in->left -= n;
	return n;
}

#endif
