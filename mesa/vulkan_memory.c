// SPDX-License-Identifier: GPL-2.0 OR MIT
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "igt.h"
#include "vulkan_memory.h"

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

void vulkan_open(struct vulkan *vk)
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
	igt_assert_f(count, "there is no Vulkan device\n");
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

void vulkan_close(struct vulkan *vk)
{
	vkDestroyCommandPool(vk->device, vk->pool, NULL);
	vkDestroyDevice(vk->device, NULL);
	vkDestroyInstance(vk->instance, NULL);
}

/* Return: VK_SUCCESS with @buffer mapped, or the error of allocating or mapping it. */
VkResult try_buffer(struct vulkan *vk, struct buffer *buffer, VkDeviceSize size, uint32_t type,
		    bool export)
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

void buffer_free(struct vulkan *vk, struct buffer *buffer)
{
	vkDestroyBuffer(vk->device, buffer->buffer, NULL);
	vkFreeMemory(vk->device, buffer->memory, NULL);
}

void buffer_create(struct vulkan *vk, struct buffer *buffer, VkDeviceSize size, uint32_t type)
{
	vk_ok(try_buffer(vk, buffer, size, type, false));
}

/* Makes the CPU's writes visible to the GPU, and the GPU's to the CPU. */
void sync_caches(struct vulkan *vk, struct buffer *buffer, bool wrote)
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

void gpu_copy(struct vulkan *vk, struct buffer *from, struct buffer *to)
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

/* Look for the blob at @address in one device's list. */
static void look_in(const char *path, uint64_t address, struct listed *found)
{
	unsigned long long place;
	char line[256], name[32];
	struct listed one;
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%u %llu %31s %*s %*u %*s %*d %*d %llx", &one.resource,
			   &one.size, name, &place) != 4)
			continue;
		if (!place || address < place || address >= place + one.size)
			continue;
		*found = one;
		found->mode = NONE;
		for (unsigned int m = CACHED; m <= WC; m++)
			if (!strcmp(name, virtgpu_cache_name(m)))
				found->mode = m;
	}
	if (f)
		fclose(f);
}

/*
 * The blob at a physical address.  The list is what the driver says about the host's
 * declaration; the probe says what is in the page table.
 */
struct listed listed_at(uint64_t address)
{
	struct listed found = { .mode = NONE };
	glob_t lists;

	igt_assert_eq(glob("/sys/kernel/debug/dri/*/virtio-gpu-map-attr", 0, NULL, &lists), 0);
	for (size_t i = 0; i < lists.gl_pathc; i++)
		look_in(lists.gl_pathv[i], address, &found);
	globfree(&lists);
	return found;
}

/* The blob behind a pointer that has been touched. */
struct listed listed_behind(const void *va)
{
	struct pte_probe_range range;

	virtgpu_pte_probe((const void *)((uintptr_t)va & ~(PAGE - 1)), PAGE, &range);
	return listed_at(range.first_pfn * PAGE);
}

/* All of a mapping carries the type that the host declared for the blob behind it. */
void assert_declared(const void *va, size_t len)
{
	const uint8_t *page = (const uint8_t *)((uintptr_t)va & ~(PAGE - 1));
	unsigned int mode = listed_behind(va).mode;

	igt_assert_f(mode != NONE, "no blob lies behind %p\n", va);
	virtgpu_pte_assert_mode(page, (len + PAGE - 1) & ~(PAGE - 1), mode);
}

uint32_t mappable_type(struct vulkan *vk, unsigned int nth)
{
	for (uint32_t i = 0; i < vk->memory.memoryTypeCount; i++)
		if (vk->memory.memoryTypes[i].propertyFlags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT &&
		    !nth--)
			return i;
	return UINT32_MAX;
}
