// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map kernel log
 * Description: Errors that users cause, and the end of the driver, do not flood the kernel's log
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: kernel_log
 * Feature: Map attributes
 * Test category: negative test
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <drm/drm.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define BLOBS 300
#define ERRORS 1000

/* The driver's and DRM's, at any level that is printed. */
#define OURS "drm|virtio_gpu"

/**
 * SUBTEST: bad-commands
 * Description: a thousand commands that the host refuses
 */
static void test_bad_commands(struct virtgpu *gpu)
{
	struct drm_virtgpu_3d_transfer_to_host transfer = { 0 };
	long long errors = virtgpu_host_count(gpu, "errors");
	struct virtgpu_blob blob;
	long long log = virtgpu_kmsg_last();

	virtgpu_blob_setup(gpu, &blob, PAGE, WC);
	transfer.bo_handle = blob.handle;
	/* Of the kind that this host does not know. */
	for (int i = 0; i < ERRORS; i++)
		igt_assert_eq(ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &transfer), 0);
	virtgpu_host_wait_count(gpu, "errors", errors + ERRORS);
	virtgpu_blob_destroy(&blob);
	virtgpu_settle(gpu);
	virtgpu_kmsg_assert_none(log, OURS);
}

/**
 * SUBTEST: bad-blobs
 * Description: a thousand blobs that the host refuses
 */
static void test_bad_blobs(struct virtgpu *gpu)
{
	long long log = virtgpu_kmsg_last();
	struct virtgpu_blob blob;

	for (int i = 0; i < ERRORS; i++) {
		virtgpu_blob_create(gpu, &blob, PAGE,
				    blob_id_inject(WC, 0, INJECT_ERROR, INJECT_NONE, 0));
		igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EIO);
		virtgpu_blob_destroy(&blob);
	}
	virtgpu_settle(gpu);
	virtgpu_kmsg_assert_none(log, OURS);
}

/**
 * SUBTEST: bad-declarations
 * Description: a thousand blobs whose declaration is malformed, at a user's wish
 */
static void test_bad_declarations(struct virtgpu *gpu)
{
	long long log = virtgpu_kmsg_last();
	struct virtgpu_blob blob;

	for (int i = 0; i < ERRORS; i++) {
		virtgpu_blob_create(gpu, &blob, PAGE, virtgpu_attr_id(CACHE_UNKNOWN, 0));
		igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EPROTO);
		virtgpu_blob_destroy(&blob);
	}
	virtgpu_settle(gpu);
	/* The first one since boot. */
	igt_assert(virtgpu_kmsg_count(log, OURS) <= 1);
	igt_assert_eq(virtgpu_kmsg_count(-1, "the host broke the protocol of map attributes"), 1);
}

static void make_many(struct virtgpu *gpu, struct virtgpu_blob *blobs)
{
	for (int i = 0; i < BLOBS; i++) {
		virtgpu_blob_create(gpu, &blobs[i], PAGE, virtgpu_attr_id(i % 3 + 1, 0));
		virtgpu_blob_map(&blobs[i]);
		igt_assert_eq(virtgpu_touch(blobs[i].va, true), 0);
	}
}

static void unmap_many(struct virtgpu_blob *blobs)
{
	for (int i = 0; i < BLOBS; i++)
		igt_assert_eq(munmap(blobs[i].va, PAGE), 0);
}

/**
 * SUBTEST: unbind-mapped-blobs
 * Description: 300 mapped blobs and their driver go
 */
static void test_unbind(struct virtgpu *gpu)
{
	static struct virtgpu_blob blobs[BLOBS];
	long long log;

	make_many(gpu, blobs);
	log = virtgpu_kmsg_last();
	virtgpu_unbind(gpu);
	virtgpu_kmsg_assert_none(log, "\\*ERROR\\*|" VIRTGPU_KMSG_COMPLAINT);
	unmap_many(blobs);
	virtgpu_bind(gpu);
	virtgpu_assert_works(gpu);
}

/**
 * SUBTEST: suspend-mapped-blobs
 * Description: 300 mapped blobs end because the device is reset
 */
static void test_suspend(struct virtgpu *gpu)
{
	static struct virtgpu_blob blobs[BLOBS];
	long long log;
	bool restores;
	int error;

	make_many(gpu, blobs);
	log = virtgpu_kmsg_last();
	restores = virtgpu_freeze(gpu, &error);
	igt_assert_eq(error, 0);
	if (restores)
		igt_assert_eq(virtgpu_restore(gpu), 0);
	virtgpu_kmsg_assert_none(log, "\\*ERROR\\*|" VIRTGPU_KMSG_COMPLAINT);
	unmap_many(blobs);
	virtgpu_unbind(gpu);
	virtgpu_bind(gpu);
	virtgpu_assert_works(gpu);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	igt_describe("Commands that the host refuses are not logged.");
	igt_subtest("bad-commands")
		test_bad_commands(&gpu);

	igt_describe("Blobs that the host refuses are not logged.");
	igt_subtest("bad-blobs")
		test_bad_blobs(&gpu);

	igt_describe("Malformed declarations that a user causes are logged once.");
	igt_subtest("bad-declarations")
		test_bad_declarations(&gpu);

	igt_describe("Unbinding the driver under mapped blobs is not logged as an error.");
	igt_subtest("unbind-mapped-blobs")
		test_unbind(&gpu);

	igt_describe("Resetting the device under mapped blobs is not logged as an error.");
	igt_subtest("suspend-mapped-blobs")
		test_suspend(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
