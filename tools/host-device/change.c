// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Changes of attributes: declared, fetched, acknowledged, or not in time.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "change.h"
#include "log.h"
#include "loop.h"
#include "place.h"
#include "reply.h"
#include "witness.h"

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/**
 * gpu_raise_event() - have the guest look for changes
 */
void gpu_raise_event(struct gpu *gpu)
{
	gpu->config.events_read |= htole32(VIRTIO_GPU_EVENT_MAP_ATTR);
	if (gpu->config_changed)
		gpu->config_changed(gpu->vmm);
}

/* ---- time-out --------------------------------------------------------- */

static uint64_t clock_ms(const struct gpu *gpu)
{
	return gpu->ready ? now_ms() - gpu->clock_ms : gpu->clock_ms;
}

/* A generation that is lower than one acknowledged is the device's fault. */
static bool is_waited_for(const struct blob *b)
{
	return b->waiting && b->acked < b->generation;
}

static bool is_late(const struct gpu *gpu, const struct blob *b, uint64_t now)
{
	return is_waited_for(b) && b->since_ms + gpu->ack_timeout_ms <= now;
}

/* For the blob that is the first to be late. */
static void arm(struct gpu *gpu)
{
	struct itimerspec its = { .it_value = { 0 } };
	uint64_t now = clock_ms(gpu), due = 0, ms;

	for (const struct blob *b = gpu->blobs; b; b = b->next)
		if (is_waited_for(b) && (!due || b->since_ms + gpu->ack_timeout_ms < due))
			due = b->since_ms + gpu->ack_timeout_ms;
	if (due && gpu->ack_timeout_ms && gpu->ready) {
		ms = due > now ? due - now : 1;
		its.it_value.tv_sec = ms / 1000;
		its.it_value.tv_nsec = ms % 1000 * 1000000L;
	}
	timerfd_settime(gpu->ack_timer, 0, &its, NULL);
}

/**
 * change_wait() - the guest has from now on to acknowledge what is declared for a blob
 *
 * Unless it has been waited for already: what is declared later gives it no more time.
 */
void change_wait(struct gpu *gpu, struct blob *b)
{
	if (b->waiting)
		return;
	b->waiting = true;
	b->since_ms = clock_ms(gpu);
	arm(gpu);
}

/**
 * change_wait_end() - nothing of a blob is left that the guest could be late with
 */
void change_wait_end(struct gpu *gpu, struct blob *b)
{
	b->waiting = false;
	arm(gpu);
}

/* It has acknowledged one, and has to go on with the next. */
static void waited(struct blob *b)
{
	uint64_t next = b->acked + 1;

	if (b->acked >= b->generation)
		b->waiting = false;
	else if (b->history[next % BLOB_HISTORY].generation == next)
		b->since_ms = b->history[next % BLOB_HISTORY].ms;
}

/**
 * change_timeout() - wait so long for an acknowledgment
 * @ms: milliseconds from the declaration on, also from those there are; 0 for ever
 */
void change_timeout(struct gpu *gpu, unsigned int ms)
{
	gpu->ack_timeout_ms = ms;
	arm(gpu);
}

static bool is_any_changed(const struct gpu *gpu)
{
	for (const struct blob *b = gpu->blobs; b; b = b->next)
		if (b->changed)
			return true;
	return false;
}

/**
 * gpu_run() - the guest's queues can be served, or cannot any more
 *
 * What has changed meanwhile the guest could not be told: config_changed().
 */
void gpu_run(struct gpu *gpu, bool ready)
{
	if (gpu->ready == ready)
		return;
	gpu->clock_ms = now_ms() - gpu->clock_ms;
	gpu->ready = ready;
	arm(gpu);
	if (ready && is_any_changed(gpu))
		gpu_raise_event(gpu);
}

/**
 * gpu_revoke() - declare that there is nothing behind a blob, unless that is declared already
 */
void gpu_revoke(struct gpu *gpu, struct blob *b)
{
	if (!(b->declared.flags & VIRTIO_GPU_MAP_ATTR_REVOKED))
		gpu_change(gpu, b, b->declared.cache_mode,
			   b->declared.flags | VIRTIO_GPU_MAP_ATTR_REVOKED);
}

static void time_out(struct gpu *gpu, struct blob *b)
{
	int ret = b->mapped ? blob_evict(gpu, b) : 0;

	if (ret) {
		log_event("resource %u: cannot be taken out: %s", b->res_id, strerror(-ret));
		b->since_ms = clock_ms(gpu);	/* and try again */
		return;
	}
	gpu->timeouts++;
	log_event("resource %u: generation %llu is not acknowledged, out with it", b->res_id,
		(unsigned long long)b->generation);
	/* Else when it is out of the window. */
	if (!b->evicting)
		gpu_revoke(gpu, b);
	change_wait_end(gpu, b);
}

static void on_ack_timer(void *data)
{
	struct gpu *gpu = data;
	uint64_t ticks, now = clock_ms(gpu);

	if (read(gpu->ack_timer, &ticks, sizeof(ticks)) != sizeof(ticks))
		return;
	for (struct blob *b = gpu->blobs; b; b = b->next)
		if (is_late(gpu, b, now))
			time_out(gpu, b);
	arm(gpu);
}

int change_init(struct gpu *gpu)
{
	gpu->ack_timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (gpu->ack_timer < 0)
		return -errno;
	return loop_add(gpu->ack_timer, on_ack_timer, gpu);
}

void change_fini(struct gpu *gpu)
{
	loop_del(gpu->ack_timer);
	close(gpu->ack_timer);
}

/* ---- the change ------------------------------------------------------- */

/**
 * gpu_change() - declare something else for a blob and tell the guest
 *
 * What was evicted is given back when the guest has let go of it, or has given up its place.
 *
 * Return: 0; -ENOTSUP if the guest cannot be told; -EBUSY if the blob cannot be given back yet;
 * another negative errno if QEMU cannot be asked to put it back.
 */
int gpu_change(struct gpu *gpu, struct blob *b, uint32_t cache_mode, uint32_t flags)
{
	bool give_back = b->evicted && !(flags & VIRTIO_GPU_MAP_ATTR_REVOKED);
	int ret = 0;

	if (!gpu_has_map_attr(gpu) || !gpu->config_changed)
		return -ENOTSUP;
	if (give_back && b->placed && (b->evicting || b->acked < b->generation))
		return -EBUSY;
	if (give_back)
		ret = blob_restore(gpu, b);
	if (ret)
		return ret;
	b->declared.cache_mode = cache_mode;
	b->declared.flags = flags;
	b->generation++;
	blob_remember(b);
	b->history[b->generation % BLOB_HISTORY].ms = clock_ms(gpu);
	b->changed = true;
	gpu->changes++;
	/* What has no place the guest cannot use, nor what is evicted or not back yet. */
	if (b->placed && !b->evicted)
		change_wait(gpu, b);
	gpu_raise_event(gpu);
	log_event("change: resource %u, generation %llu, %s, flags %#x", b->res_id,
		(unsigned long long)b->generation, cache_mode_name(cache_mode), flags);
	return 0;
}

static void add_entry(struct virtio_gpu_resp_map_attr_changes *c, uint32_t res_id,
		      struct virtio_gpu_map_attr attr)
{
	uint32_t n = le32toh(c->count);

	if (n == VIRTIO_GPU_MAP_ATTR_MAX_CHANGES)
		return;
	c->changes[n].resource_id = htole32(res_id);
	c->changes[n].attr = attr;
	c->count = htole32(n + 1);
}

static void set_len(struct reply *r)
{
	reply_type(r, VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES,
		   offsetof(struct virtio_gpu_resp_map_attr_changes, changes) +
		   le32toh(r->changes.count) * sizeof(r->changes.changes[0]));
}

static void spoil_fetch(struct gpu *gpu, struct reply *r)
{
	struct virtio_gpu_resp_map_attr_changes *c = &r->changes;
	struct virtio_gpu_map_attr foreign = c->changes[0].attr;

	switch (gpu->spoil_fetch) {
	case QUIRK_COUNT_OVER:
		c->count = htole32(VIRTIO_GPU_MAP_ATTR_MAX_CHANGES + 1);
		break;
	case QUIRK_COUNT_SHORT:
		c->count = htole32(le32toh(c->count) + 1);
		break;
	case QUIRK_FOREIGN:
		/* A generation that no resource has: acknowledging it is an error. */
		foreign.generation = htole64(le64toh(foreign.generation) + 1);
		add_entry(c, 0x7fffffff, foreign);
		add_entry(c, 0, foreign);
		set_len(r);
		break;
	case QUIRK_TWICE:
		add_entry(c, le32toh(c->changes[0].resource_id), c->changes[0].attr);
		set_len(r);
		break;
	case QUIRK_MORE:
		c->more = htole32(1);
		break;
	default:
		reply_spoil(gpu, r, c->count ? &c->changes[0].attr : NULL, gpu->spoil_fetch);
	}
}

/**
 * changes_told() - the guest is being told of changes, or is not after all
 * @response: of any command, as it is given; only what it says of changes that are still in
 *	force counts
 * @len: bytes
 */
void changes_told(struct gpu *gpu, const void *response, size_t len, bool told)
{
	const struct virtio_gpu_resp_map_attr_changes *c = response;
	size_t end = offsetof(struct virtio_gpu_resp_map_attr_changes, changes);

	if (len < end || le32toh(c->hdr.type) != VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES)
		return;
	for (unsigned int i = 0; i < VIRTIO_GPU_MAP_ATTR_MAX_CHANGES; i++) {
		struct blob *b;

		end += sizeof(c->changes[0]);
		if (i == le32toh(c->count) || len < end)
			break;
		b = gpu_blob(gpu, le32toh(c->changes[i].resource_id));
		if (b && b->generation == le64toh(c->changes[i].attr.generation))
			b->changed = !told;
	}
}

/**
 * cmd_fetch() - MAP_ATTR_FETCH: which resources have changed
 *
 * They stay marked until it is certain that this is what the guest is told: changes_told().
 */
void cmd_fetch(struct gpu *gpu, struct reply *r)
{
	struct virtio_gpu_resp_map_attr_changes *c = &r->changes;

	gpu->fetches++;
	if (r->room < sizeof(*c))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	for (struct blob *b = gpu->blobs; b; b = b->next) {
		/* What is declared holds when QEMU has mapped it: gpu_placed(). */
		if (!b->changed || b->placing)
			continue;
		if (le32toh(c->count) == VIRTIO_GPU_MAP_ATTR_MAX_CHANGES) {
			c->more = htole32(1);
			break;
		}
		add_entry(c, b->res_id, blob_wire_attr(b));
	}
	set_len(r);
	if (gpu->spoil_fetches) {
		gpu->spoil_fetches--;
		spoil_fetch(gpu, r);
	}
}

/* The guest has let go of what is revoked: its place shows nothing of it from the answer on. */
static int let_go(struct gpu *gpu, struct blob *b, struct reply *r)
{
	int ret;

	if (!(b->declared.flags & VIRTIO_GPU_MAP_ATTR_REVOKED) || !b->mapped)
		return 0;
	ret = blob_evict(gpu, b);
	if (!ret && b->evicting) {
		r->wait = WAIT_WINDOW;
		r->token = b->evicting;
	}
	return ret;
}

/**
 * cmd_ack() - MAP_ATTR_ACK: the guest has let go of all earlier declarations
 */
void cmd_ack(struct gpu *gpu, const void *req, size_t len, struct reply *r)
{
	const struct virtio_gpu_map_attr_ack *c = req;
	struct blob *b = gpu_named_blob(gpu, req, len, sizeof(*c), r);
	uint64_t generation;

	if (!b)
		return;
	generation = le64toh(c->generation);
	if (!has_room_for_attr(gpu, r))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (!generation || generation > b->generation || c->padding)
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	if (generation == b->generation && let_go(gpu, b, r))
		return reply_error(gpu, r, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	if (generation > b->acked) {
		b->acked = generation;
		waited(b);
		witness_note(gpu, b, generation);
	}
	gpu->acks++;
	log_event("ack: resource %u, generation %llu", b->res_id,
		(unsigned long long)generation);
	/* One for a generation that is not in force any more ends nothing, and the guest hears so. */
	if (generation == b->generation)
		reply_type(r, VIRTIO_GPU_RESP_OK_NODATA, sizeof(r->hdr));
	else
		reply_attr(gpu, r, b);
	if (gpu->hold_acks)
		r->wait = WAIT_RELEASE;
	if (gpu->spoil_acks) {
		gpu->spoil_acks--;
		reply_spoil(gpu, r, NULL, gpu->spoil_ack);
	}
}
