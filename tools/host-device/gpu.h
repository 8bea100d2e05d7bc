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
struct exporter;
struct inject;
struct injected;
struct placement;
struct renderer;

#ifndef VIRTIO_GPU_F_BLOB_ALIGNMENT
#define VIRTIO_GPU_F_BLOB_ALIGNMENT 5	/* newer than some kernels' headers */
#endif

/*
 * virtio_gpu_config grew a field after some kernels' headers were cut.  There are 0 scanouts: for
 * Linux a device without a display, although the specification wants at least 1.
 */
struct gpu_config {
	uint32_t events_read;
	uint32_t events_clear;
	uint32_t num_scanouts;
	uint32_t num_capsets;
	uint32_t blob_alignment;
	uint32_t padding;
};

/**
 * struct gpu_options - what the device is to be like; kept from before device_init()
 * @map_attr: offer VIRTIO_GPU_F_MAP_ATTR
 * @cpu_access: offer VIRTIO_GPU_F_CPU_ACCESS as well
 * @no_draft: offer it without VIRTIO_GPU_F_MAP_ATTR_DRAFT
 * @no_blob: do not offer VIRTIO_GPU_F_RESOURCE_BLOB, which that requires
 * @no_indirect: do not offer VIRTIO_RING_F_INDIRECT_DESC
 * @alignment: of sizes of blobs and of their places in the window, in bytes;
 *	offered as VIRTIO_GPU_F_BLOB_ALIGNMENT if it is more than a page, demanded anyway
 * @ack_timeout_ms: how long to wait for an acknowledgment; 0 for ever
 */
struct gpu_options {
	bool map_attr;
	bool cpu_access;
	bool no_draft;
	bool no_blob;
	bool no_indirect;
	uint32_t alignment;
	unsigned int ack_timeout_ms;
};

/**
 * struct gpu_vmm - what the device asks of QEMU
 * @data: QEMU, as the functions here know it
 * @config_changed: tells the guest to look at the configuration; NULL if it cannot be told
 * @place: puts something into the window, or takes it out; gpu_placed() is called when
 *	that is done.  NULL when the window is one mapping for good
 */
struct gpu_vmm {
	void *data;
	void (*config_changed)(void *data);
	int (*place)(void *data, const struct placement *placement);
};

/**
 * struct gpu_count - what has happened so far, for the report
 * @commands: taken off the control queue
 * @errors: replies that were errors
 * @malformed: chains that were none, or shorter than a header
 * @created: blobs
 * @destroyed: blobs
 * @attr_replies: replies with attributes
 * @legacy_replies: the same to a driver that has not accepted the feature
 * @changes: declarations after the first of a blob
 * @fetches: MAP_ATTR_FETCH
 * @acks: good MAP_ATTR_ACK
 * @accesses: good CPU_ACCESS_BEGIN
 * @timeouts: blobs that were not acknowledged in time
 */
struct gpu_count {
	unsigned long commands;
	unsigned long errors;
	unsigned long malformed;
	unsigned long created;
	unsigned long destroyed;
	unsigned long attr_replies;
	unsigned long legacy_replies;
	unsigned long changes;
	unsigned long fetches;
	unsigned long acks;
	unsigned long accesses;
	unsigned long timeouts;
};

/**
 * struct gpu - the device, as all its parts know it
 * @options: what it is to be like
 * @vmm: what it asks of QEMU
 * @features: what the driver accepted
 * @config: configuration space, in little-endian byte order
 * @memory: the guest's RAM
 * @virtq: the control queue, and the cursor queue
 * @ready: the window is in the BAR, the control queue may be served; see device_run()
 * @again: eventfd, when there may be more on the queues than serve_queue() does at once
 * @deferred: replies that wait for something
 * @window: memory behind the BAR
 * @last_token: that @vmm.place was called with
 * @blobs: all
 * @clock_ms: what the device's clock shows if it is not @ready, else when that showed 0.  The
 *	guest does not run meanwhile, or is another, and so it stands still
 * @ack_timer: expires when the guest is late with an acknowledgment
 * @renderer: of venus contexts, or NULL
 * @exporter: of the memory of other blobs, or NULL: it is in the window
 * @inject: what makes it misbehave, see inject.h; NULL in the reference
 * @injected: its state
 * @count: what has happened so far
 */
struct gpu {
	struct gpu_options options;
	struct gpu_vmm vmm;
	uint64_t features;
	struct gpu_config config;
	struct guest_memory memory;
	struct virtq virtq[GPU_QUEUES];
	bool ready;
	int again;
	struct deferred *deferred;
	struct window window;
	uint64_t last_token;
	struct blobs blobs;
	uint64_t clock_ms;
	int ack_timer;
	struct renderer *renderer;
	struct exporter *exporter;
	const struct inject *inject;
	struct injected *injected;
	struct gpu_count count;
};

/**
 * gpu_has_map_attr() - has the driver accepted the feature?
 */
static inline bool gpu_has_map_attr(const struct gpu *gpu)
{
	return gpu->features & BIT(VIRTIO_GPU_F_MAP_ATTR);
}

/**
 * gpu_has_cpu_access() - has the driver accepted that feature, and the one that it requires?
 */
static inline bool gpu_has_cpu_access(const struct gpu *gpu)
{
	return gpu_has_map_attr(gpu) && gpu->features & BIT(VIRTIO_GPU_F_CPU_ACCESS);
}

#endif
