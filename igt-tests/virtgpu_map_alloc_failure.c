// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map allocation failure
 * Description: Every allocation on the way fails once, then some at random: a process sees each
 *	failure as an error, nothing leaks and nothing is stuck. Needs a kernel with
 *	CONFIG_FAILSLAB
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: fault_injection
 * Feature: Map attributes
 * Test category: negative test
 */
#include <drm/drm.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(16)
#define FAILSLAB "/sys/kernel/debug/failslab/"
#define FAIL_PAGE "/sys/kernel/debug/fail_page_alloc/"

/* Opened in advance, because opening it takes allocations too. */
static int fail_fd;

/* The next @nth-th allocation of this thread fails; 0: none. */
static void fail_nth(int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);

	igt_assert_eq(pwrite(fail_fd, text, len, 0), len);
}

/* What is left of the count; 0 when the allocation has failed. */
static int left(void)
{
	char text[16] = "";

	igt_assert(pread(fail_fd, text, sizeof(text) - 1, 0) > 0);
	return atoi(text);
}

static const char * const also_waiting[] = {
	FAILSLAB "ignore-gfp-wait", FAIL_PAGE "ignore-gfp-wait", FAIL_PAGE "ignore-gfp-highmem",
};

static void setup_injection(void)
{
	igt_require_f(!access(FAILSLAB, F_OK), "this kernel cannot make allocations fail\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(also_waiting); i++)
		virtgpu_write_file(also_waiting[i], "N");
	fail_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	igt_assert(fail_fd >= 0);
	virtgpu_write_file(FAIL_PAGE "min-order", "0");
	virtgpu_write_file(FAILSLAB "verbose", "0");
	virtgpu_write_file(FAIL_PAGE "verbose", "0");
}

/* The steps of a blob's life. Each returns 0 or a negative errno. */
static struct virtgpu_blob blob;
static int dmabuf;

static int step_create(struct virtgpu *gpu)
{
	return virtgpu_blob_try_create(gpu, &blob, SIZE, virtgpu_attr_id(WC, 0),
				       VIRTGPU_BLOB_FLAG_USE_MAPPABLE |
				       VIRTGPU_BLOB_FLAG_USE_SHAREABLE);
}

static int step_map(struct virtgpu *gpu)
{
	void *va = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, gpu->fd,
			virtgpu_blob_offset(&blob));

	if (va == MAP_FAILED)
		return -errno;
	blob.va = va;
	return 0;
}

static int step_touch(struct virtgpu *gpu)
{
	(void)gpu;
	return -virtgpu_touch(blob.va + PAGES(2), true);
}

static int step_query(struct virtgpu *gpu)
{
	struct drm_virtgpu_map_attr attr;

	return virtgpu_blob_query(gpu, blob.handle, &attr);
}

static int step_export(struct virtgpu *gpu)
{
	struct drm_prime_handle prime = { .handle = blob.handle, .flags = DRM_CLOEXEC | DRM_RDWR };

	dmabuf = -1;
	if (ioctl(gpu->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime))
		return -errno;
	dmabuf = prime.fd;
	return 0;
}

static int step_close(struct virtgpu *gpu)
{
	(void)gpu;
	if (dmabuf >= 0)
		close(dmabuf);
	dmabuf = -1;
	munmap(blob.va, SIZE);
	blob.va = NULL;
	virtgpu_blob_close_handle(&blob);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct virtgpu *gpu);
	bool allocates;
} steps[] = {
	{ "create", step_create, true },
	{ "map", step_map, true },
	{ "touch", step_touch, true },
	{ "query", step_query, false },
	{ "export", step_export, true },
	{ "close", step_close, true },
};

/* Bring a blob to where step @which comes next. */
static void before(struct virtgpu *gpu, unsigned int which)
{
	dmabuf = -1;
	for (unsigned int i = 0; i < which; i++)
		igt_assert_eq(steps[i].run(gpu), 0);
}

static void after(struct virtgpu *gpu)
{
	if (dmabuf >= 0)
		close(dmabuf);
	if (blob.va)
		munmap(blob.va, SIZE);
	if (blob.handle)
		virtgpu_blob_close_handle(&blob);
	blob = (struct virtgpu_blob){ .gpu = gpu };
}

/**
 * SUBTEST: nth-allocation-%s
 * Description: the first, the second, ... allocation of a step fails, until it has no more;
 *	the step succeeds or says why not, and can be taken again
 *
 * arg[1].values: create, map, touch, query, export, close
 */
static void test_nth(struct virtgpu *gpu, unsigned int which)
{
	unsigned int injected = 0, failed = 0;

	for (int nth = 1; nth < 1000; nth++) {
		int ret, rest;

		before(gpu, which);
		fail_nth(nth);
		ret = steps[which].run(gpu);
		rest = left();
		fail_nth(0);
		if (rest) {
			igt_assert_eq(ret, 0);
			after(gpu);
			break;
		}
		injected++;
		if (ret) {
			failed++;
			/*
			 * No SIGBUS among them: a fault without memory is tried again, for
			 * core mm does what there is to do about that.
			 */
			igt_assert_f(ret == -ENOMEM || ret == -EMFILE || ret == -ENFILE ||
				     ret == -EAGAIN, "error %d\n", ret);
			igt_assert_eq(steps[which].run(gpu), 0);
		}
		after(gpu);
		virtgpu_settle(gpu);
	}
	igt_info("%u allocations made to fail, %u errors\n", injected, failed);
	igt_assert_eq(injected > 0, steps[which].allocates);
}

/* In the driver's own work, and wherever else it is on the stack. */
static void random_failures(bool on)
{
	char line[256], name[64], text[32];
	unsigned long long start, size;
	FILE *f = fopen("/proc/modules", "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %llu %*s %*s %*s %llx", name, &size, &start) != 3 ||
		    strcmp(name, "virtio_gpu"))
			continue;
		snprintf(text, sizeof(text), "0x%llx", start);
		virtgpu_write_file(FAILSLAB "require-start", text);
		snprintf(text, sizeof(text), "0x%llx", start + size);
		virtgpu_write_file(FAILSLAB "require-end", text);
	}
	if (f)
		fclose(f);
	virtgpu_write_file(FAILSLAB "stacktrace-depth", "32");
	virtgpu_write_file(FAILSLAB "interval", "1");
	virtgpu_write_file(FAILSLAB "times", "-1");
	virtgpu_write_file(FAILSLAB "probability", on ? "25" : "0");
}

/**
 * SUBTEST: failures-during-changes
 * Description: a quarter of the driver's allocations fail while attributes change: every change
 *	is acknowledged in the end
 */
static void test_changes(struct virtgpu *gpu)
{
	struct virtgpu_blob blobs[8];
	long long generation[8];

	for (int i = 0; i < 8; i++) {
		virtgpu_blob_create(gpu, &blobs[i], SIZE, virtgpu_attr_id(CACHED, 0));
		virtgpu_blob_map(&blobs[i]);
		virtgpu_host_fill(&blobs[i], i);
		igt_assert_eq(virtgpu_touch(blobs[i].va, false), 0);
	}
	random_failures(true);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 8; i++)
			generation[i] = virtgpu_host_change(&blobs[i], 1 + (round + i) % 3, 0);
		for (int i = 0; i < 8; i++)
			virtgpu_host_wait_acked(&blobs[i], generation[i]);
	}
	random_failures(false);
	for (int i = 0; i < 8; i++) {
		igt_assert_eq(virtgpu_guest_wrong(blobs[i].va, 0, SIZE, 8, i), 0);
		virtgpu_pte_assert_mode(blobs[i].va, SIZE, 1 + (19 + i) % 3);
		virtgpu_blob_destroy(&blobs[i]);
	}
	virtgpu_settle(gpu);
}

static void fail_adds(const char *times)
{
	virtgpu_write_file("/sys/module/virtio_gpu/parameters/fail_adds", times);
}

/**
 * SUBTEST: virtqueue-add-fails
 * Description: commands that cannot be added to the queue for a while reach the host later: the
 *	end of a resource, before its place is another's, and an acknowledgment; others are an
 *	error
 */
static void test_add_fails(struct virtgpu *gpu)
{
	long long errors = virtgpu_host_count(gpu, "errors");
	struct virtgpu_blob old, changed, new;

	virtgpu_blob_setup(gpu, &old, SIZE, CACHED);
	virtgpu_blob_setup(gpu, &changed, SIZE, CACHED);
	fail_adds("7");
	virtgpu_blob_destroy(&old);
	virtgpu_host_wait_live(gpu, 1);
	fail_adds("7");
	virtgpu_host_change_acked(&changed, WC, 0);
	virtgpu_blob_assert_good(&changed, WC);
	fail_adds("1");
	igt_assert_eq(virtgpu_blob_try_create(gpu, &new, SIZE, virtgpu_attr_id(WC, 0),
					      VIRTGPU_BLOB_FLAG_USE_MAPPABLE),
		      -ENOMEM);
	fail_adds("0");
	virtgpu_blob_setup(gpu, &new, SIZE, WC);
	virtgpu_blob_destroy(&new);
	virtgpu_blob_destroy(&changed);
	virtgpu_settle(gpu);
	igt_assert_eq(virtgpu_host_count(gpu, "errors"), errors);
}

/**
 * SUBTEST: fenced-add-fails
 * Description: a command with a fence cannot be added to the queue: what it would have used is
 *	busy for as long as an earlier command uses it
 */
static void test_fenced_add_fails(struct virtgpu *gpu)
{
	struct drm_virtgpu_3d_wait wait = { .flags = VIRTGPU_WAIT_NOWAIT };
	struct virtgpu_blob used;
	int first, second, busy;

	virtgpu_blob_setup(gpu, &used, SIZE, CACHED);
	wait.handle = used.handle;
	virtgpu_host_set_deaf(gpu, true);
	first = virtgpu_execute(gpu, used.handle, NULL);
	fail_adds("1");
	second = virtgpu_execute(gpu, used.handle, NULL);
	fail_adds("0");
	busy = virtgpu_ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_WAIT, &wait);
	virtgpu_host_set_deaf(gpu, false);
	igt_assert_eq(first, 0);
	igt_assert_eq(second, -ENOMEM);
	igt_assert_eq(busy, -EBUSY);
	wait.flags = 0;
	igt_assert_eq(virtgpu_ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_WAIT, &wait), 0);
	virtgpu_blob_destroy(&used);
	virtgpu_settle(gpu);
}

/* More acknowledgments than a full queue has room for. */
#define CHANGED 6

static bool any_is_unmapped(const struct virtgpu_blob *blobs)
{
	for (int i = 0; i < CHANGED; i++)
		if (virtgpu_pte_is_none(blobs[i].va, SIZE))
			return true;
	return false;
}

/**
 * SUBTEST: backlog-add-fails
 * Description: acknowledgments that a failed suspend has left on the backlog cannot be added to
 *	the queue for a while: they reach the host later
 */
static void test_backlog_add_fails(struct virtgpu *gpu)
{
	long long fetches, generation[CHANGED];
	struct virtgpu_blob changed[CHANGED];
	int error, status;
	bool followed;
	pid_t filler;

	for (int i = 0; i < CHANGED; i++)
		virtgpu_blob_setup(gpu, &changed[i], SIZE, CACHED);
	/* All of them are in one list, which waits. */
	fetches = virtgpu_host_count(gpu, "fetches");
	virtgpu_host_inject(gpu, "fetch", "hold");
	virtgpu_host_set_deaf(gpu, true);
	for (int i = 0; i < CHANGED; i++)
		generation[i] = virtgpu_host_change(&changed[i], WC, 0);
	virtgpu_host_set_deaf(gpu, false);
	virtgpu_host_wait_count(gpu, "fetches", fetches + 1);
	filler = virtgpu_fill_queue(gpu);
	virtgpu_host_release(gpu);
	followed = virtgpu_wait(any_is_unmapped(changed), VIRTGPU_WAIT_SECONDS);
	virtgpu_freeze(gpu, &error);
	/* Or it would take the failures. */
	kill(filler, SIGKILL);
	status = virtgpu_child_status_bounded(filler, 30);
	fail_adds("7");
	virtgpu_host_set_deaf(gpu, false);
	igt_assert(followed);
	igt_assert_eq(error, -ETIMEDOUT);
	igt_assert_eq(status, -SIGKILL);
	for (int i = 0; i < CHANGED; i++) {
		virtgpu_host_wait_acked(&changed[i], generation[i]);
		virtgpu_blob_assert_good(&changed[i], WC);
		virtgpu_blob_destroy(&changed[i]);
	}
	fail_adds("0");
	igt_assert(virtgpu_reopen(gpu));
	virtgpu_settle(gpu);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture() {
		virtgpu_open(&gpu, "full");
		setup_injection();
		blob.gpu = &gpu;
	}

	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		igt_describe("Each allocation of a step fails once, and the step reports it and "
			     "can be repeated.");
		igt_subtest_f("nth-allocation-%s", steps[i].name)
			test_nth(&gpu, i);
	}

	igt_describe("Changes are acknowledged although allocations fail.");
	igt_subtest("failures-during-changes")
		test_changes(&gpu);

	igt_describe("Commands that could not be queued reach the host later.");
	igt_subtest("virtqueue-add-fails")
		test_add_fails(&gpu);

	igt_describe("A fence whose command could not be queued hides no other fence.");
	igt_subtest("fenced-add-fails")
		test_fenced_add_fails(&gpu);

	igt_describe("What comes from the backlog and cannot be queued goes back there.");
	igt_subtest("backlog-add-fails")
		test_backlog_add_fails(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
