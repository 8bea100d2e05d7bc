// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The virtio-gpu device model: contexts and host blobs, and no display.  What renders,
 * if anything does, is renderer.c.  It exports memory and declares how the guest may
 * map it, which is all the driver under test needs.
 */
#include <endian.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bits.h"
#include "gpu.h"
#include "change.h"
#include "held.h"
#include "log.h"
#include "loop.h"
#include "place.h"
#include "renderer.h"
#include "storm.h"
#include "witness.h"

#define PAGE 4096ULL
#define VHOST_USER_F_PROTOCOL_FEATURES 30
#define CAPSET_ID 10	/* unused by any protocol the kernel knows; must be <= 31 */
#define MAX_REQUEST (256 * 1024)

/**
 * gpu_features() - device feature bits to offer
 *
 * VIRGL although there is no OpenGL: without it a Linux guest creates no host
 * blobs.
 */
uint64_t gpu_features(const struct gpu *gpu)
{
	uint64_t f = BIT(VIRTIO_GPU_F_VIRGL) | BIT(VIRTIO_GPU_F_RESOURCE_UUID) |
		     BIT(VIRTIO_GPU_F_CONTEXT_INIT) |
		     BIT(VHOST_USER_F_PROTOCOL_FEATURES) | BIT(VIRTIO_F_VERSION_1);

	if (!gpu->no_indirect)
		f |= BIT(VIRTIO_RING_F_INDIRECT_DESC);
	if (!gpu->no_blob)
		f |= BIT(VIRTIO_GPU_F_RESOURCE_BLOB);
	if (gpu->map_attr)
		f |= BIT(VIRTIO_GPU_F_MAP_ATTR);
	if (gpu->alignment > PAGE)
		f |= BIT(VIRTIO_GPU_F_BLOB_ALIGNMENT);
	return f;
}

/**
 * blob_remember() - the declaration in force goes into the history
 */
void blob_remember(struct blob *b)
{
	b->history[b->generation % BLOB_HISTORY].generation = b->generation;
	b->history[b->generation % BLOB_HISTORY].cache_mode = b->declared.cache_mode;
	b->history[b->generation % BLOB_HISTORY].flags = b->declared.flags;
}

struct blob *gpu_blob(struct gpu *gpu, uint32_t res_id)
{
	struct blob *b;

	for (b = gpu->by_id[res_id % BLOB_BUCKETS]; b; b = b->same_bucket)
		if (b->res_id == res_id)
			return b;
	return NULL;
}

static void blob_link(struct gpu *gpu, struct blob *b)
{
	struct blob **bucket = &gpu->by_id[b->res_id % BLOB_BUCKETS];

	b->next = gpu->blobs;
	b->prev = &gpu->blobs;
	if (b->next)
		b->next->prev = &b->next;
	gpu->blobs = b;
	b->same_bucket = *bucket;
	*bucket = b;
	gpu->blob_count++;
}

static void blob_unlink(struct gpu *gpu, struct blob *b)
{
	struct blob **p = &gpu->by_id[b->res_id % BLOB_BUCKETS];

	while (*p != b)
		p = &(*p)->same_bucket;
	*p = b->same_bucket;
	*b->prev = b->next;
	if (b->next)
		b->next->prev = b->prev;
	gpu->blob_count--;
}

/* ---- replies ---------------------------------------------------------- */

void reply_type(struct reply *r, uint32_t type, size_t len)
{
	r->hdr.type = htole32(type);
	r->len = len;
}

void reply_error(struct gpu *gpu, struct reply *r, uint32_t type)
{
	gpu->errors++;
	reply_type(r, type, sizeof(r->hdr));
}

static void force_used_len(struct reply *r, uint32_t used_len)
{
	r->used_len = used_len;
	r->used_len_forced = true;
}

static void spoil_attr(struct virtio_gpu_map_attr *attr, enum quirk quirk)
{
	if (!attr)
		return;
	switch (quirk) {
	case QUIRK_RESERVED:
		attr->reserved[2] = htole32(1);
		break;
	case QUIRK_GEN_ZERO:
		attr->generation = 0;
		break;
	case QUIRK_GEN_OLD:
		attr->generation = htole64(le64toh(attr->generation) - 1);
		break;
	case QUIRK_GEN_CLASH:
	case QUIRK_CLASH_HOLD:
	case QUIRK_CHANGE_CLASH_HOLD:
		attr->cache_mode = htole32(le32toh(attr->cache_mode) % 3 + 1);
		break;
	default:
		break;
	}
}

/**
 * reply_spoil() - spoil a good reply the way @quirk says
 * @attr: attributes in it, or NULL: a quirk that is about those does nothing then
 */
void reply_spoil(struct gpu *gpu, struct reply *r, struct virtio_gpu_map_attr *attr,
		 enum quirk quirk)
{
	spoil_attr(attr, quirk);
	switch (quirk) {
	case QUIRK_EMPTY:
		r->len = 0;
		force_used_len(r, 0);
		break;
	case QUIRK_SHORT_HEADER:
		r->len = sizeof(r->hdr);
		break;
	case QUIRK_SHORT_ATTR:
		r->len = sizeof(r->hdr) + 16;
		break;
	case QUIRK_LONG:
		force_used_len(r, 0x10000);
		break;
	case QUIRK_NODATA:
		r->hdr.type = htole32(VIRTIO_GPU_RESP_OK_NODATA);
		break;
	case QUIRK_MAP_INFO:
		r->hdr.type = htole32(VIRTIO_GPU_RESP_OK_MAP_INFO);
		r->info.map_info = htole32(VIRTIO_GPU_MAP_CACHE_CACHED);
		break;
	case QUIRK_BAD_TYPE:
		r->hdr.type = htole32(0x1177);
		break;
	case QUIRK_ERROR:
	case QUIRK_ERROR_ONCE:
		reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);
		break;
	case QUIRK_NO_MEMORY:
		reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
		break;
	case QUIRK_LATE:
		r->wait = WAIT_TIME;
		break;
	case QUIRK_HOLD:
	case QUIRK_CLASH_HOLD:
	case QUIRK_CHANGE_CLASH_HOLD:
		r->wait = WAIT_RELEASE;
		break;
	case QUIRK_RESERVED:
	case QUIRK_GEN_ZERO:
	case QUIRK_GEN_OLD:
	case QUIRK_GEN_CLASH:
	case QUIRK_CHANGE:
	case QUIRK_COUNT_OVER:
	case QUIRK_COUNT_SHORT:
	case QUIRK_FOREIGN:
	case QUIRK_TWICE:
	case QUIRK_MORE:
	case QUIRK_NONE:
	case QUIRK_COUNT:
		break;
	}
}

/**
 * gpu_has_map_attr() - has the driver accepted the feature?
 */
bool gpu_has_map_attr(const struct gpu *gpu)
{
	return gpu->features & BIT(VIRTIO_GPU_F_MAP_ATTR);
}

/**
 * blob_wire_attr() - what is declared for @b, as it is sent
 */
struct virtio_gpu_map_attr blob_wire_attr(const struct blob *b)
{
	return (struct virtio_gpu_map_attr){
		.generation = htole64(b->generation),
		.cache_mode = htole32(b->declared.cache_mode),
		.flags = htole32(b->declared.flags),
	};
}

/**
 * reply_attr() - answer with the attributes of @b, as the negotiated features let them be said
 */
void reply_attr(struct gpu *gpu, struct reply *r, const struct blob *b)
{
	if (!gpu_has_map_attr(gpu)) {
		gpu->legacy_replies++;
		reply_type(r, VIRTIO_GPU_RESP_OK_MAP_INFO, sizeof(r->info));
		r->info.map_info = htole32(b->declared.cache_mode | b->declared.flags << 4);
		return;
	}
	gpu->attr_replies++;
	reply_type(r, VIRTIO_GPU_RESP_OK_MAP_ATTR, sizeof(r->attr));
	r->attr.attr = blob_wire_attr(b);
}

/* ---- commands --------------------------------------------------------- */

/* The attributes in a reply, or NULL: not every driver is sent any. */
static struct virtio_gpu_map_attr *attr_in(struct reply *r)
{
	return le32toh(r->hdr.type) == VIRTIO_GPU_RESP_OK_MAP_ATTR ? &r->attr.attr : NULL;
}

/* Is the reply wrong in a way that has to be kept? */
static bool quirk_spoils(enum quirk quirk)
{
	return quirk != QUIRK_NONE && quirk != QUIRK_CHANGE;
}

static bool is_error(const struct reply *r)
{
	return le32toh(r->hdr.type) >= VIRTIO_GPU_RESP_ERR_UNSPEC;
}

static void blob_delete(struct blob *b)
{
	if (b->rendered)
		renderer_blob_free(b);
	free(b->contents);
	free(b);
}

static void blob_free(struct gpu *gpu, struct blob *b)
{
	witness_forget(gpu, b);
	blob_delete(b);
	gpu->destroyed++;
}

/* Let the renderer make the blob, and decide what to declare for it. */
static int create_rendered(struct blob *b, uint32_t blob_flags)
{
	uint32_t map_info;
	int ret = renderer_blob_create(b, blob_flags, &map_info);

	if (ret)
		return ret;
	b->rendered = true;
	b->declared = policy_decide_memory(b->memory.kind, b->size, map_info, b->memory.va);
	return 0;
}

static bool is_blob_mem(uint32_t mem)
{
	return mem >= VIRTIO_GPU_BLOB_MEM_GUEST && mem <= VIRTIO_GPU_BLOB_MEM_HOST3D_GUEST;
}

/**
 * has_room_for_attr() - does the answer of reply_attr() fit?  Else nothing must be done
 */
bool has_room_for_attr(const struct gpu *gpu, const struct reply *r)
{
	return !gpu_has_map_attr(gpu) || r->room >= sizeof(r->attr);
}

static void cmd_create_blob(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_resource_create_blob *c = req;
	struct blob *b;

	if (len < sizeof(*c) || !le64toh(c->size) || le64toh(c->size) % gpu->alignment)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (!is_blob_mem(le32toh(c->blob_mem)) ||
	    (le32toh(c->blob_mem) == VIRTIO_GPU_BLOB_MEM_HOST3D && !has_room_for_attr(gpu, r)))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (!c->resource_id || gpu_blob(gpu, le32toh(c->resource_id)))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);

	b = gpu->blob_count < BLOBS_MAX ? calloc(1, sizeof(*b)) : NULL;
	if (!b)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	b->memory.fd = -1;
	b->res_id = le32toh(c->resource_id);
	b->ctx_id = le32toh(c->hdr.ctx_id);
	b->blob_id = le64toh(c->blob_id);
	b->blob_mem = le32toh(c->blob_mem);
	b->size = le64toh(c->size);
	b->generation = 1;
	b->acked = 1;
	b->declared = policy_decide(b->blob_id);
	if (b->blob_mem == VIRTIO_GPU_BLOB_MEM_HOST3D && renderer_has_context(gpu, b->ctx_id) &&
	    create_rendered(b, le32toh(c->blob_flags))) {
		free(b);
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	}
	blob_remember(b);
	log_event("create: resource %u, %llu bytes, %s, flags %#x", b->res_id,
		(unsigned long long)b->size, cache_mode_name(b->declared.cache_mode),
		b->declared.flags);

	if (b->blob_mem != VIRTIO_GPU_BLOB_MEM_HOST3D || !gpu_has_map_attr(gpu))
		reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
	else
		reply_attr(gpu, r, b);
	reply_spoil(gpu, r, attr_in(r), b->declared.on_create);
	if (is_error(r))
		return blob_delete(b);
	/* It may have to wait for a fence. */
	if (attr_in(r) && !quirk_spoils(b->declared.on_create))
		r->declares = b->res_id;
	blob_link(gpu, b);
	gpu->created++;
}

/*
 * The guest uses the place, or uses it for something else, when it has the answer. One that
 * is held to misbehave stays held for that.
 */
static void wait_window(struct reply *r, uint64_t token)
{
	if (!token || r->wait != WAIT_NOT)
		return;
	r->wait = WAIT_WINDOW;
	r->token = token;
}

static void take_out(struct gpu *gpu, struct blob *b, struct reply *r)
{
	uint64_t token;

	if (blob_unplace(gpu, b, &token))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);
	wait_window(r, token);
}

static void cmd_unref(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	struct blob *b = gpu_named_blob(gpu, req, len, sizeof(struct virtio_gpu_resource_unref), r);

	if (!b)
		return;
	reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
	if (b->placed)
		take_out(gpu, b, r);
	if (is_error(r))
		return;
	blob_unlink(gpu, b);
	if (gpu->spoil_unrefs) {
		gpu->spoil_unrefs--;
		reply_spoil(gpu, r, NULL, gpu->spoil_unref);
	}
	blob_free(gpu, b);
}

static void cmd_map(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_resource_map_blob *c = req;
	enum quirk quirk;
	struct blob *b;
	uint64_t token;
	int ret;

	if (len < sizeof(*c))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	b = gpu_blob(gpu, le32toh(c->resource_id));
	if (!b || b->blob_mem != VIRTIO_GPU_BLOB_MEM_HOST3D)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	if (b->placed || (b->rendered && !b->memory.va) || !has_room_for_attr(gpu, r) ||
	    !gpu_window_is_free(gpu, le64toh(c->offset), b->size))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	/* A driver that does not know the flags would map it. */
	if (b->declared.flags && !gpu_has_map_attr(gpu) &&
	    (b->rendered || !policy_quirks_allowed()))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);

	quirk = b->declared.on_map;
	if (quirk == QUIRK_ERROR_ONCE && b->map_count)
		quirk = QUIRK_NONE;
	b->map_count++;
	if (quirk == QUIRK_CHANGE || quirk == QUIRK_CHANGE_CLASH_HOLD)
		gpu_change(gpu, b, b->declared.cache_mode % 3 + 1, b->declared.flags);
	reply_attr(gpu, r, b);
	reply_spoil(gpu, r, attr_in(r), quirk);
	if (is_error(r))
		return;
	ret = blob_place(gpu, b, le64toh(c->offset), &token);
	if (ret) {
		log_event("map: resource %u: %s", b->res_id, strerror(-ret));
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	}
	wait_window(r, token);
	if (attr_in(r) && !quirk_spoils(quirk))
		r->declares = b->res_id;
	witness_note(gpu, b, b->generation);
	log_event("map: resource %u at %#llx", b->res_id, (unsigned long long)b->offset);
}

/**
 * gpu_named_blob() - the blob that a command is about
 * @size: of the command; all that come here name a resource right after the header
 *
 * Return: the blob, or NULL with the error in @r.
 */
struct blob *gpu_named_blob(struct gpu *gpu, const void *req, size_t len, size_t size,
			    struct reply *r)
{
	const struct virtio_gpu_resource_unref *c = req;
	struct blob *b;

	if (len < size) {
		reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
		return NULL;
	}
	b = gpu_blob(gpu, le32toh(c->resource_id));
	if (!b)
		reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	return b;
}

static void cmd_unmap(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	struct blob *b = gpu_named_blob(gpu, req, len,
					sizeof(struct virtio_gpu_resource_unmap_blob), r);

	if (!b)
		return;
	if (!b->placed)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
	take_out(gpu, b, r);
}

static void cmd_uuid(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_resource_assign_uuid *c = req;

	if (len < sizeof(*c) || !gpu_blob(gpu, le32toh(c->resource_id)))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	reply_type(r, VIRTIO_GPU_RESP_OK_RESOURCE_UUID, sizeof(r->uuid));
	memcpy(r->uuid.uuid, &c->resource_id, sizeof(c->resource_id));
	r->uuid.uuid[15] = 1;
}

static void cmd_capset_info(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_get_capset_info *c = req;
	uint32_t version = 0, size = 16, id = CAPSET_ID;

	if (len < sizeof(*c) || le32toh(c->capset_index) >= le32toh(gpu->config.num_capsets))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (c->capset_index) {
		id = RENDERER_CAPSET;
		renderer_capset_info(&version, &size);
	}
	r->capset_info.capset_id = htole32(id);
	r->capset_info.capset_max_version = htole32(version);
	r->capset_info.capset_max_size = htole32(size);
	reply_type(r, VIRTIO_GPU_RESP_OK_CAPSET_INFO, sizeof(r->capset_info));
}

static void cmd_capset(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_get_capset *c = req;
	int size = 16;

	if (len < sizeof(*c))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (gpu->renderer && le32toh(c->capset_id) == RENDERER_CAPSET)
		size = renderer_capset(le32toh(c->capset_version), r->bytes + sizeof(r->hdr),
				       sizeof(r->bytes) - sizeof(r->hdr));
	if (size < 0)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	reply_type(r, VIRTIO_GPU_RESP_OK_CAPSET, sizeof(r->hdr) + size);
}

/* Contexts without a renderer are nothing but numbers. */
static void cmd_context(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_ctx_create *c = req;
	uint32_t ctx_id = le32toh(c->hdr.ctx_id), name_len;
	int ret = 0;

	if (le32toh(c->hdr.type) == VIRTIO_GPU_CMD_CTX_DESTROY) {
		renderer_context_destroy(gpu, ctx_id);
	} else if (len < sizeof(*c)) {
		ret = -EINVAL;
	} else if (gpu->renderer && (le32toh(c->context_init) &
				     VIRTIO_GPU_CONTEXT_INIT_CAPSET_ID_MASK) == RENDERER_CAPSET) {
		name_len = le32toh(c->nlen);
		if (name_len > sizeof(c->debug_name))
			name_len = sizeof(c->debug_name);
		ret = renderer_context_create(gpu, ctx_id, c->debug_name, name_len);
	}
	if (ret)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
}

/* Whatever the guest attaches to contexts without a renderer. */
static void cmd_attach(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_ctx_resource *c = req;
	bool attach = le32toh(c->hdr.type) == VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE;
	struct blob *b;

	if (len < sizeof(*c))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	b = gpu_blob(gpu, le32toh(c->resource_id));
	if (b && b->rendered)
		renderer_attach(gpu, le32toh(c->hdr.ctx_id), b->res_id, attach);
	reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
}

static void cmd_submit(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_cmd_submit *c = req;
	uint32_t ctx_id = le32toh(c->hdr.ctx_id);

	if (len < sizeof(*c) || le32toh(c->size) > len - sizeof(*c))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (renderer_has_context(gpu, ctx_id) && c->size &&
	    renderer_submit(gpu, ctx_id, c + 1, le32toh(c->size)))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);
	reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
}

static void cmd_execute(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_ctrl_hdr *hdr = req;

	switch (le32toh(hdr->type)) {
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB:
		return cmd_create_blob(gpu, req, len, r);
	case VIRTIO_GPU_CMD_RESOURCE_UNREF:
		return cmd_unref(gpu, req, len, r);
	case VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB:
		return cmd_map(gpu, req, len, r);
	case VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB:
		return cmd_unmap(gpu, req, len, r);
	case VIRTIO_GPU_CMD_RESOURCE_ASSIGN_UUID:
		return cmd_uuid(gpu, req, len, r);
	case VIRTIO_GPU_CMD_MAP_ATTR_FETCH:
		if (!gpu_has_map_attr(gpu))
			break;
		return cmd_fetch(gpu, r);
	case VIRTIO_GPU_CMD_MAP_ATTR_ACK:
		if (!gpu_has_map_attr(gpu))
			break;
		return cmd_ack(gpu, req, len, r);
	case VIRTIO_GPU_CMD_GET_DISPLAY_INFO:
		return reply_type(r, VIRTIO_GPU_RESP_OK_DISPLAY_INFO, sizeof(r->display));
	case VIRTIO_GPU_CMD_GET_CAPSET_INFO:
		return cmd_capset_info(gpu, req, len, r);
	case VIRTIO_GPU_CMD_GET_CAPSET:
		return cmd_capset(gpu, req, len, r);
	case VIRTIO_GPU_CMD_CTX_CREATE:
	case VIRTIO_GPU_CMD_CTX_DESTROY:
		return cmd_context(gpu, req, len, r);
	case VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE:
	case VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE:
		return cmd_attach(gpu, req, len, r);
	case VIRTIO_GPU_CMD_SUBMIT_3D:
		return cmd_submit(gpu, req, len, r);
	}
	log_event("command %#x: not implemented", le32toh(hdr->type));
	reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);
}

/* ---- queues ----------------------------------------------------------- */

/**
 * gpu_reset() - the driver starts from nothing: so do we
 */
void gpu_reset(struct gpu *gpu)
{
	while (gpu->blobs) {
		struct blob *b = gpu->blobs;

		blob_unlink(gpu, b);
		if (b->placed)
			window_clear(&gpu->window, b->offset, b->size);
		blob_free(gpu, b);
	}
	renderer_reset(gpu);
	gpu->config.events_read = 0;
}

/*
 * A fence of a ring waits for the renderer, if the command itself has gone well. All
 * others are done when the command is.
 */
static void fence(struct gpu *gpu, const struct virtio_gpu_ctrl_hdr *hdr, struct reply *r)
{
	uint32_t flags = le32toh(hdr->flags), ctx_id = le32toh(hdr->ctx_id);

	if (!(flags & VIRTIO_GPU_FLAG_FENCE))
		return;
	r->hdr.flags = hdr->flags;
	r->hdr.fence_id = hdr->fence_id;
	r->hdr.ctx_id = hdr->ctx_id;
	r->hdr.ring_idx = hdr->ring_idx;
	if (!(flags & VIRTIO_GPU_FLAG_INFO_RING_IDX) || is_error(r) || r->wait != WAIT_NOT ||
	    !renderer_has_context(gpu, ctx_id))
		return;
	if (renderer_fence(gpu, ctx_id, hdr->ring_idx, le64toh(hdr->fence_id)))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_UNSPEC);
	r->wait = WAIT_FENCE;
	r->token = le64toh(hdr->fence_id);
}

static void serve_one(struct gpu *gpu, unsigned int queue, const struct chain *chain)
{
	static uint8_t request[MAX_REQUEST] __attribute__((aligned(8)));
	const struct virtio_gpu_ctrl_hdr *hdr = (const void *)request;
	struct reply r = { .room = chain_room(chain) };
	size_t len = chain_read(chain, request, sizeof(request));
	size_t n;

	gpu->commands++;
	if (len < sizeof(*hdr)) {
		gpu->malformed++;
		virtq_push(&gpu->virtq[queue], chain, 0);
		return;
	}
	cmd_execute(gpu, request, len, &r);
	fence(gpu, hdr, &r);
	changes_told(gpu, &r, r.len < r.room ? r.len : r.room, true);
	if (r.wait != WAIT_NOT) {
		held_add(gpu, queue, chain, le32toh(hdr->type), &r);
		return;
	}
	n = chain_write(chain, r.bytes, r.len);
	virtq_push(&gpu->virtq[queue], chain, r.used_len_forced ? r.used_len : n);
}

/**
 * gpu_serve() - answer what the guest has put on a queue
 *
 * A guest can put more there as fast as it is answered.  After as much as the queue has room
 * for signals, QEMU and timers have their turn, and then the queue again.
 *
 * The cursor queue (1) is drained without looking: there is no cursor.
 */
void gpu_serve(struct gpu *gpu, unsigned int queue)
{
	struct virtq *vr = &gpu->virtq[queue];
	struct chain chain;
	int ret;

	if (!vr->started || !vr->enabled || !gpu->ready || gpu->deaf)
		return;
	for (unsigned int n = 0; n < vr->size; n++) {
		ret = virtq_pop(vr, &gpu->memory, &chain);
		if (!ret)
			return;
		if (ret < 0) {
			gpu->malformed++;
			log_event("queue %u: malformed chain: %s", queue, strerror(-ret));
			virtq_push(vr, &chain, 0);
		} else if (queue) {
			virtq_push(vr, &chain, 0);
		} else {
			serve_one(gpu, queue, &chain);
		}
	}
	eventfd_write(gpu->again, 1);
}

static void on_again(void *data)
{
	struct gpu *gpu = data;
	eventfd_t n;

	if (eventfd_read(gpu->again, &n))
		return;
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		gpu_serve(gpu, i);
}

/* ---- life and report -------------------------------------------------- */

int gpu_init(struct gpu *gpu, uint64_t window_size)
{
	int ret;

	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		gpu->virtq[i] = (struct virtq){ .index = i, .kick = -1, .call = -1,
					       .err = -1 };
	gpu->config.num_capsets = htole32(gpu->renderer ? 2 : 1);
	if (!gpu->alignment)
		gpu->alignment = PAGE;
	gpu->config.blob_alignment = htole32(gpu->alignment);
	gpu->again = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (gpu->again < 0)
		return -errno;
	ret = loop_add(gpu->again, on_again, gpu);
	if (!ret)
		ret = held_init(gpu);
	if (!ret)
		ret = change_init(gpu);
	if (!ret)
		ret = storm_init(gpu);
	if (ret)
		return ret;
	return window_init(&gpu->window, window_size);
}

void gpu_fini(struct gpu *gpu)
{
	gpu_reset(gpu);
	renderer_fini(gpu);
	held_fini(gpu);
	change_fini(gpu);
	storm_fini(gpu);
	loop_del(gpu->again);
	close(gpu->again);
	window_fini(&gpu->window);
}

json_t *gpu_report_blob(const struct blob *b)
{
	return json_pack("{s:I, s:I, s:I, s:s, s:I, s:I, s:I, s:b, s:I, s:i}",
			 "resource", (json_int_t)b->res_id,
			 "blob_id", (json_int_t)b->blob_id,
			 "size", (json_int_t)b->size,
			 "cache", cache_mode_name(b->declared.cache_mode),
			 "flags", (json_int_t)b->declared.flags,
			 "generation", (json_int_t)b->generation,
			 "acked", (json_int_t)b->acked,
			 "mapped", b->mapped,
			 "offset", (json_int_t)b->offset,
			 "map_count", b->map_count);
}

/**
 * gpu_report() - what the device saw so far
 */
json_t *gpu_report(const struct gpu *gpu)
{
	json_t *blobs = json_array();

	for (const struct blob *b = gpu->blobs; b; b = b->next)
		json_array_append_new(blobs, gpu_report_blob(b));
	return json_pack("{s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
			 "map_attr_offered", gpu->map_attr,
			 "map_attr_negotiated", gpu_has_map_attr(gpu),
			 "features", (json_int_t)gpu->features,
			 "window", (json_int_t)gpu->window.size,
			 "commands", (json_int_t)gpu->commands,
			 "errors", (json_int_t)gpu->errors,
			 "malformed", (json_int_t)gpu->malformed,
			 "created", (json_int_t)gpu->created,
			 "destroyed", (json_int_t)gpu->destroyed,
			 "live", (json_int_t)(gpu->created - gpu->destroyed),
			 "attr_replies", (json_int_t)gpu->attr_replies,
			 "legacy_replies", (json_int_t)gpu->legacy_replies,
			 "changes", (json_int_t)gpu->changes,
			 "fetches", (json_int_t)gpu->fetches,
			 "acks", (json_int_t)gpu->acks,
			 "timeouts", (json_int_t)gpu->timeouts,
			 "blobs", blobs);
}
