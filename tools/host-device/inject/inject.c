// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What the device calls when it is to misbehave: struct inject.  Rules and, with --inject,
 * blob_ids say how replies about a blob are got wrong; the requests of requests.c say it of
 * the others.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../cmd_blob.h"
#include "../deferred.h"
#include "../inject.h"
#include "../loop.h"
#include "injected.h"
#include "storm.h"
#include "witness.h"

static bool allowed;	/* blob_ids may ask for injections; old drivers may map blobs with flags */

/* ---- by blob: struct declaration.inject --------------------------------- */

static enum injection on_create(const struct blob *b)
{
	return b->declared.inject & 0xff;
}

static enum injection on_map(const struct blob *b)
{
	return b->declared.inject >> 8 & 0xff;
}

static const char *parse_rule(const json_t *rule, uint32_t *inject)
{
	enum injection create = INJECT_NONE, map = INJECT_NONE;

	if (injection_parse(rule, "on_create", &create) || injection_parse(rule, "on_map", &map))
		return "unknown injection";
	*inject = create | map << 8;
	return NULL;
}

static bool parse_blob_id(uint64_t blob_id, uint32_t *inject)
{
	*inject = allowed ? blob_id >> 16 & 0xffff : 0;
	return allowed;
}

static const struct policy_extension extension = {
	.parse = parse_rule,
	.spelled = parse_blob_id,
};

/* ---- by command --------------------------------------------------------- */

/**
 * inject_next() - get the next replies to a command wrong
 * @command: VIRTIO_GPU_CMD_MAP_ATTR_FETCH, _ACK, _CPU_ACCESS_BEGIN, _END, _RESOURCE_UNREF,
 *	_RESOURCE_MAP_BLOB or _RESOURCE_UNMAP_BLOB
 * @replies: how many
 *
 * Return: 0, or -EINVAL if it is none of those commands.
 */
int inject_next(struct gpu *gpu, uint32_t command, enum injection how, unsigned long replies)
{
	for (unsigned int i = 0; i < INJECTED_COMMANDS; i++) {
		if (gpu->injected->next[i].command != command)
			continue;
		gpu->injected->next[i].how = how;
		gpu->injected->next[i].replies = replies;
		return 0;
	}
	return -EINVAL;
}

static enum injection take_next(struct injected *s, uint32_t command)
{
	for (unsigned int i = 0; i < INJECTED_COMMANDS; i++) {
		if (s->next[i].command != command || !s->next[i].replies)
			continue;
		s->next[i].replies--;
		return s->next[i].how;
	}
	return INJECT_NONE;
}

/* ---- hooks -------------------------------------------------------------- */

/* All commands that are asked for this name a resource right after the header. */
static struct blob *named_blob(struct gpu *gpu, const void *req, size_t len)
{
	const struct virtio_gpu_resource_unref *c = req;

	return len < sizeof(*c) ? NULL : blob_find(&gpu->blobs, le32toh(c->resource_id));
}

static uint32_t type_of(const void *req)
{
	return le32toh(((const struct virtio_gpu_ctrl_hdr *)req)->type);
}

/* Tests of old drivers want to see what those make of the flags. */
static void hide_flags(struct gpu *gpu, struct blob *b)
{
	if (!allowed || gpu_has_map_attr(gpu) || b->rendered)
		return;
	gpu->injected->hidden = b->declared.flags;
	b->declared.flags = 0;
}

static void show_flags(struct gpu *gpu, struct blob *b, struct reply *r)
{
	uint32_t flags = gpu->injected->hidden;

	gpu->injected->hidden = 0;
	if (!flags)
		return;
	b->declared.flags |= flags;
	if (le32toh(r->hdr.type) == VIRTIO_GPU_RESP_OK_MAP_INFO)
		r->info.map_info |= htole32(flags << 4);
}

/* By the blob, or by the command. */
static enum injection choose_for_place(struct gpu *gpu, uint32_t type, const struct blob *b)
{
	enum injection how = type == VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB ? on_map(b) : INJECT_NONE;

	return how ?: take_next(gpu->injected, type);
}

static bool inject_on_command(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	struct blob *b;

	if (type_of(req) != VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB &&
	    type_of(req) != VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB)
		return false;
	b = named_blob(gpu, req, len);
	if (!b)
		return false;
	gpu->injected->how = choose_for_place(gpu, type_of(req), b);
	if (injection_before(gpu, gpu->injected->how, b, r))
		return true;
	if (type_of(req) == VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB)
		hide_flags(gpu, b);
	return false;
}

/* Remove a blob whose creation the reply denies. */
static void undo_create(struct gpu *gpu, struct blob *b)
{
	blob_unlink(&gpu->blobs, b);
	blob_free(gpu, b);
	gpu->count.created--;
	gpu->count.destroyed--;
}

static struct virtio_gpu_map_attr *attr_in(struct injection_case *c)
{
	struct reply *r = c->reply;

	if (c->command == VIRTIO_GPU_CMD_MAP_ATTR_FETCH)
		return r->changes.count ? &r->changes.changes[0].attr : NULL;
	if (c->command == VIRTIO_GPU_CMD_MAP_ATTR_ACK)
		return NULL;
	return le32toh(r->hdr.type) == VIRTIO_GPU_RESP_OK_MAP_ATTR ? &r->attr.attr : NULL;
}

static enum injection choose_injection(struct gpu *gpu, uint32_t type, const struct blob *b)
{
	if (b && type == VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB)
		return on_create(b);
	if (b && (type == VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB ||
		  type == VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB))
		return gpu->injected->how;
	return take_next(gpu->injected, type);
}

static void inject_on_reply(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	struct injection_case c = { .command = type_of(req), .reply = r };
	struct blob *b = named_blob(gpu, req, len);

	if (b)
		show_flags(gpu, b, r);
	if (reply_is_error(r))
		return;
	if (c.command == VIRTIO_GPU_CMD_MAP_ATTR_ACK && gpu->injected->hold_acks) {
		r->wait = WAIT_INJECT;
		r->token = WAIT_ACK_RELEASE;
	}
	c.attr = attr_in(&c);
	/* It is wrong in a way that has to be kept. */
	if (injection_after(gpu, choose_injection(gpu, c.command, b), &c))
		r->declares = 0;
	if (b && c.command == VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB && reply_is_error(r))
		undo_create(gpu, b);
}

static bool inject_is_deaf(const struct gpu *gpu)
{
	return gpu->injected->deaf;
}

static void inject_allow(struct gpu *gpu)
{
	(void)gpu;
	allowed = true;
}

/* ---- life --------------------------------------------------------------- */

static void on_timer(void *data)
{
	struct gpu *gpu = data;
	uint64_t ticks;

	if (read(gpu->injected->timer, &ticks, sizeof(ticks)) == sizeof(ticks))
		deferred_injected(gpu, WAIT_LATE, 0);
}

static int inject_init(struct gpu *gpu)
{
	struct injected *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return -ENOMEM;
	s->next[0].command = VIRTIO_GPU_CMD_MAP_ATTR_FETCH;
	s->next[1].command = VIRTIO_GPU_CMD_MAP_ATTR_ACK;
	s->next[2].command = VIRTIO_GPU_CMD_RESOURCE_UNREF;
	s->next[3].command = VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB;
	s->next[4].command = VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB;
	s->next[5].command = VIRTIO_GPU_CMD_CPU_ACCESS_BEGIN;
	s->next[6].command = VIRTIO_GPU_CMD_CPU_ACCESS_END;
	gpu->injected = s;
	s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s->timer < 0)
		return -errno;
	ret = loop_add(s->timer, on_timer, gpu);
	return ret ?: storm_init(gpu);
}

static void inject_fini(struct gpu *gpu)
{
	storm_fini(gpu);
	if (gpu->injected->timer >= 0) {
		loop_del(gpu->injected->timer);
		close(gpu->injected->timer);
	}
	free(gpu->injected);
	gpu->injected = NULL;
}

/**
 * inject_attach() - have a device misbehave when it is asked to
 *
 * Before rules are read, and before device_init().
 */
void inject_attach(struct gpu *gpu)
{
	static const struct inject inject = {
		.option = inject_allow, .init = inject_init, .fini = inject_fini,
		.deaf = inject_is_deaf, .command = inject_on_command, .reply = inject_on_reply,
		.bound = witness_note, .gone = witness_forget,
	};

	allowed = false;
	gpu->inject = &inject;
	policy_extend(&extension);
	inject_requests();
}
