// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Suspend: what has to be over before the device is reset.
 */
#include <linux/jiffies.h>
#include <linux/virtio.h>

#include <drm/drm_device.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_prime.h"

static bool freeze_is_idle(struct virtio_gpu_device *vgdev, u32 *seqno)
{
	bool idle;

	spin_lock(&vgdev->ctrlq.qlock);
	idle = !atomic_read(&vgdev->backlog.len) &&
	       vgdev->ctrlq.vq->num_free == virtqueue_get_vring_size(vgdev->ctrlq.vq);
	*seqno = vgdev->ctrlq.seqno;
	spin_unlock(&vgdev->ctrlq.qlock);
	return idle;
}

/*
 * Nothing is under way, and nothing is left that would queue a command: a response can cause the
 * end of an object, which is a command again.  The queue has to be empty before the work items
 * are waited for, because the last response may start another, and to have been empty all the
 * time.  Importers are not waited for, because they may wait for the host.  What their work items
 * queue later, acknowledgments and the ends of objects, is refused when the queue is closed.
 */
static bool freeze_is_drained(struct virtio_gpu_device *vgdev)
{
	bool idle, still_idle;
	u32 before, after;

	idle = freeze_is_idle(vgdev, &before);
	flush_work(&vgdev->ctrlq.dequeue_work);
	flush_workqueue(vgdev->vram_replies.wq);
	flush_work(&vgdev->obj_free_work);
	virtio_gpu_backlog_flush(vgdev);
	still_idle = freeze_is_idle(vgdev, &after);

	return idle && still_idle && before == after;
}

/**
 * virtio_gpu_vram_freeze_drain - wait until the host has answered all commands
 * @vgdev: device for which virtio_gpu_vram_change_stop() was called, and whose
 *	user processes are frozen
 *
 * A device that has broken its queue has nothing to answer.
 *
 * Return: 0; -ETIMEDOUT if the host takes more than five seconds.
 */
int virtio_gpu_vram_freeze_drain(struct virtio_gpu_device *vgdev)
{
	struct virtqueue *vq = vgdev->ctrlq.vq;
	unsigned long end = jiffies + 5 * HZ;

	while (!virtqueue_is_broken(vq) && !freeze_is_drained(vgdev)) {
		long left = end - jiffies;

		if (left <= 0)
			return -ETIMEDOUT;
		wait_event_timeout(vgdev->ctrlq.ack_queue,
				   vq->num_free == virtqueue_get_vring_size(vq), left);
	}
	return 0;
}

/**
 * virtio_gpu_vram_freeze_reclaim - take back what the device has not answered
 * @vgdev: device that has been reset, after virtio_gpu_ctrlq_close()
 *
 * For a driver that frees its queues: what is queued between the drain and the reset, and
 * all that a device has not answered that has broken the queue.
 */
void virtio_gpu_vram_freeze_reclaim(struct virtio_gpu_device *vgdev)
{
	virtio_gpu_vram_change_flush(vgdev);
	virtio_gpu_backlog_flush(vgdev);
	virtio_gpu_reclaim_vbufs(vgdev);
	/* They were the last references to some objects. */
	virtio_gpu_vram_change_flush(vgdev);
}

/**
 * virtio_gpu_vram_freeze - the device is going to be reset
 * @vdev: device
 *
 * For a driver that has no suspend of its own.  Host blobs do not outlive the reset, and
 * the queues of this driver do not either: after the resume the device is of no use until
 * the driver is bound again.
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

	virtio_gpu_vram_change_stop(vgdev);
	ret = virtio_gpu_vram_freeze_drain(vgdev);
	if (ret) {
		virtio_gpu_vram_change_resume(vgdev);
		return ret;
	}
	virtio_gpu_vram_change_lose_all(vgdev);
	virtio_gpu_ctrlq_close(vgdev);
	virtio_gpu_vram_prime_flush(vgdev);
	return 0;
}
