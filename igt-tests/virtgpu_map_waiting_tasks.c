// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map waiting tasks
 * Description: While the host has not confirmed a change, only tasks that touch the blob wait:
 *	they can be killed, frozen and outlived, and hold nothing that other tasks need
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: waiting
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(16)
/* How long a thing may take that should not take long; for what never ends. */
#define BOUND 30

static struct virtgpu gpu;

/* ---- blobs whose change is not confirmed ------------------------------- */

/* Mapped; a task that touches it from now on waits for the host. */
static void setup_held(struct virtgpu_blob *blob)
{
	virtgpu_blob_setup(&gpu, blob, SIZE, CACHED);
	virtgpu_host_hold_acks(&gpu, true);
	virtgpu_host_change_acked(blob, WC, 0);
}

static void let_go(void)
{
	virtgpu_host_hold_acks(&gpu, false);
	virtgpu_host_release(&gpu);
}

/* It was all about waiting: afterwards the blob is as good as any. */
static void finish_held(struct virtgpu_blob *blob)
{
	virtgpu_host_fill(blob, 5);
	virtgpu_blob_assert_good(blob, WC);
	virtgpu_blob_destroy(blob);
}

/* ---- children that are told what to do --------------------------------- */

/**
 * struct peer - a process at the other end of two pipes
 */
struct peer {
	pid_t pid;
	int to;
	int from;
};

/* The child calls @run, and ends with what that returns. */
static void peer_start(struct peer *peer, int (*run)(struct peer *parent, void *data), void *data)
{
	int to[2], from[2];

	igt_assert_eq(pipe2(to, O_CLOEXEC) | pipe2(from, O_CLOEXEC), 0);
	peer->pid = fork();
	if (!peer->pid) {
		struct peer parent = { .to = from[1], .from = to[0] };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to[1]);
		close(from[0]);
		_exit(run(&parent, data));
	}
	close(to[0]);
	close(from[1]);
	peer->to = to[1];
	peer->from = from[0];
}

static bool peer_say(struct peer *peer, int what)
{
	return write(peer->to, &what, sizeof(what)) == sizeof(what);
}

/* What the other side says, or -1. */
static int peer_hear(struct peer *peer)
{
	int what;

	return read(peer->from, &what, sizeof(what)) == sizeof(what) ? what : -1;
}

/* The same, or -ETIMEDOUT. */
static int peer_hear_bounded(struct peer *peer)
{
	struct pollfd fd = { .fd = peer->from, .events = POLLIN };

	return poll(&fd, 1, BOUND * 1000) == 1 ? peer_hear(peer) : -ETIMEDOUT;
}

/* Kill it in any case; how it ended, or -ETIMEDOUT for one that did not. */
static int peer_end(struct peer *peer)
{
	kill(peer->pid, SIGKILL);
	close(peer->to);
	close(peer->from);
	return virtgpu_child_status_bounded(peer->pid, BOUND);
}

static void touch_byte(void *p)
{
	*(volatile uint8_t *)p;
}

/* Takes mmap_lock for writing. */
static bool can_mmap(void)
{
	void *va = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return va != MAP_FAILED && !munmap(va, PAGE);
}

static void start_thread(void *(*run)(void *), void *data)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, data))
		_exit(98);
	pthread_detach(thread);
}

/* ---- futexes ------------------------------------------------------------ */

static int futex(void *word, int op, unsigned long value2, void *word2, unsigned int value3)
{
	return syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, 1, value2, word2, value3);
}

static uint32_t other_word;

static void wake_op(void *word)
{
	futex(&other_word, FUTEX_WAKE_OP, 1, word, FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_EQ, 0));
}

static void lock_pi(void *word)
{
	futex(word, FUTEX_LOCK_PI, 0, NULL, 0);
}

static void trylock_pi(void *word)
{
	futex(word, FUTEX_TRYLOCK_PI, 0, NULL, 0);
}

static void cmp_requeue(void *word)
{
	futex(word, FUTEX_CMP_REQUEUE, 1, &other_word, 0xffffffff);
}

static void wait_value(void *word)
{
	/* Another value than the one that is there: it does not wait for a wake-up. */
	futex(word, FUTEX_WAIT, 0, NULL, 0);
}

/**
 * struct futex_case - a futex operation that looks at a word in user memory
 * @writes: as core mm's fault handling for writing does, which cannot let go of mmap_lock, so
 *	that it must not wait for the host
 */
struct futex_case {
	const char *name;
	void (*run)(void *word);
	bool writes;
};

static const struct futex_case futexes[] = {
	{ "wake-op", wake_op, true },
	{ "lock-pi", lock_pi, true },
	{ "trylock-pi", trylock_pi, true },
	{ "cmp-requeue", cmp_requeue, false },
	{ "wait", wait_value, false },
};

/**
 * struct waiter - a thread of a peer
 * @tid: when it is about to do what it is there for
 */
struct waiter {
	const struct futex_case *futex;
	struct virtgpu_blob *blob;
	struct peer *parent;
	volatile pid_t tid;
};

enum { READY = 1, RETURNED, MAPPED, FAILED };

static void *do_futex(void *data)
{
	struct waiter *waiter = data;

	waiter->tid = gettid();
	peer_say(waiter->parent, waiter->tid);
	waiter->futex->run(waiter->blob->va);
	peer_say(waiter->parent, RETURNED);
	return NULL;
}

static int futex_peer(struct peer *parent, void *data)
{
	struct waiter *waiter = data;

	waiter->parent = parent;
	start_thread(do_futex, waiter);
	while (peer_hear(parent) > 0)
		peer_say(parent, can_mmap() ? MAPPED : FAILED);
	return 0;
}

/*
 * Where the thread has got to: asleep in the driver (true), or through with it. Some kernels
 * spin; that is taken for the former.
 */
static bool futex_waits(struct peer *peer, pid_t tid, int *said)
{
	struct pollfd fd = { .fd = peer->from, .events = POLLIN };

	for (int i = 0; i < BOUND * 100; i++) {
		if (poll(&fd, 1, 10) == 1) {
			*said = peer_hear(peer);
			return false;
		}
		if (virtgpu_task_is_in_driver(peer->pid, tid))
			return true;
	}
	return true;
}

/**
 * SUBTEST: futex-%s
 * Description: a futex in a blob that changes: who operates on it keeps no other thread from
 *	mmap(), returns where it cannot wait without, and can be killed
 *
 * arg[1].values: wake-op, lock-pi, trylock-pi, cmp-requeue, wait
 */
static void test_futex(const struct futex_case *futex)
{
	int said = 0, mapped, status;
	struct waiter waiter = { .futex = futex };
	struct peer peer;
	struct virtgpu_blob blob;
	bool waits;
	pid_t tid;

	setup_held(&blob);
	waiter.blob = &blob;
	peer_start(&peer, futex_peer, &waiter);
	tid = peer_hear_bounded(&peer);
	waits = futex_waits(&peer, tid, &said);
	peer_say(&peer, READY);
	mapped = peer_hear_bounded(&peer);
	status = peer_end(&peer);
	/* Let go of it in any case, or this guest cannot be ended. */
	let_go();
	igt_assert_eq(mapped, MAPPED);
	igt_assert_eq(status, -SIGKILL);
	if (futex->writes)
		igt_assert(!waits);
	if (!waits)
		igt_assert_eq(said, RETURNED);
	finish_held(&blob);
}

/* ---- what the kernel does for a thread that exits ----------------------- */

struct exit_case {
	const char *name;
	const char *describe;
	void (*prepare)(struct virtgpu_blob *blob);
};

static struct robust_list_head head;
static struct robust_list node;

static void robust_list(struct virtgpu_blob *blob)
{
	struct robust_list_head *there = (void *)blob->va;

	there->list.next = &there->list;
	there->futex_offset = 0;
	there->list_op_pending = NULL;
	syscall(SYS_set_robust_list, there, sizeof(*there));
}

static void robust_mutex(struct virtgpu_blob *blob)
{
	head.list.next = &node;
	head.futex_offset = (uintptr_t)blob->va - (uintptr_t)&node;
	head.list_op_pending = NULL;
	node.next = &head.list;
	*(volatile uint32_t *)blob->va = gettid();
	syscall(SYS_set_robust_list, &head, sizeof(head));
}

static void clear_tid(struct virtgpu_blob *blob)
{
	syscall(SYS_set_tid_address, blob->va);
}

static const struct exit_case exits[] = {
	{ "robust-list",
	  "A thread exits although its list of robust mutexes is in a changing blob.",
	  robust_list },
	{ "robust-mutex", "A thread exits although its robust mutex is in a changing blob.",
	  robust_mutex },
	{ "clear-tid",
	  "A thread exits although the word that the kernel clears then is in a changing blob.",
	  clear_tid },
};

struct exiting {
	const struct exit_case *exit;
	struct virtgpu_blob *blob;
	struct peer *parent;
};

static void *do_exit(void *data)
{
	struct exiting *exiting = data;

	exiting->exit->prepare(exiting->blob);
	peer_say(exiting->parent, READY);
	peer_hear(exiting->parent);
	syscall(SYS_exit, 0);
	return NULL;
}

static int threads(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[128];
	int n = 0;

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "Threads: %d", &n);
	if (f)
		fclose(f);
	return n;
}

/* Two threads, because the kernel does some of it only while there are others. */
static int exiting_peer(struct peer *parent, void *data)
{
	struct exiting *exiting = data;

	exiting->parent = parent;
	start_thread(do_exit, exiting);
	/* Longer than the parent waits. */
	virtgpu_wait(threads() == 1, 2 * BOUND);
	return 0;
}

/**
 * SUBTEST: exit-%s
 * Description: what the kernel writes for a thread that exits is in a blob that changes: the
 *	thread exits, and its process
 *
 * SUBTEST: killed-%s
 * Description: the same for a process that is killed
 *
 * arg[1].values: robust-list, robust-mutex, clear-tid
 */
static void test_exit(const struct exit_case *exit, bool killed)
{
	struct exiting exiting = { .exit = exit };
	struct virtgpu_blob blob;
	struct peer peer;
	int status;

	virtgpu_blob_setup(&gpu, &blob, SIZE, CACHED);
	exiting.blob = &blob;
	peer_start(&peer, exiting_peer, &exiting);
	igt_assert_eq(peer_hear_bounded(&peer), READY);
	virtgpu_host_hold_acks(&gpu, true);
	virtgpu_host_change_acked(&blob, WC, 0);
	if (killed) {
		status = peer_end(&peer);
	} else {
		peer_say(&peer, READY);
		status = virtgpu_child_status_bounded(peer.pid, BOUND);
	}
	let_go();
	if (status == -ETIMEDOUT)
		peer_end(&peer);
	igt_assert_eq(status, killed ? -SIGKILL : 0);
	finish_held(&blob);
}

/* ---- debuggers ----------------------------------------------------------- */

static int target_peer(struct peer *parent, void *data)
{
	(void)data;
	while (peer_hear(parent) > 0)
		peer_say(parent, can_mmap() ? MAPPED : FAILED);
	return 0;
}

struct debugged {
	struct virtgpu_blob *blob;
	pid_t pid;
	bool write;
};

static int debugger_peer(struct peer *parent, void *data)
{
	struct debugged *debugged = data;
	uint64_t word = 0;
	char path[64];
	ssize_t n;
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", debugged->pid);
	mem = open(path, O_RDWR);
	if (mem < 0)
		return 1;
	peer_say(parent, READY);
	if (debugged->write)
		n = pwrite(mem, &word, sizeof(word), (uintptr_t)debugged->blob->va);
	else
		n = pread(mem, &word, sizeof(word), (uintptr_t)debugged->blob->va);
	return n < 0 ? errno : 0;
}

/**
 * SUBTEST: debugger-reads
 * Description: the debugger of a process does not wait for the host, and the process can mmap()
 *
 * SUBTEST: debugger-writes
 * Description: the same for a debugger that writes
 */
static void test_debugger(bool write)
{
	struct debugged debugged = { .write = write };
	struct peer target, debugger;
	struct virtgpu_blob blob;
	int status, mapped;

	setup_held(&blob);
	debugged.blob = &blob;
	peer_start(&target, target_peer, NULL);
	debugged.pid = target.pid;
	peer_start(&debugger, debugger_peer, &debugged);
	igt_assert_eq(peer_hear_bounded(&debugger), READY);
	status = virtgpu_child_status_bounded(debugger.pid, BOUND);
	peer_say(&target, READY);
	mapped = peer_hear_bounded(&target);
	let_go();
	if (status == -ETIMEDOUT)
		peer_end(&debugger);
	peer_end(&target);
	igt_assert_eq(mapped, MAPPED);
	igt_assert_eq(status, EIO);
	finish_held(&blob);
}

/* ---- two changes in a row ------------------------------------------------ */

#define ROUNDS 4

/**
 * struct row - what the peer of test_in_a_row() works with, in memory of both
 * @blob: changes, again and again
 * @late: a blob of another device, whose host takes its time to map it
 * @offset: where it is in that device's file
 */
struct row {
	struct virtgpu_blob blob;
	struct virtgpu_blob late;
	uint64_t offset;
	struct peer *parent;
};

static void *do_touch(void *data)
{
	struct row *row = data;

	peer_say(row->parent, gettid());
	touch_byte(row->blob.va);
	peer_say(row->parent, RETURNED);
	return NULL;
}

static void *do_late_mmap(void *data)
{
	struct row *row = data;
	void *va;

	peer_say(row->parent, gettid());
	va = mmap(NULL, row->late.size, PROT_READ, MAP_SHARED, row->late.gpu->fd, row->offset);
	peer_say(row->parent, va == MAP_FAILED ? FAILED : MAPPED);
	return NULL;
}

static int row_peer(struct peer *parent, void *data)
{
	struct row *row = data;
	int what;

	row->parent = parent;
	start_thread(do_touch, row);
	while ((what = peer_hear(parent)) >= 0) {
		if (what == READY)
			peer_say(parent, can_mmap() ? MAPPED : FAILED);
		else
			start_thread(do_late_mmap, row);
	}
	return 0;
}

/**
 * SUBTEST: changes-in-a-row
 * Description: a thread that waits for one change finds the next one under way when it is to
 *	go on, again and again: no other thread's mmap() waits with it
 */

/*
 * An mmap() that waits for another device's host holds the thread up, so that it finds the next
 * change and not the moment in between: core mm takes mmap_lock on the way back to the fault
 * handler.
 */
static void test_in_a_row(void)
{
	static struct virtgpu other;
	int mapped = MAPPED, touched = 0, status;
	pid_t toucher, mapper;
	struct peer peer;
	struct row *row;
	bool waits;

	row = mmap(NULL, sizeof(*row), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	igt_assert(row != MAP_FAILED);
	virtgpu_open(&other, "aligned");
	setup_held(&row->blob);
	peer_start(&peer, row_peer, row);
	toucher = peer_hear_bounded(&peer);
	waits = virtgpu_task_wait_in_driver(peer.pid, toucher, true);
	for (int i = 0; i < ROUNDS && waits && mapped == MAPPED; i++) {
		virtgpu_blob_create(&other, &row->late, KiB(64),
				    blob_id_inject(WC, 0, INJECT_NONE, INJECT_HOLD, 0));
		row->offset = virtgpu_blob_offset(&row->late);
		peer_say(&peer, MAPPED);
		mapper = peer_hear_bounded(&peer);
		waits = virtgpu_task_wait_in_driver(peer.pid, mapper, true);
		/* It leaves the driver, and gets no further than mmap_lock. */
		virtgpu_host_release(&gpu);
		waits = waits && virtgpu_task_wait_in_driver(peer.pid, toucher, false);
		virtgpu_host_change_acked(&row->blob, i % 2 ? WC : UNCACHED, 0);
		virtgpu_host_release(&other);
		mapped = peer_hear_bounded(&peer);
		waits = waits && virtgpu_task_wait_in_driver(peer.pid, toucher, true);
		if (mapped == MAPPED) {
			peer_say(&peer, READY);
			mapped = peer_hear_bounded(&peer);
		}
		virtgpu_blob_destroy(&row->late);
	}
	let_go();
	if (mapped == MAPPED)
		touched = peer_hear_bounded(&peer);
	status = peer_end(&peer);
	igt_assert_eq(mapped, MAPPED);
	igt_assert(waits);
	igt_assert_eq(touched, RETURNED);
	igt_assert_eq(status, -SIGKILL);
	virtgpu_close(&other);
	/* The last change was another one. */
	virtgpu_host_change_acked(&row->blob, WC, 0);
	finish_held(&row->blob);
	munmap(row, sizeof(*row));
}

/* ---- freezing ------------------------------------------------------------ */

/* All tasks are frozen and thawed, no device is suspended. Return: 0 or a negative errno. */
static int freeze_tasks(void)
{
	int fd, ret = 0;

	virtgpu_write_file("/sys/power/pm_test", "freezer");
	virtgpu_write_file("/sys/module/suspend/parameters/pm_test_delay", "0");
	fd = open("/sys/power/state", O_WRONLY);
	if (fd < 0 || write(fd, "freeze", 6) != 6)
		ret = -errno;
	if (fd >= 0)
		close(fd);
	virtgpu_write_file("/sys/power/pm_test", "none");
	return ret;
}

static void require_freezer(void)
{
	igt_require_f(!access("/sys/power/pm_test", W_OK), "this kernel cannot try to freeze\n");
}

static int touching_peer(struct peer *parent, void *data)
{
	struct virtgpu_blob *blob = data;

	(void)parent;
	return virtgpu_guest_wrong(blob->va, 0, SIZE, 8, 5) ? 1 : 0;
}

static int mapping_peer(struct peer *parent, void *data)
{
	struct virtgpu_blob *blob = data;

	(void)parent;
	return -virtgpu_blob_try_map(blob, PROT_READ, MAP_SHARED);
}

/**
 * SUBTEST: freeze-tasks
 * Description: tasks that wait for the host are frozen like others, and go on waiting
 */
static void test_freeze(void)
{
	struct virtgpu_blob held, late;
	struct peer peers[2];
	bool waits[2] = { true, true };
	int error, status[2];

	require_freezer();
	setup_held(&held);
	virtgpu_blob_create(&gpu, &late, SIZE, blob_id_inject(WC, 0, INJECT_NONE, INJECT_HOLD, 0));
	peer_start(&peers[0], touching_peer, &held);
	peer_start(&peers[1], mapping_peer, &late);
	for (int i = 0; i < 2; i++)
		waits[0] &= virtgpu_task_wait_in_driver(peers[i].pid, peers[i].pid, true);
	error = freeze_tasks();
	for (int i = 0; i < 2; i++)
		waits[1] &= virtgpu_task_wait_in_driver(peers[i].pid, peers[i].pid, true);
	let_go();
	for (int i = 0; i < 2; i++) {
		status[i] = virtgpu_child_status_bounded(peers[i].pid, BOUND);
		close(peers[i].to);
		close(peers[i].from);
	}
	igt_assert(waits[0]);
	igt_assert_eq(error, 0);
	igt_assert(waits[1]);
	igt_assert_eq(status[0], 0);
	igt_assert_eq(status[1], 0);
	virtgpu_blob_destroy(&late);
	finish_held(&held);
}

/**
 * SUBTEST: freeze-full-queue
 * Description: a task that waits for room in the control queue is frozen like others
 */
static void test_freeze_deaf(void)
{
	int error, status;
	pid_t filler;

	require_freezer();
	filler = virtgpu_fill_queue(&gpu);
	error = freeze_tasks();
	kill(filler, SIGKILL);
	status = virtgpu_child_status_bounded(filler, BOUND);
	virtgpu_host_set_deaf(&gpu, false);
	igt_assert_eq(error, 0);
	igt_assert_eq(status, -SIGKILL);
	igt_assert(virtgpu_reopen(&gpu));
	virtgpu_settle(&gpu);
	virtgpu_assert_works(&gpu);
}

/* ---- unbinding ----------------------------------------------------------- */

static int reading_peer(struct peer *parent, void *data)
{
	struct virtgpu_blob *blob = data;
	char path[128];
	int fd;

	(void)parent;
	virtgpu_debugfs(&gpu, "virtio-gpu-map-attr", path, sizeof(path));
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 1;
	/* With or without an error: it ends. */
	if (read(fd, blob->va, PAGE) == 0)
		return 2;
	return 0;
}

static volatile bool unbound;

static void *do_unbind(void *data)
{
	(void)data;
	virtgpu_unbind(&gpu);
	unbound = true;
	return NULL;
}

/**
 * SUBTEST: unbind-debugfs
 * Description: what a debugfs file of the device says is on its way into a blob that changes when
 *	the driver is unbound, which removes that file
 */
static void test_unbind_debugfs(void)
{
	pthread_t thread;
	struct peer peer;
	struct virtgpu_blob blob;
	bool in_time, waits;
	int status;

	setup_held(&blob);
	peer_start(&peer, reading_peer, &blob);
	waits = virtgpu_task_wait_in_driver(peer.pid, peer.pid, true);
	unbound = false;
	igt_assert_eq(pthread_create(&thread, NULL, do_unbind, NULL), 0);
	in_time = virtgpu_wait(unbound, BOUND);
	let_go();
	pthread_join(thread, NULL);
	status = virtgpu_child_status_bounded(peer.pid, BOUND);
	close(peer.to);
	close(peer.from);
	munmap(blob.va, SIZE);
	virtgpu_bind(&gpu);
	igt_assert(waits);
	igt_assert(in_time);
	igt_assert_eq(status, 0);
	virtgpu_assert_works(&gpu);
}

int igt_main()
{
	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int i = 0; i < ARRAY_SIZE(futexes); i++) {
		igt_describe("A futex operation on a changing blob does not block other threads, "
			     "and can be killed.");
		igt_subtest_f("futex-%s", futexes[i].name)
			test_futex(&futexes[i]);
	}

	for (unsigned int i = 0; i < ARRAY_SIZE(exits); i++) {
		igt_describe(exits[i].describe);
		igt_subtest_f("exit-%s", exits[i].name)
			test_exit(&exits[i], false);
		igt_describe(exits[i].describe);
		igt_subtest_f("killed-%s", exits[i].name)
			test_exit(&exits[i], true);
	}

	igt_describe("A debugger that reads a changing blob does not wait.");
	igt_subtest("debugger-reads")
		test_debugger(false);

	igt_describe("A debugger that writes to a changing blob does not wait.");
	igt_subtest("debugger-writes")
		test_debugger(true);

	igt_describe("A fault that finds one change after the other blocks no other thread.");
	igt_subtest("changes-in-a-row")
		test_in_a_row();

	igt_describe("A task that waits for the host can be frozen.");
	igt_subtest("freeze-tasks")
		test_freeze();

	igt_describe("A task that waits for room in the queue can be frozen.");
	igt_subtest("freeze-full-queue")
		test_freeze_deaf();

	igt_describe("Unbinding the driver does not wait for a debugfs reader that waits for the "
		     "driver.");
	igt_subtest("unbind-debugfs")
		test_unbind_debugfs();

	igt_fixture()
		virtgpu_close(&gpu);
}
