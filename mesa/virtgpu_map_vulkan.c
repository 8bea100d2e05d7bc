// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map vulkan
 * Description: Memory that Vulkan maps through venus is mapped as the host declared it, and CPU and
 *	GPU see the same data in it
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: vulkan
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>

#include "igt.h"
#include "vulkan_memory.h"

/**
 * SUBTEST: copy-%s
 * Description: for every memory type: map, write, have the GPU copy, read back
 *
 * arg[1].values: page, odd, 64k, 1m, 2m, 16m, 256m
 */
static void test_copy(struct vulkan *vk, size_t size)
{
	uint32_t type;

	for (unsigned int nth = 0; (type = mappable_type(vk, nth)) != UINT32_MAX; nth++) {
		size_t stride = size > MiB(16) ? 4088 : 8;
		struct buffer from, to;

		buffer_create(vk, &from, size, type);
		buffer_create(vk, &to, size, type);
		virtgpu_guest_fill(from.va, 0, size, stride, 3);
		sync_caches(vk, &from, true);
		gpu_copy(vk, &from, &to);
		sync_caches(vk, &to, false);
		igt_assert_eq(virtgpu_guest_wrong(to.va, 0, size, stride, 3), 0);
		assert_declared(from.va, size);
		assert_declared(to.va, size);
		buffer_free(vk, &from);
		buffer_free(vk, &to);
	}
}

/**
 * SUBTEST: persistent-mapping
 * Description: a mapping stays, and CPU and GPU use the memory in turns
 */
static void test_persistent(struct vulkan *vk)
{
	uint32_t type = mappable_type(vk, 0);
	struct buffer from, to;

	buffer_create(vk, &from, MiB(4), type);
	buffer_create(vk, &to, MiB(4), type);
	for (int i = 0; i < 40; i++) {
		virtgpu_guest_fill(from.va, 0, MiB(4), 512, i);
		sync_caches(vk, &from, true);
		gpu_copy(vk, &from, &to);
		sync_caches(vk, &to, false);
		igt_assert_eq(virtgpu_guest_wrong(to.va, 0, MiB(4), 512, i), 0);
	}
	assert_declared(from.va, MiB(4));
	buffer_free(vk, &from);
	buffer_free(vk, &to);
}

/**
 * SUBTEST: small-allocations
 * Description: many small allocations at once, each with data of its own
 */
static void test_small(struct vulkan *vk)
{
	enum { COUNT = 256 };
	static struct buffer buffers[COUNT];
	uint32_t type = mappable_type(vk, 0);

	for (int i = 0; i < COUNT; i++) {
		buffer_create(vk, &buffers[i], KiB(4) * (1 + i % 40), type);
		virtgpu_guest_fill(buffers[i].va, 0, buffers[i].size, 8, i);
	}
	for (int i = 0; i < COUNT; i++) {
		igt_assert_eq(virtgpu_guest_wrong(buffers[i].va, 0, buffers[i].size, 8, i), 0);
		assert_declared(buffers[i].va, buffers[i].size);
		buffer_free(vk, &buffers[i]);
	}
}

static struct vulkan *threads_vk;

static void *thread_allocates(void *data)
{
	struct vulkan *vk = threads_vk;
	uintptr_t seed = (uintptr_t)data, bad = 0;

	for (int i = 0; i < 24; i++) {
		struct buffer buffer;

		if (try_buffer(vk, &buffer, KiB(64) << (i % 6), mappable_type(vk, 0), false))
			return (void *)1;
		virtgpu_guest_fill(buffer.va, 0, buffer.size, 64, seed + i);
		bad += virtgpu_guest_wrong(buffer.va, 0, buffer.size, 64, seed + i);
		buffer_free(vk, &buffer);
	}
	return (void *)bad;
}

/**
 * SUBTEST: concurrent-threads
 * Description: threads allocate, map, write, read and free at the same time
 */
static void test_threads(struct vulkan *vk)
{
	pthread_t threads[8];
	void *bad;

	threads_vk = vk;
	for (uintptr_t i = 0; i < 8; i++)
		igt_assert_eq(pthread_create(&threads[i], NULL, thread_allocates,
					     (void *)(i * 1000)), 0);
	for (int i = 0; i < 8; i++) {
		igt_assert_eq(pthread_join(threads[i], &bad), 0);
		igt_assert(!bad);
	}
}

/**
 * SUBTEST: window-full
 * Description: without eviction, an allocation that does not fit into the window is a Vulkan
 *	error; what is mapped already keeps its data
 */
static void test_window_full(struct vulkan *vk)
{
	static struct buffer buffers[64];
	uint32_t type = mappable_type(vk, 0);
	VkResult ret = VK_SUCCESS;
	int n;

	virtgpu_set_eviction(false);
	for (n = 0; n < 64; n++) {
		ret = try_buffer(vk, &buffers[n], MiB(200), type, false);
		if (ret)
			break;
		virtgpu_guest_fill(buffers[n].va, 0, MiB(200), 65528, n);
	}
	igt_assert_f(ret == VK_ERROR_MEMORY_MAP_FAILED || ret == VK_ERROR_OUT_OF_DEVICE_MEMORY ||
		     ret == VK_ERROR_OUT_OF_HOST_MEMORY, "after %d times 200 MiB: %d\n", n, ret);
	igt_assert_f(n >= 2, "%d\n", n);
	for (int i = 0; i < n; i++)
		igt_assert_eq(virtgpu_guest_wrong(buffers[i].va, 0, MiB(200), 65528, i), 0);
	for (int i = 0; i <= n; i++)
		buffer_free(vk, &buffers[i]);
	virtgpu_set_eviction(true);
}

/**
 * SUBTEST: more-than-the-window
 * Description: allocations that do not fit into the window together all keep their data
 */
static void test_more_than_window(struct vulkan *vk)
{
	static struct buffer buffers[8];
	uint32_t type = mappable_type(vk, 0);

	for (int i = 0; i < 8; i++) {
		igt_assert_eq(try_buffer(vk, &buffers[i], MiB(200), type, false), VK_SUCCESS);
		virtgpu_guest_fill(buffers[i].va, 0, MiB(200), 65528, i);
	}
	for (int i = 0; i < 8; i++)
		igt_assert_eq(virtgpu_guest_wrong(buffers[i].va, 0, MiB(200), 65528, i), 0);
	for (int i = 0; i < 8; i++)
		buffer_free(vk, &buffers[i]);
}

/* Asks the host first: memory that its driver cannot export ends the renderer's context. */
static bool exports_dma_buf(struct vulkan *vk)
{
	VkPhysicalDeviceExternalBufferInfo info = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO,
		.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
		.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	VkExternalBufferProperties properties = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES,
	};

	if (!vk->dma_buf)
		return false;
	vkGetPhysicalDeviceExternalBufferProperties(vk->physical, &info, &properties);
	printf("dma-buf features: %#x\n",
	       properties.externalMemoryProperties.externalMemoryFeatures);
	return properties.externalMemoryProperties.externalMemoryFeatures &
	       VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT;
}

/**
 * SUBTEST: dma-buf-export
 * Description: memory exported as a dma-buf and mapped through it shows the same data
 */
static void test_export(struct vulkan *vk)
{
	VkMemoryGetFdInfoKHR get = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR,
		.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	struct buffer buffer;
	VkResult ret;
	uint8_t *va;
	int fd;

	igt_require_f(exports_dma_buf(vk), "this host exports no Vulkan memory as dma-buf\n");
	ret = try_buffer(vk, &buffer, MiB(2), mappable_type(vk, 0), true);
	igt_require_f(ret != VK_ERROR_MEMORY_MAP_FAILED,
		      "this host cannot map memory that can be exported: its RESOURCE_MAP_BLOB fails\n");
	vk_ok(ret);
	virtgpu_guest_fill(buffer.va, 0, MiB(2), 8, 9);
	get.memory = buffer.memory;
	vk_ok(vk->get_fd(vk->device, &get, &fd));
	va = mmap(NULL, MiB(2), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	igt_assert(va != MAP_FAILED);
	igt_assert_eq(virtgpu_guest_wrong(va, 0, MiB(2), 8, 9), 0);
	assert_declared(va, MiB(2));
	munmap(va, MiB(2));
	close(fd);
	buffer_free(vk, &buffer);
}

/**
 * SUBTEST: memory-table
 * Description: prints the blobs behind some memory
 */
static void test_table(struct vulkan *vk)
{
	static const size_t sizes[] = { KiB(16), KiB(256), MiB(1), MiB(2), MiB(16), MiB(64) };
	uint32_t type = mappable_type(vk, 0);
	FILE *out = fopen("/out/vulkan.txt", "w");
	unsigned int bad = 0;

	igt_assert(out);
	fprintf(out, "memory    blob  its size    host declared  PTEs (probe)   by PMDs  CPU>GPU>CPU  verdict\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct pte_probe_range range;
		struct buffer from, to;
		struct listed blob;
		bool data, ptes;

		buffer_create(vk, &from, sizes[i], type);
		buffer_create(vk, &to, sizes[i], type);
		virtgpu_guest_fill(from.va, 0, sizes[i], 512, i);
		sync_caches(vk, &from, true);
		gpu_copy(vk, &from, &to);
		sync_caches(vk, &to, false);
		data = !virtgpu_guest_wrong(to.va, 0, sizes[i], 512, i);
		virtgpu_pte_probe(to.va, sizes[i], &range);
		blob = listed_at(range.first_pfn * PAGE);
		ptes = blob.mode != NONE &&
		       range.pages[virtgpu_pte_type(blob.mode)] == sizes[i] / PAGE;
		bad += !data || !ptes;
		fprintf(out, "%5zu KiB %4u  %6llu KiB  %-13s  %-3s x %-7llu  %7llu  %-11s  %s\n",
			sizes[i] >> 10, blob.resource, blob.size >> 10,
			virtgpu_cache_name(blob.mode),
			ptes ? virtgpu_pte_type_name(virtgpu_pte_type(blob.mode)) : "mixed",
			(unsigned long long)(sizes[i] / PAGE), (unsigned long long)range.huge,
			data ? "ok" : "WRONG", data && ptes ? "good" : "BAD");
		buffer_free(vk, &from);
		buffer_free(vk, &to);
	}
	fclose(out);
	igt_assert_eq(bad, 0);
}

int igt_main()
{
	static const struct {
		const char *name;
		size_t size;
	} sizes[] = {
		{ "page", KiB(4) }, { "odd", 25616 }, { "64k", KiB(64) }, { "1m", MiB(1) }, { "2m", MiB(2) },
		{ "16m", MiB(16) }, { "256m", MiB(256) },
	};
	static struct vulkan vk;

	igt_fixture()
		vulkan_open(&vk);

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		igt_describe("What the CPU writes the GPU copies and the CPU reads back.");
		igt_subtest_f("copy-%s", sizes[i].name)
			test_copy(&vk, sizes[i].size);
	}

	igt_describe("A mapping stays valid while CPU and GPU take turns.");
	igt_subtest("persistent-mapping")
		test_persistent(&vk);

	igt_describe("Many small allocations each keep their own data.");
	igt_subtest("small-allocations")
		test_small(&vk);

	igt_describe("Threads that allocate, map and free at once do not disturb each other.");
	igt_subtest("concurrent-threads")
		test_threads(&vk);

	igt_describe("Shows the blobs behind some of Vulkan's memory.");
	igt_subtest("memory-table")
		test_table(&vk);

	igt_describe("A full window is a Vulkan error, and costs nothing.");
	igt_subtest("window-full")
		test_window_full(&vk);

	igt_describe("More memory than the window has can be mapped and keeps its data.");
	igt_subtest("more-than-the-window")
		test_more_than_window(&vk);

	igt_describe("Memory that is exported as a dma-buf shows the same data.");
	igt_subtest("dma-buf-export")
		test_export(&vk);

	igt_fixture()
		vulkan_close(&vk);
}
