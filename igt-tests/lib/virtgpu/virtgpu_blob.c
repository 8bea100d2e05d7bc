// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Host-visible blobs: making, mapping and exporting them, and what the guest finds in them.
 */
#include <drm/drm.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu_blob.h"
#include "virtgpu_host.h"
#include "virtgpu_pte.h"
#include "virtgpu_util.h"

/**
 * virtgpu_blob_try_create() - create a blob of the host's memory
 *
 * Return: 0 or a negative errno.
 */
int virtgpu_blob_try_create(struct virtgpu *gpu, struct virtgpu_blob *blob, size_t size,
			    uint64_t blob_id, uint32_t flags)
{
	struct drm_virtgpu_resource_create_blob create = {
		.blob_mem = VIRTGPU_BLOB_MEM_HOST3D,
		.blob_flags = flags,
		.size = size,
		.blob_id = blob_id,
	};
	int ret = virtgpu_ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &create);

	*blob = (struct virtgpu_blob){ .gpu = gpu };
	if (ret)
		return ret;
	blob->handle = create.bo_handle;
	blob->res = create.res_handle;
	blob->size = (size + 4095) & ~(size_t)4095;
	return 0;
}

/**
 * virtgpu_blob_create() - create a blob that can be mapped and exported
 */
void virtgpu_blob_create(struct virtgpu *gpu, struct virtgpu_blob *blob, size_t size,
			 uint64_t blob_id)
{
	igt_assert_eq(virtgpu_blob_try_create(gpu, blob, size, blob_id,
					      VIRTGPU_BLOB_FLAG_USE_MAPPABLE |
					      VIRTGPU_BLOB_FLAG_USE_SHAREABLE),
		      0);
}

/**
 * virtgpu_blob_create_deferred() - the same, with the hint that newer kernels know: map it later
 *
 * To older ones it means nothing.
 *
 * Return: 0 or a negative errno.
 */
int virtgpu_blob_create_deferred(struct virtgpu *gpu, struct virtgpu_blob *blob, size_t size,
				 uint64_t blob_id)
{
	struct {
		struct drm_virtgpu_resource_create_blob v1;
		uint32_t hints;
		uint32_t padding;
	} create = {
		.v1 = {
			.blob_mem = VIRTGPU_BLOB_MEM_HOST3D,
			.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
			.size = size,
			.blob_id = blob_id,
		},
		.hints = 1,
	};

	*blob = (struct virtgpu_blob){ .gpu = gpu, .size = size };
	if (ioctl(gpu->fd,
		  DRM_IOWR(DRM_COMMAND_BASE + DRM_VIRTGPU_RESOURCE_CREATE_BLOB, typeof(create)),
		  &create))
		return -errno;
	blob->handle = create.v1.bo_handle;
	blob->res = create.v1.res_handle;
	return 0;
}

/**
 * virtgpu_blob_offset() - the fake offset to pass to mmap()
 */
uint64_t virtgpu_blob_offset(struct virtgpu_blob *blob)
{
	struct drm_virtgpu_map map = { .handle = blob->handle };

	igt_assert_eq(virtgpu_ioctl(blob->gpu->fd, DRM_IOCTL_VIRTGPU_MAP, &map), 0);
	return map.offset;
}

/**
 * virtgpu_blob_try_map() - map a blob through the render node
 *
 * Return: 0 or a negative errno.
 */
int virtgpu_blob_try_map(struct virtgpu_blob *blob, int prot, int flags)
{
	void *va = mmap(NULL, blob->size, prot, flags, blob->gpu->fd, virtgpu_blob_offset(blob));

	if (va == MAP_FAILED)
		return -errno;
	blob->va = va;
	return 0;
}

/**
 * virtgpu_blob_map() - map a blob for reading and writing
 */
void virtgpu_blob_map(struct virtgpu_blob *blob)
{
	igt_assert_eq(virtgpu_blob_try_map(blob, PROT_READ | PROT_WRITE, MAP_SHARED), 0);
}

/**
 * virtgpu_blob_export() - the dma-buf of a blob
 */
int virtgpu_blob_export(struct virtgpu_blob *blob)
{
	struct drm_prime_handle prime = {
		.handle = blob->handle,
		.flags = DRM_CLOEXEC | DRM_RDWR,
	};

	igt_assert_eq(virtgpu_ioctl(blob->gpu->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime), 0);
	return prime.fd;
}

/**
 * virtgpu_blob_map_dmabuf() - export a blob, and map it through the dma-buf
 *
 * Return: descriptor of the dma-buf.
 */
int virtgpu_blob_map_dmabuf(struct virtgpu_blob *blob)
{
	int dmabuf = virtgpu_blob_export(blob);

	blob->va = mmap(NULL, blob->size, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	igt_assert_f(blob->va != MAP_FAILED, "mmap of the dma-buf: %s\n", strerror(errno));
	return dmabuf;
}

/**
 * virtgpu_dmabuf_sync() - DMA_BUF_IOCTL_SYNC, once
 * @flags: DMA_BUF_SYNC_START or _END, and what for
 *
 * Return: 0 or a negative errno.
 */
int virtgpu_dmabuf_sync(int dmabuf, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	return ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &sync) ? -errno : 0;
}

/**
 * virtgpu_blob_query() - ask for the attributes of a blob
 *
 * Return: 0 or a negative errno.
 */
int virtgpu_blob_query(struct virtgpu *gpu, uint32_t handle, struct drm_virtgpu_map_attr *attr)
{
	*attr = (struct drm_virtgpu_map_attr){ .bo_handle = handle };
	return virtgpu_ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_MAP_ATTR, attr);
}

/**
 * virtgpu_blob_close_handle() - close the handle; mappings stay
 */
void virtgpu_blob_close_handle(struct virtgpu_blob *blob)
{
	struct drm_gem_close close = { .handle = blob->handle };

	igt_assert_eq(virtgpu_ioctl(blob->gpu->fd, DRM_IOCTL_GEM_CLOSE, &close), 0);
	blob->handle = 0;
}

/**
 * virtgpu_blob_destroy() - unmap a blob and close its handle
 */
void virtgpu_blob_destroy(struct virtgpu_blob *blob)
{
	if (blob->va)
		igt_assert_eq(munmap(blob->va, blob->size), 0);
	blob->va = NULL;
	if (blob->handle)
		virtgpu_blob_close_handle(blob);
}

static bool hold_own_blob(void *data)
{
	struct virtgpu own = *(struct virtgpu *)data;
	struct virtgpu_blob blob;

	own.fd = -1;
	if (!virtgpu_reopen(&own))
		return false;
	virtgpu_blob_setup(&own, &blob, PAGES(16), CACHED);
	return true;
}

/**
 * virtgpu_blob_start_holder() - have a child hold a blob through a device file of its own
 *
 * Return: the child; kill it, and the blob ends with it.
 */
pid_t virtgpu_blob_start_holder(struct virtgpu *gpu)
{
	return virtgpu_start_holder(hold_own_blob, gpu);
}

/**
 * virtgpu_cache_name() - a cache mode as subtests are named after it
 */
const char *virtgpu_cache_name(unsigned int cache_mode)
{
	switch (cache_mode) {
	case CACHED:
		return "cached";
	case UNCACHED:
		return "uncached";
	case WC:
		return "wc";
	default:
		return "none";
	}
}

/**
 * virtgpu_guest_fill() - write the pattern to every @stride-th byte of a mapping
 */
void virtgpu_guest_fill(void *va, uint64_t first, size_t len, size_t stride, uint64_t seed)
{
	for (size_t i = 0; i < len; i += stride)
		*(volatile uint64_t *)((uint8_t *)va + i) = pattern_word(seed, first + i);
}

/**
 * virtgpu_guest_wrong() - words of a mapping that are not as the pattern has them
 */
size_t virtgpu_guest_wrong(const void *va, uint64_t first, size_t len, size_t stride, uint64_t seed)
{
	size_t wrong = 0;

	for (size_t i = 0; i < len; i += stride)
		wrong += *(const volatile uint64_t *)((const uint8_t *)va + i) !=
			 pattern_word(seed, first + i);
	return wrong;
}

/**
 * virtgpu_blob_assert_good() - the host's pattern is seen, through PTEs of the right memory type
 */
void virtgpu_blob_assert_good(struct virtgpu_blob *blob, unsigned int cache_mode)
{
	igt_assert_eq(virtgpu_guest_wrong(blob->va, 0, blob->size, 8, 5), 0);
	virtgpu_pte_assert_mode(blob->va, blob->size, cache_mode);
}

/**
 * virtgpu_blob_setup() - a blob that is mapped, filled by the host, and good
 */
void virtgpu_blob_setup(struct virtgpu *gpu, struct virtgpu_blob *blob, size_t size,
			unsigned int cache_mode)
{
	virtgpu_blob_create(gpu, blob, size, virtgpu_attr_id(cache_mode, 0));
	virtgpu_blob_map(blob);
	virtgpu_host_fill(blob, 5);
	virtgpu_blob_assert_good(blob, cache_mode);
}

/**
 * virtgpu_assert_works() - whatever happened before, a new blob works, and a change of it
 */
void virtgpu_assert_works(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, PAGES(16), UNCACHED);
	virtgpu_host_change_acked(&blob, WC, 0);
	virtgpu_blob_assert_good(&blob, WC);
	virtgpu_blob_destroy(&blob);
}
