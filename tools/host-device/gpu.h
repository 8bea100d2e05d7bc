/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_GPU_H
#define HOST_DEVICE_GPU_H

#include <jansson.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_gpu_map_attr.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy.h"
#include "virtq.h"
#include "window.h"

#define GPU_QUEUES 2

struct placement;
struct renderer;
#define BLOB_HISTORY 16
#define BLOBS_MAX 16384		/* a guest can ask for any number of them, and we have the memory */
#define BLOB_BUCKETS 4096

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
 * struct memory - memory that a renderer has allocated
 * @kind: what it gives it as
 * @va: our own mapping of it, or NULL: there is none, the blob's memory is in the window
 * @fd: file that others can map, or -1
 * @offset: of the memory in the file, in bytes
 */
struct memory {
	enum memory_kind kind;
	uint8_t *va;
	int fd;
	uint64_t offset;
};

/**
 * struct blob - one blob resource
 * @next: of all, in no order; @prev points to what points to this one
 * @same_bucket: the next whose id has the same remainder
 * @attr: what was declared last, in host byte order
 * @rendered: the renderer knows it
 * @placed: the guest has put it at @offset of the window
 * @mapped: and there it is, or will be when QEMU has mapped it; else memory of the window's
 * @placing: what QEMU is still to map there, see place.h, or 0
 * @acked: highest generation the guest has acknowledged; 1 needs none
 * @changed: to be reported by the next MAP_ATTR_FETCH
 * @waiting: for an acknowledgment, of a declaration made at @since_ms by the device's clock:
 *	the oldest that there is none of
 * @history: what the last generations declared and when, by generation modulo BLOB_HISTORY
 * @evicted: the guest is not let at its memory until it is given back; @contents are its
 *	contents, if those were in the window
 * @evicting: what QEMU is still to take out for that, see place.h, or 0
 * @map_count: MAP_BLOB commands seen, failed ones included
 */
struct blob {
	struct blob *next, **prev;
	struct blob *same_bucket;
	uint32_t res_id;
	uint32_t ctx_id;
	uint64_t blob_id;
	uint64_t size;
	uint32_t blob_mem;
	bool rendered;
	struct memory memory;
	bool placed;
	bool mapped;
	uint64_t placing;
	uint64_t offset;
	uint64_t generation;
	uint64_t acked;
	bool changed;
	bool waiting;
	uint64_t since_ms;
	struct {
		uint64_t generation;
		uint64_t ms;
		uint32_t cache_mode;
		uint32_t flags;
	} history[BLOB_HISTORY];
	bool evicted;
	uint64_t evicting;
	void *contents;
	unsigned int map_count;
	struct declaration declared;
};

/**
 * struct gpu - the device
 * @map_attr: offer VIRTIO_GPU_F_MAP_ATTR
 * @no_blob: do not offer VIRTIO_GPU_F_RESOURCE_BLOB, which that requires
 * @no_indirect: do not offer VIRTIO_RING_F_INDIRECT_DESC
 * @alignment: of sizes of blobs and of their places in the window, in bytes;
 *	offered as VIRTIO_GPU_F_BLOB_ALIGNMENT if it is more than a page, demanded anyway
 * @ready: the window is in the BAR, the control queue may be served; see gpu_run()
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
 * @blobs: all, of which there are @blob_count
 * @by_id: the same, by the remainder of their ids
 * @held: responses that wait for something
 * @again: eventfd, when there may be more on the queues than gpu_serve() does at once
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
	struct blob *blobs;
	unsigned int blob_count;
	struct blob *by_id[BLOB_BUCKETS];
	struct held *held;
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

int gpu_init(struct gpu *gpu, uint64_t window_size);
void gpu_fini(struct gpu *gpu);
uint64_t gpu_features(const struct gpu *gpu);
void gpu_serve(struct gpu *gpu, unsigned int queue);
void gpu_reset(struct gpu *gpu);

bool gpu_has_map_attr(const struct gpu *gpu);
struct virtio_gpu_map_attr blob_wire_attr(const struct blob *blob);

struct reply;
struct blob *gpu_named_blob(struct gpu *gpu, const void *req, size_t len, size_t size,
			    struct reply *r);
void blob_remember(struct blob *blob);
struct blob *gpu_blob(struct gpu *gpu, uint32_t res_id);
json_t *gpu_report(const struct gpu *gpu);
json_t *gpu_report_blob(const struct blob *blob);

#endif
