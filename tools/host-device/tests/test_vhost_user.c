// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What QEMU sends: messages that are malformed, queues set up in any order.
 */
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vhost_user_numbers.h>

#include "../loop.h"
#include "device_test.h"
#include "guest.h"
#include "qemu.h"

static void test_bad_messages(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	/* Longer than there are addresses, and the sum is not. */
	assert_int_equal(qemu_mem_table(q, -8192ULL, 16384), 1);
	assert_int_equal(qemu_mem_table(q, SIZE, -SIZE + 4096ULL), 1);
	assert_int_equal(qemu_mem_table(q, 0, 0), 1);
	/* Longer than the file, whose end would be ours. */
	assert_int_equal(qemu_mem_table(q, SIZE + 1, 0), 1);
	assert_int_equal(qemu_mem_table(q, SIZE, 4096), 1);
	assert_int_equal(g->gpu.memory.count, 0);
	assert_int_equal(qemu_mem_table(q, SIZE, 0), 0);

	assert_int_equal(qemu_vring(q, VU_SET_VRING_NUM, 0), 1);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_NUM, QUEUE + 1), 1);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_NUM, 2 * VIRTQ_MAX_SIZE), 1);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_BASE, 65536), 1);
	qemu_start(q, 0);
	/* Its memory has been looked at; what is beyond has not. */
	assert_int_equal(qemu_vring(q, VU_SET_VRING_NUM, VIRTQ_MAX_SIZE), 1);
	assert_int_equal(qemu_vring_addr(q, 0, 0x1000, 0x3000), 1);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_BASE, 5), 1);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);

	/* Memory that goes away takes the requests along that the device has in it. */
	guest_defer_one(g, 2, 5);
	assert_int_equal(qemu_mem_table(q, 0, 0), 1);
	assert_int_equal(qemu_mem_table(q, SIZE, 0), 0);
	qemu_start(q, 2);
	assert_false(g->gpu.virtq[0].taken[2]);
	deferred_fence(&g->gpu, 1, 0, 5);
	assert_int_equal(g->used->idx, 1);

	/* A kick without a descriptor, as often as there are descriptors to watch. */
	for (int i = 0; i < 64; i++)
		assert_int_equal(qemu_ask_u64(q, VU_SET_VRING_KICK, 0, -1), 1);
	qemu_stop(q);
	qemu_start(q, 2);
	assert_int_equal(guest_create(g, 2, 4096, guest_cached_id()), ATTR);
}

static void test_half_a_message(void **state)
{
	struct qemu *q = qemu_begin(*state);
	uint32_t header[3] = { VU_SET_FEATURES, 1, 8 };

	alarm(60);	/* for a device that waits for the rest */
	assert_int_equal(send(q->main_fd, header, sizeof(header), 0), sizeof(header));
	assert_int_equal(loop_once(0), 0);
	alarm(0);
	assert_true(qemu_is_closed);
}

static void test_replies_not_read(void **state)
{
	struct qemu *q = qemu_begin(*state);
	uint32_t header[3] = { VU_GET_SHMEM_CONFIG, 1, 0 };

	alarm(60);	/* for a device that waits for us */
	for (int i = 0; i < 10000 && !qemu_is_closed; i++) {
		assert_int_equal(send(q->main_fd, header, sizeof(header), 0), sizeof(header));
		assert_int_equal(loop_once(0), 0);
	}
	alarm(0);
	assert_true(qemu_is_closed);
}

/* A file is ready to be read for ever, an eventfd is not. */
static void test_kick_is_a_file(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	qemu_start(q, 0);
	lseek(q->ram_fd, 0, SEEK_END);
	assert_int_equal(qemu_ask_u64(q, VU_SET_VRING_KICK, 0, q->ram_fd), 0);
	assert_int_equal(loop_once(0), 0);
	assert_false(g->gpu.virtq[0].started);
	qemu_start(q, 0);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
}

/* A front end may enable a queue before it starts it, and signals may come to any descriptor. */
static void test_enabled_first(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);
	int call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint64_t n;

	g->gpu.vmm.place = NULL;
	assert_int_equal(qemu_vring(q, VU_SET_VRING_ENABLE, 1), 0);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_NUM, QUEUE), 0);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_BASE, 0), 0);
	assert_int_equal(qemu_vring_addr(q, 0, 0x1000, 0x2000), 0);
	assert_int_equal(qemu_ask_u64(q, VU_SET_VRING_KICK, 0, q->kick), 0);
	qemu_answers(q);
	assert_true(g->gpu.ready);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
	assert_int_equal(qemu_ask_u64(q, VU_SET_VRING_CALL, 0, call), 0);
	assert_int_equal(read(call, &n, sizeof(n)), sizeof(n));
	close(call);
	/* The other queue stops alone. */
	assert_int_equal(qemu_ask_u64(q, VU_GET_VRING_BASE, 1, -1), 1);
	assert_true(g->gpu.ready);
}

static void test_goes_on_at_0(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_stopped_at_1(g);

	qemu_start(q, 1);
	assert_non_null(guest_blob(g, 1));
	/* No more than any other number. */
	guest_nonsense_until(g, 0);
	assert_int_equal(qemu_stop(q), 0);
	qemu_start(q, 0);
	assert_non_null(guest_blob(g, 1));
	assert_int_equal(guest_create(g, 2, 4096, guest_cached_id()), ATTR);
}

static void test_new_driver(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_stopped_at_1(g);

	qemu_new_rings(g);
	qemu_start(q, 0);
	assert_null(guest_blob(g, 1));

	/* The one before it has come to 0 just then. */
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
	guest_nonsense_until(g, 0);
	assert_int_equal(qemu_stop(q), 0);
	qemu_new_rings(g);
	qemu_start(q, 0);
	assert_null(guest_blob(g, 1));
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);

	/* A VMM that says so. */
	assert_int_equal(qemu_ask_u64(q, VU_RESET_DEVICE, 0, -1), 0);
	assert_null(guest_blob(g, 1));
	assert_false(g->gpu.virtq[0].started);
	assert_int_equal(qemu_ask_u64(q, VU_SET_FEATURES, device_features(&g->gpu), -1), 0);
	qemu_new_rings(g);
	qemu_start(q, 0);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
}

/* The guest signals once, and may do so while the queue is disabled. */
static void test_disabled_queue(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	qemu_start(q, 0);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_ENABLE, 0), 0);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), 0);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_ENABLE, 1), 0);
	assert_int_equal(g->used->idx, 1);
	assert_int_equal(guest_answer_type(g), ATTR);
}

/**
 * device_test_vhost_user() - run the tests of this file
 */
int device_test_vhost_user(void)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_bad_messages),
		DEVICE_TEST(test_half_a_message),
		DEVICE_TEST(test_replies_not_read),
		DEVICE_TEST(test_kick_is_a_file),
		DEVICE_TEST(test_enabled_first),
		DEVICE_TEST(test_goes_on_at_0),
		DEVICE_TEST(test_new_driver),
		DEVICE_TEST(test_disabled_queue),
	};

	return cmocka_run_group_tests_name("vhost_user", tests, NULL, NULL);
}
