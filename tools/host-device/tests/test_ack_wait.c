// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * How long the guest is waited for to acknowledge a change.
 */
#include "../ack_wait.h"
#include "../change.h"
#include "../control.h"
#include "../renderer.h"
#include "device_test.h"
#include "guest.h"
#include "qemu.h"

static void test_time_out_of_each(void **state)
{
	struct guest *g = *state;
	unsigned long timeouts;

	g->gpu.vmm.config_changed = guest_ignore_event;
	g->gpu.options.ack_timeout_ms = 200;
	for (uint32_t res = 1; res <= 3; res++)
		guest_placed_blob(g, res);
	assert_int_equal(gpu_change(&g->gpu, guest_blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(gpu_change(&g->gpu, guest_blob(g, 2), VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	/* Neither changes of others put it off, nor its own. */
	for (int i = 0; i < 4; i++) {
		guest_run_ms(60);
		gpu_change(&g->gpu, guest_blob(g, 3), 1 + i % 3, 0);
		guest_ack(g, 3, guest_blob(g, 3)->generation);
		gpu_change(&g->gpu, guest_blob(g, 2), 1 + i % 3, 0);
	}
	assert_int_equal(guest_blob(g, 1)->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_int_equal(guest_blob(g, 3)->declared.flags, 0);
	assert_in_range(g->gpu.count.timeouts, 2, 5);
	/* What is revoked already does not time out again and again. */
	guest_run_ms(300);
	assert_int_equal(guest_blob(g, 2)->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	timeouts = g->gpu.count.timeouts;
	guest_run_ms(500);
	assert_int_equal(g->gpu.count.timeouts, timeouts);
}

static void test_time_out_after_some_acks(void **state)
{
	struct guest *g = *state;
	uint64_t declared[8];
	struct blob *b;

	/* It is the oldest declaration that is not acknowledged that counts. */
	g->gpu.vmm.config_changed = guest_ignore_event;
	g->gpu.options.ack_timeout_ms = 60000;
	b = guest_placed_blob(g, 1);
	assert_false(b->waiting);
	for (uint64_t generation = 2; generation < 8; generation++) {
		guest_run_ms(5);
		gpu_change(&g->gpu, b, 1 + generation % 3, 0);
		declared[generation] = b->history[generation].ms;
		assert_true(declared[generation] > (generation > 2 ? declared[generation - 1] : 0));
		assert_int_equal(b->since_ms, declared[2]);
	}
	for (uint64_t generation = 2; generation < 8; generation++) {
		assert_true(b->waiting);
		assert_int_equal(b->since_ms, declared[generation]);
		guest_ack(g, 1, generation);
	}
	assert_false(b->waiting);
	/* What cannot be acknowledged is not waited for: "generation" of op change. */
	b->generation = 0;
	ack_wait_timeout(&g->gpu, 10);
	gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
	guest_run_ms(100);
	assert_int_equal(g->gpu.count.timeouts, 0);
	b->generation = 7;
	b->waiting = false;
	ack_wait_timeout(&g->gpu, 60000);
	/* Of more than are remembered none gets more time than the first. */
	gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
	declared[0] = b->since_ms;
	for (int i = 0; i < 2 * BLOB_HISTORY; i++)
		gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
	guest_ack(g, 1, 9);
	assert_true(b->waiting);
	assert_int_equal(b->since_ms, declared[0]);
}

/* The guest does what it can: each generation that it is told of it acknowledges. */
static void test_time_out_of_quick_changes(void **state)
{
	struct guest *g = *state;
	uint64_t next_ms, since_ms;
	struct blob *b;

	g->gpu.vmm.config_changed = guest_ignore_event;
	g->gpu.options.ack_timeout_ms = 60000;
	b = guest_placed_blob(g, 1);
	for (int round = 0; round < 3; round++) {
		gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
		assert_int_equal(guest_fetched(g), 1);
		guest_run_ms(5);
		gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
		next_ms = b->history[b->generation % BLOB_HISTORY].ms;
		guest_run_ms(5);
		for (int i = 0; i < 2 * BLOB_HISTORY; i++)
			gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
		assert_true(b->since_ms < next_ms);
		assert_int_equal(guest_ack(g, 1, b->generation - 2 * BLOB_HISTORY - 1), ATTR);
		assert_true(b->waiting);
		assert_int_equal(b->since_ms, next_ms);
	}
	/* What it has not been told of gets it no more time. */
	since_ms = b->since_ms;
	assert_int_equal(guest_ack(g, 1, b->generation - 2 * BLOB_HISTORY), ATTR);
	assert_int_equal(b->since_ms, since_ms);
	assert_int_equal(guest_fetched(g), 1);
	assert_int_equal(guest_ack(g, 1, b->generation), NODATA);
	assert_false(b->waiting);
}

/* What was declared before the blob had a place the guest could not be late with. */
static void test_time_out_after_an_old_ack(void **state)
{
	struct guest *g = *state;
	struct blob *b;
	uint64_t since_ms;

	g->gpu.vmm.config_changed = guest_ignore_event;
	g->gpu.options.ack_timeout_ms = 60000;
	guest_create(g, 1, 4096, guest_cached_id());
	b = guest_blob(g, 1);
	for (int i = 0; i < 2; i++)
		gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
	guest_run_ms(5);
	assert_int_equal(guest_map(g, 1, 0), ATTR);
	gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0);
	since_ms = b->since_ms;
	assert_int_equal(guest_ack(g, 1, 2), ATTR);
	assert_true(b->waiting);
	assert_int_equal(b->since_ms, since_ms);
}

static void test_time_out_set_later(void **state)
{
	struct guest *g = *state;
	json_t *request = json_pack("{s:s, s:i}", "op", "ack-timeout", "ms", 100), *answer;

	g->gpu.vmm.config_changed = guest_ignore_event;
	guest_placed_blob(g, 1);
	assert_int_equal(gpu_change(&g->gpu, guest_blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	guest_run_ms(50);
	assert_int_equal(g->gpu.count.timeouts, 0);
	answer = control_request(&g->gpu, request);
	assert_true(json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
	json_decref(request);
	guest_run_ms(200);
	assert_int_equal(g->gpu.count.timeouts, 1);
	assert_int_equal(guest_blob(g, 1)->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
}

/* Acknowledged before it is told: that starts no wait, which the next change would find begun. */
static void test_time_out_after_an_early_ack(void **state)
{
	struct guest *g = *state;
	static uint8_t renderers[4096];
	struct vmm vmm = { 0 };
	struct blob *b = guest_map_renderer_blob(g, &vmm, renderers);

	g->gpu.vmm.config_changed = guest_ignore_event;
	g->gpu.options.ack_timeout_ms = 60000;
	assert_int_equal(blob_evict(&g->gpu, b), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(guest_ack(g, 1, b->generation), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(guest_ack(g, 1, b->generation), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(guest_answer_type(g), NODATA);
	assert_false(b->waiting);
	guest_run_ms(5);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_true(b->waiting);
	assert_int_equal(b->since_ms, b->history[b->generation].ms);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/* However long QEMU takes to map it, the guest has its time from then on. */
static void test_time_out_after_map(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b;

	guest_use_vmm(g, &vmm);
	g->gpu.vmm.config_changed = guest_ignore_event;
	g->gpu.options.ack_timeout_ms = 60000;
	guest_create(g, 1, 4096, guest_cached_id());
	b = guest_blob(g, 1);
	assert_int_equal(guest_map(g, 1, 4096), 0);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	guest_run_ms(5);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(guest_answer_type(g), ATTR);
	assert_true(b->waiting);
	assert_true(b->since_ms > b->history[2].ms);
	assert_int_equal(guest_ack(g, 1, 2), NODATA);
	assert_false(b->waiting);
	/* What has not changed meanwhile is not waited for. */
	guest_create(g, 2, 4096, guest_cached_id());
	assert_int_equal(guest_map(g, 2, 8192), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_false(guest_blob(g, 2)->waiting);
}

/**
 * device_test_ack_wait() - run the tests of this file
 */
int device_test_ack_wait(void)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_time_out_after_an_early_ack),
		DEVICE_TEST(test_time_out_of_each),
		DEVICE_TEST(test_time_out_after_some_acks),
		DEVICE_TEST(test_time_out_of_quick_changes),
		DEVICE_TEST(test_time_out_after_an_old_ack),
		DEVICE_TEST(test_time_out_set_later),
		DEVICE_TEST(test_time_out_after_map),
	};

	return cmocka_run_group_tests_name("ack_wait", tests, NULL, NULL);
}
