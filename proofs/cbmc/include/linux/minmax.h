/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Stands in for the kernel's.
 */
#ifndef PROOFS_LINUX_MINMAX_H
#define PROOFS_LINUX_MINMAX_H

#define min(a, b) ((a) < (b) ? (a) : (b))

#endif
