// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map moving memory
 * Description: Blobs are dma-bufs of the host whose exporter gives them other pages under the
 *	guest's mappings. Acknowledged, a move loses nothing, however many there are;
 *	VIRTGPU_MOVES sets how many (default 300)
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: moving_memory
 * Feature: Map attributes
 * Test category: functionality test
 */

/*
 * The exporter is tools/exporter, in the kernel of the host, which overwrites pages that it has left
 * with a word of its own: a stale mapping is seen in the data.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define NR_PAGES 64
#define SIZE	PAGES(NR_PAGES)
#define READERS	2
#define WRITERS	2
#define POISON	0xdeadbeefdeadbeefULL	/* MOVING_EXPORTER_POISON_WORD */

/* ---- one move ----------------------------------------------------------- */

static size_t poisoned_pages(const struct virtgpu_blob *blob)
{
	size_t n = 0;

	for (size_t i = 0; i < NR_PAGES; i++)
		n += *(volatile uint64_t *)(blob->va + PAGES(i)) == POISON;
	return n;
}

/**
 * SUBTEST: acknowledged-%s
 * Description: the exporter moves what the guest has let go of, and the guest's next touch reaches it
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_acknowledged(struct virtgpu *gpu, unsigned int cache_mode)
{
	struct virtgpu_blob blob;
	long long faults;

	virtgpu_blob_setup(gpu, &blob, SIZE, cache_mode);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 6);
	igt_assert_eq(virtgpu_host_blob(&blob, "moves"), 0);
	virtgpu_host_wait_acked(&blob, virtgpu_host_move(&blob));
	virtgpu_pte_assert_none(blob.va, SIZE);
	igt_assert_eq(virtgpu_host_blob(&blob, "moves"), 1);
	faults = virtgpu_host_blob(&blob, "faults");

	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 6), 0);
	virtgpu_pte_assert_mode(blob.va, SIZE, cache_mode);
	/* The host's MMU has let go, too: each page came from the exporter. */
	igt_assert(virtgpu_host_blob(&blob, "faults") >= faults + NR_PAGES);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 7);
	__sync_synchronize();
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, SIZE, 8, 7), 0);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: moved-while-revoked
 * Description: memory that was revoked is given back from elsewhere, with the same contents
 */
static void test_revoked(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 6);
	virtgpu_host_change_acked(&blob, CACHED, REVOKED);
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGBUS);
	/* QEMU has it out of the window before the guest has its answer. */
	virtgpu_host_wait_evicted(&blob);
	virtgpu_host_move(&blob);
	igt_assert_eq(virtgpu_host_blob(&blob, "moves"), 1);
	virtgpu_host_change_acked(&blob, WC, 0);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 6), 0);
	virtgpu_pte_assert_mode(blob.va, SIZE, WC);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: untold-once
 * Description: a move that the guest is not told of, with nothing running meanwhile: the host's MMU
 *	follows it, with the guest's PTEs as they were
 */
static void test_untold(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_move_untold(&blob, "copy");
	virtgpu_pte_assert_mode(blob.va, SIZE, CACHED);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5), 0);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: forgotten-mappings
 * Description: an exporter that does not take mappings away is noticed: all of the guest's pages are
 *	stale, which shows that this test can see it
 */
static void test_forgotten(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	igt_assert_eq(poisoned_pages(&blob), 0);
	virtgpu_host_move_untold(&blob, "forget");
	igt_assert_eq(poisoned_pages(&blob), NR_PAGES);
	/* The protocol mends the guest's half only: the host's MMU still has the old pages. */
	virtgpu_host_move_untold(&blob, "copy");
	igt_assert_eq(poisoned_pages(&blob), 0);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5), 0);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: untold-race
 * Description: memory that the exporter moves between KVM's two looks at it is found all the same.
 *	A KVM that takes this for an error ends the virtual machine here: run it by itself
 */
static void test_race(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	long long faults;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	faults = virtgpu_host_blob(&blob, "faults");
	virtgpu_host_move_untold(&blob, "race");
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5), 0);
	/* One page has been faulted in twice. */
	igt_assert(virtgpu_host_blob(&blob, "faults") > faults + NR_PAGES);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: untold-revoked
 * Description: memory that is revoked without a word is touched: there is nothing that KVM could map,
 *	and the virtual machine ends. Run it by itself
 */
static void test_untold_revoked(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_move_untold(&blob, "revoke");
	igt_assert_eq(virtgpu_touch(blob.va, false), 0);
	igt_assert_f(false, "the host has no memory there, and yet it was read\n");
}

/* ---- what it costs ------------------------------------------------------ */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/**
 * SUBTEST: cost-by-size
 * Description: how long acknowledged moves take, and touching all pages afterwards, by the size of the
 *	blob; a table in /out/move-cost.txt, if there is such a folder
 */
static void test_cost(struct virtgpu *gpu)
{
	FILE *f = fopen("/out/move-cost.txt", "w");
	struct virtgpu_blob blob;

	if (f)
		fprintf(f, "%8s %12s %12s %12s\n", "KiB", "move ms", "touch ms", "ms per MiB");
	for (size_t size = KiB(256); size <= MiB(16); size *= 4) {
		double move = 0, touch = 0;
		const int moves = 10;

		virtgpu_blob_setup(gpu, &blob, size, CACHED);
		for (int i = 0; i < moves; i++) {
			double begin = now(), moved;

			virtgpu_host_wait_acked(&blob, virtgpu_host_move(&blob));
			moved = now();
			igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, size, PAGE, 5), 0);
			move += moved - begin;
			touch += now() - moved;
		}
		igt_assert_eq(virtgpu_host_blob(&blob, "moves"), moves);
		move *= 1000. / moves;
		touch *= 1000. / moves;
		igt_info("%zu KiB: %.1f ms a move, %.1f ms to touch it\n", size >> 10, move, touch);
		if (f)
			fprintf(f, "%8zu %12.1f %12.1f %12.1f\n", size >> 10, move, touch,
				(move + touch) * MiB(1) / size);
		virtgpu_blob_destroy(&blob);
	}
	if (f)
		fclose(f);
}

/* ---- many, under load ---------------------------------------------------- */

/**
 * struct worker - what a process that uses the blob says
 * @rounds: over all of its words
 * @poisoned: words it found that were left behind by a move
 * @zero: words it found that were 0, as memory is that nothing was written to
 * @gap: words that were all ones: QEMU has nothing there for a moment, between one memory and another,
 *	and its machines answer reads of that in different ways, with 0 or as PCI does
 * @wrong: words it found that were neither right nor that
 * @first: of the wrong ones: what was seen there, and what was expected
 */
struct worker {
	_Atomic uint64_t rounds;
	_Atomic uint64_t poisoned;
	_Atomic uint64_t zero;
	_Atomic uint64_t gap;
	_Atomic uint64_t wrong;
	struct {
		size_t at;
		uint64_t seen;
		uint64_t expected;
	} first;
};

/**
 * struct board - shared by all
 * @stop: the workers' signal to end
 * @worker: readers, then writers
 * @value: that each writer has written last to its word of each page
 */
struct board {
	_Atomic int stop;
	struct worker worker[READERS + WRITERS];
	uint64_t value[WRITERS][NR_PAGES];
};

static void judge(struct worker *w, size_t at, uint64_t seen, uint64_t expected)
{
	if (seen == expected)
		return;
	if (seen == POISON)
		w->poisoned++;
	else if (!seen)
		w->zero++;
	else if (!~seen)
		w->gap++;
	else if (!w->wrong++)
		w->first = (typeof(w->first)){ at, seen, expected };
}

/* A word of each writer in each page; the rest of it is the readers'. */
static volatile uint64_t *own_word(const struct virtgpu_blob *blob, unsigned int writer, size_t page)
{
	return (volatile uint64_t *)(blob->va + PAGES(page)) + writer;
}

static void read_all(const struct virtgpu_blob *blob, struct worker *w)
{
	for (size_t at = 64; at < SIZE; at += 64)
		if (at % PAGE)
			judge(w, at, *(volatile uint64_t *)(blob->va + at), pattern_word(5, at));
}

static void write_all(const struct virtgpu_blob *blob, struct worker *w, unsigned int writer,
		      uint64_t *value)
{
	for (size_t i = 0; i < NR_PAGES; i++) {
		volatile uint64_t *p = own_word(blob, writer, i);

		judge(w, (uintptr_t)p - (uintptr_t)blob->va, *p, value[i]);
		value[i] = w->rounds << 8 | writer;
		*p = value[i];
	}
}

static pid_t start_worker(const struct virtgpu_blob *blob, struct board *board, unsigned int i)
{
	struct worker *w = &board->worker[i];
	pid_t pid = fork();

	igt_assert(pid >= 0);
	if (pid)
		return pid;
	/* IGT has a handler, which would report it. */
	signal(SIGBUS, SIG_DFL);
	while (!board->stop) {
		if (i < READERS)
			read_all(blob, w);
		else
			write_all(blob, w, i - READERS, board->value[i - READERS]);
		w->rounds++;
	}
	_exit(0);
}

static unsigned int nr_moves(void)
{
	const char *moves = getenv("VIRTGPU_MOVES");

	return moves ? strtoul(moves, NULL, 0) : 300;
}

/* What all workers have found. */
static struct worker sum_up(const struct board *board)
{
	struct worker sum = { 0 };

	for (unsigned int i = 0; i < READERS + WRITERS; i++) {
		sum.rounds += board->worker[i].rounds;
		sum.poisoned += board->worker[i].poisoned;
		sum.zero += board->worker[i].zero;
		sum.gap += board->worker[i].gap;
		sum.wrong += board->worker[i].wrong;
		if (board->worker[i].wrong)
			sum.first = board->worker[i].first;
	}
	igt_info("%llu rounds, %llu poisoned words, %llu zero, %llu all ones, %llu wrong\n",
		 (unsigned long long)sum.rounds, (unsigned long long)sum.poisoned,
		 (unsigned long long)sum.zero, (unsigned long long)sum.gap,
		 (unsigned long long)sum.wrong);
	if (sum.wrong)
		igt_info("0x%llx, not 0x%llx, at offset 0x%zx\n", (unsigned long long)sum.first.seen,
			 (unsigned long long)sum.first.expected, sum.first.at);
	return sum;
}

static void assert_nothing_lost(const struct board *board)
{
	struct worker sum = sum_up(board);

	igt_assert_eq(sum.poisoned, 0);
	igt_assert_eq(sum.zero, 0);
	igt_assert_eq(sum.gap, 0);
	igt_assert_eq(sum.wrong, 0);
}

/* Both sides have what was written last. */
static void assert_written(struct virtgpu_blob *blob, const struct board *board)
{
	for (unsigned int w = 0; w < WRITERS; w++) {
		for (size_t i = 0; i < NR_PAGES; i++) {
			igt_assert(*own_word(blob, w, i) == board->value[w][i]);
			igt_assert(virtgpu_host_word(blob, PAGES(i) + 8 * w) == board->value[w][i]);
		}
	}
}

static struct board *new_board(void)
{
	void *va = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	igt_assert(va != MAP_FAILED);
	return va;
}

/* Each worker goes over all of it, from the beginning, at least once. */
static void wait_rounds(const struct board *board, unsigned int workers)
{
	for (unsigned int i = 0; i < workers; i++) {
		uint64_t seen = board->worker[i].rounds;

		igt_assert(virtgpu_wait(board->worker[i].rounds >= seen + 2, VIRTGPU_WAIT_SECONDS));
	}
}

/* One move after the other, as @move does it, while processes read and write. */
static void run_under_load(struct virtgpu_blob *blob, void (*move)(struct virtgpu_blob *blob))
{
	unsigned int moves = nr_moves();
	pid_t pid[READERS + WRITERS];
	struct board *board = new_board();
	long long faults;
	double begin;

	for (unsigned int w = 0; w < WRITERS; w++)
		for (size_t i = 0; i < NR_PAGES; i++)
			*own_word(blob, w, i) = 0;
	for (unsigned int i = 0; i < READERS + WRITERS; i++)
		pid[i] = start_worker(blob, board, i);
	wait_rounds(board, READERS + WRITERS);
	faults = virtgpu_host_blob(blob, "faults");
	begin = now();
	for (unsigned int i = 0; i < moves; i++)
		move(blob);
	igt_info("%u moves of %d pages: %.1f ms each\n", moves, NR_PAGES,
		 (now() - begin) * 1000 / moves);
	/* They have met them. */
	igt_assert(virtgpu_host_blob(blob, "faults") >= faults + moves);
	wait_rounds(board, READERS + WRITERS);
	board->stop = 1;
	for (unsigned int i = 0; i < READERS + WRITERS; i++)
		igt_assert_eq(virtgpu_child_status_bounded(pid[i], VIRTGPU_WAIT_SECONDS), 0);
	assert_nothing_lost(board);
	assert_written(blob, board);
	igt_assert(virtgpu_host_blob(blob, "moves") >= moves);
	munmap(board, sizeof(*board));
}

static void move_acknowledged(struct virtgpu_blob *blob)
{
	virtgpu_host_wait_acked(blob, virtgpu_host_move(blob));
}

/**
 * SUBTEST: acknowledged-under-load
 * Description: readers and writers run while the exporter moves, each time when the guest has let
 *	go: no poisoned word is read, and no write is lost
 */
static void test_under_load(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	run_under_load(&blob, move_acknowledged);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: timed-out-under-load
 * Description: a guest that is not told, and so does not let go in time, loses the memory, and its readers
 *	go on: they find zeroes, and never what the exporter has left
 */
static void test_timed_out(struct virtgpu *gpu)
{
	long long fetches = virtgpu_host_count(gpu, "fetches");
	struct board *board = new_board();
	struct virtgpu_blob blob;
	pid_t pid[READERS];
	struct worker sum;
	uint64_t gap;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	for (unsigned int i = 0; i < READERS; i++)
		pid[i] = start_worker(&blob, board, i);
	wait_rounds(board, READERS);
	virtgpu_host_ack_timeout(gpu, 200);
	virtgpu_host_inject(gpu, "fetch", "hold");
	virtgpu_host_move(&blob);
	virtgpu_host_wait_count(gpu, "fetches", fetches + 1);
	virtgpu_host_wait_evicted(&blob);
	igt_assert_eq(virtgpu_host_blob(&blob, "moves"), 1);
	wait_rounds(board, READERS);
	gap = sum_up(board).gap;
	wait_rounds(board, READERS);
	sum = sum_up(board);
	igt_assert_eq(sum.poisoned, 0);
	igt_assert(sum.zero);
	igt_assert_eq(sum.wrong, 0);
	/* There is memory again. */
	igt_assert_eq(sum.gap, gap);

	virtgpu_host_ack_timeout(gpu, 0);
	virtgpu_host_release(gpu);
	virtgpu_host_wait_acked(&blob, 3);
	for (unsigned int i = 0; i < READERS; i++)
		igt_assert_eq(virtgpu_child_status_bounded(pid[i], VIRTGPU_WAIT_SECONDS), -SIGBUS);
	virtgpu_host_change_acked(&blob, WC, 0);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 5), 0);
	munmap(board, sizeof(*board));
	virtgpu_blob_destroy(&blob);
}

static void move_untold(struct virtgpu_blob *blob)
{
	virtgpu_host_move_untold(blob, "copy");
}

/**
 * SUBTEST: untold-under-load
 * Description: the same without telling the guest. A KVM that takes a second look at what is being
 *	moved for an error ends the virtual machine here: run it by itself
 */
static void test_untold_under_load(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	run_under_load(&blob, move_untold);
	virtgpu_blob_destroy(&blob);
}

int igt_main()
{
	static const unsigned int modes[] = { CACHED, UNCACHED, WC };
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "moving");

	for (unsigned int i = 0; i < ARRAY_SIZE(modes); i++) {
		igt_describe("The exporter moves memory that the guest has let go of; the next touch "
			     "finds it.");
		igt_subtest_f("acknowledged-%s", virtgpu_cache_name(modes[i]))
			test_acknowledged(&gpu, modes[i]);
	}

	igt_describe("Revoked memory is given back from elsewhere.");
	igt_subtest("moved-while-revoked")
		test_revoked(&gpu);

	igt_describe("The host's MMU follows a move that the guest does not know of.");
	igt_subtest("untold-once")
		test_untold(&gpu);

	igt_describe("An exporter that does not take mappings away is noticed.");
	igt_subtest("forgotten-mappings")
		test_forgotten(&gpu);

	igt_describe("No poisoned word is read and no write is lost, with moves under load.");
	igt_subtest("acknowledged-under-load")
		test_under_load(&gpu);

	igt_describe("A guest that is late loses the memory, and goes on.");
	igt_subtest("timed-out-under-load")
		test_timed_out(&gpu);

	igt_describe("What an acknowledged move costs, by size.");
	igt_subtest("cost-by-size")
		test_cost(&gpu);

	igt_describe("Memory that moves between KVM's two looks at it is found all the same.");
	igt_subtest("untold-race")
		test_race(&gpu);

	igt_describe("Memory that is revoked without a word ends the virtual machine.");
	igt_subtest("untold-revoked")
		test_untold_revoked(&gpu);

	igt_describe("What moves under load do that the guest is not told of.");
	igt_subtest("untold-under-load")
		test_untold_under_load(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
