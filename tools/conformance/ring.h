/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CONFORMANCE_RING_H
#define CONFORMANCE_RING_H

#include <linux/virtio_ring.h>

#include "front_end.h"

/**
 * struct piece - a descriptor's worth of a request
 * @offset: in the guest's memory, or outside of it
 * @len: in bytes
 * @written: by the device
 */
struct piece {
	uint64_t offset;
	uint32_t len;
	bool written;
};

/**
 * struct ring - driver's side of a split virtqueue
 * @f: the guest's memory, and the device
 * @queue: number
 * @state: where it is
 * @seen: used elements taken
 */
struct ring {
	struct front_end *f;
	unsigned int queue;
	struct ring_state state;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t seen;
};

void ring_start(struct ring *r, struct front_end *f, unsigned int queue, uint32_t base);
void ring_chain(struct ring *r, unsigned int head, const struct piece *pieces, unsigned int count);
void ring_offer(struct ring *r, unsigned int head);
void ring_kick(struct ring *r);
bool ring_used(struct ring *r, uint32_t *head, uint32_t *len);

#endif
