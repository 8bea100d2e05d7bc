// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * CPU_ACCESS_BEGIN and CPU_ACCESS_END: the guest's CPUs access memory that needs brackets, and the
 * exporter is told.
 *
 * An exporter may take its time to begin an access, and this program does nothing else meanwhile: a
 * device that serves several guests would ask it in a thread of its own.
 */
#include <endian.h>
#include <linux/dma-buf.h>

#include "cmd_access.h"
#include "cpu_modes.h"
#include "exporter.h"
#include "log.h"

/* Of one resource, with the same flags; more would be a guest that does not end any. */
#define ACCESSES_MAX	1000000

/* The kernel's names are for the same bits. */
_Static_assert(VIRTIO_GPU_CPU_ACCESS_READ == DMA_BUF_SYNC_READ, "alike");
_Static_assert(VIRTIO_GPU_CPU_ACCESS_WRITE == DMA_BUF_SYNC_WRITE, "alike");

/* Return: the blob that a command is about, with the command's flags; NULL with the error in @r. */
static struct blob *named_blob(struct gpu *gpu, const void *req, size_t len, uint32_t *flags,
			       struct reply *r)
{
	const struct virtio_gpu_cpu_access *c = req;
	struct blob *b = reply_named_blob(gpu, req, len, sizeof(*c), r);

	if (!b)
		return NULL;
	*flags = le32toh(c->flags);
	if (b->blob_mem != VIRTIO_GPU_BLOB_MEM_HOST3D) {
		reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
		return NULL;
	}
	if (!*flags || *flags & ~(VIRTIO_GPU_CPU_ACCESS_READ | VIRTIO_GPU_CPU_ACCESS_WRITE)) {
		reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
		return NULL;
	}
	return b;
}

/**
 * cmd_access_begin() - CPU_ACCESS_BEGIN
 */
void cmd_access_begin(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	uint32_t flags;
	struct blob *b = named_blob(gpu, req, len, &flags, r);

	if (!b)
		return;
	if (b->declared.flags & VIRTIO_GPU_MAP_ATTR_REVOKED)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);
	if (flags & VIRTIO_GPU_CPU_ACCESS_WRITE && b->declared.flags & VIRTIO_GPU_MAP_ATTR_READ_ONLY)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (b->accesses[flags] >= ACCESSES_MAX)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	if (exporter_access(b, DMA_BUF_SYNC_START | flags))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);
	b->accesses[flags]++;
	gpu->count.accesses++;
	/* The guest may still let go of what was declared before. */
	cpu_modes_add(gpu, b);
	log_event("begin: resource %u, flags %#x", b->res_id, flags);
	reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
}

/**
 * cmd_access_end() - CPU_ACCESS_END
 */
void cmd_access_end(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	uint32_t flags;
	struct blob *b = named_blob(gpu, req, len, &flags, r);

	if (!b)
		return;
	if (!b->accesses[flags])
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	b->accesses[flags]--;
	if (b->acked == b->generation)
		cpu_modes_set(gpu, b);
	log_event("end: resource %u, flags %#x", b->res_id, flags);
	if (exporter_access(b, DMA_BUF_SYNC_END | flags))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);
	reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
}

/**
 * access_end_all() - the resource is gone, and what the guest has begun with it
 */
void access_end_all(struct blob *b)
{
	for (uint32_t flags = 1; flags < BLOB_ACCESSES; flags++)
		for (; b->accesses[flags]; b->accesses[flags]--)
			exporter_access(b, DMA_BUF_SYNC_END | flags);
}
