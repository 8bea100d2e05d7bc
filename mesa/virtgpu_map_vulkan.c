// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map vulkan
 * Category: Core
 * Description: Memory that Vulkan maps through venus is mapped as the host declared it, and
 *	CPU and GPU see the same data in it
 * Functionality: blob mapping
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <vulkan/vulkan.h>

#include "igt.h"
#include "virtgpu_blob.h"

#define vk_ok(call) igt_assert_eq(call, VK_SUCCESS)

/**
 * struct vulkan - the venus device, with one queue
 */
struct vulkan {
	VkInstance instance;
	VkPhysicalDevice physical;
	VkDevice device;
	VkQueue queue;
	VkCommandPool pool;
	uint32_t family;
	VkPhysicalDeviceMemoryProperties memory;
	bool dma_buf;
	PFN_vkGetMemoryFdKHR get_fd;
};

/**
 * struct buffer - memory that is mapped, with a buffer in all of it
 */
struct buffer {
	VkDeviceMemory memory;
	VkBuffer buffer;
	VkDeviceSize size;
	uint32_t type;
	uint8_t *va;
};

static bool has_extension(VkPhysicalDevice physical, const char *name)
{
	VkExtensionProperties *list;
	uint32_t count = 0;
	bool found = false;

	vkEnumerateDeviceExtensionProperties(physical, NULL, &count, NULL);
	list = calloc(count, sizeof(*list));
	vkEnumerateDeviceExtensionProperties(physical, NULL, &count, list);
	for (uint32_t i = 0; i < count; i++)
		found |= !strcmp(list[i].extensionName, name);
	free(list);
	return found;
}

static void vulkan_open(struct vulkan *vk)
{
	static const char * const wanted[] = {
		VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME,
		VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME,
	};
	VkApplicationInfo app = {
		.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
		.apiVersion = VK_API_VERSION_1_1,
	};
	VkInstanceCreateInfo instance = {
		.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
		.pApplicationInfo = &app,
	};
	float priority = 1;
	VkDeviceQueueCreateInfo queue = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueCount = 1,
		.pQueuePriorities = &priority,
	};
	VkDeviceCreateInfo device = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queue,
		.ppEnabledExtensionNames = wanted,
	};
	VkCommandPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
		.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
	};
	VkPhysicalDeviceProperties properties;
	uint32_t count = 1;

	vk_ok(vkCreateInstance(&instance, NULL, &vk->instance));
	igt_assert(vkEnumeratePhysicalDevices(vk->instance, &count, &vk->physical) >= 0);
	igt_require_f(count, "there is no Vulkan device\n");
	vkGetPhysicalDeviceProperties(vk->physical, &properties);
	igt_assert_f(strstr(properties.deviceName, "Venus"), "%s is not venus\n",
		     properties.deviceName);
	vkGetPhysicalDeviceMemoryProperties(vk->physical, &vk->memory);
	vk->dma_buf = has_extension(vk->physical, wanted[0]) &&
		      has_extension(vk->physical, wanted[1]);
	if (vk->dma_buf)
		device.enabledExtensionCount = 2;
	vk_ok(vkCreateDevice(vk->physical, &device, NULL, &vk->device));
	vkGetDeviceQueue(vk->device, 0, 0, &vk->queue);
	vk_ok(vkCreateCommandPool(vk->device, &pool, NULL, &vk->pool));
	if (vk->dma_buf)
		vk->get_fd = (PFN_vkGetMemoryFdKHR)vkGetDeviceProcAddr(vk->device,
								       "vkGetMemoryFdKHR");
}

static void vulkan_close(struct vulkan *vk)
{
	vkDestroyCommandPool(vk->device, vk->pool, NULL);
	vkDestroyDevice(vk->device, NULL);
	vkDestroyInstance(vk->instance, NULL);
}

/* Return: VK_SUCCESS with @buffer mapped, or which error allocating or mapping it was. */
static VkResult try_buffer(struct vulkan *vk, struct buffer *buffer, VkDeviceSize size,
			   uint32_t type, bool export)
{
	VkExternalMemoryBufferCreateInfo external_buffer = {
		.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
		.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.pNext = export ? &external_buffer : NULL,
		.size = size,
		.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
	};
	VkExportMemoryAllocateInfo external = {
		.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
		.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
	};
	VkMemoryAllocateInfo allocate = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
		.pNext = export ? &external : NULL,
		.memoryTypeIndex = type,
	};
	VkMemoryRequirements need;
	VkResult ret;

	*buffer = (struct buffer){ .size = size, .type = type };
	vk_ok(vkCreateBuffer(vk->device, &info, NULL, &buffer->buffer));
	vkGetBufferMemoryRequirements(vk->device, buffer->buffer, &need);
	igt_assert(need.memoryTypeBits & 1u << type);
	allocate.allocationSize = need.size;
	ret = vkAllocateMemory(vk->device, &allocate, NULL, &buffer->memory);
	if (!ret)
		ret = vkBindBufferMemory(vk->device, buffer->buffer, buffer->memory, 0);
	if (!ret)
		ret = vkMapMemory(vk->device, buffer->memory, 0, VK_WHOLE_SIZE, 0,
				  (void **)&buffer->va);
	return ret;
}

static void buffer_free(struct vulkan *vk, struct buffer *buffer)
{
	vkDestroyBuffer(vk->device, buffer->buffer, NULL);
	vkFreeMemory(vk->device, buffer->memory, NULL);
}

static void buffer_create(struct vulkan *vk, struct buffer *buffer, VkDeviceSize size,
			  uint32_t type)
{
	vk_ok(try_buffer(vk, buffer, size, type, false));
}

/* What the CPU wrote is for the GPU, and the other way round. */
static void sync_caches(struct vulkan *vk, struct buffer *buffer, bool wrote)
{
	VkMappedMemoryRange range = {
		.sType = VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE,
		.memory = buffer->memory,
		.size = VK_WHOLE_SIZE,
	};

	if (vk->memory.memoryTypes[buffer->type].propertyFlags &
	    VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)
		return;
	if (wrote)
		vk_ok(vkFlushMappedMemoryRanges(vk->device, 1, &range));
	else
		vk_ok(vkInvalidateMappedMemoryRanges(vk->device, 1, &range));
}

static void gpu_copy(struct vulkan *vk, struct buffer *from, struct buffer *to)
{
	VkCommandBufferAllocateInfo allocate = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.commandPool = vk->pool,
		.commandBufferCount = 1,
	};
	VkCommandBufferBeginInfo begin = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
	};
	VkMemoryBarrier to_host = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
		.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
		.dstAccessMask = VK_ACCESS_HOST_READ_BIT,
	};
	VkBufferCopy region = { .size = from->size };
	VkCommandBuffer commands;
	VkSubmitInfo submit = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.commandBufferCount = 1,
		.pCommandBuffers = &commands,
	};

	vk_ok(vkAllocateCommandBuffers(vk->device, &allocate, &commands));
	vk_ok(vkBeginCommandBuffer(commands, &begin));
	vkCmdCopyBuffer(commands, from->buffer, to->buffer, 1, &region);
	vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT,
			     0, 1, &to_host, 0, NULL, 0, NULL);
	vk_ok(vkEndCommandBuffer(commands));
	vk_ok(vkQueueSubmit(vk->queue, 1, &submit, VK_NULL_HANDLE));
	vk_ok(vkQueueWaitIdle(vk->queue));
	vkFreeCommandBuffers(vk->device, vk->pool, 1, &commands);
}

/**
 * struct listed - a line of the driver's list of blobs
 * @mode: what the host declared, or NONE if there is no such blob
 */
struct listed {
	unsigned int resource;
	unsigned long long size;
	unsigned int mode;
};

/*
 * The blob at a physical address.  The list is the driver's word on the host's; what is
 * in the page table is the probe's.
 */
static struct listed listed_at(uint64_t address)
{
	static const char path[] = "/sys/kernel/debug/dri/128/virtio-gpu-map-attr";
	struct listed found = { .mode = NONE }, one;
	unsigned long long place;
	char line[256], name[32];
	FILE *f = fopen(path, "r");

	igt_require_f(f, "%s: %s\n", path, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%u %llu %31s %*s %*u %*s %*d %*d %llx", &one.resource,
			   &one.size, name, &place) != 4)
			continue;
		if (!place || address < place || address >= place + one.size)
			continue;
		found = one;
		found.mode = NONE;
		for (unsigned int m = CACHED; m <= WC; m++)
			if (!strcmp(name, cache_name(m)))
				found.mode = m;
	}
	fclose(f);
	return found;
}

/* All of a mapping carries the type that the host declared for the blob behind it. */
static void assert_declared(const void *va, size_t len)
{
	const uint8_t *page = (const uint8_t *)((uintptr_t)va & ~(PAGE - 1));
	struct pte_probe_range range;
	unsigned int mode;

	len = (len + PAGE - 1) & ~(PAGE - 1);
	probe_range(page, len, &range);
	mode = listed_at(range.first_pfn * PAGE).mode;
	igt_assert_f(mode != NONE, "no blob lies at page frame %llx\n", range.first_pfn);
	assert_ptes(page, len, mode);
}

static uint32_t mappable_type(struct vulkan *vk, unsigned int nth)
{
	for (uint32_t i = 0; i < vk->memory.memoryTypeCount; i++)
		if (vk->memory.memoryTypes[i].propertyFlags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT &&
		    !nth--)
			return i;
	return UINT32_MAX;
}

/**
 * SUBTEST: copy-%s
 * Description: for every memory type: map, write, have the GPU copy, read back
 *
 * arg[1]: size of the memory
 */
static void test_copy(struct vulkan *vk, size_t size)
{
	uint32_t type;

	for (unsigned int nth = 0; (type = mappable_type(vk, nth)) != UINT32_MAX; nth++) {
		size_t stride = size > MiB(16) ? 4088 : 8;
		struct buffer from, to;

		buffer_create(vk, &from, size, type);
		buffer_create(vk, &to, size, type);
		guest_fill(from.va, 0, size, stride, 3);
		sync_caches(vk, &from, true);
		gpu_copy(vk, &from, &to);
		sync_caches(vk, &to, false);
		igt_assert_eq(guest_wrong(to.va, 0, size, stride, 3), 0);
		assert_declared(from.va, size);
		assert_declared(to.va, size);
		buffer_free(vk, &from);
		buffer_free(vk, &to);
	}
}

/**
 * SUBTEST: persistent
 * Description: a mapping stays, and CPU and GPU use the memory in turns
 */
static void test_persistent(struct vulkan *vk)
{
	uint32_t type = mappable_type(vk, 0);
	struct buffer from, to;

	buffer_create(vk, &from, MiB(4), type);
	buffer_create(vk, &to, MiB(4), type);
	for (int i = 0; i < 40; i++) {
		guest_fill(from.va, 0, MiB(4), 512, i);
		sync_caches(vk, &from, true);
		gpu_copy(vk, &from, &to);
		sync_caches(vk, &to, false);
		igt_assert_eq(guest_wrong(to.va, 0, MiB(4), 512, i), 0);
	}
	assert_declared(from.va, MiB(4));
	buffer_free(vk, &from);
	buffer_free(vk, &to);
}

/**
 * SUBTEST: small
 * Description: many small allocations at once, each with data of its own
 */
static void test_small(struct vulkan *vk)
{
	enum { COUNT = 256 };
	static struct buffer buffers[COUNT];
	uint32_t type = mappable_type(vk, 0);

	for (int i = 0; i < COUNT; i++) {
		buffer_create(vk, &buffers[i], KiB(4) * (1 + i % 40), type);
		guest_fill(buffers[i].va, 0, buffers[i].size, 8, i);
	}
	for (int i = 0; i < COUNT; i++) {
		igt_assert_eq(guest_wrong(buffers[i].va, 0, buffers[i].size, 8, i), 0);
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
		guest_fill(buffer.va, 0, buffer.size, 64, seed + i);
		bad += guest_wrong(buffer.va, 0, buffer.size, 64, seed + i);
		buffer_free(vk, &buffer);
	}
	return (void *)bad;
}

/**
 * SUBTEST: threads
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
 * Description: what finds no place in the window is a Vulkan error, and what is mapped by then
 *	keeps its data
 */
static void test_window_full(struct vulkan *vk)
{
	static struct buffer buffers[64];
	uint32_t type = mappable_type(vk, 0);
	VkResult ret = VK_SUCCESS;
	int n;

	for (n = 0; n < 64; n++) {
		ret = try_buffer(vk, &buffers[n], MiB(200), type, false);
		if (ret)
			break;
		guest_fill(buffers[n].va, 0, MiB(200), 65528, n);
	}
	igt_assert_f(ret == VK_ERROR_MEMORY_MAP_FAILED || ret == VK_ERROR_OUT_OF_DEVICE_MEMORY ||
		     ret == VK_ERROR_OUT_OF_HOST_MEMORY, "after %d times 200 MiB: %d\n", n, ret);
	for (int i = 0; i < n; i++)
		igt_assert_eq(guest_wrong(buffers[i].va, 0, MiB(200), 65528, i), 0);
	for (int i = 0; i <= n; i++)
		buffer_free(vk, &buffers[i]);
}

/**
 * SUBTEST: export
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

	igt_require_f(vk->dma_buf, "this host exports no Vulkan memory as dma-buf\n");
	ret = try_buffer(vk, &buffer, MiB(2), mappable_type(vk, 0), true);
	igt_require_f(ret != VK_ERROR_MEMORY_MAP_FAILED,
		      "this host cannot map memory that can be exported: its RESOURCE_MAP_BLOB fails\n");
	vk_ok(ret);
	guest_fill(buffer.va, 0, MiB(2), 8, 9);
	get.memory = buffer.memory;
	vk_ok(vk->get_fd(vk->device, &get, &fd));
	va = mmap(NULL, MiB(2), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	igt_assert(va != MAP_FAILED);
	igt_assert_eq(guest_wrong(va, 0, MiB(2), 8, 9), 0);
	assert_declared(va, MiB(2));
	munmap(va, MiB(2));
	close(fd);
	buffer_free(vk, &buffer);
}

/**
 * SUBTEST: table
 * Description: the blobs behind some memory, for a person to read
 */
static void test_table(struct vulkan *vk)
{
	static const size_t sizes[] = { KiB(16), KiB(256), MiB(1), MiB(2), MiB(16), MiB(64) };
	uint32_t type = mappable_type(vk, 0);
	FILE *out = fopen("/out/vulkan.txt", "w");
	unsigned int bad = 0;

	igt_assert(out);
	fprintf(out, "memory    blob  its size    host declared  PTEs (probe)   by PMDs  CPU>GPU>CPU  verdict\n");
	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct pte_probe_range range;
		struct buffer from, to;
		struct listed blob;
		bool data, ptes;

		buffer_create(vk, &from, sizes[i], type);
		buffer_create(vk, &to, sizes[i], type);
		guest_fill(from.va, 0, sizes[i], 512, i);
		sync_caches(vk, &from, true);
		gpu_copy(vk, &from, &to);
		sync_caches(vk, &to, false);
		data = !guest_wrong(to.va, 0, sizes[i], 512, i);
		probe_range(to.va, sizes[i], &range);
		blob = listed_at(range.first_pfn * PAGE);
		ptes = blob.mode != NONE && range.pages[cache_type(blob.mode)] == sizes[i] / PAGE;
		bad += !data || !ptes;
		fprintf(out, "%5zu KiB %4u  %6llu KiB  %-13s  %-3s x %-7llu  %7llu  %-11s  %s\n",
			sizes[i] >> 10, blob.resource, blob.size >> 10, cache_name(blob.mode),
			ptes ? type_name(cache_type(blob.mode)) : "mixed",
			(unsigned long long)(sizes[i] / PAGE),
			(unsigned long long)range.huge, data ? "ok" : "WRONG",
			data && ptes ? "good" : "BAD");
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
		{ "page", KiB(4) }, { "64k", KiB(64) }, { "1m", MiB(1) }, { "2m", MiB(2) },
		{ "16m", MiB(16) }, { "256m", MiB(256) },
	};
	static struct vulkan vk;

	igt_fixture()
		vulkan_open(&vk);

	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		igt_describe("Written by the CPU, copied by the GPU, read by the CPU.");
		igt_subtest_f("copy-%s", sizes[i].name)
			test_copy(&vk, sizes[i].size);
	}

	igt_describe("Mapped while the GPU uses it.");
	igt_subtest("persistent")
		test_persistent(&vk);

	igt_describe("Many small allocations.");
	igt_subtest("small")
		test_small(&vk);

	igt_describe("Many threads.");
	igt_subtest("threads")
		test_threads(&vk);

	igt_describe("A table.");
	igt_subtest("table")
		test_table(&vk);

	igt_describe("More than the window holds.");
	igt_subtest("window-full")
		test_window_full(&vk);

	igt_describe("Through a dma-buf.");
	igt_subtest("export")
		test_export(&vk);

	igt_fixture()
		vulkan_close(&vk);
}
