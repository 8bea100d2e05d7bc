// SPDX-License-Identifier: GPL-2.0 OR MIT
#include <endian.h>
#include <string.h>
#include <sys/eventfd.h>

#include "clause.h"
#include "ring.h"

/* Of each queue, from the beginning of the guest's memory on. */
#define QUEUE_BYTES	0x4000

/**
 * ring_start() - lay a queue out and let the device serve it
 * @base: where both sides begin to count
 */
void ring_start(struct ring *r, struct front_end *f, unsigned int queue, uint32_t base)
{
	uint64_t at = queue * QUEUE_BYTES;

	*r = (struct ring){
		.f = f, .queue = queue, .seen = base,
		.state = { .size = RING_SIZE, .base = base, .desc = at, .avail = at + 0x1000,
			   .used = at + 0x2000 },
	};
	memset(f->ram + at, 0, QUEUE_BYTES);
	r->desc = (void *)(f->ram + r->state.desc);
	r->avail = (void *)(f->ram + r->state.avail);
	r->used = (void *)(f->ram + r->state.used);
	r->avail->idx = htole16(base);
	r->used->idx = htole16(base);
	front_end_start_ring(f, queue, &r->state);
}

/**
 * ring_chain() - write the descriptors of a request
 * @head: first descriptor; the others follow it
 */
void ring_chain(struct ring *r, unsigned int head, const struct piece *pieces, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		unsigned int next = (head + i + 1) % RING_SIZE;
		uint16_t flags = (pieces[i].written ? VRING_DESC_F_WRITE : 0) |
				 (i + 1 < count ? VRING_DESC_F_NEXT : 0);

		r->desc[(head + i) % RING_SIZE] = (struct vring_desc){
			.addr = htole64(RAM_GPA + pieces[i].offset),
			.len = htole32(pieces[i].len),
			.flags = htole16(flags),
			.next = htole16(next),
		};
	}
}

/**
 * ring_offer() - make a request available
 */
void ring_offer(struct ring *r, unsigned int head)
{
	uint16_t idx = le16toh(r->avail->idx);

	r->avail->ring[idx % RING_SIZE] = htole16(head);
	__atomic_store_n(&r->avail->idx, htole16(idx + 1), __ATOMIC_RELEASE);
}

/**
 * ring_kick() - tell the device that there are requests
 */
void ring_kick(struct ring *r)
{
	eventfd_write(r->f->kick[r->queue], 1);
}

/**
 * ring_used() - take the next used element
 * @head: set to that of the request
 * @len: set to the number of bytes that the device has written
 *
 * Return: false if none comes.
 */
bool ring_used(struct ring *r, uint32_t *head, uint32_t *len)
{
	uint16_t ahead;
	eventfd_t n;

	while (le16toh(__atomic_load_n(&r->used->idx, __ATOMIC_ACQUIRE)) == r->seen) {
		if (!front_end_wait(r->f, r->f->call[r->queue]))
			return false;
		eventfd_read(r->f->call[r->queue], &n);
	}
	ahead = le16toh(r->used->idx) - r->seen;
	clause_check("B3", ahead <= (uint16_t)(le16toh(r->avail->idx) - r->seen),
		     "%u requests are used, which is more than there are", ahead);
	*head = le32toh(r->used->ring[r->seen % RING_SIZE].id);
	*len = le32toh(r->used->ring[r->seen % RING_SIZE].len);
	r->seen++;
	return true;
}
