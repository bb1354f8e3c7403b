/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Write a small tune as a WAV file to stdout: something to listen to on the virtual phone.
 *
 * melody [SECONDS]
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE	  48000
#define NOTE	  (RATE / 4)
#define AMPLITUDE 9000.0

/* Semitones from a', an arpeggio that goes round; 99 is a rest. */
static const int tune[] = { -9, -5, -2, 3, 7, 3, -2, -5, -12, -5, 0, 4, 7, 4, 0, 99 };

static int16_t sample(uint32_t n)
{
	uint32_t at = n % NOTE;
	int tone = tune[n / NOTE % (sizeof(tune) / sizeof(tune[0]))];
	double hz, phase, attack, decay;

	if (tone == 99)
		return 0;
	hz = 440.0 * pow(2.0, tone / 12.0);
	phase = 2.0 * M_PI * hz * at / RATE;
	attack = at < 240 ? at / 240.0 : 1.0;
	decay = 1.0 - (double)at / NOTE;
	return (int16_t)(AMPLITUDE * attack * decay *
			 (sin(phase) + 0.3 * sin(2.0 * phase)));
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

int main(int argc, char **argv)
{
	uint32_t frames = RATE * (argc > 1 ? (uint32_t)atoi(argv[1]) : 10);
	uint8_t header[44] = "RIFF....WAVEfmt ....\1\0\2\0........\4\0\20\0data";

	put32(header + 4, 36 + frames * 4);
	put32(header + 16, 16);
	put32(header + 24, RATE);
	put32(header + 28, RATE * 4);
	put32(header + 40, frames * 4);
	fwrite(header, sizeof(header), 1, stdout);
	for (uint32_t n = 0; n < frames; n++) {
		int16_t both[2] = { sample(n), sample(n) };

		fwrite(both, sizeof(both), 1, stdout);
	}
	return fflush(stdout) ? 1 : 0;
}
