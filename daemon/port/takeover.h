/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A foreign stream's own file, by pidfd_getfd(): a setting, off by default. Needs the right to
 * ptrace the process.
 */
#ifndef TACET_PORT_TAKEOVER_H
#define TACET_PORT_TAKEOVER_H

#include "port/pcm-fd.h"

/**
 * takeover_fd() - duplicate the file that a process has a substream open with
 * @pcm: which; id and name are ignored
 *
 * Return: 0 and @ret_fd; -ENOENT when the process has none such; -EPERM without the right;
 * or another negative errno.
 */
int takeover_fd(pid_t pid, const struct pcm_id *pcm, int *ret_fd);

/* Leave a paused one with systemd, so that a tacetd that is killed does not end its pause for
 * good; and take it out again. @number tells it from others. */
void takeover_store(int fd, unsigned int number);
void takeover_unstore(unsigned int number);

/* At start: let those go on that a killed tacetd left. Sets what it takes to -1 in @fds. */
void takeover_adopt(int *fds, char *const *names, int n);

#endif
