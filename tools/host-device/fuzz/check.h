/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_CHECK_H
#define FUZZ_CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* What must hold whatever the input says; libFuzzer keeps an input that ends here. */
#define check(condition) do {								\
	if (!(condition)) {								\
		fprintf(stderr, "%s:%d: %s: does not hold: %s\n", __FILE__, __LINE__,	\
			__func__, #condition);						\
		abort();								\
	}										\
} while (0)

#endif
