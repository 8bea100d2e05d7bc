// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Unit tests of the device when it misbehaves, and of what takes that to be tested.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../change.h"
#include "../control.h"
#include "../inject.h"
#include "../inject/injected.h"
#include "../inject/witness.h"
#include "guest.h"

static void attach_inject(struct gpu *gpu)
{
	inject_attach(gpu);
	gpu->inject->option(gpu);
}

/* Return: whether it is carried out. */
static bool control_ok(struct guest *g, const char *line)
{
	json_t *req = json_loads(line, 0, NULL), *answer = control_request(&g->gpu, req);
	bool ok = json_is_true(json_object_get(answer, "ok"));

	json_decref(answer);
	json_decref(req);
	return ok;
}

static void test_numbers_of_requests(void **state)
{
	struct guest *g = *state;

	guest_create(g, 1, 4096, guest_cached_id());
	assert_true(control_ok(g, "{\"op\":\"generation\",\"resource\":1,\"next\":-9223372036854775808}"));
	assert_int_equal(guest_blob(g, 1)->generation, INT64_MAX);
	/* Nothing else is done meanwhile. */
	assert_false(control_ok(g, "{\"op\":\"flood\",\"count\":10000000000}"));
	assert_false(control_ok(g, "{\"op\":\"flood\",\"count\":-1}"));
	assert_true(control_ok(g, "{\"op\":\"flood\",\"count\":500}"));
}

/* The device has a request, and is offered it again. */
static void test_same_head_again(void **state)
{
	struct guest *g = *state;

	guest_create(g, 1, 4096, blob_id_inject(1, 0, INJECT_HOLD, INJECT_NONE, 0));
	for (uint32_t i = 0; i < 4 * QUEUE; i++) {
		((struct virtio_gpu_resource_create_blob *)(g->ram + REQUEST))->resource_id++;
		guest_offer(g, 0);
		serve_queue(&g->gpu, 0);
	}
	assert_int_equal(g->gpu.count.created, 1);
	assert_true(g->gpu.virtq[0].broken);
}

static void test_head_is_free_again(void **state)
{
	struct guest *g = *state;

	for (uint32_t i = 0; i < 4 * QUEUE; i++) {
		assert_int_equal(guest_create(g, i + 1, 4096, blob_id_inject(1, 0, INJECT_HOLD,
									     INJECT_NONE, 0)), 0);
		deferred_injected(&g->gpu, 0, 0);
		assert_int_equal(g->used->idx, i + 1);
	}
	/* Nor does the device have it any more when the ring has been stopped. */
	guest_create(g, 100, 4096, blob_id_inject(1, 0, INJECT_HOLD, INJECT_NONE, 0));
	deferred_drop(&g->gpu, 0);
	assert_int_equal(guest_create(g, 101, 4096, 0), VIRTIO_GPU_RESP_OK_MAP_ATTR);
}

static void test_deferred_follows_memory(void **state)
{
	struct guest *g = *state;
	uint8_t *elsewhere = calloc(1, SIZE);
	struct virtio_gpu_ctrl_hdr *hdr = (void *)(elsewhere + ANSWER);

	/* A new memory table while the answer waits: the old memory is no longer used. */
	guest_create(g, 1, 4096, blob_id_inject(1, 0, INJECT_HOLD, INJECT_NONE, 0));
	memcpy(elsewhere, g->ram, SIZE);
	memset(g->ram, 0xee, SIZE);
	g->gpu.memory.region[0].va = elsewhere;
	assert_int_equal(virtq_start(&g->gpu.virtq[0], &g->gpu.memory), 0);
	deferred_injected(&g->gpu, 0, 0);
	assert_int_equal(le32toh(hdr->type), VIRTIO_GPU_RESP_OK_MAP_ATTR);
	assert_int_equal(((struct vring_used *)(elsewhere + 0x2000))->idx, 1);
	for (int i = 0; i < SIZE; i++)
		assert_int_equal(g->ram[i], 0xee);
	g->gpu.memory.region[0].va = g->ram;
	free(elsewhere);
}

static void test_hold_and_release(void **state)
{
	struct guest *g = *state;

	assert_int_equal(guest_create(g, 1, 4096, blob_id_inject(1, 0, INJECT_HOLD, INJECT_NONE, 0)), 0);
	assert_int_equal(g->used->idx, 0);
	deferred_injected(&g->gpu, 0, 0);
	assert_int_equal(g->used->idx, 1);
	assert_int_equal(guest_create(g, 2, 4096, blob_id_inject(1, 0, INJECT_HOLD, INJECT_NONE, 0)), 0);
	deferred_drop(&g->gpu, 0);
	deferred_injected(&g->gpu, 0, 0);
	assert_int_equal(g->used->idx, 1);
}

static void test_injections_are_asked_for(void **state)
{
	uint64_t blob_id = blob_id_inject(VIRTIO_GPU_MAP_CACHE_WC, 0, INJECT_ERROR, INJECT_ERROR, 0);
	struct guest *g = *state;

	inject_attach(&g->gpu);
	assert_int_equal(guest_create(g, 1, 4096, blob_id), ATTR);
	assert_int_equal(guest_blob(g, 1)->declared.cache_mode, VIRTIO_GPU_MAP_CACHE_WC);
	assert_int_equal(guest_map(g, 1, 4096), ATTR);
	g->gpu.inject->option(&g->gpu);
	assert_int_equal(guest_create(g, 2, 4096, blob_id), VIRTIO_GPU_RESP_ERR_UNSPEC);
}

static void test_release_one_kind(void **state)
{
	struct guest *g = *state;
	uint64_t hold = blob_id_inject(VIRTIO_GPU_MAP_CACHE_CACHED, 0, INJECT_HOLD, INJECT_HOLD, 0);

	assert_int_equal(guest_create(g, 1, 4096, hold), 0);
	assert_int_equal(guest_map(g, 1, 0), 0);
	deferred_injected(&g->gpu, 0, VIRTIO_GPU_CMD_MAP_ATTR_ACK);
	assert_int_equal(g->used->idx, 0);
	deferred_injected(&g->gpu, 0, VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB);
	assert_int_equal(g->used->idx, 1);
	deferred_injected(&g->gpu, 0, VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB);
	assert_int_equal(g->used->idx, 2);
}

static void test_deferred_unref(void **state)
{
	struct guest *g = *state;

	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
	inject_next(&g->gpu, VIRTIO_GPU_CMD_RESOURCE_UNREF, INJECT_HOLD, 1);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 1), 0);
	assert_null(guest_blob(g, 1));
	deferred_injected(&g->gpu, 0, VIRTIO_GPU_CMD_RESOURCE_UNREF);
	assert_int_equal(g->used->idx, 2);
	assert_int_equal(guest_answer_type(g), NODATA);
}

static void test_deferred_clash(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr *resp = (void *)(g->ram + ANSWER);
	unsigned int events = 0;

	g->gpu.vmm.config_changed = guest_count_event;
	g->gpu.vmm.data = &events;
	assert_int_equal(guest_create(g, 1, 4096, blob_id_inject(VIRTIO_GPU_MAP_CACHE_CACHED, 0,
								 INJECT_NONE, INJECT_CHANGE_CLASH_HOLD,
								 0)), ATTR);
	assert_int_equal(guest_map(g, 1, 0), 0);
	assert_int_equal(events, 1);
	assert_int_equal(guest_blob(g, 1)->declared.cache_mode,
			 VIRTIO_GPU_MAP_CACHE_UNCACHED);
	deferred_injected(&g->gpu, 0, 0);
	assert_int_equal(guest_answer_type(g), ATTR);
	assert_int_equal(le64toh(resp->attr.generation), 2);
	assert_int_equal(le32toh(resp->attr.cache_mode), VIRTIO_GPU_MAP_CACHE_WC);

	assert_int_equal(guest_create(g, 2, 4096, blob_id_inject(VIRTIO_GPU_MAP_CACHE_CACHED, 0,
								 INJECT_CLASH_HOLD, INJECT_NONE, 0)), 0);
	deferred_injected(&g->gpu, 0, 0);
	assert_int_equal(le64toh(resp->attr.generation), 1);
	assert_int_equal(le32toh(resp->attr.cache_mode), VIRTIO_GPU_MAP_CACHE_UNCACHED);
	assert_int_equal(guest_blob(g, 2)->declared.cache_mode, VIRTIO_GPU_MAP_CACHE_CACHED);
}

static void test_used_faults(void **state)
{
	struct guest *g = *state;
	struct virtq *vr = &g->gpu.virtq[0];
	struct chain chain = { .head = 3 };

	vr->put_used = used_id;
	virtq_push(vr, &chain, 24);
	assert_int_equal(g->used->idx, 1);
	assert_true(g->used->ring[0].id >= QUEUE);
	vr->put_used = used_length;
	virtq_push(vr, &chain, 24);
	assert_int_equal(g->used->idx, 2);
	assert_int_equal(g->used->ring[1].len, UINT32_MAX);
	vr->put_used = used_twice;
	virtq_push(vr, &chain, 24);
	assert_int_equal(g->used->idx, 4);
	assert_int_equal(g->used->ring[2].id, 3);
	assert_int_equal(g->used->ring[3].id, 3);
	vr->put_used = used_jump;
	virtq_push(vr, &chain, 24);
	assert_int_equal(g->used->idx, 1004);
	/* Once each. */
	virtq_push(vr, &chain, 24);
	assert_int_equal(g->used->idx, 1005);
	assert_int_equal(g->used->ring[1004 % QUEUE].id, 3);
	assert_int_equal(g->used->ring[1004 % QUEUE].len, 24);
}

static void test_fetch_that_fails(void **state)
{
	static const enum injection injections[] = {
		INJECT_NO_MEMORY, INJECT_ERROR, INJECT_EMPTY, INJECT_SHORT_HEADER, INJECT_NODATA,
	};
	struct guest *g = *state;
	uint32_t used;

	g->gpu.vmm.config_changed = guest_ignore_event;
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
	gpu_change(&g->gpu, guest_blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0);
	for (unsigned int i = 0; i < sizeof(injections) / sizeof(injections[0]); i++) {
		inject_next(&g->gpu, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, injections[i], 1);
		if (guest_fetch_into(g, 1024, &used) == CHANGES)
			assert_in_range(used, 0, FETCHED_LEN(0));
	}
	assert_int_equal(guest_fetched(g), 1);
	assert_int_equal(guest_fetched(g), 0);

	/* An answer that is not given after all. */
	gpu_change(&g->gpu, guest_blob(g, 1), VIRTIO_GPU_MAP_CACHE_CACHED, 0);
	inject_next(&g->gpu, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, INJECT_HOLD, 1);
	assert_int_equal(guest_fetch_into(g, 1024, &used), 0);
	assert_int_equal(guest_fetched(g), 0);
	deferred_drop(&g->gpu, 0);
	assert_int_equal(guest_fetched(g), 1);
	/* One that the guest has no room for any more when it comes. */
	gpu_change(&g->gpu, guest_blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0);
	inject_next(&g->gpu, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, INJECT_HOLD, 1);
	assert_int_equal(guest_fetch_into(g, 1024, &used), 0);
	g->desc[1].len = 32;
	deferred_injected(&g->gpu, 0, 0);
	assert_int_equal(guest_fetched(g), 1);
}

/* Every way to get a fetch wrong, with changes to tell of and without. */
static void test_wrong_fetches(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr_changes *resp = (void *)(g->ram + ANSWER);

	g->gpu.vmm.config_changed = guest_ignore_event;
	assert_int_equal(guest_create(g, 1, 4096, guest_cached_id()), ATTR);
	for (enum injection how = INJECT_NONE; how < INJECT_COUNT; how++) {
		for (int changed = 0; changed < 2; changed++) {
			if (changed)
				gpu_change(&g->gpu, guest_blob(g, 1),
					   VIRTIO_GPU_MAP_CACHE_WC, 0);
			inject_next(&g->gpu, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, how, 1);
			inject_next(&g->gpu, VIRTIO_GPU_CMD_MAP_ATTR_ACK, how, 1);
			inject_next(&g->gpu, VIRTIO_GPU_CMD_RESOURCE_UNREF, how, 1);
			guest_command_resource(g, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, 0);
			guest_ack(g, 1, 1);
			assert_int_equal(guest_create(g, 2, 4096, guest_cached_id()), ATTR);
			guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 2);
			deferred_injected(&g->gpu, 0, 0);
		}
		guest_command_resource(g, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, 0);
	}

	/* What is about attributes is about the first that are told. */
	gpu_change(&g->gpu, guest_blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0);
	inject_next(&g->gpu, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, INJECT_GEN_CLASH, 1);
	guest_command_resource(g, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, 0);
	assert_int_equal(le32toh(resp->count), 1);
	assert_int_equal(le64toh(resp->changes[0].attr.generation),
			 guest_blob(g, 1)->generation);
	assert_int_equal(le32toh(resp->changes[0].attr.cache_mode), VIRTIO_GPU_MAP_CACHE_CACHED);
	gpu_change(&g->gpu, guest_blob(g, 1), VIRTIO_GPU_MAP_CACHE_WC, 0);
	inject_next(&g->gpu, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, INJECT_RESERVED, 1);
	guest_command_resource(g, VIRTIO_GPU_CMD_MAP_ATTR_FETCH, 0);
	assert_int_equal(le32toh(resp->changes[0].attr.cache_mode), VIRTIO_GPU_MAP_CACHE_WC);
	assert_int_equal(le32toh(resp->changes[0].attr.reserved[2]), 1);
}

static void test_witness(void **state)
{
	struct guest *g = *state;
	const struct witness *w;
	unsigned int events = 0;

	g->gpu.vmm.config_changed = guest_count_event;
	g->gpu.vmm.data = &events;
	assert_int_equal(guest_create(g, 1, 65536, guest_cached_id()), ATTR);
	assert_int_equal(guest_create(g, 2, 4096, guest_cached_id()), ATTR);
	assert_non_null(witness_set(&g->gpu, 3));
	assert_non_null(witness_set(&g->gpu, 1));	/* not mapped */
	assert_int_equal(guest_map(g, 1, 65536), ATTR);
	assert_int_equal(guest_map(g, 2, 0), ATTR);
	assert_non_null(witness_set(&g->gpu, 2));	/* too small */
	assert_null(witness_set(&g->gpu, 1));

	w = (const void *)(g->gpu.window.va + 65536);
	assert_int_equal(w->slot[0].resource, 2);
	assert_int_equal(w->slot[0].seq, 1);
	gpu_change(&g->gpu, guest_blob(g, 2), VIRTIO_GPU_MAP_CACHE_WC, 0);
	assert_int_equal(w->slot[0].seq, 1);
	assert_int_equal(guest_ack(g, 2, 2), NODATA);
	assert_int_equal(w->slot[0].seq, 2);
	assert_int_equal(w->slot[0].acked[1].cache_mode, VIRTIO_GPU_MAP_CACHE_WC);
	assert_int_equal(guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, 2), NODATA);
	assert_int_equal(w->slot[0].resource, 0);
}

static void test_hold_and_place(void **state)
{
	struct guest *g = *state;
	const struct virtio_gpu_resp_map_attr *resp = (void *)(g->ram + ANSWER);
	struct vmm vmm = { 0 };
	uint16_t used;

	guest_use_vmm(g, &vmm);
	guest_create(g, 2, 4096, blob_id_inject(1, 0, INJECT_NONE, INJECT_HOLD, 0));
	assert_int_equal(guest_map(g, 2, 65536), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	used = g->used->idx;
	deferred_injected(&g->gpu, 0, 0);
	assert_int_equal(g->used->idx, (uint16_t)(used + 1));

	/* A wrong one stays as wrong as it was. */
	guest_create(g, 3, 4096, blob_id_inject(1, 0, INJECT_NONE, INJECT_RESERVED, 0));
	assert_int_equal(guest_map(g, 3, 0), 0);
	gpu_placed(&g->gpu, vmm.last.token, true);
	assert_int_equal(le32toh(resp->attr.reserved[2]), 1);
}

/* One descriptor less than what the device, or what misbehaves in it, asks for: all is given back. */
static void test_cannot_be_made(void **state)
{
	int first_free = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct rlimit before, few;
	unsigned int failures = 0;

	(void)state;
	close(first_free);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	for (few.rlim_cur = first_free; ; few.rlim_cur++) {
		struct gpu *gpu = calloc(1, sizeof(*gpu));
		int ret;

		attach_inject(gpu);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		ret = device_init(gpu, 1 << 20);
		device_fini(gpu);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		free(gpu);
		if (!ret)
			break;
		assert_int_equal(ret, -EMFILE);
		failures++;
	}
	/* The device's eventfd, two timers of what misbehaves beside the device's, and the window. */
	assert_in_range(failures, 4, 16);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_numbers_of_requests),
		TEST(test_same_head_again),
		TEST(test_head_is_free_again),
		TEST(test_deferred_follows_memory),
		TEST(test_hold_and_release),
		TEST(test_injections_are_asked_for),
		TEST(test_release_one_kind),
		TEST(test_deferred_unref),
		TEST(test_deferred_clash),
		TEST(test_used_faults),
		TEST(test_fetch_that_fails),
		TEST(test_wrong_fetches),
		TEST(test_witness),
		TEST(test_hold_and_place),
		cmocka_unit_test(test_cannot_be_made),
	};

	guest_attach = attach_inject;
	return cmocka_run_group_tests_name("inject", tests, NULL, NULL);
}
