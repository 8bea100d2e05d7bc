// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map refuse
 * Category: Core
 * Description: What must not be mapped is refused with the documented errno, and
 *	nothing is lost by it
 * Functionality: blob mapping
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu_blob.h"

/* Mapping fails by every way in, and the blob's place in the window is free
 * again once it is gone.
 */
static void assert_refused(struct gpu *gpu, uint64_t blob_id, int error)
{
	struct blob blob;
	int dmabuf;
	void *va;

	blob_create(gpu, &blob, MiB(600), blob_id);
	igt_assert_eq(blob_try_map(&blob, PROT_READ | PROT_WRITE, MAP_SHARED), error);
	igt_assert_eq(blob_try_map(&blob, PROT_READ, MAP_SHARED), error);
	igt_assert_eq(blob_try_map(&blob, PROT_NONE, MAP_SHARED), error);

	dmabuf = blob_export(&blob);
	va = mmap(NULL, blob.size, PROT_READ, MAP_SHARED, dmabuf, 0);
	igt_assert(va == MAP_FAILED);
	igt_assert_eq(-errno, error);
	igt_assert(probe_vmap(dmabuf));
	close(dmabuf);
	blob_destroy(&blob);
	gpu_settle(gpu);

	/* Two of 600 MiB do not fit. */
	blob_create(gpu, &blob, MiB(600), attr_id(CACHED, 0));
	blob_map(&blob);
	igt_assert_eq(touch(blob.va, true), 0);
	blob_destroy(&blob);
}

/**
 * SUBTEST: sync-required-%s
 * Description: a blob that needs DMA_BUF_IOCTL_SYNC is never mapped: EOPNOTSUPP
 *
 * arg[1]: cached, uncached, wc
 */

/**
 * SUBTEST: %s-create
 * Description: the reply to RESOURCE_CREATE_BLOB is wrong in the way named
 *
 * SUBTEST: %s-map
 * Description: the reply to RESOURCE_MAP_BLOB is wrong in the way named
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
 * SUBTEST: private
 * Description: a private mapping would need copies of pages that are none: EINVAL
 */
static void test_private(struct gpu *gpu)
{
	struct blob blob;
	int dmabuf;

	blob_create(gpu, &blob, PAGES(4), attr_id(CACHED, 0));
	igt_assert_eq(blob_try_map(&blob, PROT_READ | PROT_WRITE, MAP_PRIVATE), -EINVAL);
	igt_assert_eq(blob_try_map(&blob, PROT_READ, MAP_PRIVATE), -EINVAL);
	dmabuf = blob_export(&blob);
	igt_assert(mmap(NULL, blob.size, PROT_READ, MAP_PRIVATE, dmabuf, 0) == MAP_FAILED);
	igt_assert_eq(errno, EINVAL);
	close(dmabuf);
	blob_destroy(&blob);
}

/**
 * SUBTEST: not-mappable
 * Description: a blob created without USE_MAPPABLE: EINVAL
 */
static void test_not_mappable(struct gpu *gpu)
{
	struct blob blob;

	igt_assert_eq(blob_try_create(gpu, &blob, PAGE, attr_id(CACHED, 0),
				      VIRTGPU_BLOB_FLAG_USE_SHAREABLE), 0);
	igt_assert_eq(blob_try_map(&blob, PROT_READ, MAP_SHARED), -EINVAL);
	blob_destroy(&blob);
}

/**
 * SUBTEST: out-of-range
 * Description: no mapping reaches beyond the blob
 */
static void test_out_of_range(struct gpu *gpu)
{
	struct blob blob;
	int dmabuf;

	blob_create(gpu, &blob, PAGES(4), attr_id(CACHED, 0));
	igt_assert(mmap(NULL, PAGES(5), PROT_READ, MAP_SHARED, gpu->fd, blob_offset(&blob)) ==
		   MAP_FAILED);
	igt_assert_eq(errno, EINVAL);
	dmabuf = blob_export(&blob);
	igt_assert(mmap(NULL, PAGES(2), PROT_READ, MAP_SHARED, dmabuf, PAGES(3)) == MAP_FAILED);
	igt_assert_eq(errno, EINVAL);
	close(dmabuf);
	blob_destroy(&blob);
}

/**
 * SUBTEST: error-once-heals
 * Description: a refused RESOURCE_MAP_BLOB can be tried again by the next mmap()
 */
static void test_error_once(struct gpu *gpu)
{
	struct blob blob;

	blob_create(gpu, &blob, PAGES(4),
		    blob_id_inject(WC, 0, INJECT_NONE, INJECT_ERROR_ONCE, 0));
	blob_map(&blob);
	guest_fill(blob.va, 0, blob.size, 8, 3);
	assert_ptes(blob.va, blob.size, WC);
	igt_assert_eq(host_wrong(&blob, 0, blob.size, 8, 3), 0);
	igt_assert_eq(host_number(gpu, "map_count", "{\"op\":\"blob\",\"resource\":%u}", blob.res),
		      2);
	blob_destroy(&blob);
}

/**
 * SUBTEST: no-stray-unmap
 * Description: no RESOURCE_UNMAP_BLOB follows a RESOURCE_MAP_BLOB that failed
 */
static void test_no_stray_unmap(struct gpu *gpu)
{
	long long errors;
	struct blob blob;

	blob_create(gpu, &blob, PAGES(4), blob_id_inject(WC, 0, INJECT_NONE, INJECT_ERROR, 0));
	igt_assert_eq(blob_try_map(&blob, PROT_READ, MAP_SHARED), -EIO);
	errors = host_number(gpu, "errors", "{\"op\":\"status\"}");
	blob_destroy(&blob);
	/* Freed in the order of the queue: this one after that one. */
	blob_create(gpu, &blob, PAGE, attr_id(CACHED, 0));
	blob_map(&blob);
	blob_destroy(&blob);
	gpu_settle(gpu);
	igt_assert_eq(host_number(gpu, "errors", "{\"op\":\"status\"}"), errors);
}

/**
 * SUBTEST: window-full
 * Description: a blob too many fails at creation and costs nothing
 */
static void test_window_full(struct gpu *gpu)
{
	struct blob big, more;

	blob_create(gpu, &big, MiB(900), attr_id(CACHED, 0));
	igt_assert_eq(blob_try_create(gpu, &more, MiB(200), attr_id(CACHED, 0),
				      VIRTGPU_BLOB_FLAG_USE_MAPPABLE), -ENOSPC);
	blob_map(&big);
	igt_assert_eq(touch(big.va, true), 0);
	blob_destroy(&big);
	gpu_settle(gpu);
	blob_create(gpu, &more, MiB(200), attr_id(CACHED, 0));
	blob_map(&more);
	blob_destroy(&more);
}

int igt_main()
{
	static struct gpu gpu;

	igt_fixture()
		gpu_open(&gpu, "full");

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("SYNC required, whatever the cache mode.");
		igt_subtest_f("sync-required-%s", cache_name(mode))
			assert_refused(&gpu, attr_id(mode, SYNC), -EOPNOTSUPP);
	}

	igt_describe("No cache mode is not a cache mode.");
	igt_subtest("cache-mode-none")
		assert_refused(&gpu, attr_id(NONE, 0), -EPROTO);

	igt_describe("A cache mode that is not defined.");
	igt_subtest("cache-mode-unknown")
		assert_refused(&gpu, attr_id(CACHE_UNKNOWN, 0), -EPROTO);

	igt_describe("A flag that is not defined.");
	igt_subtest("flag-unknown")
		assert_refused(&gpu, attr_id(CACHED, FLAG_UNKNOWN), -EPROTO);

	for (unsigned int i = 0; i < sizeof(injections) / sizeof(injections[0]); i++) {
		igt_describe("The reply to RESOURCE_CREATE_BLOB is wrong.");
		if (injections[i].create)
			igt_subtest_f("%s-create", injections[i].name)
				assert_refused(&gpu, blob_id_inject(WC, 0, injections[i].injection,
								    INJECT_NONE, 0),
					       injections[i].error);
		igt_describe("The reply to RESOURCE_MAP_BLOB is wrong.");
		if (injections[i].map)
			igt_subtest_f("%s-map", injections[i].name)
				assert_refused(&gpu, blob_id_inject(WC, 0, INJECT_NONE,
								    injections[i].injection, 0),
					       injections[i].error);
	}

	igt_describe("Copy on write is impossible.");
	igt_subtest("private")
		test_private(&gpu);

	igt_describe("The creator did not ask for a mapping.");
	igt_subtest("not-mappable")
		test_not_mappable(&gpu);

	igt_describe("Beyond the end.");
	igt_subtest("out-of-range")
		test_out_of_range(&gpu);

	igt_describe("The host refuses once.");
	igt_subtest("error-once-heals")
		test_error_once(&gpu);

	igt_describe("What was not mapped is not unmapped.");
	igt_subtest("no-stray-unmap")
		test_no_stray_unmap(&gpu);

	igt_describe("The window is full.");
	igt_subtest("window-full")
		test_window_full(&gpu);

	igt_fixture()
		gpu_close(&gpu);
}
