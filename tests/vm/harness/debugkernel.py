# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels built from Debian's source with the kernel's own checkers on."""

NAMES = ()
