// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Deferred replies, when queues are stopped or reset, and fences.
 */
#include <vhost_user_numbers.h>

#include "device_test.h"
#include "guest.h"
#include "qemu.h"

/* Each ring of a context has fences of its own, numbered as the guest likes. */
static void test_fences_of_rings(void **state)
{
	struct guest *g = *state;
	struct reply r = { .wait = WAIT_FENCE, .token = 5, .len = sizeof(r.hdr) };
	struct chain chain;

	for (uint8_t ring = 0; ring < 2; ring++) {
		guest_descriptor(g->desc, ring, BASE + ANSWER + ring * 64, 64, VRING_DESC_F_WRITE, 0);
		guest_offer(g, ring);
		assert_int_equal(virtq_pop(&g->gpu.virtq[0], &g->gpu.memory, &chain), 1);
		r.hdr.ctx_id = htole32(1);
		r.hdr.ring_idx = ring;
		deferred_add(&g->gpu, 0, &chain, VIRTIO_GPU_CMD_SUBMIT_3D, &r);
	}
	deferred_fence(&g->gpu, 2, 0, 5);
	deferred_fence(&g->gpu, 1, 0, 6);
	assert_int_equal(g->used->idx, 0);
	deferred_fence(&g->gpu, 1, 0, 5);
	assert_int_equal(g->used->idx, 1);
	assert_int_equal(g->used->ring[0].id, 0);
	deferred_fence(&g->gpu, 1, 1, 5);
	assert_int_equal(g->used->idx, 2);
	assert_int_equal(g->used->ring[1].id, 1);
}

/* Pausing a guest is no reason for it to wait for ever. */
static void test_deferred_over_stop(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	qemu_start(q, 0);
	guest_defer_one(g, 2, 5);
	guest_defer_one(g, 4, 6);
	guest_defer_one(g, 6, 7);
	assert_int_equal(qemu_stop(q), 3);
	deferred_fence(&g->gpu, 1, 0, 6);
	deferred_fence(&g->gpu, 1, 0, 5);
	assert_int_equal(g->used->idx, 0);
	qemu_start(q, 3);
	assert_int_equal(g->used->idx, 2);
	assert_int_equal(g->used->ring[0].id, 2);
	assert_int_equal(g->used->ring[1].id, 4);
	deferred_fence(&g->gpu, 1, 0, 7);
	assert_int_equal(g->used->idx, 3);
	assert_int_equal(g->used->ring[2].id, 6);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
}

/* A driver that starts from nothing does not get what another one has asked for. */
static void test_deferred_over_reset(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	qemu_start(q, 0);
	guest_defer_one(g, 2, 5);
	guest_defer_one(g, 4, 6);
	assert_int_equal(qemu_stop(q), 2);
	deferred_fence(&g->gpu, 1, 0, 5);
	qemu_new_rings(g);
	qemu_start(q, 0);
	deferred_fence(&g->gpu, 1, 0, 6);
	assert_int_equal(g->used->idx, 0);
	assert_false(g->gpu.virtq[0].taken[2]);
	assert_false(g->gpu.virtq[0].taken[4]);

	/* Nor does one that goes on at another time: it makes its requests again. */
	guest_defer_one(g, 2, 5);
	assert_int_equal(qemu_stop(q), 1);
	g->avail->idx = 7;
	qemu_start(q, 7);
	assert_false(g->gpu.virtq[0].taken[2]);
	deferred_fence(&g->gpu, 1, 0, 5);
	assert_int_equal(g->used->idx, 0);

	guest_defer_one(g, 4, 6);
	assert_int_equal(qemu_ask_u64(q, VU_RESET_DEVICE, 0, -1), 0);
	assert_false(g->gpu.virtq[0].taken[4]);
}

/* Nor is a request still the device's that it had no memory to keep the response to. */
static void test_not_deferred_over_reset(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);
	struct chain chain;

	qemu_start(q, 0);
	guest_descriptor(g->desc, 2, BASE + REQUEST, 24, 0, 0);
	guest_offer(g, 2);
	assert_int_equal(virtq_pop(&g->gpu.virtq[0], &g->gpu.memory, &chain), 1);
	assert_true(g->gpu.virtq[0].taken[2]);
	assert_int_equal(qemu_stop(q), 1);
	qemu_new_rings(g);
	qemu_start(q, 0);
	assert_false(g->gpu.virtq[0].taken[2]);
}

/**
 * device_test_deferred() - run the tests of this file
 */
int device_test_deferred(void)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_deferred_over_stop),
		DEVICE_TEST(test_deferred_over_reset),
		DEVICE_TEST(test_not_deferred_over_reset),
		DEVICE_TEST(test_fences_of_rings),
	};

	return cmocka_run_group_tests_name("deferred", tests, NULL, NULL);
}
