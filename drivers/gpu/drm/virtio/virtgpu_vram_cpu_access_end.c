// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Brackets around accesses of CPUs (section 8): how they end.
 *
 * dma-buf does not say which process begins or ends an access, nor when it dies.  So a bracket is
 * that of an address space, and when this has no more users a work item ends it: when a mapping of
 * the dma-buf goes with it, or else with the next access of another process, or with the dma-buf.
 */
#include <linux/delay.h>
#include <linux/sched/signal.h>

#include <drm/drm_drv.h>
#include <drm/drm_print.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_blob.h"
#include "virtgpu_vram_bracket.h"
#include "virtgpu_vram_cpu_access.h"

/**
 * virtio_gpu_vram_cpu_access_end_later - end brackets that no process will, from a work item
 * @vram: blob
 *
 * When the device is gone there is nothing to end, and nothing would wait for the work item.
 *
 * Context: does not wait.
 */
void virtio_gpu_vram_cpu_access_end_later(struct virtio_gpu_object_vram *vram)
{
	struct drm_gem_object *obj = &vram->base.base.base;
	struct virtio_gpu_device *vgdev = obj->dev->dev_private;
	int idx;

	if (!drm_dev_enter(obj->dev, &idx))
		return;
	drm_gem_object_get(obj);
	if (!queue_work(vgdev->vram_bracket_wq, &vram->map.bracket_work))
		drm_gem_object_put(obj);
	drm_dev_exit(idx);
}

static void cpu_access_end_reply(struct virtio_gpu_object_vram *vram,
				 const struct virtio_gpu_vram_reply *reply)
{
	int error = virtio_gpu_vram_attr_decode_nodata(&reply->resp.hdr, reply->len);
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	struct virtio_gpu_vram_map *map = &vram->map;
	struct virtio_gpu_vram_bracket *bracket;

	if (error)
		drm_err_ratelimited(vgdev->ddev,
				    "the host did not end an access to blob resource %u (%d): what was written may be lost\n",
				    vram->base.hw_res_handle, error);
	mutex_lock(&map->lock);
	bracket = virtio_gpu_vram_bracket_find(&map->brackets, reply->bracket);
	if (bracket) {
		/* Whatever the host calls it, the access is over (D49). */
		bracket->error = error ? -EIO : 0;
		bracket->answered = true;
		if (bracket->orphan)
			virtio_gpu_vram_bracket_free(bracket);
	}
	mutex_unlock(&map->lock);
	wake_up_all(&vgdev->resp_wq);
}

/**
 * virtio_gpu_vram_cpu_access_wait - wait for the answer to a command about a bracket
 * @vram: blob
 * @bracket: of the caller's
 *
 * A signal that does not kill does not end it: the caller would begin once more.
 *
 * Return: 0 if it is open, or has ended; otherwise an error, and the bracket is not the caller's
 * any more.
 */
int virtio_gpu_vram_cpu_access_wait(struct virtio_gpu_object_vram *vram,
				    struct virtio_gpu_vram_bracket *bracket)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	int ret;

	virtio_gpu_notify(vgdev);
	ret = wait_event_state(vgdev->resp_wq,
			       READ_ONCE(bracket->answered) || virtio_gpu_ctrlq_is_dead(vgdev) ||
			       READ_ONCE(vram->map.state.lost),
			       (TASK_KILLABLE | TASK_FREEZABLE));
	mutex_lock(&vram->map.lock);
	if (!bracket->answered) {
		/* The answer, or the end of the blob, frees it. */
		bracket->orphan = true;
		ret = ret ?: -ENODEV;
	} else {
		ret = bracket->error;
		if (ret || bracket->state == VIRTIO_GPU_VRAM_BRACKET_ENDING)
			virtio_gpu_vram_bracket_free(bracket);
		else
			virtio_gpu_vram_bracket_open(bracket);
	}
	mutex_unlock(&vram->map.lock);
	return ret;
}

/* Return: 0 when the host will answer; otherwise the bracket is an orphan. */
static int cpu_access_send_end(struct virtio_gpu_object_vram *vram,
			       struct virtio_gpu_vram_bracket *bracket)
{
	int ret;

	/* What CPUs have written has to be in memory when the exporter ends the access. */
	ret = virtio_gpu_vram_blob_withdraw(vram);
	if (!ret)
		ret = virtio_gpu_vram_cmd_cpu_access(vram, VIRTIO_GPU_CMD_CPU_ACCESS_END,
						     bracket->flags, bracket->id,
						     cpu_access_end_reply);
	if (ret) {
		mutex_lock(&vram->map.lock);
		virtio_gpu_vram_bracket_reopen(bracket);
		mutex_unlock(&vram->map.lock);
	}
	return ret;
}

/**
 * virtio_gpu_vram_cpu_access_end - end a bracket
 * @vram: blob
 * @dir: as it was begun with
 *
 * Where the host requires brackets, takes the entries of all processes away.  Those that are in
 * brackets have them made again.
 *
 * Context: may wait for the host.
 * Return: 0, also if there is none to end; -EIO if the host refuses; -ENOMEM, and it will be
 * ended when there is memory; -ERESTARTSYS for a fatal signal; -ENODEV if the device is gone.
 */
int virtio_gpu_vram_cpu_access_end(struct virtio_gpu_object_vram *vram,
				   enum dma_data_direction dir)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	struct virtio_gpu_vram_bracket *bracket;
	int ret;

	mutex_lock(&map->lock);
	bracket = virtio_gpu_vram_bracket_end(&map->brackets, current->mm,
					      virtio_gpu_vram_cpu_access_flags(dir));
	/* When it is lost there is no memory any more that could be accessed, and no resource. */
	if (bracket && map->state.lost) {
		virtio_gpu_vram_bracket_free(bracket);
		bracket = NULL;
	}
	mutex_unlock(&map->lock);
	if (!bracket)
		return 0;

	ret = cpu_access_send_end(vram, bracket);
	if (!ret)
		return virtio_gpu_vram_cpu_access_wait(vram, bracket);
	virtio_gpu_vram_cpu_access_end_later(vram);
	return ret;
}

/* Return: the next one that the host is to be told of. */
static struct virtio_gpu_vram_bracket *cpu_access_next_orphan(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	struct virtio_gpu_vram_bracket *bracket = NULL;

	mutex_lock(&map->lock);
	virtio_gpu_vram_bracket_orphan_dead(&map->brackets);
	if (!map->state.lost)
		bracket = virtio_gpu_vram_bracket_end_orphan(&map->brackets);
	mutex_unlock(&map->lock);
	return bracket;
}

static void cpu_access_work(struct work_struct *work)
{
	struct virtio_gpu_object_vram *vram =
		container_of(work, struct virtio_gpu_object_vram, map.bracket_work);
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	struct virtio_gpu_vram_bracket *bracket;

	while (!virtio_gpu_ctrlq_is_dead(vgdev)) {
		bracket = cpu_access_next_orphan(vram);
		if (!bracket)
			break;
		if (cpu_access_send_end(vram, bracket))
			msleep(20);
	}
	virtio_gpu_notify(vgdev);
	drm_gem_object_put(&vram->base.base.base);
}

/**
 * virtio_gpu_vram_cpu_access_end_orphans - end brackets of processes that are gone
 * @vram: blob
 *
 * Context: does not wait.
 */
void virtio_gpu_vram_cpu_access_end_orphans(struct virtio_gpu_object_vram *vram)
{
	if (!list_empty(&vram->map.brackets))
		virtio_gpu_vram_cpu_access_end_later(vram);
}

/**
 * virtio_gpu_vram_cpu_access_close - end all brackets, because the dma-buf is gone
 * @vram: blob
 *
 * Context: does not wait for the host.
 */
void virtio_gpu_vram_cpu_access_close(struct virtio_gpu_object_vram *vram)
{
	mutex_lock(&vram->map.lock);
	virtio_gpu_vram_bracket_orphan_all(&vram->map.brackets);
	mutex_unlock(&vram->map.lock);
	virtio_gpu_vram_cpu_access_end_orphans(vram);
}

/**
 * virtio_gpu_vram_cpu_access_blob_init - prepare a new blob
 * @vram: blob
 */
void virtio_gpu_vram_cpu_access_blob_init(struct virtio_gpu_object_vram *vram)
{
	INIT_WORK(&vram->map.bracket_work, cpu_access_work);
}

/**
 * virtio_gpu_vram_cpu_access_init - prepare a device
 * @vgdev: device
 *
 * The work items have a work queue of their own, because they wait for space in the control queue.
 *
 * Return: 0 or -ENOMEM.
 */
int virtio_gpu_vram_cpu_access_init(struct virtio_gpu_device *vgdev)
{
	vgdev->has_cpu_access = virtio_has_feature(vgdev->vdev, VIRTIO_GPU_F_CPU_ACCESS);
	return virtio_gpu_vram_cmd_alloc_wq(vgdev, "virtio-gpu-brackets", &vgdev->vram_bracket_wq);
}
