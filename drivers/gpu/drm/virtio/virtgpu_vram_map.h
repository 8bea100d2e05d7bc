/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Host-visible blobs in guest address spaces.
 *
 *   host reply     virtgpu_vram_reply.c   what the host declared
 *   state          virtgpu_vram_state.c   where a blob stands with the host
 *   blob           virtgpu_vram_blob.c    events, locked and waited for
 *   changes        virtgpu_vram_change.c  the host changes its mind
 *   place          virtgpu_vram_place.c   in the window, and in a process
 *   kernel alias   virtgpu_vram_alias.c   holds the memory type
 *   extent         virtgpu_vram_extent.c  how much a fault maps
 *   fault, PTE     virtgpu_vram_fault.c   user mappings
 */
#ifndef VIRTGPU_VRAM_MAP_H
#define VIRTGPU_VRAM_MAP_H

#include <linux/dma-direction.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/virtio_gpu_map_attr.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "virtgpu_vram_state.h"

struct dma_buf;
struct drm_device;
struct drm_file;
struct drm_gem_object;
struct drm_minor;
struct file;
struct virtio_gpu_device;
struct virtio_gpu_object_params;
struct virtio_gpu_object_vram;
struct virtio_device;

/**
 * struct virtio_gpu_vram_map - how the CPUs of the guest may map a blob
 * @lock: protects everything here.  Taken inside mmap_lock; memory may be
 *	allocated under it, but nothing of the host's may be waited for
 * @state: where the blob stands with the host
 * @vmas: number of user mappings, for debugfs; not protected
 * @alias: kernel mapping of the whole blob with the declared cache mode, made
 *	by the first mmap() or fault, dropped by a change
 * @alias_cache_mode: which that was
 */
struct virtio_gpu_vram_map {
	struct mutex lock; /* see above */
	struct virtio_gpu_vram_state state;
	atomic_t vmas;
	void __iomem *alias;
	u32 alias_cache_mode;
};

/**
 * struct virtio_gpu_vram_changes - how changes of attributes reach a device's blobs
 * @work: fetches and applies them, one round at a time
 * @by_id: resource id to struct virtio_gpu_object_vram, without a reference;
 *	its lock orders look-ups against the end of a blob
 * @stopped: @work must end and not begin anew
 * @unfetched: the device has marked resources that @work knows nothing of yet;
 *	its own
 * @asked: @reply is awaited, or there and not looked at yet; @work's own
 * @fetching: VIRTIO_GPU_CMD_MAP_ATTR_FETCH has not been answered
 * @reply_len: bytes of @reply the device wrote
 * @reply: answer to the last VIRTIO_GPU_CMD_MAP_ATTR_FETCH
 */
struct virtio_gpu_vram_changes {
	struct work_struct work;
	struct xarray by_id;
	bool stopped;
	bool unfetched;
	bool asked;
	bool fetching;
	size_t reply_len;
	struct virtio_gpu_resp_map_attr_changes reply;
};

/* virtgpu_vram_blob.c */
void virtio_gpu_vram_map_init(struct virtio_gpu_object_vram *vram);
int virtio_gpu_vram_request_map(struct virtio_gpu_object_vram *vram);
int virtio_gpu_vram_wait_declared(struct virtio_gpu_object_vram *vram);
int virtio_gpu_vram_wait_mapped(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_created(struct virtio_gpu_object_vram *vram, int error,
			     const struct virtio_gpu_vram_attr *attr);
void virtio_gpu_vram_mapped(struct virtio_gpu_object_vram *vram, int error,
			    const struct virtio_gpu_vram_attr *attr);
bool virtio_gpu_vram_map_fini(struct virtio_gpu_object_vram *vram);

int virtio_gpu_vram_wait_change(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_change(struct virtio_gpu_object_vram *vram, int error,
			    const struct virtio_gpu_vram_attr *attr);
void virtio_gpu_vram_acked(struct virtio_gpu_object_vram *vram, u64 generation,
			   bool accepted);
void virtio_gpu_vram_lose(struct virtio_gpu_object_vram *vram);

/* virtgpu_vram_change.c */
void virtio_gpu_vram_changes_init(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_changes_look(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_changes_stop(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_changes_resume(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_lose_all(struct virtio_gpu_device *vgdev);
struct virtio_gpu_object_vram *
virtio_gpu_vram_next(struct virtio_gpu_device *vgdev, unsigned long *id);
int virtio_gpu_vram_register(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_unregister(struct virtio_gpu_object_vram *vram);

/* virtgpu_vram_reply.c */
int virtio_gpu_vram_cmd_create(struct virtio_gpu_object_vram *vram,
			       struct virtio_gpu_object_params *params);
int virtio_gpu_vram_cmd_map(struct virtio_gpu_object_vram *vram, u64 offset);
int virtio_gpu_vram_cmd_fetch(struct virtio_gpu_device *vgdev);
int virtio_gpu_vram_cmd_ack(struct virtio_gpu_object_vram *vram, u64 generation);

/* virtgpu_vram_place.c */
int virtio_gpu_vram_place(struct virtio_gpu_device *vgdev,
			  struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_give_back(struct virtio_gpu_device *vgdev,
			       struct virtio_gpu_object_vram *vram);
#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
unsigned long virtio_gpu_get_unmapped_area(struct file *filp, unsigned long addr,
					   unsigned long len, unsigned long pgoff,
					   unsigned long flags);
#else
#define virtio_gpu_get_unmapped_area NULL
#endif

/* virtgpu_vram_alias.c */
int virtio_gpu_vram_alias_get_locked(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_alias_drop_locked(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_alias_clean_locked(struct virtio_gpu_object_vram *vram);

/* virtgpu_vram_fault.c */
extern const struct vm_operations_struct virtio_gpu_vram_vm_ops;
int virtio_gpu_vram_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma);

/* virtgpu_vram_export.c */
int virtio_gpu_vram_begin_cpu_access(struct dma_buf *buf,
				     enum dma_data_direction dir);

/* virtgpu_vram_freeze.c */
int virtio_gpu_vram_freeze(struct virtio_device *vdev);

/* virtgpu_vram_debugfs.c */
void virtio_gpu_vram_debugfs_init(struct drm_minor *minor);

/* virtgpu_vram_ioctl.c */
int virtio_gpu_map_attr_ioctl(struct drm_device *dev, void *data,
			      struct drm_file *file);

#endif
