// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map VMA operations
 * Description: Whatever a process does to a mapping, the host's cache mode stays in force and the
 *	data stays right
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: vma_operations
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <drm/drm.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(16)

static void setup(struct virtgpu *gpu, struct virtgpu_blob *blob, unsigned int mode)
{
	virtgpu_blob_create(gpu, blob, SIZE, virtgpu_attr_id(mode, 0));
	virtgpu_blob_map(blob);
	virtgpu_host_fill(blob, 5);
}

/* For threads, which virtgpu_touch() is not. */
static void touch_byte(void *p)
{
	*(volatile uint8_t *)p;
}

/* A range of the mapping shows the blob from @offset on, with its cache mode,
 * for reading and for writing.
 */
static void assert_good(struct virtgpu_blob *blob, void *va, size_t offset, size_t len,
			unsigned int mode)
{
	igt_assert_eq(virtgpu_guest_wrong(va, offset, len, 8, 5), 0);
	virtgpu_pte_assert_mode(va, len, mode);
	virtgpu_guest_fill(va, offset, len, 8, 6);
	__sync_synchronize();
	igt_assert_eq(virtgpu_host_wrong(blob, offset, len, 8, 6), 0);
	virtgpu_guest_fill(va, offset, len, 8, 5);
	__sync_synchronize();
	virtgpu_pte_assert_mode(va, len, mode);
}

/**
 * SUBTEST: partial-mmap-%s
 * Description: map less than the blob
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_partial(struct virtgpu *gpu, unsigned int mode)
{
	struct virtgpu_blob blob;
	void *va;

	setup(gpu, &blob, mode);
	va = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, gpu->fd,
		  virtgpu_blob_offset(&blob));
	igt_assert(va != MAP_FAILED);
	assert_good(&blob, va, 0, 3 * PAGE, mode);
	munmap(va, 3 * PAGE);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: dma-buf-offset-%s
 * Description: map from the middle of the blob, through its dma-buf
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_offset(struct virtgpu *gpu, unsigned int mode)
{
	struct virtgpu_blob blob;
	int dmabuf;
	void *va;

	setup(gpu, &blob, mode);
	dmabuf = virtgpu_blob_export(&blob);
	va = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 5 * PAGE);
	igt_assert(va != MAP_FAILED);
	assert_good(&blob, va, 5 * PAGE, 4 * PAGE, mode);
	close(dmabuf);
	assert_good(&blob, va, 5 * PAGE, 4 * PAGE, mode);
	munmap(va, 4 * PAGE);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: dma-buf-%s
 * Description: map all of the blob through its dma-buf, and outlive the handle
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_dmabuf(struct virtgpu *gpu, unsigned int mode)
{
	struct virtgpu_blob blob;
	int dmabuf;
	void *va;

	setup(gpu, &blob, mode);
	dmabuf = virtgpu_blob_export(&blob);
	va = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	igt_assert(va != MAP_FAILED);
	virtgpu_blob_close_handle(&blob);
	assert_good(&blob, va, 0, SIZE, mode);
	munmap(va, SIZE);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: munmap-%s
 * Description: unmap head, middle and tail; what is left is right, before and after a touch
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_munmap(struct virtgpu *gpu, unsigned int mode)
{
	struct virtgpu_blob blob;

	setup(gpu, &blob, mode);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, 8 * PAGE, 8, 5), 0);
	munmap(blob.va, PAGE);
	munmap(blob.va + 7 * PAGE, 2 * PAGE);
	munmap(blob.va + 15 * PAGE, PAGE);
	assert_good(&blob, blob.va + PAGE, PAGE, 6 * PAGE, mode);
	assert_good(&blob, blob.va + 9 * PAGE, 9 * PAGE, 6 * PAGE, mode);
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGSEGV);
	igt_assert_eq(virtgpu_touch(blob.va + 7 * PAGE, false), SIGSEGV);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: mremap-%s
 * Description: move a mapping and a part of one; growing beyond the blob fails
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_mremap(struct virtgpu *gpu, unsigned int mode)
{
	struct virtgpu_blob blob;
	uint8_t *to = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *va;

	setup(gpu, &blob, mode);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, 4 * PAGE, 8, 5), 0);
	igt_assert(mremap(blob.va, SIZE, SIZE + PAGE, MREMAP_MAYMOVE) == MAP_FAILED);

	va = mremap(blob.va + 2 * PAGE, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	igt_assert(va == to);
	assert_good(&blob, va, 2 * PAGE, 4 * PAGE, mode);
	assert_good(&blob, blob.va + 6 * PAGE, 6 * PAGE, 10 * PAGE, mode);
	munmap(to, SIZE);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: fork-%s
 * Description: a child's copy of the mapping works, touched or not before the fork
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_fork(struct virtgpu *gpu, unsigned int mode)
{
	struct virtgpu_blob blob;
	pid_t pid;

	setup(gpu, &blob, mode);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, 4 * PAGE, 8, 5), 0);
	pid = fork();
	if (!pid) {
		struct pte_probe_range range;

		if (virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5))
			_exit(1);
		virtgpu_pte_probe(blob.va, SIZE, &range);
		if (range.pages[virtgpu_pte_type(mode)] != SIZE / PAGE)
			_exit(2);
		virtgpu_guest_fill(blob.va, 0, SIZE, 8, 7);
		_exit(0);
	}
	igt_assert_eq(virtgpu_child_status(pid), 0);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 7), 0);
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, SIZE, 8, 7), 0);
	virtgpu_pte_assert_mode(blob.va, SIZE, mode);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: mprotect-%s
 * Description: changing the protection keeps the cache mode, in PTEs old and new
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_mprotect(struct virtgpu *gpu, unsigned int mode)
{
	struct pte_probe_range range;
	struct virtgpu_blob blob;

	setup(gpu, &blob, mode);
	virtgpu_guest_fill(blob.va, 0, 8 * PAGE, 8, 5);
	igt_assert_eq(mprotect(blob.va, SIZE, PROT_READ), 0);
	igt_assert_eq(virtgpu_touch(blob.va, true), SIGSEGV);
	igt_assert_eq(virtgpu_touch(blob.va + 12 * PAGE, true), SIGSEGV);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5), 0);
	virtgpu_pte_assert_mode(blob.va, SIZE, mode);
	virtgpu_pte_probe(blob.va, SIZE, &range);
	igt_assert_eq(range.writable, 0);
	igt_assert_eq(mprotect(blob.va, SIZE, PROT_NONE), 0);
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGSEGV);
	igt_assert_eq(mprotect(blob.va, SIZE, PROT_READ | PROT_WRITE), 0);
	assert_good(&blob, blob.va, 0, SIZE, mode);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: mprotect-changed
 * Description: the mode that is declared now, not the one at mmap(), is in the PTEs that are left
 */
static void test_mprotect_changed(struct virtgpu *gpu)
{
	for (unsigned int mode = CACHED; mode <= WC; mode += WC - CACHED) {
		unsigned int now = mode == WC ? CACHED : WC;
		struct virtgpu_blob blob;

		virtgpu_blob_setup(gpu, &blob, SIZE, mode);
		virtgpu_host_change_acked(&blob, now, 0);
		virtgpu_blob_assert_good(&blob, now);
		igt_assert_eq(mprotect(blob.va, SIZE, PROT_READ), 0);
		virtgpu_blob_assert_good(&blob, now);
		virtgpu_blob_destroy(&blob);
	}
}

static volatile bool racing;

static void *touch_first_pages(void *va)
{
	while (racing)
		for (unsigned int page = 0; page < 8; page++)
			touch_byte((uint8_t *)va + page * PAGE);
	return NULL;
}

/**
 * SUBTEST: mprotect-racing-%s
 * Description: what another thread faults in while the protection changes keeps its mode too
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_mprotect_racing(struct virtgpu *gpu, unsigned int mode)
{
	struct pte_probe_range range;
	struct virtgpu_blob blob;
	pthread_t thread;

	/* Not the mode that the VMA had at mmap(). */
	virtgpu_blob_setup(gpu, &blob, PAGES(128), mode == WC ? CACHED : WC);
	virtgpu_host_change_acked(&blob, mode, 0);
	racing = true;
	igt_assert_eq(pthread_create(&thread, NULL, touch_first_pages, blob.va), 0);
	for (int i = 0; i < 400; i++) {
		for (unsigned int page = 0; page < 128; page++)
			touch_byte(blob.va + page * PAGE);
		mprotect(blob.va, blob.size, i % 2 ? PROT_READ | PROT_WRITE : PROT_READ);
		virtgpu_pte_probe(blob.va, blob.size, &range);
		if (range.pages[virtgpu_pte_type(mode)] + range.pages[PTE_PROBE_NONE] != 128)
			break;
	}
	racing = false;
	pthread_join(thread, NULL);
	igt_assert_eq(range.pages[virtgpu_pte_type(mode)] + range.pages[PTE_PROBE_NONE], 128);
	virtgpu_blob_destroy(&blob);
}

/* The flags of a mapping, as /proc/self/smaps spells them, a space around each. */
static void vm_flags(const void *va, char *flags, size_t len)
{
	unsigned long start, end;
	char line[512];
	bool ours = false;
	FILE *f = fopen("/proc/self/smaps", "r");

	igt_assert(f);
	*flags = '\0';
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			ours = start == (uintptr_t)va;
		else if (ours && !strncmp(line, "VmFlags: ", 9))
			snprintf(flags, len, " %s", line + 9);
	}
	fclose(f);
}

/**
 * SUBTEST: core-mm-exempt-%s
 * Description: core mm leaves the PTEs alone where it would rewrite others': the flags that
 *	keep NUMA balancing, soft-dirty and userfaultfd off are there, and none of them gets in
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_exempt(struct virtgpu *gpu, unsigned int mode)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_WP_ASYNC };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_WP };
	char flags[512];
	struct virtgpu_blob blob;
	int fd;

	virtgpu_blob_setup(gpu, &blob, SIZE, mode);
	vm_flags(blob.va, flags, sizeof(flags));
	igt_assert_f(strstr(flags, " io ") && strstr(flags, " pf ") && strstr(flags, " de ") &&
		     strstr(flags, " dd ") && !strstr(flags, " mm "), "%s\n", flags);

	virtgpu_write_file("/proc/self/clear_refs", "1");
	virtgpu_write_file("/proc/self/clear_refs", "4");
	virtgpu_pte_assert_mode(blob.va, SIZE, mode);

	fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	if (fd >= 0) {
#ifdef __riscv
		/* It does not write-protect there. */
		api.features = 0;
		reg.mode = UFFDIO_REGISTER_MODE_MISSING;
#endif
		igt_assert_eq(ioctl(fd, UFFDIO_API, &api), 0);
		reg.range.start = (uintptr_t)blob.va;
		reg.range.len = SIZE;
		igt_assert_eq(ioctl(fd, UFFDIO_REGISTER, &reg) ? errno : 0, EINVAL);
		close(fd);
	}
	virtgpu_blob_assert_good(&blob, mode);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: read-only-vma
 * Description: a mapping without write permission gets read-only PTEs
 */
static void test_readonly(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int dmabuf;
	void *va;

	setup(gpu, &blob, WC);
	dmabuf = virtgpu_blob_export(&blob);
	va = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, dmabuf, 0);
	igt_assert(va != MAP_FAILED);
	igt_assert_eq(virtgpu_touch(va, false), 0);
	igt_assert_eq(virtgpu_touch(va, true), SIGSEGV);
	virtgpu_pte_assert_mode(va, PAGE, WC);
	munmap(va, SIZE);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: executable-vma
 * Description: an executable mapping is like any other, fork() included; but on riscv64, where
 *	the kernel needs pages for it, it is refused: EPERM, and EACCES from mprotect()
 */
static void test_executable(struct virtgpu *gpu)
{
	const int prot = PROT_READ | PROT_WRITE | PROT_EXEC;
	struct virtgpu_blob blob;
	int ret;
	pid_t pid;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, 0));
	ret = virtgpu_blob_try_map(&blob, prot, MAP_SHARED);
#ifdef __riscv
	igt_assert_eq(ret, -EPERM);
	virtgpu_blob_map(&blob);
	igt_assert_eq(mprotect(blob.va, SIZE, prot), -1);
	igt_assert_eq(errno, EACCES);
#else
	igt_assert_eq(ret, 0);
#endif
	virtgpu_host_fill(&blob, 5);
	assert_good(&blob, blob.va, 0, SIZE, CACHED);
	pid = fork();
	if (!pid)
		_exit(virtgpu_touch(blob.va, true));
	igt_assert_eq(virtgpu_child_status(pid), 0);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: map-populate
 * Description: MAP_POPULATE and MAP_LOCKED are harmless, as for any device mapping
 */
static void test_populate(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(WC, 0));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_POPULATE | MAP_LOCKED),
		      0);
	virtgpu_host_fill(&blob, 5);
	assert_good(&blob, blob.va, 0, SIZE, WC);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: madvise-dontneed
 * Description: madvise(MADV_DONTNEED) on a device mapping is refused and harms nothing
 */
static void test_dontneed(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	setup(gpu, &blob, WC);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	igt_assert_eq(madvise(blob.va, SIZE, MADV_DONTNEED), -1);
	igt_assert_eq(errno, EINVAL);
	assert_good(&blob, blob.va, 0, SIZE, WC);
	virtgpu_blob_destroy(&blob);
}

static void require_debuggers(void)
{
	igt_require_f(virtgpu_debuggers_expected(),
		      "this kernel does not ask drivers for debuggers\n");
}

/**
 * SUBTEST: ptrace-%s
 * Description: a debugger reads and writes the mapping, faulted in or not, across pages
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_ptrace(struct virtgpu *gpu, unsigned int mode)
{
	uint64_t word, *buf = malloc(SIZE);
	struct virtgpu_blob blob;
	int mem, status;
	char path[64];
	pid_t pid;

	require_debuggers();
	setup(gpu, &blob, mode);
	pid = fork();
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(virtgpu_guest_wrong(blob.va, PAGE, 8, 8, 9) ? 1 : 0);
	}
	igt_assert_eq(waitpid(pid, &status, 0), pid);
	igt_assert(WIFSTOPPED(status));

	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, pid, blob.va + 3 * PAGE, NULL);
	igt_assert_eq(errno, 0);
	igt_assert(word == pattern_word(5, 3 * PAGE));

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDWR);
	igt_assert(mem >= 0);
	igt_assert_eq(pread(mem, buf, SIZE, (uintptr_t)blob.va), SIZE);
	igt_assert_eq(virtgpu_guest_wrong(buf, 0, SIZE, 8, 5), 0);

	word = pattern_word(9, 0);
	igt_assert_eq(ptrace(PTRACE_POKEDATA, pid, blob.va, word), 0);
	/* The child compares at pattern offset PAGE. */
	word = pattern_word(9, PAGE);
	igt_assert_eq(pwrite(mem, &word, 8, (uintptr_t)blob.va), 8);
	close(mem);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	igt_assert_eq(virtgpu_child_status(pid), 0);
	free(buf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: ptrace-read-only
 * Description: a debugger cannot write what the process may not
 */
static void test_ptrace_readonly(struct virtgpu *gpu)
{
	uint64_t word = 0;
	struct virtgpu_blob blob;
	int mem;

	require_debuggers();
	setup(gpu, &blob, WC);
	igt_assert_eq(mprotect(blob.va, SIZE, PROT_READ), 0);
	mem = open("/proc/self/mem", O_RDWR);
	igt_assert_eq(pread(mem, &word, 8, (uintptr_t)blob.va + PAGE), 8);
	igt_assert(word == pattern_word(5, PAGE));
	igt_assert_eq(pwrite(mem, &word, 8, (uintptr_t)blob.va), -1);
	close(mem);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: no-struct-pages
 * Description: there is no way to struct pages that do not exist
 */
static void test_no_gup(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	struct iovec iov;
	int p[2];

	setup(gpu, &blob, CACHED);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	igt_assert_eq(pipe(p), 0);
	iov = (struct iovec){ blob.va, PAGE };
	igt_assert_eq(vmsplice(p[1], &iov, 1, 0), -1);
	igt_assert_eq(errno, EFAULT);
	/* A plain copy is fine. */
	igt_assert_eq(write(p[1], blob.va + PAGE, PAGE), PAGE);
	close(p[0]);
	close(p[1]);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: outlives-handle-%s
 * Description: a mapping keeps its blob when handle and file are closed
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_outlives(struct virtgpu *gpu, unsigned int mode)
{
	struct virtgpu other = *gpu;
	struct virtgpu_blob blob;

	other.fd = -1;
	igt_assert(virtgpu_reopen(&other));
	setup(&other, &blob, mode);
	virtgpu_blob_close_handle(&blob);
	close(other.fd);
	assert_good(&blob, blob.va, 0, SIZE, mode);
	munmap(blob.va, SIZE);
}

/**
 * SUBTEST: late-reply
 * Description: mmap() waits for a reply that takes its time
 */
static void test_late(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE, blob_id_inject(WC, 0, INJECT_NONE, INJECT_LATE, 0));
	virtgpu_blob_map(&blob);
	virtgpu_host_fill(&blob, 5);
	assert_good(&blob, blob.va, 0, SIZE, WC);
	virtgpu_blob_destroy(&blob);
	virtgpu_blob_create(gpu, &blob, SIZE, blob_id_inject(WC, 0, INJECT_LATE, INJECT_NONE, 0));
	virtgpu_blob_map(&blob);
	virtgpu_host_fill(&blob, 5);
	assert_good(&blob, blob.va, 0, SIZE, WC);
	virtgpu_blob_destroy(&blob);
}

/* A child that waits in mmap() for a reply the host holds back. */
static pid_t start_waiter(struct virtgpu_blob *blob)
{
	uint64_t offset = virtgpu_blob_offset(blob);
	pid_t pid = fork();
	void *va;

	if (!pid) {
		va = mmap(NULL, blob->size, PROT_READ, MAP_SHARED, blob->gpu->fd, offset);
		_exit(va == MAP_FAILED ? errno : 0);
	}
	igt_assert(virtgpu_task_wait_in_driver(pid, pid, true));
	return pid;
}

/**
 * SUBTEST: killable-mmap
 * Description: a process waiting for a host that does not answer can be killed
 */
static void test_killable(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int status;
	pid_t pid;

	virtgpu_blob_create(gpu, &blob, SIZE, blob_id_inject(WC, 0, INJECT_NONE, INJECT_HOLD, 0));
	pid = start_waiter(&blob);
	kill(pid, SIGKILL);
	status = virtgpu_child_status_bounded(pid, 30);
	/* Let go of it in any case, or this guest cannot be ended. */
	virtgpu_host_release(gpu);
	igt_assert_eq(status, -SIGKILL);

	/* The answer came after all: the blob is as good as any. */
	virtgpu_blob_map(&blob);
	virtgpu_host_fill(&blob, 5);
	assert_good(&blob, blob.va, 0, SIZE, WC);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: unbind-ends-wait
 * Description: unbinding the driver ends a wait for an answer that cannot come any more
 */
static void test_unbind_ends_wait(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int status;
	pid_t pid;

	virtgpu_blob_create(gpu, &blob, SIZE, blob_id_inject(WC, 0, INJECT_NONE, INJECT_HOLD, 0));
	pid = start_waiter(&blob);
	virtgpu_unbind(gpu);
	status = virtgpu_child_status_bounded(pid, 30);
	if (status == -ETIMEDOUT) {
		virtgpu_host_release(gpu);
		kill(pid, SIGKILL);
	}
	virtgpu_bind(gpu);
	/* By the time it runs its blob may be lost as well. */
	igt_assert_f(status == ENODEV || status == ESTALE, "%d: %s\n", status, strerror(status));
}

/**
 * SUBTEST: unbind-live-mapping
 * Description: mappings of an unbound device show it no more, through whichever file they were
 *	made, and go on working
 */
static void test_unbind_live(struct virtgpu *gpu)
{
	const char *wrong;
	struct virtgpu_blob blob;
	int dmabuf;
	uint8_t *va;

	setup(gpu, &blob, WC);
	dmabuf = virtgpu_blob_export(&blob);
	va = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	igt_assert(va != MAP_FAILED);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	igt_assert_eq(virtgpu_touch(va, true), 0);
	virtgpu_unbind(gpu);
	wrong = virtgpu_why_not_lost(gpu, blob.va, SIZE) ?: virtgpu_why_not_lost(gpu, va, SIZE);
	munmap(va, SIZE);
	close(dmabuf);
	munmap(blob.va, SIZE);
	virtgpu_bind(gpu);
	igt_assert_f(!wrong, "%s\n", wrong);
	setup(gpu, &blob, UNCACHED);
	assert_good(&blob, blob.va, 0, SIZE, UNCACHED);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: dma-map
 * Description: an importer gets DMA addresses of what is in the window, also where CPUs have
 *	no business, and an error for what the host has revoked
 */
static void test_dma_map(struct virtgpu *gpu)
{
	static const struct {
		unsigned int flags;
		int error;
	} cases[] = {
		{ 0, 0 },
		{ SYNC, 0 },
		{ REVOKED, -ESTALE },
		{ READ_ONLY, -EACCES },
		{ FLAG_UNKNOWN, 0 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct virtgpu_blob blob;
		int dmabuf;

		virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(WC, cases[i].flags));
		dmabuf = virtgpu_blob_export(&blob);
		igt_assert_eq(virtgpu_pte_probe_dma_map(dmabuf), cases[i].error);
		close(dmabuf);
		virtgpu_blob_destroy(&blob);
	}
}

/**
 * SUBTEST: deferred-map
 * Description: a blob whose mapping may wait is mapped by its first mmap(), and attributes change
 *	before and after
 */
static void test_deferred(struct virtgpu *gpu)
{
	struct drm_virtgpu_map_attr attr;
	struct virtgpu_blob blob;

	igt_assert_eq(virtgpu_blob_create_deferred(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, 0)),
		      0);
	/* Waits until the host knows it. */
	igt_assert_eq(virtgpu_blob_query(gpu, blob.handle, &attr), 0);
	virtgpu_host_change_acked(&blob, UNCACHED, 0);
	virtgpu_blob_map(&blob);
	virtgpu_host_fill(&blob, 5);
	assert_good(&blob, blob.va, 0, SIZE, UNCACHED);
	virtgpu_host_change_acked(&blob, WC, 0);
	assert_good(&blob, blob.va, 0, SIZE, WC);
	igt_assert_eq(virtgpu_host_blob(&blob, "map_count"), 1);
	virtgpu_blob_destroy(&blob);

	/* Refused, and the application hears so. */
	igt_assert_eq(virtgpu_blob_create_deferred(gpu, &blob, SIZE,
						   blob_id_inject(WC, 0, INJECT_NONE, INJECT_ERROR,
								  0)),
		      0);
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EIO);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: many-processes-%s
 * Description: eight processes fault in the same blob at once
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_many(struct virtgpu *gpu, unsigned int mode)
{
	struct virtgpu_blob blob;
	pid_t pids[8];

	virtgpu_blob_create(gpu, &blob, MiB(4), virtgpu_attr_id(mode, 0));
	virtgpu_blob_map(&blob);
	virtgpu_host_fill(&blob, 5);
	for (int i = 0; i < 8; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(virtgpu_guest_wrong(blob.va, 0, blob.size, 64 * (i + 1), 5) ? 1 : 0);
	}
	for (int i = 0; i < 8; i++)
		igt_assert_eq(virtgpu_child_status(pids[i]), 0);
	virtgpu_blob_destroy(&blob);
}

static const struct {
	const char *name;
	const char *describe;
	void (*run)(struct virtgpu *gpu, unsigned int mode);
} per_mode[] = {
	{ "partial-mmap", "Less than the blob.", test_partial },
	{ "dma-buf-offset", "From the middle of the blob.", test_offset },
	{ "dma-buf", "Through an exported dma-buf.", test_dmabuf },
	{ "munmap", "Holes and ends cut off.", test_munmap },
	{ "mremap", "Moved, whole and in part.", test_mremap },
	{ "fork", "A child's copy.", test_fork },
	{ "mprotect", "Protection taken away and given back.", test_mprotect },
	{ "mprotect-racing", "The same, under another thread.", test_mprotect_racing },
	{ "core-mm-exempt", "These PTEs are not written elsewhere.", test_exempt },
	{ "ptrace", "A debugger's view.", test_ptrace },
	{ "outlives-handle", "Handle and file closed.", test_outlives },
	{ "many-processes", "Faults from eight processes at once.", test_many },
};

static const struct {
	const char *name;
	const char *describe;
	void (*run)(struct virtgpu *gpu);
} once[] = {
	{ "read-only-vma", "A mapping without write permission.", test_readonly },
	{ "mprotect-changed", "The same, after a change.", test_mprotect_changed },
	{ "executable-vma", "Code in a blob.", test_executable },
	{ "map-populate", "MAP_POPULATE and MAP_LOCKED.", test_populate },
	{ "madvise-dontneed", "MADV_DONTNEED.", test_dontneed },
	{ "ptrace-read-only", "A debugger's limits.", test_ptrace_readonly },
	{ "no-struct-pages", "vmsplice and write.", test_no_gup },
	{ "dma-map", "An importer.", test_dma_map },
	{ "deferred-map", "Not mapped before it has to be.", test_deferred },
	{ "late-reply", "The host takes its time.", test_late },
	{ "killable-mmap", "The host does not answer.", test_killable },
	{ "unbind-ends-wait", "The device goes while a process waits.", test_unbind_ends_wait },
	{ "unbind-live-mapping", "The device goes under a mapping.", test_unbind_live },
};

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int i = 0; i < ARRAY_SIZE(per_mode); i++) {
		for (unsigned int mode = CACHED; mode <= WC; mode++) {
			igt_describe_f("The declared cache mode stays in force. %s",
				       per_mode[i].describe);
			igt_subtest_f("%s-%s", per_mode[i].name, virtgpu_cache_name(mode))
				per_mode[i].run(&gpu, mode);
		}
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(once); i++) {
		igt_describe_f("A mapping behaves as mappings of devices do. %s",
			       once[i].describe);
		igt_subtest_f("%s", once[i].name)
			once[i].run(&gpu);
	}

	igt_fixture()
		virtgpu_close(&gpu);
}
