// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Guests that are stopped, go on, or are reset: what is in the window then.
 */
#include <sys/socket.h>
#include <unistd.h>
#include <vhost_user_numbers.h>

#include "../change.h"
#include "../vu_window.h"
#include "device_test.h"
#include "guest.h"
#include "qemu.h"

static void test_time_out_stands_still(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	qemu_start(q, 0);
	g->gpu.options.ack_timeout_ms = 1000;
	guest_placed_blob(g, 1);
	assert_int_equal(gpu_change(&g->gpu, guest_blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(qemu_stop(q), 2);
	guest_run_ms(1100);
	assert_int_equal(g->gpu.count.timeouts, 0);
	qemu_start(q, 2);
	assert_int_equal(g->gpu.count.timeouts, 0);
	guest_run_ms(1100);
	assert_int_equal(g->gpu.count.timeouts, 1);
}

static void test_change_while_stopped(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	assert_int_equal(qemu_start(q, 0), 0);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
	assert_int_equal(qemu_stop(q), 1);
	assert_int_equal(gpu_change(&g->gpu, guest_blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(qemu_answers(q), 0);	/* it would follow a null pointer */
	assert_int_equal(qemu_start(q, 1), 1);
	assert_int_equal(le32toh(g->gpu.config.events_read), VIRTIO_GPU_EVENT_MAP_ATTR);
	assert_int_equal(guest_fetched(g), 1);
	/* Nothing has changed since. */
	assert_int_equal(qemu_stop(q), 2);
	assert_int_equal(qemu_start(q, 2), 0);
}

/* The device is in the middle of an eviction: QEMU, which would crash, is asked for no more. */
static void test_stop_during_eviction(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);
	static uint8_t renderers[4096];
	struct blob *b;

	g->gpu.vmm.place = vu_window_place;
	qemu_start(q, 0);
	guest_create(g, 1, 4096, guest_cached_id());
	b = guest_blob(g, 1);
	b->memory.va = renderers;
	b->memory.fd = q->ram_fd;
	guest_map(g, 1, 4096);
	qemu_answers(q);
	assert_int_equal(guest_answer_type(g), ATTR);

	assert_int_equal(blob_evict(&g->gpu, b), 0);
	assert_int_equal(qemu_received(q->back_fd, NULL), VU_BACKEND_SHMEM_UNMAP);
	qemu_stop(q);
	qemu_send(q->back_fd, VU_BACKEND_SHMEM_UNMAP, VU_FLAG_REPLY, 0, -1);
	assert_int_equal(qemu_received(q->back_fd, NULL), 0);
	qemu_start(q, g->gpu.virtq[0].last_avail);
	assert_true(g->gpu.ready);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/* A stopped guest, whose device asks for each blob, has mapped blobs 1 to @count. */
static struct qemu *qemu_stopped_while_placing(struct guest *g, uint32_t count)
{
	struct qemu *q = qemu_begin(g);

	g->gpu.vmm.place = vu_window_place;
	qemu_start(q, 0);
	for (uint32_t res = 1; res <= count; res++)
		assert_int_equal(guest_create(g, res, 4096, guest_cached_id()), ATTR);
	for (uint32_t res = 1; res <= count; res++)
		assert_int_equal(guest_map(g, res, res * 4096), 0);
	assert_int_equal(qemu_received(q->back_fd, NULL), VU_BACKEND_SHMEM_MAP);
	assert_int_equal(qemu_stop(q), 2 * count);
	assert_int_equal(qemu_received(q->back_fd, NULL), 0);
	return q;
}

/* What QEMU is in the middle of, or is still to do, it is asked for again. */
static void test_place_over_stop(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_stopped_while_placing(g, 2);

	qemu_send(q->back_fd, VU_BACKEND_SHMEM_MAP, VU_FLAG_REPLY, 0, -1);
	assert_int_equal(qemu_answers(q), 0);
	assert_int_equal(q->maps, 0);
	qemu_start(q, 4);
	assert_int_equal(q->maps, 2);
	assert_int_equal(g->used->idx, 4);
	assert_int_equal(guest_answer_type(g), ATTR);
	assert_true(guest_blob(g, 1)->placed && guest_blob(g, 2)->placed);

	/* The same of what is taken out. */
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), 0);
	assert_int_equal(qemu_received(q->back_fd, NULL), VU_BACKEND_SHMEM_UNMAP);
	assert_int_equal(qemu_stop(q), 5);
	qemu_send(q->back_fd, VU_BACKEND_SHMEM_UNMAP, VU_FLAG_REPLY, 0, -1);
	qemu_start(q, 5);
	assert_int_equal(g->used->idx, 5);
	assert_int_equal(guest_answer_type(g), NODATA);
	assert_int_equal(q->maps, 3);	/* of blob 2 */
}

/* An answer that comes when the guest runs again is one to what was asked before. */
static void test_place_over_short_stop(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_stopped_while_placing(g, 1);

	qemu_start_only(q, 2);
	qemu_stop(q);
	qemu_start_only(q, 2);
	assert_int_equal(qemu_received(q->back_fd, NULL), 0);
	qemu_send(q->back_fd, VU_BACKEND_SHMEM_MAP, VU_FLAG_REPLY, 1, -1);
	qemu_answers(q);
	assert_int_equal(q->maps, 1);
	assert_int_equal(g->used->idx, 2);
	assert_int_equal(guest_answer_type(g), ATTR);
	assert_int_equal(guest_command_resource(g, 0, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
}

/* The same of the whole window, which has to be there. */
static void test_window_over_short_stop(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);

	qemu_start_only(q, 0);
	assert_int_equal(qemu_received(q->back_fd, NULL), VU_BACKEND_SHMEM_MAP);
	qemu_send(q->back_fd, VU_BACKEND_SHMEM_MAP, VU_FLAG_REPLY, 1, -1);
	assert_int_equal(qemu_received(q->back_fd, NULL), VU_BACKEND_SHMEM_UNMAP);
	qemu_send(q->back_fd, VU_BACKEND_SHMEM_UNMAP, VU_FLAG_REPLY, 1, -1);
	assert_int_equal(qemu_received(q->back_fd, NULL), VU_BACKEND_SHMEM_MAP);
	qemu_stop(q);
	qemu_start_only(q, 0);
	qemu_send(q->back_fd, VU_BACKEND_SHMEM_MAP, VU_FLAG_REPLY, 1, -1);
	qemu_answers(q);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
}

/* A channel that takes the place of one whose requests QEMU has not answered is asked for all. */
static void test_window_over_another_channel(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_begin(g);
	int back[2];

	qemu_start_only(q, 0);
	assert_false(g->gpu.ready);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, back), 0);
	close(q->back_fd);
	q->back_fd = back[1];
	assert_int_equal(qemu_ask_u64(q, VU_SET_BACKEND_REQ_FD, 0, back[0]), 0);
	close(back[0]);
	assert_int_equal(qemu_vring(q, VU_SET_VRING_ENABLE, 1), 0);
	qemu_answers(q);
	assert_int_equal(q->maps, 1);
	assert_true(g->gpu.ready);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
}

/* What another driver has asked for is not to be where this one has something else. */
static void test_place_over_reset(void **state)
{
	struct guest *g = *state;
	struct qemu *q = qemu_stopped_while_placing(g, 2);

	qemu_send(q->back_fd, VU_BACKEND_SHMEM_MAP, VU_FLAG_REPLY, 0, -1);
	qemu_new_rings(g);
	qemu_start(q, 0);
	assert_int_equal(q->maps, 0);
	assert_int_equal(g->used->idx, 0);
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
	assert_int_equal(guest_map(g, 1, 4096), 0);
	qemu_answers(q);
	assert_int_equal(q->maps, 1);
	assert_int_equal(guest_answer_type(g), ATTR);
}

/**
 * device_test_stop() - run the tests of this file
 */
int device_test_stop(void)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_time_out_stands_still),
		DEVICE_TEST(test_change_while_stopped),
		DEVICE_TEST(test_stop_during_eviction),
		DEVICE_TEST(test_place_over_stop),
		DEVICE_TEST(test_place_over_short_stop),
		DEVICE_TEST(test_window_over_short_stop),
		DEVICE_TEST(test_window_over_another_channel),
		DEVICE_TEST(test_place_over_reset),
	};

	return cmocka_run_group_tests_name("stop", tests, NULL, NULL);
}
