// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What the driver has only as a package, and not in the series.
 *
 * DKMS compares versions, and virtio-gpu-map-attr(8) shows them: the kernel's own driver has none.
 */
#include <linux/module.h>
#include <linux/virtio_config.h>
#include <linux/virtio_gpu.h>

#include "virtgpu_package.h"
#include "virtgpu_vram_change.h"

/**
 * virtio_gpu_package_validate - decide whether the host means what this driver means
 * @vdev: device that is being probed
 *
 * Until the virtio committee assigns the number of VIRTIO_GPU_F_MAP_ATTR, it may become another
 * feature's, and a package outlives that ("The draft's bit" in Documentation/host-half.md).
 * Accepts it only from a host that offers VIRTIO_GPU_F_MAP_ATTR_DRAFT too, and says so otherwise.
 *
 * Return: 0.
 */
int virtio_gpu_package_validate(struct virtio_device *vdev)
{
	if (virtio_has_feature(vdev, VIRTIO_GPU_F_MAP_ATTR) &&
	    !virtio_has_feature(vdev, VIRTIO_GPU_F_MAP_ATTR_DRAFT)) {
		dev_info(&vdev->dev, "the host's feature %d is not used: it does not offer %d\n",
			 VIRTIO_GPU_F_MAP_ATTR, VIRTIO_GPU_F_MAP_ATTR_DRAFT);
		__virtio_clear_bit(vdev, VIRTIO_GPU_F_MAP_ATTR);
	}
	return virtio_gpu_vram_change_validate(vdev);
}

MODULE_VERSION(VIRTIO_GPU_PACKAGE_VERSION);
