// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The device that misbehaves when it is asked to, for tests of drivers.
 */
#include "../run.h"
#include "injected.h"

int main(int argc, char **argv)
{
	static struct gpu gpu;

	inject_attach(&gpu);
	return run(argc, argv, &gpu);
}
