// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The guest's RAM, found by guest physical addresses and by QEMU's addresses.
 */
#include <stddef.h>

#include "guest_memory.h"

/**
 * guest_ptr() - our pointer to @len bytes of guest physical memory
 *
 * Return: NULL unless all of it lies in one region.
 */
void *guest_ptr(const struct guest_memory *mem, uint64_t gpa, uint64_t len)
{
	for (unsigned int i = 0; i < mem->count; i++) {
		const struct guest_region *r = &mem->region[i];

		if (gpa >= r->gpa && gpa - r->gpa <= r->size && len <= r->size - (gpa - r->gpa))
			return r->va + (gpa - r->gpa);
	}
	return NULL;
}

/**
 * guest_ptr_qemu() - the same for an address of QEMU's, as SET_VRING_ADDR has
 */
void *guest_ptr_qemu(const struct guest_memory *mem, uint64_t qemu_va, uint64_t len)
{
	for (unsigned int i = 0; i < mem->count; i++) {
		const struct guest_region *r = &mem->region[i];

		if (qemu_va >= r->qemu_va && qemu_va - r->qemu_va <= r->size &&
		    len <= r->size - (qemu_va - r->qemu_va))
			return r->va + (qemu_va - r->qemu_va);
	}
	return NULL;
}
