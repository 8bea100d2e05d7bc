// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * How long the guest has been waited for to acknowledge, by a clock that runs when it does.
 */
#include <endian.h>
#include <sys/timerfd.h>
#include <time.h>

#include "ack_wait.h"

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/**
 * ack_wait_clock_ms() - the device's clock, which stands still while the guest does
 */
uint64_t ack_wait_clock_ms(const struct gpu *gpu)
{
	return gpu->ready ? now_ms() - gpu->clock_ms : gpu->clock_ms;
}

/* A generation that is lower than one acknowledged is the device's fault. */
static bool is_waited_for(const struct blob *b)
{
	return b->waiting && b->acked < b->generation;
}

/* When is the guest late with a blob that it is waited for? */
static uint64_t due_ms(const struct gpu *gpu, const struct blob *b)
{
	return b->since_ms + gpu->options.ack_timeout_ms;
}

/**
 * ack_wait_is_late() - has the guest been waited for long enough?
 * @now: ack_wait_clock_ms()
 */
bool ack_wait_is_late(const struct gpu *gpu, const struct blob *b, uint64_t now)
{
	return is_waited_for(b) && due_ms(gpu, b) <= now;
}

/**
 * ack_wait_arm() - set the timer for the blob that is the first to be late
 */
void ack_wait_arm(struct gpu *gpu)
{
	struct itimerspec its = { .it_value = { 0 } };
	uint64_t now = ack_wait_clock_ms(gpu), due = 0, ms;

	for (const struct blob *b = gpu->blobs.first; b; b = b->next)
		if (is_waited_for(b) && (!due || due_ms(gpu, b) < due))
			due = due_ms(gpu, b);
	if (due && gpu->options.ack_timeout_ms && gpu->ready) {
		ms = due > now ? due - now : 1;
		its.it_value.tv_sec = ms / 1000;
		its.it_value.tv_nsec = ms % 1000 * 1000000L;
	}
	timerfd_settime(gpu->ack_timer, 0, &its, NULL);
}

/**
 * ack_wait_begin() - wait for an acknowledgment of a blob, unless that is so already or has come
 */
void ack_wait_begin(struct gpu *gpu, struct blob *b)
{
	if (b->waiting || b->acked >= b->generation)
		return;
	b->waiting = true;
	b->since_ms = ack_wait_clock_ms(gpu);
	ack_wait_arm(gpu);
}

/**
 * ack_wait_restart() - give the guest all of its time from now on, if it is waited for
 */
void ack_wait_restart(struct gpu *gpu, struct blob *b)
{
	if (!b->waiting)
		return;
	b->waiting = b->acked < b->generation;
	if (b->waiting)
		b->since_ms = ack_wait_clock_ms(gpu);
	ack_wait_arm(gpu);
}

/**
 * ack_wait_end() - wait for none of a blob any more
 */
void ack_wait_end(struct gpu *gpu, struct blob *b)
{
	b->waiting = false;
	ack_wait_arm(gpu);
}

/* When was the oldest declared that is not acknowledged?  Return: false if that is forgotten. */
static bool oldest_ms(const struct blob *b, uint64_t *ms)
{
	uint64_t next = b->acked + 1;

	*ms = b->history[next % BLOB_HISTORY].ms;
	if (b->history[next % BLOB_HISTORY].generation == next)
		return true;
	/* However many there have been since, a guest acknowledges what it was told. */
	*ms = b->after_told_ms;
	return b->told == b->acked;
}

/**
 * ack_wait_acked() - the guest has acknowledged one, and has to go on with the next
 */
void ack_wait_acked(struct blob *b)
{
	uint64_t declared_ms;

	if (b->acked >= b->generation)
		b->waiting = false;
	/* Declared before the blob had a place the guest need not have acknowledged it. */
	else if (oldest_ms(b, &declared_ms) && declared_ms > b->since_ms)
		b->since_ms = declared_ms;
}

/**
 * ack_wait_timeout() - wait so long from now on, also for what has been declared already
 * @ms: milliseconds; 0 for ever
 */
void ack_wait_timeout(struct gpu *gpu, unsigned int ms)
{
	gpu->options.ack_timeout_ms = ms;
	ack_wait_arm(gpu);
}

/**
 * ack_wait_run() - the guest runs, or does not
 */
void ack_wait_run(struct gpu *gpu, bool run)
{
	gpu->clock_ms = now_ms() - gpu->clock_ms;
	gpu->ready = run;
	ack_wait_arm(gpu);
}
