// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map ioctl bounds
 * Description: Sizes and counts that make no sense, from any process with a render node: the
 *	ioctl fails with a documented errno, and the kernel logs nothing
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: ioctl_arguments
 * Feature: Map attributes
 * Test category: negative test
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

/* No pages behind it that a kernel could copy for long: only the size is looked at. */
static uint64_t user_memory(size_t len)
{
	void *va = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	igt_assert(va != MAP_FAILED);
	return (uintptr_t)va;
}

struct execbuffer {
	const char *name;
	const char *describe;
	uint32_t size;
	uint32_t handles;
	uint32_t in_syncobjs;
	uint32_t out_syncobjs;
};

/*
 * Beyond what kvmalloc() takes, beyond what there is of memory, and beyond what kmalloc()
 * takes; of the last all is really there.
 */
static const struct execbuffer execbuffers[] = {
	{ "size-max", "A command size of 4 GiB is refused.", 0xffffffff, 0, 0, 0 },
	{ "size-memory", "A command size of 2 GiB is refused.", 0x7fffffff, 0, 0, 0 },
	{ "handles-max", "The largest count of handles is refused.", 4, 0xffffffff, 0, 0 },
	{ "handles-wrap", "A count of handles whose size in bytes overflows 32 bits is refused.",
	  4, 0x40000000, 0, 0 },
	{ "handles-memory", "Handles of 2 GiB are refused.", 4, 0x1fffffff, 0, 0 },
	{ "handles-there", "Two million handles, all of them readable, are refused.",
	  4, 0x200000, 0, 0 },
	{ "in-syncobjs-max", "The largest count of syncobjs to wait for is refused.",
	  4, 0, 0xffffffff, 0 },
	{ "in-syncobjs-memory", "Syncobjs of 2 GiB to wait for are refused.", 4, 0, 0x0fffffff, 0 },
	{ "out-syncobjs-max", "The largest count of syncobjs to signal is refused.",
	  4, 0, 0, 0xffffffff },
	{ "out-syncobjs-memory", "Syncobjs of 2 GiB to signal are refused.", 4, 0, 0, 0x05555555 },
};

/**
 * SUBTEST: execbuffer-%s
 * Description: a size or a count that cannot be meant
 *
 * arg[1].values: size-max, size-memory, handles-max, handles-wrap, handles-memory, handles-there
 * arg[1].values: in-syncobjs-max, in-syncobjs-memory, out-syncobjs-max, out-syncobjs-memory
 */
static void test_execbuffer(struct virtgpu *gpu, const struct execbuffer *e)
{
	struct drm_virtgpu_execbuffer exec = {
		.size = e->size,
		.num_bo_handles = e->handles,
		.syncobj_stride = sizeof(struct drm_virtgpu_execbuffer_syncobj),
		.num_in_syncobjs = e->in_syncobjs,
		.num_out_syncobjs = e->out_syncobjs,
	};
	long long log = virtgpu_kmsg_last();
	size_t there = MiB(16);
	int ret;

	exec.command = user_memory(there);
	exec.bo_handles = exec.command;
	exec.in_syncobjs = exec.command;
	exec.out_syncobjs = exec.command;
	ret = virtgpu_ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec);
	munmap((void *)(uintptr_t)exec.command, there);
	virtgpu_kmsg_assert_none(log, VIRTGPU_KMSG_COMPLAINT);
	igt_assert_f(ret == -EINVAL || ret == -ENOMEM || ret == -E2BIG || ret == -EFAULT ||
		     ret == -ENOENT, "error %d\n", ret);
	virtgpu_assert_works(gpu);
}

struct context {
	const char *name;
	const char *describe;
	unsigned int count;
	int error;
	struct drm_virtgpu_context_set_param params[2];
};

#define CAPSET	VIRTGPU_CONTEXT_PARAM_CAPSET_ID
#define RINGS	VIRTGPU_CONTEXT_PARAM_NUM_RINGS
#define MASK	VIRTGPU_CONTEXT_PARAM_POLL_RINGS_MASK

static const struct context contexts[] = {
	{ "rings-none", "A context without rings is refused.", 1, -EINVAL, { { RINGS, 0 } } },
	{ "rings-many", "More rings than a mask has bits are refused.",
	  1, -EINVAL, { { RINGS, 65 } } },
	{ "rings-max", "The largest count of rings is refused.", 1, -EINVAL, { { RINGS, ~0ULL } } },
	{ "rings-twice", "Setting the number of rings twice is refused.",
	  2, -EINVAL, { { RINGS, 1 }, { RINGS, 1 } } },
	{ "mask-no-rings", "A mask without rings is refused.", 1, -EINVAL, { { MASK, 1 } } },
	{ "mask-beyond", "A mask of rings that the context does not have is refused.",
	  2, -EINVAL, { { RINGS, 2 }, { MASK, 4 } } },
	{ "capset-unknown", "A capability set that the host does not have is refused.",
	  1, -EINVAL, { { CAPSET, 63 } } },
	{ "capset-max", "A capability set that fits in no mask is refused.",
	  1, -EINVAL, { { CAPSET, ~0ULL } } },
	{ "param-unknown", "An undefined parameter is refused.", 1, -EINVAL, { { 1000, 0 } } },
	{ "params-many", "More parameters than are defined are refused.",
	  5, -EINVAL, { { RINGS, 1 } } },
	{ "params-max", "The largest count of parameters is refused.",
	  0xffffffff, -EINVAL, { { RINGS, 1 } } },
};

/**
 * SUBTEST: context-%s
 * Description: a parameter that cannot be meant; the context can be had without it afterwards
 *
 * arg[1].values: rings-none, rings-many, rings-max, rings-twice, mask-no-rings, mask-beyond
 * arg[1].values: capset-unknown, capset-max, param-unknown, params-many, params-max
 */
static void test_context(struct virtgpu *gpu, const struct context *c)
{
	struct drm_virtgpu_context_init init = {
		.num_params = c->count,
		.ctx_set_params = (uintptr_t)c->params,
	};
	long long log = virtgpu_kmsg_last();
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), "/dev/dri/renderD%u", gpu->minor);
	fd = open(path, O_RDWR | O_CLOEXEC);
	igt_assert_f(fd >= 0, "%s: %s\n", path, strerror(errno));
	ret = virtgpu_ioctl(fd, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &init);
	close(fd);
	virtgpu_kmsg_assert_none(log, VIRTGPU_KMSG_COMPLAINT);
	igt_assert_eq(ret, c->error);
	virtgpu_assert_works(gpu);
}

struct size {
	const char *name;
	uint64_t size;
};

static const struct size sizes[] = {
	{ "none", 0 },
	{ "wraps", ~0ULL },
	{ "negative", 1ULL << 63 },
};

/**
 * SUBTEST: blob-size-%s
 * Description: a blob without a size, or with one that no window has
 *
 * arg[1].values: none, wraps, negative
 */
static void test_blob(struct virtgpu *gpu, const struct size *s)
{
	long long log = virtgpu_kmsg_last();
	struct virtgpu_blob blob;
	int ret;

	ret = virtgpu_blob_try_create(gpu, &blob, s->size, virtgpu_attr_id(CACHED, 0),
				      VIRTGPU_BLOB_FLAG_USE_MAPPABLE);
	virtgpu_kmsg_assert_none(log, VIRTGPU_KMSG_COMPLAINT);
	igt_assert_f(ret == -EINVAL || ret == -ENOSPC || ret == -ENOMEM, "error %d\n", ret);
	virtgpu_assert_works(gpu);
}

/**
 * SUBTEST: blob-command
 * Description: a command of 4 GiB that goes with a blob's creation
 */
static void test_blob_command(struct virtgpu *gpu)
{
	struct drm_virtgpu_resource_create_blob create = {
		.blob_mem = VIRTGPU_BLOB_MEM_HOST3D,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
		.size = PAGE,
		.blob_id = virtgpu_attr_id(CACHED, 0),
		.cmd_size = 0xfffffffc,
	};
	long long log = virtgpu_kmsg_last();
	int ret;

	create.cmd = user_memory(PAGE);
	ret = virtgpu_ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &create);
	munmap((void *)(uintptr_t)create.cmd, PAGE);
	virtgpu_kmsg_assert_none(log, VIRTGPU_KMSG_COMPLAINT);
	igt_assert_f(ret == -EINVAL || ret == -ENOMEM || ret == -E2BIG, "error %d\n", ret);
	virtgpu_assert_works(gpu);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int i = 0; i < ARRAY_SIZE(execbuffers); i++) {
		igt_describe(execbuffers[i].describe);
		igt_subtest_f("execbuffer-%s", execbuffers[i].name)
			test_execbuffer(&gpu, &execbuffers[i]);
	}

	for (unsigned int i = 0; i < ARRAY_SIZE(contexts); i++) {
		igt_describe(contexts[i].describe);
		igt_subtest_f("context-%s", contexts[i].name)
			test_context(&gpu, &contexts[i]);
	}

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		igt_describe("A blob of an impossible size is an error to the process, and nothing "
			     "in the log.");
		igt_subtest_f("blob-size-%s", sizes[i].name)
			test_blob(&gpu, &sizes[i]);
	}

	igt_describe("A command of 4 GiB that comes with a blob's creation is refused.");
	igt_subtest("blob-command")
		test_blob_command(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
