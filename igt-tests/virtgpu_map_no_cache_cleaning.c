// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map no cache cleaning
 * Description: riscv64: a guest whose CPUs cannot write back and invalidate cache lines does not
 *	accept VIRTIO_GPU_F_MAP_ATTR, and maps blobs as with a legacy host
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: feature_negotiation
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <stdio.h>
#include <string.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

/* Whether all CPUs have an extension, by the lines that begin with "isa". */
static bool has_extension(const char *name)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	unsigned int cpus = 0, have = 0;
	char line[4096];

	igt_assert(f);
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "isa", 3))
			continue;
		cpus++;
		have += !!strstr(line, name);
	}
	fclose(f);
	igt_require_f(cpus, "not riscv64\n");
	return have == cpus;
}

/**
 * SUBTEST: feature-not-accepted
 * Description: without Zicbom nothing cleans caches, and without Svpbmt all there is to clean
 *	them through is a cached mapping; without the latter every mode is the platform's
 */
static void test_not_accepted(struct virtgpu *gpu)
{
	bool pbmt = has_extension("_svpbmt");
	struct drm_virtgpu_map_attr attr;

	igt_require_f(!pbmt || !has_extension("_zicbom"), "this guest can clean caches\n");
	igt_assert_eq(virtgpu_host_count(gpu, "map_attr_negotiated"), 0);
	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		struct virtgpu_blob blob;

		virtgpu_blob_create(gpu, &blob, MiB(1), virtgpu_attr_id(mode, 0));
		virtgpu_blob_map(&blob);
		virtgpu_host_fill(&blob, 5);
		virtgpu_blob_assert_good(&blob, pbmt ? mode : CACHED);
		virtgpu_guest_fill(blob.va, 0, blob.size, 8, 6);
		__sync_synchronize();
		igt_assert_eq(virtgpu_host_wrong(&blob, 0, blob.size, 8, 6), 0);
		igt_assert_eq(virtgpu_blob_query(gpu, blob.handle, &attr), 0);
		igt_assert_eq(attr.generation, 0);
		igt_assert_eq(attr.cache_mode, mode);
		virtgpu_blob_destroy(&blob);
	}
	virtgpu_settle(gpu);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	igt_describe("A guest that cannot clean caches does not accept the feature.");
	igt_subtest("feature-not-accepted")
		test_not_accepted(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
