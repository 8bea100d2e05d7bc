/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Stands in for the kernel's, through which the real file gets the following.
 */
#ifndef PROOFS_LINUX_DMA_MAP_OPS_H
#define PROOFS_LINUX_DMA_MAP_OPS_H

#include <linux/errno.h>
#include <linux/types.h>

/* The first byte of @size that is not @c, or NULL. */
static inline void *memchr_inv(const void *start, int c, size_t size)
{
	const unsigned char *p = start;
	size_t i;

	for (i = 0; i < size; i++)
		if (p[i] != (unsigned char)c)
			return (void *)&p[i];
	return NULL;
}

#endif
