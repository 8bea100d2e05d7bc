// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * VMAs of host-visible blobs, however they were made: by mmap() of the render node or of an
 * exported dma-buf, fork(), mremap(), a partial munmap().
 *
 * mmap() checks that the blob can be mapped at all, so that what must be refused is refused
 * where an application can handle it.  All else is left to page faults, see virtgpu_vram_fault.c.
 */
#include <linux/io.h>
#include <linux/mm.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_vma_manager.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_alias.h"
#include "virtgpu_vram_blob.h"
#include "virtgpu_vram_bracket.h"
#include "virtgpu_vram_cpu_access.h"
#include "virtgpu_vram_fault.h"
#include "virtgpu_vram_place.h"
#include "virtgpu_vram_vma.h"

/*
 * On riscv set_pte_at() looks into the struct page of what can be executed, which there is none
 * of.  Core mm calls it for fork() and mremap().
 */
#define VMA_CAN_BE_CODE (!IS_ENABLED(CONFIG_RISCV))

/*
 * Nothing is mapped here, where one must not sleep.  Its presence tells core mm
 * (vmf_can_call_fault()) that ->fault does not need mmap_lock.
 */
static vm_fault_t vma_map_pages(struct vm_fault *vmf, pgoff_t start,
				pgoff_t end)
{
	return 0;
}

/**
 * virtio_gpu_vram_vma_access_locked - what a VMA is for
 * @vram: blob that it shows
 * @vma: VMA with operations of this file
 *
 * Return: set of enum virtio_gpu_vram_access.
 */
unsigned int virtio_gpu_vram_vma_access_locked(struct virtio_gpu_object_vram *vram,
					       const struct vm_area_struct *vma)
	__must_hold(&vram->map.lock)
{
	unsigned int access = vma->vm_flags & VM_WRITE ? VIRTIO_GPU_VRAM_WRITE : 0;

	lockdep_assert_held(&vram->map.lock);

	if (vma->vm_ops == &virtio_gpu_vram_vma_dma_buf_ops &&
	    virtio_gpu_vram_bracket_is_open(&vram->map.brackets, vma->vm_mm))
		access |= VIRTIO_GPU_VRAM_BRACKETED;
	return access;
}

static int vma_access_locked(struct virtio_gpu_object_vram *vram, struct vm_area_struct *vma,
			     u64 offset, void *buf, int len, int write)
	__must_hold(&vram->map.lock)
{
	unsigned int access = virtio_gpu_vram_vma_access_locked(vram, vma);
	struct virtio_gpu_vram_map *map = &vram->map;
	void __iomem *alias;

	lockdep_assert_held(&map->lock);

	/* This is the mmap_lock of another process: there is no wait for the host. */
	if (!write)
		access &= ~VIRTIO_GPU_VRAM_WRITE;
	if (map->state.changing || virtio_gpu_vram_state_access_error(&vram->map.state, access) ||
	    virtio_gpu_vram_alias_reserve_locked(vram))
		return -EIO;
	alias = virtio_gpu_vram_alias_map_locked(vram);
	if (!alias)
		return -EIO;
	virtio_gpu_vram_blob_use_locked(vram);
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
static int vma_access(struct vm_area_struct *vma, unsigned long addr,
		      void *buf, int len, int write)
{
	struct drm_gem_object *obj = vma->vm_private_data;
	struct virtio_gpu_object_vram *vram = virtio_gpu_vram_vma_to_vram(vma);
	u64 offset = ((u64)virtio_gpu_vram_vma_page(vma) << PAGE_SHIFT) +
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
	ret = vma_access_locked(vram, vma, offset, buf, len, write);
	mutex_unlock(&vram->map.lock);

	drm_dev_exit(idx);
	return ret;
}

static bool vma_must_not_be_copied(const struct vm_area_struct *vma)
{
	/* copy_huge_pmd() reads one without the lock that revoking takes: it could come back. */
	if (VIRTIO_GPU_VRAM_PMDS && vma->vm_end - vma->vm_start >= PMD_SIZE)
		return true;
	/* The child is in no bracket. */
	return !list_empty(&virtio_gpu_vram_vma_to_vram(vma)->map.brackets);
}

/*
 * What fork() must not copy, zap in the parent first: nothing is left to copy, and its VMA is
 * write-locked until all is copied.
 */
static void vma_zap_source(struct vm_area_struct *copy)
{
	struct vm_area_struct *vma;

	if (copy->vm_mm == current->mm || !vma_must_not_be_copied(copy))
		return;
	vma = vma_lookup(current->mm, copy->vm_start);
	if (vma && vma->vm_private_data == copy->vm_private_data)
		zap_special_vma_range(vma, vma->vm_start, vma->vm_end - vma->vm_start);
}

static void vma_open(struct vm_area_struct *vma)
{
	vma_zap_source(vma);
	atomic_inc(&virtio_gpu_vram_vma_to_vram(vma)->map.vmas);
	drm_gem_vm_open(vma);
}

static void vma_close(struct vm_area_struct *vma)
{
	atomic_dec(&virtio_gpu_vram_vma_to_vram(vma)->map.vmas);
	drm_gem_vm_close(vma);
}

/* A process that dies ends no bracket itself. */
static void vma_close_dma_buf(struct vm_area_struct *vma)
{
	if (!atomic_read(&vma->vm_mm->mm_users))
		virtio_gpu_vram_cpu_access_end_orphans(virtio_gpu_vram_vma_to_vram(vma));
	vma_close(vma);
}

/*
 * On arm64 pte_modify() takes the memory type from vm_page_prot, which follows the
 * host with the next fault only; later faults make correct PTEs.  No fault gets in between:
 * mprotect() holds mmap_lock for writing, and the VMA's lock keeps our faults out.
 *
 * PROT_WRITE is refused early; the fault handler catches a change that follows.
 */
static int vma_mprotect(struct vm_area_struct *vma, unsigned long start,
			unsigned long end, unsigned long newflags)
{
	struct virtio_gpu_object_vram *vram = virtio_gpu_vram_vma_to_vram(vma);

	if (newflags & VM_WRITE && virtio_gpu_vram_state_is_read_only(&vram->map.state))
		return -EACCES;
	vma_start_write(vma);
	zap_special_vma_range(vma, start, end - start);
	return 0;
}

/* Of every user mapping of a blob that was not made through a dma-buf. */
const struct vm_operations_struct virtio_gpu_vram_vma_ops = {
	.open = vma_open,
	.close = vma_close,
	.mprotect = vma_mprotect,
	.fault = virtio_gpu_vram_fault,
	.huge_fault = virtio_gpu_vram_fault_huge,
	.map_pages = vma_map_pages,
	.access = vma_access,
};

/* Of the others, which can be used in brackets, too. */
const struct vm_operations_struct virtio_gpu_vram_vma_dma_buf_ops = {
	.open = vma_open,
	.close = vma_close_dma_buf,
	.mprotect = vma_mprotect,
	.fault = virtio_gpu_vram_fault,
	.huge_fault = virtio_gpu_vram_fault_huge,
	.map_pages = vma_map_pages,
	.access = vma_access,
};

/*
 * vm_page_prot is read by vmf_insert_pfn_pmd(), and by arm64's KVM, which maps a memslot with the
 * type that its VMA has.  When the mode changes, the next fault changes it.
 */
static void vma_set_up(struct vm_area_struct *vma, u32 cache_mode, bool read_only)
{
	pgprot_t prot;

	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	if (!VMA_CAN_BE_CODE)
		vm_flags_clear(vma, VM_MAYEXEC);
	if (read_only)
		vm_flags_clear(vma, VM_MAYWRITE);
	prot = pgprot_decrypted(virtio_gpu_vram_vma_prot(vma));
	vma->vm_page_prot = virtio_gpu_vram_attr_cache_prot(cache_mode, prot);
}

static int vma_map(struct virtio_gpu_object_vram *vram, struct vm_area_struct *vma,
		   unsigned int access)
{
	bool read_only, bracketed;
	u32 cache_mode;
	int ret;

	if (vma->vm_flags & VM_WRITE)
		access |= VIRTIO_GPU_VRAM_WRITE;
	if (!(vram->base.blob_flags & VIRTGPU_BLOB_FLAG_USE_MAPPABLE))
		return -EINVAL;
	/* Copy on write needs struct pages, which a window has not. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (!VMA_CAN_BE_CODE && vma->vm_flags & VM_EXEC)
		return -EPERM;

	ret = virtio_gpu_vram_place_for_mmap(vram, access);
	/* mmap() is not known to fail with EINTR, whatever the handler's flags. */
	if (ret == -ERESTARTSYS)
		return -ERESTARTNOINTR;
	if (ret)
		return ret;

	mutex_lock(&vram->map.lock);
	cache_mode = vram->map.state.attr.cache_mode;
	read_only = virtio_gpu_vram_state_is_read_only(&vram->map.state);
	bracketed = vram->map.state.attr.flags & VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED;
	ret = virtio_gpu_vram_state_mmap_error(&vram->map.state, access);
	/*
	 * After a change since the wait, or an eviction, the first fault that may will do it; and
	 * outside of brackets there is no mapping, not even the kernel's.
	 */
	if (!ret && !bracketed && !vram->map.state.changing &&
	    vram->map.state.map_state == VIRTIO_GPU_VRAM_MAPPED) {
		ret = virtio_gpu_vram_alias_reserve_locked(vram);
		cache_mode = vram->map.pte_cache_mode;
	}
	mutex_unlock(&vram->map.lock);
	if (ret)
		return ret;

	atomic_inc(&vram->map.vmas);
	vma_set_up(vma, cache_mode, read_only);
	return 0;
}

/**
 * virtio_gpu_vram_vma_mmap - map a host-visible blob into a process
 * @obj: blob
 * @vma: where; vm_pgoff holds the fake offset
 *
 * The caller has checked that @vma lies within the blob.
 *
 * Return: 0; what Documentation/gpu/virtio-gpu-errors.rst has for mmap(), or -ERESTARTNOINTR for a
 * signal, which user space does not see.
 */
int virtio_gpu_vram_vma_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	return vma_map(to_virtio_gpu_vram(gem_to_virtio_gpu_obj(obj)), vma, 0);
}

/**
 * virtio_gpu_vram_vma_mmap_dma_buf - map a host-visible blob through its dma-buf
 * @obj: blob
 * @vma: where; vm_pgoff is counted from the beginning of the blob
 *
 * The caller has checked that @vma lies within the blob.
 *
 * Return: as virtio_gpu_vram_vma_mmap().
 */
int virtio_gpu_vram_vma_mmap_dma_buf(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	struct virtio_gpu_object_vram *vram = to_virtio_gpu_vram(gem_to_virtio_gpu_obj(obj));
	struct virtio_gpu_device *vgdev = obj->dev->dev_private;
	int ret;

	vma->vm_pgoff += drm_vma_node_start(&obj->vma_node);
	vma->vm_ops = &virtio_gpu_vram_vma_dma_buf_ops;
	ret = vma_map(vram, vma, vgdev->has_cpu_access ? VIRTIO_GPU_VRAM_BRACKETED : 0);
	if (ret)
		return ret;
	drm_gem_object_get(obj);
	vma->vm_private_data = obj;
	return 0;
}

#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
/* Which page of a host-visible blob @pgoff is, if it is in one. */
static bool vma_lookup_page(struct file *filp, unsigned long pgoff, unsigned long pages,
			    unsigned long *page)
{
	struct drm_file *file = filp->private_data;
	struct drm_vma_offset_manager *mgr = file->minor->dev->vma_offset_manager;
	struct drm_vma_offset_node *node;
	struct drm_gem_object *obj;
	bool found = false;

	drm_vma_offset_lock_lookup(mgr);
	node = drm_vma_offset_lookup_locked(mgr, pgoff, pages);
	if (node) {
		obj = container_of(node, struct drm_gem_object, vma_node);
		found = virtio_gpu_is_vram(gem_to_virtio_gpu_obj(obj));
		*page = pgoff - drm_vma_node_start(node);
	}
	drm_vma_offset_unlock_lookup(mgr);
	return found;
}
#endif

/**
 * virtio_gpu_vram_vma_get_unmapped_area - choose addresses for a mapping
 * @filp: DRM file
 * @addr: where user space would like it, or 0
 * @len: bytes
 * @pgoff: fake offset, in pages
 * @flags: as for mmap()
 *
 * The fake offset says nothing about how host-visible blobs are aligned, so their addresses are
 * aligned as the distance from the beginning of the blob is.  All other objects are left to the
 * GEM helper.
 *
 * Return: address, or a negative errno.
 */
unsigned long virtio_gpu_vram_vma_get_unmapped_area(struct file *filp, unsigned long addr,
						    unsigned long len, unsigned long pgoff,
						    unsigned long flags)
{
#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
	unsigned long page;

	if (vma_lookup_page(filp, pgoff, len >> PAGE_SHIFT, &page))
		return thp_get_unmapped_area(filp, addr, len, page, flags);
#endif
	return drm_gem_get_unmapped_area(filp, addr, len, pgoff, flags);
}
