/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_VIRTQ_H
#define HOST_DEVICE_VIRTQ_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "guest_memory.h"

#define VIRTQ_MAX_SIZE	1024
#define VIRTQ_MAX_IOV	64

/**
 * struct virtq - a split virtqueue, device side
 * @size: number of descriptors, a power of two
 * @started: addresses are valid and the kick descriptor is watched
 * @last_avail: next entry of the available ring to look at
 * @at_0: it is said to start there
 * @broken: the guest has got it wrong; it is left alone until it starts again
 * @taken: the requests, by their heads, that the device has and has not given back yet
 * @put_used: writes the next entry of the used ring, and returns how far its index goes on;
 *	NULL: as it has to be, see inject/used.c
 * @kick: eventfd the guest signals, or -1
 * @call: eventfd that interrupts the guest, or -1
 * @err: eventfd that tells the VMM of a broken ring, or -1
 */
struct virtq {
	unsigned int index;
	unsigned int size;
	bool started;
	bool enabled;
	bool broken;
	bool taken[VIRTQ_MAX_SIZE];
	uint16_t last_avail;
	bool at_0;
	uint16_t (*put_used)(struct virtq *vr, uint16_t head, uint32_t len);
	uint64_t desc_addr, avail_addr, used_addr;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	int kick;
	int call;
	int err;
};

/**
 * struct chain - one request of the guest
 * @head: descriptor to give back
 * @out: what the guest wrote for us, @out_count pieces
 * @in: where our answer goes, @in_count pieces
 */
struct chain {
	uint16_t head;
	unsigned int out_count;
	unsigned int in_count;
	struct iovec out[VIRTQ_MAX_IOV];
	struct iovec in[VIRTQ_MAX_IOV];
};

int virtq_start(struct virtq *vr, const struct guest_memory *mem);
bool virtq_is_new(const struct virtq *vr);
int virtq_chain(const struct virtq *vr, const struct guest_memory *mem, uint16_t head,
		struct chain *chain);
int virtq_pop(struct virtq *vr, const struct guest_memory *mem, struct chain *chain);
void virtq_forget(struct virtq *vr, uint16_t head);
void virtq_signal(const struct virtq *vr);
void virtq_push(struct virtq *vr, const struct chain *chain, uint32_t len);

size_t chain_room(const struct chain *chain);
size_t chain_read(const struct chain *chain, void *buf, size_t len);
size_t chain_write(const struct chain *chain, const void *buf, size_t len);

#endif
