// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * User mappings of host-visible blobs.
 *
 * mmap() makes no PTE.  It checks that the blob can be mapped at all, so that
 * what must be refused is refused where an application can handle it, and
 * leaves the rest to the fault handler, which maps with the cache mode the host
 * has declared by then: PMDs where that can be, and else the pages that share a
 * page table with the one that was touched.
 *
 * While the host allows no writing, nothing is mapped where the VMA does. Core mm makes an entry
 * writable without asking (wp_pfn_shared(), change_protection()) where VM_WRITE is set, and that
 * flag changes by mprotect() only, which takes all entries away first.
 *
 * When the device is gone, mappings go on working, on a page that is the blob's own
 * (drm-uapi.rst, "Device Hot-Unplug").
 *
 * Never a PUD: mremap() takes an entry of that size for a bad one, and clears it
 * without flushing the TLB (get_old_pud(), 6.12 and 7.3).
 *
 * All of it under the VMA's lock, if core mm thinks that this will do: mmap_lock is
 * not needed.
 */
#include <linux/file.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_extent.h"

/*
 * How many PMDs one fault makes, a power of two, all in one table.  More would be
 * cheaper for programs that touch all of a large blob, and costlier for all others.
 */
#define PMDS_AROUND min_t(unsigned long, 16, PTRS_PER_PMD)

static struct virtio_gpu_object_vram *gem_to_vram(struct drm_gem_object *obj)
{
	return to_virtio_gpu_vram(gem_to_virtio_gpu_obj(obj));
}

/*
 * VMAs keep the fake offset in vm_pgoff, for that is where
 * unmap_mapping_range() looks for them; the blob starts at its node's.
 */
static pgoff_t blob_page(struct drm_gem_object *obj, pgoff_t pgoff)
{
	return pgoff - drm_vma_node_start(&obj->vma_node);
}

/* What of the blob @vma shows; valid while the blob has its place in the window. */
static struct virtio_gpu_vram_extent shown(struct virtio_gpu_object_vram *vram,
					   struct vm_area_struct *vma)
{
	struct drm_gem_object *obj = &vram->base.base.base;
	struct virtio_gpu_vram_extent extent = {
		.start = vma->vm_start,
		.end = vma->vm_end,
		.pfn = PHYS_PFN(vram->vram_node.start),
	};

	return virtio_gpu_vram_extent_clip(&extent, blob_page(obj, vma->vm_pgoff),
					   obj->size >> PAGE_SHIFT);
}

/* Of the VMA's pages, without any cache bits: those of vm_page_prot may be another mode's. */
static pgprot_t cacheable_prot(struct vm_area_struct *vma)
{
	return vm_get_page_prot(vma->vm_flags);
}

/**
 * struct insertion - what fill_table() is to insert
 * @vma: where
 * @pages: how many, all in one page table
 * @pfn: page frame of the first
 * @prot: protection, with cache bits
 */
struct insertion {
	struct vm_area_struct *vma;
	unsigned long pages;
	unsigned long pfn;
	pgprot_t prot;
};

#ifdef CONFIG_RISCV
/*
 * set_pte_at() looks into the struct page of what can be executed: flush_icache_pte(), which
 * modules do not have.  fork() and mremap() call it too, and there is none.
 */
#define CAN_BE_CODE false

static void insert_pte(struct mm_struct *mm, unsigned long addr, pte_t *pte, pte_t entry)
{
	set_pte(pte, entry);
}
#else
#define CAN_BE_CODE true

static void insert_pte(struct mm_struct *mm, unsigned long addr, pte_t *pte, pte_t entry)
{
	set_pte_at(mm, addr, pte, entry);
}
#endif

/* Called for the first page only, but the lock is that of the whole table. */
static int fill_table(pte_t *pte, unsigned long addr, void *data)
{
	const struct insertion *in = data;
	unsigned long i;

	for (i = 0; i < in->pages; i++, addr += PAGE_SIZE) {
		/* Not where another fault was faster, or after a partial unmap. */
		if (!pte_none(ptep_get(&pte[i])))
			continue;
		insert_pte(in->vma->vm_mm, addr, &pte[i],
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
static vm_fault_t insert_pages(struct virtio_gpu_object_vram *vram,
			       struct virtio_gpu_vram_extent extent,
			       struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct insertion in;

	if (!virtio_gpu_vram_extent_around(&extent, vmf->address, PMD_SIZE))
		return VM_FAULT_SIGBUS;

	in = (struct insertion){
		.vma = vma,
		.pages = (extent.end - extent.start) >> PAGE_SHIFT,
		.pfn = extent.pfn,
		.prot = virtio_gpu_vram_cache_prot(vram->map.pte_cache_mode,
						   pgprot_decrypted(cacheable_prot(vma))),
	};
	if (apply_to_page_range(vma->vm_mm, extent.start, PAGE_SIZE, fill_table, &in))
		return VM_FAULT_OOM;
	return VM_FAULT_NOPAGE;
}

#if VIRTIO_GPU_VRAM_PMDS
/* The one that was touched, and what is still empty around it. */
static vm_fault_t insert_pmds(struct virtio_gpu_vram_extent extent, struct vm_fault *vmf)
{
	unsigned long touched = vmf->address & PMD_MASK, addr;

	virtio_gpu_vram_extent_around(&extent, vmf->address, PMDS_AROUND * PMD_SIZE);
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
static vm_fault_t insert_pmds(struct virtio_gpu_vram_extent extent, struct vm_fault *vmf)
{
	return VM_FAULT_FALLBACK;
}
#endif

/*
 * @order is PMD_ORDER where there is no page table yet, or for the first write to a
 * leaf; others may have been faster.
 */
static vm_fault_t insert_locked(struct virtio_gpu_object_vram *vram,
				struct vm_fault *vmf, unsigned int order)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_extent extent = shown(vram, vmf->vma);
	struct vm_area_struct *vma = vmf->vma;
	pmd_t pmd = pmdp_get_lockless(vmf->pmd);

	lockdep_assert_held(&vram->map.lock);

	if (VIRTIO_GPU_VRAM_PMDS && order == PMD_ORDER &&
	    (pmd_none(pmd) || pmd_leaf(pmd)) &&
	    virtio_gpu_vram_extent_has_leaf(&extent, vmf->address, PMD_SIZE) &&
	    virtio_gpu_vram_cache_is_vma_prot(vram->map.pte_cache_mode, cacheable_prot(vma),
					      vma->vm_page_prot))
		return insert_pmds(extent, vmf);
	if (pmd_leaf(pmd))
		return order ? VM_FAULT_FALLBACK : VM_FAULT_NOPAGE;
	return insert_pages(vram, extent, vmf);
}

/*
 * A page of the blob's own, for mappings of what is lost.  Contents of one process are
 * seen by those that share the blob, as they ever were.
 */
static vm_fault_t insert_dummy_locked(struct virtio_gpu_object_vram *vram,
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
				   cacheable_prot(vmf->vma));
}

/*
 * The host has not confirmed yet that it knows that the old mapping is gone.  Wait
 * without mmap_lock where core mm allows that, and come back.
 */
static vm_fault_t wait_for_change(struct virtio_gpu_object_vram *vram,
				  struct vm_fault *vmf)
{
	struct drm_gem_object *obj = &vram->base.base.base;
	unsigned int task_state;
	struct file *file;

	/*
	 * futex() keeps mmap_lock, and would try again without an end whatever signal is
	 * pending. No signal reaches a process that exits.
	 */
	if (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY) || current->flags & PF_EXITING)
		return VM_FAULT_SIGBUS;
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;

	/* A kernel that retries looks at fatal signals only. */
	task_state = vmf->flags & FAULT_FLAG_USER ? TASK_INTERRUPTIBLE : TASK_KILLABLE;
	/* Without the lock the VMA may go, its object, and the device. */
	file = get_file(vmf->vma->vm_file);
	drm_gem_object_get(obj);
	release_fault_lock(vmf);
	virtio_gpu_vram_wait(vram, virtio_gpu_vram_state_is_steady, task_state);
	drm_gem_object_put(obj);
	fput(file);
	return VM_FAULT_RETRY;
}

static vm_fault_t map_locked(struct virtio_gpu_object_vram *vram, struct vm_fault *vmf,
			     unsigned int order)
	__must_hold(&vram->map.lock)
{
	int ret;

	if (virtio_gpu_vram_state_usable(&vram->map.state, vmf->vma->vm_flags & VM_WRITE))
		return VM_FAULT_SIGBUS;
	ret = virtio_gpu_vram_alias_get_locked(vram);
	if (ret)
		return ret == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	return insert_locked(vram, vmf, order);
}

static vm_fault_t handle_fault(struct vm_fault *vmf, unsigned int order)
{
	struct drm_gem_object *obj = vmf->vma->vm_private_data;
	struct virtio_gpu_object_vram *vram = gem_to_vram(obj);
	vm_fault_t ret = VM_FAULT_RETRY;
	bool there, steady, lost;
	int idx;

	there = drm_dev_enter(obj->dev, &idx);

	mutex_lock(&vram->map.lock);
	steady = virtio_gpu_vram_state_is_steady(&vram->map.state);
	/* What the host will not confirm is treated as lost. */
	lost = !there || vram->map.state.lost ||
	       (!steady && virtio_gpu_vram_is_gone(obj->dev->dev_private));
	if (lost)
		ret = insert_dummy_locked(vram, vmf, order);
	else if (steady)
		ret = map_locked(vram, vmf, order);
	mutex_unlock(&vram->map.lock);

	/* Never wait for the host inside: unplugging waits for us to leave. */
	if (there)
		drm_dev_exit(idx);
	return lost || steady ? ret : wait_for_change(vram, vmf);
}

static vm_fault_t virtio_gpu_vram_fault(struct vm_fault *vmf)
{
	return handle_fault(vmf, 0);
}

/*
 * Comes first where there is no page table yet, and makes one if no leaf fits: core
 * mm would allocate two for ->fault, one of them in vain.
 */
static vm_fault_t virtio_gpu_vram_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	return order == PMD_ORDER ? handle_fault(vmf, order) : VM_FAULT_FALLBACK;
}

/*
 * Nothing is mapped here, where one must not sleep.  But its being there tells core
 * mm that ->fault can do without mmap_lock (vmf_can_call_fault()).
 */
static vm_fault_t virtio_gpu_vram_map_pages(struct vm_fault *vmf, pgoff_t start,
					    pgoff_t end)
{
	return 0;
}

static int access_locked(struct virtio_gpu_object_vram *vram, u64 offset,
			 void *buf, int len, int write)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	void __iomem *alias;

	lockdep_assert_held(&map->lock);

	/* This is the mmap_lock of another process: there is no wait for the host. */
	if (map->state.changing || virtio_gpu_vram_state_usable(&vram->map.state, write) ||
	    virtio_gpu_vram_alias_get_locked(vram))
		return -EIO;
	alias = virtio_gpu_vram_alias_locked(vram);
	if (!alias)
		return -EIO;
	if (write)
		memcpy_toio(alias + offset, buf, len);
	else
		memcpy_fromio(buf, alias + offset, len);
	return len;
}

/*
 * ptrace() and /proc/pid/mem, which cannot use the PTEs of a VM_PFNMAP mapping.
 * generic_access_phys() would not do: it fails where no PTE has been faulted in
 * yet, and it makes a mapping for every word.
 */
static int virtio_gpu_vram_access(struct vm_area_struct *vma, unsigned long addr,
				  void *buf, int len, int write)
{
	struct drm_gem_object *obj = vma->vm_private_data;
	struct virtio_gpu_object_vram *vram = gem_to_vram(obj);
	u64 offset = ((u64)blob_page(obj, vma->vm_pgoff) << PAGE_SHIFT) +
		     (addr - vma->vm_start);
	int idx, ret;

	if (write && !(vma->vm_flags & VM_WRITE))
		return -EACCES;
	if (offset >= obj->size)
		return -EIO;
	len = min3((u64)len, obj->size - offset, (u64)(vma->vm_end - addr));

	if (!drm_dev_enter(obj->dev, &idx))
		return -EIO;

	mutex_lock(&vram->map.lock);
	ret = access_locked(vram, offset, buf, len, write);
	mutex_unlock(&vram->map.lock);

	drm_dev_exit(idx);
	return ret;
}

/*
 * copy_huge_pmd() copies a PMD after a look at it without the lock that revoking takes, so
 * that fork() can bring back in the child one that has just been revoked.  It finds nothing
 * to copy when those of the parent go first: its VMA is write-locked until all is copied.
 */
static void zap_what_is_copied(struct vm_area_struct *copy)
{
	struct vm_area_struct *vma;

	if (!VIRTIO_GPU_VRAM_PMDS || copy->vm_mm == current->mm ||
	    copy->vm_end - copy->vm_start < PMD_SIZE)
		return;
	vma = vma_lookup(current->mm, copy->vm_start);
	if (vma && vma->vm_private_data == copy->vm_private_data)
		zap_special_vma_range(vma, vma->vm_start, vma->vm_end - vma->vm_start);
}

static void virtio_gpu_vram_vm_open(struct vm_area_struct *vma)
{
	zap_what_is_copied(vma);
	atomic_inc(&gem_to_vram(vma->vm_private_data)->map.vmas);
	drm_gem_vm_open(vma);
}

static void virtio_gpu_vram_vm_close(struct vm_area_struct *vma)
{
	atomic_dec(&gem_to_vram(vma->vm_private_data)->map.vmas);
	drm_gem_vm_close(vma);
}

/*
 * On arm64 pte_modify() takes the memory type from vm_page_prot, which cannot
 * follow the host; what is faulted in afterwards is right.  Nothing comes back in between:
 * mprotect() holds mmap_lock for writing, and the VMA's lock keeps our faults out.
 *
 * What may not be written is refused here to tell early.  When that changes right after, the
 * fault handler sees it.
 */
static int virtio_gpu_vram_mprotect(struct vm_area_struct *vma, unsigned long start,
				    unsigned long end, unsigned long newflags)
{
	struct virtio_gpu_object_vram *vram = gem_to_vram(vma->vm_private_data);

	if (newflags & VM_WRITE && virtio_gpu_vram_state_is_read_only(&vram->map.state))
		return -EACCES;
	vma_start_write(vma);
	zap_special_vma_range(vma, start, end - start);
	return 0;
}

/* Of every user mapping of a blob, be it made through a dma-buf. */
const struct vm_operations_struct virtio_gpu_vram_vm_ops = {
	.open = virtio_gpu_vram_vm_open,
	.close = virtio_gpu_vram_vm_close,
	.mprotect = virtio_gpu_vram_mprotect,
	.fault = virtio_gpu_vram_fault,
	.huge_fault = virtio_gpu_vram_huge_fault,
	.map_pages = virtio_gpu_vram_map_pages,
	.access = virtio_gpu_vram_access,
};

/*
 * vm_page_prot is for those who look there: vmf_insert_pfn_pmd(), and arm64's KVM, which maps a
 * memslot with the type that its VMA has.  It does not follow when the mode changes.
 */
static void set_up_vma(struct vm_area_struct *vma, u32 cache_mode, bool read_only)
{
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	if (!CAN_BE_CODE)
		vm_flags_clear(vma, VM_MAYEXEC);
	if (read_only)
		vm_flags_clear(vma, VM_MAYWRITE);
	vma->vm_page_prot = virtio_gpu_vram_cache_prot(cache_mode,
						       pgprot_decrypted(cacheable_prot(vma)));
}

/**
 * virtio_gpu_vram_mmap - map a host-visible blob into a process
 * @obj: blob
 * @vma: where; vm_pgoff holds the fake offset
 *
 * Reached from the render node and from an exported dma-buf alike; both have
 * checked that @vma lies within the blob.
 *
 * Return: 0, or
 *
 * * -ESTALE: the host has revoked the blob
 * * -EOPNOTSUPP: the host requires DMA_BUF_IOCTL_SYNC brackets; only this
 * * -EACCES: to be written, which the host does not allow
 * * -EPROTO: the host's attributes are missing, malformed or unknown
 * * -EIO: the host refused the blob or the mapping
 * * -ENXIO: this guest cannot map with the declared cache mode; the kernel log says why
 * * -EINVAL: not created mappable, or a private mapping
 * * -EPERM: an executable mapping, on riscv
 * * -ENODEV: the device is gone
 * * -ENOSPC, -ENOMEM
 * * -ERESTARTNOINTR: for a signal; user space does not see it
 */
int virtio_gpu_vram_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	struct virtio_gpu_object_vram *vram = gem_to_vram(obj);
	bool write = vma->vm_flags & VM_WRITE, read_only;
	u32 cache_mode;
	int ret;

	if (!(vram->base.blob_flags & VIRTGPU_BLOB_FLAG_USE_MAPPABLE))
		return -EINVAL;
	/* Copy on write needs struct pages, which a window has not. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (!CAN_BE_CODE && vma->vm_flags & VM_EXEC)
		return -EPERM;

	ret = virtio_gpu_vram_wait_mapped(vram, write);
	/* mmap() is not known to fail with EINTR, whatever the handler's flags. */
	if (ret == -ERESTARTSYS)
		return -ERESTARTNOINTR;
	if (ret)
		return ret;

	mutex_lock(&vram->map.lock);
	cache_mode = vram->map.state.attr.cache_mode;
	read_only = virtio_gpu_vram_state_is_read_only(&vram->map.state);
	ret = virtio_gpu_vram_state_usable(&vram->map.state, write);
	/* A change since the wait: the first fault that may will do it. */
	if (!ret && !vram->map.state.changing) {
		ret = virtio_gpu_vram_alias_get_locked(vram);
		cache_mode = vram->map.pte_cache_mode;
	}
	mutex_unlock(&vram->map.lock);
	if (ret)
		return ret;

	atomic_inc(&vram->map.vmas);
	set_up_vma(vma, cache_mode, read_only);
	return 0;
}
