// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map CPU access
 * Description: What programs do with memory works on a mapping of every cache mode, also what
 *	an arm64 mapping of a Device type would answer with a fault
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: cpu_access
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <sys/mman.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(16)
#define SEED 3

typedef uint8_t vector __attribute__((vector_size(16), aligned(1)));
typedef uint64_t unaligned __attribute__((aligned(1)));

/* The host's word at any address, of which it tells those at multiples of 8 only. */
static uint64_t peek(struct virtgpu_blob *blob, size_t offset)
{
	uint64_t word[2];

	for (unsigned int i = 0; i < 2; i++)
		word[i] = virtgpu_host_word(blob, (offset & ~7UL) + 8 * i);
	return *(unaligned *)((uint8_t *)word + offset % 8);
}

/* A pattern in ordinary memory. */
static uint8_t *pattern(void)
{
	uint8_t *ram = malloc(SIZE);

	igt_assert(ram);
	virtgpu_guest_fill(ram, 0, SIZE, 8, SEED);
	return ram;
}

/**
 * SUBTEST: unaligned-%s
 * Description: words at odd addresses, across cache lines and pages, written and read
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_unaligned(struct virtgpu_blob *blob)
{
	static const size_t at[] = { 1, 61, 127, 2043 };

	for (unsigned int i = 0; i < ARRAY_SIZE(at); i++) {
		volatile unaligned *p = (void *)(blob->va + at[i]);

		*p = 0x0102030405060708ULL + i;
		igt_assert(*p == 0x0102030405060708ULL + i);
		__sync_synchronize();
		igt_assert(peek(blob, at[i]) == 0x0102030405060708ULL + i);
	}
	*(volatile unaligned *)(blob->va + PAGE - 3) = 0x1122334455667788ULL;
	__sync_synchronize();
	igt_assert(peek(blob, PAGE - 3) == 0x1122334455667788ULL);
}

/* Load and store exclusive, which the compiler's atomics need not be made of. */
static bool exclusive_add(uint64_t *p, uint64_t n)
{
#ifdef __aarch64__
	uint64_t value;
	uint32_t lost = 1;

	for (int i = 0; i < 1000 && lost; i++)
		asm volatile("ldaxr %0, %2\n\tadd %0, %0, %3\n\tstlxr %w1, %0, %2"
			     : "=&r"(value), "=&r"(lost), "+Q"(*p) : "r"(n) : "memory");
	return !lost;
#else
	return __sync_add_and_fetch(p, n);
#endif
}

/**
 * SUBTEST: atomics-%s
 * Description: add, exchange, compare and exchange, and exclusive access
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_atomics(struct virtgpu_blob *blob)
{
	uint64_t *p = (void *)(blob->va + 64), expected = 12;

	__atomic_store_n(p, 5, __ATOMIC_SEQ_CST);
	igt_assert_eq(__atomic_fetch_add(p, 2, __ATOMIC_SEQ_CST), 5);
	igt_assert_eq(__atomic_exchange_n(p, 11, __ATOMIC_SEQ_CST), 7);
	igt_assert(!__atomic_compare_exchange_n(p, &expected, 1, false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST));
	igt_assert_eq(expected, 11);
	igt_assert(exclusive_add(p, 100));
	__sync_synchronize();
	igt_assert_eq(peek(blob, 64), 111);
}

/**
 * SUBTEST: memcpy-%s
 * Description: whole and in pieces of every length and alignment, there and back
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_memcpy(struct virtgpu_blob *blob)
{
	uint8_t *ram = pattern(), back[300];

	memcpy(blob->va, ram, SIZE);
	__sync_synchronize();
	igt_assert_eq(virtgpu_host_wrong(blob, 0, SIZE, 8, SEED), 0);
	for (size_t len = 1; len < sizeof(back); len += 7) {
		for (size_t from = 0; from < 17; from++) {
			memcpy(blob->va + PAGE - len / 2 + from, ram + len, len);
			memcpy(back, blob->va + PAGE - len / 2 + from, len);
			igt_assert(!memcmp(back, ram + len, len));
		}
	}
	free(ram);
}

/**
 * SUBTEST: memset-%s
 * Description: to zero and to something else
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_memset(struct virtgpu_blob *blob)
{
	uint8_t *ram = pattern();

	memcpy(blob->va, ram, SIZE);
	memset(blob->va, 0, SIZE / 2);
	memset(blob->va + SIZE / 2 + 1, 0xaa, PAGE);
	__sync_synchronize();
	for (size_t at = 0; at < SIZE / 2; at += 1016)
		igt_assert_eq(peek(blob, at), 0);
	igt_assert(peek(blob, SIZE / 2 + 1) == 0xaaaaaaaaaaaaaaaaULL);
	igt_assert(peek(blob, SIZE / 2 + PAGE - 7) == 0xaaaaaaaaaaaaaaaaULL);
	igt_assert_eq(virtgpu_host_wrong(blob, SIZE / 2 + PAGES(2), SIZE / 2 - PAGES(2), 8, SEED),
		      0);
	free(ram);
}

/*
 * What memset() to zero is made of on arm64, if the library has nothing better. Elsewhere
 * it is memset().
 */
static void zero(uint8_t *va, size_t len)
{
#ifdef __aarch64__
	uint64_t dczid;
	size_t step;

	asm("mrs %0, dczid_el0" : "=r"(dczid));
	igt_require_f(!(dczid & 16), "DC ZVA is prohibited\n");
	step = 4UL << (dczid & 15);
	for (size_t at = 0; at < len; at += step)
		asm volatile("dc zva, %0" : : "r"(va + at) : "memory");
#else
	memset(va, 0, len);
#endif
}

/**
 * SUBTEST: zero-blocks-%s
 * Description: block by block
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_zero(struct virtgpu_blob *blob)
{
	uint8_t *ram = pattern();

	memcpy(blob->va, ram, SIZE);
	zero(blob->va + PAGE, PAGE);
	__sync_synchronize();
	igt_assert_eq(virtgpu_host_wrong(blob, 0, PAGE, 8, SEED), 0);
	for (size_t at = 0; at < PAGE; at += 8)
		igt_assert(!*(volatile uint64_t *)(blob->va + PAGE + at));
	igt_assert_eq(peek(blob, PAGE), 0);
	igt_assert_eq(peek(blob, PAGES(2) - 8), 0);
	igt_assert_eq(virtgpu_host_wrong(blob, PAGES(2), SIZE - PAGES(2), 8, SEED), 0);
	free(ram);
}

/**
 * SUBTEST: simd-%s
 * Description: vectors of 16 bytes at any address
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_simd(struct virtgpu_blob *blob)
{
	uint8_t *ram = pattern();

	for (size_t at = 0; at + 16 <= SIZE; at += 16)
		*(volatile vector *)(blob->va + at) = *(vector *)(ram + at);
	__sync_synchronize();
	igt_assert_eq(virtgpu_host_wrong(blob, 0, SIZE, 8, SEED), 0);
	for (size_t at = 0; at < 64; at += 3) {
		vector v = *(volatile vector *)(blob->va + PAGE - 32 + at);

		igt_assert(!memcmp(&v, ram + PAGE - 32 + at, 16));
		*(volatile vector *)(blob->va + PAGES(3) - 32 + at) = v;
		igt_assert(!memcmp(blob->va + PAGES(3) - 32 + at, &v, 16));
	}
	free(ram);
}

static const struct {
	const char *name;
	void (*run)(struct virtgpu_blob *blob);
} tests[] = {
	{ "unaligned", test_unaligned },
	{ "atomics", test_atomics },
	{ "memcpy", test_memcpy },
	{ "memset", test_memset },
	{ "zero-blocks", test_zero },
	{ "simd", test_simd },
};

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int i = 0; i < ARRAY_SIZE(tests); i++) {
		for (unsigned int mode = CACHED; mode <= WC; mode++) {
			igt_describe("Ordinary memory accesses must work and be coherent with the "
				     "host in every cache mode.");
			igt_subtest_f("%s-%s", tests[i].name, virtgpu_cache_name(mode)) {
				struct virtgpu_blob blob;

				/* Of which type it is mapped is not looked at here. */
				virtgpu_blob_create(&gpu, &blob, SIZE, virtgpu_attr_id(mode, 0));
				virtgpu_blob_map(&blob);
				tests[i].run(&blob);
				virtgpu_blob_destroy(&blob);
			}
		}
	}

	igt_fixture()
		virtgpu_close(&gpu);
}
