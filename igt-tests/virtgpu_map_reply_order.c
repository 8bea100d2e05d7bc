// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map reply order
 * Description: Replies overtake each other: the last declaration holds, and a late reply is refused
 *	only if it contradicts another one of the same generation
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: reply_order
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(16)

static void release(struct virtgpu *gpu, const char *command)
{
	virtgpu_host_release_command(gpu, command);
}

/* The guest has looked at every reply that was given before. */
static void settle_replies(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, PAGE, WC);
	virtgpu_blob_destroy(&blob);
}

static void assert_usable(struct virtgpu_blob *blob, unsigned int mode)
{
	struct drm_virtgpu_map_attr attr;

	settle_replies(blob->gpu);
	if (!blob->va)
		virtgpu_blob_map(blob);
	virtgpu_host_fill(blob, 5);
	igt_assert_eq(virtgpu_touch(blob->va, true), 0);
	virtgpu_blob_assert_good(blob, mode);
	igt_assert_eq(virtgpu_blob_query(blob->gpu, blob->handle, &attr), 0);
	igt_assert_eq(attr.cache_mode, mode);
}

/**
 * SUBTEST: map-after-fetch
 * Description: the reply to RESOURCE_MAP_BLOB was written before a change that has been
 *	fetched and acknowledged
 */
static void test_map_after_fetch(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE,
			    blob_id_inject(CACHED, 0, INJECT_NONE, INJECT_HOLD, 0));
	virtgpu_host_wait_mapped(&blob);
	virtgpu_host_change_acked(&blob, WC, 0);
	settle_replies(gpu);
	release(gpu, "map");
	assert_usable(&blob, WC);
	/* And a further change is accepted. */
	virtgpu_host_change_acked(&blob, UNCACHED, 0);
	assert_usable(&blob, UNCACHED);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: map-after-two
 * Description: a late reply to RESOURCE_MAP_BLOB, with a second change that is not confirmed when
 *	the reply comes
 */
static void test_map_after_two(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE,
			    blob_id_inject(CACHED, 0, INJECT_NONE, INJECT_HOLD, 0));
	virtgpu_host_wait_mapped(&blob);
	virtgpu_host_change_acked(&blob, WC, 0);
	settle_replies(gpu);
	virtgpu_host_hold_acks(gpu, true);
	virtgpu_host_change_acked(&blob, UNCACHED, 0);
	virtgpu_host_hold_acks(gpu, false);
	release(gpu, "map");
	settle_replies(gpu);
	release(gpu, "ack");
	assert_usable(&blob, UNCACHED);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: map-after-revoked
 * Description: a late reply to RESOURCE_MAP_BLOB, after a change that revokes the memory
 */
static void test_map_after_revoked(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE,
			    blob_id_inject(CACHED, 0, INJECT_NONE, INJECT_HOLD, 0));
	virtgpu_host_wait_mapped(&blob);
	virtgpu_host_change_acked(&blob, CACHED, REVOKED);
	settle_replies(gpu);
	release(gpu, "map");
	settle_replies(gpu);
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -ESTALE);
	virtgpu_host_change_acked(&blob, WC, 0);
	assert_usable(&blob, WC);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: map-contradicts-fetch
 * Description: the late reply has the generation of what was fetched, but another mode
 */
static void test_map_contradicts_fetch(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE,
			    blob_id_inject(CACHED, 0, INJECT_NONE, INJECT_CHANGE_CLASH_HOLD, 0));
	virtgpu_host_wait_mapped(&blob);
	virtgpu_host_wait_acked(&blob, 2);
	settle_replies(gpu);
	release(gpu, "map");
	settle_replies(gpu);
	igt_assert_eq(virtgpu_blob_try_map(&blob, PROT_READ, MAP_SHARED), -EPROTO);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: create-after-map
 * Description: the reply to RESOURCE_CREATE_BLOB comes when the blob is mapped
 */
static void test_create_after_map(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE,
			    blob_id_inject(CACHED, 0, INJECT_HOLD, INJECT_NONE, 0));
	assert_usable(&blob, CACHED);
	release(gpu, "create");
	assert_usable(&blob, CACHED);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: create-after-ack
 * Description: the reply to RESOURCE_CREATE_BLOB comes when a change has been fetched,
 *	acknowledged and confirmed
 */
static void test_create_after_ack(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE,
			    blob_id_inject(CACHED, 0, INJECT_HOLD, INJECT_NONE, 0));
	assert_usable(&blob, CACHED);
	virtgpu_host_change_acked(&blob, WC, 0);
	assert_usable(&blob, WC);
	release(gpu, "create");
	assert_usable(&blob, WC);
	virtgpu_host_change_acked(&blob, UNCACHED, 0);
	assert_usable(&blob, UNCACHED);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: create-last
 * Description: the reply to RESOURCE_CREATE_BLOB comes after a change, and only then that to
 *	RESOURCE_MAP_BLOB
 */
static void test_create_last(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE,
			    blob_id_inject(CACHED, 0, INJECT_HOLD, INJECT_HOLD, 0));
	virtgpu_host_wait_mapped(&blob);
	virtgpu_host_change_acked(&blob, WC, 0);
	settle_replies(gpu);
	release(gpu, "create");
	settle_replies(gpu);
	release(gpu, "map");
	assert_usable(&blob, WC);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: create-contradicts-map
 * Description: the late reply has the generation of that to RESOURCE_MAP_BLOB, but another mode
 */
static void test_create_contradicts_map(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, second;

	virtgpu_blob_create(gpu, &blob, SIZE,
			    blob_id_inject(CACHED, 0, INJECT_CLASH_HOLD, INJECT_NONE, 0));
	assert_usable(&blob, CACHED);
	second = blob;
	release(gpu, "create");
	virtgpu_pte_wait_none(blob.va, SIZE);
	igt_assert_eq(virtgpu_touch(blob.va, false), SIGBUS);
	igt_assert_eq(virtgpu_blob_try_map(&second, PROT_READ, MAP_SHARED), -EPROTO);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: ack-after-ack
 * Description: the confirmation of a change comes after that of the next one
 */
static void test_ack_after_ack(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_hold_acks(gpu, true);
	virtgpu_host_change_acked(&blob, WC, 0);
	virtgpu_host_hold_acks(gpu, false);
	virtgpu_host_change_acked(&blob, UNCACHED, 0);
	assert_usable(&blob, UNCACHED);
	release(gpu, "ack");
	assert_usable(&blob, UNCACHED);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: ack-before-ack
 * Description: an old acknowledgment is confirmed while a newer one is not: nothing is mapped yet
 */
static void test_ack_before_ack(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	bool waits;
	pid_t pid;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_inject(gpu, "ack", "hold");
	virtgpu_host_change_acked(&blob, WC, 0);
	virtgpu_host_hold_acks(gpu, true);
	virtgpu_host_change_acked(&blob, UNCACHED, 0);
	virtgpu_host_release_injected(gpu);
	settle_replies(gpu);
	pid = fork();
	if (!pid)
		_exit(virtgpu_touch(blob.va, false));
	waits = virtgpu_task_wait_in_driver(pid, pid, true);
	virtgpu_host_hold_acks(gpu, false);
	release(gpu, "ack");
	igt_assert_eq(virtgpu_child_status_bounded(pid, 30), 0);
	igt_assert(waits);
	assert_usable(&blob, UNCACHED);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: acks-swapped
 * Description: the confirmations of two changes come in the opposite order
 */
static void test_acks_swapped(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_hold_acks(gpu, true);
	virtgpu_host_change_acked(&blob, WC, 0);
	virtgpu_host_change_acked(&blob, UNCACHED, 0);
	virtgpu_host_hold_acks(gpu, false);
	/* The device gives what it holds in the opposite order. */
	release(gpu, "ack");
	assert_usable(&blob, UNCACHED);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: ack-outdated
 * Description: a change is told and acknowledged when the host has declared another already: the
 *	blob is not mapped as the first one says, which the host does not wait for any more
 */
static void test_ack_outdated(struct virtgpu *gpu)
{
	struct pte_probe_range range;
	long long fetches;
	struct virtgpu_blob blob;
	bool waits;
	pid_t pid;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_host_change_untold(&blob, WC, 0);
	virtgpu_host_change(&blob, UNCACHED, 0);
	fetches = virtgpu_host_count(gpu, "fetches");
	virtgpu_host_inject(gpu, "fetch", "hold");
	release(gpu, "fetch");
	virtgpu_host_wait_acked(&blob, 2);
	virtgpu_host_wait_count(gpu, "fetches", fetches + 1);
	settle_replies(gpu);
	pid = fork();
	if (!pid)
		_exit(virtgpu_touch(blob.va, true));
	waits = virtgpu_task_wait_in_driver(pid, pid, true);
	virtgpu_pte_probe(blob.va, SIZE, &range);
	release(gpu, "fetch");
	virtgpu_host_wait_acked(&blob, 3);
	igt_assert_eq(virtgpu_child_status_bounded(pid, 30), 0);
	igt_assert(waits);
	igt_assert_eq(range.pages[virtgpu_pte_type(WC)], 0);
	assert_usable(&blob, UNCACHED);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: unref-late
 * Description: others are made, changed and freed while the host has not confirmed that a
 *	blob is gone; its place is not given away before
 */
static void test_unref_late(struct virtgpu *gpu)
{
	struct virtgpu_blob blob, other;
	long long place;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	place = virtgpu_host_offset(&blob);
	virtgpu_host_inject(gpu, "unref", "hold");
	virtgpu_blob_destroy(&blob);
	virtgpu_host_wait_live(gpu, 0);
	virtgpu_blob_setup(gpu, &other, SIZE, WC);
	igt_assert(virtgpu_host_offset(&other) != place);
	igt_assert(other.res != blob.res);
	virtgpu_host_change_acked(&other, UNCACHED, 0);
	virtgpu_blob_assert_good(&other, UNCACHED);
	release(gpu, "unref");
	virtgpu_blob_assert_good(&other, UNCACHED);
	virtgpu_blob_destroy(&other);
	virtgpu_settle(gpu);
}

/* What was told of a resource that is gone, in a list that comes when there is another one. */
static void test_freed_id(struct virtgpu *gpu, unsigned int mode, unsigned int flags)
{
	struct virtgpu_blob old, blob;

	virtgpu_blob_setup(gpu, &old, SIZE, CACHED);
	virtgpu_host_change_untold(&old, mode, flags);
	virtgpu_blob_destroy(&old);
	virtgpu_settle(gpu);
	virtgpu_blob_setup(gpu, &blob, SIZE, WC);
	igt_assert(blob.res != old.res);
	/* So that the generation told of the old one is one that the new one has, too. */
	virtgpu_host_change(&blob, UNCACHED, 0);
	release(gpu, "fetch");
	virtgpu_host_wait_acked(&blob, 2);
	assert_usable(&blob, UNCACHED);
	virtgpu_host_change_acked(&blob, CACHED, 0);
	assert_usable(&blob, CACHED);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: freed-id-%s
 * Description: a list of changes written before the old resource was freed arrives when there
 *	is a new one: it has another id, which with the module's parameter virglhack=0 only
 *	this feature sees to
 *
 * arg[1].values: mode, revoked, unknown-flag
 */
static const struct {
	const char *name;
	unsigned int mode;
	unsigned int flags;
} freed[] = {
	{ "mode", UNCACHED, 0 },
	{ "revoked", CACHED, REVOKED },
	{ "unknown-flag", CACHED, FLAG_UNKNOWN },
};

static const struct {
	const char *name;
	void (*run)(struct virtgpu *gpu);
	const char *describe;
} tests[] = {
	{ "map-after-fetch", test_map_after_fetch,
	  "A late reply to MAP does not undo a newer declaration." },
	{ "map-after-two", test_map_after_two,
	  "A late reply to MAP does not undo two newer declarations." },
	{ "map-after-revoked", test_map_after_revoked,
	  "A late reply to MAP does not undo a revocation." },
	{ "map-contradicts-fetch", test_map_contradicts_fetch,
	  "A late reply to MAP that contradicts the same generation is refused." },
	{ "create-after-map", test_create_after_map,
	  "A late reply to CREATE does no harm to a mapped blob." },
	{ "create-after-ack", test_create_after_ack,
	  "A late reply to CREATE does not undo a confirmed change." },
	{ "create-last", test_create_last,
	  "The replies to CREATE and MAP may both come after a change." },
	{ "create-contradicts-map", test_create_contradicts_map,
	  "A late reply to CREATE that contradicts the same generation is refused." },
	{ "ack-after-ack", test_ack_after_ack, "A late confirmation does not undo a newer one." },
	{ "ack-before-ack", test_ack_before_ack,
	  "The confirmation of an old acknowledgment is none of a newer one." },
	{ "acks-swapped", test_acks_swapped, "Confirmations may come in the opposite order." },
	{ "ack-outdated", test_ack_outdated,
	  "Nothing is mapped under a declaration that the host has replaced already." },
	{ "unref-late", test_unref_late,
	  "Room in the window is not given away before the host has confirmed that it is free." },
};

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int i = 0; i < ARRAY_SIZE(tests); i++) {
		igt_describe(tests[i].describe);
		igt_subtest_f("%s", tests[i].name)
			tests[i].run(&gpu);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(freed); i++) {
		igt_describe("A list of changes that is older than a resource does not concern it."
			     "A list of changes that is older than a resource does not concern it.");
		igt_subtest_f("freed-id-%s", freed[i].name)
			test_freed_id(&gpu, freed[i].mode, freed[i].flags);
	}

	/* A test that failed leaves replies behind that later ones would wait for. */
	igt_fixture() {
		virtgpu_host_hold_acks(&gpu, false);
		virtgpu_host_release(&gpu);
		virtgpu_close(&gpu);
	}
}
