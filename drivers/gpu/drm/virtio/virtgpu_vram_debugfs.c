// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * debugfs: virtio-gpu-map-attr, a line for each host blob.
 */
#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>
#include <drm/drm_file.h>

#include "virtgpu_drv.h"

static const char *cache_name(const struct virtio_gpu_vram_attr *attr)
{
	if (attr->undeclared)
		return "none";
	switch (attr->cache_mode) {
	case VIRTIO_GPU_MAP_CACHE_CACHED:
		return "cached";
	case VIRTIO_GPU_MAP_CACHE_UNCACHED:
		return "uncached";
	case VIRTIO_GPU_MAP_CACHE_WC:
		return "wc";
	default:
		return "undeclared";
	}
}

static const char *state_name(const struct virtio_gpu_vram_map *map)
{
	if (map->state.lost)
		return "lost";
	if (map->state.refused)
		return "refused";
	if (map->state.changing)
		return "changing";
	switch (map->state.place) {
	case VIRTIO_GPU_VRAM_MAPPING:
		return "mapping";
	case VIRTIO_GPU_VRAM_MAPPED:
		return "mapped";
	default:
		return "unmapped";
	}
}

/*
 * Columns: resource id; size in bytes; cache mode, flags (VIRTIO_GPU_MAP_ATTR_*)
 * and generation in force; state; errno of a refusal or a failed mapping; number
 * of VMAs; physical address in the window, or 0.
 */
static int map_attr_show(struct seq_file *m, void *data)
{
	struct drm_info_node *node = m->private;
	struct virtio_gpu_device *vgdev = node->minor->dev->dev_private;
	struct virtio_gpu_object_vram *vram;
	unsigned long id = 0;

	seq_puts(m, "resource size cache flags generation state error vmas address\n");
	for (vram = virtio_gpu_vram_next(vgdev, &id); vram;
	     id++, vram = virtio_gpu_vram_next(vgdev, &id)) {
		struct virtio_gpu_vram_map *map = &vram->map;

		mutex_lock(&map->lock);
		seq_printf(m, "%u %zu %s %#x %llu %s %d %d %#llx\n",
			   vram->base.hw_res_handle, vram->base.base.base.size,
			   cache_name(&map->state.attr), map->state.attr.flags,
			   map->state.attr.generation, state_name(map),
			   map->state.refused ?: map->state.map_error,
			   atomic_read(&map->vmas),
			   map->state.place == VIRTIO_GPU_VRAM_MAPPED ?
			   vram->vram_node.start : 0);
		mutex_unlock(&map->lock);
		drm_gem_object_put(&vram->base.base.base);
	}
	return 0;
}

static const struct drm_info_list vram_debugfs_list[] = {
	{ "virtio-gpu-map-attr", map_attr_show },
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
