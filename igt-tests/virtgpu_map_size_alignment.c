// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map size alignment
 * Description: Blobs whose size is no multiple of a page, of the guest's or of the host's
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: blob_size
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <sys/mman.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

static const unsigned int modes[] = { CACHED, UNCACHED, WC };

/**
 * SUBTEST: rounded-%s
 * Description: a blob of less than a page, and of a bit more than two, is one of whole pages
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_rounded(struct virtgpu *gpu, unsigned int mode)
{
	static const size_t sizes[][2] = { { 1, 1 }, { 1024, 1 }, { KiB(4), 1 }, { KiB(33), 0 } };

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t pages = sizes[i][1] ?: (sizes[i][0] + PAGE - 1) / PAGE;
		struct virtgpu_blob blob;

		igt_assert_eq(virtgpu_blob_try_create(gpu, &blob, sizes[i][0],
						      virtgpu_attr_id(mode, 0),
						      VIRTGPU_BLOB_FLAG_USE_MAPPABLE),
			      0);
		blob.size = PAGES(pages);
		virtgpu_blob_map(&blob);
		igt_assert_eq(virtgpu_host_blob(&blob, "size"), PAGES(pages));
		virtgpu_host_fill(&blob, 5);
		virtgpu_blob_assert_good(&blob, mode);
		virtgpu_guest_fill(blob.va, 0, blob.size, 8, 6);
		__sync_synchronize();
		igt_assert_eq(virtgpu_host_wrong(&blob, 0, blob.size, 8, 6), 0);
		virtgpu_blob_destroy(&blob);
	}
}

/* What the kernel says it is, in bytes. */
static size_t told_size(struct virtgpu *gpu, uint32_t handle)
{
	struct drm_virtgpu_resource_info info = { .bo_handle = handle };

	igt_assert_eq(virtgpu_ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info), 0);
	return info.size;
}

/**
 * SUBTEST: host-alignment
 * Description: the host takes multiples of 64 KiB only: blobs of other sizes are rounded up to
 *	that, lie at multiples of it in the window, and all of them is mapped
 */
static void test_host_alignment(struct virtgpu *aligned)
{
	static const size_t sizes[] = { 1, KiB(4), KiB(16), KiB(64), KiB(80), KiB(256) };
	struct virtgpu_blob blobs[ARRAY_SIZE(sizes)];

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		igt_assert_eq(virtgpu_blob_try_create(aligned, &blobs[i], sizes[i],
						      virtgpu_attr_id(modes[i % 3], 0),
						      VIRTGPU_BLOB_FLAG_USE_MAPPABLE),
			      0);
		blobs[i].size = (sizes[i] + KiB(64) - 1) / KiB(64) * KiB(64);
		virtgpu_blob_map(&blobs[i]);
		igt_assert_eq(virtgpu_host_blob(&blobs[i], "size"), blobs[i].size);
		igt_assert_eq(told_size(aligned, blobs[i].handle), blobs[i].size);
		igt_assert_eq(virtgpu_host_offset(&blobs[i]) % KiB(64), 0);
		virtgpu_host_fill(&blobs[i], 5);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		virtgpu_blob_assert_good(&blobs[i], modes[i % 3]);
		virtgpu_guest_fill(blobs[i].va, 0, blobs[i].size, 8, i);
		__sync_synchronize();
		igt_assert_eq(virtgpu_host_wrong(&blobs[i], 0, blobs[i].size, 8, i), 0);
		virtgpu_blob_destroy(&blobs[i]);
	}
}

/**
 * SUBTEST: guest-blob
 * Description: a blob of the guest's own memory is rounded up like the host's, or that host
 *	would refuse it
 */
static void test_guest_blob(struct virtgpu *aligned)
{
	struct drm_virtgpu_resource_create_blob create = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST, .size = KiB(68),
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_SHAREABLE,
	};
	long long errors = virtgpu_host_count(aligned, "errors");
	struct virtgpu_blob blob = { .gpu = aligned };

	igt_assert_eq(virtgpu_ioctl(aligned->fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &create),
		      0);
	igt_assert_eq(told_size(aligned, create.bo_handle), KiB(128));
	blob.handle = create.bo_handle;
	virtgpu_blob_close_handle(&blob);
	virtgpu_settle(aligned);
	igt_assert_eq(virtgpu_host_count(aligned, "errors"), errors);
}

/**
 * SUBTEST: size-overflow
 * Description: a size that cannot be rounded up is refused
 */
static void test_size_overflow(struct virtgpu *aligned)
{
	static const uint64_t sizes[] = { 0, -1ULL, -4096ULL, -KiB(64) + 1ULL };
	struct virtgpu_blob blob;

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++)
		igt_assert_eq(virtgpu_blob_try_create(aligned, &blob, sizes[i],
						      virtgpu_attr_id(CACHED, 0),
						      VIRTGPU_BLOB_FLAG_USE_MAPPABLE),
			      -EINVAL);
	virtgpu_settle(aligned);
}

int igt_main()
{
	static struct virtgpu gpu, aligned;

	igt_fixture() {
		virtgpu_open(&gpu, "full");
		virtgpu_open(&aligned, "aligned");
	}

	for (unsigned int m = 0; m < 3; m++) {
		igt_describe("A blob is rounded up to whole pages of the guest, and all of them "
			     "are mapped.");
		igt_subtest_f("rounded-%s", virtgpu_cache_name(modes[m]))
			test_rounded(&gpu, modes[m]);
	}

	igt_describe("A host with larger pages gets sizes and offsets that it can map.");
	igt_subtest("host-alignment")
		test_host_alignment(&aligned);

	igt_describe("Memory of the guest's is told to the host in the same sizes.");
	igt_subtest("guest-blob")
		test_guest_blob(&aligned);

	igt_describe("A size of nothing, or of nearly 16 EiB, is no size.");
	igt_subtest("size-overflow")
		test_size_overflow(&aligned);

	igt_fixture() {
		virtgpu_close(&aligned);
		virtgpu_close(&gpu);
	}
}
