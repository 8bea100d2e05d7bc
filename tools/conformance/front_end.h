/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CONFORMANCE_FRONT_END_H
#define CONFORMANCE_FRONT_END_H

#include <linux/virtio_gpu.h>
#include <linux/virtio_gpu_map_attr.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RAM_SIZE	(4u << 20)
#define RAM_GPA		0x100000ULL	/* guest physical address of our one region */
#define RAM_VA		0x7f0000000000ULL	/* and what we call its address in messages */
#define WINDOW_GPA	0x4000000000ULL	/* the same of the window */
#define WINDOW_VA	0x7e0000000000ULL
#define QUEUES		2
#define RING_SIZE	64
#define MAPPINGS_MAX	1024
#define BIT(n)		(1ULL << (n))
#ifndef VIRTIO_GPU_F_BLOB_ALIGNMENT
#define VIRTIO_GPU_F_BLOB_ALIGNMENT 5	/* newer than some kernels' headers */
#endif

/**
 * struct config - virtio_gpu_config, as long as it has become
 */
struct config {
	uint32_t events_read;
	uint32_t events_clear;
	uint32_t num_scanouts;
	uint32_t num_capsets;
	uint32_t blob_alignment;
	uint32_t padding;
};

/**
 * struct mapping - what the device has put into the window
 * @offset: in bytes
 * @len: in bytes
 * @fd: file, ours
 * @fd_offset: where in the file
 * @writable: whether the device lets the guest write to it
 */
struct mapping {
	uint64_t offset;
	uint64_t len;
	int fd;
	uint64_t fd_offset;
	bool writable;
};

struct message;

/**
 * struct front_end - our side of the vhost-user connection
 * @fd: main socket, or -1
 * @back: our end of the back-end channel
 * @features: what the device offers
 * @protocol: protocol features that both have
 * @ram: the guest's memory, @ram_fd
 * @window: address space as large as the host-visible window; what nothing is mapped at
 *	cannot be accessed
 * @window_size: in bytes
 * @mappings: of the window, @mapping_count of them
 * @hold_maps: do not carry out what the device asks to be mapped, until front_end_release()
 * @held: the first such request, if it @is_held, with its descriptor @held_fd
 * @kick: eventfd of each queue
 * @call: the same
 * @events: configuration change notifications seen
 * @table_answers: to SET_MEM_TABLE, that are still to come
 * @timeout_ms: how long to wait for anything
 */
struct front_end {
	int fd;
	int back;
	uint64_t features;
	uint64_t protocol;
	uint8_t *ram;
	int ram_fd;
	uint8_t *window;
	uint64_t window_size;
	struct mapping mappings[MAPPINGS_MAX];
	unsigned int mapping_count;
	bool hold_maps;
	bool is_held;
	struct message *held;
	int held_fd;
	unsigned int table_answers;
	int kick[QUEUES];
	int call[QUEUES];
	unsigned int events;
	int timeout_ms;
};

/**
 * struct ring_state - what the device is told of a queue
 * @size: entries
 * @base: where it begins
 * @desc: offset of the descriptors in the guest's memory; @avail, @used likewise
 */
struct ring_state {
	uint32_t size;
	uint32_t base;
	uint64_t desc;
	uint64_t avail;
	uint64_t used;
};

void front_end_open(struct front_end *f, const char *socket);
void front_end_close(struct front_end *f);
void front_end_negotiate(struct front_end *f, uint64_t features);
void front_end_start_ring(struct front_end *f, unsigned int queue, const struct ring_state *ring);
uint32_t front_end_stop_ring(struct front_end *f, unsigned int queue);
bool front_end_reset(struct front_end *f);
void front_end_config(struct front_end *f, struct config *config);
void front_end_config_at(struct front_end *f, uint32_t offset, uint32_t size, struct config *to);
bool front_end_has_reply_ack(const struct front_end *f);
uint64_t front_end_acked(struct front_end *f, uint64_t features);
void front_end_clear_events(struct front_end *f, uint32_t events);
void front_end_raw(struct front_end *f, uint32_t request, const void *payload, uint32_t size);
bool front_end_wait(struct front_end *f, int fd);
bool front_end_is_alive(struct front_end *f);
bool front_end_settles(struct front_end *f);
void front_end_release(struct front_end *f);
const struct mapping *front_end_mapping(const struct front_end *f, uint64_t offset);

#endif
