/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * junit.h - a plan as test results, in the XML that CI servers read: a suite
 * a host, a case a resource.  What differs is a failure, what is wrong an
 * error.
 */
#ifndef SPROUT_JUNIT_H
#define SPROUT_JUNIT_H

#include "render.h"

struct sp_junit_counts {
	size_t tests, failures, errors, skipped;
};

/* One <testsuite>; its numbers are added to @sum. */
void sp_junit_suite(struct sp_buf *out, const struct sp_planned *p,
		    struct sp_junit_counts *sum);

/* The whole: @suites between head and end. */
void sp_junit_document(struct sp_buf *out, const struct sp_buf *suites,
		       const struct sp_junit_counts *sum);

#endif
