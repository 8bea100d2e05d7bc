// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map core mm
 * Description: Whatever core mm can be asked to do with a mapping, by any user: the kernel does
 *	not stumble over entries without struct pages, entries and data stay right, and what
 *	one process does costs no other process its entries
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: core_mm
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/mempolicy.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

/* A user without any rights. */
#define NO_RIGHTS 65534
/* The C library does not know it. */
#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif
/* In PMDs, where those may be, and in small entries at the end. */
#define SIZE (MiB(4) + PAGES(3))

static long call(long ret)
{
	return ret < 0 ? -errno : ret;
}

/* Nodes of memory: this one if there is but one. */
static int last_node(void)
{
	char path[64];
	int node = 0;

	while (node < 63) {
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d", node + 1);
		if (access(path, F_OK))
			break;
		node++;
	}
	return node;
}

/* ---- what can be asked; each returns 0, or the line of what went wrong --- */

#define expect(condition)							\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "line %d: %s; errno %d\n", __LINE__,	\
				#condition, errno);				\
			return 1;						\
		}								\
	} while (0)

static int ask_mbind(uint8_t *va, size_t len)
{
	static const unsigned int flags[] = { MPOL_MF_STRICT, MPOL_MF_STRICT | MPOL_MF_MOVE,
					      MPOL_MF_MOVE, 0 };
	static const int policies[] = { MPOL_BIND, MPOL_PREFERRED, MPOL_INTERLEAVE };

	for (unsigned int i = 0; i < 12; i++) {
		unsigned long nodes = 1UL << (i % 2 ? last_node() : 0);
		long ret = call(syscall(SYS_mbind, va, len, policies[i / 4], &nodes, 64,
					flags[i % 4]));

		expect(ret == 0 || ret == -EIO);
	}
	return 0;
}

static int ask_home_node(uint8_t *va, size_t len)
{
	unsigned long nodes = 1;

	expect(!syscall(SYS_mbind, va, len, MPOL_BIND, &nodes, 64, 0));
	expect(!syscall(SYS_set_mempolicy_home_node, va, len, last_node(), 0));
	return 0;
}

static int ask_move_pages(uint8_t *va, size_t len)
{
	enum { COUNT = 64 };
	int nodes[COUNT], status[COUNT];
	void *pages[COUNT];

	for (int i = 0; i < COUNT; i++) {
		pages[i] = va + i * (len / COUNT / PAGE) * PAGE;
		nodes[i] = last_node();
		status[i] = 0;
	}
	expect(!syscall(SYS_move_pages, 0, COUNT, pages, NULL, status, 0));
	for (int i = 0; i < COUNT; i++)
		expect(status[i] == -EFAULT || status[i] == -ENOENT);
	expect(syscall(SYS_move_pages, 0, COUNT, pages, nodes, status, MPOL_MF_MOVE) >= 0);
	for (int i = 0; i < COUNT; i++)
		expect(status[i] == -EFAULT || status[i] == -ENOENT);
	return 0;
}

/* From one node to another: with numa=fake=2 there are two. */
static int ask_migrate_pages(uint8_t *va, size_t len)
{
	unsigned long from = 1, to = 1UL << last_node();

	(void)va;
	(void)len;
	expect(syscall(SYS_migrate_pages, 0, 64, &from, &to) >= 0);
	expect(syscall(SYS_migrate_pages, 0, 64, &to, &from) >= 0);
	return 0;
}

static int ask_madvise(uint8_t *va, size_t len)
{
	/* These are about the process, not about what is mapped. */
	static const int harmless[] = { MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_DONTDUMP };

	for (int advice = 0; advice < 128; advice++) {
		int from = advice % 2 ? PAGES(3) : 0;

		/* fork() is not to leave it out. */
		if (advice == MADV_DONTFORK || advice == MADV_WIPEONFORK)
			continue;
		errno = 0;
		madvise(va + from, len - from, advice);
		expect(errno != EFAULT || advice == MADV_POPULATE_READ ||
		       advice == MADV_POPULATE_WRITE || advice >= MADV_HWPOISON);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(harmless); i++)
		expect(!madvise(va, len, harmless[i]));
	expect(madvise(va, len, MADV_DONTNEED));
	expect(madvise(va, len, MADV_PAGEOUT));
	expect(madvise(va, len, MADV_COLLAPSE));
	return 0;
}

static int ask_process_madvise(uint8_t *va, size_t len)
{
	struct iovec iov = { va, len };
	int pidfd = syscall(SYS_pidfd_open, getpid(), 0);

	expect(pidfd >= 0);
	expect(syscall(SYS_process_madvise, pidfd, &iov, 1, MADV_COLD, 0) < 0);
	expect(syscall(SYS_process_madvise, pidfd, &iov, 1, MADV_PAGEOUT, 0) < 0);
	syscall(SYS_process_madvise, pidfd, &iov, 1, MADV_WILLNEED, 0);
	close(pidfd);
	return 0;
}

static int read_all(const char *path)
{
	static char buf[1 << 16];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	expect(fd >= 0);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		;
	close(fd);
	expect(n == 0);
	return 0;
}

static int ask_proc(uint8_t *va, size_t len)
{
	static const char * const files[] = { "smaps", "smaps_rollup", "numa_maps", "maps",
					      "status", "statm" };
	char path[64];

	(void)va;
	(void)len;
	for (unsigned int i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "/proc/self/%s", files[i]);
		expect(!read_all(path));
	}
	return 0;
}

static int ask_pagemap(uint8_t *va, size_t len)
{
	size_t bytes = len / PAGE * sizeof(uint64_t);
	uint64_t *entries = malloc(bytes);
	int fd = open("/proc/self/pagemap", O_RDONLY);

	expect(fd >= 0 && entries);
	expect(pread(fd, entries, bytes, (uintptr_t)va / PAGE * sizeof(uint64_t)) ==
	       (ssize_t)bytes);
	/* There is no page. */
	for (size_t i = 0; i < len / PAGE; i++)
		expect(!(entries[i] >> 63));
	close(fd);
	free(entries);
	return 0;
}

static int ask_pagemap_scan(uint8_t *va, size_t len)
{
	static struct page_region regions[64];
	struct pm_scan_arg arg = {
		.size = sizeof(arg),
		.start = (uintptr_t)va,
		.end = (uintptr_t)va + len,
		.vec = (uintptr_t)regions,
		.vec_len = 64,
		.category_anyof_mask = PAGE_IS_PRESENT | PAGE_IS_HUGE | PAGE_IS_WRITTEN,
		.return_mask = PAGE_IS_PRESENT | PAGE_IS_HUGE | PAGE_IS_FILE,
	};
	int fd = open("/proc/self/pagemap", O_RDONLY);

	expect(fd >= 0);
	expect(ioctl(fd, PAGEMAP_SCAN, &arg) >= 0);
	arg.flags = PM_SCAN_WP_MATCHING;
	ioctl(fd, PAGEMAP_SCAN, &arg);
	close(fd);
	return 0;
}

static int ask_clear_refs(uint8_t *va, size_t len)
{
	(void)va;
	(void)len;
	for (char what = '1'; what <= '5'; what++) {
		int fd = open("/proc/self/clear_refs", O_WRONLY);

		expect(fd >= 0);
		expect(write(fd, &what, 1) == 1);
		close(fd);
	}
	return 0;
}

static int ask_mincore(uint8_t *va, size_t len)
{
	unsigned char *there = malloc(len / PAGE);

	expect(there);
	expect(!mincore(va, len, there));
	free(there);
	return 0;
}

static int ask_mlock(uint8_t *va, size_t len)
{
	expect(!mlock2(va, PAGES(8), MLOCK_ONFAULT));
	expect(!munlock(va, PAGES(8)));
	expect(!munlock(va, len));
	return 0;
}

static int ask_msync(uint8_t *va, size_t len)
{
	expect(!msync(va, len, MS_ASYNC));
	/* There is no file to write to. */
	expect(msync(va, len, MS_SYNC | MS_INVALIDATE) && errno == EINVAL);
	return 0;
}

static int ask_mremap(uint8_t *va, size_t len)
{
	uint8_t *moved;

	/* What is unmapped by moving stays: it shows the same. */
	moved = mremap(va, MiB(4), MiB(4), MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	expect(moved == MAP_FAILED || !munmap(moved, MiB(4)));
	moved = mremap(va, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, va + MiB(1024));
	expect(moved == va + MiB(1024));
	expect(!virtgpu_guest_wrong(moved, 0, len, 4088, 5));
	expect(mremap(moved, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, va) == va);
	return 0;
}

static int ask_vm_readv(uint8_t *va, size_t len)
{
	static uint8_t buf[4096];
	struct iovec local = { buf, sizeof(buf) }, remote = { va + len / 2, sizeof(buf) };

	expect(process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == -1 && errno == EFAULT);
	expect(process_vm_writev(getpid(), &local, 1, &remote, 1, 0) == -1 && errno == EFAULT);
	return 0;
}

static int ask_vmsplice(uint8_t *va, size_t len)
{
	struct iovec iov = { va + len / 2, PAGE };
	int fds[2];

	expect(!pipe(fds));
	expect(vmsplice(fds[1], &iov, 1, 0) == -1 && errno == EFAULT);
	close(fds[0]);
	close(fds[1]);
	return 0;
}

static int ask_io_uring(uint8_t *va, size_t len)
{
	struct io_uring_params params = { 0 };
	struct iovec iov = { va, PAGES(4) };
	int fd = syscall(SYS_io_uring_setup, 4, &params);

	expect(fd >= 0);
	expect(syscall(SYS_io_uring_register, fd, IORING_REGISTER_BUFFERS, &iov, 1) < 0);
	iov.iov_base = va + len - PAGES(2);
	iov.iov_len = PAGES(2);
	expect(syscall(SYS_io_uring_register, fd, IORING_REGISTER_BUFFERS, &iov, 1) < 0);
	close(fd);
	return 0;
}

static int ask_userfaultfd(uint8_t *va, size_t len)
{
	static const uint64_t modes[] = { UFFDIO_REGISTER_MODE_MISSING, UFFDIO_REGISTER_MODE_WP,
					  UFFDIO_REGISTER_MODE_MINOR };
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	expect(fd >= 0);
	expect(!ioctl(fd, UFFDIO_API, &api));
	for (unsigned int i = 0; i < 3; i++) {
		struct uffdio_register reg = {
			.range = { .start = (uintptr_t)va, .len = len },
			.mode = modes[i],
		};

		expect(ioctl(fd, UFFDIO_REGISTER, &reg));
	}
	close(fd);
	return 0;
}

static int ask_poison(uint8_t *va, size_t len)
{
	size_t offsets[] = { 0, MiB(2) + PAGE, len - PAGE };

	for (unsigned int i = 0; i < 3; i++) {
		expect(madvise(va + offsets[i], PAGE, MADV_SOFT_OFFLINE));
		expect(madvise(va + offsets[i], PAGE, MADV_HWPOISON));
	}
	return 0;
}

static int ask_access(uint8_t *va, size_t len)
{
	uint64_t word;
	int fd = open("/proc/self/mem", O_RDWR);

	expect(fd >= 0);
	if (!virtgpu_debuggers_expected()) {
		expect(pread(fd, &word, 8, (uintptr_t)va + len - PAGE) == -1 && errno == EIO);
		return 0;
	}
	expect(pread(fd, &word, 8, (uintptr_t)va + len - PAGE) == 8);
	expect(word == pattern_word(5, len - PAGE));
	expect(pwrite(fd, &word, 8, (uintptr_t)va + len - PAGE) == 8);
	close(fd);
	return 0;
}

/* A kernel that looks at every page of every process. */
static int ask_lru_gen(uint8_t *va, size_t len)
{
	static const char file[] = "/sys/kernel/debug/lru_gen";
	unsigned int memcg, node, generation = 0, seen;
	char line[256];
	FILE *f = fopen(file, "r");

	(void)va;
	(void)len;
	expect(f);
	/* The youngest generation of the first node. */
	expect(fscanf(f, "memcg %u %*[^\n] node %u ", &memcg, &node) == 2);
	while (fgets(line, sizeof(line), f) && sscanf(line, " %u", &seen) == 1)
		generation = seen;
	fclose(f);
	f = fopen(file, "w");
	expect(f);
	fprintf(f, "+ %u %u %u 1 1\n", memcg, node, generation);
	expect(!fclose(f));
	return 0;
}

/* A key that forbids access, and back. */
static int ask_pkey(uint8_t *va, size_t len)
{
	int key = pkey_alloc(0, 0);

#ifdef __x86_64__
	expect(key >= 0);
#else
	/* Not all CPUs have them. */
	if (key < 0)
		return 0;
#endif
	expect(!pkey_mprotect(va, len, PROT_READ | PROT_WRITE, key));
	expect(!virtgpu_guest_wrong(va, 0, len, PAGE, 5));
	expect(!pkey_set(key, PKEY_DISABLE_ACCESS));
	expect(virtgpu_touch(va + PAGE, false) == SIGSEGV);
	expect(virtgpu_touch(va + len - PAGE, false) == SIGSEGV);
	expect(!pkey_set(key, 0));
	expect(!pkey_mprotect(va, len, PROT_READ | PROT_WRITE, 0));
	expect(!pkey_free(key));
	return 0;
}

/* Of a process that asks for all of its memory to be in it. */
static int ask_core_dump(uint8_t *va, size_t len)
{
	static const char filter[] = "0x1ff";
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	int status, fd;
	pid_t pid;

	pid = fork();
	if (!pid) {
		fd = open("/proc/self/coredump_filter", O_WRONLY);
		if (fd < 0 || write(fd, filter, sizeof(filter) - 1) < 0 || chdir("/tmp") ||
		    setrlimit(RLIMIT_CORE, &limit) || virtgpu_guest_wrong(va, 0, len, PAGE, 5))
			_exit(1);
		signal(SIGABRT, SIG_DFL);
		abort();
	}
	expect(waitpid(pid, &status, 0) == pid);
	unlink("/tmp/core");
	expect(WIFSIGNALED(status) && WCOREDUMP(status));
	return 0;
}

struct question {
	const char *name;
	const char *describe;
	int (*ask)(uint8_t *va, size_t len);
	bool root;
};

static const struct question questions[] = {
	{ "mbind", "Memory policies, and moving what is there.", ask_mbind, false },
	{ "home-node", "A node to begin with.", ask_home_node, false },
	{ "move-pages", "Which node, and move there.", ask_move_pages, false },
	{ "migrate-pages", "All of a process to another node.", ask_migrate_pages, false },
	{ "madvise", "Every advice there is, and some there are not.", ask_madvise, false },
	{ "process-madvise", "Advice by file descriptor.", ask_process_madvise, false },
	{ "proc", "Files that walk page tables.", ask_proc, false },
	{ "pagemap", "Page by page.", ask_pagemap, false },
	{ "pagemap-scan", "By category.", ask_pagemap_scan, false },
	{ "clear-refs", "Bits of entries cleared.", ask_clear_refs, false },
	{ "mincore", "What is in memory.", ask_mincore, false },
	{ "mlock", "Locked and unlocked.", ask_mlock, false },
	{ "msync", "Written back.", ask_msync, false },
	{ "mremap", "Moved, and back.", ask_mremap, false },
	{ "vm-readv", "From process to process.", ask_vm_readv, false },
	{ "vmsplice", "Into a pipe.", ask_vmsplice, false },
	{ "io-uring", "As a fixed buffer.", ask_io_uring, false },
	{ "userfaultfd", "Faults handled in user space.", ask_userfaultfd, false },
	{ "pkey", "Protection keys.", ask_pkey, false },
	{ "core-dump", "All memory into a file.", ask_core_dump, false },
	{ "access", "Through /proc/self/mem.", ask_access, false },
	{ "poison", "Broken memory.", ask_poison, true },
	{ "lru-gen", "Young or old.", ask_lru_gen, true },
};

/**
 * SUBTEST: ask-%s
 * Description: a process without rights (or root, where no other may) asks core mm for it: no
 *	splat, and entries and data are right, in this process and in another
 *
 * arg[1].values: mbind, home-node, move-pages, migrate-pages, madvise, process-madvise, proc
 * arg[1].values: pagemap, pagemap-scan, clear-refs, mincore, mlock, msync, mremap, vm-readv
 * arg[1].values: vmsplice, io-uring, userfaultfd, pkey, core-dump, access, poison, lru-gen
 */
static void test_ask(struct virtgpu *gpu, const struct question *q, unsigned int mode)
{
	long long log = virtgpu_kmsg_last();
	int status;
	struct pte_probe_range range;
	struct virtgpu_blob blob;
	pid_t pid;

	virtgpu_blob_setup(gpu, &blob, SIZE, mode);
	pid = fork();
	if (!pid) {
		if (!q->root && (setresgid(NO_RIGHTS, NO_RIGHTS, NO_RIGHTS) ||
				 setresuid(NO_RIGHTS, NO_RIGHTS, NO_RIGHTS)))
			_exit(2);
		/* A process that has changed its user may not look at itself otherwise. */
		prctl(PR_SET_DUMPABLE, 1);
		if (virtgpu_guest_wrong(blob.va, 0, SIZE, PAGE, 5))
			_exit(3);
		if (q->ask(blob.va, SIZE))
			_exit(4);
		if (virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5))
			_exit(5);
		/* /dev/pte_probe is open since the parent used it. */
		virtgpu_pte_probe(blob.va, SIZE, &range);
		_exit(range.pages[virtgpu_pte_type(mode)] == SIZE / PAGE ? 0 : 6);
	}
	status = virtgpu_child_status_bounded(pid, 60);
	virtgpu_kmsg_assert_none(log, VIRTGPU_KMSG_COMPLAINT);
	igt_assert_eq(status, 0);
	virtgpu_blob_assert_good(&blob, mode);
	virtgpu_guest_fill(blob.va, 0, SIZE, 4088, 6);
	__sync_synchronize();
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, SIZE, 4088, 6), 0);
	virtgpu_host_change_acked(&blob, mode == WC ? CACHED : WC, 0);
	virtgpu_pte_assert_none(blob.va, SIZE);
	virtgpu_blob_destroy(&blob);
}

/* ---- peers -------------------------------------------------------------- */

static bool touch_all(void *data)
{
	struct virtgpu_blob *blob = data;

	return !virtgpu_guest_wrong(blob->va, 0, blob->size, PAGE, 5);
}

static void peer_forks(struct virtgpu_blob *blob)
{
	pid_t pid = fork();

	if (!pid)
		_exit(virtgpu_guest_wrong(blob->va, 0, blob->size, PAGE, 5) ? 1 : 0);
	igt_assert_eq(virtgpu_child_status(pid), 0);
}

static void peer_protects(struct virtgpu_blob *blob)
{
	igt_assert_eq(mprotect(blob->va, blob->size, PROT_READ), 0);
	igt_assert_eq(mprotect(blob->va + PAGES(5), PAGES(3), PROT_READ | PROT_WRITE), 0);
	igt_assert_eq(mprotect(blob->va, blob->size, PROT_READ | PROT_WRITE), 0);
}

static void peer_splits(struct virtgpu_blob *blob)
{
	igt_assert_eq(munmap(blob->va + MiB(2) + PAGES(5), PAGE), 0);
}

static void peer_moves(struct virtgpu_blob *blob)
{
	uint8_t *to = mmap(NULL, blob->size + MiB(2), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			   0);

	igt_assert(to != MAP_FAILED);
	to = (uint8_t *)(((uintptr_t)to + MiB(2) - 1) & ~(uintptr_t)(MiB(2) - 1));
	igt_assert(mremap(blob->va, blob->size, blob->size, MREMAP_MAYMOVE | MREMAP_FIXED, to) ==
		   to);
	igt_assert_eq(virtgpu_guest_wrong(to, 0, blob->size, PAGE, 5), 0);
	virtgpu_pte_assert_mode(to, blob->size, WC);
	igt_assert(mremap(to, blob->size, blob->size, MREMAP_MAYMOVE | MREMAP_FIXED, blob->va) ==
		   blob->va);
}

static void peer_unmaps(struct virtgpu_blob *blob)
{
	igt_assert_eq(munmap(blob->va, blob->size), 0);
	blob->va = NULL;
}

static const struct peer_case {
	const char *name;
	const char *describe;
	void (*run)(struct virtgpu_blob *blob);
} peers[] = {
	{ "forks", "It has a child.", peer_forks },
	{ "protects", "It changes the protection.", peer_protects },
	{ "splits", "It unmaps a page in the middle.", peer_splits },
	{ "moves", "It moves the mapping.", peer_moves },
	{ "unmaps", "It unmaps it.", peer_unmaps },
};

/**
 * SUBTEST: peer-%s
 * Description: what a process does with its mapping costs those who share the blob no entry
 *
 * arg[1].values: forks, protects, splits, moves, unmaps
 */
static void test_peer(struct virtgpu *gpu, const struct peer_case *p)
{
	struct pte_probe_range range;
	struct virtgpu_blob blob;
	uint8_t *va;
	pid_t pid;

	virtgpu_blob_setup(gpu, &blob, SIZE, WC);
	va = blob.va;
	pid = virtgpu_start_holder(touch_all, &blob);
	/* The process that touched it first may have lost its entries to the fork. */
	igt_assert_eq(virtgpu_guest_wrong(va, 0, SIZE, PAGE, 5), 0);
	p->run(&blob);
	igt_assert_eq(virtgpu_pte_probe_other(pid, va, SIZE, &range), 0);
	kill(pid, SIGKILL);
	igt_assert_eq(virtgpu_child_status_bounded(pid, 30), -SIGKILL);
	igt_assert_eq(range.pages[virtgpu_pte_type(WC)], SIZE / PAGE);
	virtgpu_blob_destroy(&blob);
}

static unsigned int count_devices(void)
{
	DIR *dir = opendir("/sys/bus/virtio/drivers/virtio_gpu");
	unsigned int n = 0;
	struct dirent *de;

	while (dir && (de = readdir(dir)))
		n += !strncmp(de->d_name, "virtio", strlen("virtio"));
	if (dir)
		closedir(dir);
	return n;
}

/* Those that are merged with another have no line. */
static unsigned int count_caches(const char *prefix)
{
	FILE *f = fopen("/proc/slabinfo", "r");
	unsigned int n = 0;
	char line[256];

	igt_require_f(f, "there is no /proc/slabinfo\n");
	while (fgets(line, sizeof(line), f))
		n += !strncmp(line, prefix, strlen(prefix));
	fclose(f);
	return n;
}

/**
 * SUBTEST: slab-caches
 * Description: each device has a slab cache of its own, with a name of its own
 */
static void test_slab_caches(void)
{
	unsigned int devices = count_devices();

	igt_require_f(devices > 1, "there is only one device\n");
	/* A device that is open still has its cache when the driver is gone. */
	igt_assert(count_caches("virtio-gpu-vbufs-") >= devices);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int i = 0; i < ARRAY_SIZE(questions); i++) {
		igt_describe_f("Core mm does not stumble over entries without struct pages. %s",
			       questions[i].describe);
		igt_subtest_f("ask-%s", questions[i].name)
			test_ask(&gpu, &questions[i], i % 2 ? WC : CACHED);
	}

	for (unsigned int i = 0; i < ARRAY_SIZE(peers); i++) {
		igt_describe_f("What one process does costs no other its entries. %s",
			       peers[i].describe);
		igt_subtest_f("peer-%s", peers[i].name)
			test_peer(&gpu, &peers[i]);
	}

	igt_describe("Each device has a slab cache with a name of its own.");
	igt_subtest("slab-caches")
		test_slab_caches();

	igt_fixture()
		virtgpu_close(&gpu);
}
