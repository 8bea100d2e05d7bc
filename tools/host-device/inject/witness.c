// SPDX-License-Identifier: GPL-2.0 OR MIT
#include <string.h>

#include "../place.h"
#include "witness.h"

static uint32_t witness_res;	/* the blob that holds the table, or 0 */

static struct witness *witness_table(struct gpu *gpu)
{
	struct blob *b = witness_res ? blob_find(&gpu->blobs, witness_res) : NULL;

	return b && b->mapped ? (struct witness *)blob_memory(gpu, b) : NULL;
}

static struct witness_slot *slot_of(struct witness *w, uint32_t res_id)
{
	for (unsigned int i = 0; i < WITNESS_SLOTS; i++)
		if (w->slot[i].resource == res_id)
			return &w->slot[i];
	return NULL;
}

/**
 * witness_note() - the guest holds itself to a declaration from now on
 *
 * Before the guest gets the reply: PTEs made under the declaration come after the note.  Even
 * when another is in force by now: the guest may map by this one until it has
 * acknowledged that.
 */
void witness_note(struct gpu *gpu, struct blob *b, uint64_t generation)
{
	struct witness *w = witness_table(gpu);
	unsigned int from = generation % BLOB_HISTORY, to;
	struct witness_slot *s;

	if (!w || b->res_id == witness_res)
		return;
	s = slot_of(w, b->res_id) ?: slot_of(w, 0);
	if (!s)
		return;
	if (s->resource != b->res_id)
		s->seq = 0;
	to = s->seq % WITNESS_RING;
	s->acked[to].cache_mode = b->history[from].cache_mode;
	s->acked[to].flags = b->history[from].flags;
	__atomic_store_n(&s->resource, b->res_id, __ATOMIC_RELEASE);
	__atomic_store_n(&s->seq, s->seq + 1, __ATOMIC_RELEASE);
}

/**
 * witness_forget() - the blob is gone
 */
void witness_forget(struct gpu *gpu, struct blob *b)
{
	struct witness *w = witness_table(gpu);
	struct witness_slot *s = w ? slot_of(w, b->res_id) : NULL;

	if (b->res_id == witness_res)
		witness_res = 0;
	else if (s)
		__atomic_store_n(&s->resource, 0, __ATOMIC_RELEASE);
}

/**
 * witness_set() - keep the table in a blob from now on
 *
 * Return: NULL, or what is wrong.
 */
const char *witness_set(struct gpu *gpu, uint32_t res_id)
{
	struct blob *b = blob_find(&gpu->blobs, res_id);

	if (!b || !b->mapped || b->size < sizeof(struct witness))
		return "no such resource, not mapped, or too small";
	memset(blob_memory(gpu, b), 0, b->size);
	witness_res = res_id;
	for (b = gpu->blobs.first; b; b = b->next)
		if (b->mapped)
			witness_note(gpu, b, b->acked);
	return NULL;
}
