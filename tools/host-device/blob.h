/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_BLOB_H
#define HOST_DEVICE_BLOB_H

#include <linux/virtio_gpu.h>
#include <linux/virtio_gpu_map_attr.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy.h"

#define BLOB_HISTORY 16
#define BLOBS_MAX 16384		/* a guest can ask for any number of them, and we have the memory */
#define BLOB_BUCKETS 4096
#define BLOB_ACCESSES 4		/* by VIRTIO_GPU_CPU_ACCESS_* */

/**
 * struct memory - memory that a renderer or an exporter has allocated
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
 * @rendered: the renderer knows it
 * @exported: its memory is a dma-buf or a memfd, see exporter.c
 * @moving: the exporter waits until the guest has let go of it, to move it
 * @hidden: QEMU is known to show nothing of its memory in the window
 * @placed: the guest has put it at @offset of the window
 * @mapped: and there it is, or will be when QEMU has mapped it; else memory of the window's
 * @placing: what QEMU is still to map there, see place.h, or 0
 * @unplacing: what QEMU is still to take out there, see place.h, or 0
 * @acked: highest generation the guest has acknowledged; 1 needs none
 * @changed: to be reported by the next MAP_ATTR_FETCH
 * @told: generation that the last one has reported, or 0
 * @after_told_ms: when the one after @told was declared, by the device's clock, if there is one
 * @waiting: for an acknowledgment, of a declaration made at @since_ms by the device's clock:
 *	the oldest that there is none of
 * @history: what the last generations declared and when, by generation modulo BLOB_HISTORY
 * @evicted: the guest is not let at its memory until it is given back; @contents are its
 *	contents, if those were in the window
 * @evicting: what QEMU is still to take out for that, see place.h, or 0
 * @accesses: of the guest's CPUs that have been begun, and not ended, by their flags
 * @map_count: MAP_BLOB commands seen, failed ones included
 * @declared: what was declared last
 * @required: flags that its exporter needs in each declaration
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
	bool exported;
	bool moving;
	bool hidden;
	struct memory memory;
	bool placed;
	bool mapped;
	uint64_t placing;
	uint64_t unplacing;
	uint64_t offset;
	uint64_t generation;
	uint64_t acked;
	bool changed;
	uint64_t told;
	uint64_t after_told_ms;
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
	unsigned int accesses[BLOB_ACCESSES];
	unsigned int map_count;
	struct declaration declared;
	uint32_t required;
};

/**
 * struct blobs - all blobs of a device
 * @first: of them, in no order
 * @count: how many
 * @by_id: the same, by the remainder of their ids
 */
struct blobs {
	struct blob *first;
	unsigned int count;
	struct blob *by_id[BLOB_BUCKETS];
};

struct blob *blob_find(const struct blobs *blobs, uint32_t res_id);
void blob_link(struct blobs *blobs, struct blob *blob);
void blob_unlink(struct blobs *blobs, struct blob *blob);
void blob_remember(struct blob *blob);
bool blob_is_accessed(const struct blob *blob);
bool blob_may_be_cached(const struct blob *blob);
struct virtio_gpu_map_attr blob_wire_attr(const struct blob *blob);

#endif
