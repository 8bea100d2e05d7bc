// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map firmware MTRR
 * Description: x86: the firmware's MTRR makes the whole host-visible window uncachable, and it has
 *	not been dropped: a legacy host's cached blobs are mapped uncached, blobs that a host
 *	declares cached are refused, and the kernel logs the remedy once
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: memory_type
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

static bool window_uncachable(struct virtgpu *gpu)
{
	unsigned long long window, window_size, base, size;
	bool found = false;
	char line[256], type[32], unit;
	FILE *f = fopen("/proc/mtrr", "r");

	window = virtgpu_window(gpu, &window_size);
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "reg%*d: base=0x%llx (%*[^)]), size=%llu%cB, count=%*d: %31s",
			   &base, &size, &unit, type) != 4)
			continue;
		size <<= unit == 'K' ? 10 : 20;
		found |= !strcmp(type, "uncachable") && base <= window &&
			 window + window_size <= base + size;
	}
	if (f)
		fclose(f);
	return found;
}

/**
 * SUBTEST: hint-%s
 * Description: of a host without the feature: mapped, uncached what it called cached, and the
 *	data is right
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_hint(struct virtgpu *gpu, unsigned int mode)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, PAGES(16), virtgpu_attr_id(mode, 0));
	virtgpu_blob_map(&blob);
	virtgpu_host_fill(&blob, 1);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, blob.size, 8, 1), 0);
	virtgpu_guest_fill(blob.va, 0, blob.size, 8, 2);
	__sync_synchronize();
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, blob.size, 8, 2), 0);
	virtgpu_pte_assert_mode(blob.va, blob.size, mode == CACHED ? UNCACHED : mode);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: declared-cached
 * Description: of a host with the feature: refused (ENXIO)
 */
static void test_refused(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, PAGES(16), virtgpu_attr_id(CACHED, 0));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ | PROT_WRITE, MAP_SHARED), -ENXIO);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: declared-%s
 * Description: of a host with the feature: mapped as declared
 *
 * arg[1].values: uncached, wc
 */
static void test_declared(struct virtgpu *gpu, unsigned int mode)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, PAGES(16), mode);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: said-once
 * Description: a warning for an old host's blobs, an error for those that are refused
 */
static void test_said(struct virtgpu *old, struct virtgpu *new)
{
	for (int i = 0; i < 3; i++) {
		test_hint(old, CACHED);
		test_refused(new);
	}
	igt_assert_eq(virtgpu_kmsg_count(-1, "^4,.*MTRR of the firmware"), 1);
	igt_assert_eq(virtgpu_kmsg_count(-1, "^3,.*MTRR of the firmware"), 1);
}

int igt_main()
{
	static struct virtgpu old, new;

	igt_fixture() {
		virtgpu_open(&old, "legacy");
		virtgpu_open(&new, "full");
		igt_assert_f(window_uncachable(&old) && window_uncachable(&new),
			     "needs a guest booted with --keep-mtrr, by UEFI firmware\n");
	}

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("A legacy host's map_info is a hint: the blob is mapped, uncached "
			     "where it has to be.");
		igt_subtest_f("hint-%s", virtgpu_cache_name(mode))
			test_hint(&old, mode);
	}

	igt_describe("A blob that is declared cached is refused where it cannot be cached.");
	igt_subtest("declared-cached")
		test_refused(&new);
	for (unsigned int mode = UNCACHED; mode <= WC; mode++) {
		igt_describe("Blobs of the other cache modes are mapped as declared.");
		igt_subtest_f("declared-%s", virtgpu_cache_name(mode))
			test_declared(&new, mode);
	}

	igt_describe("The kernel logs the remedy once and not for each blob.");
	igt_subtest("said-once")
		test_said(&old, &new);

	igt_fixture() {
		virtgpu_close(&new);
		virtgpu_close(&old);
	}
}
