// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What is asked of any virtio-gpu on vhost-user, and has to hold whatever a guest does.
 */
#include <endian.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <string.h>
#include <sys/eventfd.h>

#include "clause.h"
#include "driver.h"
#include "test.h"

/* htole32() that can initialize what is static. */
#define WIRE32(n) (__BYTE_ORDER == __LITTLE_ENDIAN ? (n) : __builtin_bswap32(n))
#define NODATA	VIRTIO_GPU_RESP_OK_NODATA

/* Of no resource: any device has an answer to that. */
static const struct virtio_gpu_resource_unref nothing = {
	.hdr.type = WIRE32(VIRTIO_GPU_CMD_RESOURCE_UNREF),
	.resource_id = 0xffffffff,
};

static void assert_works(const char *after)
{
	uint32_t type = command_room(&nothing, sizeof(nothing), 64, NULL);

	clause_check("B5", type >= VIRTIO_GPU_RESP_ERR_UNSPEC && type < 0x1300,
		     "RESOURCE_UNREF of nothing is answered by %#x after %s", type, after);
}

static void test_negotiate(void)
{
	struct config config;

	driver_start(FEATURES);
	front_end_config(&driver.f, &config);
	clause_check("B1", front_end_is_alive(&driver.f), "the device is gone");
	assert_works("the start");
}

static void test_unknown_commands(void)
{
	static const uint32_t unknown[] = { 0, 1, 0x00ff, 0x01ff, 0x0300, 0x1100, 0xffffffff };
	struct virtio_gpu_ctrl_hdr c = { 0 };
	uint32_t type;

	driver_start(FEATURES);
	for (unsigned int i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		c.type = htole32(unknown[i]);
		type = command_room(&c, sizeof(c), 64, NULL);
		clause_check("B7", type >= VIRTIO_GPU_RESP_ERR_UNSPEC && type < 0x1300,
			     "command %#x is answered by %#x", unknown[i], type);
	}
	c.type = htole32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB);
	type = command_room(&c, sizeof(c), 64, NULL);
	clause_check("B7", type >= VIRTIO_GPU_RESP_ERR_UNSPEC,
		     "RESOURCE_CREATE_BLOB of 24 bytes is answered by %#x", type);
	assert_works("unknown commands");
}

static void test_fence(void)
{
	struct virtio_gpu_resource_unref c = nothing;
	const struct virtio_gpu_ctrl_hdr *r;

	c.hdr.flags = htole32(VIRTIO_GPU_FLAG_FENCE);
	c.hdr.fence_id = htole64(0x123456789abcULL);
	driver_start(FEATURES);
	command_room(&c, sizeof(c), 64, NULL);
	r = response();
	clause_check("B8", le32toh(r->flags) & VIRTIO_GPU_FLAG_FENCE, "no fence flag");
	clause_check("B8", r->fence_id == c.hdr.fence_id, "fence %#llx",
		     (unsigned long long)le64toh(r->fence_id));
}

/* One request in many pieces, and by an indirect table. */
static void test_shapes(void)
{
	struct ring *r = &driver.control;
	struct piece pieces[32 + 8];
	struct vring_desc *table;
	uint32_t head, len;
	uint8_t *ram;

	driver_start(FEATURES);
	ram = driver.f.ram;
	memcpy(ram + REQUEST, &nothing, sizeof(nothing));
	for (unsigned int i = 0; i < 32; i++)
		pieces[i] = (struct piece){ REQUEST + i, 1, false };
	for (unsigned int i = 0; i < 8; i++)
		pieces[32 + i] = (struct piece){ RESPONSE + i * 8, 8, true };
	ring_chain(r, 60, pieces, 40);
	ring_offer(r, 60);
	ring_kick(r);
	clause_check("B4", ring_used(r, &head, &len) && head == 60,
		     "a request of 40 pieces is not answered");
	clause_check("B4", len == 24, "of a response in pieces %u bytes are written", len);
	if (!(driver.features & BIT(VIRTIO_RING_F_INDIRECT_DESC)))
		return;
	table = (void *)(ram + 0x40000);
	ring_chain(r, 0, (struct piece[]){ { REQUEST, sizeof(nothing), false }, { RESPONSE, 64, true } }, 2);
	memcpy(table, r->desc, 2 * sizeof(*table));
	r->desc[5] = (struct vring_desc){ htole64(RAM_GPA + 0x40000), htole32(2 * sizeof(*table)),
					  htole16(VRING_DESC_F_INDIRECT), 0 };
	ring_offer(r, 5);
	ring_kick(r);
	clause_check("B4", ring_used(r, &head, &len) && head == 5 && len == 24,
		     "an indirect request is not answered");
}

/* Descriptors that no driver writes. */
static void test_malformed_chains(void)
{
	static const struct vring_desc wrong[] = {
		{ RAM_GPA + RAM_SIZE, 24, 0, 0 },			/* outside */
		{ RAM_GPA + RAM_SIZE - 8, 24, 0, 0 },			/* half outside */
		{ RAM_GPA + REQUEST, 0xffffffff, 0, 0 },		/* longer than memory */
		{ 0xfffffffffffffff8ULL, 24, 0, 0 },			/* wraps */
		{ RAM_GPA + REQUEST, 24, VRING_DESC_F_NEXT, 0 },	/* a loop */
		{ RAM_GPA + REQUEST, 24, VRING_DESC_F_NEXT, 999 },	/* no such descriptor */
		{ RAM_GPA + REQUEST, 0, 0, 0 },				/* nothing */
		{ RAM_GPA + 0x40000, 24, VRING_DESC_F_INDIRECT, 0 },	/* not whole descriptors */
		{ RAM_GPA + 0x40000, 0, VRING_DESC_F_INDIRECT, 0 },	/* an empty table */
		{ RAM_GPA + 0x40000, 0x100000, VRING_DESC_F_INDIRECT, 0 },
		{ RAM_GPA + 0x40000, 16, VRING_DESC_F_INDIRECT | VRING_DESC_F_WRITE, 0 },
	};

	for (unsigned int i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct vring_desc *desc;

		driver_start(FEATURES);
		driver.f.clause = "B5";
		desc = driver.control.desc;
		desc[0].addr = htole64(wrong[i].addr);
		desc[0].len = htole32(wrong[i].len);
		desc[0].flags = htole16(wrong[i].flags);
		desc[0].next = htole16(wrong[i].next);
		ring_offer(&driver.control, 0);
		ring_kick(&driver.control);
		clause_check("B5", front_end_is_alive(&driver.f),
			     "the device does not answer after malformed chain %u", i);
		driver_stop();
	}
}

/* Rings where no driver puts them, and indices that no driver writes. */
static void test_malformed_rings(void)
{
	struct ring_state wrong[5];

	for (unsigned int i = 0; i < 5; i++) {
		struct ring *r = &driver.control;

		driver_start(FEATURES);
		driver.f.clause = "B5";
		front_end_stop_ring(&driver.f, 0);
		wrong[0] = wrong[1] = wrong[2] = wrong[3] = wrong[4] = r->state;
		wrong[0].used = r->state.avail;
		wrong[1].desc = r->state.desc + 1;
		wrong[2].used = RAM_SIZE - 4;
		wrong[3].avail = RAM_SIZE;
		/* 4: a good one, but far too many requests. */
		memcpy(driver.f.ram + REQUEST, &nothing, sizeof(nothing));
		ring_chain(r, 0, (struct piece[]){ { REQUEST, sizeof(nothing), false },
						   { RESPONSE, 64, true } }, 2);
		if (i == 4)
			r->avail->idx = htole16(40000);
		else
			ring_offer(r, 0);
		wrong[i].base = 0;
		front_end_start_ring(&driver.f, 0, &wrong[i]);
		ring_kick(r);
		clause_check("B5", front_end_is_alive(&driver.f),
			     "the device does not answer after malformed ring %u", i);
		driver_stop();
	}
}

static void test_malformed_messages(void)
{
	static const struct {
		uint32_t request;
		uint32_t size;
	} wrong[] = {
		{ 999, 8 }, { 8, 0 }, { 9, 8 }, { 10, 3 }, { 12, 0 }, { 18, 4 }, { 24, 4 }, { 5, 8 },
		{ 25, 12 }, { 2, 0 },
	};
	const uint64_t payload[8] = { ~0ULL, ~0ULL, ~0ULL, ~0ULL };

	for (unsigned int i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		driver_start(FEATURES);
		front_end_raw(&driver.f, wrong[i].request, payload, wrong[i].size);
		/* Such a front end may be left, but not by a crash. */
		front_end_is_alive(&driver.f);
		driver_stop();
	}
	driver_start(FEATURES);
	clause_check("B9", front_end_is_alive(&driver.f), "the device does not start again");
}

static void test_goes_on(void)
{
	driver_start(FEATURES);
	assert_works("the start");
	for (unsigned int i = 0; i < 3; i++) {
		driver_restart();
		assert_works("a stop");
	}
}

/* 65536 requests later the ring begins at 0 again, which is no reset. */
static void test_goes_on_at_0(void)
{
	uint32_t type;

	driver_start(FEATURES);
	a_blob(1);
	while (driver.control.seen)
		assert_works("many requests");
	driver_restart();
	type = unref(1);
	clause_check("B6", type == NODATA,
		     "a resource is gone (%#x) when the ring has been stopped at 0", type);
}

const struct test tests_base[] = {
	{ "negotiate", false, false, test_negotiate },
	{ "unknown-commands", false, false, test_unknown_commands },
	{ "fence", false, false, test_fence },
	{ "shapes", false, false, test_shapes },
	{ "malformed-chains", false, false, test_malformed_chains },
	{ "malformed-rings", false, false, test_malformed_rings },
	{ "malformed-messages", false, false, test_malformed_messages },
	{ "goes-on", false, false, test_goes_on },
	{ "goes-on-at-0", false, false, test_goes_on_at_0 },
	{ .name = NULL }
};
