// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * By which cache modes the plugin is told that CPUs may access a blob's place.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../change.h"
#include "../declare.h"
#include "../device.h"
#include "device_test.h"
#include "guest.h"
#include "qemu.h"

#define NOTHING	DRAM_RESTRICTED
#define WB	(DRAM_RESTRICTED | DRAM_ALLOWS(CACHE_WRITE_BACK))
#define WC	(DRAM_RESTRICTED | DRAM_ALLOWS(CACHE_WRITE_COMBINING))
#define UC	(DRAM_RESTRICTED | DRAM_ALLOWS(CACHE_UNCACHED))

static void put_behind_caches(struct guest *g)
{
	char path[] = "/tmp/device_test.XXXXXX";

	close(mkstemp(path));
	assert_int_equal(window_put_behind_caches(&g->gpu.window, path), 0);
	unlink(path);
}

static uint8_t allowed_at(struct guest *g, uint64_t offset)
{
	return window_allowed(&g->gpu.window, offset);
}

static void test_modes_follow_changes(void **state)
{
	struct guest *g = *state;
	struct blob *b;

	g->gpu.vmm.config_changed = guest_ignore_event;
	put_behind_caches(g);
	assert_int_equal(allowed_at(g, 0), NOTHING);
	assert_int_equal(guest_create(g, 1, 8192, guest_cached_id()), ATTR);
	assert_int_equal(guest_map(g, 1, 4096), ATTR);
	b = guest_blob(g, 1);
	assert_int_equal(allowed_at(g, 0), NOTHING);
	assert_int_equal(allowed_at(g, 4096), WB);
	assert_int_equal(allowed_at(g, 8192), WB);
	assert_int_equal(allowed_at(g, 12288), NOTHING);

	gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
	assert_int_equal(allowed_at(g, 4096), WB | WC);
	gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_UNCACHED, 0);
	/* The guest may have been told of the one between. */
	assert_int_equal(guest_ack(g, 1, 2), ATTR);
	assert_int_equal(allowed_at(g, 4096), WB | WC | UC);
	assert_int_equal(guest_ack(g, 1, 3), NODATA);
	assert_int_equal(allowed_at(g, 4096), UC);

	gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED);
	assert_int_equal(allowed_at(g, 4096), UC);
	assert_int_equal(guest_ack(g, 1, 4), NODATA);
	assert_int_equal(allowed_at(g, 4096), NOTHING);
	gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_CACHED, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_int_equal(guest_ack(g, 1, 5), NODATA);
	assert_int_equal(allowed_at(g, 4096), NOTHING);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(allowed_at(g, 4096), WC);

	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
	assert_int_equal(allowed_at(g, 4096), NOTHING);
}

static uint32_t access_command(struct guest *g, uint32_t type)
{
	struct virtio_gpu_cpu_access c = {
		.hdr.type = htole32(type),
		.resource_id = htole32(1),
		.flags = htole32(VIRTIO_GPU_CPU_ACCESS_READ),
	};

	return guest_command(g, &c, sizeof(c), NULL);
}

/* Memory that needs brackets is accessed in them, and as it is declared then. */
static void test_modes_in_brackets(void **state)
{
	struct guest *g = *state;
	struct blob *b;

	g->gpu.vmm.config_changed = guest_ignore_event;
	put_behind_caches(g);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id() |
				      VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED << 8), ATTR);
	assert_int_equal(guest_map(g, 1, 0), ATTR);
	b = guest_blob(g, 1);
	assert_int_equal(allowed_at(g, 0), NOTHING);
	assert_int_equal(access_command(g, VIRTIO_GPU_CMD_CPU_ACCESS_BEGIN), NODATA);
	assert_int_equal(allowed_at(g, 0), WB);
	gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED);
	assert_int_equal(allowed_at(g, 0), WB | WC);
	assert_int_equal(guest_ack(g, 1, 2), NODATA);
	assert_int_equal(allowed_at(g, 0), WC);
	assert_int_equal(access_command(g, VIRTIO_GPU_CMD_CPU_ACCESS_END), NODATA);
	assert_int_equal(allowed_at(g, 0), NOTHING);
}

/* What has no place when it changes is accessed as declared when it gets one. */
static void test_modes_of_a_place(void **state)
{
	struct guest *g = *state;

	g->gpu.vmm.config_changed = guest_ignore_event;
	put_behind_caches(g);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
	gpu_change(&g->gpu, guest_blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0);
	assert_int_equal(allowed_at(g, 0), NOTHING);
	assert_int_equal(guest_map(g, 1, 0), ATTR);
	assert_int_equal(allowed_at(g, 0), WC);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 1), NODATA);
	assert_int_equal(allowed_at(g, 0), NOTHING);
}

/* A guest that is late is not blamed until it acknowledges, and what is there then is no blob. */
static void test_modes_after_a_time_out(void **state)
{
	struct guest *g = *state;
	struct blob *b;

	g->gpu.vmm.config_changed = guest_ignore_event;
	put_behind_caches(g);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
	assert_int_equal(guest_map(g, 1, 0), ATTR);
	b = guest_blob(g, 1);
	g->gpu.options.ack_timeout_ms = 1;
	gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
	while (!g->gpu.count.timeouts)
		guest_run_ms(5);
	assert_int_equal(allowed_at(g, 0), DRAM_UNRESTRICTED);
	declare(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_int_equal(allowed_at(g, 0), DRAM_UNRESTRICTED);
	assert_int_equal(guest_ack(g, 1, b->generation), NODATA);
	assert_int_equal(allowed_at(g, 0), NOTHING);
}

static void test_modes_after_a_reset(void **state)
{
	struct guest *g = *state;

	put_behind_caches(g);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
	assert_int_equal(guest_map(g, 1, 0), ATTR);
	device_reset(&g->gpu);
	assert_int_equal(allowed_at(g, 0), NOTHING);
}

/**
 * device_test_cpu_modes() - run the tests of this file
 */
int device_test_cpu_modes(void)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_modes_follow_changes),
		DEVICE_TEST(test_modes_in_brackets),
		DEVICE_TEST(test_modes_of_a_place),
		DEVICE_TEST(test_modes_after_a_time_out),
		DEVICE_TEST(test_modes_after_a_reset),
	};

	return cmocka_run_group_tests_name("cpu modes", tests, NULL, NULL);
}
