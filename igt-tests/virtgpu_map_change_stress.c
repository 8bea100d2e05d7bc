// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map change stress
 * Description: Processes map, touch, fork, export, protect, move and free blobs while the host
 *	changes their attributes at random and a witness watches the PTEs.
 *	VIRTGPU_STRESS_SECONDS sets how long it takes (default 10)
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: attribute_change
 * Feature: Map attributes
 * Test category: stress test
 */

/*
 * The witness.  The host device writes into a table in guest memory which declarations of each
 * blob the guest has acknowledged (witness.h).  Reading the table, then a PTE, then the table
 * again tells which declarations the PTE may have been made under: those in force at some time
 * between the two reads.  A PTE of any other is wrong, even if it is gone a moment later.
 *
 * The data.  Every process has words of its own in every shared blob, and remembers what it
 * wrote there last; at the end it looks at them and so does the host.
 */
#include <drm/drm.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define WORKERS	4
#define SHARED	4
#define NR_PAGES	16
#define SIZE	PAGES(NR_PAGES)
#define TAG	7
#define PERIOD_US 300

/**
 * struct worker - what a process tells the witness, and at the end the judge
 * @seq: odd while @va and @shared change
 * @va: where it has a second mapping of a shared blob, or 0
 * @shared: index of that blob
 * @writes: words written so far
 * @faults: page faults so far
 * @refused: SIGBUSes so far
 * @failed: line of the check that failed, or 0
 * @failed_errno: errno then
 * @pid: whose it is
 * @value: last value written to its word of each page
 */
struct worker {
	_Atomic uint32_t seq;
	_Atomic uintptr_t va;
	_Atomic uint32_t shared;
	_Atomic uint64_t writes;
	_Atomic uint64_t faults;
	_Atomic uint64_t refused;
	_Atomic int failed;
	_Atomic int failed_errno;
	pid_t pid;
	uint64_t value[SHARED][NR_PAGES];
};

/**
 * struct board - shared by all
 * @stop: the workers' signal to end
 * @worker: what each of them says
 */
struct board {
	_Atomic int stop;
	struct worker worker[WORKERS];
};

static struct board *board;
static struct virtgpu_blob shared[SHARED];
static uint64_t shared_offset[SHARED];
static const struct witness *witness;

/* ---- a worker --------------------------------------------------------- */

static sigjmp_buf jump;
static uint64_t rng;

static unsigned int pick(unsigned int n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (rng >> 32) % n;
}

static void on_sigbus(int sig)
{
	siglongjmp(jump, sig);
}

#define CHECK(cond)							\
	do {								\
		if (!(cond)) {						\
			board->worker[me].failed_errno = errno;		\
			board->worker[me].failed = __LINE__;		\
			_exit(1);					\
		}							\
	} while (0)

static volatile uint64_t *word(void *va, int me, unsigned int page)
{
	return (volatile uint64_t *)((uint8_t *)va + page * PAGE) + 8 * me;
}

/* A word is read, found as it was left, and written; SIGBUS ends that anywhere before. */
static void touch_word(int me, void *va, unsigned int blob, unsigned int page)
{
	struct worker *w = &board->worker[me];
	volatile uint64_t *p = word(va, me, page);
	uint64_t next = rng | 1;

	if (sigsetjmp(jump, 1)) {
		w->refused++;
		return;
	}
	CHECK(*p == w->value[blob][page]);
	*p = next;
	/* No SIGBUS in between: the store is done, and this is memory of our own. */
	w->value[blob][page] = next;
	w->writes++;
}

static void publish(struct worker *w, void *va, unsigned int blob)
{
	w->seq++;
	w->va = (uintptr_t)va;
	w->shared = blob;
	w->seq++;
}

static void *map_shared(int me, unsigned int blob, int prot)
{
	void *va = mmap(NULL, SIZE, prot, MAP_SHARED, shared[blob].gpu->fd,
			shared_offset[blob]);

	/* What the host forbids just now. */
	CHECK(va != MAP_FAILED || errno == EOPNOTSUPP || errno == ESTALE);
	return va == MAP_FAILED ? NULL : va;
}

static void do_map(int me, unsigned int blob)
{
	struct worker *w = &board->worker[me];
	void *va = map_shared(me, blob, PROT_READ | PROT_WRITE);

	if (!va)
		return;
	publish(w, va, blob);
	for (int i = 0; i < 8; i++)
		touch_word(me, va, blob, pick(NR_PAGES));
	switch (pick(4)) {
	case 0:
		CHECK(!mprotect(va, SIZE / 2, PROT_READ));
		touch_word(me, va, blob, NR_PAGES / 2 + pick(NR_PAGES / 2));
		CHECK(!mprotect(va, SIZE / 2, PROT_READ | PROT_WRITE));
		touch_word(me, va, blob, pick(NR_PAGES / 2));
		break;
	case 1:
		publish(w, NULL, 0);
		va = mremap(va, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
			    (uint8_t *)0x200000000000 + me * MiB(1));
		CHECK(va != MAP_FAILED);
		publish(w, va, blob);
		touch_word(me, va, blob, pick(NR_PAGES));
		break;
	case 2:
		/* A hole, and what is left on either side. */
		publish(w, NULL, 0);
		CHECK(!munmap((uint8_t *)va + PAGES(4), PAGE));
		touch_word(me, va, blob, pick(4));
		touch_word(me, va, blob, 5 + pick(NR_PAGES - 5));
		break;
	}
	publish(w, NULL, 0);
	CHECK(!munmap(va, SIZE));
}

static void do_fork(int me, unsigned int blob)
{
	struct worker *w = &board->worker[me];
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid) {
		if (!sigsetjmp(jump, 1))
			for (unsigned int page = 0; page < NR_PAGES; page++)
				if (*word(shared[blob].va, me, page) != w->value[blob][page])
					_exit(1);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && !status);
}

static void do_export(int me, unsigned int blob)
{
	struct drm_prime_handle prime = {
		.handle = shared[blob].handle, .flags = DRM_CLOEXEC | DRM_RDWR,
	};
	struct worker *w = &board->worker[me];
	void *va;

	CHECK(!ioctl(shared[blob].gpu->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
	va = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, prime.fd, 0);
	CHECK(va != MAP_FAILED || errno == EOPNOTSUPP || errno == ESTALE);
	close(prime.fd);
	if (va == MAP_FAILED)
		return;
	publish(w, va, blob);
	for (int i = 0; i < 4; i++)
		touch_word(me, va, blob, pick(NR_PAGES));
	publish(w, NULL, 0);
	CHECK(!munmap(va, SIZE));
}

/* A blob of its own, in the storm as well, freed while it may be changing. */
static void do_free(int me)
{
	int fd = shared[0].gpu->fd;
	struct drm_gem_close close = { 0 };
	struct drm_virtgpu_map map = { 0 };
	struct virtgpu_blob blob;
	void *va;
	int ret;

	ret = virtgpu_blob_try_create(shared[0].gpu, &blob, PAGES(4),
				      blob_id_attr(CACHED + pick(3), 0, TAG),
				      VIRTGPU_BLOB_FLAG_USE_MAPPABLE);
	errno = -ret;
	CHECK(!ret || ret == -ENOSPC);
	if (ret)
		return;
	map.handle = blob.handle;
	CHECK(!ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &map));
	va = mmap(NULL, PAGES(4), PROT_READ | PROT_WRITE, MAP_SHARED, fd, map.offset);
	CHECK(va != MAP_FAILED || errno == EOPNOTSUPP || errno == ESTALE || errno == ENOSPC);
	if (va != MAP_FAILED) {
		if (!sigsetjmp(jump, 1))
			memset(va, 1, PAGES(4));
		CHECK(!munmap(va, PAGES(4)));
	}
	close.handle = blob.handle;
	CHECK(!ioctl(fd, DRM_IOCTL_GEM_CLOSE, &close));
}

static void work(int me)
{
	struct sigaction sa = { .sa_handler = on_sigbus };
	struct worker *w = &board->worker[me];
	struct rusage usage;

	rng = 0x9e3779b97f4a7c15 * (me + 1);
	sigaction(SIGBUS, &sa, NULL);
	while (!board->stop) {
		unsigned int blob = pick(SHARED);

		switch (pick(16)) {
		case 0:
			do_fork(me, blob);
			break;
		case 1:
		case 2:
			do_export(me, blob);
			break;
		case 3:
			do_free(me);
			break;
		case 4:
		case 5:
		case 6:
			do_map(me, blob);
			break;
		default:
			for (int i = 0; i < 32; i++)
				touch_word(me, shared[blob].va, blob, pick(NR_PAGES));
		}
		getrusage(RUSAGE_SELF, &usage);
		w->faults = usage.ru_minflt + usage.ru_majflt;
	}
	_exit(0);
}

/* ---- the witness ------------------------------------------------------ */

/**
 * struct verdict - what the witness found
 * @samples: PTEs looked at, and found or not
 * @present: of them found
 * @pinned: of them found while one declaration only was in force
 * @wrong: of a declaration that was not in force
 */
struct verdict {
	uint64_t samples, present, pinned, wrong;
};

static const struct witness_slot *slot_of(uint32_t res)
{
	for (int i = 0; i < WITNESS_SLOTS; i++)
		if (__atomic_load_n(&witness->slot[i].resource, __ATOMIC_ACQUIRE) == res)
			return &witness->slot[i];
	return NULL;
}

/* Was a PTE of @type right at some time between declarations number @first and @last? */
static bool allowed(const struct witness_slot *slot, uint32_t first, uint32_t last,
		    enum pte_probe_type type)
{
	for (uint32_t seq = first; seq != last + 1; seq++) {
		uint32_t i = (seq - 1) % WITNESS_RING;

		if (!slot->acked[i].flags && virtgpu_pte_type(slot->acked[i].cache_mode) == type)
			return true;
	}
	return false;
}

static void look(struct verdict *v, pid_t pid, uintptr_t va, const struct witness_slot *slot,
		 const struct worker *w, uint32_t wseq)
{
	struct pte_probe_range range;
	enum pte_probe_type type;
	uint32_t first, last;

	first = __atomic_load_n(&slot->seq, __ATOMIC_ACQUIRE);
	if (virtgpu_pte_probe_other(pid, (void *)va, PAGE, &range))
		return;
	last = __atomic_load_n(&slot->seq, __ATOMIC_ACQUIRE);
	/* Mapped by now is something else, or the table has been lapped. */
	if ((w && w->seq != wseq) || last - first >= WITNESS_RING - 1)
		return;
	v->samples++;
	for (type = PTE_PROBE_NONE + 1; type < PTE_PROBE_TYPES; type++)
		if (range.pages[type])
			break;
	if (type == PTE_PROBE_TYPES)
		return;
	v->present++;
	v->pinned += first == last;
	if (allowed(slot, first, last, type))
		return;
	if (!v->wrong++)
		fprintf(stderr, "resource %u: type %d, declarations %u to %u, last: cache mode %u, flags %u\n",
			slot->resource, type, first, last,
			slot->acked[(last - 1) % WITNESS_RING].cache_mode,
			slot->acked[(last - 1) % WITNESS_RING].flags);
}

static void sample(struct verdict *v)
{
	struct worker *w = &board->worker[pick(WORKERS)];
	uint32_t seq = w->seq;
	uintptr_t va = w->va;
	unsigned int blob = w->shared;
	const struct witness_slot *slot;

	if (!(seq & 1) && va && pick(2) && seq == w->seq) {
		slot = slot_of(shared[blob].res);
		if (slot)
			look(v, w->pid, va + pick(NR_PAGES) * PAGE, slot, w, seq);
		return;
	}
	blob = pick(SHARED);
	slot = slot_of(shared[blob].res);
	if (slot)
		look(v, w->pid, (uintptr_t)shared[blob].va + pick(NR_PAGES) * PAGE, slot, NULL, 0);
}

/* ---- the test --------------------------------------------------------- */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1000000000.0;
}

/* Words of a worker that the host does not find as the worker left them. */
static unsigned int host_lost(struct virtgpu_blob *blob, const uint64_t *value, int me)
{
	unsigned int lost = 0;

	for (unsigned int page = 0; page < NR_PAGES; page++) {
		uint64_t seen = virtgpu_host_word(blob, page * PAGE + 64 * me);

		lost += seen != value[page];
	}
	return lost;
}

static void start(struct virtgpu *gpu, struct virtgpu_blob *table)
{
	virtgpu_blob_create(gpu, table, 2 * PAGES(16), virtgpu_attr_id(CACHED, 0));
	virtgpu_blob_map(table);
	virtgpu_host_witness(table);
	witness = (const struct witness *)table->va;
	for (int i = 0; i < SHARED; i++) {
		virtgpu_blob_create(gpu, &shared[i], SIZE, blob_id_attr(CACHED, 0, TAG));
		virtgpu_blob_map(&shared[i]);
		shared_offset[i] = virtgpu_blob_offset(&shared[i]);
		memset(shared[i].va, 0, SIZE);
	}
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	igt_assert(board != MAP_FAILED);
	for (int i = 0; i < WORKERS; i++) {
		pid_t pid = fork();

		if (!pid)
			work(i);
		board->worker[i].pid = pid;
	}
}

static void report(double seconds, long long changes, long long acks, const struct verdict *v,
		   unsigned int lost)
{
	uint64_t faults = 0, writes = 0, refused = 0;
	FILE *f;

	for (int i = 0; i < WORKERS; i++) {
		faults += board->worker[i].faults;
		writes += board->worker[i].writes;
		refused += board->worker[i].refused;
	}
	printf("seconds      %10.1f\n"
	       "changes/s    %10.0f\n"
	       "acks/s       %10.0f\n"
	       "faults/s     %10.0f\n"
	       "writes/s     %10.0f\n"
	       "SIGBUS       %10llu\n"
	       "PTEs seen    %10llu  (%llu looks, %llu seen under one declaration only)\n"
	       "wrong PTEs   %10llu\n"
	       "lost writes  %10u\n",
	       seconds, changes / seconds, acks / seconds, faults / seconds, writes / seconds,
	       (unsigned long long)refused, (unsigned long long)v->present,
	       (unsigned long long)v->samples, (unsigned long long)v->pinned,
	       (unsigned long long)v->wrong, lost);
	f = fopen("/out/stress.json", "w");
	if (!f)
		return;
	fprintf(f, "{\"seconds\": %.1f, \"changes_per_second\": %.0f, \"acks_per_second\": %.0f, "
		"\"faults_per_second\": %.0f, \"writes_per_second\": %.0f, \"sigbus\": %llu, "
		"\"ptes_seen\": %llu, \"looks\": %llu, \"wrong_ptes\": %llu, \"lost_writes\": %u}\n",
		seconds, changes / seconds, acks / seconds, faults / seconds, writes / seconds,
		(unsigned long long)refused, (unsigned long long)v->present,
		(unsigned long long)v->samples, (unsigned long long)v->wrong, lost);
	fclose(f);
}

/**
 * SUBTEST: change-storm
 * Description: four processes, four shared blobs and some of their own, thousands of changes
 */
static void test_storm(struct virtgpu *gpu)
{
	const char *env = getenv("VIRTGPU_STRESS_SECONDS");
	double seconds = env ? atof(env) : 10, begin;
	long long changes, acks;
	struct verdict v = { 0 };
	struct virtgpu_blob table;
	unsigned int lost = 0;
	int failed = 0;

	rng = 1;
	changes = virtgpu_host_count(gpu, "changes");
	acks = virtgpu_host_count(gpu, "acks");
	start(gpu, &table);
	virtgpu_host_storm(gpu, TAG, PERIOD_US, 1);
	for (begin = now(); now() - begin < seconds;)
		for (int i = 0; i < 64; i++)
			sample(&v);
	virtgpu_host_storm_end(gpu, TAG);
	seconds = now() - begin;
	board->stop = 1;
	for (int i = 0; i < WORKERS; i++) {
		int status = virtgpu_child_status(board->worker[i].pid);

		if (status || board->worker[i].failed) {
			fprintf(stderr, "process %d: status %d, line %d, %s\n", i, status,
				board->worker[i].failed, strerror(board->worker[i].failed_errno));
			failed++;
		}
	}
	changes = virtgpu_host_count(gpu, "changes") - changes;
	acks = virtgpu_host_count(gpu, "acks") - acks;

	/* The storm over, all is healed by one more change, and nothing is lost. */
	for (int b = 0; b < SHARED; b++) {
		virtgpu_host_change_acked(&shared[b], CACHED, 0);
		for (int i = 0; i < WORKERS; i++) {
			for (unsigned int page = 0; page < NR_PAGES; page++)
				lost += *word(shared[b].va, i, page) !=
					board->worker[i].value[b][page];
			lost += host_lost(&shared[b], board->worker[i].value[b], i);
		}
		virtgpu_pte_assert_mode(shared[b].va, SIZE, CACHED);
	}
	report(seconds, changes, acks, &v, lost);
	for (int i = 0; i < SHARED; i++)
		virtgpu_blob_destroy(&shared[i]);
	virtgpu_blob_destroy(&table);
	munmap(board, sizeof(*board));

	igt_assert_eq(failed, 0);
	igt_assert_eq(v.wrong, 0);
	igt_assert_eq(lost, 0);
	/* A witness that saw nothing has nothing to say. */
	igt_assert(changes > 0 && v.present > 0 && v.pinned > 0);
	virtgpu_settle(gpu);
}

/**
 * SUBTEST: change-storm-unbind
 * Description: the driver is unbound right after a storm, under processes that touch, map and
 *	free what has changed, and bound again
 */
static void test_storm_unbind(struct virtgpu *gpu)
{
	struct virtgpu_blob table;

	start(gpu, &table);
	virtgpu_host_storm(gpu, TAG, PERIOD_US, 2);
	sleep(1);
	/* Before, because QEMU 11.1 crashes when a change meets a device being stopped. */
	virtgpu_host_storm_end(gpu, TAG);
	usleep(20000);
	virtgpu_unbind(gpu);
	for (int i = 0; i < SHARED; i++) {
		/* Workers may have touched it since; what counts is what they found. */
		const char *wrong = virtgpu_why_not_lost(gpu, shared[i].va, SIZE);

		igt_assert_f(!wrong, "%s\n", wrong);
	}
	for (int i = 0; i < WORKERS; i++) {
		int status;

		/* Or it has found out that there is no device any more. */
		kill(board->worker[i].pid, SIGKILL);
		status = virtgpu_child_status_bounded(board->worker[i].pid, 30);
		igt_assert(status == -SIGKILL || status == 1);
	}
	for (int i = 0; i < SHARED; i++)
		munmap(shared[i].va, SIZE);
	munmap(table.va, table.size);
	munmap(board, sizeof(*board));
	virtgpu_bind(gpu);
	virtgpu_settle(gpu);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	igt_describe("The witness sees no PTE of a declaration that is not in force, and no write "
		     "is lost.");
	igt_subtest("change-storm")
		test_storm(&gpu);

	igt_describe("The driver can be unbound right after many changes.");
	igt_subtest("change-storm-unbind")
		test_storm_unbind(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
