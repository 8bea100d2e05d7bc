// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Declarations, places, errors: what needs no change.
 */
#include <endian.h>
#include <linux/virtio_config.h>
#include <string.h>

#include "clause.h"
#include "driver.h"
#include "test.h"

#define ATTR		VIRTIO_GPU_RESP_OK_MAP_ATTR
#define NODATA		VIRTIO_GPU_RESP_OK_NODATA
#define PARAMETER	VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER
#define RESOURCE_ID	VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID

static void test_features(void)
{
	driver_start(FEATURES);
	clause_check("D1", driver.f.features & BIT(VIRTIO_GPU_F_RESOURCE_BLOB),
		     "MAP_ATTR is offered, RESOURCE_BLOB is not");
}

static void test_not_negotiated(void)
{
	struct config config;
	uint32_t type;

	driver_start(FEATURES & ~BIT(VIRTIO_GPU_F_MAP_ATTR));
	type = driver_fetch_room(CHANGES_LEN);
	clause_check("D2", type == VIRTIO_GPU_RESP_ERR_UNSPEC, "MAP_ATTR_FETCH is answered by %#x", type);
	type = driver_create(1, VIRTIO_GPU_BLOB_MEM_HOST3D);
	clause_check("D2", type == NODATA, "RESOURCE_CREATE_BLOB is answered by %#x", type);
	type = driver_map(1, 0);
	clause_check("D2", type == VIRTIO_GPU_RESP_OK_MAP_INFO, "RESOURCE_MAP_BLOB is answered by %#x",
		     type);
	type = driver_ack(1, 1);
	clause_check("D2", type == VIRTIO_GPU_RESP_ERR_UNSPEC, "MAP_ATTR_ACK is answered by %#x", type);
	front_end_config(&driver.f, &config);
	clause_check("D2", !(le32toh(config.events_read) & VIRTIO_GPU_EVENT_MAP_ATTR),
		     "the event is set");
}

static void test_create(void)
{
	uint32_t type;

	driver_start(FEATURES);
	type = driver_create(1, VIRTIO_GPU_BLOB_MEM_HOST3D);
	if (type >= VIRTIO_GPU_RESP_ERR_UNSPEC)
		test_impossible("the blob cannot be created (%#x): --blob-id", type);
	clause_check("D20", type == ATTR, "HOST3D is answered by %#x", type);
	clause_check("D4", le64toh(driver_declared(1)->generation) == 1, "the first generation is %llu",
		     (unsigned long long)le64toh(driver_declared(1)->generation));
	type = driver_create(2, VIRTIO_GPU_BLOB_MEM_GUEST);
	clause_check("D20", type == NODATA, "GUEST is answered by %#x", type);
	type = driver_map(2, 0);
	clause_check("D22", type == RESOURCE_ID, "RESOURCE_MAP_BLOB of GUEST is answered by %#x", type);
}

static void test_map(void)
{
	uint64_t at = 4 * driver_granule();
	volatile uint64_t *word;

	driver_start(FEATURES);
	at = 4 * driver_granule();
	driver_make_mapped_blob(1, at);
	front_end_wait(&driver.f, -1);
	clause_check("D21", front_end_mapping(&driver.f, at), "nothing is at the place");
	if (driver_declared(1)->flags)
		return;
	word = (void *)(driver.f.window + at);
	*word = 0x1122334455667788ULL;
	clause_check("D21", *word == 0x1122334455667788ULL, "the place does not keep what is written");
}

static void expect_map(uint32_t res, uint64_t offset, const char *what)
{
	uint32_t type = driver_map(res, offset);

	clause_check("D23", type == PARAMETER, "RESOURCE_MAP_BLOB %s is answered by %#x", what, type);
}

static void test_places(void)
{
	uint64_t page;
	uint32_t type;

	driver_start(FEATURES);
	page = driver_granule();
	driver_make_mapped_blob(1, page);
	driver_make_blob(2);
	expect_map(1, 8 * page, "of what has a place");
	expect_map(2, page, "at a place that is taken");
	expect_map(2, driver.f.window_size, "behind the window");
	expect_map(2, 0 - page, "at the end of all addresses");
	expect_map(2, 2 * page + page / 2, "without alignment");
	type = driver_map(2, 2 * page);
	clause_check("D23", type == ATTR, "a free place is answered by %#x", type);
	type = driver_map(99, 3 * page);
	clause_check("B7", type >= VIRTIO_GPU_RESP_ERR_UNSPEC, "no resource is answered by %#x", type);
	type = driver_unmap(1);
	clause_check("D38", type == NODATA, "RESOURCE_UNMAP_BLOB is answered by %#x", type);
	type = driver_map(1, 5 * page);
	clause_check("D38", type == ATTR, "RESOURCE_MAP_BLOB after it is answered by %#x", type);
	clause_check("D38", le64toh(driver_declared(1)->generation) == 1, "UNMAP has changed the generation");
}

static void test_room(void)
{
	uint32_t type;

	driver_start(FEATURES);
	type = driver_create_room(1, ATTR_LEN - 1);
	clause_check("D19", type == PARAMETER, "RESOURCE_CREATE_BLOB with 55 bytes is answered by %#x",
		     type);
	driver_make_blob(1);
	type = driver_map_room(1, 0, ATTR_LEN - 1);
	clause_check("D19", type == PARAMETER, "RESOURCE_MAP_BLOB with 55 bytes is answered by %#x",
		     type);
	type = driver_map(1, driver_granule());
	clause_check("D19", type == ATTR, "it has had an effect: %#x", type);
	type = driver_fetch_room(CHANGES_LEN - 1);
	clause_check("D19", type == PARAMETER, "MAP_ATTR_FETCH with 671 bytes is answered by %#x", type);
}

static void test_wrong_acks(void)
{
	uint32_t type;

	driver_start(FEATURES);
	driver_make_mapped_blob(1, 0);
	type = driver_ack(1, 0);
	clause_check("D37", type == PARAMETER, "generation 0 is answered by %#x", type);
	type = driver_ack(1, le64toh(driver_declared(1)->generation) + 1);
	clause_check("D37", type == PARAMETER, "a future generation is answered by %#x", type);
	type = driver_ack(99, 1);
	clause_check("D37", type == RESOURCE_ID, "no resource is answered by %#x", type);
	type = driver_ack_padded(1, 1, 1, ATTR_LEN);
	clause_check("D37", type == PARAMETER, "padding is answered by %#x", type);
	clause_check("D30", !driver_fetch(), "something has changed");
}

static void test_ids(void)
{
	uint32_t type;

	driver_start(FEATURES);
	driver_make_mapped_blob(1, 0);
	type = driver_unref(1);
	clause_check("D39", type == NODATA, "RESOURCE_UNREF is answered by %#x", type);
	driver_make_blob(1);
	clause_check("D39", le64toh(driver_declared(1)->generation) == 1, "an id used again has generation %llu",
		     (unsigned long long)le64toh(driver_declared(1)->generation));
	type = driver_map(1, 0);
	clause_check("D39", type == ATTR, "its place is taken: %#x", type);
}

/* Put a command into a slot of the guest's memory, and offer it; the device is not told yet. */
static void offer_command(unsigned int slot, const void *cmd, uint32_t len, uint32_t type)
{
	unsigned int at = slot * 256;
	uint32_t name = htole32(type);
	const struct piece pieces[] = {
		{ REQUEST + at, len, false },
		{ RESPONSE + at, ATTR_LEN, true },
	};

	memcpy(driver.f.ram + REQUEST + at, cmd, len);
	memcpy(driver.f.ram + REQUEST + at, &name, sizeof(name));
	ring_chain(&driver.control, 2 * slot, pieces, 2);
	ring_offer(&driver.control, 2 * slot);
}

/* All at once, and in order. */
static void test_order(void)
{
	struct virtio_gpu_resource_create_blob create_cmd = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB),
		.hdr.ctx_id = htole32(options.capset ? CONTEXT : 0),
		.resource_id = htole32(1),
		.blob_mem = htole32(VIRTIO_GPU_BLOB_MEM_HOST3D),
		.blob_flags = htole32(VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE),
		.blob_id = htole64(options.blob_id),
	};
	struct virtio_gpu_resource_map_blob map_cmd = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB), .resource_id = htole32(1),
	};
	struct virtio_gpu_resource_unref unref_cmd = { .resource_id = htole32(1) };
	const struct { const void *cmd; uint32_t len, type; } steps[] = {
		{ &create_cmd, sizeof(create_cmd), VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB },
		{ &map_cmd, sizeof(map_cmd), VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB },
		{ &unref_cmd, sizeof(unref_cmd), VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB },
		{ &unref_cmd, sizeof(unref_cmd), VIRTIO_GPU_CMD_RESOURCE_UNREF },
	};
	struct ring *r = &driver.control;
	uint32_t head, len, type;

	driver_start(FEATURES);
	create_cmd.size = htole64(driver_granule());
	for (unsigned int i = 0; i < 8; i++)
		offer_command(i, steps[i % 4].cmd, steps[i % 4].len, steps[i % 4].type);
	ring_kick(r);
	for (unsigned int i = 0; i < 8; i++)
		clause_check("B3", ring_used(r, &head, &len), "of 8 requests %u are answered", i);
	for (unsigned int i = 0; i < 8; i++) {
		memcpy(&type, driver.f.ram + RESPONSE + i * 256, sizeof(type));
		if (!i && le32toh(type) >= VIRTIO_GPU_RESP_ERR_UNSPEC)
			test_impossible("the blob cannot be created: --blob-id");
		clause_check("D25", le32toh(type) < VIRTIO_GPU_RESP_ERR_UNSPEC,
			     "command %u of create, map, unmap, unref at once: %#x", i, le32toh(type));
	}
}

const struct test tests_attr[] = {
	{ "features", "D1", NEEDS_ATTR, test_features },
	{ "not-negotiated", "D2", NEEDS_ATTR, test_not_negotiated },
	{ "create", "D20", NEEDS_ATTR, test_create },
	{ "map", "D21", NEEDS_ATTR, test_map },
	{ "places", "D23", NEEDS_ATTR, test_places },
	{ "room", "D19", NEEDS_ATTR, test_room },
	{ "wrong-acks", "D37", NEEDS_ATTR, test_wrong_acks },
	{ "ids", "D39", NEEDS_ATTR, test_ids },
	{ "order", "D25", NEEDS_ATTR, test_order },
	{ .name = NULL }
};
