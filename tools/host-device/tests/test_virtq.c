// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Rings: every index and length wrong, and what is right but unusual.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../loop.h"
#include "device_test.h"
#include "guest.h"
#include "qemu.h"

static void test_guest_ptr(void **state)
{
	struct guest *g = *state;
	const struct guest_memory *mem = &g->gpu.memory;

	assert_ptr_equal(guest_ptr(mem, BASE, SIZE), g->ram);
	assert_ptr_equal(guest_ptr(mem, BASE + SIZE - 1, 1), g->ram + SIZE - 1);
	assert_null(guest_ptr(mem, BASE, SIZE + 1));
	assert_null(guest_ptr(mem, BASE + SIZE, 1));
	assert_null(guest_ptr(mem, BASE - 1, 1));
	assert_null(guest_ptr(mem, BASE + 1, UINT64_MAX));
	assert_null(guest_ptr(mem, UINT64_MAX, 2));
}

/* The next chain is refused with @error, and the ring goes on after it. */
static void assert_bad_chain(struct guest *g, uint16_t head, int error)
{
	struct chain chain;

	guest_offer(g, head);
	assert_int_equal(virtq_pop(&g->gpu.virtq[0], &g->gpu.memory, &chain), error);
	virtq_push(&g->gpu.virtq[0], &chain, 0);
	assert_int_equal(virtq_pop(&g->gpu.virtq[0], &g->gpu.memory, &chain), 0);
}

static void test_bad_head(void **state)
{
	assert_bad_chain(*state, QUEUE, -EINVAL);
	assert_bad_chain(*state, 0xffff, -EINVAL);
}

static void test_bad_next(void **state)
{
	struct guest *g = *state;

	guest_descriptor(g->desc, 0, BASE + REQUEST, 64, VRING_DESC_F_NEXT, QUEUE);
	assert_bad_chain(g, 0, -EINVAL);
}

static void test_loop(void **state)
{
	struct guest *g = *state;

	guest_descriptor(g->desc, 0, BASE + REQUEST, 64, VRING_DESC_F_NEXT, 1);
	guest_descriptor(g->desc, 1, BASE + REQUEST, 64, VRING_DESC_F_NEXT, 0);
	assert_bad_chain(g, 0, -ELOOP);
}

static void test_outside_memory(void **state)
{
	struct guest *g = *state;

	guest_descriptor(g->desc, 0, 0, 64, 0, 0);
	assert_bad_chain(g, 0, -EFAULT);
	guest_descriptor(g->desc, 0, BASE + SIZE - 32, 64, 0, 0);
	assert_bad_chain(g, 0, -EFAULT);
	guest_descriptor(g->desc, 0, BASE, UINT32_MAX, 0, 0);
	assert_bad_chain(g, 0, -EFAULT);
}

static void test_readable_after_writable(void **state)
{
	struct guest *g = *state;

	guest_descriptor(g->desc, 0, BASE + ANSWER, 64, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1);
	guest_descriptor(g->desc, 1, BASE + REQUEST, 64, 0, 0);
	assert_bad_chain(g, 0, -E2BIG);
}

static void test_indirect(void **state)
{
	struct guest *g = *state;
	struct vring_desc *table = (void *)(g->ram + TABLE);

	/* nested */
	guest_descriptor(table, 0, BASE + TABLE, 16, VRING_DESC_F_INDIRECT, 0);
	guest_descriptor(g->desc, 0, BASE + TABLE, 16, VRING_DESC_F_INDIRECT, 0);
	assert_bad_chain(g, 0, -EINVAL);
	/* sizes that are no number of descriptors */
	guest_descriptor(g->desc, 0, BASE + TABLE, 0, VRING_DESC_F_INDIRECT, 0);
	assert_bad_chain(g, 0, -EINVAL);
	guest_descriptor(g->desc, 0, BASE + TABLE, 17, VRING_DESC_F_INDIRECT, 0);
	assert_bad_chain(g, 0, -EINVAL);
	/* next beyond the table, though inside the queue */
	guest_descriptor(table, 0, BASE + REQUEST, 64, VRING_DESC_F_NEXT, 5);
	guest_descriptor(g->desc, 0, BASE + TABLE, 32, VRING_DESC_F_INDIRECT, 0);
	assert_bad_chain(g, 0, -EINVAL);
	/* no alignment is demanded of a table */
	guest_descriptor(g->desc, 0, BASE + TABLE + 1025, 16, VRING_DESC_F_INDIRECT, 0);
	assert_bad_chain(g, 0, -EFAULT);
	/* a table outside memory */
	guest_descriptor(g->desc, 0, BASE + SIZE, 16, VRING_DESC_F_INDIRECT, 0);
	assert_bad_chain(g, 0, -EFAULT);
}

/* A chain may end in a table (virtio 1.3, 2.7.5.3.2). */
static void test_indirect_at_the_end(void **state)
{
	struct guest *g = *state;
	struct vring_desc *table = (void *)(g->ram + TABLE);
	struct chain chain;

	guest_descriptor(table, 0, BASE + REQUEST + 8, 16, VRING_DESC_F_NEXT, 1);
	guest_descriptor(table, 1, BASE + TABLE + 512, 64, VRING_DESC_F_WRITE, 0);
	guest_descriptor(g->desc, 0, BASE + REQUEST, 8, VRING_DESC_F_NEXT, 1);
	guest_descriptor(g->desc, 1, BASE + TABLE, 32, VRING_DESC_F_INDIRECT, 0);
	guest_offer(g, 0);
	assert_int_equal(virtq_pop(&g->gpu.virtq[0], &g->gpu.memory, &chain), 1);
	assert_int_equal(chain.out_count, 2);
	assert_int_equal(chain.in_count, 1);
	virtq_push(&g->gpu.virtq[0], &chain, 0);
}

static void test_too_many_pieces(void **state)
{
	struct guest *g = *state;
	struct vring_desc *table = (void *)(g->ram + TABLE);

	for (unsigned int i = 0; i < VIRTQ_MAX_IOV + 1; i++)
		guest_descriptor(table, i, BASE + REQUEST, 1, VRING_DESC_F_NEXT, i + 1);
	guest_descriptor(g->desc, 0, BASE + TABLE, 16 * (VIRTQ_MAX_IOV + 1), VRING_DESC_F_INDIRECT, 0);
	assert_bad_chain(g, 0, -E2BIG);
}

static void test_ring_outside_memory(void **state)
{
	struct guest *g = *state;
	struct virtq vq = g->gpu.virtq[0];

	vq.used_addr = 0x7f0000000000 + SIZE - 16;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EFAULT);
	vq.size = 0;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EINVAL);
}

static void test_rings_misaligned(void **state)
{
	struct guest *g = *state;
	struct virtq vq = g->gpu.virtq[0];

	vq.desc_addr += 8;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EINVAL);
	vq.desc_addr += 8;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), 0);
	vq.avail_addr += 1;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EINVAL);
	vq.avail_addr += 1;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), 0);
	vq.used_addr += 2;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EINVAL);
	vq.used_addr += 2;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), 0);
}

static void test_rings_overlap(void **state)
{
	struct guest *g = *state;
	struct virtq vq = g->gpu.virtq[0];

	/* Each answer would be a new request. */
	vq.used_addr = vq.avail_addr;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EINVAL);
	vq.used_addr = vq.desc_addr + QUEUE * sizeof(struct vring_desc) - 4;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EINVAL);
	vq.used_addr = vq.desc_addr + QUEUE * sizeof(struct vring_desc);
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), 0);
	vq.avail_addr = vq.desc_addr + 16;
	assert_int_equal(virtq_start(&vq, &g->gpu.memory), -EINVAL);
}

static void test_index_jumps(void **state)
{
	struct guest *g = *state;
	struct virtq *vr = &g->gpu.virtq[0];
	struct virtio_gpu_ctrl_hdr hdr = { .type = htole32(VIRTIO_GPU_CMD_CTX_CREATE) };
	uint64_t errors;

	vr->err = eventfd(0, EFD_NONBLOCK);
	memcpy(g->ram + REQUEST, &hdr, sizeof(hdr));
	guest_descriptor(g->desc, 0, BASE + REQUEST, sizeof(hdr), 0, 0);
	/* As many as there are is right, one more is not. */
	g->avail->idx = QUEUE;
	serve_queue(&g->gpu, 0);
	assert_int_equal(g->used->idx, QUEUE);
	assert_int_equal(read(vr->err, &errors, sizeof(errors)), -1);
	g->avail->idx += QUEUE + 1;
	serve_queue(&g->gpu, 0);
	assert_int_equal(g->used->idx, QUEUE);
	assert_int_equal(read(vr->err, &errors, sizeof(errors)), sizeof(errors));
	assert_int_equal(errors, 1);

	/* Said once; the ring is not looked at any more, not even when it looks right again. */
	serve_queue(&g->gpu, 0);
	g->avail->idx -= QUEUE;
	serve_queue(&g->gpu, 0);
	assert_int_equal(g->used->idx, QUEUE);
	assert_int_equal(read(vr->err, &errors, sizeof(errors)), -1);
	close(vr->err);
	vr->err = -1;
}

static bool guest_goes_on;

/* A guest that has put requests in the place of those answered before the device looks. */
static void *offer_always(void *data)
{
	struct guest *g = data;
	uint16_t idx = 0;

	while (__atomic_load_n(&guest_goes_on, __ATOMIC_RELAXED)) {
		uint16_t used = __atomic_load_n(&g->used->idx, __ATOMIC_ACQUIRE);

		if ((uint16_t)(idx - used) < QUEUE)
			__atomic_store_n(&g->avail->idx, ++idx, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void test_other_things_between_requests(void **state)
{
	struct guest *g = *state;
	struct virtio_gpu_ctrl_hdr hdr = { .type = htole32(VIRTIO_GPU_CMD_CTX_CREATE) };
	unsigned long before;
	pthread_t guest;

	memcpy(g->ram + REQUEST, &hdr, sizeof(hdr));
	guest_descriptor(g->desc, 0, BASE + REQUEST, sizeof(hdr), 0, 0);
	/* What is left is done when the loop has looked after everything else. */
	g->avail->idx = QUEUE;
	serve_queue(&g->gpu, 0);
	assert_int_equal(g->gpu.count.commands, QUEUE);
	assert_int_equal(loop_once(0), 0);
	g->used->idx = 0;
	g->gpu.virtq[0].last_avail = 0;
	g->avail->idx = 0;

	guest_goes_on = true;
	assert_int_equal(pthread_create(&guest, NULL, offer_always, g), 0);
	while (!__atomic_load_n(&g->avail->idx, __ATOMIC_ACQUIRE))
		sched_yield();
	for (int i = 0; i < 1000; i++) {
		before = g->gpu.count.commands;
		serve_queue(&g->gpu, 0);
		assert_in_range(g->gpu.count.commands - before, 0, QUEUE);
	}
	/* There is no kick, and yet they are all done. */
	__atomic_store_n(&guest_goes_on, false, __ATOMIC_RELAXED);
	pthread_join(guest, NULL);
	for (int i = 0; i < 3; i++)
		assert_int_equal(loop_once(0), 0);
	assert_int_equal(g->used->idx, g->avail->idx);
}

static void test_short_command(void **state)
{
	struct guest *g = *state;
	uint8_t byte = 0;
	uint32_t used = 99;

	guest_command(g, &byte, 1, &used);
	assert_int_equal(used, 0);
	assert_int_equal(g->gpu.count.malformed, 1);
}

static void test_no_room_for_answer(void **state)
{
	struct guest *g = *state;
	struct virtio_gpu_ctrl_hdr hdr = { .type = htole32(VIRTIO_GPU_CMD_CTX_CREATE) };

	memcpy(g->ram + REQUEST, &hdr, sizeof(hdr));
	guest_descriptor(g->desc, 0, BASE + REQUEST, sizeof(hdr), 0, 0);
	guest_offer(g, 0);
	serve_queue(&g->gpu, 0);
	assert_int_equal(g->used->idx, 1);
	assert_int_equal(g->used->ring[0].len, 0);
}

/**
 * device_test_virtq() - run the tests of this file
 */
int device_test_virtq(void)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_guest_ptr),
		DEVICE_TEST(test_bad_head),
		DEVICE_TEST(test_bad_next),
		DEVICE_TEST(test_loop),
		DEVICE_TEST(test_outside_memory),
		DEVICE_TEST(test_readable_after_writable),
		DEVICE_TEST(test_indirect),
		DEVICE_TEST(test_indirect_at_the_end),
		DEVICE_TEST(test_too_many_pieces),
		DEVICE_TEST(test_ring_outside_memory),
		DEVICE_TEST(test_rings_misaligned),
		DEVICE_TEST(test_rings_overlap),
		DEVICE_TEST(test_index_jumps),
		DEVICE_TEST(test_other_things_between_requests),
		DEVICE_TEST(test_short_command),
		DEVICE_TEST(test_no_room_for_answer),
	};

	return cmocka_run_group_tests_name("virtq", tests, NULL, NULL);
}
