// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map window eviction
 * Description: When the host-visible window is full, blobs that are not used give their places to
 *	others, and are placed again by the next access
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: window_eviction
 * Feature: Blob resources
 * Test category: functionality test
 */

/*
 * The devices have windows of 64 MiB, and blobs that are files of their own, so that the host keeps what
 * is in them when they are not in the window.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define WINDOW	MiB(64)
#define SIZE	PAGES(16)

static bool is_in_window(struct virtgpu_blob *blob)
{
	return virtgpu_host_blob(blob, "mapped");
}

/* A blob that fills the window: when it is touched, nothing else is there. */
static void filler_create(struct virtgpu *gpu, struct virtgpu_blob *filler)
{
	virtgpu_blob_create(gpu, filler, WINDOW, virtgpu_attr_id(WC, 0));
	virtgpu_blob_map(filler);
}

static void evict(struct virtgpu_blob *blob, struct virtgpu_blob *filler)
{
	igt_assert_eq(virtgpu_touch(filler->va, true), 0);
	igt_assert(!is_in_window(blob));
}

/* A blob that was good, and is not in the window any more. */
static void setup(struct virtgpu *gpu, struct virtgpu_blob *blob, struct virtgpu_blob *filler,
		  unsigned int cache_mode)
{
	virtgpu_blob_setup(gpu, blob, SIZE, cache_mode);
	filler_create(gpu, filler);
	evict(blob, filler);
	virtgpu_pte_assert_none(blob->va, blob->size);
}

static void tear_down(struct virtgpu_blob *blob, struct virtgpu_blob *filler)
{
	virtgpu_blob_destroy(blob);
	virtgpu_blob_destroy(filler);
	virtgpu_settle(blob->gpu);
}

/* ---- more than fits ------------------------------------------------------- */

#define TOTAL		MiB(4096)
#define WORKERS		8
#define TOUCHES		50
/* Places in a blob where each worker has a cache line; the last is the host's. */
#define SPOTS		4
#define BLOBS_MAX	1024

/**
 * struct line - what a worker has left somewhere
 * @value: in each of its words; 0 if it was not there yet
 */
struct line {
	uint64_t value;
};

/**
 * struct board - shared by all
 * @wrong: lines that a worker found otherwise than it had left them
 * @lines: what is where
 */
struct board {
	_Atomic unsigned int wrong;
	struct line lines[WORKERS][BLOBS_MAX][SPOTS - 1];
};

static struct virtgpu_blob *blobs;
static unsigned int nr_blobs;
static struct board *board;

static unsigned int pick(uint64_t *rng, unsigned int n)
{
	*rng ^= *rng << 13;
	*rng ^= *rng >> 7;
	*rng ^= *rng << 17;
	return (*rng >> 32) % n;
}

/* Bytes into the blob: the beginnings of three pages, and the last page. */
static size_t spot(const struct virtgpu_blob *blob, unsigned int n)
{
	return (blob->size - PAGE) / PAGE * n / (SPOTS - 1) * PAGE;
}

static uint64_t *line_of(const struct virtgpu_blob *blob, unsigned int worker, unsigned int n)
{
	return (uint64_t *)(blob->va + spot(blob, n) + 64 * worker);
}

static bool is_line(const volatile uint64_t *words, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		if (words[i] != value)
			return false;
	return true;
}

/* Read what was left there, and leave something else; or copy it from another blob. */
static void touch_line(unsigned int me, uint64_t *rng)
{
	unsigned int b = pick(rng, nr_blobs), n = pick(rng, SPOTS - 1);
	unsigned int from = pick(rng, nr_blobs), m = pick(rng, SPOTS - 1);
	uint64_t *to = line_of(&blobs[b], me, n), value = *rng | 1;
	struct line *line = &board->lines[me][b][n];
	volatile uint64_t *words = to;

	if (!is_line(words, line->value))
		atomic_fetch_add(&board->wrong, 1);
	if (pick(rng, 2)) {
		for (int i = 0; i < 8; i++)
			words[i] = value;
	} else {
		value = board->lines[me][from][m].value;
		memcpy(to, line_of(&blobs[from], me, m), 64);
	}
	line->value = value;
	/* What the host has written. */
	n = spot(&blobs[from], SPOTS - 1);
	if (virtgpu_guest_wrong(blobs[from].va + n, n, 512, 8, from))
		atomic_fetch_add(&board->wrong, 1);
}

static void worker(unsigned int me)
{
	uint64_t rng = 0x9e3779b97f4a7c15 * (me + 1);

	for (unsigned int i = 0; i < TOUCHES; i++)
		touch_line(me, &rng);
	_exit(0);
}

static void create_all(struct virtgpu *gpu)
{
	static const size_t sizes[] = {
		KiB(64), MiB(1), MiB(2) + KiB(64), MiB(4), MiB(8), MiB(16)
	};
	size_t total = 0;

	blobs = calloc(BLOBS_MAX, sizeof(*blobs));
	igt_assert(blobs);
	for (nr_blobs = 0; total < TOTAL; nr_blobs++) {
		struct virtgpu_blob *blob = &blobs[nr_blobs];

		igt_assert(nr_blobs < BLOBS_MAX);
		virtgpu_blob_create(gpu, blob, sizes[nr_blobs % ARRAY_SIZE(sizes)],
				    virtgpu_attr_id(CACHED + nr_blobs % 3, 0));
		virtgpu_blob_map(blob);
		virtgpu_host_fill_part(blob, spot(blob, SPOTS - 1), 512, nr_blobs);
		total += blob->size;
	}
}

static void destroy_all(struct virtgpu *gpu)
{
	for (unsigned int i = 0; i < nr_blobs; i++)
		virtgpu_blob_destroy(&blobs[i]);
	free(blobs);
	virtgpu_settle(gpu);
}

/* Lines that the host finds otherwise than a worker has left them. */
static unsigned int host_wrong(void)
{
	unsigned int wrong = 0;

	for (unsigned int me = 0; me < WORKERS; me++)
		for (unsigned int b = 0; b < nr_blobs; b++)
			for (unsigned int n = 0; n < SPOTS - 1; n++)
				if (board->lines[me][b][n].value)
					wrong += virtgpu_host_word(&blobs[b], spot(&blobs[b], n) +
								   64 * me) !=
						 board->lines[me][b][n].value;
	return wrong;
}

/**
 * SUBTEST: more-than-fits-%s
 * Description: 4 GiB of blobs in a window of 64 MiB, touched at random by eight processes: guest
 *	and host find everything as it was left
 *
 * arg[1].values: new, old
 */
static void test_more_than_fits(struct virtgpu *gpu)
{
	unsigned long long before = virtgpu_window_count(gpu, "evicted");
	pid_t pids[WORKERS];

	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	igt_assert(board != MAP_FAILED);
	create_all(gpu);
	for (unsigned int i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		igt_assert(pids[i] >= 0);
		if (!pids[i])
			worker(i);
	}
	for (unsigned int i = 0; i < WORKERS; i++)
		igt_assert_eq(virtgpu_child_status(pids[i]), 0);
	igt_assert_eq(atomic_load(&board->wrong), 0);
	igt_assert_eq(host_wrong(), 0);
	/* Most touches are of what is not there. */
	igt_assert(virtgpu_window_count(gpu, "evicted") - before > WORKERS * TOUCHES / 2);
	destroy_all(gpu);
	munmap(board, sizeof(*board));
}

/* ---- which one goes ------------------------------------------------------- */

#define SLOTS		8
#define ROUNDS		48

/**
 * SUBTEST: used-blob-stays
 * Description: of blobs that are touched in turn, one that is touched in between every time is not
 *	evicted, after it has been found out to be used
 */
static void test_used_stays(struct virtgpu *gpu)
{
	struct virtgpu_blob hot, cold[2 * SLOTS];
	unsigned int missed = 0;

	virtgpu_blob_create(gpu, &hot, WINDOW / SLOTS, virtgpu_attr_id(CACHED, 0));
	virtgpu_blob_map(&hot);
	for (unsigned int i = 0; i < ARRAY_SIZE(cold); i++) {
		virtgpu_blob_create(gpu, &cold[i], WINDOW / SLOTS, virtgpu_attr_id(CACHED, 0));
		virtgpu_blob_map(&cold[i]);
	}
	igt_assert_eq(virtgpu_touch(hot.va, true), 0);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		igt_assert_eq(virtgpu_touch(cold[i % ARRAY_SIZE(cold)].va, true), 0);
		missed += !is_in_window(&hot);
		igt_assert_eq(virtgpu_touch(hot.va, true), 0);
		/* The driver finds out who is used every 0.1 s at most, and then for all slots. */
		usleep(20000);
	}
	igt_assert_f(missed <= 1, "evicted %u times\n", missed);
	virtgpu_blob_destroy(&hot);
	for (unsigned int i = 0; i < ARRAY_SIZE(cold); i++)
		virtgpu_blob_destroy(&cold[i]);
	virtgpu_settle(gpu);
}

/**
 * SUBTEST: untouched-when-it-fits
 * Description: what fits stays where it is, with its entries
 */
static void test_fits(struct virtgpu *gpu)
{
	struct virtgpu_blob fits[SLOTS];
	long long offset[SLOTS];

	virtgpu_settle(gpu);
	for (unsigned int i = 0; i < SLOTS; i++) {
		virtgpu_blob_setup(gpu, &fits[i], WINDOW / SLOTS, WC);
		offset[i] = virtgpu_host_offset(&fits[i]);
	}
	for (unsigned int i = 0; i < SLOTS; i++) {
		virtgpu_blob_assert_good(&fits[i], WC);
		igt_assert_eq(virtgpu_host_offset(&fits[i]), offset[i]);
		igt_assert_eq(virtgpu_host_blob(&fits[i], "map_count"), 1);
		virtgpu_blob_destroy(&fits[i]);
	}
	virtgpu_settle(gpu);
}

/**
 * SUBTEST: neighbours-give-way
 * Description: a blob that needs most of a window full of small ones gets it
 */
static void test_neighbours(struct virtgpu *gpu)
{
	static struct virtgpu_blob small[64];
	struct virtgpu_blob large;

	for (unsigned int i = 0; i < ARRAY_SIZE(small); i++)
		virtgpu_blob_setup(gpu, &small[i], MiB(1), CACHED + i % 3);
	virtgpu_blob_create(gpu, &large, MiB(48), virtgpu_attr_id(WC, 0));
	virtgpu_blob_map(&large);
	virtgpu_host_fill(&large, 5);
	virtgpu_blob_assert_good(&large, WC);
	for (unsigned int i = 0; i < ARRAY_SIZE(small); i++)
		virtgpu_blob_assert_good(&small[i], CACHED + i % 3);
	for (unsigned int i = 0; i < ARRAY_SIZE(small); i++)
		virtgpu_blob_destroy(&small[i]);
	virtgpu_blob_destroy(&large);
	virtgpu_settle(gpu);
}

/**
 * SUBTEST: freed-place-is-awaited
 * Description: one blob after another that needs all of the window: the host has not confirmed the end of
 *	the last one yet
 */
static void test_freed(struct virtgpu *gpu)
{
	for (int i = 0; i < 50; i++) {
		struct virtgpu_blob blob;

		virtgpu_blob_create(gpu, &blob, WINDOW, virtgpu_attr_id(WC, 0));
		virtgpu_blob_map(&blob);
		igt_assert_eq(virtgpu_touch(blob.va, true), 0);
		virtgpu_blob_destroy(&blob);
	}
	virtgpu_settle(gpu);
}

/**
 * SUBTEST: waiting-for-the-same
 * Description: some tasks need one blob, and some another, and only one of these fits: all go on
 */
static void test_same(struct virtgpu *gpu)
{
	struct virtgpu_blob large[2];
	pid_t pids[6];

	for (int i = 0; i < 2; i++) {
		virtgpu_blob_create(gpu, &large[i], WINDOW, virtgpu_attr_id(WC, 0));
		virtgpu_blob_map(&large[i]);
	}
	for (int i = 0; i < 6; i++) {
		pids[i] = fork();
		igt_assert(pids[i] >= 0);
		if (pids[i])
			continue;
		for (int n = 0; n < 25; n++)
			if (virtgpu_touch(large[i % 2].va + PAGES(i), true))
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < 6; i++)
		igt_assert_eq(virtgpu_child_status_bounded(pids[i], 2 * VIRTGPU_WAIT_SECONDS), 0);
	for (int i = 0; i < 2; i++)
		virtgpu_blob_destroy(&large[i]);
	virtgpu_settle(gpu);
}

/* ---- what stays ----------------------------------------------------------- */

static int import(int dmabuf, enum dma_importer_kind kind)
{
	struct dma_importer_map map = { .dmabuf = dmabuf, .kind = kind };
	int fd = open("/dev/dma_importer", O_RDWR | O_CLOEXEC);

	igt_require_f(fd >= 0, "the dma_importer module is not loaded\n");
	igt_assert_eq(ioctl(fd, DMA_IMPORTER_MAP, &map), 0);
	return fd;
}

/**
 * SUBTEST: imported-stays-%s
 * Description: a blob that a device may access keeps its place, and loses it afterwards
 *
 * arg[1].values: static, dynamic
 */
static void test_imported(struct virtgpu *gpu, enum dma_importer_kind kind)
{
	struct virtgpu_blob blob, half[2], filler;
	long long offset;
	int dmabuf, fd;

	setup(gpu, &blob, &filler, CACHED);
	dmabuf = virtgpu_blob_export(&blob);
	fd = import(dmabuf, kind);
	offset = virtgpu_host_offset(&blob);
	/* One of these goes in beside it, the other one and all of the window do not. */
	for (int i = 0; i < 2; i++) {
		virtgpu_blob_create(gpu, &half[i], WINDOW / 2, virtgpu_attr_id(WC, 0));
		virtgpu_blob_map(&half[i]);
		igt_assert_eq(virtgpu_touch(half[i].va, true), 0);
	}
	igt_assert_eq(virtgpu_touch(filler.va, true), SIGBUS);
	igt_assert_eq(virtgpu_host_offset(&blob), offset);
	igt_assert_eq(virtgpu_host_blob(&blob, "map_count"), 2);
	virtgpu_blob_assert_good(&blob, CACHED);
	close(fd);
	evict(&blob, &filler);
	virtgpu_blob_assert_good(&blob, CACHED);
	close(dmabuf);
	for (int i = 0; i < 2; i++)
		virtgpu_blob_destroy(&half[i]);
	tear_down(&blob, &filler);
}

/**
 * SUBTEST: all-imported
 * Description: when devices may access all that is in the window, mmap() of another blob fails, and what is
 *	there goes on
 */
static void test_all_imported(struct virtgpu *gpu)
{
	struct virtgpu_blob half[2], more;
	int dmabuf[2], fd[2];

	for (int i = 0; i < 2; i++) {
		virtgpu_blob_setup(gpu, &half[i], WINDOW / 2, CACHED);
		dmabuf[i] = virtgpu_blob_export(&half[i]);
		fd[i] = import(dmabuf[i], DMA_IMPORTER_STATIC);
	}
	virtgpu_blob_create(gpu, &more, SIZE, virtgpu_attr_id(CACHED, 0));
	igt_assert_eq(virtgpu_blob_try_map(&more, PROT_READ, MAP_SHARED), -ENOSPC);
	for (int i = 0; i < 2; i++)
		virtgpu_blob_assert_good(&half[i], CACHED);
	close(fd[0]);
	virtgpu_blob_map(&more);
	virtgpu_host_fill(&more, 5);
	virtgpu_blob_assert_good(&more, CACHED);
	close(fd[1]);
	for (int i = 0; i < 2; i++) {
		close(dmabuf[i]);
		virtgpu_blob_destroy(&half[i]);
	}
	virtgpu_blob_destroy(&more);
	virtgpu_settle(gpu);
}

/**
 * SUBTEST: switched-off
 * Description: with the module's parameter off, creation fails when the window is full; what is too large
 *	fails always
 */
static void test_switched_off(struct virtgpu *gpu)
{
	struct virtgpu_blob filler, more;

	filler_create(gpu, &filler);
	virtgpu_set_eviction(false);
	igt_assert_eq(virtgpu_blob_try_create(gpu, &more, SIZE, virtgpu_attr_id(CACHED, 0),
					      VIRTGPU_BLOB_FLAG_USE_MAPPABLE),
		      -ENOSPC);
	virtgpu_set_eviction(true);
	igt_assert_eq(virtgpu_blob_try_create(gpu, &more, 2 * WINDOW, virtgpu_attr_id(CACHED, 0),
					      VIRTGPU_BLOB_FLAG_USE_MAPPABLE),
		      -ENOSPC);
	virtgpu_blob_create(gpu, &more, SIZE, virtgpu_attr_id(CACHED, 0));
	virtgpu_blob_map(&more);
	igt_assert_eq(virtgpu_touch(more.va, true), 0);
	tear_down(&more, &filler);
}

/* ---- changes -------------------------------------------------------------- */

/**
 * SUBTEST: changed-while-evicted-%s-to-%s
 * Description: what the host declares meanwhile counts when the blob is placed again
 *
 * arg[1].values: cached, uncached, wc
 * arg[2].values: cached, uncached, wc
 */
static void test_changed(struct virtgpu *gpu, unsigned int from, unsigned int to)
{
	struct virtgpu_blob blob, filler;

	setup(gpu, &blob, &filler, from);
	virtgpu_host_change_acked(&blob, to, 0);
	virtgpu_blob_assert_good(&blob, to);
	evict(&blob, &filler);
	virtgpu_blob_assert_good(&blob, to);
	tear_down(&blob, &filler);
}

/**
 * SUBTEST: events-%s
 * Description: mappings are revoked, caches cleaned if they were cached, and only then the host unmaps
 *
 * arg[1].values: cached, wc
 */
static void test_events(struct virtgpu *gpu, unsigned int cache_mode)
{
	struct virtgpu_blob blob, filler;
	char names[256];

	virtgpu_blob_setup(gpu, &blob, SIZE, cache_mode);
	filler_create(gpu, &filler);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_trace_start();
	evict(&blob, &filler);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_trace_stop(&blob, names, sizeof(names));
	igt_assert_f(!strcmp(names, cache_mode == CACHED ? "revoked cleaned evicted room applied " :
			     "revoked evicted room applied "), "%s\n", names);
	tear_down(&blob, &filler);
}

/**
 * SUBTEST: forbidden-while-evicted
 * Description: what must not be touched is not placed for it, and is again when it may be
 */
static void test_forbidden(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, filler;

	setup(gpu, &blob, &filler, CACHED);
	virtgpu_host_change_acked(&blob, CACHED, SYNC);
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGBUS);
	igt_assert(!is_in_window(&blob));
	virtgpu_host_change_acked(&blob, CACHED, REVOKED);
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGBUS);
	igt_assert(!is_in_window(&blob));
	virtgpu_host_change_acked(&blob, WC, 0);
	virtgpu_blob_assert_good(&blob, WC);
	tear_down(&blob, &filler);
}

/* ---- accesses that are no page fault of user mode --------------------------- */

/**
 * SUBTEST: read-into-evicted
 * Description: the kernel's own accesses on behalf of a system call have the blob placed
 */
static void test_read_into(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, filler;
	int fds[2];

	setup(gpu, &blob, &filler, CACHED);
	igt_assert_eq(pipe(fds), 0);
	igt_assert_eq(write(fds[1], blob.va, 64), 64);
	evict(&blob, &filler);
	igt_assert_eq(read(fds[0], blob.va + SIZE - 64, 64), 64);
	igt_assert_eq(virtgpu_guest_wrong(blob.va + SIZE - 64, 0, 64, 8, 5), 0);
	close(fds[0]);
	close(fds[1]);
	tear_down(&blob, &filler);
}

/**
 * SUBTEST: mmap-while-evicted
 * Description: mmap() of what was evicted has nothing placed; the first access has
 */
static void test_mmap(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, filler;
	uint8_t *second;

	setup(gpu, &blob, &filler, CACHED);
	second = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, gpu->fd, virtgpu_blob_offset(&blob));
	igt_assert(second != MAP_FAILED);
	igt_assert(!is_in_window(&blob));
	igt_assert_eq(virtgpu_guest_wrong(second, 0, SIZE, 8, 5), 0);
	munmap(second, SIZE);
	tear_down(&blob, &filler);
}

/**
 * SUBTEST: debugger-does-not-wait
 * Description: a debugger gets an error for what is not in the window, and the contents when it is
 */
static void test_debugger(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, filler;
	uint64_t word;
	int fd;

	igt_require(virtgpu_debuggers_expected());
	setup(gpu, &blob, &filler, CACHED);
	fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	igt_assert(fd >= 0);
	igt_assert_eq(pread(fd, &word, sizeof(word), (uintptr_t)blob.va), -1);
	igt_assert_eq(errno, EIO);
	igt_assert_eq(virtgpu_touch(blob.va, false), 0);
	igt_assert_eq(pread(fd, &word, sizeof(word), (uintptr_t)blob.va), (ssize_t)sizeof(word));
	igt_assert(word == pattern_word(5, 0));
	close(fd);
	tear_down(&blob, &filler);
}

/**
 * SUBTEST: futex-does-not-wait
 * Description: an operation that keeps mmap_lock fails where nothing is in the window
 */
static void test_futex(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, filler;
	uint32_t *word;
	long ret;

	setup(gpu, &blob, &filler, CACHED);
	word = (uint32_t *)blob.va;
	ret = syscall(SYS_futex, word, FUTEX_WAKE_OP_PRIVATE, 1, 1, word,
		      FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_EQ, 0));
	igt_assert_eq(ret, -1);
	igt_assert_eq(errno, EFAULT);
	virtgpu_blob_assert_good(&blob, CACHED);
	tear_down(&blob, &filler);
}

/* ---- hosts that get it wrong ---------------------------------------------- */

/* A child that touches @va, which takes until the host has answered. */
static pid_t start_touch(void *va)
{
	pid_t pid = fork();

	igt_assert(pid >= 0);
	if (!pid)
		_exit(virtgpu_touch(va, true));
	return pid;
}

/**
 * SUBTEST: unmap-refused
 * Description: a blob that the host does not unmap stays where it is, and works; the other one has no place
 */
static void test_unmap_refused(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, filler;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	filler_create(gpu, &filler);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_host_inject(gpu, "unmap", "error");
	igt_assert_eq(virtgpu_touch(filler.va, true), SIGBUS);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_host_fill(&blob, 5);
	virtgpu_blob_assert_good(&blob, CACHED);
	tear_down(&blob, &filler);
}

/**
 * SUBTEST: unmap-malformed
 * Description: a blob whose place may show anything is not mapped again
 */
static void test_unmap_malformed(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, filler;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	filler_create(gpu, &filler);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_host_inject(gpu, "unmap", "empty");
	igt_assert_eq(virtgpu_touch(filler.va, true), SIGBUS);
	igt_assert_eq(virtgpu_touch(blob.va, true), SIGBUS);
	/* Its place is free when the host has forgotten it. */
	virtgpu_blob_destroy(&blob);
	virtgpu_wait_freed(gpu, 1, 0);
	igt_assert_eq(virtgpu_touch(filler.va, true), 0);
	virtgpu_blob_destroy(&filler);
	virtgpu_settle(gpu);
}

/**
 * SUBTEST: unmap-unanswered
 * Description: who waits for a place can be killed, and others get theirs when the host has answered
 */
static void test_unmap_unanswered(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, filler;
	pid_t first, second;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	filler_create(gpu, &filler);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_host_inject(gpu, "unmap", "hold");
	first = start_touch(filler.va);
	igt_assert(virtgpu_task_wait_asleep(first));
	/* Behind the first. */
	second = start_touch(filler.va);
	igt_assert(virtgpu_task_wait_asleep(second));
	kill(first, SIGKILL);
	igt_assert_eq(virtgpu_child_status_bounded(first, VIRTGPU_WAIT_SECONDS), -SIGKILL);
	virtgpu_host_release_command(gpu, "unmap");
	igt_assert_eq(virtgpu_child_status(second), 0);
	virtgpu_host_fill(&blob, 5);
	virtgpu_blob_assert_good(&blob, CACHED);
	tear_down(&blob, &filler);
}

/**
 * SUBTEST: not-mapped-again
 * Description: when the host does not map a blob again, its accesses fail, and the next try may succeed
 */
static void test_not_mapped_again(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, filler;

	setup(gpu, &blob, &filler, CACHED);
	virtgpu_host_inject(gpu, "map", "error");
	igt_assert_eq(virtgpu_touch(blob.va, true), SIGBUS);
	virtgpu_host_fill(&blob, 5);
	virtgpu_blob_assert_good(&blob, CACHED);
	tear_down(&blob, &filler);
}

/* ---- the end of the device ------------------------------------------------ */

/**
 * SUBTEST: unbind-while-evicted
 * Description: mappings of a blob that is not in the window go on working when the device is gone, and who
 *	waits for a place goes on
 */
static void test_unbind(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, filler;
	const char *wrong;
	pid_t waiter;
	int status;

	setup(gpu, &blob, &filler, CACHED);
	virtgpu_host_inject(gpu, "unmap", "hold");
	waiter = start_touch(blob.va + PAGE);
	igt_assert(virtgpu_task_wait_asleep(waiter));
	virtgpu_find_virtio(gpu);
	virtgpu_unbind(gpu);
	status = virtgpu_child_status_bounded(waiter, VIRTGPU_WAIT_SECONDS);
	wrong = virtgpu_why_not_lost(gpu, blob.va, blob.size);
	munmap(blob.va, blob.size);
	munmap(filler.va, filler.size);
	close(gpu->fd);
	gpu->fd = -1;
	virtgpu_bind(gpu);
	igt_assert(virtgpu_reopen(gpu));
	igt_assert_eq(status, 0);
	igt_assert_f(!wrong, "%s\n", wrong);
	virtgpu_assert_works(gpu);
}

/**
 * SUBTEST: evicted-in-brackets
 * Description: memory that needs brackets gives up its place in them, and is placed again for the next access
 *	in the same ones
 */
static void test_brackets(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, filler;
	int dmabuf;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, SYNC));
	dmabuf = virtgpu_blob_map_dmabuf(&blob);
	igt_assert_eq(virtgpu_dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW), 0);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 6);
	filler_create(gpu, &filler);
	evict(&blob, &filler);
	virtgpu_pte_assert_none(blob.va, SIZE);
	igt_assert_eq(virtgpu_host_blob(&blob, "reads_and_writes"), 1);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 6), 0);
	igt_assert(is_in_window(&blob));
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 7);
	evict(&blob, &filler);
	igt_assert_eq(virtgpu_dmabuf_sync(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW), 0);
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, SIZE, 8, 7), 0);
	/* Outside of them it is not even placed. */
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGBUS);
	igt_assert(!is_in_window(&blob));
	close(dmabuf);
	tear_down(&blob, &filler);
}

int igt_main()
{
	static const struct {
		const char *name;
		void (*test)(struct virtgpu *gpu);
		const char *description;
	} tests[] = {
		{ "used-blob-stays", test_used_stays, "What is used is not evicted." },
		{ "untouched-when-it-fits", test_fits, "What fits stays where it is." },
		{ "neighbours-give-way", test_neighbours, "Many small blobs give way to a large one." },
		{ "freed-place-is-awaited", test_freed, "What is just being freed is waited for." },
		{ "waiting-for-the-same", test_same, "Tasks that compete for the window go on." },
		{ "all-imported", test_all_imported, "When all have to stay, mmap() fails." },
		{ "switched-off", test_switched_off, "Without eviction creation fails." },
		{ "forbidden-while-evicted", test_forbidden, "What must not be touched is not placed." },
		{ "read-into-evicted", test_read_into, "System calls have a blob placed." },
		{ "mmap-while-evicted", test_mmap, "Only the first access needs a place." },
		{ "debugger-does-not-wait", test_debugger, "A debugger gets an error." },
		{ "futex-does-not-wait", test_futex, "What keeps mmap_lock gets an error." },
		{ "unmap-refused", test_unmap_refused, "What the host does not unmap stays." },
		{ "unmap-malformed", test_unmap_malformed, "Nonsense ends a blob." },
		{ "unmap-unanswered", test_unmap_unanswered, "Waiting can be ended." },
		{ "evicted-in-brackets", test_brackets, "Brackets outlive a place." },
		{ "not-mapped-again", test_not_mapped_again, "An error is an error of the access." },
		{ "unbind-while-evicted", test_unbind, "Mappings outlive the device." },
	};
	static const char * const hosts[] = { "narrow", "narrow-old" };
	static struct virtgpu gpu;

	for (int old = 0; old < 2; old++) {
		igt_describe("4 GiB of blobs work in 64 MiB, for eight processes.");
		igt_subtest_f("more-than-fits-%s", old ? "old" : "new") {
			virtgpu_open(&gpu, hosts[old]);
			test_more_than_fits(&gpu);
			virtgpu_close(&gpu);
		}
	}

	igt_fixture()
		virtgpu_open(&gpu, hosts[0]);

	for (unsigned int from = CACHED; from <= WC; from++) {
		for (unsigned int to = CACHED; to <= WC; to++) {
			igt_describe("A change meanwhile counts.");
			igt_subtest_f("changed-while-evicted-%s-to-%s", virtgpu_cache_name(from),
				      virtgpu_cache_name(to))
				test_changed(&gpu, from, to);
		}
	}

	for (int wc = 0; wc < 2; wc++) {
		igt_describe("A blob is revoked, cleaned, and then unmapped.");
		igt_subtest_f("events-%s", wc ? "wc" : "cached")
			test_events(&gpu, wc ? WC : CACHED);
	}

	for (int dynamic = 0; dynamic < 2; dynamic++) {
		igt_describe("What a device may access stays.");
		igt_subtest_f("imported-stays-%s", dynamic ? "dynamic" : "static")
			test_imported(&gpu, dynamic ? DMA_IMPORTER_DYNAMIC : DMA_IMPORTER_STATIC);
	}

	for (unsigned int i = 0; i < ARRAY_SIZE(tests); i++) {
		igt_describe(tests[i].description);
		igt_subtest(tests[i].name)
			tests[i].test(&gpu);
	}

	igt_fixture()
		virtgpu_close(&gpu);
}
