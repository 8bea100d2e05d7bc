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

#define NODATA	VIRTIO_GPU_RESP_OK_NODATA

/**
 * assert_works() - the control queue is served
 * @after: what
 */
void assert_works(const char *after)
{
	uint32_t type = driver_command_room(&nothing, sizeof(nothing), 64, NULL);

	if (type < VIRTIO_GPU_RESP_ERR_UNSPEC || type >= 0x1300)
		test_lost("RESOURCE_UNREF of nothing is answered by %#x after %s", type, after);
}

static void test_negotiate(void)
{
	struct config config;

	driver_start(FEATURES);
	front_end_config(&driver.f, &config);
	clause_check("B1", front_end_is_alive(&driver.f), "the device is gone");
	assert_works("the start");
}

/* Each feature by itself, and none. */
static void test_mixes(void)
{
	static const uint64_t mixes[] = {
		0, BIT(VIRTIO_GPU_F_VIRGL), BIT(VIRTIO_GPU_F_RESOURCE_BLOB),
		BIT(VIRTIO_GPU_F_MAP_ATTR), BIT(VIRTIO_GPU_F_CONTEXT_INIT),
		BIT(VIRTIO_GPU_F_RESOURCE_BLOB) | BIT(VIRTIO_GPU_F_MAP_ATTR),
	};

	for (unsigned int i = 0; i < sizeof(mixes) / sizeof(mixes[0]); i++) {
		driver_start(mixes[i] | BIT(VIRTIO_F_VERSION_1));
		assert_works("a start with few features");
		driver_stop();
	}
}

static void test_answers(void)
{
	driver_start(FEATURES);
	if (!front_end_has_reply_ack(&driver.f))
		test_impossible("the device does not offer REPLY_ACK");
	clause_check("B10", !front_end_acked(&driver.f, driver.features),
		     "SET_FEATURES is answered by something else than 0");
}

static void test_config(void)
{
	struct config whole, field;

	driver_start(FEATURES);
	front_end_config(&driver.f, &whole);
	clause_check("B12", le32toh(whole.num_scanouts) <= VIRTIO_GPU_MAX_SCANOUTS,
		     "num_scanouts is %u", le32toh(whole.num_scanouts));
	clause_check("B12", !(le32toh(whole.events_read) & VIRTIO_GPU_EVENT_MAP_ATTR),
		     "events_read is %#x from the start", le32toh(whole.events_read));
	front_end_config_at(&driver.f, offsetof(struct config, num_capsets), 4, &field);
	clause_check("B12", field.events_read == whole.num_capsets,
		     "num_capsets by itself is %u, in the whole %u", le32toh(field.events_read),
		     le32toh(whole.num_capsets));
}

static void test_cursor(void)
{
	const struct virtio_gpu_update_cursor c = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_MOVE_CURSOR),
	};
	uint32_t head, len;
	struct ring cursor;

	driver_start(FEATURES);
	ring_start(&cursor, &driver.f, 1, 0);
	memcpy(driver.f.ram + REQUEST, &c, sizeof(c));
	ring_chain(&cursor, 0, (struct piece[]){ { REQUEST, sizeof(c), false } }, 1);
	ring_offer(&cursor, 0);
	ring_kick(&cursor);
	clause_check("B12", ring_used(&cursor, &head, &len) && head == 0, "MOVE_CURSOR is not used");
	clause_check("B12", len == 0, "%u bytes are written where nothing can be", len);
	assert_works("the cursor queue");
}

static void expect_error(uint32_t type, const char *what)
{
	clause_check("B11", type >= VIRTIO_GPU_RESP_ERR_UNSPEC, "%s is answered by %#x", what, type);
}

/* As drivers have it that know nothing of map attributes. */
static void test_blobs(void)
{
	uint32_t type;

	driver_start(FEATURES & ~BIT(VIRTIO_GPU_F_MAP_ATTR));
	driver_make_blob(1);
	expect_error(driver_create(1, VIRTIO_GPU_BLOB_MEM_HOST3D), "an id that is taken");
	expect_error(driver_create(0, VIRTIO_GPU_BLOB_MEM_HOST3D), "id 0");
	expect_error(driver_map(9, 0), "RESOURCE_MAP_BLOB of no resource");
	expect_error(driver_unmap(1), "RESOURCE_UNMAP_BLOB of what is not mapped");
	type = driver_map(1, 0);
	clause_check("B11", type == VIRTIO_GPU_RESP_OK_MAP_INFO, "RESOURCE_MAP_BLOB is answered by %#x",
		     type);
	type = driver_unmap(1);
	clause_check("B11", type == NODATA, "RESOURCE_UNMAP_BLOB is answered by %#x", type);
	expect_error(driver_unmap(1), "RESOURCE_UNMAP_BLOB once more");
	type = driver_unref(1);
	clause_check("B11", type == NODATA, "RESOURCE_UNREF is answered by %#x", type);
	expect_error(driver_unref(1), "RESOURCE_UNREF once more");
	type = driver_create(1, VIRTIO_GPU_BLOB_MEM_HOST3D);
	clause_check("B11", type == NODATA, "an id that is free again is answered by %#x", type);
}

static void test_unknown_commands(void)
{
	static const uint32_t unknown[] = { 0, 1, 0x00ff, 0x01ff, 0x0300, 0x1100, 0xffffffff };
	struct virtio_gpu_ctrl_hdr c = { 0 };
	uint32_t type;

	driver_start(FEATURES);
	for (unsigned int i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		c.type = htole32(unknown[i]);
		type = driver_command_room(&c, sizeof(c), 64, NULL);
		clause_check("B7", type >= VIRTIO_GPU_RESP_ERR_UNSPEC && type < 0x1300,
			     "command %#x is answered by %#x", unknown[i], type);
	}
	c.type = htole32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB);
	type = driver_command_room(&c, sizeof(c), 64, NULL);
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
	driver_command_room(&c, sizeof(c), 64, NULL);
	r = driver_response();
	clause_check("B8", le32toh(r->flags) & VIRTIO_GPU_FLAG_FENCE, "no fence flag");
	clause_check("B8", r->fence_id == c.hdr.fence_id, "fence %#llx",
		     (unsigned long long)le64toh(r->fence_id));
}

/* A request in as many pieces as there are bytes. */
static void check_pieces(struct ring *r)
{
	struct piece pieces[32 + 8];
	uint32_t head, len;

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
}

/* A request by an indirect table, and one that begins before such a table. */
static void check_indirect(struct ring *r)
{
	struct vring_desc *table = (void *)(driver.f.ram + 0x40000);
	uint32_t head, len;

	ring_chain(r, 0, (struct piece[]){ { REQUEST, sizeof(nothing), false }, { RESPONSE, 64, true } }, 2);
	memcpy(table, r->desc, 2 * sizeof(*table));
	r->desc[5] = (struct vring_desc){ htole64(RAM_GPA + 0x40000), htole32(2 * sizeof(*table)),
					  htole16(VRING_DESC_F_INDIRECT), 0 };
	ring_offer(r, 5);
	ring_kick(r);
	clause_check("B4", ring_used(r, &head, &len) && head == 5 && len == 24,
		     "an indirect request is not answered");
	/* Some of it directly, and the rest by a table (virtio 1.3, 2.7.5.3.2). */
	table[0].addr = htole64(RAM_GPA + REQUEST + 8);
	table[0].len = htole32(sizeof(nothing) - 8);
	r->desc[6] = r->desc[5];
	r->desc[5] = (struct vring_desc){ htole64(RAM_GPA + REQUEST), htole32(8),
					  htole16(VRING_DESC_F_NEXT), htole16(6) };
	ring_offer(r, 5);
	ring_kick(r);
	clause_check("B4", ring_used(r, &head, &len) && head == 5 && len == 24,
		     "a request that goes on in an indirect table is not answered");
}

/* One request in many pieces, and by an indirect table. */
static void test_shapes(void)
{
	driver_start(FEATURES);
	memcpy(driver.f.ram + REQUEST, &nothing, sizeof(nothing));
	check_pieces(&driver.control);
	if (driver.features & BIT(VIRTIO_RING_F_INDIRECT_DESC))
		check_indirect(&driver.control);
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
	driver_make_blob(1);
	while (driver.control.seen)
		assert_works("many requests");
	driver_restart();
	type = driver_unref(1);
	clause_check("B6", type == NODATA,
		     "a resource is gone (%#x) when the ring has been stopped at 0", type);
}

const struct test tests_base[] = {
	{ "negotiate", "B1", 0, test_negotiate },
	{ "mixes", "B2", 0, test_mixes },
	{ "answers", "B10", 0, test_answers },
	{ "config", "B12", 0, test_config },
	{ "cursor", "B12", 0, test_cursor },
	{ "blobs", "B11", NEEDS_BLOB, test_blobs },
	{ "unknown-commands", "B7", 0, test_unknown_commands },
	{ "fence", "B8", 0, test_fence },
	{ "shapes", "B4", 0, test_shapes },
	{ "goes-on", "B6", 0, test_goes_on },
	{ "goes-on-at-0", "B6", NEEDS_BLOB, test_goes_on_at_0 },
	{ .name = NULL }
};
