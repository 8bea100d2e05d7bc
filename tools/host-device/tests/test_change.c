// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Changes: declared, fetched, acknowledged.
 */
#include <errno.h>

#include "../change.h"
#include "device_test.h"
#include "guest.h"
#include "qemu.h"

static void test_change_fetch_ack(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr_changes *resp = (void *)(g->ram + ANSWER);
	struct virtio_gpu_map_attr_ack padded = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_MAP_ATTR_ACK),
		.resource_id = htole32(1),
		.padding = htole32(1),
	};
	const struct virtio_gpu_resp_map_attr *attr = (void *)(g->ram + ANSWER);
	unsigned int events = 0;
	struct blob *b;

	g->gpu.vmm.config_changed = guest_count_event;
	g->gpu.vmm.data = &events;
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
	b = guest_blob(g, 1);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_UNCACHED, 0), 0);
	assert_int_equal(events, 2);
	assert_int_equal(le32toh(g->gpu.config.events_read), VIRTIO_GPU_EVENT_MAP_ATTR);

	/* Two changes, one entry. */
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, 0),
			 VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES);
	assert_int_equal(le32toh(resp->count), 1);
	assert_int_equal(le32toh(resp->more), 0);
	assert_int_equal(le32toh(resp->changes[0].resource_id), 1);
	assert_int_equal(le64toh(resp->changes[0].attr.generation), 3);
	assert_int_equal(le32toh(resp->changes[0].attr.cache_mode), VIRTIO_GPU_MAP_CACHE_UNCACHED);
	guest_command_resource(g, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, 0);
	assert_int_equal(le32toh(resp->count), 0);

	/* It learns that it has to go on. */
	assert_int_equal(guest_ack(g, 1, 2), ATTR);
	assert_int_equal(le64toh(attr->attr.generation), 3);
	assert_int_equal(b->acked, 2);
	assert_int_equal(guest_ack(g, 1, 3), NODATA);
	assert_int_equal(b->acked, 3);
	/* Late, and of no effect. */
	assert_int_equal(guest_ack(g, 1, 2), ATTR);
	assert_int_equal(b->acked, 3);
	/* What the padding will mean is not known. */
	padded.generation = htole64(3);
	assert_int_equal(guest_command(g, &padded, sizeof(padded), NULL), PARAMETER);
}

/* An answer that would not fit is an error, and no change is forgotten. */
static void test_fetch_without_room(void **state)
{
	static const uint32_t rooms[] = { 24, FETCHED_LEN(0), FETCHED_LEN(2), FETCHED_LEN(16) - 1 };
	struct guest *g = *state;
	uint32_t used;

	g->gpu.vmm.config_changed = guest_ignore_event;
	for (uint32_t res = 1; res <= 3; res++) {
		assert_int_equal(guest_create(g, res, 4096, guest_cached_id()), ATTR);
		gpu_change(&g->gpu, guest_blob(g, res), VIRTIO_GPU_MAP_CACHE_WC, 0);
	}
	for (unsigned int i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		assert_int_equal(guest_fetch_into(g, rooms[i], &used), PARAMETER);
		assert_int_equal(used, 24);
	}
	assert_int_equal(guest_fetch_into(g, FETCHED_LEN(16), &used), CHANGES);
	assert_int_equal(used, FETCHED_LEN(3));
	assert_int_equal(guest_fetched(g), 0);
}

static void test_more_changes_than_fit(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr_changes *resp = (void *)(g->ram + ANSWER);

	g->gpu.vmm.config_changed = guest_ignore_event;
	for (uint32_t res = 1; res <= 17; res++) {
		assert_int_equal(guest_create(g, res, 4096, guest_cached_id()), ATTR);
		gpu_change(&g->gpu, guest_blob(g, res), VIRTIO_GPU_MAP_CACHE_WC, 0);
	}
	assert_int_equal(guest_fetched(g), 16);
	assert_int_equal(le32toh(resp->more), 1);
	assert_int_equal(guest_fetched(g), 1);
	assert_int_equal(le32toh(resp->more), 0);
	for (uint32_t res = 2; res <= 17; res++)
		gpu_change(&g->gpu, guest_blob(g, res), VIRTIO_GPU_MAP_CACHE_CACHED, 0);
	assert_int_equal(guest_fetched(g), 16);
	assert_int_equal(le32toh(resp->more), 0);
}

/* What has no place needs no acknowledgment. */
static void test_no_place_no_wait(void **state)
{
	struct guest *g = *state;
	struct blob *b;

	g->gpu.vmm.config_changed = guest_ignore_event;
	g->gpu.options.ack_timeout_ms = 60000;
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
	b = guest_blob(g, 1);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_false(b->waiting);
	assert_int_equal(guest_map(g, 1, 0), ATTR);
	assert_false(b->waiting);
	/* It is told all the same. */
	assert_int_equal(guest_fetched(g), 1);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_CACHED, 0), 0);
	assert_true(b->waiting);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
	assert_false(b->waiting);
	assert_int_equal(b->generation, 3);
	assert_int_equal(guest_fetched(g), 1);
}

/* A driver that has not taken the feature asks nothing of the kind. */
static void test_changes_not_negotiated(void **state)
{
	struct guest *g = *state;

	g->gpu.features &= ~(1ULL << VIRTIO_GPU_F_MAP_ATTR);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), NODATA);
	assert_int_equal(guest_ack(g, 1, 1), VIRTIO_GPU_RESP_ERR_UNSPEC);
}

static void test_ack_errors(void **state)
{
	struct guest *g = *state;
	struct virtio_gpu_ctrl_hdr hdr = { .type = htole32(VIRTIO_GPU_CMD_MAP_ATTR_ACK) };

	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
	assert_int_equal(guest_ack(g, 1, 0), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(guest_ack(g, 1, 2), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(guest_ack(g, 1, UINT64_MAX), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(guest_ack(g, 2, 1), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(guest_command(g, &hdr, sizeof(hdr), NULL),
			 VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(guest_blob(g, 1)->acked, 1);
}

static void test_old_driver_is_told_nothing(void **state)
{
	struct guest *g = *state;
	unsigned int events = 0;

	g->gpu.vmm.config_changed = guest_count_event;
	g->gpu.vmm.data = &events;
	g->gpu.features &= ~(1ULL << VIRTIO_GPU_F_MAP_ATTR);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), NODATA);
	assert_int_equal(gpu_change(&g->gpu, guest_blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0),
			 -ENOTSUP);
	assert_int_equal(events, 0);
}

/**
 * device_test_change() - run the tests of this file
 */
int device_test_change(void)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_change_fetch_ack),
		DEVICE_TEST(test_fetch_without_room),
		DEVICE_TEST(test_more_changes_than_fit),
		DEVICE_TEST(test_no_place_no_wait),
		DEVICE_TEST(test_changes_not_negotiated),
		DEVICE_TEST(test_ack_errors),
		DEVICE_TEST(test_old_driver_is_told_nothing),
	};

	return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
