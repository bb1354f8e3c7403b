/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For a system call that may sleep longer than the loop can spare: between begin and end,
 * the calling thread is interrupted every 200 us, so that the call returns -EINTR soon.
 */
#ifndef TACET_PORT_INTERRUPT_H
#define TACET_PORT_INTERRUPT_H

/* Return: 0, or a negative errno; then do not make the call. Does not nest. */
int interrupt_begin(void);
void interrupt_end(void);

#endif
