// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Room in the control queue, which only the host can make.
 *
 * A process that waits for it can be killed.  What becomes of its command depends
 * on the command: one that may be given up is; any other, like RESOURCE_UNREF, has
 * to reach the host, so the process leaves it to a work and dies without it.  The
 * order of commands is kept: while that work has some, nobody else finds room.
 *
 * Commands with a fence are an exception: what waits for the fence relies on it.
 */
#include <linux/sched.h>

#include "virtgpu_drv.h"

/**
 * virtio_gpu_has_room - may a command be added to the control queue now?
 * @vgdev: device
 * @elemcnt: number of descriptors the command takes
 *
 * Context: under &virtio_gpu_queue.qlock; without it a hint to look again.
 * Return: whether it may.
 */
bool virtio_gpu_has_room(struct virtio_gpu_device *vgdev, int elemcnt)
{
	struct virtio_gpu_backlog *backlog = &vgdev->backlog;

	if (atomic_read(&backlog->len) && READ_ONCE(backlog->task) != current)
		return false;
	return vgdev->ctrlq.vq->num_free >= elemcnt;
}

/**
 * virtio_gpu_wait_room - wait until the control queue may have room
 * @vgdev: device
 * @vbuf: command that is to be queued
 * @fence: of the command, or NULL
 * @elemcnt: number of descriptors it takes
 *
 * A kernel thread waits idle: if the host hangs, then not the thread does.
 *
 * Return: 0 when it is time to look again; -ENODEV if the driver is being
 * unbound; -EINTR for a fatal signal, if @vbuf is &virtio_gpu_vbuffer.killable;
 * -EINPROGRESS if the process dies and @vbuf will be queued without it.
 */
int virtio_gpu_wait_room(struct virtio_gpu_device *vgdev,
			 struct virtio_gpu_vbuffer *vbuf,
			 const struct virtio_gpu_fence *fence, int elemcnt)
{
	struct virtio_gpu_backlog *backlog = &vgdev->backlog;
	wait_queue_head_t *wq = &vgdev->ctrlq.ack_queue;
	bool dying = false;

	/* No signal gets through to a process that is exiting already. */
	if (current->flags & PF_KTHREAD)
		wait_event_idle(*wq, virtio_gpu_has_room(vgdev, elemcnt) ||
				vgdev->vqs_released);
	else if (fence)
		wait_event(*wq, virtio_gpu_has_room(vgdev, elemcnt) ||
			   vgdev->vqs_released);
	else if (current->flags & PF_EXITING ||
		 wait_event_killable(*wq, virtio_gpu_has_room(vgdev, elemcnt) ||
				     vgdev->vqs_released))
		dying = true;

	if (vgdev->vqs_released)
		return -ENODEV;
	if (!dying)
		return 0;
	if (vbuf->killable)
		return -EINTR;

	spin_lock(&vgdev->ctrlq.qlock);
	list_add_tail(&vbuf->list, &backlog->commands);
	atomic_inc(&backlog->len);
	spin_unlock(&vgdev->ctrlq.qlock);
	queue_work(system_long_wq, &backlog->work);
	return -EINPROGRESS;
}

static struct virtio_gpu_vbuffer *take(struct virtio_gpu_device *vgdev)
{
	struct virtio_gpu_vbuffer *vbuf;

	spin_lock(&vgdev->ctrlq.qlock);
	vbuf = list_first_entry_or_null(&vgdev->backlog.commands,
					struct virtio_gpu_vbuffer, list);
	if (vbuf)
		list_del(&vbuf->list);
	spin_unlock(&vgdev->ctrlq.qlock);
	return vbuf;
}

static void backlog_work(struct work_struct *work)
{
	struct virtio_gpu_device *vgdev =
		container_of(work, struct virtio_gpu_device, backlog.work);
	struct virtio_gpu_backlog *backlog = &vgdev->backlog;
	struct virtio_gpu_vbuffer *vbuf;

	WRITE_ONCE(backlog->task, current);
	while ((vbuf = take(vgdev))) {
		/* Only RESOURCE_UNREF has one: the object that ends with it. */
		struct virtio_gpu_object *bo = vbuf->resp_cb_data;

		if (virtio_gpu_queue_ctrl_buffer(vgdev, vbuf) && bo)
			virtio_gpu_cleanup_object(bo);
		atomic_dec(&backlog->len);
	}
	WRITE_ONCE(backlog->task, NULL);
	virtio_gpu_notify(vgdev);
	wake_up_all(&vgdev->ctrlq.ack_queue);
}

/**
 * virtio_gpu_backlog_init - prepare a device
 * @vgdev: device
 */
void virtio_gpu_backlog_init(struct virtio_gpu_device *vgdev)
{
	INIT_LIST_HEAD(&vgdev->backlog.commands);
	INIT_WORK(&vgdev->backlog.work, backlog_work);
}

/**
 * virtio_gpu_backlog_flush - wait until nothing is left to queue
 * @vgdev: unplugged device: nothing can be queued any more
 */
void virtio_gpu_backlog_flush(struct virtio_gpu_device *vgdev)
{
	flush_work(&vgdev->backlog.work);
}
