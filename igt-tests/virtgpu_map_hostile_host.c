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
#include "virtgpu_blob.h"

#define SIZE PAGES(16)

static void assert_refused(struct blob *blob, int error)
{
	struct blob second = *blob;

	wait_no_ptes(blob->va, SIZE);
	igt_assert_eq(touch(blob->va, false), SIGBUS);
	igt_assert_eq(touch(blob->va + PAGE, true), SIGBUS);
	assert_no_ptes(blob->va, SIZE);
	igt_assert_eq(blob_try_map(&second, PROT_READ, MAP_SHARED), error);
}

/**
 * SUBTEST: fetch-%s
 * Description: which resources have changed cannot be known: all lose their mappings
 *
 * arg[1].values: empty, short-header, long, nodata, bad-type, error, count-over, count-short
 * arg[1].values: more
 */
static void test_fetch_useless(struct gpu *gpu, const char *injection)
{
	struct blob changed, other;

	blob_setup(gpu, &changed, SIZE, CACHED);
	blob_setup(gpu, &other, SIZE, WC);
	host_do(gpu, "{\"op\":\"inject\",\"command\":\"fetch\",\"how\":\"%s\"}", injection);
	host_change(&changed, UNCACHED, 0);
	assert_refused(&changed, -EPROTO);
	assert_refused(&other, -EPROTO);
	/* The next change is looked at when all blobs there are have been refused. */
	host_change_acked(&changed, WC, 0);
	blob_destroy(&changed);
	blob_destroy(&other);
	gpu_assert_works(gpu);
}

/**
 * SUBTEST: fetch-%s
 * Description: odd, but no reason to refuse anything
 *
 * arg[1].values: foreign, twice
 */
static void test_fetch_odd(struct gpu *gpu, const char *injection)
{
	struct blob blob, other;

	blob_setup(gpu, &blob, SIZE, CACHED);
	blob_setup(gpu, &other, SIZE, CACHED);
	host_do(gpu, "{\"op\":\"inject\",\"command\":\"fetch\",\"how\":\"%s\"}", injection);
	host_change_acked(&blob, UNCACHED, 0);
	blob_assert_good(&blob, UNCACHED);
	blob_assert_good(&other, CACHED);
	blob_destroy(&blob);
	blob_destroy(&other);
	gpu_assert_works(gpu);
}

/**
 * SUBTEST: fetch-never
 * Description: the list of changes does not come: other blobs are not held up, and when it
 *	comes, what it says is done
 */
static void test_fetch_never(struct gpu *gpu)
{
	long long generation;
	struct blob blob, other;

	blob_setup(gpu, &blob, SIZE, CACHED);
	generation = host_change_untold(&blob, UNCACHED, 0);
	blob_setup(gpu, &other, SIZE, WC);
	blob_assert_good(&other, WC);
	host_release(gpu);
	host_wait_acked(&blob, generation);
	blob_assert_good(&blob, UNCACHED);
	blob_destroy(&blob);
	blob_destroy(&other);
}

/**
 * SUBTEST: fetch-never-unbind
 * Description: unbinding the driver ends the wait for the list
 */
static void test_fetch_never_unbind(struct gpu *gpu)
{
	const char *wrong;
	struct blob blob;

	blob_setup(gpu, &blob, SIZE, CACHED);
	host_change_untold(&blob, UNCACHED, 0);
	gpu_unbind(gpu);
	wrong = why_not_lost(gpu, blob.va, SIZE);
	munmap(blob.va, SIZE);
	gpu_bind(gpu);
	igt_assert_f(!wrong, "%s\n", wrong);
	gpu_assert_works(gpu);
}

/**
 * SUBTEST: ack-%s
 * Description: the host does not confirm: the blob is not mapped again
 *
 * arg[1].values: error, no-memory, bad-type, empty
 */
static void test_ack(struct gpu *gpu, const char *injection)
{
	struct blob blob;

	blob_setup(gpu, &blob, SIZE, CACHED);
	host_do(gpu, "{\"op\":\"inject\",\"command\":\"ack\",\"how\":\"%s\"}", injection);
	host_change_acked(&blob, WC, 0);
	assert_refused(&blob, -EPROTO);
	blob_destroy(&blob);
	gpu_assert_works(gpu);
}

/**
 * SUBTEST: event-flood
 * Description: events about nothing, and one about something among them
 */
static void test_flood(struct gpu *gpu)
{
	long long fetches = host_number(gpu, "fetches", "{\"op\":\"status\"}");
	struct blob blob;

	blob_setup(gpu, &blob, SIZE, CACHED);
	host_do(gpu, "{\"op\":\"flood\",\"count\":500}");
	host_change_acked(&blob, WC, 0);
	host_do(gpu, "{\"op\":\"flood\",\"count\":500}");
	host_change_acked(&blob, UNCACHED, 0);
	blob_assert_good(&blob, UNCACHED);
	igt_assert(host_number(gpu, "fetches", "{\"op\":\"status\"}") - fetches <= 1002);
	blob_destroy(&blob);
}

/**
 * SUBTEST: change-before-map-reply
 * Description: the reply to RESOURCE_MAP_BLOB brings a change before the event does; it is
 *	acknowledged all the same
 */
static void test_change_before_map_reply(struct gpu *gpu)
{
	struct blob blob;

	blob_create(gpu, &blob, SIZE, blob_id_inject(CACHED, 0, INJECT_NONE, INJECT_CHANGE, 0));
	blob_map(&blob);
	host_fill(&blob, 5);
	host_wait_acked(&blob, 2);
	blob_assert_good(&blob, CACHED % 3 + 1);
	blob_destroy(&blob);
}

/**
 * SUBTEST: ack-time-out
 * Description: a guest that does not acknowledge in time finds the blob revoked, and when the
 *	host gives it back, everything that was in it
 */
static void test_ack_timeout(struct gpu *gpu)
{
	long long timeouts = host_number(gpu, "timeouts", "{\"op\":\"status\"}");
	struct blob blob;

	blob_setup(gpu, &blob, SIZE, CACHED);
	host_do(gpu, "{\"op\":\"ack-timeout\",\"ms\":200}");
	host_change_untold(&blob, UNCACHED, 0);
	host_wait_number(gpu, "timeouts", timeouts + 1, "{\"op\":\"status\"}");
	igt_assert_eq(host_number(gpu, "timeouts", "{\"op\":\"status\"}"), timeouts + 1);
	igt_assert_eq(host_number(gpu, "mapped", "{\"op\":\"blob\",\"resource\":%u}", blob.res), 0);
	/* The guest knows nothing yet. What it writes now the exporter never sees. */
	guest_fill(blob.va, 0, SIZE, 8, 6);
	host_do(gpu, "{\"op\":\"ack-timeout\",\"ms\":0}");
	host_release(gpu);
	host_wait_acked(&blob, 3);
	assert_refused(&blob, -ESTALE);
	host_change_acked(&blob, WC, 0);
	blob_assert_good(&blob, WC);
	igt_assert_eq(host_wrong(&blob, 0, SIZE, 8, 5), 0);
	blob_destroy(&blob);
}

/* A child that has a blob of its own device file mapped and waits to be killed. */
static pid_t start_owner(struct gpu *gpu)
{
	int ready[2];
	pid_t pid;
	char c;

	igt_assert_eq(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		struct gpu own = *gpu;
		struct blob blob;

		own.fd = -1;
		if (!gpu_reopen(&own))
			_exit(1);
		blob_setup(&own, &blob, SIZE, CACHED);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	igt_assert_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

/**
 * SUBTEST: full-queue-kill
 * Description: the control queue is full and the host looks away: who waits for room can be
 *	killed, and who owns blobs can exit
 */
static void test_deaf_kill(struct gpu *gpu)
{
	pid_t owner = start_owner(gpu), filler;
	int status[2];

	filler = gpu_fill_queue(gpu);
	kill(filler, SIGKILL);
	status[0] = child_status_bounded(filler, 30);
	kill(owner, SIGKILL);
	status[1] = child_status_bounded(owner, 30);
	/* Let go of them in any case, or this guest cannot be ended. */
	host_do(gpu, "{\"op\":\"deaf\",\"deaf\":false}");
	igt_assert_eq(status[0], -SIGKILL);
	igt_assert_eq(status[1], -SIGKILL);

	/* What they left behind is cleaned up as if they had waited. */
	igt_assert(gpu_reopen(gpu));
	gpu_settle(gpu);
	gpu_assert_works(gpu);
}

/**
 * SUBTEST: full-queue-change
 * Description: the control queue is full of commands that the host answers when a change has been
 *	acknowledged, and not before
 */
static void test_full_queue_change(struct gpu *gpu)
{
	const char *status = "{\"op\":\"status\"}";
	long long acks, fetches;
	struct blob blob;
	pid_t owner = start_owner(gpu), filler;

	blob_setup(gpu, &blob, SIZE, CACHED);
	acks = host_number(gpu, "acks", status);
	fetches = host_number(gpu, "fetches", status);
	filler = gpu_fill_queue_held(gpu);
	/* What they leave to be done waits for room, too. */
	kill(filler, SIGKILL);
	child_status_bounded(filler, 30);
	kill(owner, SIGKILL);
	child_status_bounded(owner, 30);
	host_change(&blob, WC, 0);
	for (int i = 0; i < 1000 && host_number(gpu, "acks", status) == acks; i++)
		usleep(10000);
	acks -= host_number(gpu, "acks", status);
	fetches -= host_number(gpu, "fetches", status);
	host_release(gpu);
	igt_assert_f(acks && fetches, "fetched %lld times, acknowledged %lld times\n", -fetches,
		     -acks);
	blob_assert_good(&blob, WC);
	blob_destroy(&blob);
	igt_assert(gpu_reopen(gpu));
	gpu_settle(gpu);
}

/**
 * SUBTEST: full-queue-kill-before-map
 * Description: a process that is killed before it could ask for a mapping leaves no error to
 *	others; EINTR would have them ask again and again
 */
static void test_deaf_not_asked(struct gpu *gpu)
{
	struct drm_virtgpu_map_attr attr;
	pid_t filler, mapper;
	struct blob blob;
	struct gpu old;
	int status;
	bool waits;

	(void)gpu;
	gpu_open(&old, "legacy");
	blob_create(&old, &blob, SIZE, blob_id_inject(WC, 0, INJECT_NONE, INJECT_ERROR_ONCE, 0));
	for (int i = 0; i < 3000 && blob_query(&old, blob.handle, &attr) != -EIO; i++)
		usleep(10000);
	igt_assert_eq(blob_query(&old, blob.handle, &attr), -EIO);
	filler = gpu_fill_queue(&old);
	mapper = fork();
	if (!mapper) {
		blob_try_map(&blob, PROT_READ, MAP_SHARED);
		_exit(0);
	}
	waits = wait_in_driver(mapper, mapper, true);
	kill(mapper, SIGKILL);
	status = child_status_bounded(mapper, 30);
	kill(filler, SIGKILL);
	child_status_bounded(filler, 30);
	host_do(&old, "{\"op\":\"deaf\",\"deaf\":false}");
	igt_assert(waits);
	igt_assert_eq(status, -SIGKILL);
	igt_assert_eq(blob_query(&old, blob.handle, &attr), -ENODATA);
	blob_map(&blob);
	assert_no_ptes(blob.va, SIZE);
	igt_assert_eq(touch(blob.va, true), 0);
	assert_ptes(blob.va, PAGE, WC);
	munmap(blob.va, SIZE);
	igt_assert(gpu_reopen(&old));
	gpu_settle(&old);
	gpu_close(&old);
}

/**
 * SUBTEST: full-queue-unbind
 * Description: the driver can be unbound while a process waits for room
 */
static void test_deaf_unbind(struct gpu *gpu)
{
	const char *wrong;
	struct blob blob;
	pid_t filler;
	long long log;
	int status;

	log = kmsg_last();
	blob_setup(gpu, &blob, SIZE, WC);
	filler = gpu_fill_queue(gpu);
	gpu_unbind(gpu);
	wrong = why_not_lost(gpu, blob.va, SIZE);
	munmap(blob.va, SIZE);
	kill(filler, SIGKILL);
	status = child_status_bounded(filler, 30);
	host_do(gpu, "{\"op\":\"deaf\",\"deaf\":false}");
	gpu_bind(gpu);
	igt_assert_f(!wrong, "%s\n", wrong);
	igt_assert_eq(status, -SIGKILL);
	/* The host has only not answered; it has said nothing wrong. */
	kmsg_assert_none(log, "list of changed map attributes");
	gpu_assert_works(gpu);
}

/**
 * SUBTEST: silent-host-fault
 * Description: a fault waits for a host that looks away, and can be killed
 */
static void test_deaf_fault(struct gpu *gpu)
{
	struct blob blob;
	int status;
	bool waits;
	pid_t pid;

	blob_setup(gpu, &blob, SIZE, CACHED);
	host_hold_acks(gpu, true);
	host_change_acked(&blob, WC, 0);
	host_do(gpu, "{\"op\":\"deaf\",\"deaf\":true}");
	pid = fork();
	if (!pid) {
		touch(blob.va, true);
		_exit(0);
	}
	waits = wait_in_driver(pid, pid, true);
	kill(pid, SIGKILL);
	status = child_status_bounded(pid, 30);
	host_hold_acks(gpu, false);
	host_do(gpu, "{\"op\":\"deaf\",\"deaf\":false}");
	host_release(gpu);
	igt_assert(waits);
	igt_assert_eq(status, -SIGKILL);
	blob_assert_good(&blob, WC);
	blob_destroy(&blob);
}

static const struct {
	const char *name;
	void (*run)(struct gpu *gpu, const char *injection);
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
	void (*run)(struct gpu *gpu);
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
	static struct gpu gpu;

	igt_fixture()
		gpu_open(&gpu, "full");

	for (unsigned int i = 0; i < sizeof(injected) / sizeof(injected[0]); i++) {
		igt_describe(injected[i].describe);
		igt_subtest_f("%s", injected[i].name)
			injected[i].run(&gpu, injected[i].injection);
	}
	for (unsigned int i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
		igt_describe(once[i].describe);
		igt_subtest_f("%s", once[i].name)
			once[i].run(&gpu);
	}

	igt_fixture()
		gpu_close(&gpu);
}
