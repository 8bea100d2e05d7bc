// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Room in the control queue, which only the host can make.
 *
 * A process that waits for it can be killed, and frozen to suspend the system.  What becomes
 * of its command then depends on the command: one that may be given up is, when the process
 * is killed; any other, like RESOURCE_UNREF, has to reach the host, so it is left to a work.  The
 * order of commands is kept: while that work has some, no other task finds room.
 *
 * Urgent commands have room of their own.  The host may wait for one of them before it goes on
 * with those that fill the queue, so they must not wait for those in turn.
 *
 * Commands with a fence are an exception: what waits for the fence relies on it.
 *
 * When the device is to be frozen, kernel threads leave their commands to that work
 * too, and it ends where there is no more room: only virtio_gpu_queue_drain() waits for a
 * host that may be gone, for a while.
 *
 * A device can also break the queue, by nonsense in the used ring.  Then all waiting ends.
 * It does, too, when the queue is taken down to suspend the device: another device that has
 * imported an object may be told of its end at any time.
 */
#include <linux/freezer.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>

#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "virtgpu_drv.h"

/*
 * When there is no memory for its indirect table a command takes all of its descriptors instead,
 * if they are free.  In a small queue they are never, with those that are reserved: so it has its
 * way there when the host has answered everything.
 */
static bool leaves_reserved(const struct virtio_gpu_device *vgdev,
			    const struct virtio_gpu_vbuffer *vbuf, unsigned int free)
{
	return vbuf->urgent || free < vbuf->descs ||
	       free >= vbuf->descs + vgdev->backlog.reserved ||
	       free == virtqueue_get_vring_size(vgdev->ctrlq.vq);
}

static unsigned int needed(const struct virtio_gpu_device *vgdev,
			   const struct virtio_gpu_vbuffer *vbuf, unsigned int elemcnt)
{
	return vbuf->urgent ? elemcnt : elemcnt + vgdev->backlog.reserved;
}

/**
 * virtio_gpu_has_room - may a command be added to the control queue now?
 * @vgdev: device
 * @vbuf: command
 * @elemcnt: number of descriptors it takes
 *
 * Context: under &virtio_gpu_queue.qlock; without it a hint to look again.
 * Return: whether it may.
 */
bool virtio_gpu_has_room(struct virtio_gpu_device *vgdev,
			 const struct virtio_gpu_vbuffer *vbuf, int elemcnt)
{
	struct virtio_gpu_backlog *backlog = &vgdev->backlog;
	unsigned int free;
	bool has;

	if (atomic_read(&backlog->len) && READ_ONCE(backlog->task) != current && !vbuf->urgent)
		return false;
	/* See virtio_gpu_queue_close(). */
	rcu_read_lock();
	has = !READ_ONCE(vgdev->vqs_released);
	if (has) {
		free = READ_ONCE(vgdev->ctrlq.vq->num_free);
		has = free >= needed(vgdev, vbuf, elemcnt) && leaves_reserved(vgdev, vbuf, free);
	}
	rcu_read_unlock();
	return has;
}

static bool is_too_long(struct virtio_gpu_device *vgdev, const struct virtio_gpu_vbuffer *vbuf,
			int elemcnt)
{
	bool is;

	rcu_read_lock();
	is = !READ_ONCE(vgdev->vqs_released) &&
	     needed(vgdev, vbuf, elemcnt) > virtqueue_get_vring_size(vgdev->ctrlq.vq);
	rcu_read_unlock();
	return is;
}

/*
 * Behind those that are there, unless it comes from the work that queues them.  After
 * @delay, in jiffies, or when the host has answered something.
 */
static void put_off(struct virtio_gpu_device *vgdev, struct virtio_gpu_vbuffer *vbuf,
		    unsigned long delay)
{
	struct virtio_gpu_backlog *backlog = &vgdev->backlog;

	spin_lock(&vgdev->ctrlq.qlock);
	atomic_inc(&backlog->len);
	if (backlog->task == current) {
		list_add(&vbuf->list, &backlog->commands);
		backlog->stuck = true;
	} else {
		list_add_tail(&vbuf->list, &backlog->commands);
	}
	if (delay || backlog->task != current)
		queue_delayed_work(system_long_wq, &backlog->work, delay);
	spin_unlock(&vgdev->ctrlq.qlock);
}

/*
 * Other signals than those that kill or freeze do not end the wait: a process with many
 * of them would fill the memory with commands, or have them sent twice.
 *
 * Return: 0 when it is time to look again; -EINTR if the process dies; -EINPROGRESS if it is
 * to be frozen.
 */
static int wait_for_signals(struct virtio_gpu_device *vgdev,
			    const struct virtio_gpu_vbuffer *vbuf, int elemcnt)
{
	wait_queue_head_t *wq = &vgdev->ctrlq.ack_queue;

	/* No signal gets through to a process that is exiting already. */
	if (current->flags & PF_EXITING)
		return -EINTR;
	if (!wait_event_interruptible(*wq, virtio_gpu_has_room(vgdev, vbuf, elemcnt) ||
				      vgdev->vqs_released))
		return 0;
	if (freezing(current))
		return -EINPROGRESS;
	return wait_event_killable(*wq, virtio_gpu_has_room(vgdev, vbuf, elemcnt) ||
				   vgdev->vqs_released) ? -EINTR : 0;
}

/* Return: whether it is time to look again; if not, the device is to be frozen. */
static bool wait_idle(struct virtio_gpu_device *vgdev, const struct virtio_gpu_vbuffer *vbuf,
		      const struct virtio_gpu_fence *fence, int elemcnt)
{
	wait_event_idle(vgdev->ctrlq.ack_queue,
			virtio_gpu_has_room(vgdev, vbuf, elemcnt) || vgdev->vqs_released ||
			(READ_ONCE(vgdev->backlog.stopped) && !fence));
	return fence || virtio_gpu_has_room(vgdev, vbuf, elemcnt);
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
 * -EINPROGRESS if the process dies or is to be frozen, or the device is, and @vbuf will
 * be queued later; -E2BIG if there will never be room.
 */
int virtio_gpu_wait_room(struct virtio_gpu_device *vgdev,
			 struct virtio_gpu_vbuffer *vbuf,
			 const struct virtio_gpu_fence *fence, int elemcnt)
{
	int ret = 0;

	if (is_too_long(vgdev, vbuf, elemcnt))
		return -E2BIG;
	if (current->flags & PF_KTHREAD)
		ret = wait_idle(vgdev, vbuf, fence, elemcnt) ? 0 : -EINPROGRESS;
	else if (fence)
		wait_event(vgdev->ctrlq.ack_queue,
			   virtio_gpu_has_room(vgdev, vbuf, elemcnt) || vgdev->vqs_released);
	else
		ret = wait_for_signals(vgdev, vbuf, elemcnt);

	if (vgdev->vqs_released)
		return -ENODEV;
	if (!ret || (ret == -EINTR && vbuf->killable))
		return ret;

	put_off(vgdev, vbuf, 0);
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
		container_of(to_delayed_work(work), struct virtio_gpu_device, backlog.work);
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
	INIT_DELAYED_WORK(&vgdev->backlog.work, backlog_work);
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
		mod_delayed_work(system_long_wq, &vgdev->backlog.work, 0);
}

/**
 * virtio_gpu_backlog_flush - queue what there is room for
 * @vgdev: device that is to be frozen, or unplugged: then nothing can be queued,
 *	and nothing is left
 */
void virtio_gpu_backlog_flush(struct virtio_gpu_device *vgdev)
{
	virtio_gpu_backlog_look(vgdev);
	flush_delayed_work(&vgdev->backlog.work);
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

/*
 * Their commands will not be answered.  What waits for a fence goes on, with an error.
 */
static void fail_fences(struct virtio_gpu_device *vgdev, const struct virtio_gpu_fence *only,
			int error)
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
 * virtio_gpu_queue_end - the host answers nothing any more
 * @vgdev: device that has been reset, or has broken the control queue
 *
 * Ends all waiting for it.
 *
 * Context: any.
 */
void virtio_gpu_queue_end(struct virtio_gpu_device *vgdev)
{
	WRITE_ONCE(vgdev->vqs_released, true);
	fail_fences(vgdev, NULL, -ENODEV);
	wake_up_all(&vgdev->ctrlq.ack_queue);
	wake_up_all(&vgdev->cursorq.ack_queue);
	wake_up_all(&vgdev->resp_wq);
}

/**
 * virtio_gpu_queue_close - let nothing more be added to the control queue
 * @vgdev: device that is going to be reset, and whose queues are
 *
 * Ends all waiting for it.  Until &virtio_gpu_device.vqs_released is cleared again, the queues
 * are not touched any more: they may be freed.
 *
 * Context: may sleep.
 */
void virtio_gpu_queue_close(struct virtio_gpu_device *vgdev)
{
	spin_lock(&vgdev->ctrlq.qlock);
	WRITE_ONCE(vgdev->vqs_released, true);
	spin_unlock(&vgdev->ctrlq.qlock);
	/* For those who look without the lock, and virtio_gpu_notify(). */
	synchronize_rcu();
	virtio_gpu_queue_end(vgdev);
}

/**
 * virtio_gpu_queue_is_broken - has the device broken the control queue?
 * @vgdev: device
 *
 * It has when it says that it has used what it was not given.  The queue cannot be used
 * from then on.
 *
 * Context: any.
 * Return: whether it has.
 */
bool virtio_gpu_queue_is_broken(struct virtio_gpu_device *vgdev)
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
		virtio_gpu_queue_end(vgdev);
	}
	return READ_ONCE(vgdev->vqs_released);
}

/**
 * virtio_gpu_queue_failed - a command could not be added to the control queue
 * @vgdev: device
 * @vbuf: command
 * @fence: of the command, or NULL
 * @error: that virtqueue_add_sgs() returned; -ENOMEM, and -ENOSPC for an indirect table, pass
 *
 * A resource that the host is not told to forget would stay mapped in the window, so such
 * a command is queued later.  An urgent one is not put behind others: its sender tries again.
 *
 * Return: errno for the caller; -EINPROGRESS if @vbuf will be queued later.
 */
int virtio_gpu_queue_failed(struct virtio_gpu_device *vgdev, struct virtio_gpu_vbuffer *vbuf,
			    const struct virtio_gpu_fence *fence, int error)
{
	if (virtio_gpu_queue_is_broken(vgdev)) {
		error = -ENODEV;
	} else if (!fence && !vbuf->killable && !vbuf->urgent) {
		put_off(vgdev, vbuf, HZ / 50);
		return -EINPROGRESS;
	} else if (error == -ENOSPC) {
		error = -ENOMEM;
	}
	/* It was given its number before, and others may wait for it. */
	if (fence)
		fail_fences(vgdev, fence, error);
	return error;
}
