// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A guest, which may write anything into its memory, while things happen on the host.
 */
#include "../device.h"
#include "driver.h"
#include "dut.h"
#include "guest_steps.h"
#include "invariants.h"

static void kick_queue(struct gpu *gpu, unsigned int queue)
{
	dut_serve(gpu, queue);
	driver_collect(gpu, queue);
	invariants(gpu);
}

/* Mostly where one can be. */
static void start_ring(struct gpu *gpu, unsigned int queue, struct input *in)
{
	static const uint64_t sizes[] = { 32, 64, 16, 8, 4, 2, 1, 32 };
	uint8_t byte = input_byte(in);
	uint64_t at[3];

	driver_ring_is_new(queue, sizes[byte & 7]);
	driver_addresses(queue, at);
	if ((byte & 0xe0) == 0xe0) {
		driver_write_anything(queue, in);
		at[byte >> 3 & 1] += input_byte(in) * 8 + (byte >> 4 & 1);
	}
	dut_ring(gpu, queue, sizes[byte & 7], at);
}

/* A driver's features are what it accepts of those offered, before it goes on. */
static void negotiate_features(struct gpu *gpu, struct input *in)
{
	uint8_t byte = input_byte(in);

	gpu->features = device_features(gpu);
	if (byte & 1)
		gpu->features &= ~(1ULL << VIRTIO_GPU_F_MAP_ATTR);
}

/**
 * guest_boot() - the guest boots, and sets up its queues
 */
void guest_boot(struct gpu *gpu, struct input *in)
{
	dut_stop(gpu);
	device_reset(gpu);
	negotiate_features(gpu, in);
	driver_begin(dut_is_exact());
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		start_ring(gpu, i, in);
	dut_run(gpu);
}

static void put_request(struct gpu *gpu, unsigned int queue, struct input *in)
{
	static struct request r;

	request_make(gpu, in, &r);
	if (!driver_put(queue, &r))
		kick_queue(gpu, queue);
}

/**
 * guest_step() - one thing that a guest does, or that happens meanwhile
 */
void guest_step(struct gpu *gpu, struct input *in)
{
	uint8_t what = input_byte(in);
	unsigned int queue = (what & 0xf0) == 0xf0;

	switch (what & 15) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
	case 5:
	case 6:
		put_request(gpu, queue, in);
		return kick_queue(gpu, queue);
	case 7:
	case 8:
		return put_request(gpu, queue, in);
	case 9:
		return driver_write_anything(queue, in);
	case 10:
		return kick_queue(gpu, queue);
	case 11:
	case 12:
	case 13:
		dut_event(gpu, in);
		break;
	case 14:
		dut_stop(gpu);
		dut_run(gpu);
		break;
	default:
		if (what >> 4 == 7)
			guest_boot(gpu, in);
	}
	dut_settle(NULL);
	kick_queue(gpu, queue);
}

/**
 * guest_end() - what it has put is answered
 */
void guest_end(struct gpu *gpu)
{
	dut_settle(NULL);
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		kick_queue(gpu, i);
}
