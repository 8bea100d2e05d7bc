/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_GPU_H
#define HOST_DEVICE_GPU_H

#include <linux/virtio_gpu.h>
#include <linux/virtio_gpu_map_attr.h>
#include <stdbool.h>
#include <stdint.h>

#include "bits.h"
#include "blob.h"
#include "virtq.h"
#include "window.h"

#define GPU_QUEUES 2

struct deferred;
struct placement;
struct renderer;
struct storm;

#ifndef VIRTIO_GPU_F_BLOB_ALIGNMENT
#define VIRTIO_GPU_F_BLOB_ALIGNMENT 5	/* newer than some kernels' headers */
#endif

/* virtio_gpu_config grew a field after some kernels' headers were cut. */
struct gpu_config {
	uint32_t events_read;
	uint32_t events_clear;
	uint32_t num_scanouts;
	uint32_t num_capsets;
	uint32_t blob_alignment;
	uint32_t padding;
};

/**
 * struct gpu - the device
 * @map_attr: offer VIRTIO_GPU_F_MAP_ATTR
 * @no_blob: do not offer VIRTIO_GPU_F_RESOURCE_BLOB, which that requires
 * @no_indirect: do not offer VIRTIO_RING_F_INDIRECT_DESC
 * @alignment: of sizes of blobs and of their places in the window, in bytes;
 *	offered as VIRTIO_GPU_F_BLOB_ALIGNMENT if it is more than a page, demanded anyway
 * @ready: the window is in the BAR, the control queue may be served; see device_run()
 * @clock_ms: what the device's clock shows if it is not @ready, else when that showed 0.  The
 *	guest does not run meanwhile, or is another, and so it stands still
 * @features: what the driver accepted
 * @hold_acks: answer acknowledgments when released, or never
 * @deaf: leave what the guest sends where it is
 * @ack_timeout_ms: how long to wait for an acknowledgment; 0 for ever
 * @spoil_fetch: how to get replies to MAP_ATTR_FETCH wrong, the next
 *	@spoil_fetches of them; the same for MAP_ATTR_ACK and RESOURCE_UNREF
 * @vmm: QEMU, as its functions here know it
 * @config_changed: tells the guest to look at the configuration
 * @place: puts something into the window, or takes it out; gpu_placed() is called when
 *	that is done.  NULL when the window is one mapping for good
 * @last_token: that @place was called with
 * @renderer: of venus contexts, or NULL
 * @deferred: replies that wait for something
 * @again: eventfd, when there may be more on the queues than serve_queue() does at once
 */
struct gpu {
	bool map_attr;
	bool no_blob;
	bool no_indirect;
	uint32_t alignment;
	bool ready;
	uint64_t clock_ms;
	bool hold_acks;
	bool deaf;
	unsigned int ack_timeout_ms;
	enum quirk spoil_fetch;
	unsigned long spoil_fetches;
	enum quirk spoil_ack;
	unsigned long spoil_acks;
	enum quirk spoil_unref;
	unsigned long spoil_unrefs;
	void *vmm;
	void (*config_changed)(void *vmm);
	int (*place)(void *vmm, const struct placement *placement);
	uint64_t last_token;
	struct renderer *renderer;
	uint64_t features;
	struct gpu_config config;
	struct guest_memory memory;
	struct virtq virtq[GPU_QUEUES];
	struct window window;
	struct blobs blobs;
	struct deferred *deferred;
	int again;
	int timer;
	int ack_timer;
	struct storm *storm;

	/* counters for the report */
	unsigned long commands;
	unsigned long errors;
	unsigned long malformed;
	unsigned long created;
	unsigned long destroyed;
	unsigned long attr_replies;
	unsigned long changes;
	unsigned long fetches;
	unsigned long acks;
	unsigned long timeouts;
	unsigned long legacy_replies;
};

/**
 * gpu_has_map_attr() - has the driver accepted the feature?
 */
static inline bool gpu_has_map_attr(const struct gpu *gpu)
{
	return gpu->features & BIT(VIRTIO_GPU_F_MAP_ATTR);
}

#endif
