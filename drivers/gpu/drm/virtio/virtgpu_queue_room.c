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
 *
 * When the device is to be frozen, kernel threads leave their commands to that work
 * too, and it ends where there is no more room: nobody waits for a host that may
 * be gone, except virtio_gpu_queue_drain(), for a while.
 */
#include <linux/jiffies.h>
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

/* Return: whether it is time to look again; if not, the device is to be frozen. */
static bool wait_idle(struct virtio_gpu_device *vgdev,
		      const struct virtio_gpu_fence *fence, int elemcnt)
{
	wait_event_idle(vgdev->ctrlq.ack_queue,
			virtio_gpu_has_room(vgdev, elemcnt) || vgdev->vqs_released ||
			(READ_ONCE(vgdev->backlog.stopped) && !fence));
	return fence || virtio_gpu_has_room(vgdev, elemcnt);
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
 * -EINPROGRESS if the process dies or the device is to be frozen, and @vbuf will
 * be queued later.
 */
int virtio_gpu_wait_room(struct virtio_gpu_device *vgdev,
			 struct virtio_gpu_vbuffer *vbuf,
			 const struct virtio_gpu_fence *fence, int elemcnt)
{
	struct virtio_gpu_backlog *backlog = &vgdev->backlog;
	wait_queue_head_t *wq = &vgdev->ctrlq.ack_queue;
	bool leave = false;

	if (current->flags & PF_KTHREAD)
		leave = !wait_idle(vgdev, fence, elemcnt);
	else if (fence)
		wait_event(*wq, virtio_gpu_has_room(vgdev, elemcnt) ||
			   vgdev->vqs_released);
	/* No signal gets through to a process that is exiting already. */
	else if (current->flags & PF_EXITING ||
		 wait_event_killable(*wq, virtio_gpu_has_room(vgdev, elemcnt) ||
				     vgdev->vqs_released))
		leave = true;

	if (vgdev->vqs_released)
		return -ENODEV;
	if (!leave)
		return 0;
	if (vbuf->killable)
		return -EINTR;

	spin_lock(&vgdev->ctrlq.qlock);
	atomic_inc(&backlog->len);
	if (backlog->task == current) {
		list_add(&vbuf->list, &backlog->commands);
		backlog->stuck = true;
	} else {
		list_add_tail(&vbuf->list, &backlog->commands);
		queue_work(system_long_wq, &backlog->work);
	}
	spin_unlock(&vgdev->ctrlq.qlock);
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
	backlog->stuck = false;
	while (!backlog->stuck && (vbuf = take(vgdev))) {
		/* Only RESOURCE_UNREF has one: the object, if it ends with it. */
		struct virtio_gpu_object *bo =
			vbuf->resp_cb ? vbuf->resp_cb_data : NULL;

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
 * virtio_gpu_backlog_look - there may be room for what is left
 * @vgdev: device
 *
 * For a work that ended where there was none: the host has answered, or it does
 * not matter any more.
 *
 * Context: any.
 */
void virtio_gpu_backlog_look(struct virtio_gpu_device *vgdev)
{
	if (atomic_read(&vgdev->backlog.len))
		queue_work(system_long_wq, &vgdev->backlog.work);
}

/**
 * virtio_gpu_backlog_flush - queue what there is room for
 * @vgdev: device that is to be frozen, or unplugged: then nothing can be queued,
 *	and nothing is left
 */
void virtio_gpu_backlog_flush(struct virtio_gpu_device *vgdev)
{
	virtio_gpu_backlog_look(vgdev);
	flush_work(&vgdev->backlog.work);
}

/**
 * virtio_gpu_backlog_stop - let no kernel thread wait for room
 * @vgdev: device that is to be frozen
 */
void virtio_gpu_backlog_stop(struct virtio_gpu_device *vgdev)
{
	WRITE_ONCE(vgdev->backlog.stopped, true);
	wake_up_all(&vgdev->ctrlq.ack_queue);
}

/**
 * virtio_gpu_backlog_resume - let kernel threads wait for room again
 * @vgdev: device that works
 */
void virtio_gpu_backlog_resume(struct virtio_gpu_device *vgdev)
{
	WRITE_ONCE(vgdev->backlog.stopped, false);
	virtio_gpu_backlog_look(vgdev);
}

static bool is_idle(struct virtio_gpu_device *vgdev, u32 *seqno)
{
	bool idle;

	spin_lock(&vgdev->ctrlq.qlock);
	idle = !atomic_read(&vgdev->backlog.len) &&
	       vgdev->ctrlq.vq->num_free == vgdev->ctrlq.vq->num_max;
	*seqno = vgdev->ctrlq.seqno;
	spin_unlock(&vgdev->ctrlq.qlock);
	return idle;
}

/*
 * Nothing is under way, and nothing is left that would queue a command: answers
 * can be the end of objects, and those are commands again.  The queue has to be
 * empty before the works are waited for, or one may run that the last answer has
 * started, and to have been empty all the time.
 */
static bool is_drained(struct virtio_gpu_device *vgdev)
{
	bool idle, still_idle;
	u32 before, after;

	idle = is_idle(vgdev, &before);
	flush_work(&vgdev->ctrlq.dequeue_work);
	flush_work(&vgdev->obj_free_work);
	virtio_gpu_backlog_flush(vgdev);
	still_idle = is_idle(vgdev, &after);

	return idle && still_idle && before == after;
}

/**
 * virtio_gpu_queue_drain - wait until the host has answered all there is to say
 * @vgdev: device for which virtio_gpu_backlog_stop() was called, and whose
 *	user processes are frozen
 *
 * Return: 0; -ETIMEDOUT if the host takes more than five seconds.
 */
int virtio_gpu_queue_drain(struct virtio_gpu_device *vgdev)
{
	struct virtqueue *vq = vgdev->ctrlq.vq;
	unsigned long end = jiffies + 5 * HZ;

	while (!is_drained(vgdev)) {
		long left = end - jiffies;

		if (left <= 0)
			return -ETIMEDOUT;
		wait_event_timeout(vgdev->ctrlq.ack_queue,
				   vq->num_free == vq->num_max, left);
	}
	return 0;
}
