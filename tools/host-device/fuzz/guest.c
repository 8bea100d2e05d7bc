// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Fuzz target: a guest.
 */
#include "dut.h"
#include "guest_steps.h"

static struct gpu gpu;

/**
 * LLVMFuzzerTestOneInput() - run one input, see libFuzzer
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	dut_start(&gpu, &in);
	guest_boot(&gpu, &in);
	while (in.left)
		guest_step(&gpu, &in);
	guest_end(&gpu);
	dut_end(&gpu);
	return 0;
}
