// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Declarations: what is in force for a blob, and whether the guest has been told.
 */
#include <endian.h>
#include <errno.h>
#include <stddef.h>

#include "ack_wait.h"
#include "cpu_modes.h"
#include "declare.h"
#include "log.h"

/**
 * declare_event() - have the guest look for changes
 */
void declare_event(struct gpu *gpu)
{
	gpu->config.events_read |= htole32(VIRTIO_GPU_EVENT_MAP_ATTR);
	if (gpu->vmm.config_changed)
		gpu->vmm.config_changed(gpu->vmm.data);
}

/**
 * declare_can() - can the guest be told that anything has changed?
 */
bool declare_can(const struct gpu *gpu)
{
	return gpu_has_map_attr(gpu) && gpu->vmm.config_changed;
}

/**
 * declare() - declare something else for a blob, and have the guest look
 *
 * Return: 0; -ENOTSUP unless declare_can().
 */
int declare(struct gpu *gpu, struct blob *b, uint32_t cache_mode, uint32_t flags)
{
	if (!declare_can(gpu))
		return -ENOTSUP;
	b->declared.cache_mode = cache_mode;
	b->declared.flags = flags;
	b->generation++;
	blob_remember(b);
	b->history[b->generation % BLOB_HISTORY].ms = ack_wait_clock_ms(gpu);
	if (b->generation == b->told + 1)
		b->after_told_ms = ack_wait_clock_ms(gpu);
	b->changed = true;
	cpu_modes_add(gpu, b);
	gpu->count.changes++;
	/* What has no place the guest cannot use, nor what is evicted or not back yet. */
	if (b->placed && !b->evicted)
		ack_wait_begin(gpu, b);
	declare_event(gpu);
	log_event("change: resource %u, generation %llu, %s, flags %#x", b->res_id,
		  (unsigned long long)b->generation, attr_cache_mode_name(cache_mode), flags);
	return 0;
}

/**
 * declare_revoked() - declare that there is nothing behind a blob, unless that is declared already
 */
void declare_revoked(struct gpu *gpu, struct blob *b)
{
	if (!(b->declared.flags & VIRTIO_GPU_MAP_ATTR_REVOKED))
		declare(gpu, b, b->declared.cache_mode,
			b->declared.flags | VIRTIO_GPU_MAP_ATTR_REVOKED);
}

/**
 * declare_is_any_changed() - is there anything that the guest has not been told of?
 */
bool declare_is_any_changed(const struct gpu *gpu)
{
	for (const struct blob *b = gpu->blobs.first; b; b = b->next)
		if (b->changed)
			return true;
	return false;
}

static void told_of(struct blob *b, bool told)
{
	b->changed = !told;
	if (told)
		b->told = b->generation;
}

/**
 * declare_told() - the guest is being told of changes, or is not after all
 * @response: of any command, as it is given; only what it says of changes that are still in
 *	force counts
 * @len: bytes
 */
void declare_told(struct gpu *gpu, const void *response, size_t len, bool told)
{
	const struct virtio_gpu_resp_map_attr_changes *c = response;
	size_t end = offsetof(struct virtio_gpu_resp_map_attr_changes, changes);

	if (len < end || le32toh(c->hdr.type) != VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES)
		return;
	for (unsigned int i = 0; i < VIRTIO_GPU_MAP_ATTR_MAX_CHANGES; i++) {
		struct blob *b;

		end += sizeof(c->changes[0]);
		if (i == le32toh(c->count) || len < end)
			break;
		b = blob_find(&gpu->blobs, le32toh(c->changes[i].resource_id));
		if (b && b->generation == le64toh(c->changes[i].attr.generation))
			told_of(b, told);
	}
}
