// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Split virtqueues, seen from the device.  The guest is not trusted: every
 * index and length is checked, a loop in a chain ends at VIRTQ_MAX_IOV, and
 * each descriptor is read once, before it is checked.  A ring that cannot be right is
 * left alone from then on.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "virtq.h"

static bool do_overlap(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return (uintptr_t)a < (uintptr_t)b + b_len && (uintptr_t)b < (uintptr_t)a + a_len;
}

/**
 * virtq_start() - resolve the ring addresses against the memory table
 *
 * Called again after every new memory table: the mappings have moved.
 *
 * Return: 0; -EFAULT when a ring lies outside guest memory; -EINVAL when it has no size, or
 * when its parts are not aligned (virtio 1.3, 2.7) or overlap: what is written into one would
 * be read as the other.
 */
int virtq_start(struct virtq *vr, const struct guest_memory *mem)
{
	size_t desc = vr->size * sizeof(*vr->desc);
	size_t avail = sizeof(*vr->avail) + vr->size * sizeof(uint16_t);
	size_t used = sizeof(*vr->used) + vr->size * sizeof(struct vring_used_elem);

	if (!vr->size)
		return -EINVAL;
	vr->desc = guest_ptr_qemu(mem, vr->desc_addr, desc);
	vr->avail = guest_ptr_qemu(mem, vr->avail_addr, avail);
	vr->used = guest_ptr_qemu(mem, vr->used_addr, used);
	if (!vr->desc || !vr->avail || !vr->used)
		return -EFAULT;
	if ((uintptr_t)vr->desc % VRING_DESC_ALIGN_SIZE ||
	    (uintptr_t)vr->avail % VRING_AVAIL_ALIGN_SIZE ||
	    (uintptr_t)vr->used % VRING_USED_ALIGN_SIZE)
		return -EINVAL;
	if (do_overlap(vr->desc, desc, vr->avail, avail) || do_overlap(vr->desc, desc, vr->used, used) ||
	    do_overlap(vr->avail, avail, vr->used, used))
		return -EINVAL;
	return 0;
}

/**
 * virtq_is_new() - has nothing been given back on this ring ever?
 *
 * Drivers zero the memory of a ring before they use it.
 */
bool virtq_is_new(const struct virtq *vr)
{
	if (vr->used->idx)
		return false;
	for (unsigned int i = 0; i < vr->size; i++)
		if (vr->used->ring[i].id || vr->used->ring[i].len)
			return false;
	return true;
}

static int chain_add(struct chain *chain, const struct guest_memory *mem,
		     const struct vring_desc *desc)
{
	void *ptr = guest_ptr(mem, desc->addr, desc->len);
	struct iovec iov = { .iov_base = ptr, .iov_len = desc->len };

	if (!ptr)
		return -EFAULT;
	if (desc->flags & VRING_DESC_F_WRITE) {
		if (chain->in_count == VIRTQ_MAX_IOV)
			return -E2BIG;
		chain->in[chain->in_count++] = iov;
	} else {
		/* Readable descriptors come first (virtio 1.3, 2.7.4.2). */
		if (chain->in_count || chain->out_count == VIRTQ_MAX_IOV)
			return -E2BIG;
		chain->out[chain->out_count++] = iov;
	}
	return 0;
}

static int chain_walk(struct chain *chain, const struct guest_memory *mem,
		      const struct vring_desc *table, unsigned int size,
		      unsigned int next, bool indirect)
{
	for (unsigned int n = 0; n < size; n++) {
		struct vring_desc desc;
		int ret;

		if (next >= size)
			return -EINVAL;
		memcpy(&desc, &table[next], sizeof(desc));
		if (desc.flags & VRING_DESC_F_INDIRECT) {
			const struct vring_desc *inner;

			if (indirect || desc.flags & VRING_DESC_F_NEXT || !desc.len ||
			    desc.len % sizeof(*inner))
				return -EINVAL;
			inner = guest_ptr(mem, desc.addr, desc.len);
			if (!inner)
				return -EFAULT;
			return chain_walk(chain, mem, inner, desc.len / sizeof(*inner), 0, true);
		}
		ret = chain_add(chain, mem, &desc);
		if (ret)
			return ret;
		if (!(desc.flags & VRING_DESC_F_NEXT))
			return 0;
		next = desc.next;
	}
	return -ELOOP;
}

/**
 * virtq_chain() - look up the pieces of a request in guest memory
 * @chain: filled in; good until the next memory table
 *
 * Return: 0; a negative errno for a malformed chain, whose head is in @chain.
 */
int virtq_chain(const struct virtq *vr, const struct guest_memory *mem, uint16_t head,
		struct chain *chain)
{
	memset(chain, 0, sizeof(*chain));
	chain->head = head;
	return chain_walk(chain, mem, vr->desc, vr->size, head, false);
}

/* Nothing that such a ring says can be believed. */
static void virtq_break(struct virtq *vr, const char *why)
{
	uint64_t one = 1;

	vr->broken = true;
	log_warn("queue %u is broken: %s", vr->index, why);
	if (vr->err >= 0 && write(vr->err, &one, sizeof(one)) < 0)
		log_warn("cannot signal an error to QEMU: %s", strerror(errno));
}

/**
 * virtq_pop() - take the next request off the ring
 *
 * Return: 1 with @chain filled in; 0 when the ring is empty or broken; a negative errno
 * for a malformed chain, whose head is in @chain and must still be pushed.
 */
int virtq_pop(struct virtq *vr, const struct guest_memory *mem, struct chain *chain)
{
	uint16_t idx = __atomic_load_n(&vr->avail->idx, __ATOMIC_ACQUIRE), head;
	int ret;

	if (vr->broken || idx == vr->last_avail)
		return 0;
	if ((uint16_t)(idx - vr->last_avail) > vr->size) {
		virtq_break(vr, "more requests than it has room for");
		return 0;
	}
	head = __atomic_load_n(&vr->avail->ring[vr->last_avail % vr->size], __ATOMIC_RELAXED);
	if (head < vr->size && vr->taken[head]) {
		virtq_break(vr, "a request that it has not got back yet");
		return 0;
	}
	vr->last_avail++;
	if (head < vr->size)
		vr->taken[head] = true;
	ret = virtq_chain(vr, mem, head, chain);
	return ret ? ret : 1;
}

/**
 * virtq_forget() - drop a request without an answer to the guest
 */
void virtq_forget(struct virtq *vr, uint16_t head)
{
	if (head < VIRTQ_MAX_SIZE)
		vr->taken[head] = false;
}

static uint16_t put_used(struct virtq *vr, uint16_t head, uint32_t len)
{
	vr->used->ring[vr->used->idx % vr->size] = (struct vring_used_elem){
		.id = head, .len = len,
	};
	return 1;
}

/**
 * virtq_signal() - interrupt the guest, if it wants that
 */
void virtq_signal(const struct virtq *vr)
{
	uint64_t one = 1;

	if (!vr->started || vr->call < 0 || vr->avail->flags & VRING_AVAIL_F_NO_INTERRUPT)
		return;
	/* The counter cannot overflow in practice; a lost write to a
	 * full one would be harmless, the guest is notified already.
	 */
	if (write(vr->call, &one, sizeof(one)) < 0)
		return;
}

/**
 * virtq_push() - give a request back with @len bytes written, and interrupt
 */
void virtq_push(struct virtq *vr, const struct chain *chain, uint32_t len)
{
	uint16_t idx = vr->used->idx;

	virtq_forget(vr, chain->head);
	if (vr->broken)
		return;
	idx += (vr->put_used ?: put_used)(vr, chain->head, len);
	__atomic_store_n(&vr->used->idx, idx, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	virtq_signal(vr);
}

static size_t iov_copy(const struct iovec *iov, unsigned int count, void *buf, size_t len,
		       bool to_iov)
{
	size_t done = 0;

	for (unsigned int i = 0; i < count && done < len; i++) {
		size_t n = iov[i].iov_len < len - done ? iov[i].iov_len : len - done;

		if (to_iov)
			memcpy(iov[i].iov_base, (uint8_t *)buf + done, n);
		else
			memcpy((uint8_t *)buf + done, iov[i].iov_base, n);
		done += n;
	}
	return done;
}

/**
 * chain_read() - copy up to @len bytes of the request
 *
 * Return: how many there were.
 */
size_t chain_read(const struct chain *chain, void *buf, size_t len)
{
	return iov_copy(chain->out, chain->out_count, buf, len, false);
}

/**
 * chain_room() - how many bytes fit into the response buffer
 */
size_t chain_room(const struct chain *chain)
{
	size_t room = 0;

	for (unsigned int i = 0; i < chain->in_count; i++)
		room += chain->in[i].iov_len;
	return room;
}

/**
 * chain_write() - copy up to @len bytes into the response buffer
 *
 * Return: how many fitted.
 */
size_t chain_write(const struct chain *chain, const void *buf, size_t len)
{
	return iov_copy(chain->in, chain->in_count, (void *)buf, len, true);
}
