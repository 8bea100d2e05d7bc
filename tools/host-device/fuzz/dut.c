// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * All that the harness asks of the device, so that little has to follow it when that changes.
 */
#include <endian.h>
#include <string.h>

#include "../ack_wait.h"
#include "../change.h"
#include "../control.h"
#include "../deferred.h"
#include "../device.h"
#include "../inject/injected.h"
#include "../inject.h"
#include "../log.h"
#include "../loop.h"
#include "../place.h"
#include "../renderer.h"
#include "../serve.h"
#include "check.h"
#include "dut.h"
#include "driver.h"
#include "fake_fd.h"
#include "fake_renderer.h"
#include "guest_ram.h"
#include "invariants.h"
#include "vmm_model.h"

#define TURNS_MAX	64	/* of the loop, while nothing comes from outside */

static unsigned long total;
static bool exact;

static void say_total(void)
{
	fprintf(stderr, "requests: %lu\n", total);
}

/**
 * dut_count() - so many requests more have been carried out; at the end the sum is printed
 */
void dut_count(unsigned long requests)
{
	total += requests;
}

/**
 * LLVMFuzzerInitialize() - once, see libFuzzer
 */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return atexit(say_total);
}

/* The guest looks when it does. */
static void config_changed(void *vmm)
{
	(void)vmm;
}

/* The reference, or a device that is told to misbehave. */
static void set_inject(struct gpu *gpu, bool misbehaves)
{
	exact = !misbehaves;
	policy_extend(NULL);
	control_extend(NULL);
	if (exact)
		return;
	inject_attach(gpu);
	gpu->inject->option(gpu);
}

/* Return: whether QEMU is to be asked for each blob. */
static bool set_options(struct gpu *gpu, struct input *in)
{
	uint8_t options = input_byte(in), more = input_byte(in);

	policy_clear();
	check(!policy_set_default("cached"));
	set_inject(gpu, more & 1);
	gpu->options.map_attr = !(options & 1) || options & 2;
	gpu->options.cpu_access = more & 0x10;
	gpu->options.no_blob = (options & 0xc) == 0xc;
	gpu->options.no_indirect = (options & 0x30) == 0x30;
	gpu->options.alignment = (options & 0xc0) == 0xc0 ? 0x4000 : 0;
	gpu->options.ack_timeout_ms = more & 8 ? 100 : 0;
	log_verbose((more & 6) == 6);
	if (more & 0xc0)
		check(!renderer_init(gpu));
	return (more & 0xc0) == 0x80;
}

/**
 * dut_is_exact() - it is not told to misbehave
 */
bool dut_is_exact(void)
{
	return exact;
}

static void set_memory(struct gpu *gpu)
{
	gpu->memory.count = RAM_REGIONS;
	for (unsigned int i = 0; i < RAM_REGIONS; i++)
		gpu->memory.region[i] = (struct guest_region){
			.gpa = RAM_GPA + i * RAM_SIZE,
			.size = RAM_SIZE,
			.qemu_va = RAM_VA + i * RAM_SIZE,
			.va = ram_region(i),
		};
}

static bool start_device(struct gpu *gpu, struct input *in)
{
	bool asks;

	fake_begin();
	ram_begin();
	invariants_begin();
	memset(gpu, 0, sizeof(*gpu));
	asks = set_options(gpu, in);
	check(!device_init(gpu, WINDOW_SIZE));
	return asks;
}

/**
 * dut_start() - a device that nothing has happened to, with options from the input, and the
 * models of a VMM and of its memory
 */
void dut_start(struct gpu *gpu, struct input *in)
{
	bool asks = start_device(gpu, in);

	vmm_begin(gpu, asks);
	gpu->features = device_features(gpu);
	gpu->vmm.config_changed = config_changed;
	set_memory(gpu);
}

/**
 * dut_start_alone() - the same without them
 */
void dut_start_alone(struct gpu *gpu, struct input *in)
{
	start_device(gpu, in);
	vmm_begin(gpu, false);
}

/**
 * dut_end() - it ends, and leaves nothing
 */
void dut_end(struct gpu *gpu)
{
	unsigned long all = gpu->count.commands, bad = gpu->count.malformed;

	dut_stop(gpu);
	/* No more than were good enough to be carried out. */
	dut_count(all > bad ? all - bad : 0);
	gpu->vmm.place = NULL;
	device_fini(gpu);
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		if (gpu->virtq[i].call >= 0)
			fake_close(gpu->virtq[i].call);
	invariants_end();
}

/**
 * dut_ring() - a ring is set up and started, if it is right
 * @at: where QEMU has descriptors, available and used ring
 */
void dut_ring(struct gpu *gpu, unsigned int queue, unsigned int size, const uint64_t at[3])
{
	struct virtq *vr = &gpu->virtq[queue];

	vr->size = size;
	vr->last_avail = 0;
	vr->desc_addr = at[0];
	vr->avail_addr = at[1];
	vr->used_addr = at[2];
	if (vr->call < 0)
		vr->call = fake_eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	vr->broken = false;
	vr->enabled = true;
	vr->started = !virtq_start(vr, &gpu->memory);
}

/**
 * dut_stop() - QEMU stops it, as when the guest is paused
 */
void dut_stop(struct gpu *gpu)
{
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		gpu->virtq[i].started = false;
	device_run(gpu, false);
	vmm_stop();
}

/**
 * dut_run() - QEMU lets it go on
 */
void dut_run(struct gpu *gpu)
{
	for (unsigned int i = 0; i < GPU_QUEUES; i++) {
		struct virtq *vr = &gpu->virtq[i];

		vr->started = vr->size && !virtq_start(vr, &gpu->memory);
	}
	vmm_start(gpu);
	device_run(gpu, true);
}

/**
 * dut_serve() - the guest kicks
 *
 * However much it has put there, the device is done after as much as the queue has room for.
 */
void dut_serve(struct gpu *gpu, unsigned int queue)
{
	const struct virtq *vr = &gpu->virtq[queue];
	uint16_t before = vr->last_avail;

	serve_queue(gpu, queue);
	check((uint16_t)(vr->last_avail - before) <= vr->size);
}

/**
 * dut_settle() - it does what there is to do, which ends
 * @ended: set when it ends itself; may be NULL
 */
void dut_settle(const bool *ended)
{
	unsigned int turns = 0;

	do {
		check(turns++ < TURNS_MAX);
		check(!loop_once(0));
	} while (fake_was_ready() && !(ended && *ended));
}

/* ---- what happens on the host's side ---------------------------------- */

static void change_blob(struct gpu *gpu, struct input *in)
{
	uint8_t byte = input_byte(in);
	struct blob *b = blob_find(&gpu->blobs, 1 + (byte & 7));

	if (!b)
		return;
	gpu_change(gpu, b, 1 + (byte >> 3) % 3, byte >> 5 & 3);
}

static void pass_time(struct input *in)
{
	static const uint64_t ms[] = { 1, 10, 50, 99, 100, 300, 1000, 100000 };

	fake_pass(ms[input_byte(in) % (sizeof(ms) / sizeof(ms[0]))]);
}

static void renderer_event(struct gpu *gpu, struct input *in)
{
	uint8_t byte = input_byte(in);

	if (!gpu->renderer)
		return;
	switch (byte >> 6) {
	case 0:
	case 1:
		return fake_renderer_retire(gpu, byte & 0x3f);
	case 2:
		return fake_renderer_die(gpu, byte & 3);
	default:
		return fake_renderer_fail(byte & 3);
	}
}

/* What requests on the control socket can do: see there for more. */
static void make_misbehave(struct gpu *gpu, struct input *in)
{
	static const uint32_t commands[] = {
		VIRTIO_GPU_CMD_MAP_ATTR_FETCH, VIRTIO_GPU_CMD_MAP_ATTR_ACK,
		VIRTIO_GPU_CMD_RESOURCE_UNREF,
	};
	uint8_t byte = input_byte(in);

	if (!gpu->inject)
		return;
	switch (byte & 3) {
	case 0:
		gpu->injected->hold_acks = byte & 4;
		return;
	case 1:
		return deferred_injected(gpu, 0, 0);
	default:
		check(!inject_next(gpu, commands[byte % 3], input_byte(in), byte >> 2 & 3));
	}
}

/**
 * dut_event() - something happens that is not the guest's doing
 */
void dut_event(struct gpu *gpu, struct input *in)
{
	switch (input_below(in, 12)) {
	case 0:
	case 1:
	case 2:
		return change_blob(gpu, in);
	case 3:
		return pass_time(in);
	case 4:
	case 5:
		return vmm_answer(gpu, true);
	case 6:
		return vmm_answer(gpu, false);
	case 7:
	case 8:
		return renderer_event(gpu, in);
	case 9:
		return make_misbehave(gpu, in);
	case 10:
		return ack_wait_timeout(gpu, input_byte(in));
	default:
		gpu->config.events_read = 0;
	}
}
