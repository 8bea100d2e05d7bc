// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Waiting for room in the control queue, which only the host can make.
 */
#include <linux/sched.h>

#include "virtgpu_drv.h"

/**
 * virtio_gpu_wait_room - wait until the control queue may have room
 * @vgdev: device
 * @vbuf: command that is to be queued
 * @elemcnt: number of descriptors it takes
 *
 * A command that may be given up is, when its process is killed.  A kernel thread
 * waits idle: if the host hangs, then not the thread does.
 *
 * Return: 0 when it is time to look again; -EINTR for a fatal signal, if @vbuf is
 * &virtio_gpu_vbuffer.killable.
 */
int virtio_gpu_wait_room(struct virtio_gpu_device *vgdev,
			 const struct virtio_gpu_vbuffer *vbuf, int elemcnt)
{
	struct virtqueue *vq = vgdev->ctrlq.vq;

	if (current->flags & PF_KTHREAD)
		wait_event_idle(vgdev->ctrlq.ack_queue,
				vq->num_free >= elemcnt || vgdev->vqs_released);
	else if (!vbuf->killable)
		wait_event(vgdev->ctrlq.ack_queue,
			   vq->num_free >= elemcnt || vgdev->vqs_released);
	else if (wait_event_killable(vgdev->ctrlq.ack_queue,
				     vq->num_free >= elemcnt || vgdev->vqs_released))
		return -EINTR;
	return 0;
}
