// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map x86 memory type
 * Description: x86: the kernel's list of reserved memory types agrees with the host, and a guest
 *	that cannot provide the declared cache mode refuses to map the blob
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

/**
 * SUBTEST: reserved-%s
 * Description: the declared type is reserved for the blob while it lives, and not after
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_reserved(struct virtgpu *gpu, unsigned int mode)
{
	struct pte_probe_range range;
	struct virtgpu_blob blob;
	char type[64];

	virtgpu_blob_create(gpu, &blob, MiB(1), virtgpu_attr_id(mode, 0));
	virtgpu_blob_map(&blob);
	igt_assert_eq(virtgpu_touch(blob.va + KiB(512), true), 0);
	virtgpu_pte_probe(blob.va + KiB(512), PAGE, &range);
	virtgpu_memtype_of(range.first_pfn, type, sizeof(type));
	igt_assert_f(!strcmp(type, virtgpu_memtype_name(mode)), "reserved: \"%s\", declared %s\n",
		     type, virtgpu_cache_name(mode));
	virtgpu_memtype_of(range.first_pfn - 128, type, sizeof(type));
	igt_assert(!strcmp(type, virtgpu_memtype_name(mode)));
	virtgpu_memtype_of(range.first_pfn + 127, type, sizeof(type));
	igt_assert(!strcmp(type, virtgpu_memtype_name(mode)));

	/* Without a mapping the blob keeps it: the next mmap() is of the same blob. */
	munmap(blob.va, blob.size);
	blob.va = NULL;
	virtgpu_memtype_of(range.first_pfn, type, sizeof(type));
	igt_assert(!strcmp(type, virtgpu_memtype_name(mode)));
	virtgpu_blob_destroy(&blob);

	virtgpu_settle(gpu);
	virtgpu_memtype_of(range.first_pfn, type, sizeof(type));
	igt_assert_f(!*type, "still reserved: %s\n", type);
}

static int mtrr(const char *fmt, unsigned long long base, unsigned long long size)
{
	char cmd[128];
	int fd = open("/proc/mtrr", O_WRONLY);
	int n = snprintf(cmd, sizeof(cmd), fmt, base, size), ret;

	igt_require_f(fd >= 0, "no /proc/mtrr\n");
	ret = write(fd, cmd, n) == n ? 0 : -errno;
	close(fd);
	return ret;
}

static int mtrr_number(unsigned long long base)
{
	unsigned long long at;
	char line[256];
	int nr, found = -1;
	FILE *f = fopen("/proc/mtrr", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "reg%d: base=0x%llx", &nr, &at) == 2 && at == base)
			found = nr;
	if (f)
		fclose(f);
	return found;
}

/**
 * SUBTEST: uncached-mtrr
 * Description: with an uncached MTRR over the window, cached blobs are refused (ENXIO) and
 *	the others are not
 */
static void test_mtrr(struct virtgpu *gpu)
{
	unsigned long long size, base = virtgpu_window(gpu, &size);
	int cached, wc, uncached, nr;
	struct virtgpu_blob blob;

	igt_assert_eq(mtrr("base=0x%llx size=0x%llx type=uncachable\n", base, size), 0);
	virtgpu_blob_create(gpu, &blob, KiB(64), virtgpu_attr_id(CACHED, 0));
	cached = virtgpu_blob_try_map(&blob, PROT_READ | PROT_WRITE, MAP_SHARED);
	virtgpu_blob_destroy(&blob);
	virtgpu_blob_create(gpu, &blob, KiB(64), virtgpu_attr_id(WC, 0));
	wc = virtgpu_blob_try_map(&blob, PROT_READ | PROT_WRITE, MAP_SHARED);
	virtgpu_blob_destroy(&blob);
	virtgpu_blob_create(gpu, &blob, KiB(64), virtgpu_attr_id(UNCACHED, 0));
	uncached = virtgpu_blob_try_map(&blob, PROT_READ | PROT_WRITE, MAP_SHARED);
	virtgpu_blob_destroy(&blob);

	nr = mtrr_number(base);
	igt_assert(nr >= 0);
	igt_assert_eq(mtrr("disable=%llu\n", nr, 0), 0);
	igt_assert_eq(cached, -ENXIO);
	igt_assert_eq(wc, 0);
	igt_assert_eq(uncached, 0);

	virtgpu_blob_create(gpu, &blob, KiB(64), virtgpu_attr_id(CACHED, 0));
	virtgpu_blob_map(&blob);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_pte_assert_mode(blob.va, PAGE, CACHED);
	virtgpu_blob_destroy(&blob);
}

static bool pat_is_off(void)
{
	char cmdline[4096] = "";
	FILE *f = fopen("/proc/cmdline", "r");

	if (f) {
		if (!fgets(cmdline, sizeof(cmdline), f))
			cmdline[0] = '\0';
		fclose(f);
	}
	return strstr(cmdline, "nopat");
}

/**
 * SUBTEST: nopat-new-host
 * Description: without PAT there is no write combining, and what is mapped cached may not be
 *	cached: such blobs are refused (ENXIO); uncached ones are mapped, small and large
 */
static void test_nopat(struct virtgpu *gpu)
{
	static const size_t sizes[] = { KiB(64), MiB(4) };
	struct virtgpu_blob blob;

	long long log = virtgpu_kmsg_last();

	igt_require_f(pat_is_off(), "needs a guest booted with nopat\n");
	for (unsigned int i = 0; i < 2; i++) {
		virtgpu_blob_create(gpu, &blob, sizes[i], virtgpu_attr_id(WC, 0));
		igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -ENXIO);
		virtgpu_blob_destroy(&blob);
		virtgpu_blob_create(gpu, &blob, sizes[i], virtgpu_attr_id(CACHED, 0));
		igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -ENXIO);
		virtgpu_blob_destroy(&blob);
		virtgpu_blob_create(gpu, &blob, sizes[i], virtgpu_attr_id(UNCACHED, 0));
		virtgpu_blob_map(&blob);
		virtgpu_host_fill(&blob, 4);
		igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, blob.size, 8, 4), 0);
		virtgpu_pte_assert_mode(blob.va, blob.size, UNCACHED);
		virtgpu_blob_destroy(&blob);
	}
	igt_assert_eq(virtgpu_kmsg_count(log, "^3,.*there is no PAT"), 1);
}

/**
 * SUBTEST: nopat-old-host
 * Description: what a host without the feature says is a hint: without PAT its blobs are mapped
 *	with what there is, as the stock driver does, with one warning
 */
static void test_nopat_old_host(void)
{
	static const unsigned int become[] = {
		[CACHED] = CACHED, [UNCACHED] = UNCACHED, [WC] = UNCACHED
	};
	long long log = virtgpu_kmsg_last();
	struct virtgpu_blob blob;
	struct virtgpu old;

	igt_require_f(pat_is_off(), "needs a guest booted with nopat\n");
	virtgpu_open(&old, "legacy");
	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		virtgpu_blob_create(&old, &blob, KiB(64), virtgpu_attr_id(mode, 0));
		virtgpu_blob_map(&blob);
		virtgpu_host_fill(&blob, 4);
		igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, blob.size, 8, 4), 0);
		virtgpu_pte_assert_mode(blob.va, blob.size, become[mode]);
		virtgpu_blob_destroy(&blob);
	}
	virtgpu_close(&old);
	igt_assert_eq(virtgpu_kmsg_count(log, "^4,.*there is no PAT"), 1);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("The declared memory type is reserved exactly as long as the blob "
			     "lives.");
		igt_subtest_f("reserved-%s", virtgpu_cache_name(mode))
			test_reserved(&gpu, mode);
	}

	igt_describe("Where an MTRR forbids the declared cache mode the blob is refused.");
	igt_subtest("uncached-mtrr")
		test_mtrr(&gpu);

	igt_describe("Without PAT only uncached blobs are mapped.");
	igt_subtest("nopat-new-host")
		test_nopat(&gpu);

	igt_describe("Without PAT a legacy host's blobs are mapped with what there is, with one "
		     "warning.");
	igt_subtest("nopat-old-host")
		test_nopat_old_host();

	igt_fixture()
		virtgpu_close(&gpu);
}
