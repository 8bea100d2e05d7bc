// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Memory that its exporter moves: not before the guest has let go of it, or cannot be at it.
 *
 * The exporter's half, which needs a kernel module, is replaced by the linker: --wrap.
 */
#include <errno.h>

#include "../ack_wait.h"
#include "../change.h"
#include "../control.h"
#include "../exporter.h"
#include "../loop.h"
#include "device_test.h"
#include "guest.h"
#include "qemu.h"

static unsigned int moves;
static int move_result;
static bool movable;

bool __wrap_exporter_can_move(const struct gpu *gpu, const struct blob *b);
bool __wrap_exporter_can_move(const struct gpu *gpu, const struct blob *b)
{
	(void)gpu;
	(void)b;
	return movable;
}

int __wrap_exporter_move(struct gpu *gpu, const struct blob *b, uint32_t flags);
int __wrap_exporter_move(struct gpu *gpu, const struct blob *b, uint32_t flags)
{
	(void)gpu;
	(void)b;
	(void)flags;
	moves++;
	return move_result;
}

/* A blob of the exporter's, which the guest has mapped, and whose changes it is told of. */
static struct blob *setup(struct guest *g, struct vmm *vmm)
{
	static uint8_t memory[4096];
	struct blob *b = guest_map_renderer_blob(g, vmm, memory);

	g->gpu.vmm.config_changed = guest_ignore_event;
	moves = 0;
	move_result = 0;
	movable = true;
	return b;
}

static void test_moved_by_acknowledgment(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b = setup(g, &vmm);

	assert_int_equal(gpu_move(&g->gpu, b), 0);
	assert_int_equal(b->generation, 2);
	assert_int_equal(b->declared.cache_mode, VIRTIO_GPU_MAP_CACHE_CACHED);
	assert_int_equal(b->declared.flags, 0);
	assert_int_equal(moves, 0);
	/* An acknowledgment of what was before says nothing about this. */
	guest_ack(g, 1, 1);
	assert_int_equal(moves, 0);
	assert_int_equal(guest_ack(g, 1, 2), NODATA);
	assert_int_equal(moves, 1);
	/* Once. */
	guest_ack(g, 1, 2);
	assert_int_equal(moves, 1);
	assert_true(b->mapped);
}

static void test_changed_before_acknowledged(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b = setup(g, &vmm);

	assert_int_equal(gpu_move(&g->gpu, b), 0);
	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_WC, 0), 0);
	/* The guest may have mapped by the second declaration since. */
	guest_ack(g, 1, 2);
	assert_int_equal(moves, 0);
	guest_ack(g, 1, 3);
	assert_int_equal(moves, 1);
}

static void test_moved_when_out_of_window(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b = setup(g, &vmm);

	assert_int_equal(gpu_change(&g->gpu, b, VIRTIO_GPU_MAP_CACHE_CACHED,
				    VIRTIO_GPU_MAP_ATTR_REVOKED), 0);
	guest_ack(g, 1, 2);
	assert_false(b->mapped);
	/* QEMU has not taken it out yet, and so it is asked for first. */
	assert_int_equal(gpu_move(&g->gpu, b), 0);
	assert_int_equal(moves, 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(moves, 1);
	/* Now it is. */
	assert_int_equal(gpu_move(&g->gpu, b), 0);
	assert_int_equal(moves, 2);
	assert_int_equal(b->generation, 3);
}

static void test_moved_after_time_out(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b = setup(g, &vmm);

	g->gpu.options.ack_timeout_ms = 1;
	assert_int_equal(gpu_move(&g->gpu, b), 0);
	while (!b->evicting)
		assert_int_equal(loop_once(1000), 0);
	assert_int_equal(moves, 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(moves, 1);
	assert_int_equal(b->declared.flags, VIRTIO_GPU_MAP_ATTR_REVOKED);
}

static void test_unmapped_meanwhile(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b = setup(g, &vmm);

	assert_int_equal(gpu_move(&g->gpu, b), 0);
	guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1);
	/* QEMU shows it still. */
	assert_int_equal(moves, 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(moves, 1);
	/* Mapped by what the answer says, it needs no acknowledgment, and must not move by a late one. */
	guest_map(g, 1, 8192);
	gpu_placed(&g->gpu, vmm.last.token, true);
	guest_ack(g, 1, 2);
	assert_int_equal(moves, 1);
}

static void test_unmapped_before(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b = setup(g, &vmm);

	guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1);
	assert_int_equal(gpu_move(&g->gpu, b), 0);
	assert_int_equal(moves, 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(moves, 1);
}

/* Asked for while QEMU is at work on the first place: before the guest is told of that. */
static void test_moved_before_mapped(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b = setup(g, &vmm);

	guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, 1);
	gpu_placed(&g->gpu, vmm.last.token, true);
	guest_map(g, 1, 8192);
	assert_int_equal(gpu_move(&g->gpu, b), 0);
	assert_int_equal(moves, 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(moves, 1);
	guest_ack(g, 1, b->generation);
	assert_int_equal(moves, 1);
}

/* QEMU may show the blob, for all that is known. */
static void test_not_taken_out(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b = setup(g, &vmm);

	g->gpu.options.ack_timeout_ms = 1;
	assert_int_equal(gpu_move(&g->gpu, b), 0);
	while (!b->evicting)
		assert_int_equal(loop_once(1000), 0);
	gpu_placed(&g->gpu, vmm.last.token, false);
	assert_int_equal(moves, 0);
	/* But the guest says that it is not there. */
	guest_ack(g, 1, b->generation);
	assert_int_equal(moves, 1);
}

/* One that is refused does not cancel the one before. */
static void test_refused_meanwhile(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b = setup(g, &vmm);

	assert_int_equal(gpu_move(&g->gpu, b), 0);
	g->gpu.vmm.config_changed = NULL;
	assert_int_equal(gpu_move(&g->gpu, b), -ENOTSUP);
	guest_ack(g, 1, 2);
	assert_int_equal(moves, 1);
}

static void test_cannot_be_moved(void **state)
{
	struct guest *g = *state;
	struct vmm vmm = { 0 };
	struct blob *b = setup(g, &vmm);
	json_t *req = json_pack("{s:s, s:i}", "op", "move", "resource", 1);
	json_t *answer;

	/* The exporter can fail, and then the guest goes on with what there is. */
	move_result = -ENOMEM;
	assert_int_equal(gpu_move(&g->gpu, b), 0);
	assert_int_equal(guest_ack(g, 1, 2), NODATA);
	assert_int_equal(moves, 1);
	/* A guest that cannot be told is not moved under. */
	g->gpu.vmm.config_changed = NULL;
	assert_int_equal(gpu_move(&g->gpu, b), -ENOTSUP);
	assert_false(b->moving);
	g->gpu.vmm.config_changed = guest_ignore_event;
	/* Nor is what is no dma-buf declared once more. */
	movable = false;
	answer = control_request(&g->gpu, req);
	assert_true(json_is_false(json_object_get(answer, "ok")));
	assert_int_equal(b->generation, 2);
	assert_int_equal(moves, 1);
	json_decref(answer);
	json_decref(req);
}

/**
 * device_test_move() - run the tests of this file
 */
int device_test_move(void)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_moved_by_acknowledgment),
		DEVICE_TEST(test_changed_before_acknowledged),
		DEVICE_TEST(test_moved_when_out_of_window),
		DEVICE_TEST(test_moved_after_time_out),
		DEVICE_TEST(test_unmapped_meanwhile),
		DEVICE_TEST(test_unmapped_before),
		DEVICE_TEST(test_moved_before_mapped),
		DEVICE_TEST(test_not_taken_out),
		DEVICE_TEST(test_refused_meanwhile),
		DEVICE_TEST(test_cannot_be_moved),
	};

	return cmocka_run_group_tests_name("move", tests, NULL, NULL);
}
