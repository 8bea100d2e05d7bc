/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the harnesses share.  Each is a function without arguments: what it has to take as given
 * comes from nondet_*() and is narrowed by assume(), what must hold is in must().  The properties
 * are those of Documentation/virtio-gpu-map-attr.md, by the numbers of its clauses, or of the
 * functions' own documentation; they are written without a look at how the code does it.
 */
#ifndef PROVE_H
#define PROVE_H

#include <linux/errno.h>
#include <linux/types.h>

bool nondet_bool(void);
int nondet_int(void);
unsigned int nondet_uint(void);
size_t nondet_size(void);
u32 nondet_u32(void);
u64 nondet_u64(void);
unsigned long nondet_ulong(void);

void __CPROVER_assume(_Bool condition);
void __CPROVER_assert(_Bool condition, const char *text);

#define assume(condition) __CPROVER_assume(condition)
#define must(condition, text) __CPROVER_assert(condition, text)

/* Flags that this driver knows. */
#define KNOWN_FLAGS (VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED | VIRTIO_GPU_MAP_ATTR_REVOKED | \
		     VIRTIO_GPU_MAP_ATTR_READ_ONLY)

#define KEEPS_CPUS_OFF (VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED | VIRTIO_GPU_MAP_ATTR_REVOKED)

#endif
