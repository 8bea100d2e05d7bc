// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map read-only
 * Description: No process of the guest gets a writable entry of a blob that the host declares
 *	read-only, whatever it tries, and reading goes on as declared
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: read_only
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(16)
#define RW (PROT_READ | PROT_WRITE)

/* A debugger, and what else does not wait, needs the guest to have the confirmation. */
static void wait_confirmed(uint8_t *reader)
{
	igt_assert_eq(virtgpu_touch(reader, false), 0);
}

static int try_protect(void *va, size_t len, int prot)
{
	return mprotect(va, len, prot) ? -errno : 0;
}

static void assert_not_writable(const void *va, size_t len)
{
	struct pte_probe_range range;

	virtgpu_pte_probe(va, len, &range);
	igt_assert_eq(range.writable, 0);
}

static void assert_all_writable(const void *va, size_t len)
{
	struct pte_probe_range range;

	virtgpu_pte_probe(va, len, &range);
	igt_assert_eq(range.writable, len / PAGE);
}

/* The host's pattern is seen, by entries that do not allow writing, and is what the host has. */
static void assert_readable(struct virtgpu_blob *blob, uint8_t *va, unsigned int mode)
{
	igt_assert_eq(virtgpu_guest_wrong(va, 0, blob->size, 8, 5), 0);
	virtgpu_pte_assert_mode(va, blob->size, mode);
	assert_not_writable(va, blob->size);
	igt_assert_eq(virtgpu_touch(va, true), SIGSEGV);
	igt_assert_eq(virtgpu_touch(va + blob->size - PAGE, true), SIGSEGV);
	igt_assert_eq(virtgpu_host_wrong(blob, 0, blob->size, 8, 5), 0);
}

static void assert_writes(struct virtgpu_blob *blob, uint8_t *va, unsigned int mode)
{
	virtgpu_guest_fill(va, 0, blob->size, 8, 6);
	virtgpu_pte_assert_mode(va, blob->size, mode);
	assert_all_writable(va, blob->size);
	__sync_synchronize();
	igt_assert_eq(virtgpu_host_wrong(blob, 0, blob->size, 8, 6), 0);
}

/* Another mapping of the blob, for reading. */
static uint8_t *map_to_read(struct virtgpu_blob *blob)
{
	struct virtgpu_blob second = *blob;

	igt_assert_eq(virtgpu_blob_try_map(&second, PROT_READ, MAP_SHARED), 0);
	return second.va;
}

/**
 * SUBTEST: mmap-%s
 * Description: mmap() to write is refused, by every way in; to read it is not, and that mapping
 *	does not become writable, not even when the host allows writing
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_mmap(struct virtgpu *gpu, unsigned int mode)
{
	struct virtgpu_blob blob;
	int dmabuf;
	void *va;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(mode, READ_ONLY));
	igt_assert_eq(virtgpu_blob_try_map(&blob, RW, MAP_SHARED), -EACCES);
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_WRITE, MAP_SHARED), -EACCES);
	igt_assert_eq(virtgpu_blob_try_map(&blob, RW, MAP_PRIVATE), -EINVAL);
	dmabuf = virtgpu_blob_export(&blob);
	va = mmap(NULL, SIZE, RW, MAP_SHARED, dmabuf, 0);
	igt_assert(va == MAP_FAILED && errno == EACCES);
	va = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, dmabuf, 0);
	igt_assert(va != MAP_FAILED);
	close(dmabuf);
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), 0);
	virtgpu_host_fill(&blob, 5);
	assert_readable(&blob, blob.va, mode);
	assert_readable(&blob, va, mode);
	igt_assert_eq(try_protect(blob.va, SIZE, RW), -EACCES);
	igt_assert_eq(try_protect(va, SIZE, RW), -EACCES);
	assert_readable(&blob, va, mode);

	virtgpu_host_change_acked(&blob, mode, 0);
	igt_assert_eq(try_protect(blob.va, SIZE, RW), -EACCES);
	igt_assert_eq(try_protect(va, SIZE, RW), -EACCES);
	assert_readable(&blob, blob.va, mode);
	assert_readable(&blob, va, mode);
	munmap(va, SIZE);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: change-%s
 * Description: a writable mapping loses its entries and gets SIGBUS, for reading too, until it
 *	is protected or the host allows writing again
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_change(struct virtgpu *gpu, unsigned int mode)
{
	struct virtgpu_blob blob;
	uint8_t *va;

	virtgpu_blob_setup(gpu, &blob, SIZE, mode);
	assert_all_writable(blob.va, SIZE);
	virtgpu_host_change_acked(&blob, mode, READ_ONLY);
	virtgpu_pte_assert_none(blob.va, SIZE);
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGBUS);
	igt_assert_eq(virtgpu_touch(blob.va + PAGES(3), true), SIGBUS);
	virtgpu_pte_assert_none(blob.va, SIZE);
	va = map_to_read(&blob);
	assert_readable(&blob, va, mode);
	igt_assert_eq(try_protect(blob.va, SIZE, PROT_READ), 0);
	assert_readable(&blob, blob.va, mode);
	igt_assert_eq(try_protect(blob.va, SIZE, RW), -EACCES);
	assert_readable(&blob, blob.va, mode);
	munmap(va, SIZE);

	virtgpu_host_change_acked(&blob, mode, 0);
	virtgpu_pte_assert_none(blob.va, SIZE);
	igt_assert_eq(try_protect(blob.va, SIZE, RW), 0);
	assert_writes(&blob, blob.va, mode);
	/* As it is, it comes back as well. */
	virtgpu_host_change_acked(&blob, mode, READ_ONLY);
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGBUS);
	virtgpu_host_change_acked(&blob, WC, 0);
	assert_writes(&blob, blob.va, WC);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: reader-goes-on
 * Description: a mapping for reading goes on, and becomes writable when the host allows that, not
 *	before
 */
static void test_reader(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, 0));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), 0);
	virtgpu_host_fill(&blob, 5);
	assert_readable(&blob, blob.va, CACHED);
	virtgpu_host_change_acked(&blob, WC, READ_ONLY);
	virtgpu_pte_assert_none(blob.va, SIZE);
	assert_readable(&blob, blob.va, WC);
	igt_assert_eq(try_protect(blob.va, SIZE, RW), -EACCES);
	igt_assert_eq(try_protect(blob.va, SIZE, PROT_NONE), 0);
	igt_assert_eq(try_protect(blob.va, SIZE, PROT_READ), 0);
	assert_readable(&blob, blob.va, WC);
	virtgpu_host_change_acked(&blob, UNCACHED, 0);
	igt_assert_eq(try_protect(blob.va, SIZE, RW), 0);
	assert_writes(&blob, blob.va, UNCACHED);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: with-%s
 * Description: what else the host forbids comes first, for readers and writers alike
 *
 * arg[1].values: sync, revoked
 */
static void test_with(struct virtgpu *gpu, unsigned int flag, int error)
{
	struct virtgpu_blob blob, second;

	virtgpu_blob_setup(gpu, &blob, SIZE, WC);
	second = blob;
	virtgpu_host_change_acked(&blob, WC, READ_ONLY | flag);
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGBUS);
	igt_assert_eq(try_protect(blob.va, SIZE, PROT_READ), 0);
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGBUS);
	igt_assert_eq(virtgpu_blob_try_map(&second, PROT_READ, MAP_SHARED), error);
	igt_assert_eq(virtgpu_blob_try_map(&second, RW, MAP_SHARED), error);
	virtgpu_host_change_acked(&blob, WC, READ_ONLY);
	assert_readable(&blob, blob.va, WC);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: waits-for-ack
 * Description: no entry before the host has confirmed the change, not even for reading; mmap()
 *	needs no confirmation
 */
static void test_waits(struct virtgpu *gpu)
{
	long long generation;
	struct virtgpu_blob blob, writer;
	bool waits;
	pid_t pid;
	uint8_t *va;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, 0));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), 0);
	virtgpu_host_fill(&blob, 5);
	assert_readable(&blob, blob.va, CACHED);
	virtgpu_host_hold_acks(gpu, true);
	generation = virtgpu_host_change(&blob, WC, READ_ONLY);
	virtgpu_host_wait_acked(&blob, generation);
	va = map_to_read(&blob);
	writer = blob;
	igt_assert_eq(virtgpu_blob_try_map(&writer, RW, MAP_SHARED), -EACCES);
	pid = fork();
	if (!pid)
		_exit(virtgpu_guest_wrong(va, 0, SIZE, 8, 5) ? 1 : 0);
	waits = virtgpu_task_wait_in_driver(pid, pid, true);
	virtgpu_pte_assert_none(blob.va, SIZE);
	virtgpu_host_hold_acks(gpu, false);
	virtgpu_host_release(gpu);
	igt_assert_eq(virtgpu_child_status(pid), 0);
	igt_assert(waits);
	assert_readable(&blob, blob.va, WC);
	assert_readable(&blob, va, WC);
	munmap(va, SIZE);
	virtgpu_blob_destroy(&blob);
}

/* A PMD is larger with larger pages. */
static size_t large(void)
{
	return PAGE * (PAGE / 8) * 2;
}

static void assert_huge(const void *va, size_t len)
{
	struct pte_probe_range range;

	virtgpu_pte_probe(va, len, &range);
	igt_assert_eq(range.huge, virtgpu_pmds_expected() ? len / PAGE : 0);
}

/**
 * SUBTEST: huge-entries
 * Description: PMDs are taken away and come back without write permission, in a child too, and
 *	where one was split
 */
static void test_huge(struct virtgpu *gpu)
{
	size_t size = large();
	struct virtgpu_blob blob;
	uint8_t *va;
	pid_t pid;

	virtgpu_blob_setup(gpu, &blob, size, WC);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	assert_huge(blob.va, size);
	virtgpu_host_change_acked(&blob, WC, READ_ONLY);
	virtgpu_pte_assert_none(blob.va, size);
	igt_assert_eq(virtgpu_touch(blob.va + size / 2, false), SIGBUS);
	va = map_to_read(&blob);
	assert_readable(&blob, va, WC);
	assert_huge(va, size);
	pid = fork();
	if (!pid)
		_exit(virtgpu_touch(va, true));
	igt_assert_eq(virtgpu_child_status(pid), SIGSEGV);
	igt_assert_eq(try_protect(va, size / 4, RW), -EACCES);
	igt_assert_eq(try_protect(blob.va, size / 4, PROT_READ), 0);
	igt_assert_eq(virtgpu_touch(blob.va + PAGE, false), 0);
	assert_not_writable(blob.va, size);
	virtgpu_pte_assert_none(blob.va + size / 4, size - size / 4);
	igt_assert_eq(virtgpu_touch(blob.va + size / 4, false), SIGBUS);
	assert_readable(&blob, va, WC);
	munmap(va, size);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: sync-ioctl
 * Description: DMA_BUF_IOCTL_SYNC announces reading, and not writing
 */
static void test_sync_ioctl(struct virtgpu *gpu)
{
	static const struct {
		unsigned int flags;
		int error;
	} cases[] = {
		{ DMA_BUF_SYNC_READ, 0 },
		{ DMA_BUF_SYNC_WRITE, EACCES },
		{ DMA_BUF_SYNC_RW, EACCES },
	};
	struct virtgpu_blob blob;
	int dmabuf;

	virtgpu_blob_setup(gpu, &blob, SIZE, WC);
	dmabuf = virtgpu_blob_export(&blob);
	for (unsigned int i = 0; i < 6; i++) {
		struct dma_buf_sync sync = { DMA_BUF_SYNC_START | cases[i % 3].flags };

		if (i == 3)
			virtgpu_host_change_acked(&blob, WC, READ_ONLY);
		igt_assert_eq(ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &sync) ? errno : 0,
			      i < 3 ? 0 : cases[i % 3].error);
	}
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/* ---- ways to write, each tried on a mapping to read and on a writable one ----------- */

static void way_protect(struct virtgpu_blob *blob, uint8_t *va)
{
	(void)blob;
	igt_assert_eq(try_protect(va, PAGE, RW), -EACCES);
	igt_assert_eq(try_protect(va, SIZE, PROT_WRITE), -EACCES);
	igt_assert_eq(syscall(SYS_pkey_mprotect, va, SIZE, RW, -1), -1);
	igt_assert_eq(errno, EACCES);
	igt_assert(virtgpu_touch(va, true));
}

static void way_mremap(struct virtgpu_blob *blob, uint8_t *va)
{
	uint8_t *to = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	igt_assert(to != MAP_FAILED);
	igt_assert(mremap(va, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	way_protect(blob, to);
	assert_not_writable(to, SIZE);
	igt_assert(mremap(to, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, va) == va);
	igt_assert(mremap(va, 0, SIZE, MREMAP_MAYMOVE) == MAP_FAILED);
}

/* It maps the file again, as the VMA is. */
static void way_remap_file_pages(struct virtgpu_blob *blob, uint8_t *va)
{
	uint8_t *other = map_to_read(blob);

	(void)va;
	igt_assert_eq(remap_file_pages(other + PAGE, PAGE, 0, virtgpu_blob_offset(blob) / PAGE, 0),
		      0);
	igt_assert_eq(virtgpu_guest_wrong(other + PAGE, 0, PAGE, 8, 5), 0);
	igt_assert_eq(virtgpu_touch(other + PAGE, true), SIGSEGV);
	igt_assert_eq(try_protect(other + PAGE, PAGE, RW), -EACCES);
	assert_not_writable(other, SIZE);
	munmap(other, SIZE);
}

static void way_fork(struct virtgpu_blob *blob, uint8_t *va)
{
	pid_t pid = fork();

	(void)blob;
	if (!pid) {
		struct pte_probe_range range;

		if (!mprotect(va, SIZE, RW) || !virtgpu_touch(va, true))
			_exit(1);
		virtgpu_pte_probe(va, SIZE, &range);
		_exit(range.writable ? 2 : 0);
	}
	igt_assert_eq(virtgpu_child_status(pid), 0);
}

static void way_vm_writev(struct virtgpu_blob *blob, uint8_t *va)
{
	uint64_t word = 0;
	struct iovec local = { &word, 8 }, remote = { va, 8 };

	(void)blob;
	igt_assert_eq(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), -1);
	igt_assert_eq(errno, EFAULT);
}

static void way_mem(struct virtgpu_blob *blob, uint8_t *va)
{
	int mem = open("/proc/self/mem", O_RDWR);
	uint64_t word = 0;

	(void)blob;
	igt_assert(mem >= 0);
	igt_assert_eq(pwrite(mem, &word, 8, (uintptr_t)va), -1);
	if (virtgpu_debuggers_expected()) {
		igt_assert_eq(pread(mem, &word, 8, (uintptr_t)va), 8);
		igt_assert(word == pattern_word(5, 0));
	}
	close(mem);
}

static void way_ptrace(struct virtgpu_blob *blob, uint8_t *va)
{
	pid_t pid = fork();
	int status;

	(void)blob;
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	igt_assert_eq(waitpid(pid, &status, 0), pid);
	igt_assert(WIFSTOPPED(status));
	igt_assert_eq(ptrace(PTRACE_POKEDATA, pid, va, 0), -1);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	igt_assert_eq(virtgpu_child_status(pid), 0);
}

static void way_read(struct virtgpu_blob *blob, uint8_t *va)
{
	int fd = open("/dev/zero", O_RDONLY);

	(void)blob;
	igt_assert(fd >= 0);
	igt_assert_eq(read(fd, va, PAGE), -1);
	igt_assert_eq(errno, EFAULT);
	close(fd);
}

static void way_futex(struct virtgpu_blob *blob, uint8_t *va)
{
	uint32_t futex = 0;

	(void)blob;
	/* Sets the word at the second address to 0. */
	igt_assert_eq(syscall(SYS_futex, &futex, FUTEX_WAKE_OP_PRIVATE, 1, 1, va,
			      FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_EQ, 0)), -1);
	igt_assert_eq(errno, EFAULT);
}

static void way_populate(struct virtgpu_blob *blob, uint8_t *va)
{
	(void)blob;
	igt_assert(madvise(va, SIZE, MADV_POPULATE_WRITE));
	igt_assert(virtgpu_touch(va, true));
}

static void way_io_uring(struct virtgpu_blob *blob, uint8_t *va)
{
	struct io_uring_params params = { 0 };
	struct iovec iov = { va, SIZE };
	int fd = syscall(SYS_io_uring_setup, 4, &params);

	(void)blob;
	igt_assert(fd >= 0);
	igt_assert(syscall(SYS_io_uring_register, fd, IORING_REGISTER_BUFFERS, &iov, 1) < 0);
	close(fd);
}

static void way_userfaultfd(struct virtgpu_blob *blob, uint8_t *va)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)va, .len = SIZE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	(void)blob;
	igt_assert(fd >= 0);
	igt_assert_eq(ioctl(fd, UFFDIO_API, &api), 0);
	igt_assert_eq(ioctl(fd, UFFDIO_REGISTER, &reg), -1);
	close(fd);
}

static const struct way {
	const char *name;
	const char *describe;
	void (*try)(struct virtgpu_blob *blob, uint8_t *va);
} ways[] = {
	{ "mprotect", "Made writable.", way_protect },
	{ "mremap", "Moved, and made writable there.", way_mremap },
	{ "remap-file-pages", "Mapped again, in place.", way_remap_file_pages },
	{ "fork", "By a child.", way_fork },
	{ "vm-writev", "From process to process.", way_vm_writev },
	{ "proc-mem", "Through /proc/self/mem.", way_mem },
	{ "ptrace", "By a debugger.", way_ptrace },
	{ "read-syscall", "By the kernel, for read().", way_read },
	{ "futex", "By the kernel, for futex().", way_futex },
	{ "populate", "MADV_POPULATE_WRITE.", way_populate },
	{ "io-uring", "As a fixed buffer.", way_io_uring },
	{ "userfaultfd", "Faults handled in user space.", way_userfaultfd },
};

/**
 * SUBTEST: way-%s
 * Description: neither a mapping that was writable nor one to read gets a writable entry, and the
 *	host's data stays
 *
 * arg[1].values: mprotect, mremap, remap-file-pages, fork, vm-writev, proc-mem, ptrace
 * arg[1].values: read-syscall, futex, populate, io-uring, userfaultfd
 */
static void test_way(struct virtgpu *gpu, const struct way *way)
{
	struct virtgpu_blob blob;
	uint8_t *va;

	virtgpu_blob_setup(gpu, &blob, SIZE, WC);
	va = map_to_read(&blob);
	virtgpu_host_change_acked(&blob, WC, READ_ONLY);
	wait_confirmed(va);
	way->try(&blob, va);
	assert_not_writable(va, SIZE);
	way->try(&blob, blob.va);
	virtgpu_pte_assert_none(blob.va, SIZE);
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, SIZE, 8, 5), 0);
	munmap(va, SIZE);
	virtgpu_blob_destroy(&blob);
}

/* ---- races ------------------------------------------------------------- */

static sigjmp_buf again;

static void on_fault(int sig)
{
	siglongjmp(again, sig);
}

/* Counts in the first word, through what is writable now, or would be. */
static void harass(uint8_t *va, bool protects)
{
	volatile unsigned int i = 0;

	signal(SIGBUS, on_fault);
	signal(SIGSEGV, on_fault);
	sigsetjmp(again, 1);
	for (;;) {
		i++;
		if (protects && (mprotect(va, SIZE, i % 2 ? PROT_READ : RW) || i % 2))
			(void)*(volatile uint64_t *)va;
		*(volatile uint64_t *)va = i;
	}
}

static pid_t start_harassing(struct virtgpu_blob *blob, bool protects)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		harass(blob->va, protects);
	}
	return pid;
}

/* The time limit is for writers that cannot write any more. */
static void wait_written(struct virtgpu_blob *blob)
{
	uint64_t before = virtgpu_host_word(blob, 0);

	igt_assert_f(virtgpu_wait(virtgpu_host_word(blob, 0) != before, VIRTGPU_WAIT_SECONDS),
		     "nothing is written\n");
}

/**
 * SUBTEST: racing-writers
 * Description: processes write and change the protection while the host takes the permission away
 *	and gives it back: none has a writable entry when the host has the acknowledgment, and
 *	nothing is written from then on
 */
static void test_racing(struct virtgpu *gpu)
{
	struct pte_probe_range range;
	unsigned long long writable = 0, changed = 0;
	struct virtgpu_blob blob;
	pid_t pid[2];

	virtgpu_blob_setup(gpu, &blob, SIZE, WC);
	for (int i = 0; i < 2; i++)
		pid[i] = start_harassing(&blob, i);
	for (int round = 0; round < 100; round++) {
		uint64_t word;

		wait_written(&blob);
		virtgpu_host_change_acked(&blob, round % 2 ? WC : CACHED, READ_ONLY);
		word = virtgpu_host_word(&blob, 0);
		for (int i = 0; i < 2; i++) {
			igt_assert_eq(virtgpu_pte_probe_other(pid[i], blob.va, SIZE, &range), 0);
			writable += range.writable;
		}
		changed += virtgpu_host_word(&blob, 0) != word;
		virtgpu_host_change_acked(&blob, WC, 0);
	}
	for (int i = 0; i < 2; i++) {
		kill(pid[i], SIGKILL);
		igt_assert_eq(virtgpu_child_status_bounded(pid[i], 30), -SIGKILL);
	}
	igt_assert_eq(writable, 0);
	igt_assert_eq(changed, 0);
	virtgpu_blob_destroy(&blob);
}

static const struct {
	const char *name;
	const char *describe;
	void (*run)(struct virtgpu *gpu);
} once[] = {
	{ "reader-goes-on",
	  "A mapping for reading goes on, and cannot be made writable while the blob is read-only.",
	  test_reader },
	{ "waits-for-ack", "No entry is made before the host has confirmed the change.",
	  test_waits },
	{ "huge-entries", "PMDs come back without write permission.", test_huge },
	{ "sync-ioctl", "DMA_BUF_IOCTL_SYNC for writing is refused, for reading it is not.",
	  test_sync_ioctl },
	{ "racing-writers",
	  "Nothing is written after the acknowledgment, whatever processes do at the same time.",
	  test_racing },
};

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("A read-only blob cannot be mapped for writing, by any way in.");
		igt_subtest_f("mmap-%s", virtgpu_cache_name(mode))
			test_mmap(&gpu, mode);
		igt_describe("A writable mapping faults while the blob is read-only.");
		igt_subtest_f("change-%s", virtgpu_cache_name(mode))
			test_change(&gpu, mode);
	}

	igt_describe("A requirement of SYNC is stronger than read-only.");
	igt_subtest("with-sync")
		test_with(&gpu, SYNC, -EOPNOTSUPP);

	igt_describe("Revocation is stronger than read-only.");
	igt_subtest("with-revoked")
		test_with(&gpu, REVOKED, -ESTALE);

	for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++) {
		igt_describe_f("No way leads to a writable entry of a read-only blob. %s",
			       ways[i].describe);
		igt_subtest_f("way-%s", ways[i].name)
			test_way(&gpu, &ways[i]);
	}

	for (unsigned int i = 0; i < ARRAY_SIZE(once); i++) {
		igt_describe(once[i].describe);
		igt_subtest_f("%s", once[i].name)
			once[i].run(&gpu);
	}

	igt_fixture() {
		virtgpu_host_release(&gpu);
		virtgpu_close(&gpu);
	}
}
