// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * User mappings of host-visible blobs.
 *
 * mmap() makes no PTE.  It checks that the blob can be mapped at all, so that
 * what must be refused is refused where an application can handle it, and
 * leaves the rest to the fault handler, which maps each page with the cache
 * mode the host has declared by then.
 */
#include <linux/io.h>
#include <linux/mm.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>

#include "virtgpu_drv.h"

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

static vm_fault_t insert_page_locked(struct virtio_gpu_object_vram *vram,
				     struct vm_fault *vmf)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	struct drm_gem_object *obj = &vram->base.base.base;
	pgoff_t page = blob_page(obj, vmf->pgoff);
	pgprot_t prot;

	lockdep_assert_held(&map->lock);

	if (page >= obj->size >> PAGE_SHIFT)
		return VM_FAULT_SIGBUS;
	if (virtio_gpu_vram_state_usable(&vram->map.state) ||
	    virtio_gpu_vram_alias_get_locked(vram))
		return VM_FAULT_SIGBUS;

	/* Core mm rebuilds vm_page_prot after ->mmap(): decrypt here. */
	prot = pgprot_decrypted(vmf->vma->vm_page_prot);
	return vmf_insert_pfn_prot(vmf->vma, vmf->address,
				   PHYS_PFN(vram->vram_node.start) + page,
				   virtio_gpu_vram_attr_prot(&map->state.attr, prot));
}

/*
 * The host is being told that the old mapping is gone.  Wait without mmap_lock
 * where core mm allows that, and come back.
 */
static vm_fault_t wait_for_change(struct virtio_gpu_object_vram *vram,
				  struct vm_fault *vmf)
{
	struct drm_gem_object *obj = &vram->base.base.base;

	if (fault_flag_allow_retry_first(vmf->flags)) {
		if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
			return VM_FAULT_RETRY;
		/* Without the lock the VMA, and its reference, may go. */
		drm_gem_object_get(obj);
		release_fault_lock(vmf);
		virtio_gpu_vram_wait_change(vram);
		drm_gem_object_put(obj);
		return VM_FAULT_RETRY;
	}
	virtio_gpu_vram_wait_change(vram);
	return VM_FAULT_NOPAGE;
}

static vm_fault_t virtio_gpu_vram_fault(struct vm_fault *vmf)
{
	struct drm_gem_object *obj = vmf->vma->vm_private_data;
	struct virtio_gpu_object_vram *vram = gem_to_vram(obj);
	bool changing;
	vm_fault_t ret = 0;
	int idx;

	if (!drm_dev_enter(obj->dev, &idx))
		return VM_FAULT_SIGBUS;

	mutex_lock(&vram->map.lock);
	changing = vram->map.state.changing && !vram->map.state.refused;
	if (!changing)
		ret = insert_page_locked(vram, vmf);
	mutex_unlock(&vram->map.lock);

	/* Never wait for the host inside: unplugging waits for us to leave. */
	drm_dev_exit(idx);
	return changing ? wait_for_change(vram, vmf) : ret;
}

static int access_locked(struct virtio_gpu_object_vram *vram, u64 offset,
			 void *buf, int len, int write)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;

	lockdep_assert_held(&map->lock);

	if (map->state.changing || virtio_gpu_vram_state_usable(&vram->map.state) ||
	    virtio_gpu_vram_alias_get_locked(vram))
		return -EIO;
	if (write)
		memcpy_toio(map->alias + offset, buf, len);
	else
		memcpy_fromio(buf, map->alias + offset, len);
	return len;
}

/*
 * ptrace() and /proc/pid/mem, which cannot use the PTEs of a VM_PFNMAP mapping.
 * generic_access_phys() would not do: it fails where no PTE has been faulted in
 * yet, and it maps anew for every word.
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
	if (virtio_gpu_vram_wait_change(vram))
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

static void virtio_gpu_vram_vm_open(struct vm_area_struct *vma)
{
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
 * follow the host; what is faulted in anew is right.  mprotect() holds mmap_lock for
 * writing, and without ->map_pages our ->fault is only called with it held: nothing
 * comes back in between.  (->huge_fault is called under the VMA's lock, and would
 * need vma_start_write() here.)
 *
 * Elsewhere this does no harm.  Other processes lose their PTEs as well, for that
 * is the one way of taking PTEs away that has the same name in all kernels.
 */
static int virtio_gpu_vram_mprotect(struct vm_area_struct *vma, unsigned long start,
				    unsigned long end, unsigned long newflags)
{
	struct drm_gem_object *obj = vma->vm_private_data;
	loff_t first = (loff_t)vma->vm_pgoff << PAGE_SHIFT;

	unmap_mapping_range(obj->dev->anon_inode->i_mapping,
			    first + (start - vma->vm_start), end - start, 1);
	return 0;
}

/* Of every user mapping of a blob, be it made through a dma-buf. */
const struct vm_operations_struct virtio_gpu_vram_vm_ops = {
	.open = virtio_gpu_vram_vm_open,
	.close = virtio_gpu_vram_vm_close,
	.mprotect = virtio_gpu_vram_mprotect,
	.fault = virtio_gpu_vram_fault,
	.access = virtio_gpu_vram_access,
};

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
 * * -EPROTO: the host's attributes are missing, malformed or unknown
 * * -EIO: the host refused the blob or the mapping
 * * -ENXIO: this guest cannot map with the declared cache mode
 * * -EINVAL: not created mappable, or a private mapping
 * * -ENODEV: the device is gone
 * * -ENOSPC, -ENOMEM, -EINTR (fatal signals only)
 */
int virtio_gpu_vram_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	struct virtio_gpu_object_vram *vram = gem_to_vram(obj);
	int ret;

	if (!(vram->base.blob_flags & VIRTGPU_BLOB_FLAG_USE_MAPPABLE))
		return -EINVAL;
	/* Copy on write needs struct pages, which a window has not. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;

	ret = virtio_gpu_vram_wait_mapped(vram);
	if (ret)
		return ret;

	mutex_lock(&vram->map.lock);
	ret = virtio_gpu_vram_state_usable(&vram->map.state);
	/* A change since the wait: the first fault that may will do it. */
	if (!ret && !vram->map.state.changing)
		ret = virtio_gpu_vram_alias_get_locked(vram);
	mutex_unlock(&vram->map.lock);
	if (ret)
		return ret;

	atomic_inc(&vram->map.vmas);
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	return 0;
}
