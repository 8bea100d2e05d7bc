// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map legacy host
 * Description: A host that does not negotiate map attributes works through the same path, with
 *	the map_info of its reply to RESOURCE_MAP_BLOB
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: legacy_host
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <sys/mman.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

/**
 * SUBTEST: map-info-%s
 * Description: the cache bits of map_info reach the PTEs
 *
 * SUBTEST: map-info-%s-with-access-bits
 * Description: the other bits of map_info (some hosts' access rights) change nothing
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_map_info(struct virtgpu *gpu, unsigned int mode, unsigned int access)
{
	struct virtgpu_blob blob;

	/* The device shifts flags by four and ors them into map_info. */
	virtgpu_blob_create(gpu, &blob, PAGES(16), virtgpu_attr_id(mode, access));
	virtgpu_blob_map(&blob);
	virtgpu_host_fill(&blob, 1);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, blob.size, 8, 1), 0);
	virtgpu_guest_fill(blob.va, 0, blob.size, 8, 2);
	__sync_synchronize();
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, blob.size, 8, 2), 0);
	virtgpu_pte_assert_mode(blob.va, blob.size, mode);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: map-info-none
 * Description: no cache mode named: cached, as ever, and the query says that none was
 */
static void test_none(struct virtgpu *gpu, unsigned int access)
{
	struct drm_virtgpu_map_attr attr;
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, PAGES(16), virtgpu_attr_id(NONE, access));
	virtgpu_blob_map(&blob);
	virtgpu_host_fill(&blob, 5);
	virtgpu_blob_assert_good(&blob, CACHED);
	igt_assert_eq(virtgpu_blob_query(gpu, blob.handle, &attr), 0);
	igt_assert_eq(attr.cache_mode, VIRTGPU_MAP_CACHE_NONE);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: map-info-unknown
 * Description: cache modes 4 to 15, which are not defined: EPROTO
 */
static void assert_refused(struct virtgpu *gpu, uint64_t blob_id, int error)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, PAGES(4), blob_id);
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), error);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: %s-map
 * Description: the reply to RESOURCE_MAP_BLOB is malformed, or an error: a documented errno
 *
 * arg[1].values: empty-reply, header-only, length-beyond-buffer, type-nodata, type-undefined
 * arg[1].values: error, out-of-memory
 */

/**
 * SUBTEST: error-create
 * Description: an error in the reply to RESOURCE_CREATE_BLOB is an error to mmap()
 */

/**
 * SUBTEST: host-state-agrees
 * Description: the device negotiated nothing and sent map_info only
 */
static void test_host_saw_it(struct virtgpu *gpu)
{
	long long before = virtgpu_host_count(gpu, "legacy_replies");
	struct virtgpu_blob blob;

	igt_assert_eq(virtgpu_host_count(gpu, "map_attr_negotiated"), 0);
	virtgpu_blob_create(gpu, &blob, PAGE, virtgpu_attr_id(WC, 0));
	virtgpu_blob_map(&blob);
	igt_assert_eq(virtgpu_host_count(gpu, "attr_replies"), 0);
	igt_assert_eq(virtgpu_host_count(gpu, "legacy_replies") - before, 1);
	virtgpu_blob_destroy(&blob);
}

static const struct {
	const char *name;
	enum injection injection;
	int error;
} replies[] = {
	{ "empty-reply", INJECT_EMPTY, -EPROTO },
	{ "header-only", INJECT_SHORT_HEADER, -EPROTO },
	{ "length-beyond-buffer", INJECT_LONG, -EPROTO },
	{ "type-nodata", INJECT_NODATA, -EPROTO },
	{ "type-undefined", INJECT_BAD_TYPE, -EPROTO },
	{ "error", INJECT_ERROR, -EIO },
	{ "out-of-memory", INJECT_NO_MEMORY, -ENOMEM },
};

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "legacy");

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("The cache mode in map_info reaches the PTEs.");
		igt_subtest_f("map-info-%s", virtgpu_cache_name(mode))
			test_map_info(&gpu, mode, 0);
		igt_describe("Other bits of map_info change nothing.");
		igt_subtest_f("map-info-%s-with-access-bits", virtgpu_cache_name(mode)) {
			test_map_info(&gpu, mode, 0x1);
			test_map_info(&gpu, mode, 0x2);
			test_map_info(&gpu, mode, 0xf);
		}
	}

	igt_describe("A host that names no cache mode gets cached mappings, as ever, and one "
		     "warning.");
	igt_subtest("map-info-none") {
		test_none(&gpu, 0);
		test_none(&gpu, 0x3);
		igt_assert_eq(virtgpu_kmsg_count(-1, "^4,.*the host gave no cache mode"), 1);
	}

	igt_describe("An undefined cache mode is refused.");
	igt_subtest("map-info-unknown")
		for (unsigned int mode = 4; mode < 16; mode++)
			assert_refused(&gpu, virtgpu_attr_id(mode, 0), -EPROTO);

	for (unsigned int i = 0; i < ARRAY_SIZE(replies); i++) {
		igt_describe("A malformed reply is refused with the documented errno.");
		igt_subtest_f("%s-map", replies[i].name)
			assert_refused(&gpu, blob_id_inject(CACHED, 0, INJECT_NONE,
							    replies[i].injection, 0),
				       replies[i].error);
	}

	igt_describe("The host's refusal to create a blob is an error to mmap().");
	igt_subtest("error-create")
		assert_refused(&gpu, blob_id_inject(CACHED, 0, INJECT_ERROR, INJECT_NONE, 0), -EIO);

	igt_describe("The host device and the guest agree on what was negotiated and sent.");
	igt_subtest("host-state-agrees")
		test_host_saw_it(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
