// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Requests on the control socket by which the device misbehaves.
 */
#include <moving_exporter.h>
#include <signal.h>
#include <string.h>

#include "../control.h"
#include "../declare.h"
#include "../exporter.h"
#include "../deferred.h"
#include "../serve.h"
#include "injected.h"
#include "storm.h"
#include "witness.h"

#define FLOOD_MAX 10000

/* Commands as requests spell them; 0 if there is none of that name. */
static uint32_t command_type(const char *name)
{
	static const struct {
		const char *name;
		uint32_t type;
	} commands[] = {
		{ "create", VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB },
		{ "map", VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB },
		{ "fetch", VIRTIO_GPU_CMD_MAP_ATTR_FETCH },
		{ "ack", VIRTIO_GPU_CMD_MAP_ATTR_ACK },
		{ "begin", VIRTIO_GPU_CMD_CPU_ACCESS_BEGIN },
		{ "end", VIRTIO_GPU_CMD_CPU_ACCESS_END },
		{ "unmap", VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB },
		{ "unref", VIRTIO_GPU_CMD_RESOURCE_UNREF },
	};

	for (unsigned int i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(name, commands[i].name))
			return commands[i].type;
	return 0;
}

static json_t *do_inject(struct gpu *gpu, const json_t *req)
{
	const char *command = json_string_value(json_object_get(req, "command")) ?: "";
	enum injection how = INJECT_NONE;
	json_int_t count = 1;

	if (injection_parse(req, "how", &how))
		return control_refuse("no such injection");
	json_unpack((json_t *)req, "{s?I}", "count", &count);
	if (inject_next(gpu, command_type(command), how, count))
		return control_refuse("\"command\" must be map, fetch, ack, begin, end, unmap or unref");
	return control_accept();
}

static json_t *do_release(struct gpu *gpu, const json_t *req)
{
	const char *command = json_string_value(json_object_get(req, "command"));
	uint32_t type = command ? command_type(command) : 0;

	if (command && !type)
		return control_refuse("\"command\" must be create, map, fetch, ack, unmap or unref");
	deferred_injected(gpu, json_is_true(json_object_get(req, "injected")) ? WAIT_RELEASE : 0,
			  type);
	return control_accept();
}

static json_t *do_hold_acks(struct gpu *gpu, const json_t *req)
{
	gpu->injected->hold_acks = json_is_true(json_object_get(req, "hold"));
	return control_accept();
}

/* The device does not look at its queues any more, or again. */
static json_t *do_deaf(struct gpu *gpu, const json_t *req)
{
	gpu->injected->deaf = json_is_true(json_object_get(req, "deaf"));
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		serve_queue(gpu, i);
	return control_accept();
}

/* The next change adds one: any number can be had. */
static json_t *do_generation(struct gpu *gpu, const json_t *req)
{
	struct blob *b = blob_find(&gpu->blobs,
				   json_integer_value(json_object_get(req, "resource")));
	json_int_t next;

	if (!b)
		return control_refuse("no such resource");
	if (json_unpack((json_t *)req, "{s:I}", "next", &next))
		return control_refuse("\"next\" must be a number");
	b->generation = (uint64_t)next - 1;
	return control_accept();
}

static json_t *do_used(struct gpu *gpu, const json_t *req)
{
	static const struct {
		const char *name;
		uint16_t (*put)(struct virtq *vr, uint16_t head, uint32_t len);
	} faults[] = {
		{ "id", used_id }, { "twice", used_twice }, { "jump", used_jump },
		{ "length", used_length },
	};
	const char *fault = json_string_value(json_object_get(req, "fault")) ?: "";

	for (unsigned int i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (strcmp(fault, faults[i].name))
			continue;
		gpu->virtq[0].put_used = faults[i].put;
		return control_accept();
	}
	return control_refuse("\"fault\" must be id, twice, jump or length");
}

static json_t *do_flood(struct gpu *gpu, const json_t *req)
{
	json_int_t count = json_integer_value(json_object_get(req, "count"));

	/* Nothing else is done meanwhile. */
	if (count < 0 || count > FLOOD_MAX)
		return control_refuse("\"count\" must be at most 10000");
	for (json_int_t i = 0; i < count; i++)
		declare_event(gpu);
	return control_accept();
}

static json_t *do_storm(struct gpu *gpu, const json_t *req)
{
	json_int_t tag = 0, period_us = 0, seed = 1;

	if (json_unpack((json_t *)req, "{s?I, s?I, s?I}", "tag", &tag, "period_us", &period_us,
			"seed", &seed) || period_us < 0 || period_us > 1000000)
		return control_refuse("\"tag\", \"period_us\" (up to 1000000) and \"seed\" are numbers");
	storm_set(gpu, tag, period_us, seed);
	return control_accept();
}

static json_t *do_witness(struct gpu *gpu, const json_t *req)
{
	const char *why = witness_set(gpu, json_integer_value(json_object_get(req, "resource")));

	return why ? control_refuse(why) : control_accept();
}

/* How an exporter moves memory; 0 if there is no such way. */
static uint32_t move_flags(const char *how)
{
	static const struct {
		const char *name;
		uint32_t flags;
	} ways[] = {
		{ "copy", MOVING_EXPORTER_COPY | MOVING_EXPORTER_POISON },
		{ "replace", MOVING_EXPORTER_POISON },
		{ "forget", MOVING_EXPORTER_COPY | MOVING_EXPORTER_POISON | MOVING_EXPORTER_FORGET },
		{ "revoke", MOVING_EXPORTER_REVOKE },
		{ "race", MOVING_EXPORTER_COPY | MOVING_EXPORTER_POISON | MOVING_EXPORTER_RACE },
	};

	for (unsigned int i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(how, ways[i].name))
			return ways[i].flags;
	return 0;
}

/* Behind the guest's back. */
static json_t *do_move_untold(struct gpu *gpu, const json_t *req)
{
	struct blob *b = blob_find(&gpu->blobs,
				   json_integer_value(json_object_get(req, "resource")));
	const char *how = json_string_value(json_object_get(req, "how")) ?: "copy";
	uint32_t flags = move_flags(how);
	int ret;

	if (!b || !exporter_can_move(gpu, b))
		return control_refuse("no such resource, or its memory cannot be moved");
	if (!flags)
		return control_refuse("\"how\" must be copy, replace, forget, revoke or race");
	ret = exporter_move(gpu, b, flags);
	return ret ? control_refuse(strerror(-ret)) : control_accept();
}

/* As a crash would: the sockets close without a word. */
static json_t *do_die(struct gpu *gpu, const json_t *req)
{
	(void)gpu;
	(void)req;
	raise(SIGTERM);
	return control_accept();
}

static const struct control_op ops[] = {
	{ "deaf", do_deaf },
	{ "die", do_die },
	{ "flood", do_flood },
	{ "generation", do_generation },
	{ "hold-acks", do_hold_acks },
	{ "inject", do_inject },
	{ "move-untold", do_move_untold },
	{ "release", do_release },
	{ "storm", do_storm },
	{ "used", do_used },
	{ "witness", do_witness },
	{ NULL, NULL }
};

/**
 * inject_requests() - have the control socket know these requests
 */
void inject_requests(void)
{
	control_extend(ops);
}
