// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The reference: a device that does as the protocol says, and nothing else.
 */
#include "run.h"

int main(int argc, char **argv)
{
	static struct gpu gpu;

	return run(argc, argv, &gpu);
}
