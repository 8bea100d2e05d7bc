// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Space in the control queue, which only the host can make, and the backlog: commands whose
 * senders do not wait for it.
 *
 * A process that waits for space can be killed, and frozen to suspend the system.  What becomes
 * of its command then depends on the command.  One that may be given up is freed when the process
 * is killed.  Any other, like RESOURCE_UNREF, has to reach the host, so it is put on the backlog,
 * which a work item queues.  The order of commands is kept: as long as the backlog is not empty,
 * no other task finds space.
 *
 * Some descriptors are reserved for urgent commands.  The host may wait for one of them before
 * it goes on with those that fill the queue, so they must not wait for those in turn.
 *
 * Commands with a fence are an exception, because others wait for the fence: their senders
 * always wait for space.
 *
 * When the device is to be frozen, kernel threads leave their commands to the backlog, too, and
 * its work item ends when the queue is full.  Only virtio_gpu_vram_freeze_drain() waits for a
 * host that may be gone, and not for long.
 */
#include <linux/freezer.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>

#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "virtgpu_drv.h"

/*
 * A command takes all of its descriptors from the queue when there is no memory for its indirect
 * table.  A small queue may never have that many besides those that are reserved, so an empty
 * queue will do.
 */
static bool backlog_leaves_reserved(const struct virtio_gpu_device *vgdev,
				    const struct virtio_gpu_vbuffer *vbuf, unsigned int free)
{
	return vbuf->urgent || free < vbuf->descs ||
	       free >= vbuf->descs + vgdev->backlog.reserved ||
	       free == virtqueue_get_vring_size(vgdev->ctrlq.vq);
}

static unsigned int backlog_descs_needed(const struct virtio_gpu_device *vgdev,
					 const struct virtio_gpu_vbuffer *vbuf,
					 unsigned int elemcnt)
{
	return vbuf->urgent ? elemcnt : elemcnt + vgdev->backlog.reserved;
}

/**
 * virtio_gpu_backlog_has_space - may a command be added to the control queue now?
 * @vgdev: device
 * @vbuf: command
 * @elemcnt: number of descriptors it takes
 *
 * Context: under &virtio_gpu_queue.qlock; without it a hint to look again.
 * Return: whether it may.
 */
bool virtio_gpu_backlog_has_space(struct virtio_gpu_device *vgdev,
				  const struct virtio_gpu_vbuffer *vbuf, int elemcnt)
{
	struct virtio_gpu_backlog *backlog = &vgdev->backlog;
	unsigned int free;
	bool has;

	if (atomic_read(&backlog->len) && READ_ONCE(backlog->task) != current && !vbuf->urgent)
		return false;
	/* See virtio_gpu_ctrlq_close(). */
	rcu_read_lock();
	has = !READ_ONCE(vgdev->vqs_released);
	if (has) {
		free = READ_ONCE(vgdev->ctrlq.vq->num_free);
		has = free >= backlog_descs_needed(vgdev, vbuf, elemcnt) &&
		      backlog_leaves_reserved(vgdev, vbuf, free);
	}
	rcu_read_unlock();
	return has;
}

static bool backlog_is_too_long(struct virtio_gpu_device *vgdev,
				const struct virtio_gpu_vbuffer *vbuf, int elemcnt)
{
	bool is;

	rcu_read_lock();
	is = !READ_ONCE(vgdev->vqs_released) &&
	     backlog_descs_needed(vgdev, vbuf, elemcnt) > virtqueue_get_vring_size(vgdev->ctrlq.vq);
	rcu_read_unlock();
	return is;
}

/**
 * virtio_gpu_backlog_defer - have a command queued later
 * @vgdev: device
 * @vbuf: command, which goes behind those that are on the backlog already, unless it comes from
 *	the work item that queues them
 * @delay: in jiffies; 0 for when the host has answered something
 */
void virtio_gpu_backlog_defer(struct virtio_gpu_device *vgdev, struct virtio_gpu_vbuffer *vbuf,
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
 * Only signals that kill or freeze end the wait.  With others a process could fill the memory
 * with commands, or have them sent twice.
 *
 * Return: 0 when it is time to look again; -EINTR if the process dies; -EINPROGRESS if it is
 * to be frozen.
 */
static int backlog_wait_user(struct virtio_gpu_device *vgdev,
			     const struct virtio_gpu_vbuffer *vbuf, int elemcnt)
{
	wait_queue_head_t *wq = &vgdev->ctrlq.ack_queue;

	/* No signal gets through to a process that is exiting already. */
	if (current->flags & PF_EXITING)
		return -EINTR;
	if (!wait_event_interruptible(*wq, virtio_gpu_backlog_has_space(vgdev, vbuf, elemcnt) ||
				      vgdev->vqs_released))
		return 0;
	if (freezing(current))
		return -EINPROGRESS;
	return wait_event_killable(*wq, virtio_gpu_backlog_has_space(vgdev, vbuf, elemcnt) ||
				   vgdev->vqs_released) ? -EINTR : 0;
}

/* Return: whether it is time to look again; if not, the device is to be frozen. */
static bool backlog_wait_kthread(struct virtio_gpu_device *vgdev,
				 const struct virtio_gpu_vbuffer *vbuf,
				 const struct virtio_gpu_fence *fence, int elemcnt)
{
	wait_event_idle(vgdev->ctrlq.ack_queue,
			virtio_gpu_backlog_has_space(vgdev, vbuf, elemcnt) || vgdev->vqs_released ||
			(READ_ONCE(vgdev->backlog.stopped) && !fence));
	return fence || virtio_gpu_backlog_has_space(vgdev, vbuf, elemcnt);
}

/**
 * virtio_gpu_backlog_wait_space - wait until the control queue may have space
 * @vgdev: device
 * @vbuf: command that is to be queued
 * @fence: of the command, or NULL
 * @elemcnt: number of descriptors it takes
 *
 * A kernel thread waits idle, so that a host that hangs is not reported as a hung task.
 *
 * Return: 0 when it is time to look again; -ENODEV if the driver is being
 * unbound; -EINTR for a fatal signal, if @vbuf is &virtio_gpu_vbuffer.killable;
 * -EINPROGRESS if the process dies or is to be frozen, or the device is, and @vbuf will
 * be queued later; -E2BIG if there will never be space.
 */
int virtio_gpu_backlog_wait_space(struct virtio_gpu_device *vgdev,
				  struct virtio_gpu_vbuffer *vbuf,
				  const struct virtio_gpu_fence *fence, int elemcnt)
{
	int ret = 0;

	if (backlog_is_too_long(vgdev, vbuf, elemcnt))
		return -E2BIG;
	if (current->flags & PF_KTHREAD)
		ret = backlog_wait_kthread(vgdev, vbuf, fence, elemcnt) ? 0 : -EINPROGRESS;
	else if (fence)
		wait_event(vgdev->ctrlq.ack_queue,
			   virtio_gpu_backlog_has_space(vgdev, vbuf, elemcnt) ||
			   vgdev->vqs_released);
	else
		ret = backlog_wait_user(vgdev, vbuf, elemcnt);

	if (vgdev->vqs_released)
		return -ENODEV;
	if (!ret || (ret == -EINTR && vbuf->killable))
		return ret;

	virtio_gpu_backlog_defer(vgdev, vbuf, 0);
	return -EINPROGRESS;
}

static struct virtio_gpu_vbuffer *backlog_take(struct virtio_gpu_device *vgdev)
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
	while (!backlog->stuck && (vbuf = backlog_take(vgdev))) {
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
 * virtio_gpu_backlog_kick - there may be space for what is on the backlog
 * @vgdev: device
 *
 * Starts a work item that ended when the queue was full: the host has answered, or no command
 * can be queued any more.
 *
 * Context: any.
 */
void virtio_gpu_backlog_kick(struct virtio_gpu_device *vgdev)
{
	if (atomic_read(&vgdev->backlog.len))
		mod_delayed_work(system_long_wq, &vgdev->backlog.work, 0);
}

/**
 * virtio_gpu_backlog_flush - queue what there is space for
 * @vgdev: device that is to be frozen, or unplugged: then nothing can be queued,
 *	and nothing is left
 */
void virtio_gpu_backlog_flush(struct virtio_gpu_device *vgdev)
{
	virtio_gpu_backlog_kick(vgdev);
	flush_delayed_work(&vgdev->backlog.work);
}

/**
 * virtio_gpu_backlog_stop - let no kernel thread wait for space
 * @vgdev: device that is to be frozen
 */
void virtio_gpu_backlog_stop(struct virtio_gpu_device *vgdev)
{
	WRITE_ONCE(vgdev->backlog.stopped, true);
	wake_up_all(&vgdev->ctrlq.ack_queue);
}

/**
 * virtio_gpu_backlog_resume - let kernel threads wait for space again
 * @vgdev: device that works
 */
void virtio_gpu_backlog_resume(struct virtio_gpu_device *vgdev)
{
	WRITE_ONCE(vgdev->backlog.stopped, false);
	virtio_gpu_backlog_kick(vgdev);
}
