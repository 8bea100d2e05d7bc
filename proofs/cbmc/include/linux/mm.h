/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Stands in for the kernel's; PAGE_SHIFT comes from the command line.
 */
#ifndef PROOFS_LINUX_MM_H
#define PROOFS_LINUX_MM_H

#include <linux/types.h>

#define PAGE_SIZE (1UL << (PAGE_SHIFT))

#endif
