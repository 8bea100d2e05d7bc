// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Fuzz target: a front end, while a guest has requests on its queues.
 */
#include "driver.h"
#include "dut.h"
#include "front_end.h"
#include "invariants.h"

static struct gpu gpu;

static void put_request(struct input *in)
{
	static struct request r;

	request_make(&gpu, in, &r);
	driver_put(0, &r);
	front_kick(0);
}

static void vmm_step(struct input *in)
{
	uint8_t what = input_byte(in);

	switch (what & 15) {
	case 0:
	case 1:
		return front_message(in);
	default:
		return put_request(in);
	case 8:
	case 9:
		return front_answer(in);
	case 10:
	case 11:
		dut_event(&gpu, in);
		return dut_settle(front_ended());
	case 12:
		if (what & 0x80)
			driver_write_anything(what >> 4 == 15, in);
		return;
	case 13:
		return front_kick(what >> 4 == 15);
	case 14:
		/* That is many messages. */
		if (!(what & 0x40))
			return;
		front_stop();
		if (what & 0x30)
			front_go_on(what & 0x10);
		return;
	case 15:
		if (what >= 0xe0)
			front_boot(in);
	}
}

/**
 * LLVMFuzzerTestOneInput() - run one input, see libFuzzer
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	dut_start_alone(&gpu, &in);
	front_begin(&gpu);
	front_boot(&in);
	while (in.left && !*front_ended()) {
		vmm_step(&in);
		invariants(&gpu);
	}
	front_end();
	dut_end(&gpu);
	return 0;
}
