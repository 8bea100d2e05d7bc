// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * DOC: virtio-gpu-map-attr
 *
 * A file in the device's debugfs folder, with a line for each host-visible blob. Its columns:
 *
 * - resource id
 * - size in bytes
 * - cache mode, flags and generation that are in force; "none" if a host without
 *   VIRTIO_GPU_F_MAP_ATTR named no cache mode, "undeclared" if it has not named one yet
 * - state
 * - errno of a refusal or a failed mapping, or 0
 * - number of VMAs
 * - guest physical address in the window, or 0
 *
 * Another one, virtio-gpu-window, has a line for each of these:
 *
 * - size: of the host-visible window, in bytes
 * - used: by blobs, in bytes
 * - largest: range that is free, in bytes
 * - blobs: that have a place
 * - rooms: how often there was none, and room was made
 * - sweeps: how often all blobs lost their entries, to learn which are still used
 * - evicted: how many blobs had to give up their place
 * - evicted-bytes: their sizes
 */
#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>
#include <drm/drm_file.h>
#include <drm/drm_mm.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_table.h"

static const char *debugfs_cache_name(const struct virtio_gpu_vram_attr *attr)
{
	return attr->undeclared ? "none" : virtio_gpu_vram_attr_cache_name(attr->cache_mode);
}

static const struct {
	u32 flag;
	const char *name;
} debugfs_flags[] = {
	{ VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED, "sync-required" },
	{ VIRTIO_GPU_MAP_ATTR_REVOKED, "revoked" },
	{ VIRTIO_GPU_MAP_ATTR_READ_ONLY, "read-only" },
};

/* Names with | between them, or - for none. */
static void debugfs_put_flags(struct seq_file *m, u32 flags)
{
	const char *separator = "";
	unsigned int i;

	if (!flags)
		seq_putc(m, '-');
	for (i = 0; i < ARRAY_SIZE(debugfs_flags); i++) {
		if (!(flags & debugfs_flags[i].flag))
			continue;
		seq_printf(m, "%s%s", separator, debugfs_flags[i].name);
		separator = "|";
	}
}

static const char *debugfs_state_name(const struct virtio_gpu_vram_map *map)
{
	if (map->state.lost)
		return "lost";
	if (map->state.refused)
		return "refused";
	if (map->state.changing)
		return "changing";
	switch (map->state.map_state) {
	case VIRTIO_GPU_VRAM_MAPPING:
		return "mapping";
	case VIRTIO_GPU_VRAM_MAPPED:
		return "mapped";
	case VIRTIO_GPU_VRAM_UNMAPPING:
		return "unmapping";
	default:
		return "unmapped";
	}
}

static int debugfs_map_attr_show(struct seq_file *m, void *data)
{
	struct drm_info_node *node = m->private;
	struct virtio_gpu_device *vgdev = node->minor->dev->dev_private;
	struct virtio_gpu_object_vram *vram;
	unsigned long id = 0;

	seq_puts(m, "resource size cache flags generation state error vmas address\n");
	for (vram = virtio_gpu_vram_table_next(vgdev, &id); vram;
	     id++, vram = virtio_gpu_vram_table_next(vgdev, &id)) {
		struct virtio_gpu_vram_map *map = &vram->map;

		mutex_lock(&map->lock);
		seq_printf(m, "%u %zu %s ", vram->base.hw_res_handle,
			   vram->base.base.base.size, debugfs_cache_name(&map->state.attr));
		debugfs_put_flags(m, map->state.attr.flags);
		seq_printf(m, " %llu %s %d %d %#llx\n",
			   map->state.attr.generation, debugfs_state_name(map),
			   map->state.refused ?: map->state.map_error,
			   atomic_read(&map->vmas),
			   map->state.map_state == VIRTIO_GPU_VRAM_MAPPED ?
			   vram->vram_node.start : 0);
		mutex_unlock(&map->lock);
		drm_gem_object_put(&vram->base.base.base);
	}
	return 0;
}

static int debugfs_window_show(struct seq_file *m, void *data)
{
	struct drm_info_node *node = m->private;
	struct virtio_gpu_device *vgdev = node->minor->dev->dev_private;
	struct virtio_gpu_vram_window *window = &vgdev->vram_window;
	u64 used = 0, largest = 0, start, end;
	struct drm_mm_node *place;
	unsigned int blobs = 0;

	if (!vgdev->has_host_visible)
		return 0;
	spin_lock(&vgdev->host_visible_lock);
	drm_mm_for_each_node(place, &vgdev->host_visible_mm) {
		used += place->size;
		blobs++;
	}
	drm_mm_for_each_hole(place, &vgdev->host_visible_mm, start, end)
		largest = max(largest, end - start);
	spin_unlock(&vgdev->host_visible_lock);

	seq_printf(m, "size %llu\nused %llu\nlargest %llu\nblobs %u\n",
		   (u64)vgdev->host_visible_region.len, used, largest, blobs);
	seq_printf(m, "rooms %llu\nsweeps %llu\nevicted %llu\nevicted-bytes %llu\n",
		   window->room_made, window->sweeps, window->evicted, window->evicted_bytes);
	return 0;
}

static const struct drm_info_list vram_debugfs_list[] = {
	{ "virtio-gpu-map-attr", debugfs_map_attr_show },
	{ "virtio-gpu-window", debugfs_window_show },
};

/**
 * virtio_gpu_vram_debugfs_init - add our file to a device's debugfs folder
 * @minor: which
 */
void virtio_gpu_vram_debugfs_init(struct drm_minor *minor)
{
	drm_debugfs_create_files(vram_debugfs_list,
				 ARRAY_SIZE(vram_debugfs_list),
				 minor->debugfs_root, minor);
}
