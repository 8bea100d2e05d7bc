// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The host declares other attributes (section 7).
 *
 * A bit in the configuration space says that attributes of some resources have
 * changed; a command fetches which, and what is in force now.  The device keeps
 * one mark a resource, not a queue of events: a storm of changes costs one entry,
 * and none is lost, because the bit is cleared before the marks are fetched.
 *
 * For each entry everything mapped under the old declaration is taken away, and
 * only then is the new generation acknowledged.
 */
#include <linux/delay.h>
#include <linux/virtio_config.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_trace.h"

/**
 * virtio_gpu_vram_next - find the next blob that is alive
 * @vgdev: device
 * @id: lowest resource id to look at; set to the one found
 *
 * A blob whose last reference is gone is passed over: it has no mappings.
 *
 * Return: blob with a reference for the caller, or NULL.
 */
struct virtio_gpu_object_vram *
virtio_gpu_vram_next(struct virtio_gpu_device *vgdev, unsigned long *id)
{
	struct xarray *by_id = &vgdev->vram_changes.by_id;
	struct virtio_gpu_object_vram *vram;

	xa_lock(by_id);
	vram = xa_find(by_id, id, ULONG_MAX, XA_PRESENT);
	while (vram && !kref_get_unless_zero(&vram->base.base.base.refcount))
		vram = xa_find_after(by_id, id, ULONG_MAX, XA_PRESENT);
	xa_unlock(by_id);
	return vram;
}

static struct virtio_gpu_object_vram *lookup(struct virtio_gpu_device *vgdev,
					     unsigned long resource_id)
{
	unsigned long id = resource_id;
	struct virtio_gpu_object_vram *vram = virtio_gpu_vram_next(vgdev, &id);

	if (vram && id != resource_id) {
		drm_gem_object_put(&vram->base.base.base);
		vram = NULL;
	}
	return vram;
}

/*
 * Nothing is left to do for a change but to say so, and without that the blob's
 * faults would wait for ever: lack of memory is no excuse.
 */
static void acknowledge(struct virtio_gpu_object_vram *vram, u64 generation)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;

	trace_virtio_gpu_vram_acknowledge(vram->base.hw_res_handle, generation);
	while (virtio_gpu_vram_cmd_ack(vram, generation) == -ENOMEM &&
	       !virtio_gpu_vram_is_gone(vgdev))
		msleep(20);
	/* Now: until others are let go of as well, the host may give up waiting. */
	virtio_gpu_notify(vgdev);
}

/**
 * virtio_gpu_vram_ack_work - acknowledge what was withheld
 * @work: &virtio_gpu_vram_map.ack_work, which has a reference to its blob
 */
void virtio_gpu_vram_ack_work(struct work_struct *work)
{
	struct virtio_gpu_object_vram *vram =
		container_of(work, struct virtio_gpu_object_vram, map.ack_work);
	u64 generation;

	mutex_lock(&vram->map.lock);
	generation = vram->map.ack_generation;
	mutex_unlock(&vram->map.lock);
	acknowledge(vram, generation);
	drm_gem_object_put(&vram->base.base.base);
}

static void apply(struct virtio_gpu_device *vgdev,
		  const struct virtio_gpu_map_attr_change *change)
{
	u64 generation = le64_to_cpu(change->attr.generation);
	struct virtio_gpu_object_vram *vram;
	struct virtio_gpu_vram_attr attr;
	int ret;

	vram = lookup(vgdev, le32_to_cpu(change->resource_id));
	if (!vram)
		return;

	ret = virtio_gpu_vram_attr_decode_wire(&change->attr, &attr);
	if (virtio_gpu_vram_change(vram, ret, &attr) &&
	    !virtio_gpu_vram_withhold(vram, generation))
		acknowledge(vram, generation);
	drm_gem_object_put(&vram->base.base.base);
}

static bool is_ending(struct virtio_gpu_device *vgdev)
{
	return READ_ONCE(vgdev->vram_changes.stopped) || virtio_gpu_vram_is_gone(vgdev);
}

/* Return: 0 with the reply in place; -ENODEV when waiting has no end. */
static int wait_for_reply(struct virtio_gpu_device *vgdev)
{
	struct virtio_gpu_vram_changes *changes = &vgdev->vram_changes;

	/* Pairs with fetch_reply(): the reply is complete when this is clear. */
	wait_event_idle(vgdev->resp_wq, !smp_load_acquire(&changes->fetching) ||
			is_ending(vgdev));
	return changes->fetching ? -ENODEV : 0;
}

/* Return: 0 when the question is under way, or a negative errno. */
static int ask(struct virtio_gpu_device *vgdev)
{
	struct virtio_gpu_vram_changes *changes = &vgdev->vram_changes;
	int ret;

	changes->fetching = true;
	ret = virtio_gpu_vram_cmd_fetch(vgdev);
	if (ret)
		changes->fetching = false;
	else
		virtio_gpu_notify(vgdev);
	return ret;
}

static void visit_blobs(struct virtio_gpu_device *vgdev,
			void (*f)(struct virtio_gpu_object_vram *vram))
{
	struct virtio_gpu_object_vram *vram;
	unsigned long id = 0;

	for (vram = virtio_gpu_vram_next(vgdev, &id); vram;
	     id++, vram = virtio_gpu_vram_next(vgdev, &id)) {
		f(vram);
		drm_gem_object_put(&vram->base.base.base);
	}
}

static void distrust(struct virtio_gpu_object_vram *vram)
{
	virtio_gpu_vram_change(vram, -EPROTO, NULL);
}

/*
 * One round.  A question that was left when the device was to be frozen, and was
 * not, is not asked again: the device has unmarked what its answer tells.
 *
 * Return: 0, or a negative errno when the host's response is unusable.
 */
static int fetch_and_apply(struct virtio_gpu_device *vgdev, bool *more)
{
	struct virtio_gpu_vram_changes *changes = &vgdev->vram_changes;
	bool old = changes->asked;
	unsigned int count, i;
	int ret;

	if (!old) {
		ret = ask(vgdev);
		if (ret)
			return ret;
		changes->asked = true;
	}
	ret = wait_for_reply(vgdev);
	if (ret)
		return ret;
	changes->asked = false;

	ret = virtio_gpu_vram_attr_decode_changes(&changes->reply,
						  changes->reply_len, &count,
						  more);
	if (ret)
		return ret;
	for (i = 0; i < count; i++)
		apply(vgdev, &changes->reply.changes[i]);
	/* It may be older than the event. */
	*more |= old;
	return 0;
}

static void changes_work(struct work_struct *work)
{
	struct virtio_gpu_device *vgdev =
		container_of(work, struct virtio_gpu_device, vram_changes.work);
	struct virtio_gpu_vram_changes *changes = &vgdev->vram_changes;
	u32 events, clear = VIRTIO_GPU_EVENT_MAP_ATTR;
	int ret;

	/* A device that has broken its queue cannot tell changes any more. */
	if (vgdev->vqs_released && !changes->stopped)
		virtio_gpu_vram_lose_all(vgdev);
	if (is_ending(vgdev))
		return;
	virtio_cread_le(vgdev->vdev, struct virtio_gpu_config, events_read,
			&events);
	if (events & VIRTIO_GPU_EVENT_MAP_ATTR) {
		/* First, so that a change from here on raises the bit again. */
		virtio_cwrite_le(vgdev->vdev, struct virtio_gpu_config,
				 events_clear, &clear);
		changes->unfetched = true;
	}

	while (changes->unfetched && !is_ending(vgdev)) {
		ret = fetch_and_apply(vgdev, &changes->unfetched);
		if (ret == -ENOMEM) {
			msleep(20);
		} else if (ret && !is_ending(vgdev)) {
			/* Some blob has changed, and it may be any of them. */
			drm_err_ratelimited(vgdev->ddev,
					    "the host's list of changed map attributes is malformed (%d): the blobs there are now will not be mapped again\n",
					    ret);
			visit_blobs(vgdev, distrust);
			changes->unfetched = false;
		}
	}
}

static void destroy_wq(struct drm_device *dev, void *wq)
{
	destroy_workqueue(wq);
}

/**
 * virtio_gpu_vram_changes_init - prepare a device for changes
 * @vgdev: device
 *
 * Return: 0 or -ENOMEM.
 */
int virtio_gpu_vram_changes_init(struct virtio_gpu_device *vgdev)
{
	struct virtio_gpu_vram_changes *changes = &vgdev->vram_changes;
	int ret;

	INIT_WORK(&changes->work, changes_work);
	xa_init(&changes->by_id);
	virtio_gpu_vram_replies_init(vgdev);
	changes->wq = alloc_workqueue("virtio-gpu-vram", WQ_UNBOUND, 0);
	if (!changes->wq)
		return -ENOMEM;
	ret = drmm_add_action_or_reset(vgdev->ddev, destroy_wq, changes->wq);
	if (ret)
		return ret;
	changes->importers_wq = alloc_workqueue("virtio-gpu-importers", WQ_UNBOUND, 0);
	if (!changes->importers_wq)
		return -ENOMEM;
	return drmm_add_action_or_reset(vgdev->ddev, destroy_wq, changes->importers_wq);
}

/**
 * virtio_gpu_vram_changes_look - the device's configuration has changed, or it is gone
 * @vgdev: device
 *
 * Context: any.
 */
void virtio_gpu_vram_changes_look(struct virtio_gpu_device *vgdev)
{
	if (vgdev->has_map_attr || vgdev->vqs_released)
		queue_work(vgdev->vram_changes.wq, &vgdev->vram_changes.work);
}

/**
 * virtio_gpu_vram_changes_stop - look for changes no more
 * @vgdev: device
 *
 * Ends a wait for the host.  What has not been fetched by then will be, and what
 * could not be acknowledged too, after virtio_gpu_vram_changes_resume().
 */
void virtio_gpu_vram_changes_stop(struct virtio_gpu_device *vgdev)
{
	WRITE_ONCE(vgdev->vram_changes.stopped, true);
	virtio_gpu_backlog_stop(vgdev);
	wake_up_all(&vgdev->resp_wq);
	disable_work_sync(&vgdev->vram_changes.work);
}

/**
 * virtio_gpu_vram_changes_resume - look for changes again
 * @vgdev: device that works
 */
void virtio_gpu_vram_changes_resume(struct virtio_gpu_device *vgdev)
{
	virtio_gpu_backlog_resume(vgdev);
	WRITE_ONCE(vgdev->vram_changes.stopped, false);
	enable_work(&vgdev->vram_changes.work);
	virtio_gpu_vram_changes_look(vgdev);
}

/**
 * virtio_gpu_vram_lose_all - the device is being reset and forgets its blobs
 * @vgdev: device for which virtio_gpu_vram_changes_stop() was called, or whose work for
 *	changes this is
 *
 * They cannot be had back, because only the host has what was in them.
 */
void virtio_gpu_vram_lose_all(struct virtio_gpu_device *vgdev)
{
	visit_blobs(vgdev, virtio_gpu_vram_lose);
	/* Nor will it answer what it was asked. */
	vgdev->vram_changes.asked = false;
	vgdev->vram_changes.fetching = false;
	vgdev->vram_changes.unfetched = false;
}

/**
 * virtio_gpu_vram_flush_importers - wait until importers have been told
 * @vgdev: device that is going to be reset, after virtio_gpu_vram_lose_all(), and of whose
 *	queues nothing waits any more
 *
 * Before the reset: it ends the places in the window that their devices have addresses of.
 */
void virtio_gpu_vram_flush_importers(struct virtio_gpu_device *vgdev)
{
	flush_workqueue(vgdev->vram_changes.importers_wq);
}

/**
 * virtio_gpu_vram_flush - wait for all that responses bring about
 * @vgdev: device that has been reset, or has answered everything
 */
void virtio_gpu_vram_flush(struct virtio_gpu_device *vgdev)
{
	flush_work(&vgdev->ctrlq.dequeue_work);
	virtio_gpu_vram_flush_importers(vgdev);
	flush_workqueue(vgdev->vram_changes.wq);
	flush_work(&vgdev->obj_free_work);
}

/**
 * virtio_gpu_vram_register - let changes find a blob
 * @vram: blob that has its resource id and does not exist for the host yet
 *
 * Return: 0; -ENOMEM; -EBUSY if another has the id: they begin again after 2^32.
 */
int virtio_gpu_vram_register(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;

	return xa_insert(&vgdev->vram_changes.by_id, vram->base.hw_res_handle, vram,
			 GFP_KERNEL);
}

/**
 * virtio_gpu_vram_unregister - the end of a blob
 * @vram: blob whose last reference is gone
 */
void virtio_gpu_vram_unregister(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;

	/* Not another's, if this one could not be registered. */
	xa_cmpxchg(&vgdev->vram_changes.by_id, vram->base.hw_res_handle, vram, NULL,
		   GFP_KERNEL);
}
