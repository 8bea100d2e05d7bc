// SPDX-License-Identifier: GPL-2.0 OR MIT
/* There is nothing in the stand-in but where our files go. */
#include "igt.h"

int igt_main()
{
	igt_describe("The stand-in has a test.");
	igt_subtest("stand-in")
		igt_assert(true);
}
