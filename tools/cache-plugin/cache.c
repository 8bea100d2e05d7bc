// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What caches and write-combining buffers do between CPUs and a memory. The rules, and where they
 * are from, are in Documentation/caches.md.
 *
 * The CPUs have made an access already when it comes here: what they see is their view, and what is
 * kept here is what a device sees later, or earlier.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"

#define ALL_BYTES UINT64_MAX

/**
 * struct cache_slot - a line in the caches
 * @line: number; what it holds is in struct dram
 * @filled: what memory held when it was filled, or written back last
 */
struct cache_slot {
	uint64_t line;
	uint8_t filled[DRAM_LINE];
};

/**
 * struct cache_buffer - a write-combining buffer
 * @line: number
 * @mask: a bit for each byte that is in it; 0 if it is free
 * @nontemporal: of write-back memory, which caches may have had since
 */
struct cache_buffer {
	uint64_t line;
	uint64_t mask;
	bool nontemporal;
	uint8_t bytes[DRAM_LINE];
};

/**
 * struct cache_queue - what a CPU's next fence waits for
 * @used: how many of @operation, each of the @line of the same index
 */
struct cache_queue {
	unsigned int used;
	uint64_t line[CACHE_PENDING];
	enum cache_operation operation[CACHE_PENDING];
};

/**
 * cache_init() - empty caches
 * @dram: has the same contents as @view
 * @capacity: lines, at least 1
 * @seed: the same one makes the same evictions, of the same accesses
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int cache_init(struct cache *c, struct dram *dram, const struct cache_view *view,
	       uint32_t capacity, uint64_t seed)
{
	if (!capacity || dram->size / DRAM_LINE >= UINT32_MAX)
		return -EINVAL;
	*c = (struct cache){
		.dram = dram,
		.view = *view,
		.capacity = capacity,
		/* 0 would stay 0. */
		.random = seed ?: 1,
		.slots = calloc(capacity, sizeof(*c->slots)),
		.slot_of = calloc(dram->size / DRAM_LINE, sizeof(*c->slot_of)),
		.buffers = calloc(CACHE_CPUS * CACHE_BUFFERS, sizeof(*c->buffers)),
		.queues = calloc(CACHE_CPUS, sizeof(*c->queues)),
	};
	if (c->slots && c->slot_of && c->buffers && c->queues)
		return 0;
	cache_fini(c);
	return -ENOMEM;
}

void cache_fini(struct cache *c)
{
	free(c->slots);
	free(c->slot_of);
	free(c->buffers);
	free(c->queues);
}

/**
 * cache_random() - a number below @n, from the seed: xorshift64, of Marsaglia
 */
uint64_t cache_random(struct cache *c, uint64_t n)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return c->random % n;
}

static uint8_t *memory_of(struct cache *c, uint64_t line)
{
	return c->dram->bytes + line * DRAM_LINE;
}

static uint8_t *held_of(struct cache *c, uint64_t line)
{
	return c->dram->held + line * DRAM_LINE;
}

/* ---- lines -------------------------------------------------------------- */

static void free_slot(struct cache *c, struct cache_slot *s)
{
	struct cache_slot *last = &c->slots[--c->used];

	c->slot_of[s->line] = 0;
	if (s == last)
		return;
	*s = *last;
	c->slot_of[s->line] = s - c->slots + 1;
}

/* Lock a line, and find what the caches have of it, if they have it. */
static struct cache_slot *lock_line(struct cache *c, uint64_t line, uint8_t *state)
{
	uint32_t slot;

	*state = dram_lock(c->dram, line);
	slot = c->slot_of[line];
	if (slot && *state != DRAM_LINE_NONE)
		return &c->slots[slot - 1];
	/* That memory has been taken away, and other memory is there: dram_clear(). */
	if (slot)
		free_slot(c, &c->slots[slot - 1]);
	*state = DRAM_LINE_NONE;
	return NULL;
}

/* The line is locked. */
static void write_back(struct cache *c, struct cache_slot *s)
{
	uint8_t *memory = memory_of(c, s->line), *held = held_of(c, s->line);

	for (unsigned int i = 0; i < DRAM_LINE; i++)
		c->counts.overwritten += memory[i] != s->filled[i] && memory[i] != held[i];
	memcpy(memory, held, DRAM_LINE);
	memcpy(s->filled, held, DRAM_LINE);
}

/* The store that is being reported: what the CPUs see of it is newer than all that is done here. */
static bool is_being_stored(const struct cache *c, uint64_t offset)
{
	return offset >= c->storing && offset - c->storing < c->storing_len;
}

/*
 * The CPUs see memory again. The line is locked. What they see is something else than the caches
 * have where a store is still to come here: it is not to be lost.
 */
static void show_memory(struct cache *c, const struct cache_slot *s)
{
	uint64_t offset = s->line * DRAM_LINE;
	uint8_t *memory = memory_of(c, s->line), *held = held_of(c, s->line);
	uint8_t seen[DRAM_LINE];

	c->view.read(c->view.owner, offset, seen, DRAM_LINE);
	for (unsigned int i = 0; i < DRAM_LINE; i++)
		if (memory[i] != seen[i] && seen[i] == held[i] && !is_being_stored(c, offset + i))
			c->view.write(c->view.owner, offset + i, &memory[i], 1);
}

static void remove_line(struct cache *c, uint64_t line, bool keep_writes)
{
	uint8_t state;
	struct cache_slot *s = lock_line(c, line, &state);

	if (s) {
		if (state == DRAM_LINE_DIRTY && keep_writes)
			write_back(c, s);
		show_memory(c, s);
		free_slot(c, s);
	}
	dram_unlock(c->dram, line, DRAM_LINE_NONE);
}

static void evict_one(struct cache *c)
{
	c->counts.evictions++;
	remove_line(c, c->slots[cache_random(c, c->used)].line, true);
}

/* The line is locked, and not in the caches. */
static struct cache_slot *fill(struct cache *c, uint64_t line)
{
	struct cache_slot *s;

	/* Of another line, of which the device does not wait for this one. */
	if (c->used == c->capacity)
		evict_one(c);
	s = &c->slots[c->used++];
	s->line = line;
	memcpy(s->filled, memory_of(c, line), DRAM_LINE);
	memcpy(held_of(c, line), s->filled, DRAM_LINE);
	c->slot_of[line] = c->used;
	c->counts.fills++;
	return s;
}

/**
 * cache_has() - whether the caches have the line at @offset
 */
bool cache_has(struct cache *c, uint64_t offset)
{
	uint8_t state;
	bool cached = lock_line(c, offset / DRAM_LINE, &state);

	dram_unlock(c->dram, offset / DRAM_LINE, state);
	return cached;
}

/* ---- write-combining buffers -------------------------------------------- */

static void drain(struct cache *c, struct cache_buffer *b)
{
	uint8_t state, *memory = memory_of(c, b->line), seen[DRAM_LINE];
	uint64_t offset = b->line * DRAM_LINE;

	if (b->nontemporal)
		remove_line(c, b->line, true);
	state = dram_lock(c->dram, b->line);
	c->view.read(c->view.owner, offset, seen, DRAM_LINE);
	for (unsigned int i = 0; i < DRAM_LINE; i++) {
		if (!(b->mask >> i & 1))
			continue;
		/* The device has written it, or else another CPU, whose store is still to come here. */
		if (seen[i] != b->bytes[i] && seen[i] == memory[i] && !is_being_stored(c, offset + i))
			c->view.write(c->view.owner, offset + i, &b->bytes[i], 1);
		memory[i] = b->bytes[i];
	}
	dram_unlock(c->dram, b->line, state);
	b->mask = 0;
}

static struct cache_buffer *buffers_of(const struct cache *c, unsigned int cpu)
{
	return &c->buffers[cpu % CACHE_CPUS * CACHE_BUFFERS];
}

/* The one that has a line, or is to have it. */
static struct cache_buffer *get_buffer(struct cache *c, unsigned int cpu, uint64_t line)
{
	struct cache_buffer *buffers = buffers_of(c, cpu), *free = NULL;

	for (unsigned int i = 0; i < CACHE_BUFFERS; i++) {
		if (buffers[i].mask && buffers[i].line == line)
			return &buffers[i];
		if (!buffers[i].mask)
			free = &buffers[i];
	}
	if (!free) {
		free = &buffers[cache_random(c, CACHE_BUFFERS)];
		drain(c, free);
	}
	free->line = line;
	free->nontemporal = false;
	return free;
}

static void combine(struct cache *c, unsigned int cpu, uint64_t offset, size_t len, bool nontemporal)
{
	struct cache_buffer *b = get_buffer(c, cpu, offset / DRAM_LINE);
	unsigned int first = offset % DRAM_LINE;

	b->nontemporal |= nontemporal;
	c->view.read(c->view.owner, offset, &b->bytes[first], len);
	b->mask |= (len == DRAM_LINE ? ALL_BYTES : (1ULL << len) - 1) << first;
	if (b->mask == ALL_BYTES)
		drain(c, b);
}

/**
 * cache_drain() - a CPU's write-combining buffers are written: an uncached access, an interrupt ...
 */
void cache_drain(struct cache *c, unsigned int cpu)
{
	struct cache_buffer *buffers = buffers_of(c, cpu);

	for (unsigned int i = 0; i < CACHE_BUFFERS; i++)
		if (buffers[i].mask)
			drain(c, &buffers[i]);
}

/* The CPU's own store to write-back memory, if there is one, before it accesses the line again. */
static void drain_line(struct cache *c, unsigned int cpu, uint64_t line)
{
	struct cache_buffer *buffers = buffers_of(c, cpu);

	for (unsigned int i = 0; i < CACHE_BUFFERS; i++)
		if (buffers[i].mask && buffers[i].line == line)
			drain(c, &buffers[i]);
}

/* ---- instructions for a line -------------------------------------------- */

/**
 * cache_operate() - an instruction for a line that is carried out at once: CLFLUSH
 */
void cache_operate(struct cache *c, uint64_t offset, enum cache_operation operation)
{
	uint64_t line = offset / DRAM_LINE;
	struct cache_slot *s;
	uint8_t state;

	if (operation != CACHE_CLEAN)
		return remove_line(c, line, operation == CACHE_FLUSH);
	s = lock_line(c, line, &state);
	if (state == DRAM_LINE_DIRTY) {
		write_back(c, s);
		state = DRAM_LINE_CLEAN;
	}
	dram_unlock(c->dram, line, state);
}

static void carry_out(struct cache *c, struct cache_queue *q, unsigned int i)
{
	uint64_t line = q->line[i];
	enum cache_operation operation = q->operation[i];

	q->used--;
	q->line[i] = q->line[q->used];
	q->operation[i] = q->operation[q->used];
	cache_operate(c, line * DRAM_LINE, operation);
}

static void carry_out_of_line(struct cache *c, unsigned int cpu, uint64_t line)
{
	struct cache_queue *q = &c->queues[cpu % CACHE_CPUS];

	for (unsigned int i = q->used; i--;)
		if (q->line[i] == line)
			carry_out(c, q, i);
}

/**
 * cache_operate_later() - one that is carried out by the CPU's next fence, or before: CLWB, CLFLUSHOPT, DC
 *
 * It comes after what the CPU has done with the line before, and before what it does with it then.
 */
void cache_operate_later(struct cache *c, unsigned int cpu, uint64_t offset,
			 enum cache_operation operation)
{
	struct cache_queue *q = &c->queues[cpu % CACHE_CPUS];

	/* Those for one line are carried out in order. */
	carry_out_of_line(c, cpu, offset / DRAM_LINE);
	if (q->used == CACHE_PENDING)
		carry_out(c, q, cache_random(c, CACHE_PENDING));
	q->line[q->used] = offset / DRAM_LINE;
	q->operation[q->used] = operation;
	q->used++;
}

/**
 * cache_fence() - a CPU waits for its stores and its instructions for lines: SFENCE, MFENCE, LOCK, DSB ...
 */
void cache_fence(struct cache *c, unsigned int cpu)
{
	struct cache_queue *q = &c->queues[cpu % CACHE_CPUS];

	cache_drain(c, cpu);
	while (q->used)
		carry_out(c, q, 0);
}

/**
 * cache_is_waiting() - whether cache_fence() would have anything to do
 *
 * For the CPU itself, without keeping others from calling: no one else fills its buffers and its queue.
 */
bool cache_is_waiting(const struct cache *c, unsigned int cpu)
{
	const struct cache_buffer *buffers = buffers_of(c, cpu);

	for (unsigned int i = 0; i < CACHE_BUFFERS; i++)
		if (buffers[i].mask)
			return true;
	return c->queues[cpu % CACHE_CPUS].used;
}

/* ---- accesses ----------------------------------------------------------- */

static void load_cached(struct cache *c, uint64_t offset, size_t len)
{
	uint64_t line = offset / DRAM_LINE;
	uint8_t state, *memory = memory_of(c, line);
	struct cache_slot *s = lock_line(c, line, &state);

	if (!s) {
		fill(c, line);
		state = DRAM_LINE_CLEAN;
	} else {
		for (unsigned int i = offset % DRAM_LINE, end = i + len; i < end; i++)
			c->counts.stale += memory[i] != s->filled[i] &&
					   memory[i] != held_of(c, line)[i];
	}
	dram_unlock(c->dram, line, state);
}

/*
 * What was stored is read from what the CPUs see: QEMU has an operand of atomic instructions only,
 * and two CPUs may report in another order than they have stored.
 */
static void store_cached(struct cache *c, uint64_t offset, size_t len)
{
	uint64_t line = offset / DRAM_LINE;
	uint8_t state;

	if (!lock_line(c, line, &state))
		fill(c, line);
	c->view.read(c->view.owner, offset, c->dram->held + offset, len);
	dram_unlock(c->dram, line, DRAM_LINE_DIRTY);
}

static void store_uncached(struct cache *c, uint64_t offset, size_t len)
{
	uint8_t state = dram_lock(c->dram, offset / DRAM_LINE);

	c->view.read(c->view.owner, offset, c->dram->bytes + offset, len);
	dram_unlock(c->dram, offset / DRAM_LINE, state);
}

/* What the CPU itself has waiting for the line is of the past. */
static void before_access(struct cache *c, unsigned int cpu, uint64_t offset, enum cache_mode mode)
{
	carry_out_of_line(c, cpu, offset / DRAM_LINE);
	if (mode == CACHE_WRITE_BACK)
		drain_line(c, cpu, offset / DRAM_LINE);
}

/* What happens by chance. */
static void after_access(struct cache *c)
{
	if (c->evict_one_in && c->used && !cache_random(c, c->evict_one_in))
		evict_one(c);
}

/**
 * cache_load() - a CPU has read
 * @offset: bytes; [@offset, @offset + @len) is within the memory
 */
void cache_load(struct cache *c, unsigned int cpu, uint64_t offset, size_t len,
		enum cache_mode mode)
{
	c->counts.loads[mode]++;
	/* A CPU sees its own stores in order, which is all that is said of write-combining. */
	if (mode != CACHE_WRITE_BACK)
		cache_drain(c, cpu);
	for (size_t n; len; offset += n, len -= n) {
		n = dram_in_line(offset, len);
		before_access(c, cpu, offset, mode);
		if (mode == CACHE_WRITE_BACK)
			load_cached(c, offset, n);
		else
			c->counts.mismatched += cache_has(c, offset);
	}
	after_access(c);
}

/**
 * cache_store() - a CPU has written
 * @offset: bytes; [@offset, @offset + @len) is within the memory
 */
void cache_store(struct cache *c, unsigned int cpu, uint64_t offset, size_t len,
		 enum cache_mode mode)
{
	c->counts.stores[mode]++;
	c->storing = offset;
	c->storing_len = len;
	if (mode == CACHE_UNCACHED)
		cache_drain(c, cpu);
	for (size_t n; len; offset += n, len -= n) {
		n = dram_in_line(offset, len);
		before_access(c, cpu, offset, mode);
		if (mode != CACHE_WRITE_BACK)
			c->counts.mismatched += cache_has(c, offset);
		if (mode == CACHE_WRITE_BACK)
			store_cached(c, offset, n);
		else if (mode == CACHE_WRITE_COMBINING)
			combine(c, cpu, offset, n, false);
		else
			store_uncached(c, offset, n);
	}
	c->storing_len = 0;
	after_access(c);
}

/**
 * cache_store_nontemporal() - a CPU has written to write-back memory around the caches: MOVNT
 * @offset: bytes; [@offset, @offset + @len) is within the memory
 */
void cache_store_nontemporal(struct cache *c, unsigned int cpu, uint64_t offset, size_t len)
{
	c->counts.stores[CACHE_WRITE_BACK]++;
	c->storing = offset;
	c->storing_len = len;
	for (size_t n; len; offset += n, len -= n) {
		n = dram_in_line(offset, len);
		carry_out_of_line(c, cpu, offset / DRAM_LINE);
		remove_line(c, offset / DRAM_LINE, true);
		combine(c, cpu, offset, n, true);
	}
	c->storing_len = 0;
	after_access(c);
}

/**
 * cache_fill() - a CPU has read a line ahead, which it may wherever there is a cacheable mapping
 */
void cache_fill(struct cache *c, uint64_t offset)
{
	uint64_t line = offset / DRAM_LINE;
	uint8_t state;

	if (!lock_line(c, line, &state)) {
		fill(c, line);
		c->counts.speculative++;
		state = DRAM_LINE_CLEAN;
	}
	dram_unlock(c->dram, line, state);
}

/* ---- instructions for all lines ----------------------------------------- */

static void clean_all(struct cache *c)
{
	for (uint32_t i = 0; i < c->used;) {
		uint64_t line = c->slots[i].line;

		cache_operate(c, line * DRAM_LINE, CACHE_CLEAN);
		/* Where it has gone, another one has come. */
		i += i < c->used && c->slots[i].line == line;
	}
}

/**
 * cache_operate_all() - WBNOINVD, WBINVD and INVD, and DC by set and way of all
 */
void cache_operate_all(struct cache *c, unsigned int cpu, enum cache_operation operation)
{
	cache_fence(c, cpu);
	if (operation == CACHE_CLEAN)
		return clean_all(c);
	while (c->used)
		remove_line(c, c->slots[0].line, operation == CACHE_FLUSH);
}
