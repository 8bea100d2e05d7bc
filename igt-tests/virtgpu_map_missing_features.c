// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map missing features
 * Description: A host without features that other hosts have, or with one that it got wrong
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: feature_negotiation
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define F_BLOB_ALIGNMENT 5
#define F_CPU_ACCESS 7

static unsigned int param(struct virtgpu *gpu, uint64_t which)
{
	unsigned int value = 0;
	struct drm_virtgpu_getparam get = { .param = which, .value = (uintptr_t)&value };

	igt_assert_eq(ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_GETPARAM, &get), 0);
	return value;
}

/**
 * SUBTEST: no-blob
 * Description: VIRTIO_GPU_F_MAP_ATTR depends on VIRTIO_GPU_F_RESOURCE_BLOB, and VIRTIO_GPU_F_CPU_ACCESS
 *	on that: without the one that it depends on none is accepted, neither side uses it, and the
 *	device works
 */
static void test_no_blob(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	igt_assert_eq(virtgpu_host_count(gpu, "map_attr_negotiated"), 0);
	igt_assert(!(virtgpu_host_count(gpu, "features") & 1 << F_CPU_ACCESS));
	igt_assert_eq(param(gpu, VIRTGPU_PARAM_MAP_ATTR), 0);
	igt_assert_eq(param(gpu, VIRTGPU_PARAM_RESOURCE_BLOB), 0);
	igt_assert_eq(virtgpu_blob_try_create(gpu, &blob, PAGE, virtgpu_attr_id(CACHED, 0),
					      VIRTGPU_BLOB_FLAG_USE_MAPPABLE),
		      -EINVAL);
	virtgpu_settle(gpu);
}

/**
 * SUBTEST: no-indirect
 * Description: without VIRTIO_RING_F_INDIRECT_DESC a command of more pieces than the queue has
 *	entries never fits: an error, and no wait for room
 */
static void test_no_indirect(struct virtgpu *gpu)
{
	/* Beyond what kmalloc() gives in one piece, with pages of any size. */
	struct drm_virtgpu_execbuffer exec = { .size = MiB(64) };
	void *command = mmap(NULL, exec.size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	igt_assert(command != MAP_FAILED);
	exec.command = (uintptr_t)command;
	igt_assert_eq(ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec), -1);
	igt_assert_eq(errno, E2BIG);
	munmap(command, exec.size);
	virtgpu_settle(gpu);
}

/**
 * SUBTEST: uneven-alignment
 * Description: blob_alignment is no power of two: VIRTIO_GPU_F_BLOB_ALIGNMENT is not accepted, with a
 *	line in the log, and the device works
 */
static void test_uneven_alignment(struct virtgpu *uneven)
{
	struct virtgpu_blob blob;

	igt_assert(!(virtgpu_host_count(uneven, "features") & 1 << F_BLOB_ALIGNMENT));
	igt_assert(virtgpu_kmsg_count(0, "blob_alignment is 12288"));
	igt_assert_eq(param(uneven, VIRTGPU_PARAM_MAP_ATTR), 1);
	/* Whole pages of any size. */
	virtgpu_blob_setup(uneven, &blob, 3 * KiB(64), CACHED);
	virtgpu_blob_assert_good(&blob, CACHED);
	virtgpu_blob_destroy(&blob);
	virtgpu_settle(uneven);
}

int igt_main()
{
	static struct virtgpu gpu, uneven;

	igt_fixture() {
		virtgpu_open(&gpu, "plain");
		virtgpu_open(&uneven, "uneven");
	}

	igt_describe("A feature is not accepted without the one that it depends on.");
	igt_subtest("no-blob")
		test_no_blob(&gpu);

	igt_describe("A command that can never fit in the queue is an error and not a wait.");
	igt_subtest("no-indirect")
		test_no_indirect(&gpu);

	igt_describe("An alignment that is none is refused, and nothing else.");
	igt_subtest("uneven-alignment")
		test_uneven_alignment(&uneven);

	igt_fixture() {
		virtgpu_close(&uneven);
		virtgpu_close(&gpu);
	}
}
