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

#include <drm/drm_print.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_alias.h"
#include "virtgpu_vram_blob.h"
#include "virtgpu_vram_prime.h"
#include "virtgpu_vram_table.h"

/* Return: whether the change can be acknowledged; if not, the device is gone. */
static bool change_blob(struct virtio_gpu_object_vram *vram, int error,
			const struct virtio_gpu_vram_attr *attr)
{
	virtio_gpu_vram_blob_change(vram, error, attr);
	virtio_gpu_vram_prime_invalidate(vram);
	return virtio_gpu_vram_blob_clean(vram);
}

static void change_apply(struct virtio_gpu_device *vgdev,
			 const struct virtio_gpu_map_attr_change *change)
{
	u64 generation = le64_to_cpu(change->attr.generation);
	struct virtio_gpu_object_vram *vram;
	struct virtio_gpu_vram_attr attr;
	int ret;

	vram = virtio_gpu_vram_table_find(vgdev, le32_to_cpu(change->resource_id));
	if (!vram)
		return;

	ret = virtio_gpu_vram_attr_decode_wire(&change->attr, &attr);
	if (change_blob(vram, ret, &attr) && !virtio_gpu_vram_blob_defer_ack(vram, generation))
		virtio_gpu_vram_blob_acknowledge(vram, generation);
	drm_gem_object_put(&vram->base.base.base);
}

static bool change_is_ending(struct virtio_gpu_device *vgdev)
{
	return READ_ONCE(vgdev->vram_changes.stopped) || virtio_gpu_ctrlq_is_dead(vgdev);
}

static void change_fetch_reply(struct virtio_gpu_device *vgdev, struct virtio_gpu_vbuffer *vbuf)
{
	struct virtio_gpu_vram_changes *changes = &vgdev->vram_changes;

	memcpy(&changes->reply, vbuf->resp_buf, sizeof(changes->reply));
	changes->reply_len = virtio_gpu_vram_cmd_resp_len(vbuf);
	/* Pairs with change_wait_reply(). */
	smp_store_release(&changes->fetching, false);
	wake_up_all(&vgdev->resp_wq);
}

/* Return: 0 with the reply in place; -ENODEV when waiting has no end. */
static int change_wait_reply(struct virtio_gpu_device *vgdev)
{
	struct virtio_gpu_vram_changes *changes = &vgdev->vram_changes;

	/* Pairs with change_fetch_reply(): the reply is complete when this is clear. */
	wait_event_idle(vgdev->resp_wq, !smp_load_acquire(&changes->fetching) ||
			change_is_ending(vgdev));
	return changes->fetching ? -ENODEV : 0;
}

/* Return: 0 when MAP_ATTR_FETCH has been sent, or a negative errno. */
static int change_send_fetch(struct virtio_gpu_device *vgdev)
{
	struct virtio_gpu_vram_changes *changes = &vgdev->vram_changes;
	int ret;

	changes->fetching = true;
	ret = virtio_gpu_vram_cmd_fetch(vgdev, change_fetch_reply);
	if (ret)
		changes->fetching = false;
	else
		virtio_gpu_notify(vgdev);
	return ret;
}

/* After a list that is malformed, any blob may have changed. */
static void change_refuse_blob(struct virtio_gpu_object_vram *vram)
{
	change_blob(vram, -EPROTO, NULL);
}

/*
 * One round.  A MAP_ATTR_FETCH that was pending when a suspend failed is not sent again: the
 * device has unmarked the resources that its answer lists.
 *
 * Return: 0, or a negative errno when the host's response is unusable.
 */
static int change_fetch_and_apply(struct virtio_gpu_device *vgdev, bool *more)
{
	struct virtio_gpu_vram_changes *changes = &vgdev->vram_changes;
	bool old = changes->asked;
	unsigned int count, i;
	int ret;

	if (!old) {
		ret = change_send_fetch(vgdev);
		if (ret)
			return ret;
		changes->asked = true;
	}
	ret = change_wait_reply(vgdev);
	if (ret)
		return ret;
	changes->asked = false;

	ret = virtio_gpu_vram_attr_decode_changes(&changes->reply,
						  changes->reply_len, &count,
						  more);
	if (ret)
		return ret;
	for (i = 0; i < count; i++)
		change_apply(vgdev, &changes->reply.changes[i]);
	/* It may be older than the event. */
	*more |= old;
	return 0;
}

static void change_work(struct work_struct *work)
{
	struct virtio_gpu_device *vgdev =
		container_of(work, struct virtio_gpu_device, vram_changes.work);
	struct virtio_gpu_vram_changes *changes = &vgdev->vram_changes;
	u32 events, clear = VIRTIO_GPU_EVENT_MAP_ATTR;
	int ret;

	/* A device that has broken its queue cannot tell changes any more. */
	if (vgdev->vqs_released && !changes->stopped)
		virtio_gpu_vram_change_lose_all(vgdev);
	if (change_is_ending(vgdev))
		return;
	virtio_cread_le(vgdev->vdev, struct virtio_gpu_config, events_read,
			&events);
	if (events & VIRTIO_GPU_EVENT_MAP_ATTR) {
		/* First, so that a change from here on raises the bit again. */
		virtio_cwrite_le(vgdev->vdev, struct virtio_gpu_config,
				 events_clear, &clear);
		changes->unfetched = true;
	}

	while (changes->unfetched && !change_is_ending(vgdev)) {
		ret = change_fetch_and_apply(vgdev, &changes->unfetched);
		if (ret == -ENOMEM) {
			msleep(20);
		} else if (ret && !change_is_ending(vgdev)) {
			/* Some blob has changed, and it may be any of them. */
			drm_err_ratelimited(vgdev->ddev,
					    "the host's list of changed map attributes is malformed (%d): the blobs there are now will not be mapped again\n",
					    ret);
			virtio_gpu_vram_table_for_each(vgdev, change_refuse_blob);
			changes->unfetched = false;
		}
	}
}

/**
 * virtio_gpu_vram_change_init - prepare a device
 * @vgdev: device
 */
void virtio_gpu_vram_change_init(struct virtio_gpu_device *vgdev)
{
	INIT_WORK(&vgdev->vram_changes.work, change_work);
}

/**
 * virtio_gpu_vram_change_validate - decide which features are accepted
 * @vdev: device that is being probed
 *
 * Does not accept VIRTIO_GPU_F_MAP_ATTR without VIRTIO_GPU_F_RESOURCE_BLOB (section 1), nor
 * where caches cannot be written back when the host declares another cache mode; nor
 * VIRTIO_GPU_F_CPU_ACCESS without that (section 8).  For another feature see
 * virtio_gpu_vram_window_validate().
 *
 * Return: 0.
 */
int virtio_gpu_vram_change_validate(struct virtio_device *vdev)
{
	if (!virtio_gpu_vram_alias_can_clean() ||
	    !virtio_has_feature(vdev, VIRTIO_GPU_F_RESOURCE_BLOB))
		__virtio_clear_bit(vdev, VIRTIO_GPU_F_MAP_ATTR);
	if (!virtio_has_feature(vdev, VIRTIO_GPU_F_MAP_ATTR))
		__virtio_clear_bit(vdev, VIRTIO_GPU_F_CPU_ACCESS);
	virtio_gpu_vram_window_validate(vdev);
	return 0;
}

/**
 * virtio_gpu_vram_change_kick - the device's configuration has changed, or it is gone
 * @vgdev: device
 *
 * Context: any.
 */
void virtio_gpu_vram_change_kick(struct virtio_gpu_device *vgdev)
{
	if (vgdev->has_map_attr || vgdev->vqs_released)
		queue_work(vgdev->vram_replies.wq, &vgdev->vram_changes.work);
}

/**
 * virtio_gpu_vram_change_stop - look for changes no more
 * @vgdev: device
 *
 * Ends a wait for the host.  What has not been fetched by then will be, and what
 * could not be acknowledged too, after virtio_gpu_vram_change_resume().
 */
void virtio_gpu_vram_change_stop(struct virtio_gpu_device *vgdev)
{
	WRITE_ONCE(vgdev->vram_changes.stopped, true);
	virtio_gpu_backlog_stop(vgdev);
	wake_up_all(&vgdev->resp_wq);
	disable_work_sync(&vgdev->vram_changes.work);
}

/**
 * virtio_gpu_vram_change_resume - look for changes again
 * @vgdev: device that works
 */
void virtio_gpu_vram_change_resume(struct virtio_gpu_device *vgdev)
{
	virtio_gpu_backlog_resume(vgdev);
	WRITE_ONCE(vgdev->vram_changes.stopped, false);
	enable_work(&vgdev->vram_changes.work);
	virtio_gpu_vram_change_kick(vgdev);
}

static void change_lose_blob(struct virtio_gpu_object_vram *vram)
{
	virtio_gpu_vram_blob_lose(vram);
	virtio_gpu_vram_prime_invalidate(vram);
	virtio_gpu_vram_blob_clean(vram);
}

/**
 * virtio_gpu_vram_change_lose_all - the device is being reset and forgets its blobs
 * @vgdev: device for which virtio_gpu_vram_change_stop() was called, or whose work for
 *	changes this is
 *
 * They cannot be had back, because only the host has what was in them.
 */
void virtio_gpu_vram_change_lose_all(struct virtio_gpu_device *vgdev)
{
	virtio_gpu_vram_table_for_each(vgdev, change_lose_blob);
	/* Nor will it answer what it was asked. */
	vgdev->vram_changes.asked = false;
	vgdev->vram_changes.fetching = false;
	vgdev->vram_changes.unfetched = false;
}

/**
 * virtio_gpu_vram_change_flush - wait for all that responses bring about
 * @vgdev: device that has been reset, or has answered everything
 */
void virtio_gpu_vram_change_flush(struct virtio_gpu_device *vgdev)
{
	flush_work(&vgdev->cursorq.dequeue_work);
	flush_work(&vgdev->ctrlq.dequeue_work);
	virtio_gpu_vram_prime_flush(vgdev);
	flush_workqueue(vgdev->vram_replies.wq);
	flush_work(&vgdev->obj_free_work);
}
