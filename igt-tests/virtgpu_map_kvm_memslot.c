// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map kvm memslot
 * Description: A blob is memory of a virtual machine inside the guest, made by KVM's ioctls: what the
 *	host declares reaches its stage-2 page tables
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: kvm_memslot
 * Feature: Map attributes
 * Test category: functionality test
 */

/*
 * KVM takes the page frame from the process's page table, which our fault handler fills, and hears from
 * the MMU notifier when an entry there goes away.  Nothing in the driver knows of KVM.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"
#include "virtgpu/virtgpu_vm.h"

#define NR_PAGES 32
#define SIZE	PAGES(NR_PAGES)
#define WORD	0x5a5a0001U
#define WINDOW	MiB(64)

static void fill(struct virtgpu_blob *blob)
{
	for (size_t i = 0; i < NR_PAGES; i++)
		*(volatile uint32_t *)(blob->va + PAGES(i)) = WORD;
	__sync_synchronize();
}

/* A virtual machine with a blob for its slot, whose pages begin with WORD. */
static void setup(struct virtgpu *gpu, struct virtgpu_blob *blob, struct virtgpu_vm *vm,
		  unsigned int cache_mode)
{
	virtgpu_blob_setup(gpu, blob, SIZE, cache_mode);
	virtgpu_vm_start(vm, blob->va, SIZE);
	fill(blob);
}

static void tear_down(struct virtgpu_blob *blob, struct virtgpu_vm *vm)
{
	virtgpu_vm_end(vm);
	virtgpu_blob_destroy(blob);
}

static uint32_t vm_word(struct virtgpu_vm *vm, size_t offset)
{
	uint32_t value;

	igt_assert_eq(virtgpu_vm_read(vm, offset, &value), 0);
	return value;
}

static void assert_all_read(struct virtgpu_vm *vm)
{
	for (size_t i = 0; i < NR_PAGES; i++)
		igt_assert_eq(vm_word(vm, PAGES(i)), WORD);
}

/*
 * Which type KVM gives memory without struct pages is its own choice: on AMD's CPUs, which QEMU emulates,
 * always write-back, which leaves the decision to the virtual machine; on arm64 Device, from 7.x on only
 * if the VMA is not cached.
 */
static bool expect_cached(unsigned int cache_mode)
{
#if defined(__x86_64__)
	(void)cache_mode;
	return true;
#else
	struct utsname u;

	igt_assert_eq(uname(&u), 0);
	return strtoul(u.release, NULL, 10) >= 7 && cache_mode == CACHED;
#endif
}

/* The virtual CPU goes over all pages and needs @nr new entries for that, of the right type. */
static void assert_new_entries(struct virtgpu_vm *vm, size_t nr, unsigned int cache_mode)
{
	struct virtgpu_vm_entries made;
	unsigned int wrong = 0;

	virtgpu_vm_trace_start();
	for (size_t i = 0; i < NR_PAGES; i++) {
		uint32_t value;

		wrong += virtgpu_vm_read(vm, PAGES(i), &value) || value != WORD;
	}
	virtgpu_vm_trace_stop(&made);
	igt_assert_eq(wrong, 0);
	igt_assert_eq(made.cached, expect_cached(cache_mode) ? nr : 0);
	igt_assert_eq(made.other, expect_cached(cache_mode) ? 0 : nr);
}

/**
 * SUBTEST: copy-%s
 * Description: what process and host have written the virtual machine reads, and the other way round
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_copy(struct virtgpu *gpu, unsigned int cache_mode)
{
	struct virtgpu_blob blob;
	struct virtgpu_vm vm;

	setup(gpu, &blob, &vm, cache_mode);
	virtgpu_host_fill(&blob, 7);
	for (size_t i = 0; i < NR_PAGES; i++)
		igt_assert_eq(vm_word(&vm, PAGES(i) + 8), (uint32_t)pattern_word(7, PAGES(i) + 8));
	fill(&blob);
	assert_all_read(&vm);
	for (size_t i = 0; i < NR_PAGES; i++)
		igt_assert_eq(virtgpu_vm_write(&vm, PAGES(i) + 4, i + 1), 0);
	for (size_t i = 0; i < NR_PAGES; i++) {
		igt_assert_eq(*(volatile uint32_t *)(blob.va + PAGES(i) + 4), i + 1);
		igt_assert(virtgpu_host_word(&blob, PAGES(i)) == ((uint64_t)(i + 1) << 32 | WORD));
	}
	tear_down(&blob, &vm);
}

/**
 * SUBTEST: change-%s-to-%s
 * Description: before the guest acknowledges, the entries are gone; new ones are made by page fault,
 *	and of the type that KVM gives such memory, whether the virtual CPU or the process is first
 *
 * arg[1].values: cached, uncached, wc
 * arg[2].values: cached, uncached, wc
 */
static void test_change(struct virtgpu *gpu, unsigned int from, unsigned int to)
{
	struct virtgpu_blob blob;
	struct virtgpu_vm vm;

	setup(gpu, &blob, &vm, from);
	assert_new_entries(&vm, NR_PAGES, from);
	assert_new_entries(&vm, 0, from);
	virtgpu_host_change_acked(&blob, to, 0);
	virtgpu_pte_assert_none(blob.va, SIZE);
	assert_new_entries(&vm, NR_PAGES, to);
	virtgpu_pte_assert_mode(blob.va, SIZE, to);
	/* Where a process was first, KVM has nothing faulted in. */
	virtgpu_host_change_acked(&blob, from, 0);
	fill(&blob);
	assert_new_entries(&vm, NR_PAGES, from);
	virtgpu_pte_assert_mode(blob.va, SIZE, from);
	tear_down(&blob, &vm);
}

/**
 * SUBTEST: unmappable-%s
 * Description: what a process cannot touch a virtual CPU cannot either: KVM_RUN fails with EFAULT, and
 *	goes on when the memory is given back
 *
 * arg[1].values: revoked, sync
 */
static void test_unmappable(struct virtgpu *gpu, unsigned int flag)
{
	struct virtgpu_blob blob;
	struct virtgpu_vm vm;
	uint32_t value;

	setup(gpu, &blob, &vm, CACHED);
	assert_all_read(&vm);
	virtgpu_host_change_acked(&blob, CACHED, flag);
	for (size_t i = 0; i < NR_PAGES; i++) {
		igt_assert_eq(virtgpu_vm_read(&vm, PAGES(i), &value), -EFAULT);
		igt_assert_eq(virtgpu_vm_write(&vm, PAGES(i), 0), -EFAULT);
	}
	virtgpu_host_change_acked(&blob, WC, 0);
	assert_all_read(&vm);
	tear_down(&blob, &vm);
}

/**
 * SUBTEST: read-only-memory
 * Description: of memory that becomes read-only a virtual CPU can read what the VMM can, through a mapping
 *	for reading only, and cannot write
 */
static void test_read_only(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, second;
	struct virtgpu_vm writer, reader;
	uint32_t value;

	setup(gpu, &blob, &writer, CACHED);
	second = blob;
	igt_assert_eq(virtgpu_blob_try_map(&second, PROT_READ, MAP_SHARED), 0);
	virtgpu_vm_start(&reader, second.va, SIZE);
	for (size_t i = 0; i < NR_PAGES; i++)
		igt_assert_eq(virtgpu_vm_write(&writer, PAGES(i), WORD), 0);
	assert_all_read(&reader);
	virtgpu_host_change_acked(&blob, CACHED, READ_ONLY);
	for (size_t i = 0; i < NR_PAGES; i++) {
		igt_assert_eq(virtgpu_vm_write(&writer, PAGES(i), 0), -EFAULT);
		igt_assert_eq(virtgpu_vm_read(&writer, PAGES(i), &value), -EFAULT);
		igt_assert_eq(virtgpu_vm_write(&reader, PAGES(i), 0), -EFAULT);
	}
	assert_all_read(&reader);
	/* With an entry for reading, KVM on x86 takes it for a device's memory, and asks the VMM. */
	for (size_t i = 0; i < NR_PAGES; i++) {
		int ret = virtgpu_vm_write(&reader, PAGES(i), 0);

		igt_assert_f(ret == -EFAULT || ret == -EACCES, "%d\n", ret);
	}
	assert_all_read(&reader);
	virtgpu_vm_end(&reader);
	munmap(second.va, SIZE);
	tear_down(&blob, &writer);
}

/**
 * SUBTEST: evicted-memory
 * Description: when the window is full the stage-2 entries go, and what the virtual CPU touches next is
 *	placed again
 */
static void test_evicted(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, filler;
	struct virtgpu_vm vm;

	setup(gpu, &blob, &vm, CACHED);
	assert_all_read(&vm);
	virtgpu_blob_create(gpu, &filler, WINDOW, virtgpu_attr_id(WC, 0));
	virtgpu_blob_map(&filler);
	memset(filler.va, 0xff, SIZE);
	igt_assert(!virtgpu_host_blob(&blob, "mapped"));
	/* Not what is at its former place now. */
	assert_all_read(&vm);
	igt_assert(virtgpu_host_blob(&blob, "mapped"));
	memset(filler.va, 0xff, SIZE);
	for (size_t i = 0; i < NR_PAGES; i++)
		igt_assert_eq(virtgpu_vm_write(&vm, PAGES(i) + 4, i + 1), 0);
	for (size_t i = 0; i < NR_PAGES; i++)
		igt_assert(virtgpu_host_word(&blob, PAGES(i)) == ((uint64_t)(i + 1) << 32 | WORD));
	tear_down(&blob, &vm);
	virtgpu_blob_destroy(&filler);
}

/**
 * SUBTEST: lost-mapping
 * Description: after munmap() by the VMM the memory is gone for the virtual CPU
 */
static void test_munmap(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	struct virtgpu_vm vm;
	uint32_t value;

	setup(gpu, &blob, &vm, CACHED);
	assert_all_read(&vm);
	igt_assert_eq(munmap(blob.va, SIZE), 0);
	for (size_t i = 0; i < NR_PAGES; i++)
		igt_assert_eq(virtgpu_vm_read(&vm, PAGES(i), &value), -EFAULT);
	blob.va = NULL;
	tear_down(&blob, &vm);
}

/* ---- changes under a virtual CPU that runs -------------------------------- */

#define CHANGES	100

/**
 * struct scanner - a thread with a virtual CPU that reads all pages until it is told to stop
 * @stop: set by the test
 * @rounds: how many times it has read all of them
 * @faults: how many times KVM_RUN has failed with EFAULT
 * @vm: its machine
 * @wrong: words it found that were another value
 * @error: the last error that was none of those, or 0
 */
struct scanner {
	_Atomic int stop;
	_Atomic unsigned long rounds;
	_Atomic unsigned long faults;
	struct virtgpu_vm vm;
	unsigned long wrong;
	int error;
};

static void *scan(void *data)
{
	struct scanner *s = data;

	while (!s->stop && !s->error) {
		uint32_t wrong;
		int ret;

		/* Long enough not to be outside of it at each change. */
		virtgpu_vm_start_scan(&s->vm, NR_PAGES, WORD, 1000);
		while ((ret = virtgpu_vm_scan(&s->vm, &wrong)) == -EFAULT && !s->stop)
			s->faults++;
		if (!ret)
			s->wrong += wrong;
		else if (ret != -EFAULT)
			s->error = ret;
		s->rounds++;
	}
	return NULL;
}

/* Meanwhile both virtual CPUs fail, and afterwards go over all pages. */
static void revoke_and_give_back(struct virtgpu_blob *blob, struct scanner *scanner)
{
	unsigned long faults[2] = { scanner[0].faults, scanner[1].faults }, rounds[2];

	virtgpu_host_change_acked(blob, CACHED, REVOKED);
	for (unsigned int i = 0; i < 2; i++)
		igt_assert(virtgpu_wait(scanner[i].faults > faults[i], VIRTGPU_WAIT_SECONDS));
	virtgpu_host_change_acked(blob, CACHED, 0);
	for (unsigned int i = 0; i < 2; i++)
		rounds[i] = scanner[i].rounds;
	for (unsigned int i = 0; i < 2; i++)
		igt_assert(virtgpu_wait(scanner[i].rounds > rounds[i], VIRTGPU_WAIT_SECONDS));
}

/**
 * SUBTEST: changes-under-load
 * Description: two virtual CPUs, each of its own virtual machine, read all the time while the mode
 *	changes and memory is revoked and given back: they read what is there, or KVM_RUN fails with EFAULT
 */
static void test_under_load(struct virtgpu *gpu)
{
	/* For as long as the threads live, should an assertion fail. */
	static struct scanner scanner[2];
	static struct virtgpu_blob blob;
	pthread_t thread[2];

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	fill(&blob);
	for (unsigned int i = 0; i < 2; i++) {
		virtgpu_vm_start(&scanner[i].vm, blob.va, SIZE);
		igt_assert_eq(pthread_create(&thread[i], NULL, scan, &scanner[i]), 0);
	}
	for (unsigned int n = 0; n < CHANGES; n++) {
		if (n % 10 == 9)
			revoke_and_give_back(&blob, scanner);
		virtgpu_host_change_acked(&blob, n % 2 ? CACHED : WC, 0);
	}
	for (unsigned int i = 0; i < 2; i++)
		scanner[i].stop = 1;
	for (unsigned int i = 0; i < 2; i++) {
		igt_assert_eq(pthread_join(thread[i], NULL), 0);
		virtgpu_vm_end(&scanner[i].vm);
		igt_info("%lu rounds, %lu faults, %lu wrong words\n", scanner[i].rounds, scanner[i].faults,
			 scanner[i].wrong);
		igt_assert_eq(scanner[i].error, 0);
		igt_assert_eq(scanner[i].wrong, 0);
	}
	virtgpu_blob_destroy(&blob);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("Process, host and virtual machine see the same data.");
		igt_subtest_f("copy-%s", virtgpu_cache_name(mode))
			test_copy(&gpu, mode);
	}

	for (unsigned int from = CACHED; from <= WC; from++) {
		for (unsigned int to = CACHED; to <= WC; to++) {
			igt_describe("A change takes stage-2 entries away, and new ones are right.");
			igt_subtest_f("change-%s-to-%s", virtgpu_cache_name(from), virtgpu_cache_name(to))
				test_change(&gpu, from, to);
		}
	}

	igt_describe("Revoked memory is so for a virtual CPU, and can be given back.");
	igt_subtest("unmappable-revoked")
		test_unmappable(&gpu, REVOKED);

	igt_describe("Memory that comes to need DMA_BUF_IOCTL_SYNC is taken away from a virtual CPU.");
	igt_subtest("unmappable-sync")
		test_unmappable(&gpu, SYNC);

	igt_describe("Memory that becomes read-only is so for a virtual CPU.");
	igt_subtest("read-only-memory")
		test_read_only(&gpu);

	igt_describe("A full window takes stage-2 entries away, and a virtual CPU has them back.");
	igt_subtest("evicted-memory")
		test_evicted(&gpu);

	igt_describe("After munmap() nothing is left in the stage-2 page table.");
	igt_subtest("lost-mapping")
		test_munmap(&gpu);

	igt_describe("Virtual CPUs read right data while the host changes its mind.");
	igt_subtest("changes-under-load")
		test_under_load(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
