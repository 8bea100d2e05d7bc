// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Commands: every field wrong, what is declared, and how a device begins and ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../blob_id.h"
#include "../inject.h"
#include "device_test.h"
#include "guest.h"
#include "qemu.h"

static void test_create_errors(void **state)
{
	struct guest *g = *state;
	struct virtio_gpu_ctrl_hdr cut = { .type = htole32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB) };
	struct virtio_gpu_resource_create_blob c = { .hdr = cut, .size = htole64(4096) };

	assert_int_equal(guest_create(g, 1, 0, 0), PARAMETER);
	assert_int_equal(guest_create(g, 1, 4095, 0), PARAMETER);
	assert_int_equal(guest_create(g, 0, 4096, 0), RESOURCE);
	assert_int_equal(guest_command(g, &cut, sizeof(cut), NULL), PARAMETER);
	for (uint32_t mem = 0; mem < 6; mem++) {
		c.blob_mem = htole32(mem);
		c.resource_id = htole32(100 + mem);
		assert_int_equal(guest_command(g, &c, sizeof(c), NULL),
				 mem == VIRTIO_GPU_BLOB_MEM_HOST3D ? ATTR :
				 mem && mem <= VIRTIO_GPU_BLOB_MEM_HOST3D_GUEST ? NODATA : PARAMETER);
	}
	assert_int_equal(guest_create(g, 1, 4096, 0), ATTR);
	assert_int_equal(guest_create(g, 1, 4096, 0), RESOURCE);
}

/* How far a look-up may have to go. */
static unsigned int longest_bucket(const struct gpu *gpu)
{
	unsigned int longest = 0;

	for (unsigned int i = 0; i < BLOB_BUCKETS; i++) {
		unsigned int n = 0;

		for (const struct blob *b = gpu->blobs.by_id[i]; b; b = b->same_bucket)
			n++;
		if (n > longest)
			longest = n;
	}
	return longest;
}

static void test_too_many_blobs(void **state)
{
	struct guest *g = *state;
	uint32_t type = ATTR, n;

	for (n = 0; n < 100000 && type == ATTR; n++)
		type = guest_create(g, n + 1, 4096, 0);
	assert_int_equal(type, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_int_equal(g->gpu.count.created, BLOBS_MAX);
	assert_int_equal(longest_bucket(&g->gpu), BLOBS_MAX / BLOB_BUCKETS);
	assert_int_equal(guest_create(g, 1, 4096, 0), RESOURCE);
	for (n = 0; n < BLOBS_MAX; n++)
		assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, n + 1), NODATA);
	assert_int_equal(longest_bucket(&g->gpu), 0);
	assert_int_equal(guest_create(g, 1, 4096, 0), ATTR);
}

static void test_map_errors(void **state)
{
	struct guest *g = *state;

	assert_int_equal(guest_map(g, 1, 0), RESOURCE);
	assert_int_equal(guest_create(g, 1, 8192, 0), ATTR);
	assert_int_equal(guest_create(g, 2, 4096, 0), ATTR);
	assert_int_equal(guest_create(g, 3, 2 << 20, 0), ATTR);
	assert_int_equal(guest_map(g, 1, 1), PARAMETER);
	assert_int_equal(guest_map(g, 1, 1 << 20), PARAMETER);
	assert_int_equal(guest_map(g, 1, (1 << 20) - 4096), PARAMETER);
	assert_int_equal(guest_map(g, 1, UINT64_MAX - 4095), PARAMETER);
	assert_int_equal(guest_map(g, 3, 0), PARAMETER);
	assert_int_equal(guest_map(g, 1, 4096), ATTR);
	assert_int_equal(guest_map(g, 1, 65536), PARAMETER);
	assert_int_equal(guest_map(g, 2, 4096), PARAMETER);
	assert_int_equal(guest_map(g, 2, 8192), PARAMETER);
	assert_int_equal(guest_map(g, 2, 0), ATTR);
}

static void test_alignment(void **state)
{
	struct guest *g = *state;

	g->gpu.options.alignment = 65536;
	assert_true(device_features(&g->gpu) & 1 << VIRTIO_GPU_F_BLOB_ALIGNMENT);
	assert_int_equal(guest_create(g, 1, 4096, 0), PARAMETER);
	assert_int_equal(guest_create(g, 1, 65536 + 4096, 0), PARAMETER);
	assert_int_equal(guest_create(g, 1, 65536, 0), ATTR);
	assert_int_equal(guest_map(g, 1, 4096), PARAMETER);
	assert_int_equal(guest_map(g, 1, 65536), ATTR);
}

static void test_unmap_and_unref(void **state)
{
	struct guest *g = *state;

	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), RESOURCE);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 1), RESOURCE);
	assert_int_equal(guest_create(g, 1, 4096, 0), ATTR);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), PARAMETER);
	assert_int_equal(guest_map(g, 1, 0), ATTR);
	g->gpu.window.va[0] = 0x55;
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
	/* The next blob at this place must not see the last one's data. */
	assert_int_equal(g->gpu.window.va[0], 0);
	assert_int_equal(guest_map(g, 1, 0), ATTR);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 1), NODATA);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 1), RESOURCE);
	assert_int_equal(g->gpu.count.destroyed, 1);
}

static void test_unknown_command(void **state)
{
	assert_int_equal(guest_command_resource(*state, 0, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(guest_command_resource(*state, 0xffffffff, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
}

static void test_declares(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr *resp = (void *)(g->ram + ANSWER);

	assert_int_equal(guest_create(g, 1, 4096, blob_id_attr(VIRTIO_GPU_MAP_CACHE_WC,
							       VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED, 0)), ATTR);
	assert_int_equal(le64toh(resp->attr.generation), 1);
	assert_int_equal(le32toh(resp->attr.cache_mode), VIRTIO_GPU_MAP_CACHE_WC);
	assert_int_equal(le32toh(resp->attr.flags), VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED);
	for (int i = 0; i < 4; i++)
		assert_int_equal(resp->attr.reserved[i], 0);
}

static void test_declares_nothing_new_to_old_driver(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_info *resp = (void *)(g->ram + ANSWER);

	g->gpu.features &= ~(1ULL << VIRTIO_GPU_F_MAP_ATTR);
	assert_int_equal(guest_create(g, 1, 4096, blob_id_attr(VIRTIO_GPU_MAP_CACHE_WC, 0, 0)), NODATA);
	assert_int_equal(guest_map(g, 1, 0), VIRTIO_GPU_RESP_OK_MAP_INFO);
	assert_int_equal(le32toh(resp->map_info), VIRTIO_GPU_MAP_CACHE_WC);
}

static void test_reset_clears_the_window(void **state)
{
	struct guest *g = *state;

	guest_create(g, 1, 4096, blob_id_attr(1, 0, 0));
	guest_map(g, 1, 4096);
	g->gpu.window.va[4096] = 9;
	device_reset(&g->gpu);
	assert_int_equal(g->gpu.window.va[4096], 0);
}

/* QEMU, which has the file, too, cannot shrink it while the device has it mapped. */
static void test_window_is_sealed(void **state)
{
	struct guest *g = *state;

	assert_int_equal(ftruncate(g->gpu.window.fd, 4096), -1);
	assert_int_equal(ftruncate(g->gpu.window.fd, 4 << 20), -1);
	window_clear(&g->gpu.window, 0, 4096);
}

static void test_no_blob(void **state)
{
	struct guest *g = *state;
	uint64_t without;

	g->gpu.options.no_blob = true;
	without = device_features(&g->gpu);
	assert_false(without & 1 << VIRTIO_GPU_F_RESOURCE_BLOB);
	assert_true(without & 1 << VIRTIO_GPU_F_MAP_ATTR);
	g->gpu.options.no_blob = false;
	assert_int_equal(device_features(&g->gpu), without | 1 << VIRTIO_GPU_F_RESOURCE_BLOB);
}

/* Nothing is created or mapped if the guest has no room to hear how. */
static void test_attr_without_room(void **state)
{
	struct guest *g = *state;
	struct virtio_gpu_resource_create_blob c = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB),
		.resource_id = htole32(1),
		.blob_mem = htole32(VIRTIO_GPU_BLOB_MEM_HOST3D),
		.blob_id = htole64(guest_cached_id()),
		.size = htole64(4096),
	};
	struct virtio_gpu_resource_map_blob m = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB),
		.resource_id = htole32(1),
	};

	assert_int_equal(guest_command_room(g, &c, sizeof(c), 55, NULL), PARAMETER);
	assert_null(guest_blob(g, 1));
	assert_int_equal(guest_command_room(g, &c, sizeof(c), 56, NULL), ATTR);
	assert_int_equal(guest_command_room(g, &m, sizeof(m), 55, NULL), PARAMETER);
	assert_false(guest_blob(g, 1)->placed);
	assert_int_equal(guest_command_room(g, &m, sizeof(m), 56, NULL), ATTR);
	/* Others have nothing declared. */
	c.resource_id = htole32(2);
	c.blob_mem = htole32(VIRTIO_GPU_BLOB_MEM_GUEST);
	assert_int_equal(guest_command_room(g, &c, sizeof(c), 24, NULL), NODATA);
}

static int count_init(struct gpu *gpu)
{
	(void)gpu;
	return 0;
}

static unsigned int fini_calls;

static void count_fini(struct gpu *gpu)
{
	(void)gpu;
	fini_calls++;
}

/* What has not been made is not given back, not even descriptors of others. */
static void test_device_cannot_be_made(void **state)
{
	static const struct inject inject = { .init = count_init, .fini = count_fini };
	struct gpu *gpu = calloc(1, sizeof(*gpu));
	struct rlimit before, none;
	int ret;

	(void)state;
	gpu->inject = &inject;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	ret = device_init(gpu, 1 << 20);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(ret, -EMFILE);
	assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
	device_fini(gpu);
	assert_int_equal(fini_calls, 0);
	assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
	free(gpu);
}

/**
 * device_test_command() - run the tests of this file
 */
int device_test_command(void)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_create_errors),
		DEVICE_TEST(test_too_many_blobs),
		DEVICE_TEST(test_map_errors),
		DEVICE_TEST(test_alignment),
		DEVICE_TEST(test_unmap_and_unref),
		DEVICE_TEST(test_unknown_command),
		DEVICE_TEST(test_declares),
		DEVICE_TEST(test_declares_nothing_new_to_old_driver),
		DEVICE_TEST(test_no_blob),
		DEVICE_TEST(test_reset_clears_the_window),
		DEVICE_TEST(test_window_is_sealed),
		DEVICE_TEST(test_attr_without_room),
		cmocka_unit_test(test_device_cannot_be_made),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
