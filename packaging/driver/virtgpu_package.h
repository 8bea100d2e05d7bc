/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_PACKAGE_H
#define VIRTGPU_PACKAGE_H

#include <linux/virtio_gpu_map_attr_draft.h>

struct virtio_device;

int virtio_gpu_package_validate(struct virtio_device *vdev);

#endif
