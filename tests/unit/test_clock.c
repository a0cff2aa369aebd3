/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_clock.c - milliseconds that only go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/kind.h"

const struct sp_kind *const sp_kinds[] = { NULL };

/* At least as long as the sleep, however slow the machine. */
static void test_goes_on(void **state)
{
	int64_t before = sp_clock_ms(), after;
	struct timespec left = { .tv_nsec = 30000000 };

	(void)state;
	assert_true(before >= 0);
	while (nanosleep(&left, &left) != 0)
		;
	after = sp_clock_ms();
	assert_true(after - before >= 29);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
