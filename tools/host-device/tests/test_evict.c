// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Blobs that the guest was too slow for: taken out of the window, revoked, given back.
 */
#include <errno.h>

#include "../ack_wait.h"
#include "../change.h"
#include "../loop.h"
#include "../renderer.h"
#include "../report.h"
#include "device_test.h"
#include "guest.h"
#include "qemu.h"

static void test_time_out_takes_out(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	static uint8_t renderers[4096];
	struct blob *b;

	b = guest_map_renderer_blob(g, &vmm, renderers);
	renderers[0] = 7;

	/* Revoked when it is out of the window, not before. */
	g->gpu.options.ack_timeout_ms = 1;
	g->gpu.vmm.config_changed = guest_ignore_event;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(vmm.last.fd, 77);
	while (!vmm.last.replace)
		assert_int_equal(loop_once(1000), 0);
	/* There is never nothing. */
	assert_int_equal(vmm.last.fd, g->gpu.window.fd);
	assert_int_equal(vmm.last.fd_offset, 4096);
	assert_int_equal(vmm.last.offset, 4096);
	assert_int_equal(vmm.last.len, 4096);
	assert_false(b->mapped);
	assert_int_equal(b->declared.flags, 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(b->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_int_equal(blob_memory(&g->gpu, b)[0], 7);
	assert_int_equal(guest_fetched(g), 1);

	/* What the guest still has mapped as before is not given back. */
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), -EBUSY);
	assert_int_equal(guest_ack(g, 1, b->generation), NODATA);

	/* Given back, but QEMU cannot: it stays revoked, and may be given back again. */
	g->gpu.options.ack_timeout_ms = 0;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(vmm.last.fd, 77);
	assert_int_equal(vmm.last.offset, 4096);
	assert_int_equal(guest_fetched(g), 0);
	assert_true(vmm.last.replace);
	gpu_placed(&g->gpu, vmm.last.token, false);
	assert_int_equal(b->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_true(b->evicted);
	assert_int_equal(vmm.last.fd, g->gpu.window.fd);
	assert_int_equal(guest_fetched(g), 1);
	assert_int_equal(guest_ack(g, 1, b->generation), NODATA);

	/* The guest is told once the blob is in the window. */
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(guest_fetched(g), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(guest_fetched(g), 1);
	assert_true(b->mapped);
	assert_false(b->evicted);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/* The guest has not acknowledged a change of a blob with a 7 in it in time. */
static struct blob *make_timed_out_blob(struct guest *g, uint32_t res, uint64_t offset)
{
	unsigned long timeouts = g->gpu.count.timeouts;
	struct blob *b;

	g->gpu.vmm.config_changed = guest_ignore_event;
	assert_int_equal(guest_create(g, res, 4096, guest_cached_id()), ATTR);
	assert_int_equal(guest_map(g, res, offset), ATTR);
	g->gpu.window.va[offset] = 7;
	b = guest_blob(g, res);
	g->gpu.options.ack_timeout_ms = 1;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	while (g->gpu.count.timeouts == timeouts)
		assert_int_equal(loop_once(1000), 0);
	g->gpu.options.ack_timeout_ms = 0;
	assert_false(b->mapped);
	assert_int_equal(b->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_int_equal(g->gpu.window.va[offset], 0);
	return b;
}

static void test_unmap_of_evicted(void **state)
{
	struct guest *g = *state;
	struct blob *b = make_timed_out_blob(g, 1, 4096);

	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), PARAMETER);
	/* Its place is another's, and given back it has none. */
	guest_create(g, 2, 4096, guest_cached_id());
	assert_int_equal(guest_map(g, 2, 4096), ATTR);
	g->gpu.window.va[4096] = 9;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(b->declared.flags, 0);
	assert_false(b->mapped);
	assert_int_equal(g->gpu.window.va[4096], 9);
	assert_int_equal(guest_map(g, 1, 8192), ATTR);
	assert_true(b->mapped);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
}

/* Nothing is late here, and its place shows nothing of it all the same. */
static void test_revoked_and_acknowledged(void **state)
{
	struct guest *g = *state;
	struct blob *b;

	guest_create(g, 1, 4096, guest_cached_id());
	assert_int_equal(guest_map(g, 1, 4096), ATTR);
	g->gpu.vmm.config_changed = guest_ignore_event;
	b = blob_find(&g->gpu.blobs, 1);
	g->gpu.window.va[4096] = 7;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_CACHED,
				    VIRTIO_GPU_MAP_ATTR_REVOKED), 0);
	assert_int_equal(g->gpu.window.va[4096], 7);
	assert_int_equal(guest_ack(g, 1, b->generation), NODATA);
	assert_int_equal(g->gpu.window.va[4096], 0);
	g->gpu.window.va[4096] = 9;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(g->gpu.window.va[4096], 7);
	assert_true(b->mapped);
	/* What has no place needs no acknowledgment, and gets one that shows nothing. */
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_CACHED,
				    VIRTIO_GPU_MAP_ATTR_REVOKED), 0);
	assert_int_equal(guest_map(g, 1, 8192), ATTR);
	assert_false(b->mapped);
}

static void test_map_of_evicted(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr *resp = (void *)(g->ram + ANSWER);
	struct blob *b = make_timed_out_blob(g, 1, 4096);

	/* As far as the guest knows the blob is mapped, and so its place is kept. */
	assert_int_equal(guest_map(g, 1, 65536), PARAMETER);
	guest_create(g, 2, 4096, guest_cached_id());
	assert_int_equal(guest_map(g, 2, 4096), PARAMETER);
	/* Mapped again it gets a place, and nothing that would be there. */
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), NODATA);
	assert_int_equal(guest_map(g, 1, 65536), ATTR);
	assert_int_equal(le32toh(resp->attr.flags), VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_false(b->mapped);
	assert_int_equal(g->gpu.window.va[65536], 0);
	assert_int_equal(guest_map(g, 2, 65536), PARAMETER);
	/* Until it is given back, which is when the guest knows that it has gone. */
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), -EBUSY);
	assert_int_equal(guest_ack(g, 1, b->generation), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_true(b->mapped);
	assert_false(b->evicted);
	assert_int_equal(g->gpu.window.va[65536], 7);
	assert_int_equal(guest_map(g, 2, 4096), ATTR);
}

static void test_given_back_during_eviction(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	static uint8_t renderers[4096];
	uint64_t out;
	struct blob *b;

	g->gpu.vmm.config_changed = guest_ignore_event;
	b = guest_map_renderer_blob(g, &vmm, renderers);
	g->gpu.options.ack_timeout_ms = 1;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	while (!vmm.last.replace)
		assert_int_equal(loop_once(1000), 0);
	g->gpu.options.ack_timeout_ms = 0;
	out = vmm.last.token;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_UNCACHED, 0), -EBUSY);
	gpu_placed(&g->gpu, out, true);
	assert_int_equal(b->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_UNCACHED, 0), -EBUSY);
	assert_int_equal(guest_ack(g, 1, b->generation), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_UNCACHED, 0), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(b->declared.flags, 0);
	assert_true(b->mapped);
	assert_false(b->evicted);

	/* The guest does not wait until it has it back. */
	ack_wait_timeout(&g->gpu, 1);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	while (vmm.last.fd != g->gpu.window.fd)
		assert_int_equal(loop_once(1000), 0);
	g->gpu.options.ack_timeout_ms = 0;
	out = vmm.last.token;
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), 0);
	gpu_placed(&g->gpu, out, true);
	assert_int_equal(b->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
	assert_int_equal(vmm.last.fd, -1);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(guest_answer_type(g), NODATA);

	/* Mapped again it has a place with nothing of its own; meanwhile it cannot be given back. */
	assert_int_equal(guest_map(g, 1, 8192), 0);
	assert_int_equal(vmm.last.fd, g->gpu.window.fd);
	assert_int_equal(guest_ack(g, 1, b->generation), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), -EBUSY);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_true(b->placed);
	assert_false(b->mapped);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(vmm.last.fd, 77);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_true(b->mapped);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/* The guest is told that it has let go when its place shows nothing any more, however often. */
static void test_ack_during_eviction(void **state)
{
	struct guest *g = *state;
	static uint8_t renderers[4096];
	struct vmm vmm = { 0 };
	struct blob *b = guest_map_renderer_blob(g, &vmm, renderers);
	uint16_t used;
	json_t *report;

	g->gpu.vmm.config_changed = guest_ignore_event;
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_CACHED,
				    VIRTIO_GPU_MAP_ATTR_REVOKED), 0);
	assert_int_equal(guest_fetched(g), 1);
	assert_int_equal(blob_evict(&g->gpu, b), 0);	/* the time-out */
	used = g->used->idx;
	assert_int_equal(guest_ack(g, 1, 2), 0);
	assert_int_equal(guest_ack(g, 1, 2), 0);
	report = report_blob(b);
	assert_true(json_is_true(json_object_get(report, "evicting")));
	json_decref(report);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(g->used->idx, (uint16_t)(used + 2));
	assert_int_equal(guest_answer_type(g), NODATA);
	report = report_blob(b);
	assert_true(json_is_false(json_object_get(report, "evicting")));
	json_decref(report);
	assert_int_equal(guest_ack(g, 1, 2), NODATA);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/* Blob 1 of a renderer, revoked, acknowledged, and given back, which QEMU is still to do. */
static struct blob *begin_giving_back(struct guest *g, struct vmm *vmm, uint8_t *memory)
{
	struct blob *b = guest_map_renderer_blob(g, vmm, memory);

	g->gpu.vmm.config_changed = guest_ignore_event;
	g->gpu.options.ack_timeout_ms = 60000;
	assert_int_equal(blob_evict(&g->gpu, b), 0);
	gpu_placed(&g->gpu, vmm->last.token, true);
	assert_int_equal(guest_ack(g, 1, 2), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(vmm->last.fd, 77);
	assert_int_equal(guest_fetched(g), 0);
	return b;
}

/* Until the blob is in the window, an acknowledgment neither tells of it nor ends a wait for it. */
static void test_ack_while_given_back(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr *resp = (void *)(g->ram + ANSWER);
	static uint8_t renderers[4096];
	struct vmm vmm = { 0 };
	struct blob *b = begin_giving_back(g, &vmm, renderers);
	uint16_t used = g->used->idx;

	assert_int_equal(guest_ack(g, 1, 2), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(g->used->idx, (uint16_t)(used + 1));
	assert_int_equal(guest_answer_type(g), ATTR);
	assert_int_equal(le64toh(resp->attr.generation), 3);
	/* One that guesses. */
	assert_int_equal(guest_ack(g, 1, 3), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC,
				    VIRTIO_GPU_MAP_ATTR_REVOKED), 0);
	assert_int_equal(guest_ack(g, 1, 4), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(guest_answer_type(g), NODATA);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	assert_int_equal(guest_ack(g, 1, 5), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(guest_answer_type(g), NODATA);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/* When QEMU cannot, what is acknowledged is not in force any more, and that is no error. */
static void test_ack_while_not_given_back(void **state)
{
	static const uint64_t generation[] = { 2, 3 };
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr *resp = (void *)(g->ram + ANSWER);
	static uint8_t renderers[4096];
	struct vmm vmm = { 0 };
	struct blob *b = begin_giving_back(g, &vmm, renderers);

	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(guest_ack(g, 1, generation[i]), 0);
		gpu_placed(&g->gpu, vmm.last.token, false);
		assert_int_equal(guest_answer_type(g), ATTR);
		assert_int_equal(le64toh(resp->attr.generation), b->generation);
		assert_int_equal(le32toh(resp->attr.flags), VIRTIO_GPU_MAP_ATTR_REVOKED);
		assert_int_equal(guest_ack(g, 1, b->generation), NODATA);
		b->generation = 2;
		b->acked = 2;
		assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	}
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/* What was not told because its place was being filled is told when it has none. */
static void test_unmap_while_given_back(void **state)
{
	struct guest *g = *state;
	static uint8_t renderers[4096];
	struct vmm vmm = { 0 };
	struct blob *b = begin_giving_back(g, &vmm, renderers);

	g->gpu.config.events_read = 0;
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1), 0);
	assert_int_equal(le32toh(g->gpu.config.events_read), VIRTIO_GPU_EVENT_MAP_ATTR);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(guest_fetched(g), 1);
	b->memory.va = NULL;
	b->memory.fd = -1;
}

/**
 * device_test_evict() - run the tests of this file
 */
int device_test_evict(void)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_time_out_takes_out),
		DEVICE_TEST(test_unmap_of_evicted),
		DEVICE_TEST(test_revoked_and_acknowledged),
		DEVICE_TEST(test_map_of_evicted),
		DEVICE_TEST(test_given_back_during_eviction),
		DEVICE_TEST(test_ack_during_eviction),
		DEVICE_TEST(test_ack_while_given_back),
		DEVICE_TEST(test_ack_while_not_given_back),
		DEVICE_TEST(test_unmap_while_given_back),
	};

	return cmocka_run_group_tests_name("evict", tests, NULL, NULL);
}
