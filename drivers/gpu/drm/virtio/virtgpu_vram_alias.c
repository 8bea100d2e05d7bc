// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The kernel's own mapping of a host-visible blob.
 *
 * On x86 it is what makes user PTEs come out right: vmf_insert_pfn_prot() does
 * not take the cache bits from its caller but from the memory type reserved for
 * the page, which is UC- where nobody reserved one.  ioremap() and its kin are
 * the exported way to reserve any type, and they hold it until iounmap().
 *
 * They may also reserve less than was asked, without a word: WB becomes UC-
 * under an uncached MTRR, WC becomes UC- without PAT.  So what was got is read
 * back from the PTE they made, and anything but what the host declared is an
 * error: a guest that maps UC what the host maps WB corrupts data just the same
 * as the other way round.
 *
 * Elsewhere PTEs get what the fault handler asks for. Everywhere the alias is how
 * debuggers' accesses get at a blob, and how its cache lines are written back.
 */
#include <linux/io.h>
#include <linux/libnvdimm.h>
#include <linux/sizes.h>

#include <drm/drm_print.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_trace.h"

#ifdef CONFIG_X86
#include <asm/cacheflush.h>
#include <asm/memtype.h>
#include <asm/pgtable.h>

static enum page_cache_mode declared_pcm(const struct virtio_gpu_vram_attr *attr)
{
	switch (attr->cache_mode) {
	case VIRTIO_GPU_MAP_CACHE_WC:
		return _PAGE_CACHE_MODE_WC;
	case VIRTIO_GPU_MAP_CACHE_UNCACHED:
		return _PAGE_CACHE_MODE_UC_MINUS;
	default:
		return _PAGE_CACHE_MODE_WB;
	}
}

static bool alias_has_declared_mode(const struct virtio_gpu_vram_map *map)
{
	unsigned long addr = (__force unsigned long)map->alias;
	enum page_cache_mode pcm = declared_pcm(&map->state.attr);
	unsigned long want, got;
	unsigned int level;
	pte_t *pte;

	/* Without PAT the same bits mean less: WC is spelt like UC-. */
	if (pcm == _PAGE_CACHE_MODE_WC && !pat_enabled())
		return false;

	pte = lookup_address(addr, &level);
	if (!pte)
		return false;
	got = pte_flags(*pte);
	want = cachemode2protval(pcm);
	if (level != PG_LEVEL_4K)
		return (got & _PAGE_LARGE_CACHE_MASK) ==
		       protval_4k_2_large(want);
	return (got & _PAGE_CACHE_MASK) == want;
}

/* Write back and invalidate. */
static void clean(void *addr, unsigned int size)
{
	clflush_cache_range(addr, size);
}
#else
/*
 * No other architecture second-guesses the mode an ioremap() asks for; but caches
 * must be written back before the host is told that a cached mapping is gone.
 */
static bool alias_has_declared_mode(const struct virtio_gpu_vram_map *map)
{
	return IS_ENABLED(CONFIG_ARCH_HAS_PMEM_API) ||
	       map->state.attr.cache_mode != VIRTIO_GPU_MAP_CACHE_CACHED;
}

/*
 * To the point of persistence, which on arm64 is the point of coherency or beyond.
 * This is the only cache maintenance by address that modules may use there.
 */
static void clean(void *addr, unsigned int size)
{
	arch_wb_cache_pmem(addr, size);
	arch_invalidate_pmem(addr, size);
}
#endif

static void __iomem *remap(const struct virtio_gpu_vram_attr *attr,
			   phys_addr_t start, size_t size)
{
	switch (attr->cache_mode) {
	case VIRTIO_GPU_MAP_CACHE_WC:
		return ioremap_wc(start, size);
	case VIRTIO_GPU_MAP_CACHE_UNCACHED:
		/* The type of the user's PTEs, see virtio_gpu_vram_attr_prot(). */
		if (IS_ENABLED(CONFIG_ARM64))
			return ioremap_wc(start, size);
		return ioremap(start, size);
	default:
		return ioremap_cache(start, size);
	}
}

/**
 * virtio_gpu_vram_alias_get_locked - have a kernel mapping of the blob
 * @vram: blob for which virtio_gpu_vram_state_usable() holds
 *
 * It stays until virtio_gpu_vram_alias_drop_locked().
 *
 * Return: 0; -ENOMEM; -ENXIO if this guest cannot map the range with the cache
 * mode the host declared.
 */
int virtio_gpu_vram_alias_get_locked(struct virtio_gpu_object_vram *vram)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;

	lockdep_assert_held(&map->lock);

	if (map->alias)
		return 0;

	map->alias = remap(&map->state.attr, vram->vram_node.start,
			   vram->base.base.base.size);
	if (!map->alias)
		return -ENOMEM;
	map->alias_cache_mode = map->state.attr.cache_mode;
	if (alias_has_declared_mode(map)) {
		trace_virtio_gpu_vram_applied(vram->base.hw_res_handle,
					      &map->state.attr);
		return 0;
	}

	virtio_gpu_vram_alias_drop_locked(vram);
	drm_err_once(vram->base.base.base.dev,
		     "this guest cannot map the host-visible window with cache mode %u (no PAT, an MTRR over it, or no cache maintenance): blobs that need it will not be mapped\n",
		     map->state.attr.cache_mode);
	return -ENXIO;
}

/**
 * virtio_gpu_vram_alias_clean_locked - write back and forget what caches hold
 * @vram: blob
 *
 * For a blob that was mapped cached: a dirty line that is evicted after the host
 * has been told that the guest has let go would overwrite the host's data.
 */
void virtio_gpu_vram_alias_clean_locked(struct virtio_gpu_object_vram *vram)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	size_t size = vram->base.base.base.size;
	size_t done, n;

	lockdep_assert_held(&map->lock);

	if (!map->alias)
		return;
	for (done = 0; done < size; done += n) {
		n = min_t(size_t, size - done, SZ_16M);
		clean((__force void *)map->alias + done, n);
		cond_resched();
	}
	trace_virtio_gpu_vram_cleaned(vram->base.hw_res_handle, size);
}

/**
 * virtio_gpu_vram_alias_drop_locked - give up the kernel mapping, if any
 * @vram: blob without user mappings
 */
void virtio_gpu_vram_alias_drop_locked(struct virtio_gpu_object_vram *vram)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;

	lockdep_assert_held(&map->lock);

	if (!map->alias)
		return;
	iounmap(map->alias);
	map->alias = NULL;
}
