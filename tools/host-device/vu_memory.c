// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The memory table: where the guest's RAM is.
 */
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "vu_memory.h"

/**
 * vu_memory_unmap() - let go of the guest's RAM
 */
void vu_memory_unmap(struct guest_memory *mem)
{
	for (unsigned int i = 0; i < mem->count; i++)
		munmap(mem->region[i].map, mem->region[i].map_size);
	mem->count = 0;
}

/*
 * A file that ends before its region does would end us when the guest uses what is missing.
 * One that QEMU truncates later still does: it is QEMU's memory, too.
 */
static bool is_too_short(int fd, size_t len)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && (uint64_t)st.st_size < len;
}

/**
 * vu_memory_map() - map the guest's RAM, in place of what was
 * @msg: a SET_MEM_TABLE, with as many descriptors as regions
 *
 * Return: 0; -EINVAL when a region cannot be, another negative errno when it cannot be mapped.
 */
int vu_memory_map(struct guest_memory *mem, struct vu_message *msg)
{
	vu_memory_unmap(mem);
	for (unsigned int i = 0; i < msg->mem.count; i++) {
		const struct vu_region *in = &msg->mem.region[i];
		struct guest_region *r = &mem->region[mem->count];
		size_t len;
		void *map;

		if (!in->size || __builtin_add_overflow(in->size, in->mmap_offset, &len) ||
		    is_too_short(msg->fds[i], len))
			return -EINVAL;
		map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
			   msg->fds[i], 0);
		if (map == MAP_FAILED)
			return -errno;
		*r = (struct guest_region){
			.gpa = in->gpa,
			.size = in->size,
			.qemu_va = in->qemu_va,
			.va = (uint8_t *)map + in->mmap_offset,
			.map = map,
			.map_size = len,
		};
		mem->count++;
	}
	return 0;
}
