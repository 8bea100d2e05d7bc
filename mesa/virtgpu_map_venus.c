// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map venus
 * Description: A host declares attributes of its choice for Vulkan's memory, and changes them; an
 *	application sees memory that must not be mapped as an error that it can handle
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: vulkan
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "igt.h"
#include "vulkan_memory.h"

/* Venus itself allocates memory of one page, which must keep its attributes. */
#define LARGE MiB(1)

static struct virtgpu gpu;

/* Applies to later allocations. */
static void host_rule(const struct virtgpu_host_rule *rule)
{
	virtgpu_host_clear_rules(&gpu);
	virtgpu_host_add_rule(&gpu, rule);
}

static void host_rule_large(unsigned int mode, unsigned int flags)
{
	struct virtgpu_host_rule rule = {
		.memory = "opaque", .min_size = LARGE, .cache_mode = mode, .flags = flags,
	};

	host_rule(&rule);
}

/* The blob behind memory, to ask the host about it. */
static struct virtgpu_blob blob_behind(struct buffer *buffer)
{
	return (struct virtgpu_blob){
		.gpu = &gpu,
		.res = listed_behind(buffer->va).resource,
		.size = buffer->size,
		.va = buffer->va,
	};
}

/* Written by the CPU, copied by the GPU, read by the CPU and by the host. */
static void assert_copies(struct vulkan *vk, struct buffer *from, struct buffer *to, int seed)
{
	struct virtgpu_blob host;

	virtgpu_guest_fill(from->va, 0, from->size, 64, seed);
	sync_caches(vk, from, true);
	gpu_copy(vk, from, to);
	sync_caches(vk, to, false);
	igt_assert_eq(virtgpu_guest_wrong(to->va, 0, to->size, 64, seed), 0);
	host = blob_behind(to);
	igt_assert_eq(virtgpu_host_wrong(&host, 0, to->size, 64, seed), 0);
}

/**
 * SUBTEST: declared-%s
 * Description: memory is mapped as the host declares it; the GPU and the host see the same data
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_declared(unsigned int mode)
{
	static const size_t sizes[] = { LARGE, MiB(3), MiB(32) };
	struct vulkan vk = { 0 };

	host_rule_large(mode, 0);
	vulkan_open(&vk);
	for (unsigned int i = 0; i < 3; i++) {
		struct buffer from, to;

		buffer_create(&vk, &from, sizes[i], mappable_type(&vk, 0));
		buffer_create(&vk, &to, sizes[i], mappable_type(&vk, 0));
		assert_copies(&vk, &from, &to, i);
		virtgpu_pte_assert_mode(from.va, sizes[i], mode);
		virtgpu_pte_assert_mode(to.va, sizes[i], mode);
		buffer_free(&vk, &from);
		buffer_free(&vk, &to);
	}
	vulkan_close(&vk);
}

/* An application goes on after the error, by copying to memory that it can map. */
static void assert_staging_works(struct vulkan *vk, struct buffer *refused)
{
	struct buffer from, to, part = *refused;

	part.size = KiB(64);
	buffer_create(vk, &from, part.size, mappable_type(vk, 0));
	buffer_create(vk, &to, part.size, mappable_type(vk, 0));
	virtgpu_guest_fill(from.va, 0, part.size, 8, 4);
	gpu_copy(vk, &from, &part);
	gpu_copy(vk, &part, &to);
	igt_assert_eq(virtgpu_guest_wrong(to.va, 0, part.size, 8, 4), 0);
	buffer_free(vk, &from);
	buffer_free(vk, &to);
}

/**
 * SUBTEST: sync-required
 * Description: vkMapMemory() fails for memory with SYNC_REQUIRED; the GPU can use it
 *
 * SUBTEST: revoked-memory
 * Description: the same for revoked memory
 *
 * SUBTEST: unknown-flag
 * Description: the same for memory whose declaration is malformed
 */
static void test_refused(unsigned int flags)
{
	struct vulkan vk = { 0 };
	struct buffer refused;

	host_rule_large(CACHED, flags);
	vulkan_open(&vk);
	igt_assert_eq(try_buffer(&vk, &refused, LARGE, mappable_type(&vk, 0), false),
		      VK_ERROR_MEMORY_MAP_FAILED);
	/* Again, because a failed mapping may be retried. */
	igt_assert_eq(vkMapMemory(vk.device, refused.memory, 0, VK_WHOLE_SIZE, 0,
				  (void **)&refused.va), VK_ERROR_MEMORY_MAP_FAILED);
	assert_staging_works(&vk, &refused);
	buffer_free(&vk, &refused);
	vulkan_close(&vk);
}

/**
 * SUBTEST: not-exported
 * Description: vkMapMemory() fails for memory that the host cannot make a blob of; everything
 *	else works
 *
 * SUBTEST: not-mappable
 * Description: the same for a blob that the host cannot map into the window
 */
static void test_host_error(const char *fails)
{
	struct virtgpu_host_rule rule = {
		.memory = "opaque", .min_size = LARGE, .fails = fails,
	};
	struct vulkan vk = { 0 };
	struct buffer refused;

	host_rule(&rule);
	vulkan_open(&vk);
	igt_assert_eq(try_buffer(&vk, &refused, LARGE, mappable_type(&vk, 0), false),
		      VK_ERROR_MEMORY_MAP_FAILED);
	assert_staging_works(&vk, &refused);
	buffer_free(&vk, &refused);
	vulkan_close(&vk);
}

/*
 * As an application would that looks for a device to use; Mesa says on stderr what it
 * thinks of it. Return: exit status, what failed first, or 0.
 */
static int use_vulkan(void)
{
	VkInstanceCreateInfo instance_info = { .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO };
	VkPhysicalDevice physical;
	VkInstance instance;
	uint32_t count = 1;
	VkResult ret;

	ret = vkCreateInstance(&instance_info, NULL, &instance);
	if (ret)
		return 1;
	ret = vkEnumeratePhysicalDevices(instance, &count, &physical);
	vkDestroyInstance(instance, NULL);
	return ret < 0 || !count ? 2 : 0;
}

/**
 * SUBTEST: sync-required-rings
 * Description: no Vulkan device, and no crash, where even the ring of venus is SYNC_REQUIRED
 */
static void test_rings(void)
{
	struct virtgpu_host_rule rule = {
		.memory = "shm", .flags = VIRTGPU_MAP_ATTR_SYNC_REQUIRED,
	};
	pid_t pid;
	int status;

	host_rule(&rule);
	pid = fork();
	igt_assert(pid >= 0);
	if (!pid)
		_exit(use_vulkan());
	status = virtgpu_child_status_bounded(pid, 60);
	igt_assert_f(status == 1 || status == 2, "status %d\n", status);
	virtgpu_host_clear_rules(&gpu);
	pid = fork();
	igt_assert(pid >= 0);
	if (!pid)
		_exit(use_vulkan());
	igt_assert_eq(virtgpu_child_status_bounded(pid, 60), 0);
}

/* Memory that is mapped completely and has been used, on a host without rules. */
static struct virtgpu_blob used_pair(struct vulkan *vk, struct buffer *from, struct buffer *to,
				     int seed)
{
	virtgpu_host_clear_rules(&gpu);
	vulkan_open(vk);
	buffer_create(vk, from, MiB(4), mappable_type(vk, 0));
	buffer_create(vk, to, MiB(4), mappable_type(vk, 0));
	assert_copies(vk, from, to, seed);
	return blob_behind(to);
}

static void pair_close(struct vulkan *vk, struct buffer *from, struct buffer *to)
{
	buffer_free(vk, from);
	buffer_free(vk, to);
	vulkan_close(vk);
}

/**
 * SUBTEST: cache-mode-change
 * Description: the host changes the cache mode of memory that is mapped and used by the GPU
 */
static void test_change(void)
{
	static const unsigned int modes[] = { WC, CACHED, UNCACHED, WC, UNCACHED, CACHED };
	struct vulkan vk = { 0 };
	struct buffer from, to;
	struct virtgpu_blob blob;

	blob = used_pair(&vk, &from, &to, 100);
	for (unsigned int i = 0; i < 6; i++) {
		virtgpu_host_change_acked(&blob, modes[i], 0);
		virtgpu_pte_assert_none(to.va, to.size);
		igt_assert_eq(virtgpu_guest_wrong(to.va, 0, to.size, 64, i ? i - 1 : 100), 0);
		virtgpu_pte_assert_mode(to.va, to.size, modes[i]);
		assert_copies(&vk, &from, &to, i);
	}
	pair_close(&vk, &from, &to);
}

/**
 * SUBTEST: change-to-sync-required
 * Description: SIGBUS for a mapping of memory that is revoked; the GPU goes on; the mapping works
 *	again when the memory is given back
 */
static void test_change_to_sync(void)
{
	struct vulkan vk = { 0 };
	struct buffer from, to;
	struct virtgpu_blob blob;

	blob = used_pair(&vk, &from, &to, 1);
	virtgpu_host_change_acked(&blob, CACHED, SYNC);
	virtgpu_pte_assert_none(to.va, to.size);
	igt_assert_eq(virtgpu_touch(to.va, false), SIGBUS);
	igt_assert_eq(virtgpu_touch(to.va + MiB(3), true), SIGBUS);
	virtgpu_guest_fill(from.va, 0, from.size, 64, 2);
	gpu_copy(&vk, &from, &to);
	virtgpu_host_change_acked(&blob, WC, 0);
	igt_assert_eq(virtgpu_guest_wrong(to.va, 0, to.size, 64, 2), 0);
	virtgpu_pte_assert_mode(to.va, to.size, WC);
	pair_close(&vk, &from, &to);
}

/**
 * SUBTEST: killed-while-busy
 * Description: nothing is left of a process that is killed while the GPU works for it
 */
static void test_killed(void)
{
	struct vulkan vk = { 0 };
	struct buffer from, to;
	int ready[2];
	pid_t pid;
	char c;

	virtgpu_host_clear_rules(&gpu);
	igt_assert_eq(pipe(ready), 0);
	pid = fork();
	igt_assert(pid >= 0);
	if (!pid) {
		vulkan_open(&vk);
		buffer_create(&vk, &from, MiB(32), mappable_type(&vk, 0));
		buffer_create(&vk, &to, MiB(32), mappable_type(&vk, 0));
		for (int i = 0;; i++) {
			gpu_copy(&vk, &from, &to);
			if (!i && write(ready[1], "x", 1) != 1)
				_exit(1);
		}
	}
	close(ready[1]);
	igt_assert_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	kill(pid, SIGKILL);
	igt_assert_eq(virtgpu_child_status_bounded(pid, 60), -SIGKILL);
	virtgpu_wait_freed(&gpu, 0, 0);
}

/* Whether there is room for one more now; if not, nothing is left of the attempt. */
static bool has_room(struct vulkan *vk, struct buffer *buffer)
{
	if (!try_buffer(vk, buffer, KiB(4), mappable_type(vk, 0), false))
		return true;
	buffer_free(vk, buffer);
	return false;
}

/**
 * SUBTEST: too-many-blobs
 * Description: an error for the first blob beyond the host's limit; those before it keep their data
 */
static void test_too_many(void)
{
	enum { MANY = 1100 };
	static struct buffer buffers[MANY];
	struct vulkan vk = { 0 };
	VkResult ret = VK_SUCCESS;
	int n;

	virtgpu_host_clear_rules(&gpu);
	vulkan_open(&vk);
	for (n = 0; n < MANY && !ret; n++) {
		ret = try_buffer(&vk, &buffers[n], KiB(4), mappable_type(&vk, 0), false);
		if (!ret)
			virtgpu_guest_fill(buffers[n].va, 0, KiB(4), 8, n);
	}
	igt_assert_eq(ret, VK_ERROR_MEMORY_MAP_FAILED);
	igt_assert_f(n > 1000, "%d\n", n);
	for (int i = 0; i < n - 1; i++)
		igt_assert_eq(virtgpu_guest_wrong(buffers[i].va, 0, KiB(4), 8, i), 0);
	/*
	 * Freeing one makes room for one, when the driver has come to it: the object is in use until
	 * the host has detached it from the context.
	 */
	buffer_free(&vk, &buffers[0]);
	igt_assert(virtgpu_wait(has_room(&vk, &buffers[0]), VIRTGPU_WAIT_SECONDS));
	virtgpu_guest_fill(buffers[0].va, 0, KiB(4), 8, n);
	igt_assert_eq(virtgpu_guest_wrong(buffers[0].va, 0, KiB(4), 8, n), 0);
	for (int i = 0; i < n; i++)
		buffer_free(&vk, &buffers[i]);
	vulkan_close(&vk);
}

/**
 * SUBTEST: driver-rebind
 * Description: mappings keep working when the driver is unbound, and Vulkan works again when it
 *	is bound
 */
static void test_rebind(void)
{
	struct vulkan vk = { 0 };
	struct buffer from, to;
	int ready[2], gone[2];
	pid_t pid;
	char c;

	igt_assert_eq(pipe(ready), 0);
	igt_assert_eq(pipe(gone), 0);
	pid = fork();
	igt_assert(pid >= 0);
	if (!pid) {
		used_pair(&vk, &from, &to, 1);
		if (write(ready[1], "x", 1) != 1 || read(gone[0], &c, 1) != 1)
			_exit(1);
		_exit(virtgpu_touch(to.va, false) || virtgpu_touch(from.va, true) ? 2 : 0);
	}
	close(ready[1]);
	igt_assert_eq(read(ready[0], &c, 1), 1);
	virtgpu_unbind(&gpu);
	igt_assert_eq(write(gone[1], "x", 1), 1);
	igt_assert_eq(virtgpu_child_status_bounded(pid, 60), 0);
	virtgpu_bind(&gpu);
	igt_assert(virtgpu_reopen(&gpu));
	used_pair(&vk, &from, &to, 2);
	pair_close(&vk, &from, &to);
}

/**
 * SUBTEST: memory-table
 * Description: prints what the host declares for some memory
 */
static void test_table(void)
{
	static const struct {
		const char *name;
		unsigned int mode, flags;
		size_t size;
	} rows[] = {
		{ "cached", CACHED, 0, MiB(1) },
		{ "cached", CACHED, 0, MiB(16) },
		{ "write-combined", WC, 0, MiB(1) },
		{ "write-combined", WC, 0, MiB(16) },
		{ "uncached", UNCACHED, 0, MiB(4) },
		{ "cached, SYNC required", CACHED, SYNC, MiB(4) },
	};
	FILE *out = fopen("/out/venus.txt", "w");
	unsigned int bad = 0;

	igt_assert(out);
	fprintf(out, "memory    blob  host declares          PTEs (probe)          CPU>GPU>CPU  host sees  verdict\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pte_probe_range range;
		struct vulkan vk = { 0 };
		struct buffer from, to;
		bool data, seen, ptes;
		struct virtgpu_blob blob;
		VkResult ret;

		host_rule_large(rows[i].mode, rows[i].flags);
		vulkan_open(&vk);
		ret = try_buffer(&vk, &to, rows[i].size, mappable_type(&vk, 0), false);
		fprintf(out, "%5zu KiB  ", rows[i].size >> 10);
		if (ret) {
			bad += ret != VK_ERROR_MEMORY_MAP_FAILED || !rows[i].flags;
			fprintf(out, "   -  %-21s  none: %-13s   -            -          %s\n", rows[i].name,
				ret == VK_ERROR_MEMORY_MAP_FAILED ? "MAP_FAILED" : "?",
				ret == VK_ERROR_MEMORY_MAP_FAILED && rows[i].flags ? "good" : "BAD");
			buffer_free(&vk, &to);
			vulkan_close(&vk);
			continue;
		}
		buffer_create(&vk, &from, rows[i].size, mappable_type(&vk, 0));
		virtgpu_guest_fill(from.va, 0, from.size, 64, i);
		gpu_copy(&vk, &from, &to);
		data = !virtgpu_guest_wrong(to.va, 0, to.size, 64, i);
		blob = blob_behind(&to);
		seen = !virtgpu_host_wrong(&blob, 0, to.size, 64, i);
		virtgpu_pte_probe(to.va, to.size, &range);
		ptes = range.pages[virtgpu_pte_type(rows[i].mode)] == to.size / PAGE;
		bad += !data || !seen || !ptes || rows[i].flags;
		fprintf(out, "%4u  %-21s  %-5s x %-12llu  %-11s  %-9s  %s\n", blob.res,
			rows[i].name,
			ptes ? virtgpu_pte_type_name(virtgpu_pte_type(rows[i].mode)) : "mixed",
			(unsigned long long)(to.size / PAGE), data ? "ok" : "WRONG",
			seen ? "ok" : "WRONG",
			data && seen && ptes && !rows[i].flags ? "good" : "BAD");
		pair_close(&vk, &from, &to);
	}
	fclose(out);
	igt_assert_eq(bad, 0);
}

int igt_main()
{
	igt_fixture()
		virtgpu_open(&gpu, "venus");

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("Vulkan's memory is mapped as the host declares it.");
		igt_subtest_f("declared-%s", virtgpu_cache_name(mode))
			test_declared(mode);
	}

	igt_describe("What requires SYNC is not mapped.");
	igt_subtest("sync-required")
		test_refused(SYNC);

	igt_describe("What the host has taken away is not mapped.");
	igt_subtest("revoked-memory")
		test_refused(REVOKED);

	igt_describe("What is not understood is not mapped.");
	igt_subtest("unknown-flag")
		test_refused(FLAG_UNKNOWN);

	igt_describe("What the host makes no blob of is not mapped.");
	igt_subtest("not-exported")
		test_host_error("on_create");

	igt_describe("What the host cannot map is not mapped.");
	igt_subtest("not-mappable")
		test_host_error("on_map");

	igt_describe("Where even rings require SYNC there is no Vulkan device, and no crash.");
	igt_subtest("sync-required-rings")
		test_rings();

	igt_describe("The host changes the cache mode of memory that the GPU uses.");
	igt_subtest("cache-mode-change")
		test_change();

	igt_describe("The host requires SYNC of what is mapped.");
	igt_subtest("change-to-sync-required")
		test_change_to_sync();

	igt_describe("A process that is killed while the GPU works leaves nothing behind.");
	igt_subtest("killed-while-busy")
		test_killed();

	igt_describe("More blobs than the host maps.");
	igt_subtest("too-many-blobs")
		test_too_many();

	igt_describe("Shows what the host declares for some of Vulkan's memory.");
	igt_subtest("memory-table")
		test_table();

	igt_describe("Mappings go on working without the driver, and venus works when it is back.");
	igt_subtest("driver-rebind")
		test_rebind();

	igt_fixture() {
		virtgpu_host_clear_rules(&gpu);
		virtgpu_close(&gpu);
	}
}
