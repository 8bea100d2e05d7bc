// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Messages of a front end: those that QEMU sends, and those made of the input, in which fields,
 * sizes and descriptors are mostly such as mean something.
 */
#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "driver.h"
#include "front_fd.h"
#include "front_message.h"
#include "guest_ram.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void begin_message(struct vu_message *msg, uint32_t request, uint32_t size)
{
	memset(msg, 0, sizeof(*msg));
	msg->hdr.request = request;
	msg->hdr.flags = VU_VERSION;
	msg->hdr.size = size;
}

/**
 * message_simple() - one whose payload is a number
 */
void message_simple(struct vu_message *msg, uint32_t request, uint64_t value)
{
	begin_message(msg, request, sizeof(msg->u64));
	msg->u64 = value;
}

/**
 * message_state() - one whose payload is a queue and a number
 */
void message_state(struct vu_message *msg, uint32_t request, uint32_t index, uint32_t num)
{
	begin_message(msg, request, sizeof(msg->state));
	msg->state.index = index;
	msg->state.num = num;
}

/**
 * message_addr() - where a queue's descriptors, available and used ring are
 */
void message_addr(struct vu_message *msg, uint32_t index, const uint64_t at[3])
{
	begin_message(msg, VU_SET_VRING_ADDR, sizeof(msg->addr));
	msg->addr.index = index;
	msg->addr.desc = at[0];
	msg->addr.avail = at[1];
	msg->addr.used = at[2];
}

static void pass_fd(struct vu_message *msg, int fd)
{
	if (fd >= 0)
		msg->fds[msg->fd_count++] = fd;
}

/**
 * message_fd() - one with a number and a descriptor
 */
void message_fd(struct vu_message *msg, uint32_t request, uint64_t value, int fd)
{
	message_simple(msg, request, value);
	pass_fd(msg, fd);
}

static void set_memory(struct vu_message *msg, unsigned int regions)
{
	begin_message(msg, VU_SET_MEM_TABLE, 8 + regions * sizeof(msg->mem.region[0]));
	msg->mem.count = regions;
	for (unsigned int i = 0; i < regions && i < GUEST_REGIONS; i++)
		msg->mem.region[i] = (struct vu_region){
			.gpa = RAM_GPA + i * RAM_SIZE,
			.size = RAM_SIZE,
			.qemu_va = RAM_VA + i * RAM_SIZE,
		};
}

/**
 * message_memory() - the guest's memory, as it is
 */
void message_memory(struct vu_message *msg)
{
	set_memory(msg, RAM_REGIONS);
	for (unsigned int i = 0; i < RAM_REGIONS; i++)
		pass_fd(msg, front_fd(FD_RAM_0 + i));
}

/**
 * message_answered() - how long the payload of the answer is, at most; 0 if there is none
 *
 * NEED_REPLY gets one to each.
 */
uint32_t message_answered(const struct vu_message *msg)
{
	switch (msg->hdr.request) {
	case VU_GET_FEATURES:
	case VU_GET_PROTOCOL_FEATURES:
	case VU_GET_QUEUE_NUM:
		return sizeof(uint64_t);
	case VU_GET_VRING_BASE:
		/* Of a queue that there is none of, nothing can be said. */
		return msg->state.index < GPU_QUEUES ? sizeof(uint64_t) : 0;
	case VU_GET_CONFIG:
		return 12 + sizeof(struct gpu_config);
	case VU_GET_SHMEM_CONFIG:
		return 8 + 256 * sizeof(uint64_t);
	default:
		return 0;
	}
}

/* ---- any -------------------------------------------------------------- */

static void any_region(struct vu_region *r, struct input *in)
{
	static const uint64_t values[] = {
		0, 1, RAM_SIZE, RAM_SIZE / 2, RAM_GPA, RAM_VA, -4096, 0x1000, 2 * RAM_SIZE, 1ULL << 63,
		0x10, -1,
	};
	uint64_t value;
	uint8_t which = input_byte(in);

	if (which < 0xc0)
		return;
	value = input_pick(in, values, COUNT(values));
	switch (which & 3) {
	case 0:
		r->gpa = value;
		return;
	case 1:
		r->size = value;
		return;
	case 2:
		r->qemu_va = value;
		return;
	default:
		r->mmap_offset = value;
	}
}

static void any_memory(struct vu_message *msg, struct input *in)
{
	static const uint64_t counts[] = { 2, 2, 1, 2, 3, 0, 16, 17, 2 };
	uint32_t count = input_pick(in, counts, COUNT(counts));
	unsigned int fds;

	set_memory(msg, count < GUEST_REGIONS ? count : GUEST_REGIONS);
	msg->mem.count = count;
	fds = count;
	if (input_byte(in) >= 0xf0)
		fds = input_byte(in);
	for (unsigned int i = 0; i < msg->mem.count && i < GUEST_REGIONS; i++)
		any_region(&msg->mem.region[i], in);
	for (unsigned int i = 0; i < fds && i < VU_MAX_FDS; i++) {
		uint8_t kind = input_byte(in);

		pass_fd(msg, front_fd(kind < 0xd0 ? FD_RAM_0 + i % RAM_REGIONS : kind % FD_KINDS));
	}
}

static void any_state(struct vu_message *msg, uint32_t request, struct input *in)
{
	static const uint64_t nums[] = { 0, 1, 32, 64, 2, 8, 16, 3, 128, 2048, 65535, 65536 };
	uint8_t index = input_byte(in);

	message_state(msg, request, index < 0xf0 ? index & 1 : index,
		      input_pick(in, nums, COUNT(nums)));
}

static void any_addr(struct vu_message *msg, struct input *in)
{
	uint8_t index = input_byte(in), which = input_byte(in);
	uint64_t at[3];

	driver_addresses(index & 1, at);
	if (which >= 0xc0)
		at[which % 3] = which & 8 ? input_u64(in) : at[which % 3] + input_byte(in) * 4 - 512;
	message_addr(msg, index < 0xf0 ? index & 1 : index, at);
}

static void any_config(struct vu_message *msg, uint32_t request, struct input *in)
{
	static const uint64_t numbers[] = { 0, 4, 8, 12, 24, 28, 256, 257, -1, -4 };

	begin_message(msg, request, 12 + sizeof(struct gpu_config));
	msg->config.offset = input_pick(in, numbers, COUNT(numbers));
	msg->config.size = input_pick(in, numbers, COUNT(numbers));
	input_bytes(in, msg->config.data, 12);
}

static void any_fd(struct vu_message *msg, uint32_t request, struct input *in)
{
	uint8_t byte = input_byte(in), kind = input_byte(in);
	bool channel = request == VU_SET_BACKEND_REQ_FD;

	if (kind >= 0xf0)
		message_simple(msg, request, (byte & 1) | VU_NOFD);
	else
		message_fd(msg, request, byte < 0xf0 ? byte & 1 : byte,
			   front_fd(kind >= 0xc0 ? kind % FD_KINDS : channel ? FD_STREAM : FD_EVENT));
}

static void any_payload(struct vu_message *msg, uint32_t request, struct input *in)
{
	switch (request) {
	case VU_SET_MEM_TABLE:
		return any_memory(msg, in);
	case VU_SET_VRING_NUM:
	case VU_SET_VRING_BASE:
	case VU_GET_VRING_BASE:
	case VU_SET_VRING_ENABLE:
		return any_state(msg, request, in);
	case VU_SET_VRING_ADDR:
		return any_addr(msg, in);
	case VU_GET_CONFIG:
	case VU_SET_CONFIG:
		return any_config(msg, request, in);
	case VU_SET_VRING_KICK:
	case VU_SET_VRING_CALL:
	case VU_SET_VRING_ERR:
	case VU_SET_BACKEND_REQ_FD:
		return any_fd(msg, request, in);
	case VU_SET_FEATURES:
	case VU_SET_PROTOCOL_FEATURES:
		return message_simple(msg, request, input_u64(in));
	default:
		begin_message(msg, request, 0);
	}
}

/* What is said of its own size, and of what it is. */
static void lie_in_header(struct vu_message *msg, struct input *in)
{
	static const uint64_t sizes[] = { 0, 1, 8, 12, 4096, 268, 2056, VU_PAYLOAD_MAX, -1 };

	msg->hdr.size = input_pick(in, sizes, COUNT(sizes));
	msg->hdr.flags = input_byte(in);
}

/**
 * message_any() - the next message from the input
 * @msg: filled in, with the descriptors to pass
 */
void message_any(struct vu_message *msg, struct input *in)
{
	static const uint64_t requests[] = {
		VU_SET_MEM_TABLE, VU_SET_VRING_NUM, VU_SET_VRING_BASE, VU_GET_VRING_BASE,
		VU_SET_VRING_ENABLE, VU_SET_VRING_ADDR, VU_GET_CONFIG, VU_SET_CONFIG,
		VU_SET_VRING_KICK, VU_SET_VRING_CALL, VU_SET_VRING_ERR, VU_SET_BACKEND_REQ_FD,
		VU_SET_FEATURES, VU_SET_PROTOCOL_FEATURES, VU_GET_FEATURES,
		VU_GET_PROTOCOL_FEATURES, VU_GET_QUEUE_NUM, VU_GET_SHMEM_CONFIG, VU_RESET_DEVICE,
		VU_SET_OWNER, VU_RESET_OWNER,
	};
	uint32_t request = input_pick(in, requests, COUNT(requests));
	uint8_t how = input_byte(in);

	any_payload(msg, request, in);
	if (how & 1)
		msg->hdr.flags |= VU_FLAG_NEED_REPLY;
	if (how >= 0xf8)
		lie_in_header(msg, in);
}
