// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A storm: the device changes blobs at random, faster than any test could ask it
 * to.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../change.h"
#include "../loop.h"
#include "injected.h"
#include "storm.h"

/**
 * struct storm - what changes
 * @timer: ticks once for each change
 * @tag: of the blob_ids that are in it
 * @random: state of xorshift64
 */
struct storm {
	struct gpu *gpu;
	int timer;
	unsigned int tag;
	uint64_t random;
};

static unsigned int pick_below(struct storm *s, unsigned int n)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return (s->random >> 32) % n;
}

static struct blob *pick_blob(struct storm *s)
{
	struct blob *b, *found = NULL;
	unsigned int n = 0;

	for (b = s->gpu->blobs.first; b; b = b->next)
		if (b->placed && blob_id_tag(b->blob_id) == s->tag && !pick_below(s, ++n))
			found = b;
	return found;
}

/*
 * One in eight changes overtakes the one before, but none so many that the witness
 * could not look up what the guest acknowledges; as many forbid all access.
 */
static void change_one(struct storm *s)
{
	struct blob *b = pick_blob(s);
	uint32_t flags = 0;

	if (!b || (b->acked < b->generation && pick_below(s, 8)) ||
	    b->generation - b->acked >= BLOB_HISTORY - 1)
		return;
	switch (pick_below(s, 16)) {
	case 0:
		flags = VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED;
		break;
	case 1:
		flags = VIRTIO_GPU_MAP_ATTR_REVOKED;
		break;
	}
	gpu_change(s->gpu, b, 1 + pick_below(s, 3), flags);
}

static void on_tick(void *data)
{
	struct storm *s = data;
	uint64_t ticks;

	/* Late ticks are not made up for. */
	if (read(s->timer, &ticks, sizeof(ticks)) == sizeof(ticks))
		change_one(s);
}

/**
 * storm_set() - begin a storm, or end it
 * @tag: of the blob_ids to change, see blob_id.h
 * @period_us: time from one change to the next; 0 ends the storm
 * @seed: of the random numbers
 */
void storm_set(struct gpu *gpu, unsigned int tag, unsigned int period_us, uint64_t seed)
{
	struct timespec period = {
		.tv_sec = period_us / 1000000, .tv_nsec = period_us % 1000000 * 1000L,
	};
	struct itimerspec its = { .it_interval = period, .it_value = period };

	gpu->injected->storm->tag = tag;
	gpu->injected->storm->random = seed ?: 1;
	timerfd_settime(gpu->injected->storm->timer, 0, &its, NULL);
}

int storm_init(struct gpu *gpu)
{
	struct storm *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	gpu->injected->storm = s;
	s->gpu = gpu;
	s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s->timer < 0)
		return -errno;
	return loop_add(s->timer, on_tick, s);
}

void storm_fini(struct gpu *gpu)
{
	struct storm *s = gpu->injected->storm;

	/* inject_init() has failed before it came to storm_init(). */
	if (!s)
		return;
	if (s->timer >= 0) {
		loop_del(s->timer);
		close(s->timer);
	}
	free(s);
}
