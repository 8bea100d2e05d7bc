// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map hostile host
 * Description: Hosts that answer wrongly, late or not at all: no process hangs for good, and
 *	nothing is mapped that must not be
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: protocol_errors
 * Feature: Map attributes
 * Test category: negative test
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(16)

static void assert_refused(struct virtgpu_blob *blob, int error)
{
	struct virtgpu_blob second = *blob;

	virtgpu_pte_wait_none(blob->va, SIZE);
	igt_assert_eq(virtgpu_touch(blob->va, false), SIGBUS);
	igt_assert_eq(virtgpu_touch(blob->va + PAGE, true), SIGBUS);
	virtgpu_pte_assert_none(blob->va, SIZE);
	igt_assert_eq(virtgpu_blob_try_map(&second, PROT_READ, MAP_SHARED), error);
}

/**
 * SUBTEST: fetch-%s
 * Description: which resources have changed cannot be known: all lose their mappings
 *
 * arg[1].values: empty, short-header, long, nodata, bad-type, error, count-over, count-short
 * arg[1].values: more
 */
static void test_fetch_useless(struct virtgpu *gpu, const char *injection)
{
	struct virtgpu_blob changed, other;

	virtgpu_blob_setup(gpu, &changed, SIZE, CACHED);
	virtgpu_blob_setup(gpu, &other, SIZE, WC);
	virtgpu_host_inject(gpu, "fetch", injection);
	virtgpu_host_change(&changed, UNCACHED, 0);
	assert_refused(&changed, -EPROTO);
	assert_refused(&other, -EPROTO);
	/* The next change is looked at when all blobs there are have been refused. */
	virtgpu_host_change_acked(&changed, WC, 0);
	virtgpu_blob_destroy(&changed);
	virtgpu_blob_destroy(&other);
	virtgpu_assert_works(gpu);
}

/**
 * SUBTEST: fetch-%s
 * Description: odd, but no reason to refuse anything
 *
 * arg[1].values: foreign, twice
 */
static void test_fetch_odd(struct virtgpu *gpu, const char *injection)
{
	struct virtgpu_blob blob, other;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_blob_setup(gpu, &other, SIZE, CACHED);
	virtgpu_host_inject(gpu, "fetch", injection);
	virtgpu_host_change_acked(&blob, UNCACHED, 0);
	virtgpu_blob_assert_good(&blob, UNCACHED);
	virtgpu_blob_assert_good(&other, CACHED);
	virtgpu_blob_destroy(&blob);
	virtgpu_blob_destroy(&other);
	virtgpu_assert_works(gpu);
}

/**
 * SUBTEST: fetch-never
 * Description: the list of changes does not come: other blobs are not held up, and when it
 *	comes, what it says is done
 */
static void test_fetch_never(struct virtgpu *gpu)
{
	long long generation;
	struct virtgpu_blob blob, other;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	generation = virtgpu_host_change_untold(&blob, UNCACHED, 0);
	virtgpu_blob_setup(gpu, &other, SIZE, WC);
	virtgpu_blob_assert_good(&other, WC);
	virtgpu_host_release(gpu);
	virtgpu_host_wait_acked(&blob, generation);
	virtgpu_blob_assert_good(&blob, UNCACHED);
	virtgpu_blob_destroy(&blob);
	virtgpu_blob_destroy(&other);
}

/**
 * SUBTEST: fetch-never-unbind
 * Description: unbinding the driver ends the wait for the list
 */
static void test_fetch_never_unbind(struct virtgpu *gpu)
{
	const char *wrong;
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_change_untold(&blob, UNCACHED, 0);
	virtgpu_unbind(gpu);
	wrong = virtgpu_why_not_lost(gpu, blob.va, SIZE);
	munmap(blob.va, SIZE);
	virtgpu_bind(gpu);
	igt_assert_f(!wrong, "%s\n", wrong);
	virtgpu_assert_works(gpu);
}

/**
 * SUBTEST: ack-%s
 * Description: the host does not confirm: the blob is not mapped again
 *
 * arg[1].values: error, no-memory, bad-type, empty
 */
static void test_ack(struct virtgpu *gpu, const char *injection)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_inject(gpu, "ack", injection);
	virtgpu_host_change_acked(&blob, WC, 0);
	assert_refused(&blob, -EPROTO);
	virtgpu_blob_destroy(&blob);
	virtgpu_assert_works(gpu);
}

/**
 * SUBTEST: event-flood
 * Description: events about nothing, and one about something among them
 */
static void test_flood(struct virtgpu *gpu)
{
	long long fetches = virtgpu_host_count(gpu, "fetches");
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_flood(gpu, 500);
	virtgpu_host_change_acked(&blob, WC, 0);
	virtgpu_host_flood(gpu, 500);
	virtgpu_host_change_acked(&blob, UNCACHED, 0);
	virtgpu_blob_assert_good(&blob, UNCACHED);
	igt_assert(virtgpu_host_count(gpu, "fetches") - fetches <= 1002);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: change-before-map-reply
 * Description: the reply to RESOURCE_MAP_BLOB brings a change before the event does; it is
 *	acknowledged all the same
 */
static void test_change_before_map_reply(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE,
			    blob_id_inject(CACHED, 0, INJECT_NONE, INJECT_CHANGE, 0));
	virtgpu_blob_map(&blob);
	virtgpu_host_fill(&blob, 5);
	virtgpu_host_wait_acked(&blob, 2);
	virtgpu_blob_assert_good(&blob, CACHED % 3 + 1);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: ack-time-out
 * Description: a guest that does not acknowledge in time finds the blob revoked, and when the
 *	host gives it back, everything that was in it
 */
static void test_ack_timeout(struct virtgpu *gpu)
{
	long long timeouts = virtgpu_host_count(gpu, "timeouts");
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_ack_timeout(gpu, 200);
	virtgpu_host_change_untold(&blob, UNCACHED, 0);
	virtgpu_host_wait_count(gpu, "timeouts", timeouts + 1);
	igt_assert_eq(virtgpu_host_count(gpu, "timeouts"), timeouts + 1);
	igt_assert_eq(virtgpu_host_blob(&blob, "mapped"), 0);
	/* The guest knows nothing yet. What it writes now the exporter never sees. */
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 6);
	virtgpu_host_ack_timeout(gpu, 0);
	virtgpu_host_release(gpu);
	virtgpu_host_wait_acked(&blob, 3);
	assert_refused(&blob, -ESTALE);
	virtgpu_host_change_acked(&blob, WC, 0);
	virtgpu_blob_assert_good(&blob, WC);
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, SIZE, 8, 5), 0);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: full-queue-kill
 * Description: the control queue is full and the host does not look at it: tasks that wait for room
 *	can be killed, and processes that own blobs can exit
 */
static void test_deaf_kill(struct virtgpu *gpu)
{
	pid_t owner = virtgpu_blob_start_holder(gpu), filler;
	int status[2];

	filler = virtgpu_fill_queue(gpu);
	kill(filler, SIGKILL);
	status[0] = virtgpu_child_status_bounded(filler, 30);
	kill(owner, SIGKILL);
	status[1] = virtgpu_child_status_bounded(owner, 30);
	/* Let go of them in any case, or this guest cannot be ended. */
	virtgpu_host_set_deaf(gpu, false);
	igt_assert_eq(status[0], -SIGKILL);
	igt_assert_eq(status[1], -SIGKILL);

	/* What they left behind is cleaned up as if they had waited. */
	igt_assert(virtgpu_reopen(gpu));
	virtgpu_settle(gpu);
	virtgpu_assert_works(gpu);
}

/**
 * SUBTEST: full-queue-change
 * Description: the control queue is full of commands that the host answers when a change has been
 *	acknowledged, and not before
 */
static void test_full_queue_change(struct virtgpu *gpu)
{
	long long acks, fetches;
	struct virtgpu_blob blob;
	pid_t owner = virtgpu_blob_start_holder(gpu), filler;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	acks = virtgpu_host_count(gpu, "acks");
	fetches = virtgpu_host_count(gpu, "fetches");
	filler = virtgpu_fill_queue_held(gpu);
	/* What they leave to be done waits for room, too. */
	kill(filler, SIGKILL);
	virtgpu_child_status_bounded(filler, 30);
	kill(owner, SIGKILL);
	virtgpu_child_status_bounded(owner, 30);
	virtgpu_host_change(&blob, WC, 0);
	virtgpu_wait(virtgpu_host_count(gpu, "acks") != acks, 10);
	acks -= virtgpu_host_count(gpu, "acks");
	fetches -= virtgpu_host_count(gpu, "fetches");
	virtgpu_host_release(gpu);
	igt_assert_f(acks && fetches, "fetched %lld times, acknowledged %lld times\n", -fetches,
		     -acks);
	virtgpu_blob_assert_good(&blob, WC);
	virtgpu_blob_destroy(&blob);
	igt_assert(virtgpu_reopen(gpu));
	virtgpu_settle(gpu);
}

/**
 * SUBTEST: full-queue-kill-before-map
 * Description: a process that is killed before it could ask for a mapping leaves no error to
 *	others; EINTR would have them ask again and again
 */
static void test_deaf_not_asked(struct virtgpu *gpu)
{
	struct drm_virtgpu_map_attr attr;
	pid_t filler, mapper;
	struct virtgpu_blob blob;
	struct virtgpu old;
	int status;
	bool waits;

	(void)gpu;
	virtgpu_open(&old, "legacy");
	virtgpu_blob_create(&old, &blob, SIZE,
			    blob_id_inject(WC, 0, INJECT_NONE, INJECT_ERROR_ONCE, 0));
	virtgpu_wait(virtgpu_blob_query(&old, blob.handle, &attr) == -EIO, VIRTGPU_WAIT_SECONDS);
	igt_assert_eq(virtgpu_blob_query(&old, blob.handle, &attr), -EIO);
	filler = virtgpu_fill_queue(&old);
	mapper = fork();
	if (!mapper) {
		virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED);
		_exit(0);
	}
	waits = virtgpu_task_wait_in_driver(mapper, mapper, true);
	kill(mapper, SIGKILL);
	status = virtgpu_child_status_bounded(mapper, 30);
	kill(filler, SIGKILL);
	virtgpu_child_status_bounded(filler, 30);
	virtgpu_host_set_deaf(&old, false);
	igt_assert(waits);
	igt_assert_eq(status, -SIGKILL);
	igt_assert_eq(virtgpu_blob_query(&old, blob.handle, &attr), -ENODATA);
	virtgpu_blob_map(&blob);
	virtgpu_pte_assert_none(blob.va, SIZE);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_pte_assert_mode(blob.va, PAGE, WC);
	munmap(blob.va, SIZE);
	igt_assert(virtgpu_reopen(&old));
	virtgpu_settle(&old);
	virtgpu_close(&old);
}

/**
 * SUBTEST: full-queue-unbind
 * Description: the driver can be unbound while a process waits for room
 */
static void test_deaf_unbind(struct virtgpu *gpu)
{
	const char *wrong;
	struct virtgpu_blob blob;
	pid_t filler;
	long long log;
	int status;

	log = virtgpu_kmsg_last();
	virtgpu_blob_setup(gpu, &blob, SIZE, WC);
	filler = virtgpu_fill_queue(gpu);
	virtgpu_unbind(gpu);
	wrong = virtgpu_why_not_lost(gpu, blob.va, SIZE);
	munmap(blob.va, SIZE);
	kill(filler, SIGKILL);
	status = virtgpu_child_status_bounded(filler, 30);
	virtgpu_host_set_deaf(gpu, false);
	virtgpu_bind(gpu);
	igt_assert_f(!wrong, "%s\n", wrong);
	igt_assert_eq(status, -SIGKILL);
	/* The host has only not answered; it has said nothing wrong. */
	virtgpu_kmsg_assert_none(log, "list of changed map attributes");
	virtgpu_assert_works(gpu);
}

/**
 * SUBTEST: silent-host-fault
 * Description: a fault waits for a host that looks away, and can be killed
 */
static void test_deaf_fault(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int status;
	bool waits;
	pid_t pid;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_hold_acks(gpu, true);
	virtgpu_host_change_acked(&blob, WC, 0);
	virtgpu_host_set_deaf(gpu, true);
	pid = fork();
	if (!pid) {
		virtgpu_touch(blob.va, true);
		_exit(0);
	}
	waits = virtgpu_task_wait_in_driver(pid, pid, true);
	kill(pid, SIGKILL);
	status = virtgpu_child_status_bounded(pid, 30);
	virtgpu_host_hold_acks(gpu, false);
	virtgpu_host_set_deaf(gpu, false);
	virtgpu_host_release(gpu);
	igt_assert(waits);
	igt_assert_eq(status, -SIGKILL);
	virtgpu_blob_assert_good(&blob, WC);
	virtgpu_blob_destroy(&blob);
}

static const struct {
	const char *name;
	void (*run)(struct virtgpu *gpu, const char *injection);
	const char *injection;
	const char *describe;
} injected[] = {
	{ "fetch-empty", test_fetch_useless, "empty",
	  "An empty reply must not be taken as a declaration or confirmation." },
	{ "fetch-short-header", test_fetch_useless, "short-header",
	  "A list of changes that is cut off revokes all mappings." },
	{ "fetch-long", test_fetch_useless, "long",
	  "A list longer than its buffer revokes all mappings." },
	{ "fetch-nodata", test_fetch_useless, "nodata",
	  "A response of another type revokes all mappings." },
	{ "fetch-bad-type", test_fetch_useless, "bad-type",
	  "A response of an undefined type must not be taken as a declaration or confirmation." },
	{ "fetch-error", test_fetch_useless, "error",
	  "An error must not be taken as a declaration or confirmation." },
	{ "fetch-count-over", test_fetch_useless, "count-over",
	  "A count beyond the list revokes all mappings." },
	{ "fetch-count-short", test_fetch_useless, "count-short",
	  "A list shorter than its count revokes all mappings." },
	{ "fetch-more", test_fetch_useless, "more",
	  "A list that says there is more, although it has room, revokes all mappings." },
	{ "fetch-foreign", test_fetch_odd, "foreign",
	  "Resources that do not exist in the list are skipped." },
	{ "fetch-twice", test_fetch_odd, "twice",
	  "A resource that is twice in the list follows the last entry." },
	{ "ack-error", test_ack, "error",
	  "An error must not be taken as a declaration or confirmation." },
	{ "ack-no-memory", test_ack, "no-memory",
	  "A host without memory for the confirmation: the blob is not mapped again." },
	{ "ack-bad-type", test_ack, "bad-type",
	  "A response of an undefined type must not be taken as a declaration or confirmation." },
	{ "ack-empty", test_ack, "empty",
	  "An empty reply must not be taken as a declaration or confirmation." },
};

static const struct {
	const char *name;
	void (*run)(struct virtgpu *gpu);
	const char *describe;
} once[] = {
	{ "fetch-never", test_fetch_never, "A missing list of changes holds up no other blob." },
	{ "fetch-never-unbind", test_fetch_never_unbind,
	  "Unbinding the driver does not wait for the list of changes." },
	{ "event-flood", test_flood,
	  "Many events without a change cost no more than they must, and hide no change." },
	{ "change-before-map-reply", test_change_before_map_reply,
	  "A change that a reply brings before the event does is acknowledged too." },
	{ "ack-time-out", test_ack_timeout,
	  "A guest that is too slow finds the blob revoked, and its content when the host gives it back." },
	{ "full-queue-change", test_full_queue_change,
	  "A change is acknowledged although the control queue is full." },
	{ "full-queue-kill", test_deaf_kill,
	  "Tasks that wait for room in the queue can be killed, and owners of blobs can exit." },
	{ "full-queue-kill-before-map", test_deaf_not_asked,
	  "An mmap() that was killed before its request was sent leaves no error to others." },
	{ "full-queue-unbind", test_deaf_unbind,
	  "The driver can be unbound while a task waits for room in the queue." },
	{ "silent-host-fault", test_deaf_fault,
	  "A fault that waits for a silent host can be killed." },
};

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int i = 0; i < ARRAY_SIZE(injected); i++) {
		igt_describe(injected[i].describe);
		igt_subtest_f("%s", injected[i].name)
			injected[i].run(&gpu, injected[i].injection);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(once); i++) {
		igt_describe(once[i].describe);
		igt_subtest_f("%s", once[i].name)
			once[i].run(&gpu);
	}

	igt_fixture()
		virtgpu_close(&gpu);
}
