// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Which address space has which brackets.
 */
#include <linux/errno.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "virtgpu_vram_bracket.h"

/**
 * virtio_gpu_vram_bracket_alloc - allocate a bracket
 * @mm: address space whose accesses it is about
 * @flags: VIRTIO_GPU_CPU_ACCESS_*
 *
 * Return: bracket that is on no list, or NULL.
 */
struct virtio_gpu_vram_bracket *virtio_gpu_vram_bracket_alloc(struct mm_struct *mm, u32 flags)
{
	const size_t size = sizeof(struct virtio_gpu_vram_bracket);
	struct virtio_gpu_vram_bracket *bracket = kzalloc(size, GFP_KERNEL_ACCOUNT);

	if (!bracket)
		return NULL;
	INIT_LIST_HEAD(&bracket->node);
	mmgrab(mm);
	bracket->mm = mm;
	bracket->flags = flags;
	return bracket;
}

/**
 * virtio_gpu_vram_bracket_free - free a bracket, and take it off its list
 * @bracket: which
 */
void virtio_gpu_vram_bracket_free(struct virtio_gpu_vram_bracket *bracket)
{
	list_del(&bracket->node);
	mmdrop(bracket->mm);
	kfree(bracket);
}

/**
 * virtio_gpu_vram_bracket_add - a process wants to begin one
 * @brackets: of the blob
 * @bracket: with id, address space and flags
 *
 * Return: 0, when CPU_ACCESS_BEGIN must be sent; -EBUSY if there are too many.
 */
int virtio_gpu_vram_bracket_add(struct list_head *brackets,
				struct virtio_gpu_vram_bracket *bracket)
{
	const struct virtio_gpu_vram_bracket *other;
	unsigned int all = 0, of_process = 0;

	list_for_each_entry(other, brackets, node) {
		/* Those are ended soon. */
		if (other->orphan)
			continue;
		of_process += other->mm == bracket->mm;
		all++;
	}
	if (of_process >= VIRTIO_GPU_VRAM_BRACKETS_OF_PROCESS ||
	    all >= VIRTIO_GPU_VRAM_BRACKETS_OF_BLOB)
		return -EBUSY;
	bracket->state = VIRTIO_GPU_VRAM_BRACKET_BEGINNING;
	list_add_tail(&bracket->node, brackets);
	return 0;
}

/**
 * virtio_gpu_vram_bracket_find - which bracket a response is about
 * @brackets: of the blob
 * @id: of the bracket
 *
 * Return: bracket, or NULL.
 */
struct virtio_gpu_vram_bracket *virtio_gpu_vram_bracket_find(const struct list_head *brackets,
							     u64 id)
{
	struct virtio_gpu_vram_bracket *bracket;

	list_for_each_entry(bracket, brackets, node)
		if (bracket->id == id)
			return bracket;
	return NULL;
}

/**
 * virtio_gpu_vram_bracket_is_open - may an address space access the blob?
 * @brackets: of the blob
 * @mm: address space
 *
 * What for is not looked at: to write in a bracket for reading is an error of the program's, as it
 * is on the host.
 *
 * Return: whether one is open.
 */
bool virtio_gpu_vram_bracket_is_open(const struct list_head *brackets, const struct mm_struct *mm)
{
	const struct virtio_gpu_vram_bracket *bracket;

	list_for_each_entry(bracket, brackets, node)
		if (bracket->mm == mm && !bracket->orphan &&
		    bracket->state == VIRTIO_GPU_VRAM_BRACKET_OPEN)
			return true;
	return false;
}

/**
 * virtio_gpu_vram_bracket_begun - the host has answered CPU_ACCESS_BEGIN
 * @bracket: which
 * @error: 0, or why it has not begun
 *
 * It is for the process that waits to go on with it: until then no other thread can end it.  An
 * orphan is open, for virtio_gpu_vram_bracket_end_orphan(), or the caller removes it.
 */
void virtio_gpu_vram_bracket_begun(struct virtio_gpu_vram_bracket *bracket, int error)
{
	bracket->error = error;
	bracket->answered = true;
	if (bracket->orphan && !error)
		virtio_gpu_vram_bracket_open(bracket);
}

/**
 * virtio_gpu_vram_bracket_open - the process knows that a bracket has begun
 * @bracket: which
 */
void virtio_gpu_vram_bracket_open(struct virtio_gpu_vram_bracket *bracket)
{
	bracket->state = VIRTIO_GPU_VRAM_BRACKET_OPEN;
}

static void bracket_end(struct virtio_gpu_vram_bracket *bracket)
{
	bracket->state = VIRTIO_GPU_VRAM_BRACKET_ENDING;
	bracket->answered = false;
	bracket->error = 0;
}

/**
 * virtio_gpu_vram_bracket_end - a process ends a bracket
 * @brackets: of the blob
 * @mm: address space of the process
 * @flags: that the bracket was begun with, although dma-buf does not demand that they are the same
 *
 * Return: the one that was begun last, with these flags if there is such a one, for which
 * CPU_ACCESS_END must be sent; or NULL.
 */
struct virtio_gpu_vram_bracket *virtio_gpu_vram_bracket_end(const struct list_head *brackets,
							    const struct mm_struct *mm, u32 flags)
{
	struct virtio_gpu_vram_bracket *bracket, *last = NULL;

	list_for_each_entry_reverse(bracket, brackets, node) {
		if (bracket->mm != mm || bracket->orphan ||
		    bracket->state != VIRTIO_GPU_VRAM_BRACKET_OPEN)
			continue;
		if (!last || bracket->flags == flags)
			last = bracket;
		if (last->flags == flags)
			break;
	}
	if (last)
		bracket_end(last);
	return last;
}

/**
 * virtio_gpu_vram_bracket_end_orphan - end a bracket that its process will not
 * @brackets: of the blob
 *
 * Return: as virtio_gpu_vram_bracket_end(), the one that was begun first.
 */
struct virtio_gpu_vram_bracket *virtio_gpu_vram_bracket_end_orphan(const struct list_head *brackets)
{
	struct virtio_gpu_vram_bracket *bracket;

	list_for_each_entry(bracket, brackets, node) {
		if (!bracket->orphan || bracket->state != VIRTIO_GPU_VRAM_BRACKET_OPEN)
			continue;
		bracket_end(bracket);
		return bracket;
	}
	return NULL;
}

/**
 * virtio_gpu_vram_bracket_reopen - CPU_ACCESS_END could not be sent
 * @bracket: which; it is an orphan from now on
 */
void virtio_gpu_vram_bracket_reopen(struct virtio_gpu_vram_bracket *bracket)
{
	bracket->state = VIRTIO_GPU_VRAM_BRACKET_OPEN;
	bracket->orphan = true;
}

/**
 * virtio_gpu_vram_bracket_orphan_dead - find brackets whose processes are gone
 * @brackets: of the blob
 */
void virtio_gpu_vram_bracket_orphan_dead(const struct list_head *brackets)
{
	struct virtio_gpu_vram_bracket *bracket;

	list_for_each_entry(bracket, brackets, node)
		bracket->orphan |= !atomic_read(&bracket->mm->mm_users);
}

/**
 * virtio_gpu_vram_bracket_orphan_all - the dma-buf is closed
 * @brackets: of the blob
 */
void virtio_gpu_vram_bracket_orphan_all(const struct list_head *brackets)
{
	struct virtio_gpu_vram_bracket *bracket;

	list_for_each_entry(bracket, brackets, node)
		bracket->orphan = true;
}
