// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A Vulkan layer that has all memory allocated in whole pages.
 *
 * A blob ends with a page, memory of Vulkan wherever the application likes, and with some
 * drivers, lavapipe for one, the file ends there too and is sealed against growing.  QEMU maps
 * nothing behind the end of a file.  Nobody but the driver can make the file longer, so
 * ask it for as much as the blob will have.  An application may allocate more than it
 * needs; nothing else changes.  Not where memory is dedicated to an image or a buffer, for
 * Vulkan wants just its size there, or imported, because the file has its size.
 *
 * VGPU_PAGE_SIZE, in bytes, stands for larger pages than the host has: the device's alignment.
 *
 * How layers and the loader find each other: LoaderLayerInterface.md of the Vulkan-Loader.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

#define EXPORT __attribute__((visibility("default")))

/* What comes below us in the loader's chain, which is the same for all instances. */
static PFN_vkGetInstanceProcAddr next_instance_proc;
static PFN_vkGetDeviceProcAddr next_device_proc;
static PFN_vkCreateDevice next_create_device;

static const VkBaseInStructure *find_in_chain(const void *chain, VkStructureType type)
{
	const VkBaseInStructure *s;

	for (s = chain; s; s = s->pNext)
		if (s->sType == type)
			break;
	return s;
}

static VkResult create_instance(const VkInstanceCreateInfo *info,
				const VkAllocationCallbacks *alloc, VkInstance *instance)
{
	VkLayerInstanceCreateInfo *link = (void *)info;
	PFN_vkCreateInstance create;
	VkResult ret;

	do {
		link = (void *)find_in_chain(link->pNext, VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO);
	} while (link && link->function != VK_LAYER_LINK_INFO);
	if (!link)
		return VK_ERROR_INITIALIZATION_FAILED;
	next_instance_proc = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
	link->u.pLayerInfo = link->u.pLayerInfo->pNext;
	create = (PFN_vkCreateInstance)next_instance_proc(NULL, "vkCreateInstance");
	ret = create ? create(info, alloc, instance) : VK_ERROR_INITIALIZATION_FAILED;
	if (!ret)
		next_create_device = (PFN_vkCreateDevice)next_instance_proc(*instance,
									    "vkCreateDevice");
	return ret;
}

static VkResult create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
			      const VkAllocationCallbacks *alloc, VkDevice *device)
{
	VkLayerDeviceCreateInfo *link = (void *)info;

	do {
		link = (void *)find_in_chain(link->pNext, VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO);
	} while (link && link->function != VK_LAYER_LINK_INFO);
	if (!link || !next_create_device)
		return VK_ERROR_INITIALIZATION_FAILED;
	next_device_proc = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
	link->u.pLayerInfo = link->u.pLayerInfo->pNext;
	return next_create_device(physical, info, alloc, device);
}

static VkDeviceSize page_size(void)
{
	const char *larger = getenv("VGPU_PAGE_SIZE");
	unsigned long long size = larger ? strtoull(larger, NULL, 0) : 0;

	return size ?: (unsigned long long)sysconf(_SC_PAGESIZE);
}

static VkResult allocate_memory(VkDevice device, const VkMemoryAllocateInfo *info,
				const VkAllocationCallbacks *alloc, VkDeviceMemory *memory)
{
	VkDeviceSize page = page_size();
	VkMemoryAllocateInfo whole = *info;
	PFN_vkAllocateMemory allocate;

	if (!find_in_chain(info->pNext, VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO) &&
	    !find_in_chain(info->pNext, VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR) &&
	    !find_in_chain(info->pNext, VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT) &&
	    whole.allocationSize <= UINT64_MAX - page)
		whole.allocationSize = (whole.allocationSize + page - 1) / page * page;
	allocate = (PFN_vkAllocateMemory)next_device_proc(device, "vkAllocateMemory");
	return allocate(device, &whole, alloc, memory);
}

static PFN_vkVoidFunction get_device_proc(VkDevice device, const char *name)
{
	if (!strcmp(name, "vkGetDeviceProcAddr"))
		return (PFN_vkVoidFunction)get_device_proc;
	if (!strcmp(name, "vkAllocateMemory"))
		return (PFN_vkVoidFunction)allocate_memory;
	return next_device_proc ? next_device_proc(device, name) : NULL;
}

static PFN_vkVoidFunction get_instance_proc(VkInstance instance, const char *name)
{
	if (!strcmp(name, "vkGetInstanceProcAddr"))
		return (PFN_vkVoidFunction)get_instance_proc;
	if (!strcmp(name, "vkCreateInstance"))
		return (PFN_vkVoidFunction)create_instance;
	if (!strcmp(name, "vkCreateDevice"))
		return (PFN_vkVoidFunction)create_device;
	if (!strcmp(name, "vkGetDeviceProcAddr"))
		return (PFN_vkVoidFunction)get_device_proc;
	if (!strcmp(name, "vkAllocateMemory"))
		return (PFN_vkVoidFunction)allocate_memory;
	return next_instance_proc ? next_instance_proc(instance, name) : NULL;
}

/**
 * vkNegotiateLoaderLayerInterfaceVersion() - the one function that the loader looks for
 */
EXPORT VkResult vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *interface)
{
	if (interface->loaderLayerInterfaceVersion < 2)
		return VK_ERROR_INITIALIZATION_FAILED;
	interface->loaderLayerInterfaceVersion = 2;
	interface->pfnGetInstanceProcAddr = get_instance_proc;
	interface->pfnGetDeviceProcAddr = get_device_proc;
	interface->pfnGetPhysicalDeviceProcAddr = NULL;
	return VK_SUCCESS;
}
