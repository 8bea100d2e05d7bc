/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * Virtio GPU: what tells a draft of map attributes from what may get its numbers.  Neither the
 * patch series nor the specification has this.
 */
#ifndef _UAPI_LINUX_VIRTIO_GPU_MAP_ATTR_DRAFT_H
#define _UAPI_LINUX_VIRTIO_GPU_MAP_ATTR_DRAFT_H

/*
 * Feature bit that a device offers together with VIRTIO_GPU_F_MAP_ATTR as this draft numbers it.
 * Drivers that are distributed accept the latter only if this bit is offered too.
 */
#define VIRTIO_GPU_F_MAP_ATTR_DRAFT		62

#endif
