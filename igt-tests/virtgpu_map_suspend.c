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
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(16)

/**
 * SUBTEST: suspend-takes-mappings
 * Description: mappings through the render node and a dma-buf are gone before the reset, go on
 *	working without the device, and do not come back to it; commands are refused meanwhile
 */
static void test_takes_mappings(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, second;
	int dmabuf, error, submit;
	const char *wrong[2];
	bool restores;
	uint8_t *va;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	second = blob;
	dmabuf = virtgpu_blob_export(&blob);
	va = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	igt_assert(va != MAP_FAILED);
	igt_assert_eq(virtgpu_touch(va, true), 0);

	restores = virtgpu_freeze(gpu, &error);
	igt_assert_eq(error, 0);
	virtgpu_pte_assert_none(blob.va, SIZE);
	virtgpu_pte_assert_none(va, SIZE);
	wrong[0] = virtgpu_why_not_lost(gpu, blob.va, SIZE) ?: virtgpu_why_not_lost(gpu, va, SIZE);
	/* The queue may be gone. */
	submit = virtgpu_submit(gpu);
	igt_assert_eq(virtgpu_restore(gpu), 0);
	wrong[1] = virtgpu_why_not_lost(gpu, blob.va, SIZE) ?: virtgpu_why_not_lost(gpu, va, SIZE);
	igt_assert_eq(virtgpu_blob_try_map(&second, PROT_READ, MAP_SHARED), -ESTALE);

	munmap(va, SIZE);
	close(dmabuf);
	if (restores) {
		virtgpu_blob_destroy(&blob);
	} else {
		munmap(blob.va, SIZE);
		/* Nothing waits for an answer that cannot come, nor does suspending it again. */
		igt_assert_eq(virtgpu_blob_try_create(gpu, &second, SIZE,
						      virtgpu_attr_id(CACHED, 0),
						      VIRTGPU_BLOB_FLAG_USE_MAPPABLE),
			      -ENODEV);
		virtgpu_freeze(gpu, &error);
		igt_assert_eq(error, 0);
		igt_assert_eq(virtgpu_restore(gpu), 0);
		virtgpu_unbind(gpu);
		virtgpu_bind(gpu);
	}
	igt_assert_eq(submit, -ENODEV);
	igt_assert_f(!wrong[0], "%s\n", wrong[0]);
	igt_assert_f(!wrong[1], "%s\n", wrong[1]);
	virtgpu_settle(gpu);
	virtgpu_assert_works(gpu);
}

/**
 * SUBTEST: suspend-while-changing
 * Description: the list of changes is on its way when the system is suspended: that fails, and
 *	the blob follows when the list comes
 */
static void test_while_changing(struct virtgpu *gpu)
{
	long long generation;
	struct virtgpu_blob blob;
	int error;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	generation = virtgpu_host_change_untold(&blob, WC, 0);
	virtgpu_freeze(gpu, &error);
	igt_assert_eq(error, -ETIMEDOUT);
	virtgpu_host_release(gpu);
	virtgpu_host_wait_acked(&blob, generation);
	virtgpu_blob_assert_good(&blob, WC);
	virtgpu_blob_destroy(&blob);
	virtgpu_settle(gpu);
	virtgpu_assert_works(gpu);
}

/* It cannot be suspended, and when the host listens all is as before. */
static void freeze_deaf(struct virtgpu *gpu, struct virtgpu_blob *blob, long long generation,
			pid_t filler)
{
	int error;

	virtgpu_freeze(gpu, &error);
	virtgpu_host_set_deaf(gpu, false);
	kill(filler, SIGKILL);
	igt_assert_eq(virtgpu_child_status_bounded(filler, 30), -SIGKILL);
	igt_assert_eq(error, -ETIMEDOUT);

	virtgpu_host_wait_acked(blob, generation);
	virtgpu_blob_assert_good(blob, WC);
	virtgpu_blob_destroy(blob);
	igt_assert(virtgpu_reopen(gpu));
	virtgpu_settle(gpu);
	virtgpu_assert_works(gpu);
}

/**
 * SUBTEST: full-queue
 * Description: the control queue is full and the host does not look at it: suspending fails in
 *	time, and the change that could not be fetched is, once the host listens
 */
static void test_deaf(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	pid_t filler;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	filler = virtgpu_fill_queue(gpu);
	freeze_deaf(gpu, &blob, virtgpu_host_change(&blob, WC, 0), filler);
}

/**
 * SUBTEST: full-queue-unacknowledged
 * Description: as full-queue, but the list of changes was there, and one is still to be acknowledged
 */
static void test_deaf_unacknowledged(struct virtgpu *gpu)
{
	long long generation;
	struct virtgpu_blob blob;
	pid_t filler;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	generation = virtgpu_host_change_untold(&blob, WC, 0);
	filler = virtgpu_fill_queue(gpu);
	virtgpu_host_release(gpu);
	virtgpu_pte_wait_none(blob.va, SIZE);
	freeze_deaf(gpu, &blob, generation, filler);
}

/**
 * SUBTEST: full-queue-backlog
 * Description: the control queue is full, and a process that exits has left commands on the
 *	backlog: suspending fails in time, and they and the change reach the host later
 */
static void test_deaf_backlog(struct virtgpu *gpu)
{
	pid_t owner = virtgpu_blob_start_holder(gpu), filler;
	struct virtgpu_blob blob;
	int status;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	filler = virtgpu_fill_queue(gpu);
	kill(owner, SIGKILL);
	status = virtgpu_child_status_bounded(owner, 30);
	freeze_deaf(gpu, &blob, virtgpu_host_change(&blob, WC, 0), filler);
	igt_assert_eq(status, -SIGKILL);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

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

	igt_describe("The same when a change is still to be acknowledged.");
	igt_subtest("full-queue-unacknowledged")
		test_deaf_unacknowledged(&gpu);

	igt_describe("The same when the kernel has commands left that find no room in the queue.");
	igt_subtest("full-queue-backlog")
		test_deaf_backlog(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
