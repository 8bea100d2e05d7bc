/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Stands in for the kernel's: there is one thread here.
 */
#ifndef PROOFS_LINUX_COMPILER_H
#define PROOFS_LINUX_COMPILER_H

#define READ_ONCE(x) (x)

#endif
