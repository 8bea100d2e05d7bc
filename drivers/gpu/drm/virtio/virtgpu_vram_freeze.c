// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Suspend, for a driver that has nothing to say about it.
 */
#include <linux/virtio.h>

#include <drm/drm_device.h>

#include "virtgpu_drv.h"

/**
 * virtio_gpu_vram_freeze - the device is going to be reset
 * @vdev: device
 *
 * Host blobs do not outlive that, and the queues of this driver do not either:
 * after the resume the device is of no use until the driver is bound anew.
 *
 * Return: 0; -ETIMEDOUT if the host does not answer.
 */
int virtio_gpu_vram_freeze(struct virtio_device *vdev)
{
	struct drm_device *dev = vdev->priv;
	struct virtio_gpu_device *vgdev = dev->dev_private;
	int ret;

	/* Not the first time: there is nothing left to lose. */
	if (vgdev->vqs_released)
		return 0;

	virtio_gpu_vram_changes_stop(vgdev);
	ret = virtio_gpu_queue_drain(vgdev);
	if (ret) {
		virtio_gpu_vram_changes_resume(vgdev);
		return ret;
	}
	virtio_gpu_vram_lose_all(vgdev);
	/* Nobody will make room again. */
	vgdev->vqs_released = true;
	wake_up_all(&vgdev->ctrlq.ack_queue);
	return 0;
}
