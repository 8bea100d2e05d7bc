// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Page faults of user mappings of host-visible blobs.
 *
 * mmap() makes no PTE.  The fault handler does, with the cache mode that the host has declared
 * by then: PMDs where possible, and otherwise all pages that share a page table with the one that
 * was touched.
 *
 * While the host allows no writing, nothing is mapped in a VMA that does.  Core mm makes an entry
 * writable without asking (wp_pfn_shared(), change_protection()) if VM_WRITE is set, and that
 * flag changes by mprotect() only, which removes all entries first.
 *
 * Memory that needs brackets is mapped in the processes that are in one, and only through its
 * dma-buf, see virtgpu_vram_cpu_access.c.
 *
 * A blob that was evicted, because another needed its place in the window, is placed again first.
 *
 * When the device is gone, mappings go on working, on a page that is the blob's own
 * (drm-uapi.rst, "Device Hot-Unplug").
 *
 * There are no PUDs: mremap() takes an entry of that size for a bad one, and clears it
 * without flushing the TLB (get_old_pud(), 6.12 and 7.3).
 *
 * All of this runs under the VMA's lock, if core mm thinks that this will do: mmap_lock is
 * not needed.
 */
#include <linux/file.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_alias.h"
#include "virtgpu_vram_blob.h"
#include "virtgpu_vram_extent.h"
#include "virtgpu_vram_fault.h"
#include "virtgpu_vram_place.h"
#include "virtgpu_vram_vma.h"

/*
 * How many PMDs one fault makes, a power of two, all in one table.  More would be
 * cheaper for programs that touch all of a large blob, and costlier for all others.
 */
#define FAULT_PMDS_AROUND min_t(unsigned long, 16, PTRS_PER_PMD)

/* What @vma shows of the blob; valid as long as the blob is in the window. */
static struct virtio_gpu_vram_extent fault_extent(struct virtio_gpu_object_vram *vram,
						  struct vm_area_struct *vma)
{
	struct drm_gem_object *obj = &vram->base.base.base;
	struct virtio_gpu_vram_extent extent = {
		.start = vma->vm_start,
		.end = vma->vm_end,
		.pfn = PHYS_PFN(vram->vram_node.start),
	};

	return virtio_gpu_vram_extent_clip(&extent, virtio_gpu_vram_vma_page(vma),
					   obj->size >> PAGE_SHIFT);
}

/**
 * struct fault_insertion - what fault_fill_table() is to insert
 * @vma: where
 * @pages: how many, all in one page table
 * @pfn: page frame of the first
 * @prot: protection, with cache bits
 */
struct fault_insertion {
	struct vm_area_struct *vma;
	unsigned long pages;
	unsigned long pfn;
	pgprot_t prot;
};

#ifdef CONFIG_RISCV
/*
 * set_pte_at() looks into the struct page of what can be executed, by flush_icache_pte(), which
 * modules do not have.  Nothing can be executed here: see virtio_gpu_vram_vma_mmap().
 */
static void fault_set_pte(struct mm_struct *mm, unsigned long addr, pte_t *pte, pte_t entry)
{
	set_pte(pte, entry);
}
#else
static void fault_set_pte(struct mm_struct *mm, unsigned long addr, pte_t *pte, pte_t entry)
{
	set_pte_at(mm, addr, pte, entry);
}
#endif

/* Called for the first page only, but the lock is that of the whole table. */
static int fault_fill_table(pte_t *pte, unsigned long addr, void *data)
{
	const struct fault_insertion *in = data;
	unsigned long i;

	for (i = 0; i < in->pages; i++, addr += PAGE_SIZE) {
		/* Not where another fault was faster, or after a partial unmap. */
		if (!pte_none(ptep_get(&pte[i])))
			continue;
		fault_set_pte(in->vma->vm_mm, addr, &pte[i],
			      pte_mkspecial(pfn_pte(in->pfn + i, in->prot)));
		update_mmu_cache(in->vma, addr, &pte[i]);
	}
	return 0;
}

/*
 * vmf_insert_pfn_prot() for each page would walk the page table each time, and
 * on x86 look up its memory type under a lock of the whole system.  The alias holds
 * the type of all of them, and these are the cache bits that go with it.
 */
static vm_fault_t fault_insert_pages(struct virtio_gpu_object_vram *vram,
				     struct virtio_gpu_vram_extent extent,
				     struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct fault_insertion in;
	pgprot_t prot;

	if (!virtio_gpu_vram_extent_around(&extent, vmf->address, PMD_SIZE))
		return VM_FAULT_SIGBUS;

	prot = pgprot_decrypted(virtio_gpu_vram_vma_prot(vma));
	in = (struct fault_insertion){
		.vma = vma,
		.pages = (extent.end - extent.start) >> PAGE_SHIFT,
		.pfn = extent.pfn,
		.prot = virtio_gpu_vram_attr_cache_prot(vram->map.pte_cache_mode, prot),
	};
	if (apply_to_page_range(vma->vm_mm, extent.start, PAGE_SIZE, fault_fill_table, &in))
		return VM_FAULT_OOM;
	return VM_FAULT_NOPAGE;
}

#if VIRTIO_GPU_VRAM_PMDS
/* The one that was touched, and what is still empty around it. */
static vm_fault_t fault_insert_pmds(struct virtio_gpu_vram_extent extent, struct vm_fault *vmf)
{
	unsigned long touched = vmf->address & PMD_MASK, addr;

	virtio_gpu_vram_extent_around(&extent, vmf->address, FAULT_PMDS_AROUND * PMD_SIZE);
	for (addr = ALIGN(extent.start, PMD_SIZE); extent.end - addr >= PMD_SIZE;
	     addr += PMD_SIZE) {
		unsigned long pfn = extent.pfn + ((addr - extent.start) >> PAGE_SHIFT);
		bool write = addr == touched && vmf->flags & FAULT_FLAG_WRITE;
		struct vm_fault here = {
			.vma = vmf->vma,
			.address = addr,
			.pmd = vmf->pmd + pmd_index(addr) - pmd_index(touched),
		};

		if (addr == touched || pmd_none(pmdp_get_lockless(here.pmd)))
			vmf_insert_pfn_pmd(&here, pfn, write);
	}
	return VM_FAULT_NOPAGE;
}
#else
static vm_fault_t fault_insert_pmds(struct virtio_gpu_vram_extent extent, struct vm_fault *vmf)
{
	return VM_FAULT_FALLBACK;
}
#endif

/*
 * @order is PMD_ORDER where there is no page table yet, or for the first write to a
 * leaf; others may have been faster.
 */
static vm_fault_t fault_insert_locked(struct virtio_gpu_object_vram *vram,
				      struct vm_fault *vmf, unsigned int order)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_extent extent = fault_extent(vram, vmf->vma);
	pmd_t pmd = pmdp_get_lockless(vmf->pmd);

	lockdep_assert_held(&vram->map.lock);

	virtio_gpu_vram_blob_use_locked(vram);

	if (VIRTIO_GPU_VRAM_PMDS && order == PMD_ORDER &&
	    (pmd_none(pmd) || pmd_leaf(pmd)) &&
	    virtio_gpu_vram_extent_has_leaf(&extent, vmf->address, PMD_SIZE))
		return fault_insert_pmds(extent, vmf);
	if (pmd_leaf(pmd))
		return order ? VM_FAULT_FALLBACK : VM_FAULT_NOPAGE;
	return fault_insert_pages(vram, extent, vmf);
}

/*
 * A page of the blob's own, for mappings of what is lost.  Contents of one process are
 * seen by those that share the blob, as they ever were.
 */
static vm_fault_t fault_insert_dummy_locked(struct virtio_gpu_object_vram *vram,
					    struct vm_fault *vmf, unsigned int order)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;

	lockdep_assert_held(&map->lock);

	if (order)
		return VM_FAULT_FALLBACK;
	if (!map->dummy)
		map->dummy = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!map->dummy)
		return VM_FAULT_OOM;
	return vmf_insert_pfn_prot(vmf->vma, vmf->address, page_to_pfn(map->dummy),
				   virtio_gpu_vram_vma_prot(vmf->vma));
}

/*
 * vm_page_prot is read by vmf_insert_pfn_pmd(), which cannot be told a protection, and by arm64's
 * KVM, which takes the type of its own entry from it (7.3, kvm_s2_fault_get_vma_info()), and then
 * has the page faulted in.  KVM starts over if there has been an invalidation since it held
 * mmap_lock: hence the zap, although a change has removed all entries before.
 */
static void fault_set_vma_prot(struct virtio_gpu_object_vram *vram, struct mm_struct *mm,
			       unsigned long addr)
{
	struct vm_area_struct *vma;
	u32 cache_mode;
	pgprot_t prot;

	if (mmap_write_lock_killable(mm))
		return;
	vma = vma_lookup(mm, addr);
	/* There may be another one by now. */
	if (vma && vma->vm_private_data == &vram->base.base.base) {
		vma_start_write(vma);
		prot = pgprot_decrypted(virtio_gpu_vram_vma_prot(vma));
		/* Not under map.lock, which is held for long; the next fault looks again. */
		cache_mode = READ_ONCE(vram->map.pte_cache_mode);
		if (cache_mode &&
		    !virtio_gpu_vram_attr_is_vma_prot(cache_mode, prot, vma->vm_page_prot)) {
			vma->vm_page_prot = virtio_gpu_vram_attr_cache_prot(cache_mode, prot);
			zap_special_vma_range(vma, vma->vm_start, vma->vm_end - vma->vm_start);
		}
	}
	mmap_write_unlock(mm);
}

/**
 * enum fault_need - what has to be there before a page fault can be handled
 * @FAULT_NEED_CONFIRMATION: that the host has confirmed the acknowledgment of a change
 * @FAULT_NEED_BRACKET_CONFIRMATION: the same, for an access in a bracket
 * @FAULT_NEED_PLACE: a place in the window
 * @FAULT_NEED_VMA_PROT: a VMA of the blob's mode
 */
enum fault_need {
	FAULT_NEED_CONFIRMATION,
	FAULT_NEED_BRACKET_CONFIRMATION,
	FAULT_NEED_PLACE,
	FAULT_NEED_VMA_PROT,
};

/* Where core mm allows that, let go of mmap_lock, and come back when it is there. */
static vm_fault_t fault_unlock_and_retry(struct virtio_gpu_object_vram *vram,
					 struct vm_fault *vmf, enum fault_need need)
{
	struct drm_gem_object *obj = &vram->base.base.base;
	struct mm_struct *mm = vmf->vma->vm_mm;
	unsigned long addr = vmf->address;
	unsigned int task_state;
	struct file *file;

	/*
	 * futex() keeps mmap_lock, and would try again without an end whatever signal is
	 * pending. No signal reaches a process that exits.
	 */
	if (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY) ||
	    (need != FAULT_NEED_VMA_PROT && current->flags & PF_EXITING))
		return VM_FAULT_SIGBUS;
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;

	/* A fault in kernel mode is retried unless a fatal signal is pending. */
	task_state = vmf->flags & FAULT_FLAG_USER ? TASK_INTERRUPTIBLE : TASK_KILLABLE;
	/* Once the lock is dropped, VMA, object and device may go away. */
	file = get_file(vmf->vma->vm_file);
	drm_gem_object_get(obj);
	release_fault_lock(vmf);
	if (need == FAULT_NEED_CONFIRMATION)
		virtio_gpu_vram_blob_wait(vram, virtio_gpu_vram_state_access_known, task_state);
	else if (need == FAULT_NEED_BRACKET_CONFIRMATION)
		virtio_gpu_vram_blob_wait(vram, virtio_gpu_vram_state_bracket_known, task_state);
	else if (need == FAULT_NEED_PLACE)
		virtio_gpu_vram_place_for_fault(vram, task_state);
	else
		fault_set_vma_prot(vram, mm, addr);
	drm_gem_object_put(obj);
	fput(file);
	/* Core mm sets FAULT_FLAG_TRIED then, also for a fault under the VMA's lock. */
	return need == FAULT_NEED_PLACE ? VM_FAULT_RETRY | VM_FAULT_MAJOR : VM_FAULT_RETRY;
}

/* VM_FAULT_RETRY: when there is what is needed. */
static vm_fault_t fault_map_locked(struct virtio_gpu_object_vram *vram, struct vm_fault *vmf,
				   unsigned int order, enum fault_need *need)
	__must_hold(&vram->map.lock)
{
	unsigned int access = virtio_gpu_vram_vma_access_locked(vram, vmf->vma);
	int ret;

	if (access & VIRTIO_GPU_VRAM_BRACKETED &&
	    !virtio_gpu_vram_state_bracket_known(&vram->map.state)) {
		*need = FAULT_NEED_BRACKET_CONFIRMATION;
		return VM_FAULT_RETRY;
	}
	if (virtio_gpu_vram_state_wants_place(&vram->map.state, access,
					      vmf->flags & FAULT_FLAG_TRIED)) {
		*need = FAULT_NEED_PLACE;
		return VM_FAULT_RETRY;
	}
	if (virtio_gpu_vram_state_access_error(&vram->map.state, access))
		return VM_FAULT_SIGBUS;
	ret = virtio_gpu_vram_alias_reserve_locked(vram);
	if (ret)
		return ret == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	if (!virtio_gpu_vram_attr_is_vma_prot(vram->map.pte_cache_mode,
					      pgprot_decrypted(virtio_gpu_vram_vma_prot(vmf->vma)),
					      vmf->vma->vm_page_prot)) {
		*need = FAULT_NEED_VMA_PROT;
		return VM_FAULT_RETRY;
	}
	return fault_insert_locked(vram, vmf, order);
}

/* What the host will not do any more is treated as lost. */
static bool fault_is_lost(struct virtio_gpu_object_vram *vram, bool there)
{
	const struct virtio_gpu_vram_state *state = &vram->map.state;

	/* The cheap questions first: mostly the host has nothing left to do. */
	return !there || state->lost ||
	       ((!virtio_gpu_vram_state_bracket_known(state) ||
		 virtio_gpu_vram_state_wants_place(state, VIRTIO_GPU_VRAM_BRACKETED, false)) &&
		virtio_gpu_ctrlq_is_dead(vram->base.base.base.dev->dev_private));
}

static vm_fault_t fault_handle(struct vm_fault *vmf, unsigned int order)
{
	struct drm_gem_object *obj = vmf->vma->vm_private_data;
	struct virtio_gpu_object_vram *vram = virtio_gpu_vram_vma_to_vram(vmf->vma);
	enum fault_need need = FAULT_NEED_CONFIRMATION;
	vm_fault_t ret = VM_FAULT_RETRY;
	bool there;
	int idx;

	there = drm_dev_enter(obj->dev, &idx);

	mutex_lock(&vram->map.lock);
	if (fault_is_lost(vram, there))
		ret = fault_insert_dummy_locked(vram, vmf, order);
	else if (virtio_gpu_vram_state_access_known(&vram->map.state))
		ret = fault_map_locked(vram, vmf, order, &need);
	mutex_unlock(&vram->map.lock);

	/* Do not wait for the host before: drm_dev_unplug() waits for this section to end. */
	if (there)
		drm_dev_exit(idx);
	return ret == VM_FAULT_RETRY ? fault_unlock_and_retry(vram, vmf, need) : ret;
}

/**
 * virtio_gpu_vram_fault - &vm_operations_struct.fault
 * @vmf: fault
 *
 * Return: VM_FAULT_NOPAGE when something is mapped there; VM_FAULT_RETRY, with VM_FAULT_MAJOR
 * if the blob had no place in the window; VM_FAULT_OOM;
 * VM_FAULT_SIGBUS where the host forbids access and may allow it again, where its declaration is
 * malformed, and where this guest cannot map with the declared cache mode.
 */
vm_fault_t virtio_gpu_vram_fault(struct vm_fault *vmf)
{
	return fault_handle(vmf, 0);
}

/**
 * virtio_gpu_vram_fault_huge - &vm_operations_struct.huge_fault
 * @vmf: fault
 * @order: PMD_ORDER, or larger
 *
 * Core mm calls it first where there is no page table yet.  It makes one if no leaf fits,
 * because core mm would allocate two for ->fault, one of them in vain.
 *
 * Return: as virtio_gpu_vram_fault(), or VM_FAULT_FALLBACK.
 */
vm_fault_t virtio_gpu_vram_fault_huge(struct vm_fault *vmf, unsigned int order)
{
	return order == PMD_ORDER ? fault_handle(vmf, order) : VM_FAULT_FALLBACK;
}
