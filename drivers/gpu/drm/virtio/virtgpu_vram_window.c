// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Space for host-visible blobs in the host-visible window, a range of guest physical addresses, and
 * which blobs can give theirs to another.
 *
 * Nothing that is exported to modules walks the entries of a VM_PFNMAP VMA, so the accessed bits of
 * a blob's entries are not there to be read.  A blob has one of its own instead, which page faults
 * set: it is cleared, and all entries with it, when it has to be known whether the blob is still
 * used (see virtgpu_vram_room.c).  Blobs that have a bit get a second chance, as ever.
 */
#include <linux/jiffies.h>
#include <linux/kref.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/virtio_config.h>

#include <drm/drm_mm.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_window.h"

static bool window_evict = true;
module_param_named(evict, window_evict, bool, 0644);
MODULE_PARM_DESC(evict,
		 "When the host-visible window is full, take the place of a blob that is idle (default: true)");

static struct virtio_gpu_device *window_to_vgdev(struct virtio_gpu_object_vram *vram)
{
	return vram->base.base.base.dev->dev_private;
}

/* Of blobs that leaf entries of a whole PMD can map; 0 for others. */
static u64 window_pmd_alignment(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = window_to_vgdev(vram);
	u64 alignment = PMD_SIZE;

	if (!IS_ENABLED(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP) || vram->base.base.base.size < PMD_SIZE)
		return 0;
	if (!vgdev->has_blob_alignment)
		return alignment;
	/* The host's alignment is that of offsets in the window, which may begin anywhere. */
	alignment = max_t(u64, alignment, vgdev->blob_alignment);
	return IS_ALIGNED(vgdev->host_visible_region.addr, vgdev->blob_alignment) ? alignment : 0;
}

static int window_insert_node(struct virtio_gpu_device *vgdev,
			      struct virtio_gpu_object_vram *vram, u64 alignment)
{
	struct virtio_gpu_vram_window *window = &vgdev->vram_window;
	int ret = -ENOSPC;

	spin_lock(&vgdev->host_visible_lock);
	/* What others have given up is for the one who asked them to. */
	if (!window->room_task || window->room_task == current)
		ret = drm_mm_insert_node_generic(&vgdev->host_visible_mm, &vram->vram_node,
						 vram->base.base.base.size, alignment, 0,
						 DRM_MM_INSERT_BEST);
	if (!ret)
		list_add_tail(&vram->map.in_window, &window->blobs);
	spin_unlock(&vgdev->host_visible_lock);
	return ret;
}

/**
 * virtio_gpu_vram_window_init - prepare a device
 * @vgdev: device
 */
void virtio_gpu_vram_window_init(struct virtio_gpu_device *vgdev)
{
	INIT_LIST_HEAD(&vgdev->vram_window.blobs);
	mutex_init(&vgdev->vram_window.room_lock);
	vgdev->vram_window.next_sweep = jiffies;
}

/**
 * virtio_gpu_vram_window_read_alignment - read blob_alignment from the configuration space
 * @vdev: device that offers VIRTIO_GPU_F_BLOB_ALIGNMENT
 *
 * Return: bytes; anything.
 */
u32 virtio_gpu_vram_window_read_alignment(struct virtio_device *vdev)
{
	/* It comes after the fields that the headers of all kernels have. */
	return virtio_cread32(vdev, offsetofend(struct virtio_gpu_config, num_capsets));
}

/**
 * virtio_gpu_vram_window_validate - decide whether a device's blob_alignment can be used
 * @vdev: device that is being probed
 *
 * Some versions of crosvm have the feature bit for something else, and no such field.
 */
void virtio_gpu_vram_window_validate(struct virtio_device *vdev)
{
	u32 alignment;

	if (!virtio_has_feature(vdev, VIRTIO_GPU_F_BLOB_ALIGNMENT))
		return;
	alignment = virtio_gpu_vram_window_read_alignment(vdev);
	if (is_power_of_2(alignment))
		return;
	dev_info(&vdev->dev,
		 "blob_alignment is %u, which is no power of two: the feature is not used\n",
		 alignment);
	__virtio_clear_bit(vdev, VIRTIO_GPU_F_BLOB_ALIGNMENT);
}

/**
 * virtio_gpu_vram_window_round_up - round the size of a new blob up to what can be mapped
 * @vgdev: device
 * @size: what user space asks for, in bytes
 *
 * The guest maps whole pages, and the host multiples of its blob_alignment.  So all places in the
 * window begin at multiples of it, too.
 *
 * Return: size in bytes; 0 if there is none.
 */
unsigned long virtio_gpu_vram_window_round_up(struct virtio_gpu_device *vgdev, u64 size)
{
	u64 alignment = PAGE_SIZE;

	if (vgdev->has_blob_alignment)
		alignment = max_t(u64, alignment, vgdev->blob_alignment);
	/* What is too large wraps around to 0. */
	size = round_up(size, alignment);
	return (unsigned long)size == size ? size : 0;
}

/**
 * virtio_gpu_vram_window_alloc - allocate space in the window
 * @vram: blob without space there
 *
 * Blobs that leaf entries of a whole PMD can map are aligned for that, if there is enough
 * space; small ones go into the gaps that this leaves.
 *
 * Return: 0; -ENOSPC if the window is full; -EINVAL if there is none.
 */
int virtio_gpu_vram_window_alloc(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = window_to_vgdev(vram);
	u64 alignment = window_pmd_alignment(vram);
	int ret = -ENOSPC;

	if (!vgdev->has_host_visible)
		return -EINVAL;

	if (alignment)
		ret = window_insert_node(vgdev, vram, alignment);
	if (ret == -ENOSPC)
		ret = window_insert_node(vgdev, vram, 0);
	return ret;
}

/**
 * virtio_gpu_vram_window_free - free space in the window
 * @vram: blob that has space there, where the host maps nothing
 */
void virtio_gpu_vram_window_free(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = window_to_vgdev(vram);

	spin_lock(&vgdev->host_visible_lock);
	list_del_init(&vram->map.in_window);
	drm_mm_remove_node(&vram->vram_node);
	spin_unlock(&vgdev->host_visible_lock);
}

/**
 * virtio_gpu_vram_window_forget - ask a blob for its space no more
 * @vram: blob whose last reference is gone, with or without space
 */
void virtio_gpu_vram_window_forget(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = window_to_vgdev(vram);

	spin_lock(&vgdev->host_visible_lock);
	list_del_init(&vram->map.in_window);
	spin_unlock(&vgdev->host_visible_lock);
}

/**
 * virtio_gpu_vram_window_make_last - ask a blob for its space after all others
 * @vram: blob that has space
 */
void virtio_gpu_vram_window_make_last(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = window_to_vgdev(vram);

	spin_lock(&vgdev->host_visible_lock);
	list_move_tail(&vram->map.in_window, &vgdev->vram_window.blobs);
	spin_unlock(&vgdev->host_visible_lock);
}

/**
 * virtio_gpu_vram_window_can_evict_for - may others be asked for space?
 * @vram: blob that needs it
 *
 * Return: whether they may, and the window is large enough.
 */
bool virtio_gpu_vram_window_can_evict_for(struct virtio_gpu_object_vram *vram)
{
	return READ_ONCE(window_evict) &&
	       vram->base.base.base.size <= window_to_vgdev(vram)->host_visible_region.len;
}

/**
 * virtio_gpu_vram_window_is_awaited - is a fault about to use a blob?
 * @vram: blob
 *
 * Context: any; without &virtio_gpu_vram_map.lock a hint.
 * Return: whether it has been placed for a fault that has not used it yet.
 */
bool virtio_gpu_vram_window_is_awaited(struct virtio_gpu_object_vram *vram)
{
	unsigned long until = READ_ONCE(vram->map.unused_until);

	return until && time_in_range(jiffies, until - VIRTIO_GPU_VRAM_KEEP_JIFFIES - 1, until);
}

static bool window_is_candidate(struct virtio_gpu_object_vram *vram, bool used)
{
	return virtio_gpu_vram_state_can_evict(&vram->map.state) &&
	       !virtio_gpu_vram_window_is_awaited(vram) && (used || !READ_ONCE(vram->map.used));
}

static bool window_choose_aligned(struct virtio_gpu_object_vram *vram, u64 alignment, bool used,
				  struct list_head *chosen)
{
	struct virtio_gpu_device *vgdev = window_to_vgdev(vram);
	struct virtio_gpu_object_vram *other, *next;
	struct drm_mm_scan scan;
	LIST_HEAD(scanned);
	bool found = false;

	spin_lock(&vgdev->host_visible_lock);
	drm_mm_scan_init(&scan, &vgdev->host_visible_mm, vram->base.base.base.size, alignment, 0,
			 DRM_MM_INSERT_BEST);
	list_for_each_entry(other, &vgdev->vram_window.blobs, map.in_window) {
		if (!window_is_candidate(other, used))
			continue;
		/* They have to be taken back in the inverse order. */
		list_add(&other->map.chosen, &scanned);
		found = drm_mm_scan_add_block(&scan, &other->vram_node);
		if (found)
			break;
	}
	list_for_each_entry_safe(other, next, &scanned, map.chosen) {
		list_del(&other->map.chosen);
		/* One that is just ending gives its space up by itself. */
		if (drm_mm_scan_remove_block(&scan, &other->vram_node) && found &&
		    kref_get_unless_zero(&other->base.base.base.refcount))
			list_add(&other->map.chosen, chosen);
	}
	spin_unlock(&vgdev->host_visible_lock);
	return found;
}

/**
 * virtio_gpu_vram_window_choose - choose blobs whose space together is enough
 * @vram: blob that needs it
 * @used: choose those that are used as well
 * @chosen: list of &virtio_gpu_vram_map.chosen to put them on, with a reference for the caller
 *
 * Those that have not been used for longest come first, but neighbours are needed.
 *
 * Context: under &virtio_gpu_vram_window.room_lock.
 * Return: whether there are enough.
 */
bool virtio_gpu_vram_window_choose(struct virtio_gpu_object_vram *vram, bool used,
				   struct list_head *chosen)
{
	u64 alignment = window_pmd_alignment(vram);

	lockdep_assert_held(&window_to_vgdev(vram)->vram_window.room_lock);

	if (alignment && window_choose_aligned(vram, alignment, used, chosen))
		return true;
	/* Without an aligned place it would be slow for as long as it stays. */
	return (!alignment || used) && window_choose_aligned(vram, 0, used, chosen);
}

/**
 * virtio_gpu_vram_window_next_used - find the next blob that may have been used
 * @vgdev: device
 * @left: how many of &virtio_gpu_vram_window.blobs to look at; what was looked at is taken off
 *
 * What was looked at is put behind all others, so their order stays when all are.
 *
 * Return: blob with a reference for the caller; NULL if there is none.
 */
struct virtio_gpu_object_vram *
virtio_gpu_vram_window_next_used(struct virtio_gpu_device *vgdev, unsigned long *left)
{
	struct list_head *blobs = &vgdev->vram_window.blobs;
	struct virtio_gpu_object_vram *vram, *found = NULL;

	spin_lock(&vgdev->host_visible_lock);
	while (!found && *left && !list_empty(blobs)) {
		vram = list_first_entry(blobs, struct virtio_gpu_object_vram, map.in_window);
		list_move_tail(&vram->map.in_window, blobs);
		--*left;
		if (READ_ONCE(vram->map.used) &&
		    virtio_gpu_vram_state_can_evict(&vram->map.state) &&
		    kref_get_unless_zero(&vram->base.base.base.refcount))
			found = vram;
	}
	spin_unlock(&vgdev->host_visible_lock);
	return found;
}

/* It is going to be used, after which it can be evicted, or to be gone. */
static bool window_is_unsettled(struct virtio_gpu_object_vram *vram)
{
	return !virtio_gpu_vram_state_map_answered(&vram->map.state) ||
	       !kref_read(&vram->base.base.base.refcount) ||
	       (virtio_gpu_vram_window_is_awaited(vram) &&
		virtio_gpu_vram_state_can_evict(&vram->map.state));
}

/**
 * virtio_gpu_vram_window_is_settling - will there be more to choose from in a moment?
 * @vgdev: device
 *
 * Return: whether a blob has just been placed, or the host has not answered where it is, or that
 * it has forgotten one that is gone.
 */
bool virtio_gpu_vram_window_is_settling(struct virtio_gpu_device *vgdev)
{
	struct virtio_gpu_object_vram *vram;
	struct drm_mm_node *node;
	bool settling = false;
	long gone = 0;

	spin_lock(&vgdev->host_visible_lock);
	drm_mm_for_each_node(node, &vgdev->host_visible_mm)
		gone++;
	list_for_each_entry(vram, &vgdev->vram_window.blobs, map.in_window) {
		gone--;
		settling |= window_is_unsettled(vram);
	}
	spin_unlock(&vgdev->host_visible_lock);
	return settling || gone;
}
