// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map refused mapping
 * Description: What must not be mapped is refused with the documented errno, and nothing is lost
 *	by it
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: protocol_errors
 * Feature: Map attributes
 * Test category: negative test
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

/* Mapping fails by every way in, and the blob's place in the window is free
 * again once it is gone.
 */
static void assert_refused(struct virtgpu *gpu, uint64_t blob_id, int error)
{
	struct virtgpu_blob blob;
	int dmabuf;
	void *va;

	virtgpu_blob_create(gpu, &blob, MiB(600), blob_id);
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ | PROT_WRITE, MAP_SHARED), error);
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), error);
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_NONE, MAP_SHARED), error);

	dmabuf = virtgpu_blob_export(&blob);
	va = mmap(NULL, blob.size, PROT_READ, MAP_SHARED, dmabuf, 0);
	igt_assert(va == MAP_FAILED);
	igt_assert_eq(-errno, error);
	igt_assert(virtgpu_pte_probe_vmap(dmabuf));
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
	virtgpu_settle(gpu);

	/* Two of 600 MiB do not fit. */
	virtgpu_blob_create(gpu, &blob, MiB(600), virtgpu_attr_id(CACHED, 0));
	virtgpu_blob_map(&blob);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: sync-required-%s
 * Description: a blob that needs DMA_BUF_IOCTL_SYNC is never mapped: EOPNOTSUPP
 *
 * arg[1].values: cached, uncached, wc
 */

/**
 * SUBTEST: cache-mode-none
 * Description: a declaration without a cache mode is not mapped: EPROTO
 *
 * SUBTEST: cache-mode-unknown
 * Description: an undefined cache mode: EPROTO
 *
 * SUBTEST: flag-unknown
 * Description: an undefined flag: EPROTO
 */

/**
 * SUBTEST: %s-create
 * Description: the reply to RESOURCE_CREATE_BLOB is malformed in the way named, or an error
 *
 * arg[1].values: empty-reply, header-only, truncated, length-beyond-buffer, type-nodata
 * arg[1].values: type-map-info, type-undefined, reserved-field, generation-zero
 * arg[1].values: generation-clash, error, out-of-memory
 */

/**
 * SUBTEST: %s-map
 * Description: the reply to RESOURCE_MAP_BLOB is malformed in the way named, or an error
 *
 * arg[1].values: empty-reply, header-only, truncated, length-beyond-buffer, type-nodata
 * arg[1].values: type-map-info, type-undefined, reserved-field, generation-zero
 * arg[1].values: generation-back, generation-clash, error, out-of-memory
 */
static const struct {
	const char *name;
	enum injection injection;
	int error;
	bool create, map;
} injections[] = {
	{ "empty-reply", INJECT_EMPTY, -EPROTO, true, true },
	{ "header-only", INJECT_SHORT_HEADER, -EPROTO, true, true },
	{ "truncated", INJECT_SHORT_ATTR, -EPROTO, true, true },
	{ "length-beyond-buffer", INJECT_LONG, -EPROTO, true, true },
	{ "type-nodata", INJECT_NODATA, -EPROTO, true, true },
	{ "type-map-info", INJECT_MAP_INFO, -EPROTO, true, true },
	{ "type-undefined", INJECT_BAD_TYPE, -EPROTO, true, true },
	{ "reserved-field", INJECT_RESERVED, -EPROTO, true, true },
	{ "generation-zero", INJECT_GEN_ZERO, -EPROTO, true, true },
	{ "generation-back", INJECT_GEN_OLD, -EPROTO, false, true },
	{ "generation-clash", INJECT_GEN_CLASH, -EPROTO, true, true },
	{ "error", INJECT_ERROR, -EIO, true, true },
	{ "out-of-memory", INJECT_NO_MEMORY, -ENOMEM, true, true },
};

/**
 * SUBTEST: private-mapping
 * Description: a private mapping would need copies of pages that are none: EINVAL
 */
static void test_private(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int dmabuf;

	virtgpu_blob_create(gpu, &blob, PAGES(4), virtgpu_attr_id(CACHED, 0));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ | PROT_WRITE, MAP_PRIVATE), -EINVAL);
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_PRIVATE), -EINVAL);
	dmabuf = virtgpu_blob_export(&blob);
	igt_assert(mmap(NULL, blob.size, PROT_READ, MAP_PRIVATE, dmabuf, 0) == MAP_FAILED);
	igt_assert_eq(errno, EINVAL);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: not-mappable
 * Description: a blob created without USE_MAPPABLE: EINVAL
 */
static void test_not_mappable(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	igt_assert_eq(virtgpu_blob_try_create(gpu, &blob, PAGE, virtgpu_attr_id(CACHED, 0),
					      VIRTGPU_BLOB_FLAG_USE_SHAREABLE),
		      0);
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EINVAL);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: out-of-range
 * Description: no mapping reaches beyond the blob
 */
static void test_out_of_range(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int dmabuf;

	virtgpu_blob_create(gpu, &blob, PAGES(4), virtgpu_attr_id(CACHED, 0));
	igt_assert(mmap(NULL, PAGES(5), PROT_READ, MAP_SHARED, gpu->fd,
			virtgpu_blob_offset(&blob)) == MAP_FAILED);
	igt_assert_eq(errno, EINVAL);
	dmabuf = virtgpu_blob_export(&blob);
	igt_assert(mmap(NULL, PAGES(2), PROT_READ, MAP_SHARED, dmabuf, PAGES(3)) == MAP_FAILED);
	igt_assert_eq(errno, EINVAL);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: error-once-heals
 * Description: a refused RESOURCE_MAP_BLOB can be tried again by the next mmap()
 */
static void test_error_once(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, PAGES(4),
			    blob_id_inject(WC, 0, INJECT_NONE, INJECT_ERROR_ONCE, 0));
	virtgpu_blob_map(&blob);
	virtgpu_guest_fill(blob.va, 0, blob.size, 8, 3);
	virtgpu_pte_assert_mode(blob.va, blob.size, WC);
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, blob.size, 8, 3), 0);
	igt_assert_eq(virtgpu_host_blob(&blob, "map_count"), 2);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: no-stray-unmap
 * Description: no RESOURCE_UNMAP_BLOB follows a RESOURCE_MAP_BLOB that failed
 */
static void test_no_stray_unmap(struct virtgpu *gpu)
{
	long long errors;
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, PAGES(4),
			    blob_id_inject(WC, 0, INJECT_NONE, INJECT_ERROR, 0));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EIO);
	errors = virtgpu_host_count(gpu, "errors");
	virtgpu_blob_destroy(&blob);
	/* Freed in the order of the queue: this one after that one. */
	virtgpu_blob_create(gpu, &blob, PAGE, virtgpu_attr_id(CACHED, 0));
	virtgpu_blob_map(&blob);
	virtgpu_blob_destroy(&blob);
	virtgpu_settle(gpu);
	igt_assert_eq(virtgpu_host_count(gpu, "errors"), errors);
}

/**
 * SUBTEST: window-full
 * Description: a blob too many fails at creation and costs nothing
 */
static void test_window_full(struct virtgpu *gpu)
{
	struct virtgpu_blob big, more;

	virtgpu_set_eviction(false);
	virtgpu_blob_create(gpu, &big, MiB(900), virtgpu_attr_id(CACHED, 0));
	igt_assert_eq(virtgpu_blob_try_create(gpu, &more, MiB(200), virtgpu_attr_id(CACHED, 0),
					      VIRTGPU_BLOB_FLAG_USE_MAPPABLE),
		      -ENOSPC);
	virtgpu_blob_map(&big);
	igt_assert_eq(virtgpu_touch(big.va, true), 0);
	virtgpu_blob_destroy(&big);
	virtgpu_settle(gpu);
	virtgpu_blob_create(gpu, &more, MiB(200), virtgpu_attr_id(CACHED, 0));
	virtgpu_blob_map(&more);
	virtgpu_blob_destroy(&more);
	virtgpu_set_eviction(true);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("A blob that requires SYNC is not mapped, by any way in.");
		igt_subtest_f("sync-required-%s", virtgpu_cache_name(mode))
			assert_refused(&gpu, virtgpu_attr_id(mode, SYNC), -EOPNOTSUPP);
	}

	igt_describe("A declaration without a cache mode is refused.");
	igt_subtest("cache-mode-none")
		assert_refused(&gpu, virtgpu_attr_id(NONE, 0), -EPROTO);

	igt_describe("An undefined cache mode is refused.");
	igt_subtest("cache-mode-unknown")
		assert_refused(&gpu, virtgpu_attr_id(CACHE_UNKNOWN, 0), -EPROTO);

	igt_describe("An undefined flag is refused.");
	igt_subtest("flag-unknown")
		assert_refused(&gpu, virtgpu_attr_id(CACHED, FLAG_UNKNOWN), -EPROTO);

	for (unsigned int i = 0; i < ARRAY_SIZE(injections); i++) {
		igt_describe("A malformed reply to RESOURCE_CREATE_BLOB is refused.");
		if (injections[i].create)
			igt_subtest_f("%s-create", injections[i].name)
				assert_refused(&gpu, blob_id_inject(WC, 0, injections[i].injection,
								    INJECT_NONE, 0),
					       injections[i].error);
		igt_describe("A malformed reply to RESOURCE_MAP_BLOB is refused.");
		if (injections[i].map)
			igt_subtest_f("%s-map", injections[i].name)
				assert_refused(&gpu, blob_id_inject(WC, 0, INJECT_NONE,
								    injections[i].injection, 0),
					       injections[i].error);
	}

	igt_describe("A private mapping is refused, because it would need struct pages to copy.");
	igt_subtest("private-mapping")
		test_private(&gpu);

	igt_describe("A blob that was not created as mappable is refused.");
	igt_subtest("not-mappable")
		test_not_mappable(&gpu);

	igt_describe("No mapping reaches beyond the blob.");
	igt_subtest("out-of-range")
		test_out_of_range(&gpu);

	igt_describe("A mapping that the host refused once can be tried again.");
	igt_subtest("error-once-heals")
		test_error_once(&gpu);

	igt_describe("A blob whose mapping failed is not unmapped on the host.");
	igt_subtest("no-stray-unmap")
		test_no_stray_unmap(&gpu);

	igt_describe("A full window is an error at creation, and costs nothing.");
	igt_subtest("window-full")
		test_window_full(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
