/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef CONFORMANCE_DRIVER_H
#define CONFORMANCE_DRIVER_H

#include <linux/virtio_config.h>

#include "declaration.h"
#include "ring.h"

#define FEATURES (BIT(VIRTIO_GPU_F_VIRGL) | BIT(VIRTIO_GPU_F_RESOURCE_UUID) | \
		  BIT(VIRTIO_GPU_F_RESOURCE_BLOB) | BIT(VIRTIO_GPU_F_CONTEXT_INIT) | \
		  BIT(VIRTIO_GPU_F_MAP_ATTR) | BIT(VIRTIO_RING_F_INDIRECT_DESC) | \
		  BIT(VIRTIO_F_VERSION_1))
#define REQUEST		0x20000		/* in the guest's memory */
#define RESPONSE	0x30000
#define OTHER_REQUEST	0x50000
#define OTHER_RESPONSE	0x51000
#define CONTEXT		1		/* in which blobs are created, with --capset */
#define READ_ONLY	BIT(2)	/* VIRTIO_GPU_MAP_ATTR_READ_ONLY, which some headers lack */
#define ATTR_LEN	sizeof(struct virtio_gpu_resp_map_attr)
#define CHANGES_LEN	sizeof(struct virtio_gpu_resp_map_attr_changes)

/**
 * struct driver - a driver that does as a test says
 * @f: the connection
 * @control: the control queue
 * @features: negotiated
 * @attrs: declaration with the highest generation, by resource id
 * @may_refuse: the device may end with another status than 0: it is sent what no front end sends
 */
struct driver {
	struct front_end f;
	struct ring control;
	uint64_t features;
	struct virtio_gpu_map_attr attrs[RESOURCES];
	bool may_refuse;
};

/**
 * struct options - of the command line
 */
struct options {
	const char *socket;
	const char *device;
	const char *trigger;
	const char *json;
	uint64_t blob_id;
	uint64_t flagged_blob_id;
	uint32_t capset;
	int timeout_ms;
};

extern struct driver driver;
extern struct options options;
extern const struct virtio_gpu_resource_unref nothing;

void driver_start(uint64_t features);
void driver_begin(void);
void driver_restart(void);
void driver_stop(void);

uint32_t driver_command_room(const void *request, size_t len, uint32_t room, uint32_t *used);
const void *driver_response(void);
uint32_t driver_create(uint32_t res, uint32_t blob_mem);
uint32_t driver_create_room(uint32_t res, uint32_t room);
uint32_t driver_map(uint32_t res, uint64_t offset);
uint32_t driver_map_room(uint32_t res, uint64_t offset, uint32_t room);
uint32_t driver_unmap(uint32_t res);
uint32_t driver_unref(uint32_t res);
uint32_t driver_ack(uint32_t res, uint64_t generation);
uint32_t driver_ack_padded(uint32_t res, uint64_t generation, uint32_t padding, uint32_t room);
uint32_t driver_fetch(void);
uint32_t driver_fetch_room(uint32_t room);
const struct virtio_gpu_map_attr *driver_fetched(uint32_t res);
const struct virtio_gpu_map_attr *driver_declared(uint32_t res);
void driver_make_blob(uint32_t res);
void driver_make_mapped_blob(uint32_t res, uint64_t offset);
void driver_wait_for_event(void);
void assert_works(const char *after);
void driver_change(uint32_t res, uint32_t cache_mode, uint32_t flags);
int driver_try_trigger(const char *what, ...) __attribute__((format(printf, 1, 2)));
bool driver_is_settled(uint32_t res);
uint64_t driver_granule(void);

#endif
