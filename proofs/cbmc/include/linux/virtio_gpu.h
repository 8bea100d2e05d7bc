/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The system's, and what the series adds to it. */
#ifndef PROOFS_LINUX_VIRTIO_GPU_H
#define PROOFS_LINUX_VIRTIO_GPU_H

#include_next <linux/virtio_gpu.h>
#include <linux/virtio_gpu_map_attr.h>

#endif
