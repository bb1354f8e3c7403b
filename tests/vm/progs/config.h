/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Meson writes, for sources of the project that are compiled into a test's program. */
#define PACKAGE_VERSION "of a test"
