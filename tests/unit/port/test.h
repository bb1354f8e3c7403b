/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmocka wants these before itself. */
#ifndef TACET_TESTS_TEST_H
#define TACET_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
