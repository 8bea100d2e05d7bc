// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map broken ring
 * Description: The host returns requests that are not in the queue. From then on virtio core does
 *	not use the queue: no wait is endless, nothing leaks, the driver logs it once, and
 *	binding the driver again helps. Needs a device of role broken
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: virtqueue_errors
 * Feature: Map attributes
 * Test category: negative test
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm/drm.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(16)
#define CLIENTS 40

/* A blob is made, or not; its memory cannot be had. */
static int make_and_map(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	int ret = virtgpu_blob_try_create(gpu, &blob, SIZE, virtgpu_attr_id(WC, 0),
					  VIRTGPU_BLOB_FLAG_USE_MAPPABLE);

	return ret ?: virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED);
}

static int get_caps(struct virtgpu *gpu)
{
	char buf[64];
	struct drm_virtgpu_get_caps caps = {
		.cap_set_id = 10,
		.cap_set_ver = 7,	/* one that is not there yet */
		.addr = (uintptr_t)buf,
		.size = 16,
	};

	return ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_GET_CAPS, &caps) ? -errno : 0;
}

static int open_another(struct virtgpu *gpu)
{
	struct virtgpu other = *gpu;

	other.fd = -1;
	return virtgpu_reopen(&other) ? 0 : -EIO;
}

static int (*const clients[])(struct virtgpu *gpu) = {
	make_and_map, virtgpu_submit, get_caps, open_another,
};

#define KINDS (ARRAY_SIZE(clients))

/* Whether a client was told what it must be. */
static bool was_told(int (*client)(struct virtgpu *gpu), int status)
{
	if (client == make_and_map)
		return status == ENODEV || status == EIO;
	return client != virtgpu_submit || status == ENODEV;
}

static void assert_quiet(long long log)
{
	virtgpu_kmsg_assert_none(log, VIRTGPU_KMSG_COMPLAINT "|still has objects|not clean|BUG");
}

/* With the driver bound again, which nothing keeps from being unbound. */
static void assert_works_bound_again(struct virtgpu *gpu, long long log)
{
	igt_assert_eq(virtgpu_child_status_bounded(virtgpu_start_unbind(gpu), 60), 0);
	close(gpu->fd);
	gpu->fd = -1;
	virtgpu_bind(gpu);
	virtgpu_assert_works(gpu);
	assert_quiet(log);
}

/**
 * SUBTEST: used-%s
 * Description: a used entry that is wrong, for the reply to a blob's creation
 *
 * arg[1].values: id, twice, jump
 */
static void test_used(struct virtgpu *gpu, const char *fault)
{
	pid_t pid[CLIENTS], victim;
	struct virtgpu_blob blob, second;
	int status, again, stuck = 0, without_error = 0;
	const char *wrong;
	long long log;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	second = blob;
	log = virtgpu_kmsg_last();
	virtgpu_host_break_used(gpu, fault);
	victim = virtgpu_start(make_and_map, gpu);
	/* It is asleep, or has come back: the queue is broken by now, or will be with the next. */
	virtgpu_kmsg_wait(log, "is not a head|out of range");
	for (int i = 0; i < CLIENTS; i++)
		pid[i] = virtgpu_start(clients[i % KINDS], gpu);
	for (int i = 0; i < CLIENTS; i++) {
		status = virtgpu_child_status_bounded(pid[i], 30);
		if (status == -ETIMEDOUT) {
			kill(pid[i], SIGKILL);
			stuck += virtgpu_child_status_bounded(pid[i], 30) == -ETIMEDOUT;
			without_error++;
		} else {
			without_error += !was_told(clients[i % KINDS], status);
		}
	}
	status = virtgpu_child_status_bounded(victim, 30);
	if (status == -ETIMEDOUT)
		kill(victim, SIGKILL);
	igt_assert_f(!stuck, "%d processes cannot be killed\n", stuck);
	igt_assert_f(!without_error, "%d processes were told nothing\n", without_error);
	/* Other blobs are lost as well, because no change can be told any more. */
	virtgpu_pte_wait_none(blob.va, SIZE);
	wrong = virtgpu_why_not_lost(gpu, blob.va, SIZE);
	again = virtgpu_blob_try_map(&second, PROT_READ, MAP_SHARED);
	munmap(blob.va, SIZE);
	assert_works_bound_again(gpu, log);
	/* Once, not for each command. */
	igt_assert_eq(virtgpu_kmsg_count(log, "the control queue is broken"), 1);
	igt_assert_f(!wrong, "%s\n", wrong);
	igt_assert(again == -ESTALE || again == -ENODEV);
	igt_assert(status != -ETIMEDOUT);
}

/**
 * SUBTEST: suspend-broken-queue
 * Description: a queue that is broken with commands in it does not keep the system from being
 *	suspended, and nothing of them is left; where the driver makes new queues the device
 *	works again
 */
static void test_suspend(struct virtgpu *gpu)
{
	long long log = virtgpu_kmsg_last();
	struct virtgpu_blob blob;
	pid_t victim;
	bool restores;
	int error;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_break_used(gpu, "id");
	victim = virtgpu_start(make_and_map, gpu);
	virtgpu_kmsg_wait(log, "is not a head|out of range");
	igt_assert(virtgpu_child_status_bounded(victim, 30) > 0);
	munmap(blob.va, SIZE);
	restores = virtgpu_freeze(gpu, &error);
	igt_assert_eq(error, 0);
	if (restores) {
		igt_assert_eq(virtgpu_restore(gpu), 0);
		igt_assert(virtgpu_reopen(gpu));
		virtgpu_assert_works(gpu);
	}
	virtgpu_unbind(gpu);
	virtgpu_bind(gpu);
	virtgpu_assert_works(gpu);
	assert_quiet(log);
}

/**
 * SUBTEST: used-length
 * Description: a length beyond the buffer spoils that reply and no other
 */
static void test_length(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	long long log = virtgpu_kmsg_last();

	virtgpu_host_break_used(gpu, "length");
	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, 0));
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EPROTO);
	virtgpu_blob_destroy(&blob);
	virtgpu_settle(gpu);
	virtgpu_assert_works(gpu);
	assert_quiet(log);
}

/**
 * SUBTEST: broken-while-fetching
 * Description: the queue breaks while the list of changes is on its way: nothing waits for it any
 *	more, and all blobs are lost
 */
static void test_fetching(struct virtgpu *gpu)
{
	long long log = virtgpu_kmsg_last();
	struct virtgpu_blob blob;
	const char *wrong;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_change_untold(&blob, WC, 0);
	virtgpu_host_break_used(gpu, "id");
	igt_assert_eq(virtgpu_submit(gpu), -ENODEV);
	virtgpu_pte_wait_none(blob.va, SIZE);
	wrong = virtgpu_why_not_lost(gpu, blob.va, SIZE);
	munmap(blob.va, SIZE);
	assert_works_bound_again(gpu, log);
	igt_assert_f(!wrong, "%s\n", wrong);
}

int igt_main()
{
	static const char * const faults[] = { "id", "twice", "jump" };
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "broken");

	igt_describe("A used length beyond the buffer spoils that reply and no other.");
	igt_subtest("used-length")
		test_length(&gpu);

	igt_describe("A broken queue does not keep the system from being suspended.");
	igt_subtest("suspend-broken-queue")
		test_suspend(&gpu);

	igt_describe("A queue that breaks while changes are fetched loses all blobs.");
	igt_subtest("broken-while-fetching")
		test_fetching(&gpu);

	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++) {
		igt_describe("A used entry for no request breaks the queue: every wait ends, and "
			     "binding the driver again helps.");
		igt_subtest_f("used-%s", faults[i])
			test_used(&gpu, faults[i]);
	}

	igt_fixture()
		virtgpu_close(&gpu);
}
