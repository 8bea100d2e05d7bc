// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The life of a blob: virtgpu_vram_state.c.
 *
 * By induction: what holds of the state is in holds(), and is true at the beginning; from any
 * state of which it is true, each event with any arguments leads to one of which it is true.
 * So the number of events has no bound.  Next to the state goes what the host has said, told
 * once more in the simplest way: struct history.
 */
#include <linux/virtio_gpu.h>
#include <linux/virtio_gpu_map_attr.h>

#include "prove.h"
#include "virtgpu_vram_state.h"

/**
 * struct history - what has happened to a blob, as far as clauses speak of it
 * @in_force: highest generation that was declared; 0 if none was
 * @flags: of that declaration
 * @unconfirmed: MAP_ATTR_FETCH has told of a change, and no acknowledgment of the
 *	generation in force has been confirmed since [R31]
 * @broken: the host has contradicted itself, or refused, or was reset
 * @pins: importers that are attached
 * @importers: how many DMA mappings there are
 * @writers: how many of them let a device write
 */
struct history {
	u64 in_force;
	u32 flags;
	bool unconfirmed;
	bool broken;
	unsigned int pins;
	unsigned int importers;
	unsigned int writers;
};

/* [R6] [R7]: how many of the DMA mappings there must not be, for these flags. */
static unsigned int forbidden_importers(const struct history *h, u32 flags)
{
	if (flags & VIRTIO_GPU_MAP_ATTR_REVOKED)
		return h->importers;
	return flags & VIRTIO_GPU_MAP_ATTR_READ_ONLY ? h->writers : 0;
}

static bool is_declaration(const struct virtio_gpu_vram_attr *attr)
{
	return attr->generation && attr->cache_mode && attr->cache_mode <= 3 &&
	       !(attr->flags & ~KNOWN_FLAGS) && !attr->undeclared;
}

static bool is_nothing(const struct virtio_gpu_vram_attr *attr)
{
	return !attr->generation && !attr->cache_mode && !attr->flags && !attr->undeclared;
}

/* Of a blob that is refused as well: it can have importers. */
static bool is_up_to_date(const struct virtio_gpu_vram_state *s, const struct history *h)
{
	return s->attr.generation == h->in_force && s->attr.flags == h->flags &&
	       s->fetched <= h->in_force;
}

static bool holds(const struct virtio_gpu_vram_state *s, const struct history *h)
{
	return s->map_state <= VIRTIO_GPU_VRAM_UNMAPPING && s->refused <= 0 && s->map_error <= 0 &&
	       (is_nothing(&s->attr) || is_declaration(&s->attr)) &&
	       is_up_to_date(s, h) &&
	       (s->refused || (!h->broken && (!h->unconfirmed || s->changing))) &&
	       (!s->lost || s->refused) &&
	       (!s->map_error || s->map_state == VIRTIO_GPU_VRAM_UNMAPPED) &&
	       s->pins == h->pins && s->dma_maps == h->importers && s->dma_writers == h->writers &&
	       h->writers <= h->importers &&
	       (!s->dma_maps || s->map_state == VIRTIO_GPU_VRAM_MAPPED) &&
	       (!s->deferred_ack || forbidden_importers(h, s->attr.flags));
}

static unsigned int any_access(void)
{
	return (nondet_bool() ? VIRTIO_GPU_VRAM_WRITE : 0) |
	       (nondet_bool() ? VIRTIO_GPU_VRAM_BRACKETED : 0);
}

/* virtio_gpu_vram_fault(): whether a PTE is made. */
static bool is_mapped_by_fault(const struct virtio_gpu_vram_state *s, unsigned int access)
{
	return virtio_gpu_vram_state_access_known(s) &&
	       (!(access & VIRTIO_GPU_VRAM_BRACKETED) || virtio_gpu_vram_state_bracket_known(s)) &&
	       !virtio_gpu_vram_state_access_error(s, access);
}

/* What the clauses demand of any state. */
static void check(const struct virtio_gpu_vram_state *s, const struct history *h)
{
	unsigned int access = any_access();
	bool maps = is_mapped_by_fault(s, access);

	must(holds(s, h), "the invariant is kept");
	must(!maps || s->map_state == VIRTIO_GPU_VRAM_MAPPED, "R13: not before the response");
	must(!maps || !(h->flags & VIRTIO_GPU_MAP_ATTR_REVOKED), "R6: not while REVOKED is in force");
	must(!maps || !(h->flags & VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED) ||
	     access & VIRTIO_GPU_VRAM_BRACKETED, "R5, R42: not while SYNC is, but in brackets");
	must(!maps || !(access & VIRTIO_GPU_VRAM_WRITE) || !(h->flags & VIRTIO_GPU_MAP_ATTR_READ_ONLY),
	     "R7: not to write while READ_ONLY is in force");
	must(!maps || !h->unconfirmed, "R31: not before a change is confirmed");
	must(!maps || !h->broken, "R10, R37: not after the host broke the protocol");
	must(!maps || s->attr.generation == h->in_force, "R3: as the generation in force says");
	must(!s->lost || (virtio_gpu_vram_state_mmap_known(s) && virtio_gpu_vram_state_map_answered(s) &&
			  virtio_gpu_vram_state_access_known(s)), "nothing waits for a lost device");
	must(!s->refused || (virtio_gpu_vram_state_access_known(s) &&
			     virtio_gpu_vram_state_bracket_known(s)), "no fault waits in vain");
	must(!virtio_gpu_vram_state_mmap_known(s) || virtio_gpu_vram_state_map_answered(s) ||
	     s->refused, "mmap() has its answer only when RESOURCE_MAP_BLOB has, too");
}

static void declared(struct history *h, const struct virtio_gpu_vram_attr *attr)
{
	if (attr->generation < h->in_force)
		return;
	h->in_force = attr->generation;
	h->flags = attr->flags;
}

/* [R2]; to be asked before the state changes. */
static bool contradicts(const struct virtio_gpu_vram_state *s,
			const struct virtio_gpu_vram_attr *attr)
{
	return attr->generation == s->attr.generation && !is_nothing(&s->attr) &&
	       (attr->cache_mode != s->attr.cache_mode || attr->flags != s->attr.flags);
}

static struct virtio_gpu_vram_attr any_attr(void)
{
	struct virtio_gpu_vram_attr attr = {
		.generation = nondet_u64(),
		.cache_mode = nondet_u32(),
		.flags = nondet_u32(),
	};

	assume(is_declaration(&attr));
	return attr;
}

static int any_error(void)
{
	int error = nondet_int();

	assume(error < 0 && error >= -4095);
	return error;
}

static struct virtio_gpu_vram_state any_state(struct history *h)
{
	struct virtio_gpu_vram_state s;
	struct history any;

	*h = any;
	assume(holds(&s, h));
	return s;
}

void prove_begin(void)
{
	struct virtio_gpu_vram_state s = { 0 };
	struct history h = { 0 };

	check(&s, &h);
	must(virtio_gpu_vram_state_access_error(&s, any_access()) == -EAGAIN, "it is to be asked for");
	must(!virtio_gpu_vram_state_attr_known(&s), "nothing is declared");
}

void prove_request(void)
{
	struct history h;
	struct virtio_gpu_vram_state s = any_state(&h), before = s;
	bool asks = virtio_gpu_vram_state_request_map(&s);

	must(!asks || (before.map_state == VIRTIO_GPU_VRAM_UNMAPPED && !before.refused),
	     "it is asked for once, and not when that is of no use");
	must(asks || s.map_state == before.map_state, "or nothing changes");
	check(&s, &h);
}

void prove_created(void)
{
	struct history h;
	struct virtio_gpu_vram_state s = any_state(&h), before = s;
	struct virtio_gpu_vram_attr attr = any_attr();
	bool first = is_nothing(&s.attr), good = nondet_bool();

	/* A newer one will be told by MAP_ATTR_FETCH, too (4.4): it is not in force before. */
	if (!good)
		h.broken = true;
	else if (contradicts(&s, &attr))
		h.broken = true;
	else if (first || attr.generation <= h.in_force)
		declared(&h, &attr);
	virtio_gpu_vram_state_created(&s, good ? 0 : any_error(), good ? &attr : NULL);
	must(!before.refused || s.refused == before.refused, "refused is for good");
	check(&s, &h);
}

void prove_mapped(void)
{
	struct history h;
	struct virtio_gpu_vram_state s = any_state(&h), before = s;
	struct virtio_gpu_vram_attr attr = any_attr();
	int error = nondet_bool() ? any_error() : 0;
	bool is_free;

	assume(s.map_state == VIRTIO_GPU_VRAM_MAPPING);
	if (error == -EPROTO || (!error && contradicts(&s, &attr)))
		h.broken = true;
	else if (!error)
		declared(&h, &attr);
	is_free = virtio_gpu_vram_state_mapped(&s, error, error ? NULL : &attr);
	must(is_free == (error && error != -EPROTO), "R16: an error frees the place, nonsense not");
	must(is_free == (s.map_state == VIRTIO_GPU_VRAM_UNMAPPED), "and the state says so");
	must(!before.refused || s.refused == before.refused, "refused is for good");
	check(&s, &h);
}

void prove_no_place(void)
{
	struct history h;
	struct virtio_gpu_vram_state s = any_state(&h), before = s;

	virtio_gpu_vram_state_no_place(&s, -ENOSPC);
	must(s.map_state == before.map_state, "it stays where it is");
	must(s.map_state != VIRTIO_GPU_VRAM_UNMAPPED || !virtio_gpu_vram_state_wants_place(&s, any_access(), true),
	     "who has asked does not ask again");
	check(&s, &h);
}

void prove_evict(void)
{
	struct history h;
	struct virtio_gpu_vram_state s = any_state(&h), before = s;
	bool evicts = virtio_gpu_vram_state_evict(&s);

	must(!evicts || before.map_state == VIRTIO_GPU_VRAM_MAPPED, "only what has a place");
	must(!evicts || (!h.pins && !h.importers), "and no importer");
	must(!evicts || (!before.refused && !before.stays), "and whose host behaves");
	must(evicts == (s.map_state == VIRTIO_GPU_VRAM_UNMAPPING &&
			before.map_state != VIRTIO_GPU_VRAM_UNMAPPING), "the state says so");
	must(!evicts || !is_mapped_by_fault(&s, any_access()), "R28: nothing is mapped meanwhile");
	must(!evicts || virtio_gpu_vram_attr_access_error(&s.attr, 0) ||
	     virtio_gpu_vram_state_wants_place(&s, 0, nondet_bool()), "and it can come back");
	check(&s, &h);
}

void prove_stay(void)
{
	struct history h;
	struct virtio_gpu_vram_state s = any_state(&h), before = s;

	virtio_gpu_vram_state_stay(&s);
	must(s.map_state == (before.map_state == VIRTIO_GPU_VRAM_UNMAPPING ?
			     VIRTIO_GPU_VRAM_MAPPED : before.map_state), "it is where it was");
	check(&s, &h);
}

void prove_unmapped(void)
{
	struct history h;
	struct virtio_gpu_vram_state s = any_state(&h), before = s;
	int error = nondet_bool() ? any_error() : 0;
	bool is_free;

	assume(s.map_state == VIRTIO_GPU_VRAM_UNMAPPING);
	h.broken |= error == -EPROTO;
	is_free = virtio_gpu_vram_state_unmapped(&s, error);
	must(is_free == !error, "an error leaves it where it was");
	must(is_free == (s.map_state == VIRTIO_GPU_VRAM_UNMAPPED), "and the state says so");
	must(!error || !virtio_gpu_vram_state_can_evict(&s), "the host is not asked again");
	must(!before.refused || s.refused == before.refused, "refused is for good");
	check(&s, &h);
}

void prove_pin(void)
{
	struct history h;
	struct virtio_gpu_vram_state s = any_state(&h);

	assume(s.pins < ~0U);
	virtio_gpu_vram_state_pin(&s);
	h.pins++;
	must(!virtio_gpu_vram_state_can_evict(&s), "what is pinned stays");
	check(&s, &h);
	virtio_gpu_vram_state_unpin(&s);
	h.pins--;
	check(&s, &h);
}

void prove_change(void)
{
	struct history h;
	struct virtio_gpu_vram_state s = any_state(&h), before = s;
	struct virtio_gpu_vram_attr attr = any_attr();
	bool bad = nondet_bool();

	/* [R2] [R34] */
	if (bad || attr.generation < s.fetched || contradicts(&s, &attr))
		h.broken = true;
	else
		declared(&h, &attr);
	h.unconfirmed = true;
	virtio_gpu_vram_state_change(&s, bad ? -EPROTO : 0, &attr);
	must(s.refused || !is_mapped_by_fault(&s, any_access()), "nothing is mapped until it is confirmed");
	must(!before.refused || s.refused == before.refused, "refused is for good");
	check(&s, &h);
}

void prove_acked(void)
{
	struct history h;
	struct virtio_gpu_vram_state s = any_state(&h), before = s;
	u64 generation = nondet_u64();
	int error = nondet_int();

	assume(error == 0 || error == -EAGAIN || error == -EPROTO);
	if (!error && generation == h.in_force)
		h.unconfirmed = false;
	h.broken |= error == -EPROTO;
	virtio_gpu_vram_state_acked(&s, generation, error);
	must(!before.refused || s.refused == before.refused, "refused is for good");
	must(error != -EAGAIN || (s.refused == before.refused && s.changing == before.changing),
	     "R40: an outdated one changes nothing");
	must(error || before.refused || generation != s.attr.generation || !s.changing,
	     "R31: it ends the wait");
	check(&s, &h);
}

void prove_lose(void)
{
	struct history h;
	struct virtio_gpu_vram_state s = any_state(&h);

	h.broken = true;
	virtio_gpu_vram_state_lose(&s);
	must(s.lost && !is_mapped_by_fault(&s, any_access()), "R36, R38: nothing is mapped any more");
	check(&s, &h);
}

void prove_dma_map(void)
{
	struct history h;
	struct virtio_gpu_vram_state s = any_state(&h);
	bool write = nondet_bool();
	int ret;

	assume(s.dma_maps < ~0U);
	ret = virtio_gpu_vram_state_dma_map(&s, write);
	must(ret <= 0, "0 or an error");
	must(ret || !(s.attr.flags & VIRTIO_GPU_MAP_ATTR_REVOKED), "R6: not while revoked");
	must(ret || !write || !(s.attr.flags & VIRTIO_GPU_MAP_ATTR_READ_ONLY),
	     "R7: not to write while read-only");
	must(ret || (s.map_state == VIRTIO_GPU_VRAM_MAPPED && !s.lost), "and not without a place");
	h.importers += !ret;
	h.writers += !ret && write;
	check(&s, &h);
}

void prove_dma_unmap(void)
{
	struct history h;
	struct virtio_gpu_vram_state s = any_state(&h);
	u64 deferred_ack = s.deferred_ack, generation;
	bool write = nondet_bool();
	unsigned int left;

	assume(write ? h.writers : h.importers > h.writers);
	h.importers--;
	h.writers -= write;
	generation = virtio_gpu_vram_state_dma_unmap(&s, write);
	left = forbidden_importers(&h, s.attr.flags);
	must(!generation || !left, "R30: not acknowledged before the last has let go");
	must(left || generation == deferred_ack, "and then what was deferred_ack");
	must(left || !s.deferred_ack, "once");
	check(&s, &h);
}

void prove_withhold(void)
{
	struct history h;
	struct virtio_gpu_vram_state s = any_state(&h);
	u64 generation = nondet_u64();
	unsigned int left = forbidden_importers(&h, s.attr.flags);
	bool deferred_ack;

	assume(generation);
	deferred_ack = virtio_gpu_vram_state_defer_ack(&s, generation);
	must(deferred_ack || !left || generation < s.attr.generation,
	     "R30: what forbids importers is not acknowledged with them");
	must(!deferred_ack || left, "what is deferred_ack will be released");
	must(!left || virtio_gpu_vram_state_must_invalidate(&s), "and who holds it up is asked to let go");
	check(&s, &h);
}
