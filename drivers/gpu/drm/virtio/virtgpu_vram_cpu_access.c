// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Brackets around accesses of CPUs, DMA_BUF_IOCTL_SYNC of a blob's dma-buf (section 8): how they
 * begin.
 *
 * Where the host offers VIRTIO_GPU_F_CPU_ACCESS, each SYNC_START and SYNC_END of a process is a
 * command to the host, which makes the same call to its exporter.  Between the answer to the one
 * and the sending of the other, page faults of that process are served, if the host requires
 * brackets.  If it does not, a blob is coherent as it is mapped, and faults are served anyway.
 *
 * A bracket outlives changes of attributes: faults wait as ever until the host has confirmed a
 * change, and one that comes to be required meanwhile is there.
 *
 * How brackets end is in virtgpu_vram_cpu_access_end.c.
 */
#include <linux/dma-resv.h>
#include <linux/sched/mm.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_blob.h"
#include "virtgpu_vram_bracket.h"
#include "virtgpu_vram_cpu_access.h"

static void cpu_access_begin_reply(struct virtio_gpu_object_vram *vram,
				   const struct virtio_gpu_vram_reply *reply)
{
	int error = virtio_gpu_vram_attr_decode_nodata(&reply->resp.hdr, reply->len);
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;
	struct virtio_gpu_vram_map *map = &vram->map;
	struct virtio_gpu_vram_bracket *bracket;

	mutex_lock(&map->lock);
	bracket = virtio_gpu_vram_bracket_find(&map->brackets, reply->bracket);
	if (bracket) {
		virtio_gpu_vram_bracket_begun(bracket, error);
		if (bracket->orphan && error)
			virtio_gpu_vram_bracket_free(bracket);
		else if (bracket->orphan)
			virtio_gpu_vram_cpu_access_end_later(vram);
	}
	mutex_unlock(&map->lock);
	wake_up_all(&vgdev->resp_wq);
}

static int cpu_access_add(struct virtio_gpu_object_vram *vram, u32 flags,
			  struct virtio_gpu_vram_bracket **bracket)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	int ret;

	*bracket = virtio_gpu_vram_bracket_alloc(current->mm, flags);
	if (!*bracket)
		return -ENOMEM;
	mutex_lock(&map->lock);
	(*bracket)->id = ++map->last_bracket;
	virtio_gpu_vram_bracket_orphan_dead(&map->brackets);
	ret = virtio_gpu_vram_bracket_add(&map->brackets, *bracket);
	if (ret)
		virtio_gpu_vram_bracket_free(*bracket);
	mutex_unlock(&map->lock);
	return ret;
}

/* What a device has not written yet, the host's exporter cannot make visible. */
static int cpu_access_wait_fences(struct virtio_gpu_object_vram *vram, u32 flags)
{
	bool write = flags & VIRTIO_GPU_CPU_ACCESS_WRITE;
	long ret;

	ret = dma_resv_wait_timeout(vram->base.base.base.resv, dma_resv_usage_rw(write), true,
				    MAX_SCHEDULE_TIMEOUT);
	return ret < 0 ? ret : 0;
}

static bool cpu_access_has_fences(struct virtio_gpu_object_vram *vram, u32 flags)
{
	bool write = flags & VIRTIO_GPU_CPU_ACCESS_WRITE;

	return !dma_resv_test_signaled(vram->base.base.base.resv, dma_resv_usage_rw(write));
}

/* Are there brackets for the caller, and of a blob that can be mapped? */
static bool cpu_access_is_offered(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = vram->base.base.base.dev->dev_private;

	return vgdev->has_cpu_access && current->mm &&
	       vram->base.blob_flags & VIRTGPU_BLOB_FLAG_USE_MAPPABLE;
}

/* Return: 0; or why the blob must not be accessed, in brackets if they are @offered. */
static int cpu_access_check(struct virtio_gpu_object_vram *vram, u32 flags, bool offered)
{
	unsigned int access = (flags & VIRTIO_GPU_CPU_ACCESS_WRITE ? VIRTIO_GPU_VRAM_WRITE : 0) |
			      (offered ? VIRTIO_GPU_VRAM_BRACKETED : 0);
	struct virtio_gpu_vram_state *state = &vram->map.state;
	int ret;

	mutex_lock(&vram->map.lock);
	ret = state->refused ?: virtio_gpu_vram_attr_access_error(&state->attr, access);
	mutex_unlock(&vram->map.lock);
	return ret;
}

static int cpu_access_begin(struct virtio_gpu_object_vram *vram, u32 flags)
{
	struct virtio_gpu_vram_bracket *bracket;
	int ret;

	ret = cpu_access_wait_fences(vram, flags) ?: cpu_access_add(vram, flags, &bracket);
	if (ret)
		return ret;
	ret = virtio_gpu_vram_cmd_cpu_access(vram, VIRTIO_GPU_CMD_CPU_ACCESS_BEGIN, flags,
					     bracket->id, cpu_access_begin_reply);
	if (!ret)
		return virtio_gpu_vram_cpu_access_wait(vram, bracket);

	mutex_lock(&vram->map.lock);
	virtio_gpu_vram_bracket_free(bracket);
	mutex_unlock(&vram->map.lock);
	return ret;
}

/* How often an access is begun, because a fence has come meanwhile. */
#define CPU_ACCESS_TRIES 3

/* Programs that only begin accesses to memory that needs no brackets get by with what they have. */
static bool cpu_access_is_required(struct virtio_gpu_object_vram *vram)
{
	return READ_ONCE(vram->map.state.attr.flags) & VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED;
}

/**
 * virtio_gpu_vram_cpu_access_begin - begin a bracket
 * @vram: blob
 * @dir: what for, as for dma_sync_sg_for_cpu()
 *
 * dma_buf_begin_cpu_access() waits for fences once more, and if a signal ends that wait, the caller
 * begins again, and has one bracket too many until it is gone.  So there should be no fence when
 * this returns, unless they come all the time.
 *
 * Context: may wait for the host, and for fences.
 * Return: 0; -ESTALE, -EACCES, -EPROTO and other errors as mmap() has them; -EOPNOTSUPP where
 * brackets are required, and the host does not offer them, or the caller is no process; -EBUSY for
 * too many at once; -ENOMEM; -EIO if the host refuses; -ERESTARTSYS for a signal; -ENODEV if the
 * device is gone.
 */
int virtio_gpu_vram_cpu_access_begin(struct virtio_gpu_object_vram *vram,
				     enum dma_data_direction dir)
{
	bool offered = cpu_access_is_offered(vram);
	u32 flags = virtio_gpu_vram_cpu_access_flags(dir);
	unsigned int i;
	int ret = 0;

	/* The response to RESOURCE_CREATE_BLOB may still be on its way. */
	if (offered)
		ret = virtio_gpu_vram_blob_wait(vram, virtio_gpu_vram_state_attr_known,
						TASK_INTERRUPTIBLE);
	if (!ret)
		ret = cpu_access_check(vram, flags, offered);
	if (ret || !offered)
		return ret;
	virtio_gpu_vram_cpu_access_end_orphans(vram);
	for (i = 1;; i++) {
		ret = cpu_access_begin(vram, flags);
		if (ret == -EBUSY && !cpu_access_is_required(vram))
			return 0;
		/* It may be that the host has declared something else meanwhile. */
		if (ret == -EIO)
			return cpu_access_check(vram, flags, offered) ?: ret;
		if (ret || i == CPU_ACCESS_TRIES || !cpu_access_has_fences(vram, flags))
			return ret;
		ret = virtio_gpu_vram_cpu_access_end(vram, dir);
		if (ret)
			return ret;
	}
}
