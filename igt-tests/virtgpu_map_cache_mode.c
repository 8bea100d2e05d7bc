// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map cache mode
 * Description: Every PTE of a mapped host-visible blob has the cache mode that the host declared,
 *	and both sides see the same data
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: cache_mode
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <sys/mman.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

/**
 * SUBTEST: %s-%s-read
 * Description: the host writes, the guest reads through a mapping of %arg[2]; every PTE is %arg[1]
 *
 * SUBTEST: %s-%s-write
 * Description: the guest writes through a mapping of %arg[2], the host reads; every PTE is %arg[1]
 *
 * arg[1]:
 * @cached:	write-back
 * @uncached:	UC-
 * @wc:		write-combining
 *
 * arg[2]:
 * @page:	one page
 * @3-pages:	an odd number of pages
 * @2m:		one huge page's worth
 * @2m-page:	one page more than that
 * @512m:	half the window
 */
static const struct {
	const char *name;
	size_t pages;
	size_t bytes;	/* besides */
	size_t stride;	/* of the data check; at least a word a page */
} sizes[] = {
	{ "page", 1, 0, 8 },
	{ "3-pages", 3, 0, 8 },
	{ "2m", 0, MiB(2), 8 },
	{ "2m-page", 1, MiB(2), 8 },
	{ "512m", 0, MiB(512), 4088 },
};

static const unsigned int modes[] = { CACHED, UNCACHED, WC };

static void test_read(struct virtgpu *gpu, unsigned int mode, size_t size, size_t stride)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, size, virtgpu_attr_id(mode, 0));
	virtgpu_blob_map(&blob);
	virtgpu_host_fill(&blob, 1);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, size, stride, 1), 0);
	virtgpu_pte_assert_mode(blob.va, size, mode);
	virtgpu_blob_destroy(&blob);
}

static void test_write(struct virtgpu *gpu, unsigned int mode, size_t size, size_t stride)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, size, virtgpu_attr_id(mode, 0));
	virtgpu_blob_map(&blob);
	virtgpu_guest_fill(blob.va, 0, size, stride, 2);
	__sync_synchronize();
	virtgpu_pte_assert_mode(blob.va, size, mode);
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, size, stride, 2), 0);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: no-pte-before-touch
 * Description: mmap() makes no PTE; a touch makes the one it needs
 */
static void test_no_pte_before_touch(struct virtgpu *gpu)
{
	struct pte_probe_range range;
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, PAGES(16), virtgpu_attr_id(WC, 0));
	virtgpu_blob_map(&blob);
	virtgpu_pte_probe(blob.va, blob.size, &range);
	igt_assert_eq(range.pages[PTE_PROBE_NONE], 16);
	igt_assert_eq(virtgpu_touch(blob.va + PAGES(5), false), 0);
	virtgpu_pte_assert_mode(blob.va + PAGES(5), PAGE, WC);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: modes-side-by-side
 * Description: blobs of all modes mapped at once do not influence each other
 */
static void test_side_by_side(struct virtgpu *gpu)
{
	struct virtgpu_blob blobs[12];

	for (int i = 0; i < 12; i++) {
		virtgpu_blob_create(gpu, &blobs[i], PAGE * (i + 1),
				    virtgpu_attr_id(modes[i % 3], 0));
		virtgpu_blob_map(&blobs[i]);
		virtgpu_guest_fill(blobs[i].va, 0, blobs[i].size, 8, i);
	}
	__sync_synchronize();
	for (int i = 0; i < 12; i++) {
		virtgpu_pte_assert_mode(blobs[i].va, blobs[i].size, modes[i % 3]);
		igt_assert_eq(virtgpu_host_wrong(&blobs[i], 0, blobs[i].size, 8, i), 0);
		virtgpu_blob_destroy(&blobs[i]);
	}
}

/**
 * SUBTEST: window-reuse
 * Description: a place in the window that is used again gets its new blob's mode
 */
static void test_window_reuse(struct virtgpu *gpu)
{
	for (int i = 0; i < 30; i++) {
		struct virtgpu_blob blob;

		virtgpu_blob_create(gpu, &blob, MiB(400), virtgpu_attr_id(modes[i % 3], 0));
		virtgpu_blob_map(&blob);
		virtgpu_guest_fill(blob.va, 0, PAGES(2), 8, i);
		virtgpu_pte_assert_mode(blob.va, PAGES(2), modes[i % 3]);
		__sync_synchronize();
		igt_assert_eq(virtgpu_host_wrong(&blob, 0, PAGES(2), 8, i), 0);
		virtgpu_blob_destroy(&blob);
		virtgpu_settle(gpu);
	}
}

/**
 * SUBTEST: blob-id-rule
 * Description: attributes that the host gives a blob_id that no test encoded reach the PTE
 */
static void test_rule(struct virtgpu *gpu)
{
	struct virtgpu_host_rule rule = { .blob_id = 77, .cache_mode = WC };
	struct virtgpu_blob blob;

	virtgpu_host_add_rule(gpu, &rule);
	virtgpu_blob_create(gpu, &blob, PAGES(2), 77);
	virtgpu_blob_map(&blob);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_pte_assert_mode(blob.va, PAGE, WC);
	virtgpu_blob_destroy(&blob);
	virtgpu_host_clear_rules(gpu);
}

/**
 * SUBTEST: host-state-agrees
 * Description: the host device agrees on what was negotiated, declared, mapped and freed
 */
static void test_host_saw_it(struct virtgpu *gpu)
{
	long long before = virtgpu_host_count(gpu, "destroyed");
	struct virtgpu_blob blob;

	igt_assert_eq(virtgpu_host_count(gpu, "map_attr_negotiated"), 1);
	virtgpu_blob_create(gpu, &blob, PAGES(2), virtgpu_attr_id(UNCACHED, 0));
	virtgpu_blob_map(&blob);
	igt_assert_eq(virtgpu_host_blob(&blob, "mapped"), 1);
	igt_assert_eq(virtgpu_host_blob(&blob, "size"), PAGES(2));
	virtgpu_blob_destroy(&blob);
	virtgpu_settle(gpu);
	igt_assert_eq(virtgpu_host_count(gpu, "destroyed") - before, 1);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int m = 0; m < 3; m++) {
		for (unsigned int s = 0; s < 5; s++) {
			size_t size = PAGES(sizes[s].pages) + sizes[s].bytes;

			igt_describe("What the host writes the guest reads, through PTEs of the "
				     "declared cache mode.");
			igt_subtest_f("%s-%s-read", virtgpu_cache_name(modes[m]), sizes[s].name)
				test_read(&gpu, modes[m], size, sizes[s].stride);

			igt_describe("What the guest writes the host reads, through PTEs of the "
				     "declared cache mode.");
			igt_subtest_f("%s-%s-write", virtgpu_cache_name(modes[m]), sizes[s].name)
				test_write(&gpu, modes[m], size, sizes[s].stride);
		}
	}

	igt_describe("Only the fault handler makes PTEs, so that there is one place that decides "
		     "on the cache mode.");
	igt_subtest("no-pte-before-touch")
		test_no_pte_before_touch(&gpu);

	igt_describe("Blobs of different cache modes are mapped at once, and none gets the mode of "
		     "another.");
	igt_subtest("modes-side-by-side")
		test_side_by_side(&gpu);

	igt_describe("A part of the window is used again with another cache mode, and nothing of "
		     "the old one is left.");
	igt_subtest("window-reuse")
		test_window_reuse(&gpu);

	igt_describe("Attributes reach the PTEs also when the test has no part in choosing them.");
	igt_subtest("blob-id-rule")
		test_rule(&gpu);

	igt_describe("The host device and the guest agree on what was negotiated, mapped and "
		     "freed.");
	igt_subtest("host-state-agrees")
		test_host_saw_it(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
