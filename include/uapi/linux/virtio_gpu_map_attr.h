/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * Virtio GPU: map attributes of blob resources, wire format, version 1, for programs and modules
 * that are built against a kernel whose virtio_gpu.h does not have it.  The patch series puts
 * what is here into that header (scripts/root/uapi-edit).
 */
#ifndef _UAPI_LINUX_VIRTIO_GPU_MAP_ATTR_H
#define _UAPI_LINUX_VIRTIO_GPU_MAP_ATTR_H

#include <linux/types.h>
#include <linux/virtio_gpu.h>

#ifndef VIRTIO_GPU_F_MAP_ATTR

/*
 * Feature bit (section 1).  With it negotiated the replies to
 * VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB (blob_mem HOST3D) and
 * VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB are struct virtio_gpu_resp_map_attr.
 */
#define VIRTIO_GPU_F_MAP_ATTR			6

/*
 * Feature bit (section 8).  With it negotiated CPUs may access resources with
 * VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED within brackets.  Requires VIRTIO_GPU_F_MAP_ATTR.
 */
#define VIRTIO_GPU_F_CPU_ACCESS			7

/*
 * Bit of virtio_gpu_config.events_read: attributes of some resource have changed
 * (section 7).
 */
#define VIRTIO_GPU_EVENT_MAP_ATTR		(1U << 1)

/*
 * Commands: what has changed, and that the old is unmapped (section 7); that an access by CPUs
 * begins, and ends (section 8).
 */
#define VIRTIO_GPU_CMD_MAP_ATTR_FETCH		0x020a
#define VIRTIO_GPU_CMD_MAP_ATTR_ACK		0x020b
#define VIRTIO_GPU_CMD_CPU_ACCESS_BEGIN		0x020c
#define VIRTIO_GPU_CMD_CPU_ACCESS_END		0x020d

/* Success responses that carry map attributes (sections 3 and 7). */
#define VIRTIO_GPU_RESP_OK_MAP_ATTR		0x1107
#define VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES	0x1108

/*
 * Map attributes of blob resources, version 1.  The normative text is
 * Documentation/gpu/virtio-gpu-map-attr.rst; section numbers in this file refer to it.  All
 * numbers are proposed ones until the virtio committee assigns them.
 */

/*
 * virtio_gpu_map_attr.flags (section 2.3).  A driver that finds a flag it does
 * not know set refuses to map the resource.
 */

/*
 * CPU access must be bracketed by DMA_BUF_IOCTL_SYNC on the host.  Without
 * VIRTIO_GPU_F_CPU_ACCESS a guest cannot do that: the driver never maps the resource for its
 * CPUs.
 */
#define VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED	(1U << 0)

/* There is nothing behind the resource now: no CPU access, of any kind. */
#define VIRTIO_GPU_MAP_ATTR_REVOKED		(1U << 1)

/*
 * The guest must not write to the resource: no CPU mapping is writable, and no other device of
 * the guest that would write to it has its address.
 */
#define VIRTIO_GPU_MAP_ATTR_READ_ONLY		(1U << 2)

/**
 * struct virtio_gpu_map_attr - how guest CPUs may map a blob resource
 * @generation: which declaration this is: 1 for the first one of a resource,
 *	incremented whenever any other field changes; 0 is invalid
 *	(section 2.1)
 * @cache_mode: VIRTIO_GPU_MAP_CACHE_CACHED, _UNCACHED or _WC; every other
 *	value is invalid (section 2.2)
 * @flags: VIRTIO_GPU_MAP_ATTR_*
 * @reserved: zero; a driver refuses anything else (section 2.4)
 */
struct virtio_gpu_map_attr {
	__le64 generation;
	__le32 cache_mode;
	__le32 flags;
	__le32 reserved[4];
};

/**
 * struct virtio_gpu_resp_map_attr - VIRTIO_GPU_RESP_OK_MAP_ATTR
 * @hdr: common header
 * @attr: attributes in force when the device wrote the response
 */
struct virtio_gpu_resp_map_attr {
	struct virtio_gpu_ctrl_hdr hdr;
	struct virtio_gpu_map_attr attr;
};

/**
 * struct virtio_gpu_map_attr_change - one resource whose attributes changed
 * @resource_id: which
 * @padding: zero; the driver refuses the list otherwise
 * @attr: declaration in force
 */
struct virtio_gpu_map_attr_change {
	__le32 resource_id;
	__le32 padding;
	struct virtio_gpu_map_attr attr;
};

#define VIRTIO_GPU_MAP_ATTR_MAX_CHANGES		16

/**
 * struct virtio_gpu_resp_map_attr_changes - VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES
 * @hdr: common header
 * @count: how many of @changes the device wrote
 * @more: 1 if there are more to fetch, which takes a @count of 16; otherwise 0
 * @changes: each resource at most once
 */
struct virtio_gpu_resp_map_attr_changes {
	struct virtio_gpu_ctrl_hdr hdr;
	__le32 count;
	__le32 more;
	struct virtio_gpu_map_attr_change changes[VIRTIO_GPU_MAP_ATTR_MAX_CHANGES];
};

/**
 * struct virtio_gpu_map_attr_ack - VIRTIO_GPU_CMD_MAP_ATTR_ACK
 * @hdr: common header
 * @resource_id: which
 * @padding: zero; the device refuses anything else
 * @generation: no CPU of the guest has a mapping of an older declaration, no cache
 *	has a line of a cached one, and no write-combining buffer what was written through one
 */
struct virtio_gpu_map_attr_ack {
	struct virtio_gpu_ctrl_hdr hdr;
	__le32 resource_id;
	__le32 padding;
	__le64 generation;
};

/* virtio_gpu_cpu_access.flags (section 8): one of these, or both. */
#define VIRTIO_GPU_CPU_ACCESS_READ		(1U << 0)
#define VIRTIO_GPU_CPU_ACCESS_WRITE		(1U << 1)

/**
 * struct virtio_gpu_cpu_access - VIRTIO_GPU_CMD_CPU_ACCESS_BEGIN and _END
 * @hdr: common header
 * @resource_id: which
 * @flags: VIRTIO_GPU_CPU_ACCESS_*: what for; END has those of the bracket that it ends
 */
struct virtio_gpu_cpu_access {
	struct virtio_gpu_ctrl_hdr hdr;
	__le32 resource_id;
	__le32 flags;
};

#endif /* VIRTIO_GPU_F_MAP_ATTR */

#endif /* _UAPI_LINUX_VIRTIO_GPU_MAP_ATTR_H */
