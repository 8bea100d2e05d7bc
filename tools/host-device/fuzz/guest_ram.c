// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The guest's memory: two regions that are neighbours for the guest but not for us, each with
 * pages before and behind it that nothing can touch.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "guest_ram.h"

#define GUARD	0x10000UL

static uint8_t *regions[RAM_REGIONS];
static int files[RAM_REGIONS];

static void map_region(unsigned int i)
{
	uint8_t *room = mmap(NULL, RAM_SIZE + 2 * GUARD, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	files[i] = memfd_create("guest", MFD_CLOEXEC);
	check(room != MAP_FAILED && files[i] >= 0 && !ftruncate(files[i], RAM_SIZE));
	lseek(files[i], 0, SEEK_END);
	regions[i] = mmap(room + GUARD, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			  files[i], 0);
	check(regions[i] != MAP_FAILED);
}

/**
 * ram_begin() - a new input begins: all is zero
 */
void ram_begin(void)
{
	for (unsigned int i = 0; i < RAM_REGIONS; i++) {
		if (!regions[i])
			map_region(i);
		memset(regions[i], 0, RAM_SIZE);
	}
}

/**
 * ram_region() - where we have a region
 */
uint8_t *ram_region(unsigned int i)
{
	return regions[i];
}

/**
 * ram_file() - the file that a region is, which stays the harness' own
 */
int ram_file(unsigned int i)
{
	return files[i];
}

/**
 * ram_at() - what the guest has at an address
 *
 * Return: NULL unless all of @len bytes are in one region.
 */
void *ram_at(uint64_t gpa, size_t len)
{
	uint64_t at = gpa - RAM_GPA;

	if (at >= RAM_REGIONS * RAM_SIZE || len > RAM_SIZE - at % RAM_SIZE)
		return NULL;
	return regions[at / RAM_SIZE] + at % RAM_SIZE;
}
