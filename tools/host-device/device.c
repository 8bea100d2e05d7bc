// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The virtio-gpu device: contexts and host blobs, and no display.  What renders, if anything
 * does, is renderer.c.  It exports memory and declares how the guest may map it, which is all
 * the driver under test needs.
 */
#include <endian.h>
#include <linux/virtio_config.h>
#include <linux/virtio_gpu_map_attr_draft.h>
#include <vhost_user_numbers.h>

#include "ack_wait.h"
#include "bits.h"
#include "cmd_blob.h"
#include "declare.h"
#include "deferred.h"
#include "exporter.h"
#include "device.h"
#include "inject.h"
#include "renderer.h"
#include "serve.h"
#include "timeout.h"

#define PAGE 4096ULL

/**
 * device_features() - device feature bits to offer
 *
 * VIRGL although there is no OpenGL: without it a Linux guest creates no host
 * blobs.
 */
uint64_t device_features(const struct gpu *gpu)
{
	uint64_t f = BIT(VIRTIO_GPU_F_VIRGL) | BIT(VIRTIO_GPU_F_RESOURCE_UUID) |
		     BIT(VIRTIO_GPU_F_CONTEXT_INIT) |
		     BIT(VHOST_USER_F_PROTOCOL_FEATURES) | BIT(VIRTIO_F_VERSION_1);

	if (!gpu->options.no_indirect)
		f |= BIT(VIRTIO_RING_F_INDIRECT_DESC);
	if (!gpu->options.no_blob)
		f |= BIT(VIRTIO_GPU_F_RESOURCE_BLOB);
	if (gpu->options.map_attr)
		f |= BIT(VIRTIO_GPU_F_MAP_ATTR);
	if (gpu->options.map_attr && !gpu->options.no_draft)
		f |= BIT(VIRTIO_GPU_F_MAP_ATTR_DRAFT);
	if (gpu->options.map_attr && gpu->options.cpu_access)
		f |= BIT(VIRTIO_GPU_F_CPU_ACCESS);
	if (gpu->options.alignment > PAGE)
		f |= BIT(VIRTIO_GPU_F_BLOB_ALIGNMENT);
	return f;
}

/**
 * device_reset() - the driver starts from nothing: so do we
 */
void device_reset(struct gpu *gpu)
{
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		deferred_drop(gpu, i);
	while (gpu->blobs.first) {
		struct blob *b = gpu->blobs.first;

		blob_unlink(&gpu->blobs, b);
		if (b->placed)
			window_vacate(&gpu->window, b->offset, b->size);
		blob_free(gpu, b);
	}
	renderer_reset(gpu);
	gpu->config.events_read = 0;
}

/**
 * device_init() - make the device, as its options and its renderer are
 * @window_size: in bytes, a power of two
 *
 * Return: 0 or a negative errno.
 */
int device_init(struct gpu *gpu, uint64_t window_size)
{
	int ret;

	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		gpu->virtq[i] = (struct virtq){ .index = i, .kick = -1, .call = -1,
					       .err = -1 };
	/* For device_fini(), if it does not come to these. */
	gpu->ack_timer = -1;
	gpu->window.fd = -1;
	gpu->config.num_capsets = htole32(gpu->renderer ? 2 : 1);
	if (!gpu->options.alignment)
		gpu->options.alignment = PAGE;
	gpu->config.blob_alignment = htole32(gpu->options.alignment);
	ret = serve_init(gpu);
	if (!ret)
		ret = timeout_init(gpu);
	if (!ret && gpu->inject)
		ret = gpu->inject->init(gpu);
	if (ret)
		return ret;
	return window_init(&gpu->window, window_size);
}

/**
 * device_fini() - give everything back, also when device_init() has failed
 */
void device_fini(struct gpu *gpu)
{
	device_reset(gpu);
	renderer_fini(gpu);
	exporter_close(gpu);
	timeout_fini(gpu);
	if (gpu->injected)
		gpu->inject->fini(gpu);
	serve_fini(gpu);
	window_fini(&gpu->window);
}

/**
 * device_run() - the guest's queues can be served, or cannot any more
 *
 * What has changed meanwhile the guest could not be told: config_changed().
 */
void device_run(struct gpu *gpu, bool ready)
{
	if (gpu->ready == ready)
		return;
	ack_wait_run(gpu, ready);
	if (ready)
		deferred_run(gpu);
	if (ready && declare_is_any_changed(gpu))
		declare_event(gpu);
}
