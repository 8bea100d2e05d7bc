/* SPDX-License-Identifier: MIT */
/*
 * Virtio GPU: query the map attributes the host declared for a blob, for programs that are built
 * against a kernel whose virtgpu_drm.h does not have it.  The patch series puts what is here into
 * that header (scripts/root/uapi-edit).
 */
#ifndef _UAPI_DRM_VIRTGPU_MAP_ATTR_DRM_H
#define _UAPI_DRM_VIRTGPU_MAP_ATTR_DRM_H

#include "virtgpu_drm.h"

#if defined(__cplusplus)
extern "C" {
#endif

#ifndef VIRTGPU_PARAM_MAP_ATTR

/*
 * DRM_IOCTL_VIRTGPU_GETPARAM: 1 if the host declares map attributes
 * (VIRTIO_GPU_F_MAP_ATTR), 0 if the driver only has the map_info of
 * RESOURCE_MAP_BLOB to go by.  -EINVAL: a driver without map attributes.
 */
#define VIRTGPU_PARAM_MAP_ATTR		10

#define DRM_VIRTGPU_MAP_ATTR		0x0c

/* drm_virtgpu_map_attr.cache_mode */
#define VIRTGPU_MAP_CACHE_NONE		0
#define VIRTGPU_MAP_CACHE_CACHED	1
#define VIRTGPU_MAP_CACHE_UNCACHED	2
#define VIRTGPU_MAP_CACHE_WC		3

/*
 * drm_virtgpu_map_attr.attr_flags.  With the first two mmap() fails, and a mapping that is
 * there raises SIGBUS when it is touched:
 *
 * SYNC_REQUIRED: CPU access has to be bracketed on the host; mmap() fails with EOPNOTSUPP
 * REVOKED: there is no memory behind the blob now; mmap() fails with ESTALE
 *
 * READ_ONLY: the host does not allow writing.  mmap() and mprotect() with PROT_WRITE fail with
 * EACCES.  A writable mapping that is there raises SIGBUS when it is touched, be it to read;
 * mprotect(PROT_READ) or a new mmap() makes it readable.  A mapping that was made for reading
 * goes on.  One that is made while this is in force stays without write permission for good.
 */
#define VIRTGPU_MAP_ATTR_SYNC_REQUIRED	(1U << 0)
#define VIRTGPU_MAP_ATTR_REVOKED	(1U << 1)
#define VIRTGPU_MAP_ATTR_READ_ONLY	(1U << 2)

/* drm_virtgpu_map_attr.flags: wait for a declaration later than drm_virtgpu_map_attr.generation */
#define VIRTGPU_MAP_ATTR_QUERY_WAIT		(1U << 0)

/**
 * struct drm_virtgpu_map_attr - DRM_IOCTL_VIRTGPU_MAP_ATTR
 * @bo_handle: in: GEM handle of a HOST3D blob
 * @flags: in: 0 or VIRTGPU_MAP_ATTR_QUERY_WAIT
 * @generation: in: with VIRTGPU_MAP_ATTR_QUERY_WAIT, the declaration that is known already; out:
 *	which declaration of the host this is; 0 with a host that does not negotiate
 *	VIRTIO_GPU_F_MAP_ATTR
 * @cache_mode: out: VIRTGPU_MAP_CACHE_*; NONE if such a host named no mode, and the blob is
 *	mapped cached
 * @attr_flags: out: VIRTGPU_MAP_ATTR_*, as declared
 *
 * Waits, interruptibly, for the host's first declaration, and with VIRTGPU_MAP_ATTR_QUERY_WAIT
 * until one that is later than @generation is in force: mappings made under earlier ones are
 * gone then, and touching them maps the blob as declared.  To follow all changes, pass what
 * the last call returned; some may have been skipped.
 *
 * The errors of this ioctl and of mmap() are listed in Documentation/gpu/virtio-gpu-errors.rst.
 * SYNC_REQUIRED, REVOKED and READ_ONLY are no errors here.
 *
 * When the device is gone or the blob is lost, mappings go on working, on a dummy page, as
 * Documentation/gpu/drm-uapi.rst requires ("Device Hot-Unplug": raising SIGBUS is not an
 * option).  SIGBUS is for what the host has forbidden and may allow again: a program that
 * ran on would compute with what no longer is its data.  So it is after a malformed
 * declaration, which may have meant that.
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

#endif /* VIRTGPU_PARAM_MAP_ATTR */

#if defined(__cplusplus)
}
#endif

#endif /* _UAPI_DRM_VIRTGPU_MAP_ATTR_DRM_H */
