// SPDX-License-Identifier: MIT
/*
 * map_attr_example [RENDER-NODE]: how a driver in user space learns what it may do with
 * the memory behind a blob.  See Documentation/mesa.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm/drm.h>
#include <drm/virtgpu_drm.h>
#include <drm/virtgpu_map_attr_drm.h>

/**
 * struct memory - properties of memory in an API such as Vulkan
 * @mappable: HOST_VISIBLE
 * @cached: HOST_CACHED: reading is as fast as from any memory
 * @coherent: HOST_COHERENT: no flushing; true of all memory that can be mapped
 */
struct memory {
	bool mappable;
	bool cached;
	bool coherent;
};

static int do_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return ret < 0 ? -errno : 0;
}

static bool driver_knows_attributes(int fd)
{
	int value = 0;
	struct drm_virtgpu_getparam param = {
		.param = VIRTGPU_PARAM_MAP_ATTR,
		.value = (uintptr_t)&value,
	};

	/* 0 works, too: the attributes then come from the host's map_info. */
	return do_ioctl(fd, DRM_IOCTL_VIRTGPU_GETPARAM, &param) == 0;
}

/* Return: 0, or a negative errno of DRM_IOCTL_VIRTGPU_MAP_ATTR. */
static int ask(int fd, uint32_t handle, struct memory *memory)
{
	struct drm_virtgpu_map_attr attr = { .bo_handle = handle };
	int ret = do_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP_ATTR, &attr);

	if (ret)
		return ret;
	/* mmap() would fail with EOPNOTSUPP, or with EACCES if writable. */
	memory->mappable = !(attr.attr_flags & (VIRTGPU_MAP_ATTR_SYNC_REQUIRED |
						VIRTGPU_MAP_ATTR_READ_ONLY));
	memory->cached = memory->mappable && attr.cache_mode == VIRTGPU_MAP_CACHE_CACHED;
	memory->coherent = memory->mappable;
	return 0;
}

/* Chooses the Vulkan error by the errno of mmap(), see Documentation/virtio-gpu-errors.md. */
static const char *vulkan_error(int error)
{
	switch (error) {
	case EOPNOTSUPP:
	case EACCES:
	case EPROTO:
	case ENXIO:
	case EIO:
		return "VK_ERROR_MEMORY_MAP_FAILED";
	case ESTALE:
	case ENODEV:
		return "VK_ERROR_DEVICE_LOST";
	case ENOSPC:
	case ENOMEM:
		return "VK_ERROR_OUT_OF_DEVICE_MEMORY";
	default:
		return "VK_ERROR_UNKNOWN";
	}
}

int main(int argc, char *argv[])
{
	struct drm_virtgpu_resource_create_blob create = {
		.blob_mem = VIRTGPU_BLOB_MEM_HOST3D,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
		.size = 65536,
	};
	struct memory memory = { 0 };
	struct drm_virtgpu_map map;
	void *va;
	int fd, ret;

	fd = open(argc > 1 ? argv[1] : "/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror("render node");
		return 1;
	}
	if (!driver_knows_attributes(fd)) {
		puts("this driver maps blobs as it guesses; there is nothing to ask");
		return 0;
	}
	ret = do_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &create);
	if (ret) {
		fprintf(stderr, "creating a blob: %s\n", strerror(-ret));
		return 1;
	}
	ret = ask(fd, create.bo_handle, &memory);
	if (ret) {
		fprintf(stderr, "the host's attributes: %s\n", strerror(-ret));
		return 1;
	}
	printf("mappable %d, cached %d, coherent %d\n", memory.mappable, memory.cached,
	       memory.coherent);

	map = (struct drm_virtgpu_map){ .handle = create.bo_handle };
	if (do_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &map))
		return 1;
	va = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, map.offset);
	printf("mmap: %s\n", va == MAP_FAILED ? vulkan_error(errno) : "VK_SUCCESS");
	return 0;
}
