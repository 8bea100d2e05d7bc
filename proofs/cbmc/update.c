// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Which of two declarations is in force: virtgpu_vram_attr.c, and sections 2.1, 2.3 and 4.4.
 */
#include <linux/virtio_gpu.h>
#include <linux/virtio_gpu_map_attr.h>

#include "prove.h"
#include "virtgpu_vram_attr.h"

static struct virtio_gpu_vram_attr any_declaration(void)
{
	struct virtio_gpu_vram_attr attr = {
		.generation = nondet_u64(),
		.cache_mode = nondet_u32(),
		.flags = nondet_u32(),
	};

	assume(attr.generation && attr.cache_mode && attr.cache_mode <= 3);
	assume(!(attr.flags & ~KNOWN_FLAGS));
	return attr;
}

static bool is_same(const struct virtio_gpu_vram_attr *a, const struct virtio_gpu_vram_attr *b)
{
	return a->generation == b->generation && a->cache_mode == b->cache_mode &&
	       a->flags == b->flags;
}

/* [R2], and the highest generation is in force. */
void prove_update(void)
{
	struct virtio_gpu_vram_attr old = any_declaration(), next = any_declaration(), cur = old;
	bool clash = old.generation == next.generation && !is_same(&old, &next);
	int ret = virtio_gpu_vram_attr_update(&cur, &next);

	must((ret == -EPROTO) == clash, "malformed is what contradicts another, and no more");
	must(ret == 0 || ret == -EPROTO, "nothing else is returned");
	must(!clash || is_same(&cur, &old), "what contradicts leaves no result");
	must(clash || is_same(&cur, old.generation > next.generation ? &old : &next),
	     "the highest generation is in force");
}

/* 4.4: the order of arrival does not matter. */
void prove_order(void)
{
	struct virtio_gpu_vram_attr a = any_declaration(), b = any_declaration();
	struct virtio_gpu_vram_attr c = any_declaration(), x = { 0 }, y = { 0 };

	assume(a.generation != b.generation && b.generation != c.generation &&
	       a.generation != c.generation);
	must(!virtio_gpu_vram_attr_update(&x, &a) && !virtio_gpu_vram_attr_update(&x, &b) &&
	     !virtio_gpu_vram_attr_update(&x, &c), "none contradicts");
	must(!virtio_gpu_vram_attr_update(&y, &c) && !virtio_gpu_vram_attr_update(&y, &a) &&
	     !virtio_gpu_vram_attr_update(&y, &b), "none contradicts");
	must(is_same(&x, &y), "whatever the order");
	must(x.generation >= a.generation && x.generation >= b.generation &&
	     x.generation >= c.generation, "it is the highest");
}

/* [R5] [R6] [R7] */
void prove_may_map(void)
{
	struct virtio_gpu_vram_attr attr = any_declaration();
	bool write = nondet_bool();
	int ret = virtio_gpu_vram_attr_access_error(&attr, write);
	u32 forbids = write ? KEEPS_CPUS_OFF | VIRTIO_GPU_MAP_ATTR_READ_ONLY : KEEPS_CPUS_OFF;

	must((ret == 0) == !(attr.flags & forbids), "these flags keep CPUs off, or from writing");
	must((ret == -ESTALE) == !!(attr.flags & VIRTIO_GPU_MAP_ATTR_REVOKED), "revoked is told");
}
