/* SPDX-License-Identifier: MIT */
/*
 * Virtio GPU: query the map attributes the host declared for a blob.
 */
#ifndef _UAPI_DRM_VIRTGPU_MAP_ATTR_DRM_H
#define _UAPI_DRM_VIRTGPU_MAP_ATTR_DRM_H

#include "drm.h"

#if defined(__cplusplus)
extern "C" {
#endif

/*
 * DRM_IOCTL_VIRTGPU_GETPARAM: 1 if the host declares map attributes
 * (VIRTIO_GPU_F_MAP_ATTR), 0 if the driver only has the map_info of
 * RESOURCE_MAP_BLOB to go by.  -EINVAL: a driver without map attributes.
 */
#define VIRTGPU_PARAM_MAP_ATTR		16

#define DRM_VIRTGPU_MAP_ATTR		0x0c

/* drm_virtgpu_map_attr.cache_mode */
#define VIRTGPU_MAP_CACHE_CACHED	1
#define VIRTGPU_MAP_CACHE_UNCACHED	2
#define VIRTGPU_MAP_CACHE_WC		3

/* drm_virtgpu_map_attr.attr_flags: mmap() fails with EOPNOTSUPP. */
#define VIRTGPU_MAP_ATTR_SYNC_REQUIRED	(1U << 0)

/**
 * struct drm_virtgpu_map_attr - DRM_IOCTL_VIRTGPU_MAP_ATTR
 * @bo_handle: in: GEM handle of a HOST3D blob
 * @flags: in: must be zero
 * @generation: out: which declaration of the host this is; 0 with a host that
 *	does not negotiate VIRTIO_GPU_F_MAP_ATTR
 * @cache_mode: out: VIRTGPU_MAP_CACHE_*
 * @attr_flags: out: VIRTGPU_MAP_ATTR_*
 *
 * Waits (killably) for the host's first declaration.  Errors:
 *
 * EINVAL: @flags is not zero, or the handle is no HOST3D blob, or the blob was
 *	not created with VIRTGPU_BLOB_FLAG_USE_MAPPABLE and the host has no
 *	other way to declare attributes
 * ENOENT: no such handle
 * EIO: the host refused the blob
 * EPROTO: the host declared attributes the driver does not understand
 * ENODEV: the device is gone
 */
struct drm_virtgpu_map_attr {
	__u32 bo_handle;
	__u32 flags;
	__u64 generation;
	__u32 cache_mode;
	__u32 attr_flags;
};

#define DRM_IOCTL_VIRTGPU_MAP_ATTR \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_VIRTGPU_MAP_ATTR, \
		 struct drm_virtgpu_map_attr)

#if defined(__cplusplus)
}
#endif

#endif /* _UAPI_DRM_VIRTGPU_MAP_ATTR_DRM_H */
