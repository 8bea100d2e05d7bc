// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Blob resources, and how to find one.
 */
#include <endian.h>
#include <stddef.h>

#include "blob.h"

struct blob *blob_find(const struct blobs *blobs, uint32_t res_id)
{
	struct blob *b;

	for (b = blobs->by_id[res_id % BLOB_BUCKETS]; b; b = b->same_bucket)
		if (b->res_id == res_id)
			return b;
	return NULL;
}

/**
 * blob_link() - the guest knows a blob from now on
 */
void blob_link(struct blobs *blobs, struct blob *b)
{
	struct blob **bucket = &blobs->by_id[b->res_id % BLOB_BUCKETS];

	b->next = blobs->first;
	b->prev = &blobs->first;
	if (b->next)
		b->next->prev = &b->next;
	blobs->first = b;
	b->same_bucket = *bucket;
	*bucket = b;
	blobs->count++;
}

/**
 * blob_unlink() - the guest does not know a blob any more
 */
void blob_unlink(struct blobs *blobs, struct blob *b)
{
	struct blob **p = &blobs->by_id[b->res_id % BLOB_BUCKETS];

	while (*p != b)
		p = &(*p)->same_bucket;
	*p = b->same_bucket;
	*b->prev = b->next;
	if (b->next)
		b->next->prev = b->prev;
	blobs->count--;
}

/**
 * blob_remember() - the declaration in force goes into the history
 */
void blob_remember(struct blob *b)
{
	b->history[b->generation % BLOB_HISTORY].generation = b->generation;
	b->history[b->generation % BLOB_HISTORY].cache_mode = b->declared.cache_mode;
	b->history[b->generation % BLOB_HISTORY].flags = b->declared.flags;
}

/**
 * blob_is_accessed() - has the guest begun an access of its CPUs, and not ended it?
 */
bool blob_is_accessed(const struct blob *b)
{
	for (unsigned int flags = 1; flags < BLOB_ACCESSES; flags++)
		if (b->accesses[flags])
			return true;
	return false;
}

/**
 * blob_may_be_cached() - whether the guest may have the memory cached: by what is declared, or by what it has
 * acknowledged last
 */
bool blob_may_be_cached(const struct blob *b)
{
	unsigned int i = b->acked % BLOB_HISTORY;

	if (b->declared.cache_mode == VIRTIO_GPU_MAP_CACHE_CACHED)
		return true;
	return b->acked < b->generation &&
	       (b->history[i].generation != b->acked ||
		b->history[i].cache_mode == VIRTIO_GPU_MAP_CACHE_CACHED);
}

/**
 * blob_wire_attr() - what is declared for @b, as it is sent
 */
struct virtio_gpu_map_attr blob_wire_attr(const struct blob *b)
{
	return (struct virtio_gpu_map_attr){
		.generation = htole64(b->generation),
		.cache_mode = htole32(b->declared.cache_mode),
		.flags = htole32(b->declared.flags),
	};
}
