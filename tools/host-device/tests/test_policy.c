// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Rules: which blob has which attributes.
 */
#include <errno.h>

#include "../blob_id.h"
#include "../policy.h"
#include "device_test.h"
#include "guest.h"
#include "qemu.h"

static void test_memory_rules(void **state)
{
	struct declaration d;

	(void)state;
	d = policy_decide_memory(MEMORY_OPAQUE, 4096, VIRTIO_GPU_MAP_CACHE_WC, true);
	assert_int_equal(d.cache_mode, VIRTIO_GPU_MAP_CACHE_WC);
	assert_int_equal(d.flags, 0);
	d = policy_decide_memory(MEMORY_DMA_BUF, 4096, VIRTIO_GPU_MAP_CACHE_CACHED, true);
	assert_int_equal(d.flags, VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED);

	assert_int_equal(guest_add_rule("{\"memory\":\"opaque\",\"min_size\":8192,\"sync\":true}"), 0);
	assert_int_equal(guest_add_rule("{\"memory\":\"dma-buf\",\"cache\":\"uncached\"}"), 0);
	d = policy_decide_memory(MEMORY_OPAQUE, 8191, VIRTIO_GPU_MAP_CACHE_WC, true);
	assert_int_equal(d.flags, 0);
	d = policy_decide_memory(MEMORY_OPAQUE, 8192, VIRTIO_GPU_MAP_CACHE_WC, true);
	assert_int_equal(d.cache_mode, VIRTIO_GPU_MAP_CACHE_WC);
	assert_int_equal(d.flags, VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED);
	d = policy_decide_memory(MEMORY_DMA_BUF, 4096, VIRTIO_GPU_MAP_CACHE_CACHED, true);
	assert_int_equal(d.cache_mode, VIRTIO_GPU_MAP_CACHE_UNCACHED);
	assert_int_equal(d.flags, 0);
	/* What is not made to be mapped is not, whatever else is declared for it. */
	d = policy_decide_memory(MEMORY_OPAQUE, 4096, VIRTIO_GPU_MAP_CACHE_NONE, false);
	assert_int_equal(d.cache_mode, VIRTIO_GPU_MAP_CACHE_CACHED);
	assert_int_equal(d.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	/* When in doubt, no access without brackets; a cache mode is no guess. */
	d = policy_decide_memory(MEMORY_SHM, 4096, VIRTIO_GPU_MAP_CACHE_NONE, true);
	assert_int_equal(d.cache_mode, VIRTIO_GPU_MAP_CACHE_CACHED);
	assert_int_equal(d.flags, VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED);
	d = policy_decide_memory(MEMORY_OPAQUE, 8192, 7, true);
	assert_int_equal(d.cache_mode, VIRTIO_GPU_MAP_CACHE_CACHED);
	assert_int_equal(d.flags, VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED);
	/* Not for blob_ids, not even 0. */
	assert_int_equal(policy_decide(0).flags, 0);

	assert_int_equal(guest_add_rule("{\"memory\":\"opaque\",\"blob_id\":1}"), -EINVAL);
	assert_int_equal(guest_add_rule("{\"memory\":\"soft\"}"), -EINVAL);
	assert_int_equal(guest_add_rule("{\"memory\":\"shm\",\"min_size\":-1}"), -EINVAL);
	assert_int_equal(guest_add_rule("{\"sync\":true}"), -EINVAL);
	policy_clear();
}

/* A guest that spells what is no declaration gets what it would without. */
static void test_spelled_wrong(void **state)
{
	(void)state;
	assert_int_equal(policy_decide(blob_id_attr(VIRTIO_GPU_MAP_CACHE_WC, 4, 0)).cache_mode,
			 VIRTIO_GPU_MAP_CACHE_WC);
	assert_int_equal(policy_decide(blob_id_attr(4, 0, 0)).cache_mode, VIRTIO_GPU_MAP_CACHE_CACHED);
	assert_int_equal(policy_decide(blob_id_attr(0, 0, 0)).cache_mode, VIRTIO_GPU_MAP_CACHE_CACHED);
	assert_int_equal(policy_decide(blob_id_attr(1, 128, 0)).flags, 0);
}

static void test_read_only_rules(void **state)
{
	const uint32_t both = VIRTIO_GPU_MAP_ATTR_READ_ONLY | VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED;

	(void)state;
	assert_int_equal(guest_add_rule("{\"memory\":\"shm\",\"read_only\":true}"), 0);
	assert_int_equal(policy_decide_memory(MEMORY_SHM, 4096, VIRTIO_GPU_MAP_CACHE_CACHED,
					      true).flags, VIRTIO_GPU_MAP_ATTR_READ_ONLY);
	assert_int_equal(guest_add_rule("{\"blob_id\":9,\"read_only\":true,\"sync\":true}"), 0);
	assert_int_equal(policy_decide(9).flags, both);
	assert_int_equal(guest_add_rule("{\"blob_id\":8,\"read_only\":false}"), 0);
	assert_int_equal(policy_decide(8).flags, 0);
	policy_clear();
}

/**
 * device_test_policy() - run the tests of this file
 */
int device_test_policy(void)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_memory_rules),
		DEVICE_TEST(test_spelled_wrong),
		DEVICE_TEST(test_read_only_rules),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
