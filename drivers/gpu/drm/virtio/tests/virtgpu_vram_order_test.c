// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests of virtgpu_vram_state.c: responses that overtake each other, and the DMA mappings
 * of importers.
 */
#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <linux/virtio_gpu.h>

#include "virtgpu_vram_state_test.h"

#define CACHED	VIRTIO_GPU_MAP_CACHE_CACHED
#define WC	VIRTIO_GPU_MAP_CACHE_WC
#define SYNC	VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED
#define REVOKED	VIRTIO_GPU_MAP_ATTR_REVOKED
#define READ_ONLY	VIRTIO_GPU_MAP_ATTR_READ_ONLY

static struct virtio_gpu_vram_attr attr_of(u64 generation, u32 cache_mode)
{
	return (struct virtio_gpu_vram_attr){
		.generation = generation, .cache_mode = cache_mode,
	};
}

static void order_fetched(struct virtio_gpu_vram_state *state, u64 generation, u32 cache_mode)
{
	struct virtio_gpu_vram_attr attr = attr_of(generation, cache_mode);

	virtio_gpu_vram_state_change(state, 0, &attr);
}

static void order_mapped(struct virtio_gpu_vram_state *state, u64 generation, u32 cache_mode)
{
	struct virtio_gpu_vram_attr attr = attr_of(generation, cache_mode);

	KUNIT_EXPECT_FALSE(kunit_get_current_test(),
			   virtio_gpu_vram_state_mapped(state, 0, &attr));
}

static void order_created(struct virtio_gpu_vram_state *state, u64 generation, u32 cache_mode)
{
	struct virtio_gpu_vram_attr attr = attr_of(generation, cache_mode);

	virtio_gpu_vram_state_created(state, 0, &attr);
}

static void order_expect(struct kunit *test, const struct virtio_gpu_vram_state *state,
			 u64 generation, u32 cache_mode, bool changing, int refused)
{
	KUNIT_EXPECT_EQ(test, generation, state->attr.generation);
	KUNIT_EXPECT_EQ(test, cache_mode, state->attr.cache_mode);
	KUNIT_EXPECT_EQ(test, changing, state->changing);
	KUNIT_EXPECT_EQ(test, refused, state->refused);
}

/* The response to RESOURCE_MAP_BLOB is faster than a change that was fetched before. */
static void map_before_fetch_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = vram_state_of("M--5");

	order_mapped(&state, 7, CACHED);
	order_fetched(&state, 6, WC);
	virtio_gpu_vram_state_acked(&state, 6, 0);
	order_expect(test, &state, 7, CACHED, true, 0);
	order_fetched(&state, 7, CACHED);
	virtio_gpu_vram_state_acked(&state, 7, 0);
	order_expect(test, &state, 7, CACHED, false, 0);
	/* What MAP_ATTR_FETCH tells does not go back. */
	order_fetched(&state, 6, WC);
	order_expect(test, &state, 7, CACHED, true, -EPROTO);
}

/* It is slower than one that was fetched later, acknowledged or not. */
static void map_after_fetch_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = vram_state_of("M--0");

	order_created(&state, 1, CACHED);
	order_fetched(&state, 2, WC);
	order_mapped(&state, 1, CACHED);
	order_expect(test, &state, 2, WC, true, 0);
	virtio_gpu_vram_state_acked(&state, 2, 0);
	order_expect(test, &state, 2, WC, false, 0);

	state = vram_state_of("M--0");
	order_created(&state, 1, CACHED);
	order_fetched(&state, 2, WC);
	virtio_gpu_vram_state_acked(&state, 2, 0);
	order_mapped(&state, 1, CACHED);
	order_expect(test, &state, 2, WC, false, 0);
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_access_error(&state, TO_WRITE));
}

/* The response to RESOURCE_CREATE_BLOB comes last: old or new, it changes nothing. */
static void create_last_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = vram_state_of("P--5");

	order_created(&state, 4, CACHED);
	order_expect(test, &state, 5, WC, false, 0);
	order_created(&state, 6, CACHED);
	order_expect(test, &state, 5, WC, false, 0);

	state = vram_state_of("M--0");
	order_fetched(&state, 2, WC);
	order_created(&state, 1, CACHED);
	order_expect(test, &state, 2, WC, true, 0);
	virtio_gpu_vram_state_acked(&state, 2, 0);
	order_created(&state, 1, CACHED);
	order_mapped(&state, 2, WC);
	order_expect(test, &state, 2, WC, false, 0);
}

/* Responses to acknowledgments of older generations end nothing. */
static void ack_late_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = vram_state_of("P--5");

	order_fetched(&state, 6, CACHED);
	order_fetched(&state, 7, WC);
	virtio_gpu_vram_state_acked(&state, 7, 0);
	order_expect(test, &state, 7, WC, false, 0);
	virtio_gpu_vram_state_acked(&state, 6, 0);
	virtio_gpu_vram_state_acked(&state, 6, -EAGAIN);
	order_expect(test, &state, 7, WC, false, 0);

	order_fetched(&state, 8, CACHED);
	virtio_gpu_vram_state_acked(&state, 7, 0);
	order_expect(test, &state, 8, CACHED, true, 0);

	/* The host has declared 9, which is not fetched yet. */
	virtio_gpu_vram_state_acked(&state, 8, -EAGAIN);
	order_expect(test, &state, 8, CACHED, true, 0);
	order_fetched(&state, 9, WC);
	virtio_gpu_vram_state_acked(&state, 9, 0);
	order_expect(test, &state, 9, WC, false, 0);

	/* Nonsense about an older one is nonsense, too. */
	order_fetched(&state, 10, CACHED);
	virtio_gpu_vram_state_acked(&state, 9, -EPROTO);
	order_expect(test, &state, 10, CACHED, true, -EPROTO);
}

/* One generation has one declaration, whichever responses bring it. */
static void contradiction_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = vram_state_of("P--5");

	order_created(&state, 5, CACHED);
	order_expect(test, &state, 5, WC, false, -EPROTO);

	state = vram_state_of("M--5");
	order_mapped(&state, 5, CACHED);
	order_expect(test, &state, 5, WC, false, -EPROTO);

	state = vram_state_of("P--5");
	order_fetched(&state, 5, CACHED);
	order_expect(test, &state, 5, WC, true, -EPROTO);
}

/* Devices' addresses are no concern of cache modes, and all of a revocation's. */
static void dma_test(struct kunit *test)
{
	struct virtio_gpu_vram_attr attr = {
		.generation = 6, .cache_mode = WC, .flags = SYNC,
	};
	struct virtio_gpu_vram_state state = vram_state_of("P--5");

	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_defer_ack(&state, 6));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_unmap(&state, true));

	attr.generation = 7;
	attr.flags = REVOKED;
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_EQ(test, -ESTALE, virtio_gpu_vram_state_dma_map(&state, true));
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_defer_ack(&state, 6));
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 7));
	KUNIT_EXPECT_EQ(test, 7, virtio_gpu_vram_state_dma_unmap(&state, true));
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_defer_ack(&state, 7));
	virtio_gpu_vram_state_acked(&state, 7, 0);

	/* Given back. */
	order_fetched(&state, 8, WC);
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	/* Taken and given back at once: what was deferred_ack is past. */
	attr.generation = 9;
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 9));
	order_fetched(&state, 10, WC);
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_defer_ack(&state, 10));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_unmap(&state, true));

	/* To acknowledge a malformed declaration is to acknowledge those before. */
	state = vram_state_of("P--5");
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	attr.generation = 6;
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 6));
	virtio_gpu_vram_state_change(&state, -EPROTO, NULL);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 7));
	KUNIT_EXPECT_EQ(test, 7, virtio_gpu_vram_state_dma_unmap(&state, true));

	/* A list that cannot be read says nothing of what importers hold up. */
	state = vram_state_of("P--5");
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 6));
	virtio_gpu_vram_state_change(&state, -EPROTO, NULL);
	KUNIT_EXPECT_EQ(test, 6, virtio_gpu_vram_state_dma_unmap(&state, true));

	/* Nor do importers of a blob that is refused keep the memory that is revoked. */
	state = vram_state_of("P-p5");
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_must_invalidate(&state));
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 6));
	KUNIT_EXPECT_EQ(test, -ESTALE, virtio_gpu_vram_state_dma_map(&state, true));
	KUNIT_EXPECT_EQ(test, 6, virtio_gpu_vram_state_dma_unmap(&state, true));

	/* The host may have mapped what it declared in a malformed way. */
	state = vram_state_of("P-p5");
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	state = vram_state_of("U-e5");
	KUNIT_EXPECT_EQ(test, -EIO, virtio_gpu_vram_state_dma_map(&state, true));
	state = vram_state_of("M--5");
	KUNIT_EXPECT_EQ(test, -EAGAIN, virtio_gpu_vram_state_dma_map(&state, true));
	state = vram_state_of("P-S5");
	KUNIT_EXPECT_EQ(test, -ESTALE, virtio_gpu_vram_state_dma_map(&state, true));
}

/* Devices that only read keep their addresses, those that may write do not. */
static void dma_read_only_test(struct kunit *test)
{
	struct virtio_gpu_vram_attr attr = {
		.generation = 6, .cache_mode = WC, .flags = READ_ONLY,
	};
	struct virtio_gpu_vram_state state = vram_state_of("P--5");

	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, false));
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_must_invalidate(&state));
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_defer_ack(&state, 6));
	KUNIT_EXPECT_EQ(test, -EACCES, virtio_gpu_vram_state_dma_map(&state, true));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, false));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_unmap(&state, false));

	/* One that reads, two that write. */
	order_fetched(&state, 7, WC);
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	attr.generation = 8;
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_must_invalidate(&state));
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 8));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_unmap(&state, true));
	KUNIT_EXPECT_EQ(test, 8, virtio_gpu_vram_state_dma_unmap(&state, true));
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_must_invalidate(&state));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_unmap(&state, false));

	/* Revoked while the acknowledgment of read-only is deferred_ack: all must go. */
	order_fetched(&state, 9, WC);
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, false));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	attr.generation = 10;
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 10));
	attr.generation = 11;
	attr.flags |= REVOKED;
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 11));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_unmap(&state, true));
	KUNIT_EXPECT_EQ(test, 11, virtio_gpu_vram_state_dma_unmap(&state, false));
}

/* A lost blob's importers are asked to let go, whatever they do. */
static void dma_lost_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = vram_state_of("P--5");

	virtio_gpu_vram_state_lose(&state);
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_must_invalidate(&state));

	state = vram_state_of("P--5");
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, false));
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_must_invalidate(&state));
	virtio_gpu_vram_state_lose(&state);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_must_invalidate(&state));
}

static struct kunit_case vram_order_tests[] = {
	KUNIT_CASE(map_before_fetch_test),
	KUNIT_CASE(map_after_fetch_test),
	KUNIT_CASE(create_last_test),
	KUNIT_CASE(ack_late_test),
	KUNIT_CASE(contradiction_test),
	KUNIT_CASE(dma_test),
	KUNIT_CASE(dma_read_only_test),
	KUNIT_CASE(dma_lost_test),
	{ }
};

static struct kunit_suite vram_order_suite = {
	.name = "virtgpu_vram_order",
	.test_cases = vram_order_tests,
};

kunit_test_suite(vram_order_suite);
