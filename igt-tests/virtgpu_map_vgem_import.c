// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map vgem import
 * Description: A blob that another driver has imported is mapped through that driver: vgem passes
 *	mmap() on to the dma-buf's exporter
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: dma_buf
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <drm/drm.h>
#include <drm/drm_mode.h>
#include <drm/vgem_drm.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(16)

static bool is_vgem(int fd)
{
	char name[16] = "";
	struct drm_version version = { .name = name, .name_len = sizeof(name) - 1 };

	return !virtgpu_ioctl(fd, DRM_IOCTL_VERSION, &version) && !strcmp(name, "vgem");
}

static int open_vgem(void)
{
	char path[32];
	int fd;

	igt_require_f(!system("modprobe vgem"), "there is no vgem here\n");
	for (int i = 0; i < 64; i++) {
		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && is_vgem(fd))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	igt_assert_f(0, "vgem has no device\n");
	return -1;
}

/**
 * struct import - a blob in vgem
 * @offset: vgem does not report the fake offset of what is imported
 */
struct import {
	int vgem;
	uint32_t handle;
	uint64_t offset;
};

/*
 * Offsets are given out from below, and no other process uses vgem here: the import gets what a
 * buffer of vgem's own has had a moment ago.
 */
static uint64_t next_offset(int vgem)
{
	struct drm_mode_create_dumb create = { .width = SIZE / 4, .height = 1, .bpp = 32 };
	struct drm_mode_destroy_dumb destroy = { 0 };
	struct drm_mode_map_dumb map = { 0 };

	igt_assert_eq(virtgpu_ioctl(vgem, DRM_IOCTL_MODE_CREATE_DUMB, &create), 0);
	map.handle = create.handle;
	destroy.handle = create.handle;
	igt_assert_eq(virtgpu_ioctl(vgem, DRM_IOCTL_MODE_MAP_DUMB, &map), 0);
	igt_assert_eq(virtgpu_ioctl(vgem, DRM_IOCTL_MODE_DESTROY_DUMB, &destroy), 0);
	return map.offset;
}

static int try_import(struct import *import, int dmabuf)
{
	struct drm_prime_handle prime = { .fd = dmabuf };
	int ret;

	import->vgem = open_vgem();
	import->offset = next_offset(import->vgem);
	ret = virtgpu_ioctl(import->vgem, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);
	import->handle = prime.handle;
	return ret;
}

static uint8_t *try_map(struct import *import)
{
	return mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, import->vgem, import->offset);
}

/* The same page, or none, is behind both. */
static void assert_same(struct virtgpu_blob *blob, uint8_t *va)
{
	struct pte_probe_range ours, theirs;

	virtgpu_pte_probe(blob->va, SIZE, &ours);
	virtgpu_pte_probe(va, SIZE, &theirs);
	igt_assert_eq(theirs.first_pfn, ours.first_pfn);
}

/**
 * SUBTEST: mapped-%s
 * Description: entries are as declared, a change takes them away, and the importer keeps what the
 *	exporter has let go of
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_mapped(struct virtgpu *gpu, unsigned int mode)
{
	unsigned int other = mode == CACHED ? WC : CACHED;
	struct import import;
	struct virtgpu_blob blob;
	int dmabuf;
	uint8_t *va;

	virtgpu_blob_setup(gpu, &blob, SIZE, mode);
	dmabuf = virtgpu_blob_export(&blob);
	igt_assert_eq(try_import(&import, dmabuf), 0);
	va = try_map(&import);
	igt_assert_f(va != MAP_FAILED, "%s\n", strerror(errno));
	igt_assert_eq(virtgpu_guest_wrong(va, 0, SIZE, 8, 5), 0);
	virtgpu_pte_assert_mode(va, SIZE, mode);
	assert_same(&blob, va);
	virtgpu_guest_fill(va, 0, SIZE, 8, 6);
	__sync_synchronize();
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, SIZE, 8, 6), 0);

	virtgpu_host_change_acked(&blob, other, 0);
	virtgpu_pte_assert_none(va, SIZE);
	virtgpu_pte_assert_none(blob.va, SIZE);
	igt_assert_eq(virtgpu_guest_wrong(va, 0, SIZE, 8, 6), 0);
	virtgpu_pte_assert_mode(va, SIZE, other);

	igt_assert_eq(munmap(blob.va, SIZE), 0);
	blob.va = NULL;
	close(dmabuf);
	close(import.vgem);
	igt_assert_eq(virtgpu_guest_wrong(va, 0, SIZE, 8, 6), 0);
	virtgpu_pte_assert_mode(va, SIZE, other);
	munmap(va, SIZE);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: sync-required
 * Description: the importer cannot map what this guest's CPUs must not
 */
static void test_sync(struct virtgpu *gpu)
{
	struct import import;
	struct virtgpu_blob blob;
	uint8_t *va;
	int dmabuf;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, SYNC));
	dmabuf = virtgpu_blob_export(&blob);
	/* A device may well use it. */
	igt_assert_eq(try_import(&import, dmabuf), 0);
	va = try_map(&import);
	igt_assert(va == MAP_FAILED);
	igt_assert_eq(errno, EOPNOTSUPP);
	close(import.vgem);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: sync-required-later
 * Description: what the host forbids later is a signal in the importer's mapping too
 */
static void test_refused_later(struct virtgpu *gpu)
{
	struct import import;
	struct virtgpu_blob blob;
	uint8_t *va;
	int dmabuf;

	virtgpu_blob_setup(gpu, &blob, SIZE, WC);
	dmabuf = virtgpu_blob_export(&blob);
	igt_assert_eq(try_import(&import, dmabuf), 0);
	va = try_map(&import);
	igt_assert_f(va != MAP_FAILED, "%s\n", strerror(errno));
	igt_assert_eq(virtgpu_touch(va, true), 0);
	virtgpu_host_change_acked(&blob, WC, SYNC);
	virtgpu_pte_assert_none(va, SIZE);
	igt_assert_eq(virtgpu_touch(va, false), SIGBUS);
	igt_assert(try_map(&import) == MAP_FAILED);
	igt_assert_eq(errno, EOPNOTSUPP);
	virtgpu_host_change_acked(&blob, CACHED, 0);
	igt_assert_eq(virtgpu_guest_wrong(va, 0, SIZE, 8, 5), 0);
	virtgpu_pte_assert_mode(va, SIZE, CACHED);
	munmap(va, SIZE);
	close(dmabuf);
	close(import.vgem);
	virtgpu_blob_destroy(&blob);
}

static pid_t start_reader(int dmabuf)
{
	pid_t pid = fork();

	igt_assert(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(-virtgpu_dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ));
	}
	return pid;
}

/* As a device of vgem's would that writes to the import. */
static uint32_t begin_fence(struct import *import)
{
	struct drm_vgem_fence_attach attach = {
		.handle = import->handle, .flags = VGEM_FENCE_WRITE,
	};

	igt_assert_eq(virtgpu_ioctl(import->vgem, DRM_IOCTL_VGEM_FENCE_ATTACH, &attach), 0);
	return attach.out_fence;
}

static void end_fence(struct import *import, uint32_t fence)
{
	struct drm_vgem_fence_signal signal = { .fence = fence };

	/* vgem gives its fences ten seconds. */
	igt_assert_eq(virtgpu_ioctl(import->vgem, DRM_IOCTL_VGEM_FENCE_SIGNAL, &signal), 0);
}

static void assert_waits_for(struct virtgpu *gpu, int dmabuf, struct import *import, uint32_t fence)
{
	long long before = virtgpu_host_count(gpu, "accesses");
	pid_t reader = start_reader(dmabuf);

	igt_assert(virtgpu_task_wait_asleep(reader));
	igt_assert_eq(virtgpu_host_count(gpu, "accesses"), before);
	end_fence(import, fence);
	igt_assert_eq(virtgpu_child_status(reader), 0);
	igt_assert_eq(virtgpu_host_count(gpu, "accesses"), before + 1);
}

/**
 * SUBTEST: fence-before-brackets
 * Description: an access in brackets begins on the host when the fences of the importer have been
 *	signalled, and not before, also those that come as a sync_file from another dma-buf
 */
static void test_fence(struct virtgpu *gpu)
{
	struct dma_buf_export_sync_file out = { .flags = DMA_BUF_SYNC_RW, .fd = -1 };
	struct dma_buf_import_sync_file in = { .flags = DMA_BUF_SYNC_WRITE };
	struct virtgpu_blob blob, other;
	int dmabuf, other_dmabuf;
	struct import import;
	uint32_t fence;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, SYNC));
	dmabuf = virtgpu_blob_export(&blob);
	virtgpu_blob_create(gpu, &other, SIZE, virtgpu_attr_id(CACHED, SYNC));
	other_dmabuf = virtgpu_blob_export(&other);
	igt_assert_eq(try_import(&import, dmabuf), 0);

	fence = begin_fence(&import);
	assert_waits_for(gpu, dmabuf, &import, fence);

	fence = begin_fence(&import);
	igt_assert_eq(ioctl(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &out), 0);
	in.fd = out.fd;
	igt_assert_eq(ioctl(other_dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &in), 0);
	close(out.fd);
	assert_waits_for(gpu, other_dmabuf, &import, fence);

	close(import.vgem);
	close(other_dmabuf);
	close(dmabuf);
	virtgpu_blob_destroy(&other);
	virtgpu_blob_destroy(&blob);
}

int igt_main()
{
	static struct virtgpu gpu, bracketing;

	igt_fixture() {
		virtgpu_open(&gpu, "full");
		virtgpu_open(&bracketing, "aligned");
	}

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("The importer's mapping follows the declaration as the exporter's "
			     "does.");
		igt_subtest_f("mapped-%s", virtgpu_cache_name(mode))
			test_mapped(&gpu, mode);
	}

	igt_describe("The importer cannot map what the guest's CPUs must not.");
	igt_subtest("sync-required")
		test_sync(&gpu);

	igt_describe("A later requirement of SYNC revokes the mapping of the importer too.");
	igt_subtest("sync-required-later")
		test_refused_later(&gpu);

	igt_describe("Fences come first, then the host is asked to begin.");
	igt_subtest("fence-before-brackets")
		test_fence(&bracketing);

	igt_fixture() {
		virtgpu_close(&bracketing);
		virtgpu_close(&gpu);
	}
}
