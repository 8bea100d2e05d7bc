/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_GUEST_RAM_H
#define FUZZ_GUEST_RAM_H

#include <stddef.h>
#include <stdint.h>

#define RAM_REGIONS	2
#define RAM_SIZE	0x8000UL	/* of each */
#define RAM_GPA		0x100000ULL	/* of the first; the other comes right after it */
#define RAM_VA		0x7f0000000000ULL	/* where QEMU has it, likewise */

void ram_begin(void);
uint8_t *ram_region(unsigned int i);
void *ram_at(uint64_t gpa, size_t len);
int ram_file(unsigned int i);

#endif
