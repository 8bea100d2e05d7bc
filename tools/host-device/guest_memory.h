/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_GUEST_MEMORY_H
#define HOST_DEVICE_GUEST_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#define GUEST_REGIONS	16

/**
 * struct guest_memory - the guest's RAM as SET_MEM_TABLE described it
 * @count: regions in use
 * @region: guest physical, QEMU virtual and our virtual address of each
 */
struct guest_memory {
	unsigned int count;
	struct guest_region {
		uint64_t gpa;
		uint64_t size;
		uint64_t qemu_va;
		uint8_t *va;
		void *map;
		size_t map_size;
	} region[GUEST_REGIONS];
};

void *guest_ptr(const struct guest_memory *mem, uint64_t gpa, uint64_t len);
void *guest_ptr_qemu(const struct guest_memory *mem, uint64_t qemu_va, uint64_t len);

#endif
