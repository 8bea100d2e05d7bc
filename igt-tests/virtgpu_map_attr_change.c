// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map attribute change
 * Description: The host changes the attributes of mapped blobs: every old PTE is gone when the
 *	host gets the acknowledgment, the next touch makes new ones, and no data is lost
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: attribute_change
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(NR_PAGES)
#define NR_PAGES 64

/**
 * SUBTEST: %s-to-%s
 * Description: no PTE is left after the acknowledgment, the next touch has the new mode
 *
 * arg[1].values: cached, uncached, wc
 * arg[2].values: cached, uncached, wc
 */
static void test_change(struct virtgpu *gpu, unsigned int from, unsigned int to)
{
	struct drm_virtgpu_map_attr attr;
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, from);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 6);
	virtgpu_host_change_acked(&blob, to, 0);
	virtgpu_pte_assert_none(blob.va, SIZE);
	/* What was written before the change is in memory by now. */
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, SIZE, 8, 6), 0);
	virtgpu_host_fill(&blob, 7);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 7), 0);
	virtgpu_pte_assert_mode(blob.va, SIZE, to);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 8);
	__sync_synchronize();
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, SIZE, 8, 8), 0);
	igt_assert_eq(virtgpu_blob_query(gpu, blob.handle, &attr), 0);
	igt_assert_eq(attr.cache_mode, to);
	igt_assert_eq(attr.generation, 2);
	virtgpu_blob_destroy(&blob);
}

static void assert_debugger_reads(int mem, struct virtgpu_blob *blob)
{
	uint64_t word;

	if (!virtgpu_debuggers_expected())
		return;
	igt_assert_eq(pread(mem, &word, 8, (uintptr_t)blob->va), 8);
	igt_assert(word == pattern_word(5, 0));
}

/**
 * SUBTEST: sync-required-and-back
 * Description: a mapping gets SIGBUS while SYNC is required, and heals without a new mmap()
 *
 * SUBTEST: revoked-and-back
 * Description: a mapping gets SIGBUS while the memory is revoked, and heals without a new mmap()
 */
static void test_refused_and_back(struct virtgpu *gpu, unsigned int flag, int error)
{
	struct virtgpu_blob blob, second;
	uint64_t word = 0;
	int mem;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	second = blob;
	mem = open("/proc/self/mem", O_RDWR);
	assert_debugger_reads(mem, &blob);
	virtgpu_host_change_acked(&blob, CACHED, flag);
	virtgpu_pte_assert_none(blob.va, SIZE);
	/* Not even a debugger gets at it. */
	igt_assert_eq(pread(mem, &word, 8, (uintptr_t)blob.va), -1);
	igt_assert_eq(pwrite(mem, &word, 8, (uintptr_t)blob.va), -1);
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGBUS);
	igt_assert_eq(virtgpu_touch(blob.va + PAGES(2), true), SIGBUS);
	igt_assert_eq(virtgpu_blob_try_map(&second, PROT_READ, MAP_SHARED), error);
	virtgpu_pte_assert_none(blob.va, SIZE);
	virtgpu_host_change_acked(&blob, WC, 0);
	/* A debugger does not wait until the guest has the host's confirmation; a touch does. */
	igt_assert_eq(virtgpu_touch(blob.va, false), 0);
	assert_debugger_reads(mem, &blob);
	close(mem);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5), 0);
	virtgpu_pte_assert_mode(blob.va, SIZE, WC);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: every-mapping-loses-ptes
 * Description: render node, dma-buf, remapped part and a child's copy all lose their PTEs
 */
static void test_every_mapping(struct virtgpu *gpu)
{
	struct pte_probe_range range;
	int dmabuf, to[2], from[2];
	struct virtgpu_blob blob;
	uint8_t *va;
	char c;
	pid_t pid;

	virtgpu_blob_setup(gpu, &blob, SIZE, WC);
	dmabuf = virtgpu_blob_export(&blob);
	va = mmap(NULL, SIZE / 2, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, SIZE / 2);
	igt_assert(va != MAP_FAILED);
	igt_assert_eq(virtgpu_guest_wrong(va, SIZE / 2, SIZE / 2, 8, 5), 0);
	virtgpu_pte_assert_mode(va, SIZE / 2, WC);

	igt_assert_eq(pipe(to), 0);
	igt_assert_eq(pipe(from), 0);
	pid = fork();
	if (!pid) {
		if (virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5) || write(from[1], "x", 1) != 1 ||
		    read(to[0], &c, 1) != 1)
			_exit(1);
		virtgpu_pte_probe(blob.va, SIZE, &range);
		if (range.pages[PTE_PROBE_NONE] != NR_PAGES)
			_exit(2);
		if (virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5))
			_exit(3);
		virtgpu_pte_probe(blob.va, SIZE, &range);
		_exit(range.pages[virtgpu_pte_type(CACHED)] == NR_PAGES ? 0 : 4);
	}
	igt_assert_eq(read(from[0], &c, 1), 1);

	virtgpu_host_change_acked(&blob, CACHED, 0);
	virtgpu_pte_assert_none(blob.va, SIZE);
	virtgpu_pte_assert_none(va, SIZE / 2);
	igt_assert_eq(write(to[1], "x", 1), 1);
	igt_assert_eq(virtgpu_child_status(pid), 0);
	igt_assert_eq(virtgpu_guest_wrong(va, SIZE / 2, SIZE / 2, 8, 5), 0);
	virtgpu_pte_assert_mode(va, SIZE / 2, CACHED);
	munmap(va, SIZE / 2);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: change-before-mmap
 * Description: a change before the first mmap() is what gets mapped
 */
static void test_before_mmap(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, SYNC));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EOPNOTSUPP);
	virtgpu_host_change_acked(&blob, UNCACHED, 0);
	virtgpu_blob_map(&blob);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_pte_assert_mode(blob.va, PAGE, UNCACHED);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: fault-waits-for-ack
 * Description: nothing is mapped before the host has confirmed, and the wait can be killed
 */
static void test_fault_waits(struct virtgpu *gpu)
{
	struct pte_probe_range range;
	long long generation;
	struct virtgpu_blob blob;
	bool waits = true;
	pid_t pid[2];

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_hold_acks(gpu, true);
	generation = virtgpu_host_change(&blob, WC, 0);
	virtgpu_host_wait_acked(&blob, generation);
	for (int i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			if (virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5))
				_exit(1);
			virtgpu_pte_probe(blob.va, SIZE, &range);
			_exit(range.pages[virtgpu_pte_type(WC)] == NR_PAGES ? 0 : 2);
		}
	}
	for (int i = 0; i < 2; i++)
		waits &= virtgpu_task_wait_in_driver(pid[i], pid[i], true);
	virtgpu_pte_assert_none(blob.va, SIZE);
	kill(pid[0], SIGKILL);
	igt_assert_eq(virtgpu_child_status_bounded(pid[0], 30), -SIGKILL);

	virtgpu_host_hold_acks(gpu, false);
	virtgpu_host_release(gpu);
	igt_assert_eq(virtgpu_child_status(pid[1]), 0);
	igt_assert(waits);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5), 0);
	virtgpu_pte_assert_mode(blob.va, SIZE, WC);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: ack-over-stop
 * Description: what the host has been asked before the guest is stopped it answers afterwards
 */
static void test_ack_over_stop(struct virtgpu *gpu)
{
	long long generation;
	struct virtgpu_blob blob;
	bool waits;
	pid_t pid;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_hold_acks(gpu, true);
	generation = virtgpu_host_change(&blob, WC, 0);
	virtgpu_host_wait_acked(&blob, generation);
	pid = fork();
	if (!pid)
		_exit(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5) ? 1 : 0);
	waits = virtgpu_task_wait_in_driver(pid, pid, true);
	virtgpu_guest_stop();
	virtgpu_host_hold_acks(gpu, false);
	virtgpu_host_release(gpu);
	igt_assert_eq(virtgpu_child_status_bounded(pid, 60), 0);
	igt_assert(waits);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5), 0);
	virtgpu_pte_assert_mode(blob.va, SIZE, WC);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: thousand-changes
 * Description: a thousand changes end in the last one, in fewer acknowledgments
 */
static void test_storm(struct virtgpu *gpu)
{
	long long generation = 0, acks = virtgpu_host_count(gpu, "acks");
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	for (int i = 0; i < 1000; i++) {
		generation = virtgpu_host_change(&blob, i % 3 + 1, 0);
		if (i % 16 == 0)
			igt_assert_eq(virtgpu_touch(blob.va + (i % NR_PAGES) * PAGE, true), 0);
	}
	virtgpu_host_wait_acked(&blob, generation);
	igt_assert_eq(generation, 1001);
	igt_assert(virtgpu_host_count(gpu, "acks") - acks <= 1000);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5), 0);
	virtgpu_pte_assert_mode(blob.va, SIZE, 999 % 3 + 1);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: many-blobs-at-once
 * Description: more blobs change at once than one reply can name
 */
static void test_many_blobs(struct virtgpu *gpu)
{
	struct virtgpu_blob blobs[50];
	long long generation[50];

	for (int i = 0; i < 50; i++) {
		virtgpu_blob_create(gpu, &blobs[i], PAGE, virtgpu_attr_id(CACHED, 0));
		virtgpu_blob_map(&blobs[i]);
		virtgpu_guest_fill(blobs[i].va, 0, PAGE, 8, i);
	}
	/* The guest may not ask for the others one by one. */
	generation[0] = virtgpu_host_change_untold(&blobs[0], UNCACHED, 0);
	for (int i = 1; i < 50; i++)
		generation[i] = virtgpu_host_change(&blobs[i], i % 2 ? WC : UNCACHED, 0);
	virtgpu_host_release(gpu);
	for (int i = 0; i < 50; i++) {
		virtgpu_host_wait_acked(&blobs[i], generation[i]);
		virtgpu_pte_assert_none(blobs[i].va, PAGE);
	}
	for (int i = 0; i < 50; i++) {
		igt_assert_eq(virtgpu_guest_wrong(blobs[i].va, 0, PAGE, 8, i), 0);
		virtgpu_pte_assert_mode(blobs[i].va, PAGE, i % 2 ? WC : UNCACHED);
		virtgpu_blob_destroy(&blobs[i]);
	}
}

/**
 * SUBTEST: change-while-freed
 * Description: blobs that change while they are freed
 */
static void test_while_freed(struct virtgpu *gpu)
{
	for (int i = 0; i < 100; i++) {
		struct virtgpu_blob blob;

		virtgpu_blob_create(gpu, &blob, PAGES(4), virtgpu_attr_id(CACHED, 0));
		virtgpu_blob_map(&blob);
		igt_assert_eq(virtgpu_touch(blob.va, true), 0);
		virtgpu_host_change(&blob, WC, 0);
		if (i % 2)
			igt_assert_eq(virtgpu_touch(blob.va, true), 0);
		virtgpu_blob_destroy(&blob);
	}
	virtgpu_settle(gpu);
}

/**
 * SUBTEST: change-to-unknown-flag
 * Description: a change to attributes that is not defined takes the mapping away for good
 *
 * SUBTEST: change-to-unknown-cache-mode
 * Description: a change to an undefined cache mode takes the mapping away for good
 *
 * SUBTEST: generation-back
 * Description: a generation that goes backwards
 *
 * SUBTEST: generation-repeated
 * Description: other attributes under the same generation
 */
static void assert_gone(struct virtgpu_blob *blob)
{
	struct virtgpu_blob second = *blob;

	virtgpu_pte_wait_none(blob->va, SIZE);
	igt_assert_eq(virtgpu_touch(blob->va, false), SIGBUS);
	igt_assert_eq(virtgpu_blob_try_map(&second, PROT_READ, MAP_SHARED), -EPROTO);
}

static void test_malformed(struct virtgpu *gpu, unsigned int mode, unsigned int flags)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_change(&blob, mode, flags);
	assert_gone(&blob);
	/* Not even a good one makes up for it. */
	virtgpu_host_change(&blob, CACHED, 0);
	assert_gone(&blob);
	virtgpu_blob_destroy(&blob);
}

static void test_generation(struct virtgpu *gpu, unsigned int generation)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_change_acked(&blob, WC, 0);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5), 0);
	virtgpu_host_next_generation(&blob, generation);
	virtgpu_host_change(&blob, CACHED, 0);
	assert_gone(&blob);
	virtgpu_blob_destroy(&blob);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int from = CACHED; from <= WC; from++) {
		for (unsigned int to = CACHED; to <= WC; to++) {
			igt_describe("After the acknowledgment no old PTE is left, the next touch "
				     "makes new ones, and both sides see all data.");
			igt_subtest_f("%s-to-%s", virtgpu_cache_name(from), virtgpu_cache_name(to))
				test_change(&gpu, from, to);
		}
	}

	igt_describe("A mapping faults while the host requires SYNC, and works again afterwards "
		     "without a new mmap().");
	igt_subtest("sync-required-and-back")
		test_refused_and_back(&gpu, SYNC, -EOPNOTSUPP);

	igt_describe("A mapping faults while the memory is revoked, and works again afterwards "
		     "without a new mmap().");
	igt_subtest("revoked-and-back")
		test_refused_and_back(&gpu, REVOKED, -ESTALE);

	igt_describe("Every mapping loses its PTEs: render node, dma-buf, a part of it, and that "
		     "of a child.");
	igt_subtest("every-mapping-loses-ptes")
		test_every_mapping(&gpu);

	igt_describe("A change before the first mmap() decides what is mapped.");
	igt_subtest("change-before-mmap")
		test_before_mmap(&gpu);

	igt_describe("No fault is served before the host has confirmed the change, and the wait "
		     "can be killed.");
	igt_subtest("fault-waits-for-ack")
		test_fault_waits(&gpu);

	igt_describe("An acknowledgment outlives stopping and continuing the guest.");
	igt_subtest("ack-over-stop")
		test_ack_over_stop(&gpu);

	igt_describe("Many changes in a row end in the last declaration.");
	igt_subtest("thousand-changes")
		test_storm(&gpu);

	igt_describe("More blobs change at once than one reply can name, and all follow.");
	igt_subtest("many-blobs-at-once")
		test_many_blobs(&gpu);

	igt_describe("A blob can be freed while its attributes change.");
	igt_subtest("change-while-freed")
		test_while_freed(&gpu);

	igt_describe("A change to an undefined flag takes the mapping away for good.");
	igt_subtest("change-to-unknown-flag")
		test_malformed(&gpu, CACHED, FLAG_UNKNOWN);

	igt_describe("A change to an undefined cache mode takes the mapping away for good.");
	igt_subtest("change-to-unknown-cache-mode")
		test_malformed(&gpu, CACHE_UNKNOWN, 0);

	igt_describe("A generation that goes backwards takes the mapping away for good.");
	igt_subtest("generation-back")
		test_generation(&gpu, 1);

	igt_describe("Other attributes under the same generation take the mapping away for good.");
	igt_subtest("generation-repeated")
		test_generation(&gpu, 2);

	igt_fixture()
		virtgpu_close(&gpu);
}
