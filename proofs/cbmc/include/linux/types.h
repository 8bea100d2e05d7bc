/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Stands in for the kernel's, with no more than the files under proof need.
 */
#ifndef PROOFS_LINUX_TYPES_H
#define PROOFS_LINUX_TYPES_H

#include_next <linux/types.h>

#include <stdbool.h>
#include <stddef.h>

typedef __u32 u32;
typedef __u64 u64;
typedef unsigned long pgoff_t;

#define __force
#define offsetofend(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

#ifdef BIG_ENDIAN_CPU
#define le32_to_cpu(x) __builtin_bswap32(x)
#define le64_to_cpu(x) __builtin_bswap64(x)
#else
#define le32_to_cpu(x) ((u32)(x))
#define le64_to_cpu(x) ((u64)(x))
#endif

#endif
