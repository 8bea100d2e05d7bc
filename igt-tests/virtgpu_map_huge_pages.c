// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map huge pages
 * Description: A fault maps as much as fits, in entries as large as fit, and whatever part of it
 *	is unmapped or revoked is gone completely
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: huge_pages
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

static const unsigned int modes[] = { CACHED, UNCACHED, WC };

/* What a PMD maps, in bytes. */
static size_t pmd_size(void)
{
	static size_t size;
	FILE *f;

	if (size)
		return size;
	f = fopen("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "r");
	igt_require_f(f, "this kernel has no huge pages\n");
	igt_assert_eq(fscanf(f, "%zu", &size), 1);
	fclose(f);
	return size;
}

/* Where no kernel has PMDs for such memory, mmap() need not look for addresses that fit. */
static void require_alignment(void)
{
#ifdef __riscv
	igt_require_f(virtgpu_pmds_expected(), "6.12 has no such PMDs on riscv64\n");
#endif
}

/* Every page is mapped with its type, and by leaf entries of a PMD, or none is. */
static void assert_huge(const void *va, size_t len, unsigned int mode, bool huge)
{
	struct pte_probe_range range;

	virtgpu_pte_assert_mode(va, len, mode);
	virtgpu_pte_probe(va, len, &range);
	igt_assert_eq(range.huge, huge && virtgpu_pmds_expected() ? len / PAGE : 0);
}

/* A word a page will do. */
static void assert_data(struct virtgpu_blob *blob, void *va, size_t offset, size_t len)
{
	igt_assert_eq(virtgpu_guest_wrong(va, offset, len, 4088, 5), 0);
	virtgpu_guest_fill(va, offset, len, 4088, 6);
	__sync_synchronize();
	igt_assert_eq(virtgpu_host_wrong(blob, offset, len, 4088, 6), 0);
	virtgpu_guest_fill(va, offset, len, 4088, 5);
}

static void setup(struct virtgpu *gpu, struct virtgpu_blob *blob, size_t size, unsigned int mode)
{
	virtgpu_blob_create(gpu, blob, size, virtgpu_attr_id(mode, 0));
	virtgpu_blob_map(blob);
	virtgpu_host_fill(blob, 5);
}

/**
 * SUBTEST: pmd-mapping-%s
 * Description: wherever a blob and its fake offset lie, mmap() finds an address that PMDs
 *	fit, and the pages that are left over at the end get small entries
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_pmd(struct virtgpu *gpu, unsigned int mode)
{
	size_t pmd = pmd_size();
	struct virtgpu_blob before, blob;

	require_alignment();
	setup(gpu, &before, PAGE, mode);
	setup(gpu, &blob, 3 * pmd + 3 * PAGE, mode);
	virtgpu_pte_assert_none(blob.va, blob.size);
	igt_assert_eq((uintptr_t)blob.va % pmd, 0);
	igt_assert_eq(virtgpu_touch(blob.va + pmd + 5 * PAGE, false), 0);
	assert_huge(blob.va + pmd, pmd, mode, true);
	virtgpu_pte_assert_none(blob.va + 3 * pmd, 3 * PAGE);
	igt_assert_eq(virtgpu_touch(blob.va + 3 * pmd + 2 * PAGE, true), 0);
	assert_huge(blob.va + 3 * pmd, 3 * PAGE, mode, false);
	assert_data(&blob, blob.va, 0, blob.size);
	assert_huge(blob.va, 3 * pmd, mode, true);
	virtgpu_blob_destroy(&blob);
	virtgpu_blob_destroy(&before);
}

/**
 * SUBTEST: pmd-fault-around-%s
 * Description: one touch maps the PMDs in the same 16, and none beyond
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_pmds_around(struct virtgpu *gpu, unsigned int mode)
{
	size_t pmd = pmd_size(), block = 16 * pmd;
	uint8_t *reserved, *va;
	struct virtgpu_blob blob;
	int dmabuf;

	setup(gpu, &blob, 3 * pmd, mode);
	dmabuf = virtgpu_blob_export(&blob);
	reserved = mmap(NULL, 2 * block, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	igt_assert(reserved != MAP_FAILED);
	va = (uint8_t *)(((uintptr_t)reserved + pmd + block - 1) & ~(block - 1)) - pmd;
	igt_assert(mmap(va, 3 * pmd, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, dmabuf,
			0) == va);
	igt_assert_eq(virtgpu_touch(va + PAGE, true), 0);
	assert_huge(va, pmd, mode, true);
	virtgpu_pte_assert_none(va + pmd, 2 * pmd);
	igt_assert_eq(virtgpu_touch(va + 2 * pmd, false), 0);
	assert_huge(va + 2 * pmd, pmd, mode, true);
	if (virtgpu_pmds_expected())
		assert_huge(va + pmd, pmd, mode, true);
	assert_data(&blob, va, 0, 3 * pmd);
	munmap(reserved, 2 * block);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: fault-around-%s
 * Description: one touch maps all of a small blob, but nothing beside the VMA
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_around(struct virtgpu *gpu, unsigned int mode)
{
	static const unsigned int firsts[] = { 32, 7, 50 };
	size_t pmd = pmd_size();
	uint8_t *reserved, *va;
	struct virtgpu_blob blob;
	int dmabuf;

	setup(gpu, &blob, PAGES(64), mode);
	dmabuf = virtgpu_blob_export(&blob);
	reserved = mmap(NULL, 2 * pmd, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	igt_assert(reserved != MAP_FAILED);
	/* All in one page table, because that is as far as one touch goes. */
	va = (uint8_t *)(((uintptr_t)reserved + pmd - 1) & ~(pmd - 1));
	igt_assert(mmap(va, blob.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, dmabuf,
			0) == va);
	igt_assert_eq(virtgpu_touch(va + PAGES(40), false), 0);
	assert_huge(va, blob.size, mode, false);

	/* Three VMAs of one blob side by side, not in the blob's order. */
	for (unsigned int i = 0; i < 3; i++)
		igt_assert(mmap(va + PAGES(6 * i), PAGES(6), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_FIXED, dmabuf, PAGES(firsts[i])) ==
			   va + PAGES(6 * i));
	virtgpu_pte_assert_none(va, PAGES(18));
	igt_assert_eq(virtgpu_touch(va + PAGES(8), true), 0);
	assert_huge(va + PAGES(6), PAGES(6), mode, false);
	virtgpu_pte_assert_none(va, PAGES(6));
	virtgpu_pte_assert_none(va + PAGES(12), PAGES(6));
	for (unsigned int i = 0; i < 3; i++)
		assert_data(&blob, va + PAGES(6 * i), PAGES(firsts[i]), PAGES(6));
	munmap(reserved, 2 * pmd);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: misaligned-%s
 * Description: where the address is not as aligned as the memory, entries are small, and right
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_misaligned(struct virtgpu *gpu, unsigned int mode)
{
	size_t pmd = pmd_size();
	struct virtgpu_blob blob;
	int dmabuf;
	void *va;

	setup(gpu, &blob, 2 * pmd, mode);
	dmabuf = virtgpu_blob_export(&blob);
	va = mmap(blob.va + PAGE, 2 * pmd - PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		  dmabuf, 0);
	igt_assert(va == blob.va + PAGE);
	assert_data(&blob, va, 0, 2 * pmd - PAGE);
	assert_huge(va, 2 * pmd - PAGE, mode, false);

	/* The same pages at addresses that fit. */
	va = mmap(blob.va + PAGE, 2 * pmd - PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		  dmabuf, PAGE);
	igt_assert(va == blob.va + PAGE);
	assert_data(&blob, va, PAGE, 2 * pmd - PAGE);
	assert_huge(blob.va + PAGE, pmd - PAGE, mode, false);
	assert_huge(blob.va + pmd, pmd, mode, true);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: munmap-%s
 * Description: a page out of the middle of a PMD: it is gone, the rest is right
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_munmap(struct virtgpu *gpu, unsigned int mode)
{
	size_t pmd = pmd_size(), hole = pmd + 7 * PAGE;
	struct virtgpu_blob blob;

	setup(gpu, &blob, 3 * pmd, mode);
	assert_data(&blob, blob.va, 0, blob.size);
	munmap(blob.va + hole, PAGE);
	igt_assert_eq(virtgpu_touch(blob.va + hole, false), SIGSEGV);
	assert_data(&blob, blob.va, 0, hole);
	assert_data(&blob, blob.va + hole + PAGE, hole + PAGE, 2 * pmd - 8 * PAGE);
	assert_huge(blob.va, pmd, mode, true);
	assert_huge(blob.va + 2 * pmd, pmd, mode, true);
	assert_huge(blob.va + pmd, 7 * PAGE, mode, false);
	assert_huge(blob.va + hole + PAGE, pmd - 8 * PAGE, mode, false);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: mprotect-%s
 * Description: half a PMD becomes read-only, then all of it again as it was
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_mprotect(struct virtgpu *gpu, unsigned int mode)
{
	size_t pmd = pmd_size();
	struct pte_probe_range range;
	struct virtgpu_blob blob;

	setup(gpu, &blob, 2 * pmd, mode);
	assert_data(&blob, blob.va, 0, blob.size);
	igt_assert_eq(mprotect(blob.va, pmd / 2, PROT_READ), 0);
	igt_assert_eq(virtgpu_touch(blob.va + PAGE, true), SIGSEGV);
	/* All of it: where there are no PMDs, two page tables may have a part each. */
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, pmd / 2, 4088, 5), 0);
	assert_huge(blob.va, pmd / 2, mode, false);
	virtgpu_pte_probe(blob.va, pmd / 2, &range);
	igt_assert_eq(range.writable, 0);
	assert_data(&blob, blob.va + pmd / 2, pmd / 2, 3 * pmd / 2);

	igt_assert_eq(mprotect(blob.va, blob.size, PROT_READ), 0);
	igt_assert_eq(virtgpu_touch(blob.va + pmd, true), SIGSEGV);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, blob.size, 4088, 5), 0);
	virtgpu_pte_probe(blob.va, blob.size, &range);
	igt_assert_eq(range.writable, 0);
	assert_huge(blob.va + pmd, pmd, mode, true);

	igt_assert_eq(mprotect(blob.va, blob.size, PROT_READ | PROT_WRITE), 0);
	assert_data(&blob, blob.va, 0, blob.size);
	assert_huge(blob.va + pmd, pmd, mode, true);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: mremap-%s
 * Description: move PMDs to an address as aligned, and to one that is not
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_mremap(struct virtgpu *gpu, unsigned int mode)
{
	size_t pmd = pmd_size();
	struct virtgpu_blob blob;
	uint8_t *to, *va;

	setup(gpu, &blob, 4 * pmd, mode);
	assert_data(&blob, blob.va, 0, blob.size);
	to = mmap(NULL, 6 * pmd, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	igt_assert(to != MAP_FAILED);
	to = (uint8_t *)(((uintptr_t)to + pmd - 1) & ~(pmd - 1));

	va = mremap(blob.va + pmd, pmd, pmd, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	igt_assert(va == to);
	assert_data(&blob, va, pmd, pmd);
	assert_huge(va, pmd, mode, true);
	igt_assert_eq(virtgpu_touch(blob.va + pmd, false), SIGSEGV);

	va = mremap(blob.va + 2 * pmd, pmd, pmd, MREMAP_MAYMOVE | MREMAP_FIXED, to + pmd + PAGE);
	igt_assert(va == to + pmd + PAGE);
	assert_data(&blob, va, 2 * pmd, pmd);
	assert_huge(va, pmd, mode, false);
	igt_assert_eq(virtgpu_touch(blob.va + 2 * pmd, false), SIGSEGV);

	/* Where mremap() chooses, it chooses well. */
	va = mremap(to, pmd, pmd, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	if (va != MAP_FAILED)
		munmap(va, pmd);
	igt_assert_eq(virtgpu_touch(to, false), 0);

	assert_data(&blob, blob.va, 0, pmd);
	assert_data(&blob, blob.va + 3 * pmd, 3 * pmd, pmd);
	munmap(to, 3 * pmd);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: fork-%s
 * Description: a child has the PMDs too, and loses them with the parent when the host
 *	declares another mode; both get them back in the other type
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_fork(struct virtgpu *gpu, unsigned int mode)
{
	unsigned int other = mode == CACHED ? WC : CACHED;
	struct pte_probe_range range;
	size_t pmd = pmd_size();
	int go[2], done[2];
	struct virtgpu_blob blob;
	char byte = 0;
	pid_t pid;

	setup(gpu, &blob, 2 * pmd, mode);
	assert_data(&blob, blob.va, 0, blob.size);
	igt_assert_eq(pipe(go) | pipe(done), 0);
	pid = fork();
	if (!pid) {
		/* It waits for a parent that may have failed. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (virtgpu_guest_wrong(blob.va, 0, blob.size, 4088, 5))
			_exit(1);
		if (write(done[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1)
			_exit(2);
		if (virtgpu_guest_wrong(blob.va, 0, blob.size, 4088, 5))
			_exit(3);
		if (write(done[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1)
			_exit(4);
		_exit(0);
	}
	igt_assert_eq(read(done[0], &byte, 1), 1);
	igt_assert_eq(virtgpu_pte_probe_other(pid, blob.va, blob.size, &range), 0);
	igt_assert_eq(range.huge, virtgpu_pmds_expected() ? blob.size / PAGE : 0);

	virtgpu_host_change_acked(&blob, other, 0);
	virtgpu_pte_assert_none(blob.va, blob.size);
	igt_assert_eq(virtgpu_pte_probe_other(pid, blob.va, blob.size, &range), 0);
	igt_assert_eq(range.pages[PTE_PROBE_NONE], blob.size / PAGE);

	igt_assert_eq(write(go[1], &byte, 1), 1);
	igt_assert_eq(read(done[0], &byte, 1), 1);
	igt_assert_eq(virtgpu_pte_probe_other(pid, blob.va, blob.size, &range), 0);
	igt_assert_eq(range.pages[virtgpu_pte_type(other)], blob.size / PAGE);
	igt_assert_eq(write(go[1], &byte, 1), 1);
	igt_assert_eq(virtgpu_child_status(pid), 0);
	assert_data(&blob, blob.va, 0, blob.size);
	/* A page table that was needed once stays. */
	assert_huge(blob.va, blob.size, other, virtgpu_pmds_expected());
	for (int i = 0; i < 2; i++) {
		close(go[i]);
		close(done[i]);
	}
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: change-of-half-unmapped-pmd
 * Description: a PMD of which half was unmapped, so that it is in small entries, and one next
 *	to it that is whole, are taken away by one change
 */
static void test_revoke_half(struct virtgpu *gpu)
{
	size_t pmd = pmd_size();
	struct virtgpu_blob blob;

	setup(gpu, &blob, 2 * pmd, WC);
	assert_data(&blob, blob.va, 0, blob.size);
	munmap(blob.va, pmd / 2);
	assert_data(&blob, blob.va + pmd / 2, pmd / 2, 3 * pmd / 2);
	virtgpu_host_change_acked(&blob, CACHED, 0);
	virtgpu_pte_assert_none(blob.va + pmd / 2, 3 * pmd / 2);
	assert_data(&blob, blob.va + pmd / 2, pmd / 2, 3 * pmd / 2);
	assert_huge(blob.va + pmd / 2, pmd / 2, CACHED, false);
	assert_huge(blob.va + pmd, pmd, CACHED, virtgpu_pmds_expected());
	virtgpu_blob_destroy(&blob);
}

static volatile bool racing;

static void *touch_all(void *data)
{
	struct virtgpu_blob *blob = data;

	while (racing)
		for (size_t i = 0; i < blob->size; i += KiB(64))
			*(volatile uint64_t *)(blob->va + i) =
				*(volatile uint64_t *)(blob->va + i);
	return NULL;
}

/**
 * SUBTEST: racing-faults-and-changes
 * Description: threads that write everywhere while the host alternates between two modes and the
 *	protection changes: no entry of a wrong type
 */
static void test_racing(struct virtgpu *gpu)
{
	struct pte_probe_range range;
	size_t pmd = pmd_size();
	pthread_t threads[4];
	struct virtgpu_blob blob;

	setup(gpu, &blob, 2 * pmd, WC);
	racing = true;
	for (int i = 0; i < 4; i++)
		igt_assert_eq(pthread_create(&threads[i], NULL, touch_all, &blob), 0);
	for (int i = 0; i < 60; i++) {
		unsigned int mode = i % 2 ? WC : CACHED;

		virtgpu_host_change_acked(&blob, mode, 0);
		mprotect(blob.va, pmd / (1 + i % 3), PROT_READ | PROT_WRITE);
		virtgpu_pte_probe(blob.va, blob.size, &range);
		if (range.pages[virtgpu_pte_type(mode)] + range.pages[PTE_PROBE_NONE] !=
		    blob.size / PAGE)
			break;
	}
	racing = false;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	igt_assert_eq(range.pages[virtgpu_pte_type(WC)] + range.pages[PTE_PROBE_NONE],
		      blob.size / PAGE);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, blob.size, KiB(64), 5), 0);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: fragmented-window
 * Description: when no aligned place is left in the window, a blob gets another one, and
 *	small entries
 */
static void test_fragmented(struct virtgpu *gpu)
{
	size_t pmd = pmd_size();
	struct virtgpu_blob *fill, big;
	int ret, n = 0;

	virtgpu_set_eviction(false);
	fill = calloc(MiB(1024) / (pmd / 2) + 1, sizeof(*fill));
	igt_assert(fill);
	/* Halves, as many as there is room for. */
	for (;;) {
		ret = virtgpu_blob_try_create(gpu, &fill[n], pmd / 2, virtgpu_attr_id(CACHED, 0),
					      VIRTGPU_BLOB_FLAG_USE_MAPPABLE);
		if (ret)
			break;
		n++;
	}
	igt_assert_eq(ret, -ENOSPC);
	igt_assert_eq((size_t)n, MiB(1024) / (pmd / 2));
	/* Two neighbours, of which the first is the second half of a PMD. */
	for (int i = 0; i < n; i++) {
		virtgpu_blob_map(&fill[i]);
		if (virtgpu_host_offset(&fill[i]) == (long long)(pmd / 2) ||
		    virtgpu_host_offset(&fill[i]) == (long long)pmd) {
			virtgpu_blob_destroy(&fill[i]);
			fill[i].handle = 0;
		}
	}
	virtgpu_wait_freed(gpu, n - 2, (n - 2) * (long long)(pmd / 2));
	igt_assert_eq(virtgpu_blob_try_create(gpu, &big, pmd, virtgpu_attr_id(WC, 0),
					      VIRTGPU_BLOB_FLAG_USE_MAPPABLE),
		      0);
	virtgpu_blob_map(&big);
	virtgpu_host_fill(&big, 5);
	igt_assert_eq(virtgpu_host_offset(&big), pmd / 2);
	assert_data(&big, big.va, 0, pmd);
	assert_huge(big.va, pmd, WC, false);
	virtgpu_blob_destroy(&big);
	for (int i = 0; i < n; i++)
		virtgpu_blob_destroy(&fill[i]);
	free(fill);
	virtgpu_set_eviction(true);
}

/**
 * SUBTEST: small-blobs-in-gaps
 * Description: what aligning large blobs leaves free between them is not lost
 */
static void test_small_in_between(struct virtgpu *gpu)
{
	size_t pmd = pmd_size(), large = pmd + pmd / 2, used = 0;
	struct virtgpu_blob *blobs = calloc(2 * MiB(1024) / pmd + 1, sizeof(*blobs));
	int n = 0;

	virtgpu_set_eviction(false);
	igt_assert(blobs);
	while (!virtgpu_blob_try_create(gpu, &blobs[n], large, virtgpu_attr_id(WC, 0),
					VIRTGPU_BLOB_FLAG_USE_MAPPABLE)) {
		n++;
		used += large;
	}
	while (!virtgpu_blob_try_create(gpu, &blobs[n], pmd / 2, virtgpu_attr_id(WC, 0),
					VIRTGPU_BLOB_FLAG_USE_MAPPABLE)) {
		n++;
		used += pmd / 2;
	}
	igt_assert_eq(used, MiB(1024));
	for (int i = 0; i < n; i++)
		virtgpu_blob_destroy(&blobs[i]);
	free(blobs);
	virtgpu_set_eviction(true);
}

int igt_main()
{
	static const struct {
		const char *name;
		void (*run)(struct virtgpu *gpu, unsigned int mode);
	} tests[] = {
		{ "pmd-mapping", test_pmd },
		{ "pmd-fault-around", test_pmds_around },
		{ "fault-around", test_around },
		{ "misaligned", test_misaligned },
		{ "munmap", test_munmap },
		{ "mprotect", test_mprotect },
		{ "mremap", test_mremap },
		{ "fork", test_fork },
	};
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int t = 0; t < ARRAY_SIZE(tests); t++)
		for (unsigned int m = 0; m < 3; m++) {
			igt_describe("Large blobs are mapped by PMDs where they fit, and by PTEs "
				     "of the same cache mode elsewhere.");
			igt_subtest_f("%s-%s", tests[t].name, virtgpu_cache_name(modes[m]))
				tests[t].run(&gpu, modes[m]);
		}

	igt_describe("One change takes large and small entries of a blob away.");
	igt_subtest("change-of-half-unmapped-pmd")
		test_revoke_half(&gpu);

	igt_describe("No entry of a wrong type is seen while faults, changes and mprotect() race.");
	igt_subtest("racing-faults-and-changes")
		test_racing(&gpu);

	igt_describe("A blob for which the window has no aligned room left is mapped by small "
		     "entries.");
	igt_subtest("fragmented-window") {
		virtgpu_settle(&gpu);
		test_fragmented(&gpu);
	}

	igt_describe("The gaps that alignment leaves in the window can be used by small blobs.");
	igt_subtest("small-blobs-in-gaps") {
		virtgpu_settle(&gpu);
		test_small_in_between(&gpu);
	}

	igt_fixture()
		virtgpu_close(&gpu);
}
