/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Host-visible blobs in guest address spaces: see "DOC: Host-visible blobs" in
 * virtgpu_vram_blob.c.
 */
#ifndef VIRTGPU_VRAM_MAP_H
#define VIRTGPU_VRAM_MAP_H

#include <linux/atomic.h>
#include <linux/llist.h>
#include <linux/mm_types.h>
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
struct virtio_device;
struct virtio_dma_buf_ops;
struct virtio_gpu_device;
struct virtio_gpu_object_array;
struct virtio_gpu_object_params;
struct virtio_gpu_object_vram;
struct virtio_gpu_vbuffer;
struct vm_area_struct;
struct vm_fault;

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
 * @state: host-side state of the blob
 * @vmas: number of user mappings, for debugfs; not protected
 * @pte_cache_mode: what user PTEs are made with, from the first mmap() or fault to the next
 *	change, and 0 when there are none: what the host declared, but for hosts without
 *	VIRTIO_GPU_F_MAP_ATTR, see virtio_gpu_vram_alias_reserve_locked()
 * @alias: kernel mapping of the whole blob with that mode, or NULL; see virtgpu_vram_alias.c
 * @unclean: caches may hold lines of the blob although nothing maps it cached any more
 * @dummy: page that mappings of a lost blob show, or NULL
 * @ack_work: acknowledges @ack_generation
 * @ack_generation: see @ack_work
 * @dma_buf: what importers with DMA mappings have attached to; valid as long as
 *	&virtio_gpu_vram_state.dma_maps is not 0 and the blob's dma_resv is held
 * @invalidate_work: asks importers to give their DMA addresses back
 */
struct virtio_gpu_vram_map {
	struct mutex lock; /* see above */
	struct virtio_gpu_vram_state state;
	atomic_t vmas;
	u32 pte_cache_mode;
	void __iomem *alias;
	bool unclean;
	struct page *dummy;
	struct work_struct ack_work;
	u64 ack_generation;
	struct dma_buf *dma_buf;
	struct work_struct invalidate_work;
};

/* virtgpu_vram_table.c */
void virtio_gpu_vram_table_init(struct virtio_gpu_device *vgdev);
int virtio_gpu_vram_table_add(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_table_remove(struct virtio_gpu_object_vram *vram);
struct virtio_gpu_object_vram *
virtio_gpu_vram_table_next(struct virtio_gpu_device *vgdev, unsigned long *id);
struct virtio_gpu_object_vram *
virtio_gpu_vram_table_find(struct virtio_gpu_device *vgdev, u32 resource_id);
void virtio_gpu_vram_table_for_each(struct virtio_gpu_device *vgdev,
				    void (*func)(struct virtio_gpu_object_vram *vram));

/* virtgpu_vram_cmd.c */

/**
 * struct virtio_gpu_vram_replies - responses about blobs, until they are delivered
 * @wq: for @work, and for all other work about blobs that waits for no lock of others'.
 *	Unbound, because cleaning the caches of a large blob takes long
 * @list: struct virtio_gpu_vram_reply, latest first
 * @work: delivers them, in the order in which they came
 */
struct virtio_gpu_vram_replies {
	struct workqueue_struct *wq;
	struct llist_head list;
	struct work_struct work;
};

struct virtio_gpu_vram_reply;

/* Called from a work item; may sleep, but not wait for the host. */
typedef void (*virtio_gpu_vram_deliver_t)(struct virtio_gpu_object_vram *vram,
					  const struct virtio_gpu_vram_reply *reply);

/**
 * struct virtio_gpu_vram_reply - a response about a blob
 * @resp: what the device wrote; first, because it is &virtio_gpu_vbuffer.resp_buf, which
 *	is freed with the command
 * @node: in &virtio_gpu_vram_replies.list
 * @objs: the command's reference to the blob
 * @deliver: what to do with the response
 * @len: bytes of @resp the device says it wrote; 0 if it cannot have
 * @generation: that MAP_ATTR_ACK was about
 */
struct virtio_gpu_vram_reply {
	union {
		struct virtio_gpu_ctrl_hdr hdr;
		struct virtio_gpu_resp_map_attr attr;
		struct virtio_gpu_resp_map_info info;
	} resp;
	struct llist_node node;
	struct virtio_gpu_object_array *objs;
	virtio_gpu_vram_deliver_t deliver;
	size_t len;
	u64 generation;
};

int virtio_gpu_vram_cmd_init(struct virtio_gpu_device *vgdev);
size_t virtio_gpu_vram_cmd_resp_len(const struct virtio_gpu_vbuffer *vbuf);
int virtio_gpu_vram_cmd_create(struct virtio_gpu_object_vram *vram,
			       const struct virtio_gpu_object_params *params,
			       virtio_gpu_vram_deliver_t deliver);
int virtio_gpu_vram_cmd_map(struct virtio_gpu_object_vram *vram, u64 offset,
			    virtio_gpu_vram_deliver_t deliver);
int virtio_gpu_vram_cmd_fetch(struct virtio_gpu_device *vgdev,
			      void (*callback)(struct virtio_gpu_device *vgdev,
					       struct virtio_gpu_vbuffer *vbuf));
int virtio_gpu_vram_cmd_ack(struct virtio_gpu_object_vram *vram, u64 generation,
			    virtio_gpu_vram_deliver_t deliver);

/* virtgpu_vram_window.c */
int virtio_gpu_vram_window_alloc(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_window_free(struct virtio_gpu_object_vram *vram);

/* virtgpu_vram_alias.c */
bool virtio_gpu_vram_alias_can_clean(void);
void __iomem *virtio_gpu_vram_alias_map_locked(struct virtio_gpu_object_vram *vram);
int virtio_gpu_vram_alias_reserve_locked(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_alias_release_locked(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_alias_drain_locked(struct virtio_gpu_object_vram *vram, u32 cache_mode);
int virtio_gpu_vram_alias_clean_locked(struct virtio_gpu_object_vram *vram);

/* virtgpu_vram_blob.c */
void virtio_gpu_vram_blob_init(struct virtio_gpu_object_vram *vram);
int virtio_gpu_vram_blob_create(struct virtio_gpu_object_vram *vram,
				const struct virtio_gpu_object_params *params);
int virtio_gpu_vram_blob_request_map(struct virtio_gpu_object_vram *vram);
int virtio_gpu_vram_blob_wait(struct virtio_gpu_object_vram *vram,
			      bool (*condition)(const struct virtio_gpu_vram_state *state),
			      unsigned int task_state);
int virtio_gpu_vram_blob_wait_mapped(struct virtio_gpu_object_vram *vram, bool write);
int virtio_gpu_vram_blob_wait_answered(struct virtio_gpu_object_vram *vram);
bool virtio_gpu_vram_blob_clean(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_blob_lose(struct virtio_gpu_object_vram *vram);
bool virtio_gpu_vram_blob_fini(struct virtio_gpu_object_vram *vram);

void virtio_gpu_vram_blob_change(struct virtio_gpu_object_vram *vram, int error,
				 const struct virtio_gpu_vram_attr *attr);
void virtio_gpu_vram_blob_acknowledge(struct virtio_gpu_object_vram *vram, u64 generation);

bool virtio_gpu_vram_blob_defer_ack(struct virtio_gpu_object_vram *vram, u64 generation);
void virtio_gpu_vram_blob_ack_later_locked(struct virtio_gpu_object_vram *vram, u64 generation);

/* virtgpu_vram_fault.c */
vm_fault_t virtio_gpu_vram_fault(struct vm_fault *vmf);
vm_fault_t virtio_gpu_vram_fault_huge(struct vm_fault *vmf, unsigned int order);

/* virtgpu_vram_vma.c */
extern const struct vm_operations_struct virtio_gpu_vram_vma_ops;
int virtio_gpu_vram_vma_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma);
struct virtio_gpu_object_vram *virtio_gpu_vram_vma_to_vram(const struct vm_area_struct *vma);
pgoff_t virtio_gpu_vram_vma_page(const struct vm_area_struct *vma);
pgprot_t virtio_gpu_vram_vma_prot(const struct vm_area_struct *vma);
unsigned long virtio_gpu_vram_vma_get_unmapped_area(struct file *filp, unsigned long addr,
						    unsigned long len, unsigned long pgoff,
						    unsigned long flags);

/* virtgpu_vram_change.c */

/**
 * struct virtio_gpu_vram_changes - how changes of attributes reach a device's blobs
 * @work: fetches and applies them, one round at a time
 * @stopped: @work must end and not begin again
 * @unfetched: the device has marked resources that @work knows nothing of yet;
 *	its own
 * @asked: @reply is awaited, or there and not looked at yet; @work's own
 * @fetching: VIRTIO_GPU_CMD_MAP_ATTR_FETCH has not been answered
 * @reply_len: bytes of @reply the device wrote
 * @reply: answer to the last VIRTIO_GPU_CMD_MAP_ATTR_FETCH
 */
struct virtio_gpu_vram_changes {
	struct work_struct work;
	bool stopped;
	bool unfetched;
	bool asked;
	bool fetching;
	size_t reply_len;
	struct virtio_gpu_resp_map_attr_changes reply;
};

void virtio_gpu_vram_change_init(struct virtio_gpu_device *vgdev);
int virtio_gpu_vram_change_validate(struct virtio_device *vdev);
void virtio_gpu_vram_change_kick(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_change_stop(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_change_resume(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_change_lose_all(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_change_flush(struct virtio_gpu_device *vgdev);

/* virtgpu_vram_prime.c */
extern const struct virtio_dma_buf_ops virtio_gpu_vram_prime_ops;
int virtio_gpu_vram_prime_init(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_prime_blob_init(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_prime_invalidate(struct virtio_gpu_object_vram *vram);
void virtio_gpu_vram_prime_flush(struct virtio_gpu_device *vgdev);

/* virtgpu_vram_freeze.c */
int virtio_gpu_vram_freeze_drain(struct virtio_gpu_device *vgdev);
void virtio_gpu_vram_freeze_reclaim(struct virtio_gpu_device *vgdev);
int virtio_gpu_vram_freeze(struct virtio_device *vdev);

/* virtgpu_vram_ioctl.c */
int virtio_gpu_vram_ioctl_map_attr(struct drm_device *dev, void *data, struct drm_file *file);

/* virtgpu_vram_debugfs.c */
void virtio_gpu_vram_debugfs_init(struct drm_minor *minor);

#endif
