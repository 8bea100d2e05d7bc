// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map freeze
 * Category: Core
 * Description: Suspending resets the device: what was mapped is gone for good, and says so
 * Functionality: blob mapping
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu_blob.h"

#define SIZE KiB(64)

/* A driver that cannot resume its device is bound anew, as its user would have to. */
static void resume(struct gpu *gpu, bool restores)
{
	igt_assert_eq(gpu_restore(gpu), 0);
	if (!restores) {
		gpu_unbind(gpu);
		gpu_bind(gpu);
	}
}

/**
 * SUBTEST: takes-mappings
 * Description: mappings through the render node and a dma-buf are gone before the reset, and
 *	do not come back with the device
 */
static void test_takes_mappings(struct gpu *gpu)
{
	struct blob blob, second;
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
	igt_assert_eq(touch(blob.va, false), SIGBUS);
	igt_assert_eq(touch(va, true), SIGBUS);
	igt_assert_eq(gpu_restore(gpu), 0);
	igt_assert_eq(touch(blob.va, false), SIGBUS);
	igt_assert_eq(touch(va, true), SIGBUS);
	igt_assert_eq(blob_try_map(&second, PROT_READ, MAP_SHARED), -ESTALE);

	munmap(va, SIZE);
	close(dmabuf);
	if (restores) {
		blob_destroy(&blob);
	} else {
		munmap(blob.va, SIZE);
		gpu_unbind(gpu);
		gpu_bind(gpu);
	}
	gpu_settle(gpu);
	gpu_assert_works(gpu);
}

/**
 * SUBTEST: while-changing
 * Description: the list of changes is on its way when the system is suspended: nobody waits
 *	for it, and what becomes of the blob is either that it is lost or that it follows
 */
static void test_while_changing(struct gpu *gpu)
{
	struct blob blob;
	bool restores;
	int error;

	blob_setup(gpu, &blob, SIZE, CACHED);
	host_change_untold(&blob, WC, 0);
	restores = gpu_freeze(gpu, &error);
	if (error) {
		/* This driver does not suspend with a command on its way. */
		igt_assert_eq(error, -ETIMEDOUT);
		host_do(gpu, "{\"op\":\"release\"}");
		host_wait_acked(&blob, 2);
		igt_assert_eq(guest_wrong(blob.va, 0, SIZE, 8, 5), 0);
		assert_ptes(blob.va, SIZE, WC);
		blob_destroy(&blob);
	} else {
		assert_no_ptes(blob.va, SIZE);
		igt_assert_eq(touch(blob.va, false), SIGBUS);
		munmap(blob.va, SIZE);
		resume(gpu, restores);
		gpu_reopen(gpu);
	}
	gpu_settle(gpu);
	gpu_assert_works(gpu);
}

int igt_main()
{
	static struct gpu gpu;

	igt_fixture()
		gpu_open(&gpu, "full");

	igt_describe("Mapped when the device is reset.");
	igt_subtest("takes-mappings")
		test_takes_mappings(&gpu);

	igt_describe("Changing when the device is reset.");
	igt_subtest("while-changing")
		test_while_changing(&gpu);

	igt_fixture()
		gpu_close(&gpu);
}
