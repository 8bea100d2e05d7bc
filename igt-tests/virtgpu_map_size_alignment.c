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

#define F_BLOB_ALIGNMENT 5

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

/**
 * SUBTEST: host-alignment
 * Description: the host takes multiples of 64 KiB only: blobs of other sizes are refused, at
 *	creation by a driver that knows VIRTIO_GPU_F_BLOB_ALIGNMENT, at mmap() by one that does
 *	not; the others lie at multiples of that in the window
 */
static void test_host_alignment(void)
{
	struct virtgpu_blob blobs[6];
	struct virtgpu gpu;
	bool told;
	int ret;

	virtgpu_open(&gpu, "aligned");
	told = virtgpu_host_count(&gpu, "features") & 1 << F_BLOB_ALIGNMENT;
	ret = virtgpu_blob_try_create(&gpu, &blobs[0], KiB(80), virtgpu_attr_id(CACHED, 0),
				      VIRTGPU_BLOB_FLAG_USE_MAPPABLE);
	igt_assert_eq(ret, told ? -EINVAL : 0);
	if (!ret) {
		igt_assert_eq(virtgpu_blob_try_map(&blobs[0], PROT_READ, MAP_SHARED), -EIO);
		virtgpu_blob_close_handle(&blobs[0]);
	}
	for (unsigned int i = 0; i < 6; i++) {
		virtgpu_blob_setup(&gpu, &blobs[i], KiB(64) * (i + 1), modes[i % 3]);
		igt_assert_eq(virtgpu_host_offset(&blobs[i]) % KiB(64), 0);
	}
	for (unsigned int i = 0; i < 6; i++) {
		virtgpu_blob_assert_good(&blobs[i], modes[i % 3]);
		virtgpu_blob_destroy(&blobs[i]);
	}
	virtgpu_close(&gpu);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int m = 0; m < 3; m++) {
		igt_describe("A blob is rounded up to whole pages of the guest, and all of them "
			     "are mapped.");
		igt_subtest_f("rounded-%s", virtgpu_cache_name(modes[m]))
			test_rounded(&gpu, modes[m]);
	}

	igt_describe("A host with larger pages gets sizes and offsets that it can map.");
	igt_subtest("host-alignment")
		test_host_alignment();

	igt_fixture()
		virtgpu_close(&gpu);
}
