// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map suspend
 * Description: Suspending resets the device: what was mapped is not the device's memory any more
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: suspend
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu_blob.h"

#define SIZE PAGES(16)

/**
 * SUBTEST: suspend-takes-mappings
 * Description: mappings through the render node and a dma-buf are gone before the reset, go on
 *	working without the device, and do not come back to it
 */
static void test_takes_mappings(struct gpu *gpu)
{
	struct blob blob, second;
	const char *wrong[2];
	int dmabuf, error;
	bool restores;
	uint8_t *va;

	blob_setup(gpu, &blob, SIZE, CACHED);
	second = blob;
	dmabuf = blob_export(&blob);
	va = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	igt_assert(va != MAP_FAILED);
	igt_assert_eq(touch(va, true), 0);

	restores = gpu_freeze(gpu, &error);
	igt_assert_eq(error, 0);
	assert_no_ptes(blob.va, SIZE);
	assert_no_ptes(va, SIZE);
	wrong[0] = why_not_lost(gpu, blob.va, SIZE) ?: why_not_lost(gpu, va, SIZE);
	igt_assert_eq(gpu_restore(gpu), 0);
	wrong[1] = why_not_lost(gpu, blob.va, SIZE) ?: why_not_lost(gpu, va, SIZE);
	igt_assert_eq(blob_try_map(&second, PROT_READ, MAP_SHARED), -ESTALE);

	munmap(va, SIZE);
	close(dmabuf);
	if (restores) {
		blob_destroy(&blob);
	} else {
		munmap(blob.va, SIZE);
		/* Nothing waits for an answer that cannot come, nor does suspending it again. */
		igt_assert_eq(blob_try_create(gpu, &second, SIZE, attr_id(CACHED, 0),
					      VIRTGPU_BLOB_FLAG_USE_MAPPABLE), -ENODEV);
		gpu_freeze(gpu, &error);
		igt_assert_eq(error, 0);
		igt_assert_eq(gpu_restore(gpu), 0);
		gpu_unbind(gpu);
		gpu_bind(gpu);
	}
	igt_assert_f(!wrong[0], "%s\n", wrong[0]);
	igt_assert_f(!wrong[1], "%s\n", wrong[1]);
	gpu_settle(gpu);
	gpu_assert_works(gpu);
}

/**
 * SUBTEST: suspend-while-changing
 * Description: the list of changes is on its way when the system is suspended: that fails, and
 *	the blob follows when the list comes
 */
static void test_while_changing(struct gpu *gpu)
{
	long long generation;
	struct blob blob;
	int error;

	blob_setup(gpu, &blob, SIZE, CACHED);
	generation = host_change_untold(&blob, WC, 0);
	gpu_freeze(gpu, &error);
	igt_assert_eq(error, -ETIMEDOUT);
	host_release(gpu);
	host_wait_acked(&blob, generation);
	blob_assert_good(&blob, WC);
	blob_destroy(&blob);
	gpu_settle(gpu);
	gpu_assert_works(gpu);
}

/* It cannot be suspended, and when the host listens all is as before. */
static void freeze_deaf(struct gpu *gpu, struct blob *blob, long long generation, pid_t filler)
{
	int error;

	gpu_freeze(gpu, &error);
	host_do(gpu, "{\"op\":\"deaf\",\"deaf\":false}");
	kill(filler, SIGKILL);
	igt_assert_eq(child_status_bounded(filler, 30), -SIGKILL);
	igt_assert_eq(error, -ETIMEDOUT);

	host_wait_acked(blob, generation);
	blob_assert_good(blob, WC);
	blob_destroy(blob);
	igt_assert(gpu_reopen(gpu));
	gpu_settle(gpu);
	gpu_assert_works(gpu);
}

/**
 * SUBTEST: full-queue
 * Description: the control queue is full and the host looks away: suspending fails in time, and
 *	the change that could not be fetched is, once the host listens
 */
static void test_deaf(struct gpu *gpu)
{
	struct blob blob;
	pid_t filler;

	blob_setup(gpu, &blob, SIZE, CACHED);
	filler = gpu_fill_queue(gpu);
	freeze_deaf(gpu, &blob, host_change(&blob, WC, 0), filler);
}

/**
 * SUBTEST: full-queue-unacknowledged
 * Description: the same, but what finds no room is the acknowledgment
 */
static void test_deaf_unacknowledged(struct gpu *gpu)
{
	long long generation;
	struct blob blob;
	pid_t filler;

	blob_setup(gpu, &blob, SIZE, CACHED);
	generation = host_change_untold(&blob, WC, 0);
	filler = gpu_fill_queue(gpu);
	host_release(gpu);
	wait_no_ptes(blob.va, SIZE);
	freeze_deaf(gpu, &blob, generation, filler);
}

int igt_main()
{
	static struct gpu gpu;

	igt_fixture()
		gpu_open(&gpu, "full");

	igt_describe("Mappings lose the device before it is reset, go on working, and never show "
		     "it again.");
	igt_subtest("suspend-takes-mappings")
		test_takes_mappings(&gpu);

	igt_describe("Suspending fails in time while a change is under way, and the change is "
		     "finished afterwards.");
	igt_subtest("suspend-while-changing")
		test_while_changing(&gpu);

	igt_describe("Suspending fails in time while the control queue is full, and the change is "
		     "finished afterwards.");
	igt_subtest("full-queue")
		test_deaf(&gpu);

	igt_describe("The same when the acknowledgment finds no room in the queue.");
	igt_subtest("full-queue-unacknowledged")
		test_deaf_unacknowledged(&gpu);

	igt_fixture()
		gpu_close(&gpu);
}
