/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/**
 * DOC: Brackets
 *
 * Memory with VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED may be accessed by CPUs within brackets only
 * (section 8).  Each DMA_BUF_IOCTL_SYNC of a process begins or ends one, and the host is asked
 * each time, because its exporter may have something to do each time. ::
 *
 *      add           begun, open              end             ended
 *     ----> BEGINNING ----------> OPEN ----------> ENDING ----------> gone
 *               |                  ^                 |
 *               | refused          +-----------------+
 *               v                    reopen: the host could not be told
 *              gone
 *
 * It is asked where none is required, too: one may come to be required at any time.
 *
 * A bracket belongs to an address space: threads share it, and those with the same flags stand for
 * each other; other processes have their own.  It is an orphan when its process is gone, or was
 * killed while it waited for the host, or when the dma-buf is closed.  Nothing can be accessed in
 * an orphan, and it is ended for its process.
 *
 * Functions on a list that the caller protects; tested by tests/virtgpu_vram_bracket_test.c.
 */
#ifndef VIRTGPU_VRAM_BRACKET_H
#define VIRTGPU_VRAM_BRACKET_H

#include <linux/list.h>
#include <linux/types.h>

struct mm_struct;

/* How many there may be at once of one blob, of a process and of all, for lists to stay short. */
#define VIRTIO_GPU_VRAM_BRACKETS_OF_PROCESS 64
#define VIRTIO_GPU_VRAM_BRACKETS_OF_BLOB 1024

/**
 * enum virtio_gpu_vram_bracket_state - progress of a bracket
 * @VIRTIO_GPU_VRAM_BRACKET_BEGINNING: CPU_ACCESS_BEGIN is on its way, or its answer
 * @VIRTIO_GPU_VRAM_BRACKET_OPEN: the host has confirmed it, and the process knows
 * @VIRTIO_GPU_VRAM_BRACKET_ENDING: CPU_ACCESS_END is on its way, or about to be
 */
enum virtio_gpu_vram_bracket_state {
	VIRTIO_GPU_VRAM_BRACKET_BEGINNING,
	VIRTIO_GPU_VRAM_BRACKET_OPEN,
	VIRTIO_GPU_VRAM_BRACKET_ENDING,
};

/**
 * struct virtio_gpu_vram_bracket - one bracket
 * @node: in the list of the blob's
 * @id: of the bracket, among all of the blob's there ever were
 * @mm: address space whose accesses it is about; with a reference, so that no other is there
 * @flags: VIRTIO_GPU_CPU_ACCESS_*
 * @state: see enum virtio_gpu_vram_bracket_state
 * @orphan: no process waits for the answer to a command about it, nor will end it
 * @answered: there is an answer to the last command about it
 * @error: that was in this answer, or 0
 */
struct virtio_gpu_vram_bracket {
	struct list_head node;
	u64 id;
	struct mm_struct *mm;
	u32 flags;
	enum virtio_gpu_vram_bracket_state state;
	bool orphan;
	bool answered;
	int error;
};

struct virtio_gpu_vram_bracket *virtio_gpu_vram_bracket_alloc(struct mm_struct *mm, u32 flags);
void virtio_gpu_vram_bracket_free(struct virtio_gpu_vram_bracket *bracket);
int virtio_gpu_vram_bracket_add(struct list_head *brackets,
				struct virtio_gpu_vram_bracket *bracket);
struct virtio_gpu_vram_bracket *virtio_gpu_vram_bracket_find(const struct list_head *brackets,
							     u64 id);
bool virtio_gpu_vram_bracket_is_open(const struct list_head *brackets,
				     const struct mm_struct *mm);
void virtio_gpu_vram_bracket_begun(struct virtio_gpu_vram_bracket *bracket, int error);
void virtio_gpu_vram_bracket_open(struct virtio_gpu_vram_bracket *bracket);
struct virtio_gpu_vram_bracket *virtio_gpu_vram_bracket_end(const struct list_head *brackets,
							    const struct mm_struct *mm, u32 flags);
struct virtio_gpu_vram_bracket *
virtio_gpu_vram_bracket_end_orphan(const struct list_head *brackets);
void virtio_gpu_vram_bracket_reopen(struct virtio_gpu_vram_bracket *bracket);
void virtio_gpu_vram_bracket_orphan_all(const struct list_head *brackets);
void virtio_gpu_vram_bracket_orphan_dead(const struct list_head *brackets);

#endif
