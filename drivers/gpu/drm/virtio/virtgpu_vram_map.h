/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_VRAM_MAP_H
#define VIRTGPU_VRAM_MAP_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "virtgpu_vram_state.h"

struct dma_buf;
struct page;

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
 * @brackets: struct virtio_gpu_vram_bracket; empty or not can be seen without the lock, as a hint
 * @last_bracket: id of the last that was begun
 * @bracket_work: ends those that no process will
 * @in_window: in &virtio_gpu_vram_window.blobs while the blob has a place; protected by
 *	&virtio_gpu_device.host_visible_lock
 * @chosen: in the list of blobs that are to be evicted; of the task that makes room
 * @asked: a fault has asked for a place since the blob got its last
 * @used: something was mapped since this was cleared, see virtio_gpu_vram_blob_age(); hints
 *	are read without the lock
 * @aged: it was cleared since the blob has been placed
 * @unused_until: in jiffies; a fault is about to use the place until then, unless @used is set
 *	before; 0 if none is
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
	struct list_head brackets;
	u64 last_bracket;
	struct work_struct bracket_work;
	struct list_head in_window;
	struct list_head chosen;
	bool asked;
	bool used;
	bool aged;
	unsigned long unused_until;
};

#endif
