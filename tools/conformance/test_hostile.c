// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What no driver and no front end in order sends.  No specification says what comes of it; but
 * a guest must not be able to hang or crash a device, nor, by that, its VMM, which waits for
 * the device's answers.
 *
 * After each the device has to answer the front end, and to serve a ring that is right.
 */
#include <endian.h>
#include <linux/virtio_gpu.h>
#include <string.h>
#include <unistd.h>
#include <vhost_user_numbers.h>

#include "clause.h"
#include "driver.h"
#include "test.h"

#define TABLE	0x40000		/* of indirect descriptors, in the guest's memory */
#define NEXT	VRING_DESC_F_NEXT
#define WRITE	VRING_DESC_F_WRITE
#define INDIRECT VRING_DESC_F_INDIRECT
#define ENTRY	sizeof(struct vring_desc)

/**
 * struct wrong_chain - a request that cannot be right
 * @what: is wrong
 * @head: first descriptor, as it is offered
 * @desc: the first ones of the queue, host byte order
 * @table: the first ones of the indirect table
 */
struct wrong_chain {
	const char *what;
	unsigned int head;
	struct vring_desc desc[2];
	struct vring_desc table[2];
};

static const struct wrong_chain wrong_chains[] = {
	{ "outside of memory", 0, { { RAM_GPA + RAM_SIZE, 24, 0, 0 } }, { { 0 } } },
	{ "half outside", 0, { { RAM_GPA + RAM_SIZE - 8, 24, 0, 0 } }, { { 0 } } },
	{ "below memory", 0, { { 0, 24, 0, 0 } }, { { 0 } } },
	{ "longer than memory", 0, { { RAM_GPA + REQUEST, 0xffffffff, 0, 0 } }, { { 0 } } },
	{ "wraps", 0, { { 0xfffffffffffffff8ULL, 24, 0, 0 } }, { { 0 } } },
	{ "a loop of one", 0, { { RAM_GPA + REQUEST, 24, NEXT, 0 } }, { { 0 } } },
	{ "a loop of two", 0, { { RAM_GPA + REQUEST, 24, NEXT, 1 },
				{ RAM_GPA + REQUEST, 24, NEXT, 0 } }, { { 0 } } },
	{ "a loop of what is written", 0, { { RAM_GPA + REQUEST, 24, NEXT, 1 },
					    { RAM_GPA + RESPONSE, 64, NEXT | WRITE, 1 } }, { { 0 } } },
	{ "no such next", 0, { { RAM_GPA + REQUEST, 24, NEXT, 999 } }, { { 0 } } },
	{ "no such head", 999, { { RAM_GPA + REQUEST, 24, 0, 0 } }, { { 0 } } },
	{ "the first that does not exist", RING_SIZE, { { RAM_GPA + REQUEST, 24, 0, 0 } }, { { 0 } } },
	{ "of no bytes", 0, { { RAM_GPA + REQUEST, 0, 0, 0 } }, { { 0 } } },
	{ "nothing to read", 0, { { RAM_GPA + RESPONSE, 64, WRITE, 0 } }, { { 0 } } },
	{ "no room to answer", 0, { { RAM_GPA + REQUEST, 24, 0, 0 } }, { { 0 } } },
	{ "read after write", 0, { { RAM_GPA + RESPONSE, 64, NEXT | WRITE, 1 },
				   { RAM_GPA + REQUEST, 24, 0, 0 } }, { { 0 } } },
	{ "written outside of memory", 0, { { RAM_GPA + REQUEST, 24, NEXT, 1 },
					    { RAM_GPA + RAM_SIZE, 64, WRITE, 0 } }, { { 0 } } },
	{ "half a table", 0, { { RAM_GPA + TABLE, ENTRY + 8, INDIRECT, 0 } }, { { 0 } } },
	{ "an empty table", 0, { { RAM_GPA + TABLE, 0, INDIRECT, 0 } }, { { 0 } } },
	{ "a table outside", 0, { { RAM_GPA + RAM_SIZE, 2 * ENTRY, INDIRECT, 0 } }, { { 0 } } },
	{ "a long table", 0, { { RAM_GPA + TABLE, 0x100000, INDIRECT, 0 } },
	  { { RAM_GPA + REQUEST, 24, NEXT, 0 } } },
	{ "a table and a next", 0, { { RAM_GPA + TABLE, ENTRY, INDIRECT | NEXT, 0 } },
	  { { RAM_GPA + REQUEST, 24, 0, 0 } } },
	{ "a table in a table", 0, { { RAM_GPA + TABLE, ENTRY, INDIRECT, 0 } },
	  { { RAM_GPA + TABLE, ENTRY, INDIRECT, 0 } } },
	{ "a loop in a table", 0, { { RAM_GPA + TABLE, 2 * ENTRY, INDIRECT, 0 } },
	  { { RAM_GPA + REQUEST, 24, NEXT, 1 }, { RAM_GPA + REQUEST, 24, NEXT, 0 } } },
	{ "no such next in a table", 0, { { RAM_GPA + TABLE, ENTRY, INDIRECT, 0 } },
	  { { RAM_GPA + REQUEST, 24, NEXT, 5 } } },
};

static void put_descriptor(struct vring_desc *to, const struct vring_desc *from)
{
	*to = (struct vring_desc){ htole64(from->addr), htole32(from->len), htole16(from->flags),
				   htole16(from->next) };
}

/* The driver gives up, as it does when a request is not answered, and starts from nothing. */
static void assert_recovers(const char *after)
{
	/* Nothing tells when the device has looked at it: give it the time. */
	for (unsigned int i = 0; i < 3; i++) {
		if (!front_end_is_alive(&driver.f))
			test_lost("the front end is not answered after %s", after);
		usleep(2000);
	}
	front_end_stop_ring(&driver.f, 0);
	driver_begin();
	assert_works(after);
	clause_check("B5", true, "%s", after);
}

static void test_chains(void)
{
	struct vring_desc *table;

	for (unsigned int i = 0; i < sizeof(wrong_chains) / sizeof(wrong_chains[0]); i++) {
		const struct wrong_chain *wrong = &wrong_chains[i];

		driver_start(FEATURES);
		table = (void *)(driver.f.ram + TABLE);
		for (unsigned int k = 0; k < 2; k++) {
			put_descriptor(&driver.control.desc[k], &wrong->desc[k]);
			put_descriptor(&table[k], &wrong->table[k]);
		}
		ring_offer(&driver.control, wrong->head);
		ring_kick(&driver.control);
		assert_recovers(wrong->what);
		driver_stop();
	}
}

/* Where @jump is not 0: how far the available index is ahead of what has been offered. */
static const struct wrong_ring {
	const char *what;
	int64_t desc, avail, used;	/* by how much they are moved */
	uint16_t jump;
} wrong_rings[] = {
	{ "a used ring at the available one", 0, 0, -0x1000, 0 },
	{ "a used ring over the available one", 0, 0, -0xff8, 0 },
	{ "a used ring over the descriptors", 0, 0, -0x2000, 0 },
	{ "an available ring over the descriptors", 0, -0x1000, 0, 0 },
	{ "misaligned descriptors", 8, 0, 0, 0 },
	{ "a misaligned available ring", 0, 1, 0, 0 },
	{ "a misaligned used ring", 0, 0, 2, 0 },
	{ "descriptors outside", RAM_SIZE, 0, 0, 0 },
	{ "an available ring outside", 0, RAM_SIZE, 0, 0 },
	{ "a used ring half outside", 0, 0, RAM_SIZE - 0x2000 - 4, 0 },
	{ "descriptors at the end of all addresses", INT64_MAX, 0, 0, 0 },
	{ "one request more than there is room for", 0, 0, 0, RING_SIZE + 1 },
	{ "an index that has jumped", 0, 0, 0, 40000 },
	{ "an index that goes back", 0, 0, 0, UINT16_MAX },
};

static void offer_nothing(void)
{
	static const struct piece pieces[] = {
		{ REQUEST, sizeof(nothing), false },
		{ RESPONSE, 64, true },
	};

	memcpy(driver.f.ram + REQUEST, &nothing, sizeof(nothing));
	ring_chain(&driver.control, 0, pieces, 2);
	ring_offer(&driver.control, 0);
}

static void test_rings(void)
{
	for (unsigned int i = 0; i < sizeof(wrong_rings) / sizeof(wrong_rings[0]); i++) {
		const struct wrong_ring *wrong = &wrong_rings[i];
		struct ring_state state;

		driver_start(FEATURES);
		front_end_stop_ring(&driver.f, 0);
		state = driver.control.state;
		offer_nothing();
		if (wrong->jump)
			driver.control.avail->idx = htole16(wrong->jump);
		state.desc += wrong->desc;
		state.avail += wrong->avail;
		state.used += wrong->used;
		front_end_start_ring(&driver.f, 0, &state);
		ring_kick(&driver.control);
		assert_recovers(wrong->what);
		driver_stop();
	}
}

/* A request that has not been answered is offered again, as often as there is room. */
static void test_same_request(void)
{
	driver_start(FEATURES);
	offer_nothing();
	for (unsigned int i = 1; i < RING_SIZE; i++)
		ring_offer(&driver.control, 0);
	ring_kick(&driver.control);
	assert_recovers("one request that was offered 64 times");
}

/* Commands that end early, and end in the middle of a descriptor. */
static void test_short_commands(void)
{
	static const uint32_t types[] = {
		VIRTIO_GPU_CMD_RESOURCE_UNREF, VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB,
		VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB,
		VIRTIO_GPU_CMD_CTX_CREATE, VIRTIO_GPU_CMD_SUBMIT_3D, VIRTIO_GPU_CMD_GET_CAPSET,
		VIRTIO_GPU_CMD_GET_CAPSET_INFO, VIRTIO_GPU_CMD_MAP_ATTR_FETCH,
		VIRTIO_GPU_CMD_MAP_ATTR_ACK, VIRTIO_GPU_CMD_CPU_ACCESS_BEGIN,
		VIRTIO_GPU_CMD_CPU_ACCESS_END,
	};
	struct virtio_gpu_ctrl_hdr hdr = { 0 };

	driver_start(FEATURES);
	for (unsigned int i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		hdr.type = htole32(types[i]);
		for (unsigned int len = 0; len <= sizeof(hdr); len += 8)
			for (unsigned int room = len ? 0 : 12; room <= sizeof(hdr); room += 12)
				driver_command_room(&hdr, len, room, NULL);
	}
	assert_works("short commands");
	clause_check("B5", true, "no answer");
}

/* Requests of a front end, with a payload of all ones. */
static const struct {
	const char *what;
	uint32_t request;
	uint32_t size;
} wrong_messages[] = {
	{ "an unknown request", 999, 8 },
	{ "SET_FEATURES without any", VU_SET_FEATURES, 0 },
	{ "SET_MEM_TABLE of 2^32 regions", VU_SET_MEM_TABLE, 8 },
	{ "SET_VRING_NUM without any", VU_SET_VRING_NUM, 0 },
	{ "SET_VRING_NUM of queue 2^32", VU_SET_VRING_NUM, 8 },
	{ "SET_VRING_ADDR that is short", VU_SET_VRING_ADDR, 8 },
	{ "SET_VRING_ADDR of queue 2^32", VU_SET_VRING_ADDR, 40 },
	{ "SET_VRING_BASE that is short", VU_SET_VRING_BASE, 3 },
	{ "GET_VRING_BASE of queue 2^32", VU_GET_VRING_BASE, 8 },
	{ "SET_VRING_KICK without a descriptor", VU_SET_VRING_KICK, 8 },
	{ "SET_VRING_CALL without a descriptor", VU_SET_VRING_CALL, 0 },
	{ "SET_VRING_ENABLE that is short", VU_SET_VRING_ENABLE, 4 },
	{ "GET_CONFIG that is short", VU_GET_CONFIG, 4 },
	{ "GET_CONFIG of 2^32 bytes", VU_GET_CONFIG, 12 },
	{ "SET_CONFIG of 2^32 bytes", VU_SET_CONFIG, 12 },
};

/* The device may leave such a front end; but not crash, or hang. */
static void test_messages(void)
{
	const uint64_t payload[8] = { ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL };

	for (unsigned int i = 0; i < sizeof(wrong_messages) / sizeof(wrong_messages[0]); i++) {
		driver_start(FEATURES);
		driver.may_refuse = true;
		front_end_raw(&driver.f, wrong_messages[i].request, payload, wrong_messages[i].size);
		clause_check("B9", front_end_settles(&driver.f), "the device hangs after %s",
			     wrong_messages[i].what);
		driver_stop();
	}
}

const struct test tests_hostile[] = {
	{ "hostile-chains", "B5", 0, test_chains },
	{ "hostile-rings", "B5", 0, test_rings },
	{ "hostile-same-request", "B5", 0, test_same_request },
	{ "hostile-short-commands", "B5", 0, test_short_commands },
	{ "hostile-messages", "B9", 0, test_messages },
	{ .name = NULL }
};
