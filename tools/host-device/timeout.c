// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * When the guest has not acknowledged in time: the blob is taken out of the window.
 */
#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "ack_wait.h"
#include "cpu_modes.h"
#include "declare.h"
#include "log.h"
#include "loop.h"
#include "place.h"
#include "timeout.h"

static void time_out(struct gpu *gpu, struct blob *b)
{
	int ret;

	cpu_modes_forget(gpu, b);
	ret = b->mapped ? blob_evict(gpu, b) : 0;
	if (ret) {
		log_event("resource %u: cannot be taken out of the window: %s", b->res_id, strerror(-ret));
		b->since_ms = ack_wait_clock_ms(gpu);	/* and try again */
		return;
	}
	gpu->count.timeouts++;
	log_event("resource %u: generation %llu is not acknowledged in time", b->res_id,
		  (unsigned long long)b->generation);
	/* Else when it is out of the window. */
	if (!b->evicting)
		declare_revoked(gpu, b);
	ack_wait_end(gpu, b);
}

static void on_ack_timer(void *data)
{
	struct gpu *gpu = data;
	uint64_t ticks, now = ack_wait_clock_ms(gpu);

	if (read(gpu->ack_timer, &ticks, sizeof(ticks)) != sizeof(ticks))
		return;
	for (struct blob *b = gpu->blobs.first; b; b = b->next)
		if (ack_wait_is_late(gpu, b, now))
			time_out(gpu, b);
	ack_wait_arm(gpu);
}

/**
 * timeout_init() - make the timer
 *
 * Return: 0 or a negative errno.
 */
int timeout_init(struct gpu *gpu)
{
	gpu->ack_timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (gpu->ack_timer < 0)
		return -errno;
	return loop_add(gpu->ack_timer, on_ack_timer, gpu);
}

/**
 * timeout_fini() - no time is up any more
 */
void timeout_fini(struct gpu *gpu)
{
	loop_del(gpu->ack_timer);
	close(gpu->ack_timer);
}
