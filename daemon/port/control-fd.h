/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TACET_PORT_CONTROL_FD_H
#define TACET_PORT_CONTROL_FD_H

/**
 * control_fd_card() - what a stranger's file is
 *
 * Asks nothing of a file that is no ALSA device.
 * Return: the number of the card whose control device it is, or a negative errno.
 */
int control_fd_card(int fd);

#endif
