// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Brackets: what the guest begins and ends, and what the exporter is told of it.
 */
#include <errno.h>
#include <linux/dma-buf.h>

#include "../change.h"
#include "../exporter.h"
#include "device_test.h"
#include "guest.h"
#include "qemu.h"

#define BEGIN	VIRTIO_GPU_CMD_CPU_ACCESS_BEGIN
#define END	VIRTIO_GPU_CMD_CPU_ACCESS_END
#define SYNC	VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED
#define UNSPEC	VIRTIO_GPU_RESP_ERR_UNSPEC

/* What the exporter was told, and what it says. */
static struct {
	unsigned int calls;
	uint64_t flags;
	int answer;
} asked;

int __real_exporter_access(const struct blob *b, uint64_t flags);

int __wrap_exporter_access(const struct blob *b, uint64_t flags)
{
	asked.calls++;
	asked.flags = flags;
	return asked.answer ?: __real_exporter_access(b, flags);
}

static uint32_t access_command(struct guest *g, uint32_t type, uint32_t res, uint32_t flags)
{
	struct virtio_gpu_cpu_access c = {
		.hdr.type = htole32(type),
		.resource_id = htole32(res),
		.flags = htole32(flags),
	};

	return guest_command(g, &c, sizeof(c), NULL);
}

static struct guest *bracketed(void **state)
{
	struct guest *g = *state;

	g->gpu.vmm.config_changed = guest_ignore_event;
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id() | SYNC << 8), ATTR);
	memset(&asked, 0, sizeof(asked));
	return g;
}

static void test_begin_and_end(void **state)
{
	struct guest *g = bracketed(state);

	for (uint32_t flags = 1; flags <= 3; flags++) {
		assert_int_equal(access_command(g, BEGIN, 1, flags), NODATA);
		assert_int_equal(asked.flags, DMA_BUF_SYNC_START | flags);
		assert_int_equal(guest_blob(g, 1)->accesses[flags], 1);
	}
	/* Each is told, whatever is begun already. */
	assert_int_equal(access_command(g, BEGIN, 1, 1), NODATA);
	assert_int_equal(asked.calls, 4);
	for (uint32_t flags = 3; flags; flags--) {
		assert_int_equal(access_command(g, END, 1, flags), NODATA);
		assert_int_equal(asked.flags, DMA_BUF_SYNC_END | flags);
	}
	assert_int_equal(access_command(g, END, 1, 1), NODATA);
	assert_int_equal(asked.calls, 8);
	assert_false(blob_is_accessed(guest_blob(g, 1)));
	assert_int_equal(g->gpu.count.accesses, 4);
}

static void test_refused_access(void **state)
{
	struct guest *g = bracketed(state);
	struct virtio_gpu_ctrl_hdr hdr = { .type = htole32(BEGIN) };

	assert_int_equal(access_command(g, BEGIN, 1, 0), PARAMETER);
	assert_int_equal(access_command(g, BEGIN, 1, 4), PARAMETER);
	assert_int_equal(access_command(g, BEGIN, 1, 5), PARAMETER);
	assert_int_equal(access_command(g, BEGIN, 2, 1), RESOURCE);
	assert_int_equal(access_command(g, END, 2, 1), RESOURCE);
	assert_int_equal(access_command(g, END, 1, 1), PARAMETER);
	assert_int_equal(guest_command(g, &hdr, sizeof(hdr), NULL), PARAMETER);
	assert_int_equal(asked.calls, 0);

	assert_int_equal(access_command(g, BEGIN, 1, 1), NODATA);
	assert_int_equal(access_command(g, END, 1, 2), PARAMETER);
	assert_int_equal(access_command(g, END, 1, 3), PARAMETER);
	assert_int_equal(asked.calls, 1);
}

static void test_only_host_memory(void **state)
{
	struct guest *g = bracketed(state);
	struct virtio_gpu_resource_create_blob c = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB),
		.resource_id = htole32(2),
		.blob_mem = htole32(VIRTIO_GPU_BLOB_MEM_GUEST),
		.size = htole64(4096),
	};

	assert_int_equal(guest_command(g, &c, sizeof(c), NULL), NODATA);
	assert_int_equal(access_command(g, BEGIN, 2, 1), RESOURCE);
}

static void test_exporter_refuses(void **state)
{
	struct guest *g = bracketed(state);

	asked.answer = -EIO;
	assert_int_equal(access_command(g, BEGIN, 1, 1), UNSPEC);
	assert_false(blob_is_accessed(guest_blob(g, 1)));
	asked.answer = 0;
	assert_int_equal(access_command(g, BEGIN, 1, 1), NODATA);
	asked.answer = -EIO;
	assert_int_equal(access_command(g, END, 1, 1), UNSPEC);
	/* It cannot be ended twice. */
	assert_false(blob_is_accessed(guest_blob(g, 1)));
	asked.answer = 0;
	assert_int_equal(access_command(g, END, 1, 1), PARAMETER);
}

static void test_forbidden_access(void **state)
{
	struct guest *g = bracketed(state);
	struct blob *b = guest_blob(g, 1);

	gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_CACHED, SYNC | VIRTIO_GPU_MAP_ATTR_READ_ONLY);
	assert_int_equal(access_command(g, BEGIN, 1, 1), NODATA);
	assert_int_equal(access_command(g, BEGIN, 1, 2), PARAMETER);
	assert_int_equal(access_command(g, BEGIN, 1, 3), PARAMETER);
	gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_CACHED, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_int_equal(access_command(g, BEGIN, 1, 1), UNSPEC);
	/* What has been begun can be ended. */
	assert_int_equal(access_command(g, END, 1, 1), NODATA);
}

/* Neither a change nor a place begins or ends anything, but the end of the resource does. */
static void test_end_of_resource(void **state)
{
	struct guest *g = bracketed(state);

	assert_int_equal(access_command(g, BEGIN, 1, 1), NODATA);
	assert_int_equal(access_command(g, BEGIN, 1, 3), NODATA);
	assert_int_equal(guest_map(g, 1, 0), ATTR);
	gpu_change(&g->gpu, guest_blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, SYNC);
	assert_int_equal(guest_ack(g, 1, 2), NODATA);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
	assert_int_equal(asked.calls, 2);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 1), NODATA);
	assert_int_equal(asked.calls, 4);
	assert_int_equal(asked.flags, DMA_BUF_SYNC_END | 3);
}

static void test_not_negotiated(void **state)
{
	struct guest *g = bracketed(state);

	g->gpu.features &= ~BIT(VIRTIO_GPU_F_CPU_ACCESS);
	assert_int_equal(access_command(g, BEGIN, 1, 1), UNSPEC);
	assert_int_equal(access_command(g, END, 1, 1), UNSPEC);
	/* It requires the other one. */
	g->gpu.features |= BIT(VIRTIO_GPU_F_CPU_ACCESS);
	g->gpu.features &= ~BIT(VIRTIO_GPU_F_MAP_ATTR);
	assert_int_equal(access_command(g, BEGIN, 1, 1), UNSPEC);
	assert_int_equal(asked.calls, 0);
	g->gpu.options.map_attr = false;
	assert_false(device_features(&g->gpu) & BIT(VIRTIO_GPU_F_CPU_ACCESS));
}

int device_test_access(void)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_begin_and_end),
		DEVICE_TEST(test_refused_access),
		DEVICE_TEST(test_only_host_memory),
		DEVICE_TEST(test_exporter_refuses),
		DEVICE_TEST(test_forbidden_access),
		DEVICE_TEST(test_end_of_resource),
		DEVICE_TEST(test_not_negotiated),
	};

	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
