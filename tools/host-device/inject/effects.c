// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What each injection does.  INJECTIONS() in injections.h says which has which of these.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>

#include "../change.h"
#include "../cmd_change.h"
#include "injected.h"

/* ---- before a MAP_BLOB is carried out; true if it is not to be ---------- */

static bool refuse_with(struct gpu *gpu, struct blob *b, struct reply *r, uint32_t type)
{
	b->map_count++;
	reply_error(gpu, r, type);
	return true;
}

static bool refuse_map(struct gpu *gpu, struct blob *b, struct reply *r)
{
	return refuse_with(gpu, b, r, VIRTIO_GPU_RESP_ERR_UNSPEC);
}

static bool refuse_memory(struct gpu *gpu, struct blob *b, struct reply *r)
{
	return refuse_with(gpu, b, r, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
}

static bool refuse_once(struct gpu *gpu, struct blob *b, struct reply *r)
{
	return !b->map_count && refuse_map(gpu, b, r);
}

static bool change_before_map(struct gpu *gpu, struct blob *b, struct reply *r)
{
	(void)r;
	gpu_change(gpu, b, b->declared.cache_mode % 3 + 1, b->declared.flags);
	return false;
}

/* ---- when a good reply has been made up --------------------------------- */

static void force_used_len(struct reply *r, uint32_t used_len)
{
	r->used_len = used_len;
	r->used_len_forced = true;
}

static void answer_nothing(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	c->reply->len = 0;
	force_used_len(c->reply, 0);
}

static void short_header(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	c->reply->len = sizeof(c->reply->hdr);
}

static void short_attr(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	c->reply->len = sizeof(c->reply->hdr) + 16;
}

static void too_long(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	force_used_len(c->reply, 0x10000);
}

static void answer_nodata(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	c->reply->hdr.type = htole32(VIRTIO_GPU_RESP_OK_NODATA);
}

static void map_info(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	c->reply->hdr.type = htole32(VIRTIO_GPU_RESP_OK_MAP_INFO);
	c->reply->info.map_info = htole32(VIRTIO_GPU_MAP_CACHE_CACHED);
}

static void bad_type(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	c->reply->hdr.type = htole32(0x1177);
}

/* A MAP_BLOB has been refused before, or is not to be. */
static void answer_error(struct gpu *gpu, struct injection_case *c)
{
	if (c->command != VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB)
		reply_error(gpu, c->reply, VIRTIO_GPU_RESP_ERR_UNSPEC);
}

static void no_memory(struct gpu *gpu, struct injection_case *c)
{
	if (c->command != VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB)
		reply_error(gpu, c->reply, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
}

static void set_reserved(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	if (c->attr)
		c->attr->reserved[2] = htole32(1);
}

static void generation_zero(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	if (c->attr)
		c->attr->generation = 0;
}

static void generation_old(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	if (c->attr)
		c->attr->generation = htole64(le64toh(c->attr->generation) - 1);
}

static void clash_generation(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	if (c->attr)
		c->attr->cache_mode = htole32(le32toh(c->attr->cache_mode) % 3 + 1);
}

/* An old driver gets it in map_info. */
static void declare_as(struct injection_case *c, uint32_t cache_mode)
{
	if (c->attr)
		c->attr->cache_mode = htole32(cache_mode);
	else if (le32toh(c->reply->hdr.type) == VIRTIO_GPU_RESP_OK_MAP_INFO)
		c->reply->info.map_info = htole32(cache_mode);
}

static void declare_cached(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	declare_as(c, VIRTIO_GPU_MAP_CACHE_CACHED);
}

static void declare_uncached(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	declare_as(c, VIRTIO_GPU_MAP_CACHE_UNCACHED);
}

static void declare_wc(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	declare_as(c, VIRTIO_GPU_MAP_CACHE_WC);
}

static void defer_reply(struct reply *r, uint64_t token)
{
	r->wait = WAIT_INJECT;
	r->token = token;
}

static void defer_late(struct gpu *gpu, struct injection_case *c)
{
	struct itimerspec its = { .it_value.tv_nsec = LATE_MS * 1000000L };

	timerfd_settime(gpu->injected->timer, 0, &its, NULL);
	defer_reply(c->reply, WAIT_LATE);
}

static void defer_until_released(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	defer_reply(c->reply, WAIT_RELEASE);
}

static void clash_hold(struct gpu *gpu, struct injection_case *c)
{
	clash_generation(gpu, c);
	defer_until_released(gpu, c);
}

/* ---- of replies to MAP_ATTR_FETCH only ---------------------------------- */

static bool is_fetch(const struct injection_case *c)
{
	return c->command == VIRTIO_GPU_CMD_MAP_ATTR_FETCH;
}

static void count_over(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	if (is_fetch(c))
		c->reply->changes.count = htole32(VIRTIO_GPU_MAP_ATTR_MAX_CHANGES + 1);
}

static void count_short(struct gpu *gpu, struct injection_case *c)
{
	uint32_t *count = &c->reply->changes.count;

	(void)gpu;
	if (is_fetch(c))
		*count = htole32(le32toh(*count) + 1);
}

/* A generation that no resource has: acknowledging it is an error. */
static void add_foreign_change(struct gpu *gpu, struct injection_case *c)
{
	struct virtio_gpu_resp_map_attr_changes *changes = &c->reply->changes;
	struct virtio_gpu_map_attr attr = changes->changes[0].attr;

	(void)gpu;
	if (!is_fetch(c))
		return;
	attr.generation = htole64(le64toh(attr.generation) + 1);
	changes_add(changes, 0x7fffffff, attr);
	changes_add(changes, 0, attr);
	changes_end(c->reply);
}

static void repeat_change(struct gpu *gpu, struct injection_case *c)
{
	struct virtio_gpu_resp_map_attr_changes *changes = &c->reply->changes;

	(void)gpu;
	if (!is_fetch(c))
		return;
	changes_add(changes, le32toh(changes->changes[0].resource_id), changes->changes[0].attr);
	changes_end(c->reply);
}

static void claim_more(struct gpu *gpu, struct injection_case *c)
{
	(void)gpu;
	if (is_fetch(c))
		c->reply->changes.more = htole32(1);
}

/* ---- by number and by name ---------------------------------------------- */

#define INJECTION_ROW(value, id, name, before, after) \
	[INJECT_##id] = { name, before, after },

static const struct {
	const char *name;
	bool (*before)(struct gpu *gpu, struct blob *blob, struct reply *r);
	void (*after)(struct gpu *gpu, struct injection_case *c);
} injections[INJECT_COUNT] = {
	INJECTIONS(INJECTION_ROW)
};

/**
 * injection_name() - as rules and requests spell it
 */
const char *injection_name(enum injection how)
{
	return how < INJECT_COUNT ? injections[how].name : "?";
}

/**
 * injection_parse() - read the name of an injection, if there is one
 *
 * Return: 0, or -EINVAL if there is no such injection.
 */
int injection_parse(const json_t *json, const char *key, enum injection *how)
{
	const char *name = json_string_value(json_object_get(json, key));

	if (!json_object_get(json, key))
		return 0;
	for (unsigned int i = 0; name && i < INJECT_COUNT; i++) {
		if (strcmp(injections[i].name, name))
			continue;
		*how = i;
		return 0;
	}
	return -EINVAL;
}

/**
 * injection_before() - a MAP_BLOB of @blob is about to be carried out
 *
 * Return: true if it is not to be: the answer is in @r.
 */
bool injection_before(struct gpu *gpu, enum injection how, struct blob *blob, struct reply *r)
{
	return how < INJECT_COUNT && injections[how].before &&
	       injections[how].before(gpu, blob, r);
}

/**
 * injection_after() - a good reply has been made up: get it wrong
 *
 * Return: false if there is nothing to be got wrong.
 */
bool injection_after(struct gpu *gpu, enum injection how, struct injection_case *c)
{
	if (how >= INJECT_COUNT || !injections[how].after)
		return false;
	injections[how].after(gpu, c);
	return true;
}
