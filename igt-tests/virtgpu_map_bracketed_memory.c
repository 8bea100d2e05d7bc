// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map bracketed memory
 * Description: Blobs are dma-bufs of the host whose exporter demands DMA_BUF_IOCTL_SYNC around each
 *	access: the device asks it, and says so, and the guest maps none of them
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: bracketed_memory
 * Feature: Map attributes
 * Test category: functionality test
 */

/*
 * The exporter is tools/exporter, in the kernel of the host: outside of brackets it shows words of its
 * own, and loses what is written.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE	PAGES(16)
#define WORDS	(SIZE / 8)

/**
 * SUBTEST: mmap-%s
 * Description: no way in: mmap() of the render node and of the exported dma-buf fail with EOPNOTSUPP
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_mmap(struct virtgpu *gpu, unsigned int cache_mode)
{
	struct drm_virtgpu_map_attr attr;
	struct virtgpu_blob blob;
	int dmabuf;

	/* The test asks for a mode, and not for SYNC_REQUIRED. */
	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(cache_mode, 0));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EOPNOTSUPP);
	igt_assert_eq(virtgpu_blob_query(gpu, blob.handle, &attr), 0);
	igt_assert_eq(attr.attr_flags, VIRTGPU_MAP_ATTR_SYNC_REQUIRED);
	igt_assert_eq(attr.cache_mode, cache_mode);
	dmabuf = virtgpu_blob_export(&blob);
	igt_assert(mmap(NULL, SIZE, PROT_READ, MAP_SHARED, dmabuf, 0) == MAP_FAILED &&
		   errno == EOPNOTSUPP);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: host-access
 * Description: the host's own accesses in brackets find what it has written, and those without
 *	do not: what a guest would have seen that maps such memory all the same
 */
static void test_host(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, 0));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EOPNOTSUPP);
	virtgpu_host_fill(&blob, 6);
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, SIZE, 8, 6), 0);
	igt_assert_eq(virtgpu_host_wrong_unsynced(&blob, 6), WORDS);
	igt_assert_eq(virtgpu_host_blob(&blob, "syncs"), 2);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: change-refused
 * Description: it can become of another mode, but not memory that needs no brackets
 */
static void test_change(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, 0));
	virtgpu_host_change_refused(&blob, WC, 0);
	virtgpu_host_change_acked(&blob, WC, SYNC);
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EOPNOTSUPP);
	virtgpu_blob_destroy(&blob);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "bracketed");

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("Memory that needs DMA_BUF_IOCTL_SYNC, by its exporter's word, is not mapped.");
		igt_subtest_f("mmap-%s", virtgpu_cache_name(mode))
			test_mmap(&gpu, mode);
	}

	igt_describe("In brackets there is the data, and without them there is not.");
	igt_subtest("host-access")
		test_host(&gpu);

	igt_describe("No change of attributes lets the guest in without brackets.");
	igt_subtest("change-refused")
		test_change(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
