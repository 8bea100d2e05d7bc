// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The kernel's own mapping of a host-visible blob, its alias.
 *
 * On x86 it makes user PTEs come out right.  vmf_insert_pfn_pmd() does not take the cache bits
 * from its caller but from the memory type that is reserved for the page, which is UC- if there
 * is no reservation.  ioremap() and related functions are the exported way to reserve any type,
 * and they hold it until iounmap().
 *
 * They may also reserve less than was asked, without a word: WB becomes UC- under an uncachable
 * MTRR, WC becomes UC- without PAT.  So the type that was reserved is read back from the PTE
 * that they made, and anything but what the host declared is an error: a guest that maps UC what
 * the host maps WB corrupts data just as well as the other way round.  A host without
 * VIRTIO_GPU_F_MAP_ATTR declares nothing, and only then the blob is mapped with the type that was
 * reserved, as it always was.
 *
 * On other architectures PTEs get what the fault handler asks for, and only debuggers' accesses
 * need the alias.  It is made no earlier, because address space is scarce on 32 bits.
 */
#include <linux/io.h>
#include <linux/libnvdimm.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

#include <drm/drm_print.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_alias.h"
#include "virtgpu_vram_trace.h"

#ifdef CONFIG_X86
#include <asm/cacheflush.h>
#include <asm/memtype.h>
#include <asm/pgtable.h>

/* What the PTE of a kernel mapping has for a cache mode. */
static u32 alias_mapped_mode(void __iomem *alias)
{
	unsigned int level;
	unsigned long bits;
	pte_t *pte;

	pte = lookup_address((__force unsigned long)alias, &level);
	if (!pte)
		return VIRTIO_GPU_MAP_CACHE_NONE;
	bits = pte_flags(*pte);
	bits = level == PG_LEVEL_4K ? bits & _PAGE_CACHE_MASK :
	       protval_large_2_4k(bits & _PAGE_LARGE_CACHE_MASK);
	if (bits == cachemode2protval(_PAGE_CACHE_MODE_WB))
		return VIRTIO_GPU_MAP_CACHE_CACHED;
	/* First: without PAT the bits of WC are those of UC-. */
	if (bits == cachemode2protval(_PAGE_CACHE_MODE_UC_MINUS))
		return VIRTIO_GPU_MAP_CACHE_UNCACHED;
	if (bits == cachemode2protval(_PAGE_CACHE_MODE_WC))
		return VIRTIO_GPU_MAP_CACHE_WC;
	return VIRTIO_GPU_MAP_CACHE_NONE;
}

/*
 * Without PAT the kernel keeps no record of MTRRs, and what is mapped WB may be UC.
 */
static bool alias_can_map(u32 cache_mode, u32 mapped)
{
	return mapped == cache_mode &&
	       (pat_enabled() || cache_mode == VIRTIO_GPU_MAP_CACHE_UNCACHED);
}

static const char *alias_why_not(u32 cache_mode, u32 mapped)
{
	if (!pat_enabled())
		return "there is no PAT";
	if (cache_mode == VIRTIO_GPU_MAP_CACHE_CACHED && mapped == VIRTIO_GPU_MAP_CACHE_UNCACHED)
		return "an uncachable MTRR of the firmware covers it (see /proc/mtrr)";
	return "another mapping of the range has another memory type";
}

#define ALIAS_HOLDS_TYPE true

static bool alias_can_clean(void)
{
	return true;
}

static void alias_clean_range(void *addr, unsigned int size)
{
	clflush_cache_range(addr, size);
}
#else
/* No other architecture overrides the mode an ioremap() asks for. */
static u32 alias_mapped_mode(void __iomem *alias)
{
	return VIRTIO_GPU_MAP_CACHE_NONE;
}

/* But some have one mode only, and leave all else to the platform. */
static bool alias_can_map(u32 cache_mode, u32 mapped)
{
	return cache_mode == VIRTIO_GPU_MAP_CACHE_CACHED ||
	       pgprot_val(virtio_gpu_vram_attr_cache_prot(cache_mode, PAGE_KERNEL)) !=
	       pgprot_val(PAGE_KERNEL);
}

static const char *alias_why_not(u32 cache_mode, u32 mapped)
{
	return "its page tables have no such mode";
}

#define ALIAS_HOLDS_TYPE false

#ifdef CONFIG_RISCV
#include <asm/cacheflush.h>
#include <asm/cpufeature.h>
#include <asm/errata_list.h>

static bool alias_has_maintenance(void)
{
	return IS_ENABLED(CONFIG_RISCV_ISA_ZICBOM) && riscv_isa_extension_available(NULL, ZICBOM);
}

/*
 * Not arch_invalidate_pmem(): what it is made of forgets lines that the host's CPUs have just
 * written, unless the hypervisor makes it write them back.  Not inlined, for the tests to
 * see it.
 */
static noinline void alias_clean_range(void *addr, unsigned int size)
{
	/* A flush is ordered as a store is: after all that was stored through other mappings, */
	mb();
	ALT_CMO_OP(FLUSH, addr, size, riscv_cbom_block_size);
	/* and before the host is told. */
	mb();
}
#else
static bool alias_has_maintenance(void)
{
	return IS_ENABLED(CONFIG_ARCH_HAS_PMEM_API);
}

/*
 * To the point of persistence, which on arm64 is the point of coherency or beyond.
 * This is the only cache maintenance by address that modules may use there.
 */
static void alias_clean_range(void *addr, unsigned int size)
{
	arch_wb_cache_pmem(addr, size);
	arch_invalidate_pmem(addr, size);
}
#endif

/* Through a cached mapping lines would be fetched again at once. */
static bool alias_can_clean(void)
{
	return alias_has_maintenance() &&
	       alias_can_map(VIRTIO_GPU_MAP_CACHE_UNCACHED, VIRTIO_GPU_MAP_CACHE_NONE);
}
#endif

/**
 * virtio_gpu_vram_alias_can_clean - can caches be written back by address?
 *
 * Return: whether virtio_gpu_vram_alias_clean_locked() does anything.
 */
bool virtio_gpu_vram_alias_can_clean(void)
{
	return alias_can_clean();
}

static void __iomem *alias_remap(u32 cache_mode, phys_addr_t start, size_t size)
{
	switch (cache_mode) {
	case VIRTIO_GPU_MAP_CACHE_WC:
		return ioremap_wc(start, size);
	case VIRTIO_GPU_MAP_CACHE_UNCACHED:
		/* The type of the user's PTEs, see virtio_gpu_vram_attr_cache_prot(). */
		if (IS_ENABLED(CONFIG_ARM64))
			return ioremap_wc(start, size);
		return ioremap(start, size);
	default:
#ifdef ioremap_cache
		return ioremap_cache(start, size);
#else
		return (__force void __iomem *)memremap(start, size, MEMREMAP_WB);
#endif
	}
}

/*
 * The guest cannot map with the mode the host declared.  What a host without
 * VIRTIO_GPU_F_MAP_ATTR says was never more than a hint, and remains one.
 */
static int alias_accept_locked(struct virtio_gpu_object_vram *vram, u32 mapped)
	__must_hold(&vram->map.lock)
{
	struct drm_device *dev = vram->base.base.base.dev;
	struct virtio_gpu_device *vgdev = dev->dev_private;
	u32 cache_mode = vram->map.state.attr.cache_mode;
	const char *name = virtio_gpu_vram_attr_cache_name(cache_mode);

	lockdep_assert_held(&vram->map.lock);

	if (!vgdev->has_map_attr) {
		if (mapped == cache_mode)
			return 0;
		drm_warn_once(dev,
			      "blobs that should be mapped with cache mode %s may be slow, this guest has no such mode for the host-visible window: %s\n",
			      name, alias_why_not(cache_mode, mapped));
		if (mapped)
			vram->map.pte_cache_mode = mapped;
		return 0;
	}

	drm_err_once(dev,
		     "this guest cannot map the host-visible window with cache mode %s, blobs that need it are not mapped: %s\n",
		     name, alias_why_not(cache_mode, mapped));
	return -ENXIO;
}

/**
 * virtio_gpu_vram_alias_map_locked - have a kernel mapping of the blob
 * @vram: blob for which virtio_gpu_vram_alias_reserve_locked() has succeeded
 *
 * Return: the mapping, until virtio_gpu_vram_alias_release_locked(); NULL for lack of memory.
 */
void __iomem *virtio_gpu_vram_alias_map_locked(struct virtio_gpu_object_vram *vram)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;

	lockdep_assert_held(&map->lock);

	if (!map->alias)
		map->alias = alias_remap(map->pte_cache_mode, vram->vram_node.start,
					 vram->base.base.base.size);
	return map->alias;
}

/**
 * virtio_gpu_vram_alias_reserve_locked - let the blob be mapped with its cache mode
 * @vram: blob for which virtio_gpu_vram_state_access_error() holds
 *
 * On x86 a kernel mapping holds the memory type.  Until virtio_gpu_vram_alias_release_locked()
 * &virtio_gpu_vram_map.pte_cache_mode is what user mappings are made with.
 *
 * Return: 0; -ENOMEM; -ENXIO if this guest cannot map the range with the cache
 * mode the host declared.
 */
int virtio_gpu_vram_alias_reserve_locked(struct virtio_gpu_object_vram *vram)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	u32 cache_mode = map->state.attr.cache_mode, mapped;
	int ret;

	lockdep_assert_held(&map->lock);

	if (map->pte_cache_mode)
		return 0;

	map->pte_cache_mode = cache_mode;
	if (ALIAS_HOLDS_TYPE && !virtio_gpu_vram_alias_map_locked(vram)) {
		map->pte_cache_mode = 0;
		return -ENOMEM;
	}
	mapped = alias_mapped_mode(map->alias);
	if (!alias_can_map(cache_mode, mapped)) {
		ret = alias_accept_locked(vram, mapped);
		if (ret) {
			virtio_gpu_vram_alias_release_locked(vram);
			return ret;
		}
	}
	trace_virtio_gpu_vram_applied(vram->base.hw_res_handle, &map->state.attr);
	return 0;
}

/**
 * virtio_gpu_vram_alias_release_locked - give up the kernel mapping, if any
 * @vram: blob without user mappings
 *
 * iounmap() leaves the TLB for later.  Where the mapping was cached that must not be: a
 * line could be fetched through it again, at any time.
 */
void virtio_gpu_vram_alias_release_locked(struct virtio_gpu_object_vram *vram)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	bool cached = map->pte_cache_mode == VIRTIO_GPU_MAP_CACHE_CACHED;

	lockdep_assert_held(&map->lock);

	map->pte_cache_mode = 0;
	if (cached)
		map->unclean = true;
	if (!map->alias)
		return;
	iounmap(map->alias);
	map->alias = NULL;
	if (cached)
		vm_unmap_aliases();
}

/**
 * virtio_gpu_vram_alias_drain_locked - have what was written through mappings leave CPUs' buffers
 * @vram: blob whose mappings are gone
 * @cache_mode: of those
 *
 * What waits in a write-combining buffer would arrive after the host has been told that nothing is
 * mapped (R29).  Interrupts empty them (Intel SDM, 3A, "Buffering of Write Combining Memory
 * Locations").  One that flushes the TLB has done so, too, but a hypervisor may do that in a
 * guest's stead, as may INVLPGB.
 */
void virtio_gpu_vram_alias_drain_locked(struct virtio_gpu_object_vram *vram, u32 cache_mode)
	__must_hold(&vram->map.lock)
{
	lockdep_assert_held(&vram->map.lock);

	/* Uncached is the same type where there are two only, as with Svpbmt (2.2). */
	if (cache_mode && cache_mode != VIRTIO_GPU_MAP_CACHE_CACHED)
		kick_all_cpus_sync();
}

/**
 * virtio_gpu_vram_alias_clean_locked - write back and forget what caches hold
 * @vram: blob without mappings
 *
 * For a blob that was mapped cached: a dirty line that is evicted after the host
 * has been told that nothing is mapped would overwrite the host's data.  It goes by a
 * mapping that is not cached, or it would fetch what it has just written back.
 *
 * Return: 0 or -ENOMEM.
 */
int virtio_gpu_vram_alias_clean_locked(struct virtio_gpu_object_vram *vram)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	size_t size = vram->base.base.base.size;
	void __iomem *uncached;
	size_t done, n;

	lockdep_assert_held(&map->lock);

	if (!map->unclean || !alias_can_clean())
		return 0;
	uncached = alias_remap(VIRTIO_GPU_MAP_CACHE_UNCACHED, vram->vram_node.start, size);
	if (!uncached)
		return -ENOMEM;
	for (done = 0; done < size; done += n) {
		n = min_t(size_t, size - done, SZ_16M);
		alias_clean_range((__force void *)uncached + done, n);
		cond_resched();
	}
	iounmap(uncached);
	map->unclean = false;
	trace_virtio_gpu_vram_cleaned(vram->base.hw_res_handle, size);
	return 0;
}
