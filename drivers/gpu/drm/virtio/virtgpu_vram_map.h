/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Host-visible blobs in guest address spaces.
 *
 *   host reply     virtgpu_vram_reply.c   what the host declared
 *   state          virtgpu_vram_state.c   where a blob stands with the host
 *   blob           virtgpu_vram_blob.c    events, locked and waited for
 *   changes        virtgpu_vram_change.c  the host declares something else
 *   place          virtgpu_vram_place.c   in the window, and in a process
 *   kernel alias   virtgpu_vram_alias.c   holds the memory type
 *   extent         virtgpu_vram_extent.c  how much a fault maps
 *   fault, PTE     virtgpu_vram_fault.c   user mappings
 */
#ifndef VIRTGPU_VRAM_MAP_H
#define VIRTGPU_VRAM_MAP_H

#include <linux/llist.h>
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
struct virtio_dma_buf_ops;

/*
 * Out of tree the kernel may be one whose page table walkers take any PMD leaf for a folio:
 * see the driver's Makefile.
 */
#if defined(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP) && !defined(VIRTIO_GPU_NO_PMDS)
#define VIRTIO_GPU_VRAM_PMDS 1
#else
#define VIRTIO_GPU_VRAM_PMDS 0
#endif

/**
 * struct virtio_gpu_vram_map - how the CPUs of the guest may map a blob
 * @lock: protects everything here.  Taken inside mmap_lock and the blob's dma_resv; memory
 *	may be allocated under it, but there is no wait for the host
 * @state: where the blob stands with the host
 * @vmas: number of user mappings, for debugfs; not protected
 * @pte_cache_mode: what user PTEs are made with, from the first mmap() or fault to the next
 *	change, and 0 when there are none: what the host declared, but for hosts without
 *	VIRTIO_GPU_F_MAP_ATTR, see virtio_gpu_vram_alias_get_locked()
 * @alias: kernel mapping of the whole blob with that mode, or NULL; see virtgpu_vram_alias.c
 * @unclean: caches may hold lines of the blob although nothing maps it cached any more
 * @dummy: page that mappings of a lost blob show, or NULL
 * @dma_buf: what importers with DMA mappings have attached to; valid while
 *	&virtio_gpu_vram_state.dma_maps is not 0 and the blob's dma_resv is held
 * @ack_work: acknowledges @ack_generation when no importer has DMA addresses any more
 * @ack_generation: see @ack_work
 * @notify_work: tells importers to let go of their DMA addresses
 */
struct virtio_gpu_vram_map {
	struct mutex lock; /* see above */
	struct virtio_gpu_vram_state state;
	atomic_t vmas;
	u32 pte_cache_mode;
	void __iomem *alias;
	bool unclean;
	struct page *dummy;
	struct dma_buf *dma_buf;
	struct work_struct ack_work;
	struct work_struct notify_work;
	u64 ack_generation;
};

/**
 * struct virtio_gpu_vram_replies - responses about blobs, until they are looked at
 * @list: struct virtio_gpu_vram_reply, latest first
 * @work: looks at them, in the order in which they came
 */
struct virtio_gpu_vram_replies {
	struct llist_head list;
	struct work_struct work;
};

/**
 * struct virtio_gpu_vram_changes - how changes of attributes reach a device's blobs
 * @wq: for all work about blobs but one kind.  Unbound, because cleaning the caches of a large
 *	one takes long
 * @importers_wq: for &virtio_gpu_vram_map.notify_work, which waits for locks of others'
 * @work: fetches and applies them, one round at a time
 * @by_id: resource id to struct virtio_gpu_object_vram, without a reference;
 *	its lock orders look-ups against the end of a blob
 * @stopped: @work must end and not begin again
 * @unfetched: the device has marked resources that @work knows nothing of yet;
 *	its own
 * @asked: @reply is awaited, or there and not looked at yet; @work's own
 * @fetching: VIRTIO_GPU_CMD_MAP_ATTR_FETCH has not been answered
 * @reply_len: bytes of @reply the device wrote
 * @reply: answer to the last VIRTIO_GPU_CMD_MAP_ATTR_FETCH
 */
struct virtio_gpu_vram_changes {
	struct workqueue_struct *wq;
	struct workqueue_struct *importers_wq;
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
bool virtio_gpu_vram_is_gone(struct virtio_gpu_device *vgdev);
int virtio_gpu_vram_request_map(struct virtio_gpu_object_vram *vram);
int virtio_gpu_vram_wait(struct virtio_gpu_object_vram *vram,
			 bool (*condition)(const struct virtio_gpu_vram_state *state),
			 unsigned int task_state);
int virtio_gpu_vram_wait_mapped(struct virtio_gpu_object_vram *vram, bool write);
int virtio_gpu_vram_wait_placed(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_created(struct virtio_gpu_object_vram *vram, int error,
			     const struct virtio_gpu_vram_attr *attr);
void virtio_gpu_vram_mapped(struct virtio_gpu_object_vram *vram, int error,
			    const struct virtio_gpu_vram_attr *attr);
bool virtio_gpu_vram_map_fini(struct virtio_gpu_object_vram *vram);

bool virtio_gpu_vram_change(struct virtio_gpu_object_vram *vram, int error,
			    const struct virtio_gpu_vram_attr *attr);
bool virtio_gpu_vram_withhold(struct virtio_gpu_object_vram *vram, u64 generation);
void virtio_gpu_vram_acked(struct virtio_gpu_object_vram *vram, u64 generation, int error);
void virtio_gpu_vram_lose(struct virtio_gpu_object_vram *vram);

/* virtgpu_vram_change.c */
int virtio_gpu_vram_changes_init(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_changes_look(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_changes_stop(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_changes_resume(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_lose_all(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_flush_importers(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_flush(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_ack_work(struct work_struct *work);
struct virtio_gpu_object_vram *
virtio_gpu_vram_next(struct virtio_gpu_device *vgdev, unsigned long *id);
int virtio_gpu_vram_register(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_unregister(struct virtio_gpu_object_vram *vram);

/* virtgpu_vram_reply.c */
void virtio_gpu_vram_replies_init(struct virtio_gpu_device *vgdev);
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
int virtio_gpu_vram_validate(struct virtio_device *vdev);
void __iomem *virtio_gpu_vram_alias_locked(struct virtio_gpu_object_vram *vram);
int virtio_gpu_vram_alias_get_locked(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_alias_drop_locked(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_drain_locked(struct virtio_gpu_object_vram *vram, u32 cache_mode);
int virtio_gpu_vram_clean_locked(struct virtio_gpu_object_vram *vram);

/* virtgpu_vram_fault.c */
extern const struct vm_operations_struct virtio_gpu_vram_vm_ops;
int virtio_gpu_vram_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma);

/* virtgpu_vram_export.c */
extern const struct virtio_dma_buf_ops virtio_gpu_vram_dma_buf_ops;

/* virtgpu_vram_freeze.c */
int virtio_gpu_queue_drain(struct virtio_gpu_device *vgdev);
void virtio_gpu_queue_forget(struct virtio_gpu_device *vgdev);
int virtio_gpu_vram_freeze(struct virtio_device *vdev);

/* virtgpu_vram_debugfs.c */
void virtio_gpu_vram_debugfs_init(struct drm_minor *minor);

/* virtgpu_vram_ioctl.c */
int virtio_gpu_map_attr_ioctl(struct drm_device *dev, void *data,
			      struct drm_file *file);

#endif
