// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests of virtgpu_vram_attr.c: what follows from declarations.
 */
#include <kunit/test.h>
#include <linux/dma-map-ops.h>
#include <linux/io.h>
#include <linux/virtio_gpu.h>

#include "../virtgpu_vram_attr.h"

#ifdef CONFIG_X86
#include <asm/memtype.h>
#endif

#define CACHED		VIRTIO_GPU_MAP_CACHE_CACHED
#define UNCACHED	VIRTIO_GPU_MAP_CACHE_UNCACHED
#define WC		VIRTIO_GPU_MAP_CACHE_WC
#define SYNC		VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED
#define REVOKED		VIRTIO_GPU_MAP_ATTR_REVOKED
#define READ_ONLY	VIRTIO_GPU_MAP_ATTR_READ_ONLY
#define TO_WRITE	VIRTIO_GPU_VRAM_WRITE
#define IN_BRACKETS	VIRTIO_GPU_VRAM_BRACKETED

/**
 * struct update_case - one declaration after another
 * @name: what is special about it
 * @cur: in force
 * @next: arrives
 * @ret: what the update must return
 * @old: whether @cur stays in force all the same
 */
struct update_case {
	const char *name;
	struct virtio_gpu_vram_attr cur, next;
	int ret;
	bool old;
};

static const struct update_case update_cases[] = {
	{ "first", { 0, 0, 0 }, { 1, WC, 0 }, 0 },
	{ "first of an old host", { 0, 0, 0 }, { 0, CACHED, 0 }, 0 },
	{ "first is not the first", { 0, 0, 0 }, { 7, WC, SYNC }, 0 },
	{ "repeated", { 1, WC, 0 }, { 1, WC, 0 }, 0 },
	{ "repeated by an old host", { 0, WC, 0 }, { 0, WC, 0 }, 0 },
	{ "next generation, other mode", { 1, WC, 0 }, { 2, CACHED, 0 }, 0 },
	{ "next generation, same mode", { 1, WC, 0 }, { 2, WC, 0 }, 0 },
	{ "next generation, sync", { 1, WC, 0 }, { 2, WC, SYNC }, 0 },
	{ "generations left out", { 1, WC, 0 }, { 9, CACHED, 0 }, 0 },
	{ "last generation", { U64_MAX - 1, WC, 0 }, { U64_MAX, CACHED, 0 }, 0 },
	{ "overtaken", { 2, WC, 0 }, { 1, CACHED, 0 }, 0, true },
	{ "generation does not wrap", { U64_MAX, WC, 0 }, { 1, CACHED, 0 }, 0, true },
	{ "same generation, other mode", { 3, WC, 0 }, { 3, CACHED, 0 }, -EPROTO },
	{ "same generation, other flags", { 3, WC, 0 }, { 3, WC, SYNC }, -EPROTO },
	{ "same generation, read-only", { 3, WC, 0 }, { 3, WC, READ_ONLY }, -EPROTO },
	{ "next generation, read-only", { 3, WC, 0 }, { 4, WC, READ_ONLY }, 0 },
	{ "old host says something else", { 0, WC, 0 }, { 0, CACHED, 0 }, -EPROTO },
};

KUNIT_ARRAY_PARAM_DESC(update, update_cases, name);

static void update_test(struct kunit *test)
{
	const struct update_case *c = test->param_value;
	const struct virtio_gpu_vram_attr *expect = c->ret || c->old ? &c->cur : &c->next;
	struct virtio_gpu_vram_attr cur = c->cur;

	KUNIT_EXPECT_EQ(test, c->ret, virtio_gpu_vram_attr_update(&cur, &c->next));
	KUNIT_EXPECT_EQ(test, cur.generation, expect->generation);
	KUNIT_EXPECT_EQ(test, cur.cache_mode, expect->cache_mode);
	KUNIT_EXPECT_EQ(test, cur.flags, expect->flags);
}

/* Every combination of flags: what mmap() to read, and to write, is told, and in brackets. */
static void access_error_test(struct kunit *test)
{
	static const struct {
		u32 flags;
		int read, write, bracketed_read, bracketed_write;
	} cases[] = {
		{ 0, 0, 0, 0, 0 },
		{ SYNC, -EOPNOTSUPP, -EOPNOTSUPP, 0, 0 },
		{ REVOKED, -ESTALE, -ESTALE, -ESTALE, -ESTALE },
		{ REVOKED | SYNC, -ESTALE, -ESTALE, -ESTALE, -ESTALE },
		{ READ_ONLY, 0, -EACCES, 0, -EACCES },
		{ READ_ONLY | SYNC, -EOPNOTSUPP, -EOPNOTSUPP, 0, -EACCES },
		{ READ_ONLY | REVOKED, -ESTALE, -ESTALE, -ESTALE, -ESTALE },
		{ READ_ONLY | REVOKED | SYNC, -ESTALE, -ESTALE, -ESTALE, -ESTALE },
	};
	struct virtio_gpu_vram_attr attr = { .generation = 1 };
	size_t i;

	for (attr.cache_mode = CACHED; attr.cache_mode <= WC; attr.cache_mode++) {
		for (i = 0; i < ARRAY_SIZE(cases); i++) {
			attr.flags = cases[i].flags;
			KUNIT_EXPECT_EQ(test, cases[i].read,
					virtio_gpu_vram_attr_access_error(&attr, 0));
			KUNIT_EXPECT_EQ(test, cases[i].write,
					virtio_gpu_vram_attr_access_error(&attr, TO_WRITE));
			KUNIT_EXPECT_EQ(test, cases[i].bracketed_read,
					virtio_gpu_vram_attr_access_error(&attr, IN_BRACKETS));
			KUNIT_EXPECT_EQ(test, cases[i].bracketed_write,
					virtio_gpu_vram_attr_access_error(&attr, IN_BRACKETS |
									  TO_WRITE));
		}
	}
}

static u64 prot_val(u32 cache_mode, pgprot_t prot)
{
	return pgprot_val(virtio_gpu_vram_attr_cache_prot(cache_mode, prot));
}

static void prot_test(struct kunit *test)
{
	const pgprot_t base[] = { PAGE_SHARED, vm_get_page_prot(VM_READ) };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(base); i++) {
		struct virtio_gpu_vram_attr attr = { .generation = 1 };

		attr.cache_mode = CACHED;
		KUNIT_EXPECT_EQ(test, (u64)pgprot_val(base[i]),
				prot_val(attr.cache_mode, base[i]));
		attr.cache_mode = WC;
		KUNIT_EXPECT_EQ(test, (u64)pgprot_val(pgprot_writecombine(base[i])),
				prot_val(attr.cache_mode, base[i]));
		attr.cache_mode = UNCACHED;
		KUNIT_EXPECT_EQ(test, (u64)pgprot_val(pgprot_dmacoherent(base[i])),
				prot_val(attr.cache_mode, base[i]));
	}
}

/* A mode is all that is chosen: what may not be written does not become so. */
static void prot_write_test(struct kunit *test)
{
	const pgprot_t read = vm_get_page_prot(VM_READ | VM_SHARED);
	const pgprot_t write = vm_get_page_prot(VM_READ | VM_WRITE | VM_SHARED);
	pte_t pte;
	u32 mode;

	for (mode = CACHED; mode <= WC; mode++) {
		pte = pfn_pte(1, virtio_gpu_vram_attr_cache_prot(mode, read));
		KUNIT_EXPECT_FALSE(test, pte_write(pte));
		pte = pfn_pte(1, virtio_gpu_vram_attr_cache_prot(mode, write));
		KUNIT_EXPECT_TRUE(test, pte_write(pte));
	}
}

/* On x86 with PAT the helper that makes PMDs finds the cache bits itself. */
static void vma_prot_test(struct kunit *test)
{
#ifdef CONFIG_X86
	bool any = pat_enabled();
#else
	bool any = false;
#endif
	const unsigned int modes[] = { CACHED, UNCACHED, WC };
	pgprot_t prot;
	int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		KUNIT_EXPECT_EQ(test, any || modes[i] == CACHED,
				virtio_gpu_vram_attr_is_vma_prot(modes[i], PAGE_SHARED,
								 PAGE_SHARED));
		/* As mmap() leaves it. */
		prot = virtio_gpu_vram_attr_cache_prot(modes[i], PAGE_SHARED);
		KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_attr_is_vma_prot(modes[i], PAGE_SHARED,
									 prot));
	}
}

#ifdef CONFIG_X86
/* The bits themselves, so that three equal protections cannot pass. */
static void prot_x86_test(struct kunit *test)
{
	const u64 pwt = BIT(3), pcd = BIT(4), pat = BIT(7);
	struct virtio_gpu_vram_attr attr = { .generation = 1 };
	u64 bits;

	attr.cache_mode = CACHED;
	bits = pgprot_val(virtio_gpu_vram_attr_cache_prot(attr.cache_mode, PAGE_SHARED));
	KUNIT_EXPECT_EQ(test, 0, bits & (pwt | pcd | pat));
	attr.cache_mode = UNCACHED;
	bits = pgprot_val(virtio_gpu_vram_attr_cache_prot(attr.cache_mode, PAGE_SHARED));
	KUNIT_EXPECT_EQ(test, pcd, bits & (pwt | pcd | pat));
	attr.cache_mode = WC;
	bits = pgprot_val(virtio_gpu_vram_attr_cache_prot(attr.cache_mode, PAGE_SHARED));
	KUNIT_EXPECT_EQ(test, pwt, bits & (pwt | pcd | pat));
}
#endif

#ifdef CONFIG_ARM64
/* Not an index that Device memory has, whatever is declared. */
static void prot_arm64_test(struct kunit *test)
{
	struct virtio_gpu_vram_attr attr = { .generation = 1 };
	u64 bits;

	attr.cache_mode = CACHED;
	bits = pgprot_val(virtio_gpu_vram_attr_cache_prot(attr.cache_mode, PAGE_SHARED));
	KUNIT_EXPECT_EQ(test, PTE_ATTRINDX(MT_NORMAL), bits & PTE_ATTRINDX_MASK);
	attr.cache_mode = UNCACHED;
	bits = pgprot_val(virtio_gpu_vram_attr_cache_prot(attr.cache_mode, PAGE_SHARED));
	KUNIT_EXPECT_EQ(test, PTE_ATTRINDX(MT_NORMAL_NC), bits & PTE_ATTRINDX_MASK);
	attr.cache_mode = WC;
	bits = pgprot_val(virtio_gpu_vram_attr_cache_prot(attr.cache_mode, PAGE_SHARED));
	KUNIT_EXPECT_EQ(test, PTE_ATTRINDX(MT_NORMAL_NC), bits & PTE_ATTRINDX_MASK);
}
#endif

#ifdef CONFIG_RISCV
/* Svpbmt: NC, never IO, whatever is declared; without it nothing but the platform's. */
static void prot_riscv_test(struct kunit *test)
{
	const u64 pbmt = BIT_ULL(62) | BIT_ULL(61), nc = BIT_ULL(61);
	u64 bits;

	bits = pgprot_val(virtio_gpu_vram_attr_cache_prot(CACHED, PAGE_SHARED));
	KUNIT_EXPECT_EQ(test, 0, bits & pbmt);
	if (!riscv_isa_extension_available(NULL, SVPBMT))
		kunit_skip(test, "no Svpbmt");
	bits = pgprot_val(virtio_gpu_vram_attr_cache_prot(UNCACHED, PAGE_SHARED));
	KUNIT_EXPECT_EQ(test, nc, bits & pbmt);
	bits = pgprot_val(virtio_gpu_vram_attr_cache_prot(WC, PAGE_SHARED));
	KUNIT_EXPECT_EQ(test, nc, bits & pbmt);
}
#endif

static struct kunit_case vram_prot_tests[] = {
	KUNIT_CASE_PARAM(update_test, update_gen_params),
	KUNIT_CASE(access_error_test),
	KUNIT_CASE(prot_test),
	KUNIT_CASE(prot_write_test),
	KUNIT_CASE(vma_prot_test),
#ifdef CONFIG_X86
	KUNIT_CASE(prot_x86_test),
#endif
#ifdef CONFIG_ARM64
	KUNIT_CASE(prot_arm64_test),
#endif
#ifdef CONFIG_RISCV
	KUNIT_CASE(prot_riscv_test),
#endif
	{ }
};

static struct kunit_suite vram_prot_suite = {
	.name = "virtgpu_vram_prot",
	.test_cases = vram_prot_tests,
};

kunit_test_suite(vram_prot_suite);
