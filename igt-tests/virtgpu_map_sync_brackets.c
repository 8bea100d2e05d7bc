// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map sync brackets
 * Description: Memory whose host demands DMA_BUF_IOCTL_SYNC, and offers to issue it, is mapped through
 *	its dma-buf, in the process that has begun an access, until that ends
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: sync_brackets
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <drm/drm.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/dma-buf.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE	PAGES(16)
#define RW	(PROT_READ | PROT_WRITE)
#define READS	DMA_BUF_SYNC_READ
#define WRITES	DMA_BUF_SYNC_WRITE
#define BOTH	DMA_BUF_SYNC_RW
#define PER_PROCESS	64	/* brackets of one blob, see virtgpu_vram_bracket.h */

/**
 * struct buffer - a blob and its dma-buf
 * @blob: of whose two mappings va is the dma-buf's
 * @dmabuf: its descriptor
 */
struct buffer {
	struct virtgpu_blob blob;
	int dmabuf;
};

static int try_start(struct buffer *b, uint64_t access)
{
	return virtgpu_dmabuf_sync(b->dmabuf, DMA_BUF_SYNC_START | access);
}

static int try_end(struct buffer *b, uint64_t access)
{
	return virtgpu_dmabuf_sync(b->dmabuf, DMA_BUF_SYNC_END | access);
}

static void start(struct buffer *b, uint64_t access)
{
	igt_assert_eq(try_start(b, access), 0);
}

static void end(struct buffer *b, uint64_t access)
{
	igt_assert_eq(try_end(b, access), 0);
}

static void buffer_create(struct virtgpu *gpu, struct buffer *b, unsigned int cache_mode)
{
	virtgpu_blob_create(gpu, &b->blob, SIZE, virtgpu_attr_id(cache_mode, SYNC));
	b->dmabuf = virtgpu_blob_map_dmabuf(&b->blob);
}

/* One that needs brackets only now.  Return: a mapping of the render node's, from before. */
static uint8_t *buffer_create_mapped(struct virtgpu *gpu, struct buffer *b)
{
	uint8_t *node;

	virtgpu_blob_setup(gpu, &b->blob, SIZE, WC);
	node = b->blob.va;
	virtgpu_host_change_acked(&b->blob, WC, SYNC);
	b->dmabuf = virtgpu_blob_map_dmabuf(&b->blob);
	return node;
}

static void buffer_destroy(struct buffer *b)
{
	close(b->dmabuf);
	virtgpu_blob_destroy(&b->blob);
}

/* What the host has begun and not ended, of all kinds. */
static long long open_on_host(struct buffer *b)
{
	return virtgpu_host_blob(&b->blob, "reads") + virtgpu_host_blob(&b->blob, "writes") +
	       virtgpu_host_blob(&b->blob, "reads_and_writes");
}

static void wait_none_on_host(struct buffer *b)
{
	igt_assert(virtgpu_wait(!open_on_host(b), VIRTGPU_WAIT_SECONDS));
}

/* No entry, and none is made. */
static void assert_no_access(struct buffer *b)
{
	virtgpu_pte_assert_none(b->blob.va, SIZE);
	igt_assert_eq(virtgpu_touch(b->blob.va, false), SIGBUS);
	igt_assert_eq(virtgpu_touch(b->blob.va + SIZE - PAGE, true), SIGBUS);
	virtgpu_pte_assert_none(b->blob.va, SIZE);
}

/* To each page, because one fault need not map all. */
static void assert_access(struct buffer *b)
{
	for (size_t at = 0; at < SIZE; at += PAGE)
		igt_assert_eq(virtgpu_touch(b->blob.va + at, true), 0);
}

/* Both sides, each of which sees what the other has written. */
static void assert_data(struct buffer *b, uint64_t seed)
{
	start(b, BOTH);
	virtgpu_guest_fill(b->blob.va, 0, SIZE, 8, seed);
	end(b, BOTH);
	igt_assert_eq(virtgpu_host_wrong(&b->blob, 0, SIZE, 8, seed), 0);
	virtgpu_host_fill(&b->blob, seed + 1);
	start(b, READS);
	igt_assert_eq(virtgpu_guest_wrong(b->blob.va, 0, SIZE, 8, seed + 1), 0);
	end(b, READS);
}

/**
 * SUBTEST: in-brackets-%s
 * Description: entries of the declared mode in brackets, none and SIGBUS before and after, and
 *	the right data on both sides
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_in_brackets(struct virtgpu *gpu, unsigned int mode)
{
	struct buffer b;

	buffer_create(gpu, &b, mode);
	assert_no_access(&b);
	start(&b, BOTH);
	virtgpu_pte_assert_none(b.blob.va, SIZE);
	assert_access(&b);
	virtgpu_pte_assert_mode(b.blob.va, SIZE, mode);
	end(&b, BOTH);
	assert_no_access(&b);
	assert_data(&b, 6);
	assert_no_access(&b);
	buffer_destroy(&b);
}

/**
 * SUBTEST: told-to-host
 * Description: each begin and each end reaches the host, with its direction, however many there are
 */
static void test_told(struct virtgpu *gpu)
{
	long long before = virtgpu_host_count(gpu, "accesses");
	struct buffer b;

	buffer_create(gpu, &b, CACHED);
	start(&b, READS);
	start(&b, READS);
	start(&b, WRITES);
	start(&b, BOTH);
	igt_assert_eq(virtgpu_host_blob(&b.blob, "reads"), 2);
	igt_assert_eq(virtgpu_host_blob(&b.blob, "writes"), 1);
	igt_assert_eq(virtgpu_host_blob(&b.blob, "reads_and_writes"), 1);
	end(&b, READS);
	igt_assert_eq(virtgpu_host_blob(&b.blob, "reads"), 1);
	end(&b, WRITES);
	igt_assert_eq(virtgpu_host_blob(&b.blob, "writes"), 0);
	end(&b, BOTH);
	assert_access(&b);
	end(&b, READS);
	assert_no_access(&b);
	igt_assert_eq(open_on_host(&b), 0);
	igt_assert_eq(virtgpu_host_count(gpu, "accesses"), before + 4);
	buffer_destroy(&b);
}

/**
 * SUBTEST: end-without-begin
 * Description: an end of what was not begun ends nothing; one with another direction ends what was begun
 */
static void test_end_alone(struct virtgpu *gpu)
{
	long long errors = virtgpu_host_count(gpu, "errors");
	struct buffer b;

	buffer_create(gpu, &b, CACHED);
	end(&b, READS);
	start(&b, READS);
	end(&b, BOTH);
	assert_no_access(&b);
	igt_assert_eq(open_on_host(&b), 0);
	end(&b, READS);
	igt_assert_eq(virtgpu_host_count(gpu, "errors"), errors);
	buffer_destroy(&b);
}

/**
 * SUBTEST: not-by-render-node
 * Description: mmap() of the render node is refused as before, in brackets, too
 */
static void test_render_node(struct virtgpu *gpu)
{
	struct virtgpu_blob second;
	struct buffer b;

	buffer_create(gpu, &b, WC);
	second = b.blob;
	igt_assert_eq(virtgpu_blob_try_map(&second, PROT_READ, MAP_SHARED), -EOPNOTSUPP);
	start(&b, BOTH);
	second = b.blob;
	igt_assert_eq(virtgpu_blob_try_map(&second, PROT_READ, MAP_SHARED), -EOPNOTSUPP);
	assert_access(&b);
	end(&b, BOTH);
	buffer_destroy(&b);
}

/**
 * SUBTEST: mapped-by-render-node
 * Description: a mapping of the render node, made before brackets were required, has no access in them
 */
static void test_old_mapping(struct virtgpu *gpu)
{
	struct buffer b;
	uint8_t *node = buffer_create_mapped(gpu, &b);

	start(&b, BOTH);
	assert_access(&b);
	igt_assert_eq(virtgpu_touch(node, false), SIGBUS);
	virtgpu_pte_assert_none(node, SIZE);
	end(&b, BOTH);
	munmap(node, SIZE);
	buffer_destroy(&b);
}

static pid_t fork_child(int (*run)(struct buffer *b), struct buffer *b)
{
	pid_t pid = fork();

	igt_assert(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(run(b));
	}
	return pid;
}

/* What a child does that has the same mapping; it returns what is not as it should be, or 0. */
static int child_result(int (*run)(struct buffer *b), struct buffer *b)
{
	return virtgpu_child_status(fork_child(run, b));
}

static int child_has_no_access(struct buffer *b)
{
	struct pte_probe_range range;

	virtgpu_pte_probe(b->blob.va, SIZE, &range);
	if (range.first_pfn)
		return 1;
	return virtgpu_touch(b->blob.va, false) == SIGBUS ? 0 : 2;
}

static int child_brackets(struct buffer *b)
{
	if (child_has_no_access(b))
		return 1;
	if (try_start(b, BOTH) || virtgpu_touch(b->blob.va, true))
		return 2;
	return try_end(b, BOTH) || child_has_no_access(b) ? 3 : 0;
}

/**
 * SUBTEST: several-processes
 * Description: each process has brackets of its own: a child of fork() gets neither access nor entries
 *	by its parent's, and its end does not end them
 */
static void test_processes(struct virtgpu *gpu)
{
	struct buffer b;

	buffer_create(gpu, &b, CACHED);
	start(&b, BOTH);
	virtgpu_guest_fill(b.blob.va, 0, SIZE, 8, 6);
	igt_assert_eq(child_result(child_has_no_access, &b), 0);
	igt_assert_eq(virtgpu_guest_wrong(b.blob.va, 0, SIZE, 8, 6), 0);
	igt_assert_eq(child_result(child_brackets, &b), 0);
	igt_assert_eq(virtgpu_guest_wrong(b.blob.va, 0, SIZE, 8, 6), 0);
	end(&b, BOTH);
	igt_assert_eq(virtgpu_host_wrong(&b.blob, 0, SIZE, 8, 6), 0);
	assert_no_access(&b);
	buffer_destroy(&b);
}

static int child_dies_inside(struct buffer *b)
{
	if (try_start(b, WRITES))
		return 1;
	virtgpu_guest_fill(b->blob.va, 0, SIZE, 8, 9);
	kill(getpid(), SIGKILL);
	return 2;
}

static int child_dies_unmapped(struct buffer *b)
{
	munmap(b->blob.va, SIZE);
	return try_start(b, WRITES) || try_start(b, WRITES);
}

/**
 * SUBTEST: process-dies-inside
 * Description: what a process has begun that is killed is ended, and what it has written is with the host
 */
static void test_dies(struct virtgpu *gpu)
{
	struct buffer b;

	buffer_create(gpu, &b, CACHED);
	igt_assert_eq(child_result(child_dies_inside, &b), -SIGKILL);
	wait_none_on_host(&b);
	igt_assert_eq(virtgpu_host_wrong(&b.blob, 0, SIZE, 8, 9), 0);
	assert_no_access(&b);
	assert_data(&b, 6);
	buffer_destroy(&b);
}

/**
 * SUBTEST: process-without-mapping
 * Description: what a process has begun that maps nothing, and is gone, is ended when the next one begins
 */
static void test_unmapped(struct virtgpu *gpu)
{
	struct buffer b;

	buffer_create(gpu, &b, CACHED);
	igt_assert_eq(child_result(child_dies_unmapped, &b), 0);
	assert_no_access(&b);
	igt_assert_eq(open_on_host(&b), 2);
	start(&b, READS);
	end(&b, READS);
	wait_none_on_host(&b);
	buffer_destroy(&b);
}

/**
 * SUBTEST: closed-inside
 * Description: all that refers to the dma-buf goes, the handle it was exported from included, and the
 *	blob stays: all brackets are ended
 */
static void test_closed(struct virtgpu *gpu)
{
	struct buffer b;
	uint8_t *node = buffer_create_mapped(gpu, &b);

	start(&b, BOTH);
	start(&b, READS);
	assert_access(&b);
	munmap(b.blob.va, SIZE);
	close(b.dmabuf);
	igt_assert_eq(open_on_host(&b), 2);
	virtgpu_blob_close_handle(&b.blob);
	wait_none_on_host(&b);
	munmap(node, SIZE);
}

/**
 * SUBTEST: freed-inside
 * Description: a process closes everything in brackets: the resource goes
 */
static void test_freed(struct virtgpu *gpu)
{
	long long live = virtgpu_host_count(gpu, "live");
	struct buffer b;

	buffer_create(gpu, &b, CACHED);
	start(&b, BOTH);
	assert_access(&b);
	buffer_destroy(&b);
	virtgpu_host_wait_live(gpu, live);
}

/**
 * SUBTEST: change-inside
 * Description: attributes change in brackets: entries go, and come again as declared then
 */
static void test_change(struct virtgpu *gpu)
{
	struct buffer b;

	buffer_create(gpu, &b, CACHED);
	start(&b, BOTH);
	virtgpu_guest_fill(b.blob.va, 0, SIZE, 8, 6);
	virtgpu_host_change_acked(&b.blob, WC, SYNC);
	virtgpu_pte_assert_none(b.blob.va, SIZE);
	igt_assert_eq(virtgpu_guest_wrong(b.blob.va, 0, SIZE, 8, 6), 0);
	virtgpu_pte_assert_mode(b.blob.va, SIZE, WC);
	end(&b, BOTH);
	assert_no_access(&b);
	assert_data(&b, 6);
	buffer_destroy(&b);
}

/**
 * struct toucher - a thread that writes to a buffer
 * @tid: its number, when it runs
 */
struct toucher {
	struct buffer *buffer;
	atomic_int tid;
};

static void *touch_thread(void *data)
{
	struct toucher *t = data;

	atomic_store(&t->tid, gettid());
	*(volatile uint8_t *)t->buffer->blob.va = 1;
	return NULL;
}

/**
 * SUBTEST: change-unconfirmed
 * Description: in brackets, too, nothing is mapped before the host has confirmed a change
 */
static void test_unconfirmed(struct virtgpu *gpu)
{
	long long generation;
	pthread_t thread;
	struct buffer b;
	struct toucher t = { .buffer = &b };
	bool waits;

	buffer_create(gpu, &b, CACHED);
	start(&b, BOTH);
	assert_access(&b);
	virtgpu_host_hold_acks(gpu, true);
	generation = virtgpu_host_change(&b.blob, WC, SYNC);
	virtgpu_host_wait_acked(&b.blob, generation);
	igt_assert_eq(pthread_create(&thread, NULL, touch_thread, &t), 0);
	igt_assert(virtgpu_wait(atomic_load(&t.tid), VIRTGPU_WAIT_SECONDS));
	waits = virtgpu_task_wait_in_driver(getpid(), t.tid, true);
	if (waits)
		virtgpu_pte_assert_none(b.blob.va, SIZE);
	virtgpu_host_hold_acks(gpu, false);
	virtgpu_host_release(gpu);
	pthread_join(thread, NULL);
	igt_assert(waits);
	virtgpu_pte_assert_mode(b.blob.va, PAGE, WC);
	end(&b, BOTH);
	buffer_destroy(&b);
}

/**
 * SUBTEST: revoked-inside
 * Description: memory that is taken away in brackets gives SIGBUS, and cannot be begun with; the end is told
 */
static void test_revoked(struct virtgpu *gpu)
{
	struct buffer b;

	buffer_create(gpu, &b, CACHED);
	start(&b, BOTH);
	assert_access(&b);
	virtgpu_host_change_acked(&b.blob, CACHED, SYNC | REVOKED);
	assert_no_access(&b);
	igt_assert_eq(try_start(&b, READS), -ESTALE);
	end(&b, BOTH);
	igt_assert_eq(open_on_host(&b), 0);
	virtgpu_host_change_acked(&b.blob, WC, SYNC);
	assert_data(&b, 6);
	buffer_destroy(&b);
}

/**
 * SUBTEST: read-only-memory
 * Description: an access to write cannot be begun where the host allows none, nor be mapped for
 */
static void test_read_only(struct virtgpu *gpu)
{
	struct buffer b;
	uint8_t *va;

	virtgpu_blob_create(gpu, &b.blob, SIZE, virtgpu_attr_id(CACHED, SYNC | READ_ONLY));
	b.dmabuf = virtgpu_blob_export(&b.blob);
	va = mmap(NULL, SIZE, RW, MAP_SHARED, b.dmabuf, 0);
	igt_assert(va == MAP_FAILED && errno == EACCES);
	b.blob.va = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, b.dmabuf, 0);
	igt_assert(b.blob.va != MAP_FAILED);
	igt_assert_eq(try_start(&b, WRITES), -EACCES);
	igt_assert_eq(try_start(&b, BOTH), -EACCES);
	virtgpu_host_fill(&b.blob, 5);
	start(&b, READS);
	igt_assert_eq(virtgpu_guest_wrong(b.blob.va, 0, SIZE, 8, 5), 0);
	igt_assert_eq(mprotect(b.blob.va, SIZE, RW) ? -errno : 0, -EACCES);
	end(&b, READS);
	buffer_destroy(&b);
}

/**
 * SUBTEST: required-inside
 * Description: a bracket that was begun where none was required goes on when one is, and ends then
 */
static void test_required(struct virtgpu *gpu)
{
	struct buffer b;

	virtgpu_blob_create(gpu, &b.blob, SIZE, virtgpu_attr_id(CACHED, 0));
	b.dmabuf = virtgpu_blob_map_dmabuf(&b.blob);
	start(&b, WRITES);
	start(&b, READS);
	assert_access(&b);
	virtgpu_host_change_acked(&b.blob, CACHED, SYNC);
	virtgpu_guest_fill(b.blob.va, 0, SIZE, 8, 6);
	end(&b, READS);
	assert_access(&b);
	end(&b, WRITES);
	assert_no_access(&b);
	igt_assert_eq(open_on_host(&b), 0);
	igt_assert_eq(virtgpu_host_wrong(&b.blob, 0, SIZE, 8, 6), 0);
	assert_data(&b, 6);
	buffer_destroy(&b);
}

/**
 * SUBTEST: not-required
 * Description: where none is required brackets are told to the host, too, and entries stay
 */
static void test_coherent(struct virtgpu *gpu)
{
	struct buffer b;

	virtgpu_blob_create(gpu, &b.blob, SIZE, virtgpu_attr_id(WC, 0));
	b.dmabuf = virtgpu_blob_map_dmabuf(&b.blob);
	assert_access(&b);
	start(&b, BOTH);
	igt_assert_eq(open_on_host(&b), 1);
	end(&b, BOTH);
	igt_assert_eq(open_on_host(&b), 0);
	virtgpu_pte_assert_mode(b.blob.va, SIZE, WC);
	/* Those that are not ended are no error here. */
	for (unsigned int i = 0; i < 2 * PER_PROCESS; i++)
		start(&b, READS);
	igt_assert_eq(open_on_host(&b), PER_PROCESS);
	buffer_destroy(&b);
}

/**
 * SUBTEST: not-required-any-more
 * Description: where brackets come not to be required, access goes on after their end, which is told
 */
static void test_not_required(struct virtgpu *gpu)
{
	struct buffer b;

	buffer_create(gpu, &b, CACHED);
	start(&b, BOTH);
	virtgpu_host_change_acked(&b.blob, WC, 0);
	assert_access(&b);
	end(&b, BOTH);
	igt_assert_eq(open_on_host(&b), 0);
	assert_access(&b);
	virtgpu_pte_assert_mode(b.blob.va, SIZE, WC);
	buffer_destroy(&b);
}

/**
 * SUBTEST: host-refuses
 * Description: a host that does not begin an access gives none; one that does not end it is told of in the
 *	log
 */
static void test_refused(struct virtgpu *gpu)
{
	long long since = virtgpu_kmsg_last();
	struct buffer b;

	buffer_create(gpu, &b, CACHED);
	virtgpu_host_inject(gpu, "begin", "error");
	igt_assert_eq(try_start(&b, BOTH), -EIO);
	assert_no_access(&b);
	virtgpu_host_inject(gpu, "begin", "bad-type");
	igt_assert_eq(try_start(&b, READS), -EPROTO);
	assert_no_access(&b);
	start(&b, BOTH);
	assert_access(&b);
	virtgpu_host_inject(gpu, "end", "error");
	igt_assert_eq(try_end(&b, BOTH), -EIO);
	assert_no_access(&b);
	igt_assert(virtgpu_kmsg_count(since, "did not end an access"));
	buffer_destroy(&b);
}

static int child_start_waits(struct buffer *b)
{
	return try_start(b, BOTH) ? 1 : 0;
}

/**
 * SUBTEST: killed-while-beginning
 * Description: a process is killed while it waits for the host: what the host begins then is ended
 */
static void test_killed(struct virtgpu *gpu)
{
	struct buffer b;
	pid_t pid;

	buffer_create(gpu, &b, CACHED);
	virtgpu_host_inject(gpu, "begin", "hold");
	pid = fork_child(child_start_waits, &b);
	igt_assert(virtgpu_wait(open_on_host(&b), VIRTGPU_WAIT_SECONDS));
	igt_assert(virtgpu_task_wait_asleep(pid));
	kill(pid, SIGKILL);
	igt_assert_eq(virtgpu_child_status(pid), -SIGKILL);
	virtgpu_host_release_injected(gpu);
	wait_none_on_host(&b);
	assert_no_access(&b);
	assert_data(&b, 6);
	buffer_destroy(&b);
}

static void on_signal(int sig)
{
	(void)sig;
}

static int child_start_with_handler(struct buffer *b)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &sa, NULL);
	if (try_start(b, BOTH))
		return 1;
	if (virtgpu_touch(b->blob.va, true))
		return 2;
	return try_end(b, BOTH) ? 3 : 0;
}

/**
 * SUBTEST: signal-while-beginning
 * Description: signals do not have a process begin twice
 */
static void test_signal(struct virtgpu *gpu)
{
	long long before = virtgpu_host_count(gpu, "accesses");
	struct buffer b;
	pid_t pid;

	buffer_create(gpu, &b, CACHED);
	virtgpu_host_inject(gpu, "begin", "hold");
	pid = fork_child(child_start_with_handler, &b);
	igt_assert(virtgpu_wait(open_on_host(&b), VIRTGPU_WAIT_SECONDS));
	igt_assert(virtgpu_task_wait_asleep(pid));
	for (unsigned int i = 0; i < 10; i++) {
		kill(pid, SIGUSR1);
		usleep(1000);
	}
	virtgpu_host_release_injected(gpu);
	igt_assert_eq(virtgpu_child_status(pid), 0);
	igt_assert_eq(open_on_host(&b), 0);
	igt_assert_eq(virtgpu_host_count(gpu, "accesses"), before + 1);
	buffer_destroy(&b);
}

/* Shared with a child: it has come so far. */
static atomic_int *marker;

static int child_dies_ending(struct buffer *b)
{
	if (try_start(b, BOTH) || virtgpu_touch(b->blob.va, true))
		return 1;
	atomic_store(marker, 1);
	return try_end(b, BOTH);
}

/**
 * SUBTEST: killed-while-ending
 * Description: a process is killed while it waits for the host to end an access
 */
static void test_killed_ending(struct virtgpu *gpu)
{
	struct buffer b;
	pid_t pid;

	buffer_create(gpu, &b, CACHED);
	virtgpu_host_inject(gpu, "end", "hold");
	marker = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	igt_assert(marker != MAP_FAILED);
	pid = fork_child(child_dies_ending, &b);
	/* The host has ended it, and holds the answer. */
	igt_assert(virtgpu_wait(atomic_load(marker) && !open_on_host(&b), VIRTGPU_WAIT_SECONDS));
	igt_assert(virtgpu_task_wait_asleep(pid));
	kill(pid, SIGKILL);
	igt_assert_eq(virtgpu_child_status(pid), -SIGKILL);
	virtgpu_host_release_injected(gpu);
	wait_none_on_host(&b);
	assert_data(&b, 6);
	munmap(marker, PAGE);
	buffer_destroy(&b);
}

static void *start_and_end(void *data)
{
	struct buffer *b = data;
	intptr_t failed = 0;

	for (unsigned int i = 0; i < 300; i++)
		failed |= try_start(b, READS) | try_end(b, READS);
	return (void *)failed;
}

/**
 * SUBTEST: threads-end-each-other
 * Description: threads of one process begin and end at once: each end ends one, whichever
 */
static void test_threads(struct virtgpu *gpu)
{
	pthread_t threads[4];
	struct buffer b;
	void *failed;

	buffer_create(gpu, &b, CACHED);
	for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
		igt_assert_eq(pthread_create(&threads[i], NULL, start_and_end, &b), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++) {
		igt_assert_eq(pthread_join(threads[i], &failed), 0);
		igt_assert(!failed);
	}
	igt_assert_eq(open_on_host(&b), 0);
	assert_no_access(&b);
	buffer_destroy(&b);
}

static int child_execs(struct buffer *b)
{
	if (try_start(b, BOTH) || virtgpu_touch(b->blob.va, true))
		return 1;
	execl("/bin/true", "true", NULL);
	return 2;
}

/**
 * SUBTEST: exec-inside
 * Description: a process that executes another program has left its brackets
 */
static void test_exec(struct virtgpu *gpu)
{
	struct buffer b;

	buffer_create(gpu, &b, CACHED);
	igt_assert_eq(child_result(child_execs, &b), 0);
	wait_none_on_host(&b);
	assert_no_access(&b);
	buffer_destroy(&b);
}

/**
 * SUBTEST: moved-inside
 * Description: mremap() in brackets: the entries at the new address go with the end, too
 */
static void test_mremap(struct virtgpu *gpu)
{
	struct buffer b;
	uint8_t *to;

	buffer_create(gpu, &b, WC);
	to = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	igt_assert(to != MAP_FAILED);
	start(&b, BOTH);
	assert_access(&b);
	b.blob.va = mremap(b.blob.va, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	igt_assert(b.blob.va == to);
	assert_access(&b);
	virtgpu_pte_assert_mode(b.blob.va, SIZE, WC);
	end(&b, BOTH);
	assert_no_access(&b);
	buffer_destroy(&b);
}

/**
 * SUBTEST: too-many-brackets
 * Description: a process can have so many at once and no more, and another one has its own
 */
static void test_too_many(struct virtgpu *gpu)
{
	struct buffer b;

	buffer_create(gpu, &b, CACHED);
	for (unsigned int i = 0; i < PER_PROCESS; i++)
		start(&b, READS);
	igt_assert_eq(try_start(&b, WRITES), -EBUSY);
	igt_assert_eq(child_result(child_brackets, &b), 0);
	igt_assert_eq(open_on_host(&b), PER_PROCESS);
	for (unsigned int i = 0; i < PER_PROCESS; i++)
		end(&b, READS);
	igt_assert_eq(open_on_host(&b), 0);
	assert_no_access(&b);
	buffer_destroy(&b);
}

/* What a debugger reads of this process at @va: 8 bytes. */
static bool peek(const void *va, uint64_t *word)
{
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	igt_assert(fd >= 0);
	n = pread(fd, word, sizeof(*word), (uintptr_t)va);
	close(fd);
	return n == sizeof(*word);
}

/**
 * SUBTEST: debugger-sees-it
 * Description: a debugger reads the memory of a process that is in brackets, and not of one that is not
 */
static void test_debugger(struct virtgpu *gpu)
{
	struct buffer b;
	uint64_t word;

	igt_require(virtgpu_debuggers_expected());
	buffer_create(gpu, &b, CACHED);
	virtgpu_host_fill(&b.blob, 5);
	igt_assert(!peek(b.blob.va, &word));
	start(&b, READS);
	igt_assert(peek(b.blob.va, &word));
	igt_assert_eq(virtgpu_guest_wrong(&word, 0, 8, 8, 5), 0);
	end(&b, READS);
	igt_assert(!peek(b.blob.va, &word));
	buffer_destroy(&b);
}

/**
 * SUBTEST: example-program
 * Description: the example for programs with frames of a camera or a decoder draws and reads some
 */
static void test_example(struct virtgpu *gpu)
{
	long long before = virtgpu_host_count(gpu, "accesses");
	char self[PATH_MAX] = "", cmd[2 * PATH_MAX];

	igt_assert(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	*strrchr(self, '/') = '\0';
	snprintf(cmd, sizeof(cmd), "%s/sync_brackets_example /dev/dri/renderD%u %llu", self, gpu->minor,
		 (unsigned long long)virtgpu_attr_id(CACHED, SYNC));
	igt_assert_eq(system(cmd), 0);
	igt_assert_eq(virtgpu_host_count(gpu, "accesses"), before + 8);
}

/**
 * SUBTEST: large-memory
 * Description: entries for more than a page go with the end as well, and are not a child's
 */
static void test_large(struct virtgpu *gpu)
{
	const size_t size = MiB(8);
	struct pte_probe_range range;
	struct buffer b;

	virtgpu_blob_create(gpu, &b.blob, size, virtgpu_attr_id(WC, SYNC));
	b.dmabuf = virtgpu_blob_export(&b.blob);
	/* Where leaves above the last level fit. */
	b.blob.va = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	igt_assert(b.blob.va != MAP_FAILED);
	b.blob.va = (uint8_t *)(((uintptr_t)b.blob.va + size - 1) & ~(size - 1));
	igt_assert(mmap(b.blob.va, size, RW, MAP_SHARED | MAP_FIXED, b.dmabuf, 0) == b.blob.va);
	start(&b, BOTH);
	for (size_t at = 0; at < size; at += PAGE)
		*(volatile uint64_t *)(b.blob.va + at) = at;
	virtgpu_pte_assert_mode(b.blob.va, size, WC);
	virtgpu_pte_probe(b.blob.va, size, &range);
	igt_assert(!virtgpu_pmds_expected() || range.huge);
	igt_assert_eq(child_result(child_has_no_access, &b), 0);
	for (size_t at = 0; at < size; at += PAGE)
		igt_assert(*(volatile uint64_t *)(b.blob.va + at) == at);
	end(&b, BOTH);
	virtgpu_pte_assert_none(b.blob.va, size);
	igt_assert_eq(virtgpu_touch(b.blob.va + size - PAGE, false), SIGBUS);
	igt_assert_eq(virtgpu_host_word(&b.blob, size - PAGE), size - PAGE);
	buffer_destroy(&b);
}

#define WORKERS	4
#define ROUNDS	50

/* A process fills its own part, over and over, and looks whether it is still there. */
static int work(struct buffer *b, unsigned int worker)
{
	const size_t part = SIZE / WORKERS;
	uint8_t *va = b->blob.va + worker * part;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		if (try_start(b, round % 2 ? BOTH : WRITES))
			return 1;
		virtgpu_guest_fill(va, worker * part, part, 8, worker * ROUNDS + round);
		if (try_end(b, round % 2 ? BOTH : WRITES) || try_start(b, READS))
			return 2;
		if (virtgpu_guest_wrong(va, worker * part, part, 8, worker * ROUNDS + round))
			return 3;
		if (try_end(b, READS))
			return 4;
	}
	return 0;
}

/**
 * SUBTEST: many-at-once
 * Description: processes write in brackets of their own while the attributes change: nothing is lost
 */
static void test_many(struct virtgpu *gpu)
{
	static const unsigned int modes[] = { WC, UNCACHED, CACHED };
	const size_t part = SIZE / WORKERS;
	pid_t pids[WORKERS];
	struct buffer b;

	buffer_create(gpu, &b, CACHED);
	for (unsigned int i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		igt_assert(pids[i] >= 0);
		if (!pids[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(work(&b, i));
		}
	}
	for (unsigned int i = 0; i < 30; i++)
		virtgpu_host_change_acked(&b.blob, modes[i % 3], SYNC);
	for (unsigned int i = 0; i < WORKERS; i++)
		igt_assert_eq(virtgpu_child_status(pids[i]), 0);
	igt_assert_eq(open_on_host(&b), 0);
	for (unsigned int i = 0; i < WORKERS; i++)
		igt_assert_eq(virtgpu_host_wrong(&b.blob, i * part, part, 8,
						 i * ROUNDS + ROUNDS - 1), 0);
	assert_no_access(&b);
	buffer_destroy(&b);
}

/**
 * SUBTEST: unbound-inside
 * Description: the driver is unbound in brackets: mappings show a page of their own, and the end is no error
 */
static void test_unbound(struct virtgpu *gpu)
{
	struct buffer b;

	virtgpu_find_virtio(gpu);
	buffer_create(gpu, &b, CACHED);
	start(&b, BOTH);
	assert_access(&b);
	virtgpu_unbind(gpu);
	virtgpu_pte_assert_none(b.blob.va, SIZE);
	assert_access(&b);
	end(&b, BOTH);
	assert_access(&b);
	igt_assert_eq(try_start(&b, BOTH), -ESTALE);
	munmap(b.blob.va, SIZE);
	close(b.dmabuf);
	virtgpu_bind(gpu);

	/* One that is still begun when all goes. */
	buffer_create(gpu, &b, CACHED);
	start(&b, BOTH);
	assert_access(&b);
	virtgpu_unbind(gpu);
	munmap(b.blob.va, SIZE);
	close(b.dmabuf);
	virtgpu_bind(gpu);
}

static const struct {
	const char *name;
	const char *description;
	void (*run)(struct virtgpu *gpu);
} tests[] = {
	{ "told-to-host", "Each bracket is told to the host, with its direction.", test_told },
	{ "end-without-begin", "What was not begun is not ended.", test_end_alone },
	{ "not-by-render-node", "The render node's mmap() is refused.", test_render_node },
	{ "mapped-by-render-node", "A mapping of the render node gets no access.", test_old_mapping },
	{ "several-processes", "A bracket is one process's.", test_processes },
	{ "process-dies-inside", "What a process leaves open is ended.", test_dies },
	{ "process-without-mapping", "Also if it has not mapped anything.", test_unmapped },
	{ "closed-inside", "The end of the dma-buf ends all brackets.", test_closed },
	{ "freed-inside", "The end of the resource does, too.", test_freed },
	{ "change-inside", "A change is followed in brackets.", test_change },
	{ "change-unconfirmed", "Nothing is mapped before its confirmation.", test_unconfirmed },
	{ "revoked-inside", "What is revoked is not accessed in brackets.", test_revoked },
	{ "read-only-memory", "Memory that is read-only is not written in brackets.", test_read_only },
	{ "required-inside", "Brackets from before they were required count.", test_required },
	{ "not-required", "Brackets that are not required take nothing away.", test_coherent },
	{ "not-required-any-more", "Brackets end where they are not required.", test_not_required },
	{ "host-refuses", "A refusal of the host's is an error and gives no access.", test_refused },
	{ "signal-while-beginning", "A signal has nothing begun twice.", test_signal },
	{ "killed-while-beginning", "A process that is killed leaves nothing open.", test_killed },
	{ "killed-while-ending", "Nor does one that is killed at the end.", test_killed_ending },
	{ "threads-end-each-other", "Threads share their brackets.", test_threads },
	{ "exec-inside", "Another program is in no bracket.", test_exec },
	{ "moved-inside", "Entries that have moved go with the end.", test_mremap },
	{ "too-many-brackets", "Their number is bounded.", test_too_many },
	{ "debugger-sees-it", "A debugger sees what the process sees.", test_debugger },
	{ "large-memory", "Leaves of any level go with the end.", test_large },
	{ "example-program", "The example has its frames.", test_example },
	{ "many-at-once", "Processes and changes at once lose no data.", test_many },
	/* The last, because it unbinds the driver. */
	{ "unbound-inside", "The end of the device is the end of brackets.", test_unbound },
};

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "aligned");

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("Memory that needs brackets is mapped in them, and not outside.");
		igt_subtest_f("in-brackets-%s", virtgpu_cache_name(mode))
			test_in_brackets(&gpu, mode);
	}

	for (unsigned int i = 0; i < ARRAY_SIZE(tests); i++) {
		igt_describe(tests[i].description);
		igt_subtest_f("%s", tests[i].name)
			tests[i].run(&gpu);
	}

	igt_fixture()
		virtgpu_close(&gpu);
}
