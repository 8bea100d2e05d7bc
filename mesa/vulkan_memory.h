/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Helpers that the Vulkan tests share: memory of venus is mapped, copied by the GPU, and looked
 * up in the driver's list of blobs.
 */
#ifndef VULKAN_MEMORY_H
#define VULKAN_MEMORY_H

#include <vulkan/vulkan.h>

#include "virtgpu/virtgpu.h"

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

/**
 * struct listed - a line of the driver's list of blobs
 * @mode: what the host declared, or NONE if there is no such blob
 */
struct listed {
	unsigned int resource;
	unsigned long long size;
	unsigned int mode;
};

void vulkan_open(struct vulkan *vk);
void vulkan_close(struct vulkan *vk);
uint32_t mappable_type(struct vulkan *vk, unsigned int nth);

VkResult try_buffer(struct vulkan *vk, struct buffer *buffer, VkDeviceSize size, uint32_t type,
		    bool export);
void buffer_create(struct vulkan *vk, struct buffer *buffer, VkDeviceSize size, uint32_t type);
void buffer_free(struct vulkan *vk, struct buffer *buffer);
void sync_caches(struct vulkan *vk, struct buffer *buffer, bool wrote);
void gpu_copy(struct vulkan *vk, struct buffer *from, struct buffer *to);

struct listed listed_at(uint64_t address);
struct listed listed_behind(const void *va);
void assert_declared(const void *va, size_t len);

#endif
