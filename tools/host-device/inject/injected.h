/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_INJECTED_H
#define HOST_DEVICE_INJECTED_H

#include "../reply.h"
#include "injections.h"

struct storm;

/* What a deferred reply waits for, as its token. */
enum {
	WAIT_LATE = 1,	/* LATE_MS */
	WAIT_RELEASE,	/* the request "release" */
	WAIT_ACK_RELEASE,	/* the same, because of "hold-acks" */
};

/* Whose next replies can be got wrong, whatever the blob. */
#define INJECTED_COMMANDS 7

/**
 * struct injected - what a device has been told to get wrong
 * @hold_acks: answer acknowledgments when released, or never
 * @deaf: leave what the guest sends where it is
 * @next: to get replies to these commands wrong, the next of them
 * @how: to get the MAP_BLOB or UNMAP_BLOB at hand wrong, or its reply
 * @hidden: flags of the blob that is being mapped, by a driver that does not know them
 * @timer: for replies that are late
 * @storm: changes at random
 */
struct injected {
	bool hold_acks;
	bool deaf;
	struct {
		uint32_t command;
		enum injection how;
		unsigned long replies;
	} next[INJECTED_COMMANDS];
	enum injection how;
	uint32_t hidden;
	int timer;
	struct storm *storm;
};

/**
 * struct injection_case - a reply that is being got wrong
 * @command: type of the command
 * @reply: to it, good so far
 * @attr: attributes in it, or NULL
 */
struct injection_case {
	uint32_t command;
	struct reply *reply;
	struct virtio_gpu_map_attr *attr;
};

void inject_attach(struct gpu *gpu);
int inject_next(struct gpu *gpu, uint32_t command, enum injection how, unsigned long replies);

const char *injection_name(enum injection how);
int injection_parse(const json_t *json, const char *key, enum injection *how);
bool injection_before(struct gpu *gpu, enum injection how, struct blob *blob, struct reply *r);
bool injection_after(struct gpu *gpu, enum injection how, struct injection_case *c);

uint16_t used_id(struct virtq *vr, uint16_t head, uint32_t len);
uint16_t used_twice(struct virtq *vr, uint16_t head, uint32_t len);
uint16_t used_jump(struct virtq *vr, uint16_t head, uint32_t len);
uint16_t used_length(struct virtq *vr, uint16_t head, uint32_t len);

void inject_requests(void);

#endif
