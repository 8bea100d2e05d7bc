// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The end of the control queue: when the device is gone or reset, and when it has broken the
 * queue by nonsense in the used ring.
 *
 * All waiting for the host ends then.  It does, too, when the queue is taken down to suspend the
 * device, because another device that has imported an object can cause commands at any time.
 */
#include <linux/rcupdate.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "virtgpu_drv.h"

/* The commands of fences, or of @only, will not be answered: what waits goes on, with an error. */
static void ctrlq_fail_fences(struct virtio_gpu_device *vgdev,
			      const struct virtio_gpu_fence *only, int error)
{
	struct virtio_gpu_fence_driver *drv = &vgdev->fence_drv;
	struct virtio_gpu_fence *fence, *tmp;
	unsigned long flags;

	spin_lock_irqsave(&drv->lock, flags);
	list_for_each_entry_safe(fence, tmp, &drv->fences, node) {
		if (only && fence != only)
			continue;
		list_del(&fence->node);
		dma_fence_set_error(&fence->f, error);
		dma_fence_signal_locked(&fence->f);
		if (fence->e)
			drm_send_event(vgdev->ddev, &fence->e->base);
		fence->e = NULL;
		dma_fence_put(&fence->f);
	}
	spin_unlock_irqrestore(&drv->lock, flags);
}

/**
 * virtio_gpu_ctrlq_is_dead - will the host not answer any more?
 * @vgdev: device
 *
 * Context: any.
 * Return: whether the driver is being unbound, or the device has broken the control queue.
 */
bool virtio_gpu_ctrlq_is_dead(struct virtio_gpu_device *vgdev)
{
	return READ_ONCE(vgdev->vqs_released) || drm_dev_is_unplugged(vgdev->ddev);
}

/**
 * virtio_gpu_ctrlq_end - end all waiting for the host
 * @vgdev: device that has been reset, or has broken the control queue
 *
 * Context: any.
 */
void virtio_gpu_ctrlq_end(struct virtio_gpu_device *vgdev)
{
	WRITE_ONCE(vgdev->vqs_released, true);
	ctrlq_fail_fences(vgdev, NULL, -ENODEV);
	wake_up_all(&vgdev->ctrlq.ack_queue);
	wake_up_all(&vgdev->cursorq.ack_queue);
	wake_up_all(&vgdev->resp_wq);
}

/**
 * virtio_gpu_ctrlq_close - let nothing more be added to the control queue
 * @vgdev: device that is going to be reset, with its queues
 *
 * Ends all waiting for the host.  Until &virtio_gpu_device.vqs_released is cleared again the
 * queues are not touched, so they may be freed.
 *
 * Context: may sleep.
 */
void virtio_gpu_ctrlq_close(struct virtio_gpu_device *vgdev)
{
	spin_lock(&vgdev->ctrlq.qlock);
	WRITE_ONCE(vgdev->vqs_released, true);
	spin_unlock(&vgdev->ctrlq.qlock);
	/* For those who look without the lock, and virtio_gpu_notify(). */
	synchronize_rcu();
	virtio_gpu_ctrlq_end(vgdev);
}

/**
 * virtio_gpu_ctrlq_check_broken - has the device broken the control queue?
 * @vgdev: device
 *
 * A device does so when it says that it has used descriptors that it was not given.  The queue
 * cannot be used from then on: all waiting ends, and all blobs are lost.
 *
 * Context: any.
 * Return: whether it has.
 */
bool virtio_gpu_ctrlq_check_broken(struct virtio_gpu_device *vgdev)
{
	bool found;

	spin_lock(&vgdev->ctrlq.qlock);
	found = !vgdev->vqs_released && virtqueue_is_broken(vgdev->ctrlq.vq);
	if (found)
		WRITE_ONCE(vgdev->vqs_released, true);
	spin_unlock(&vgdev->ctrlq.qlock);
	if (found) {
		drm_err(vgdev->ddev,
			"the control queue is broken: the device is unusable until the driver is bound again\n");
		virtio_gpu_ctrlq_end(vgdev);
		virtio_gpu_vram_change_kick(vgdev);
	}
	return READ_ONCE(vgdev->vqs_released);
}

/**
 * virtio_gpu_ctrlq_add_failed - a command could not be added to the control queue
 * @vgdev: device
 * @vbuf: command
 * @fence: of the command, or NULL
 * @error: that virtqueue_add_sgs() returned; -ENOMEM, and -ENOSPC for an indirect table, pass
 *
 * A resource that the host is not told to forget would stay mapped in the window, so such
 * a command is queued later.  An urgent one is not put behind others: its sender tries again.  What
 * comes from the backlog goes back there, because its sender has been told that it is queued.
 *
 * Return: errno for the caller; -EINPROGRESS if @vbuf will be queued later.
 */
int virtio_gpu_ctrlq_add_failed(struct virtio_gpu_device *vgdev, struct virtio_gpu_vbuffer *vbuf,
				const struct virtio_gpu_fence *fence, int error)
{
	if (virtio_gpu_ctrlq_check_broken(vgdev)) {
		error = -ENODEV;
	} else if (!fence && (READ_ONCE(vgdev->backlog.task) == current ||
			      (!vbuf->killable && !vbuf->urgent))) {
		virtio_gpu_backlog_defer(vgdev, vbuf, HZ / 50);
		return -EINPROGRESS;
	} else if (error == -ENOSPC) {
		error = -ENOMEM;
	}
	/* It was given its number before.  No one has it but the caller, so its order is free. */
	if (fence)
		ctrlq_fail_fences(vgdev, fence, error);
	return error;
}
