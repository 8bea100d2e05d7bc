/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Stands in for the kernel's; @a is a power of two.
 */
#ifndef PROOFS_LINUX_ALIGN_H
#define PROOFS_LINUX_ALIGN_H

#define ALIGN_DOWN(x, a) ((x) & ~((a) - 1))
#define IS_ALIGNED(x, a) (((x) & ((a) - 1)) == 0)

#endif
