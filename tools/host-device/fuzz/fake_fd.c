// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Timers and eventfds without the kernel, and the clock they go by, which stands still until
 * the harness says that time passes.  Descriptors of the kernel's are handed on to it.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "fake_table.h"

#define FAKES	64
#define START_MS 1000000

static struct fake fakes[FAKES];
static uint64_t now_ms = START_MS;
static int last_ready;

/**
 * fake_find() - the descriptor, if it is one of ours and open, or NULL
 */
struct fake *fake_find(int fd)
{
	if (fd < FAKE_FIRST || fd >= FAKE_FIRST + FAKES || !fakes[fd - FAKE_FIRST].kind)
		return NULL;
	return &fakes[fd - FAKE_FIRST];
}

/**
 * fake_open() - a descriptor of a kind
 *
 * Return: its number, or -1 with errno set.
 */
int fake_open(enum fake_kind kind)
{
	for (int i = 0; i < FAKES; i++) {
		struct fake *f = &fakes[i];

		if (f->kind != FAKE_FREE)
			continue;
		memset(f, 0, offsetof(struct fake, in));
		f->kind = kind;
		f->in_len = 0;
		f->passed_count = 0;
		f->out_len = 0;
		f->writes = 0;
		f->hung_up = false;
		return FAKE_FIRST + i;
	}
	errno = EMFILE;
	return -1;
}

/**
 * fake_begin() - a new input begins: no descriptor is open, and the clock shows the same as ever
 */
void fake_begin(void)
{
	for (unsigned int i = 0; i < FAKES; i++)
		fakes[i].kind = FAKE_FREE;
	now_ms = START_MS;
	fake_sockets_begin();
	fake_memory_begin();
}

/**
 * fake_count() - how many are open
 */
unsigned int fake_count(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < FAKES; i++)
		n += fakes[i].kind != FAKE_FREE;
	return n;
}

/**
 * fake_is_open() - is it one of ours that has not been closed?
 */
bool fake_is_open(int fd)
{
	return fake_find(fd);
}

/**
 * fake_pass() - time passes
 * @ms: milliseconds
 */
void fake_pass(uint64_t ms)
{
	now_ms += ms;
}

/**
 * fake_now() - milliseconds of the clock
 */
uint64_t fake_now(void)
{
	return now_ms;
}

/**
 * fake_clock_gettime() - clock_gettime(), by our clock
 */
int fake_clock_gettime(clockid_t id, struct timespec *ts)
{
	(void)id;
	ts->tv_sec = now_ms / 1000;
	ts->tv_nsec = now_ms % 1000 * 1000000;
	return 0;
}

/* ---- timers ----------------------------------------------------------- */

/**
 * fake_timerfd_create() - timerfd_create()
 */
int fake_timerfd_create(int clock, int flags)
{
	(void)clock;
	check(flags & TFD_NONBLOCK && flags & TFD_CLOEXEC);
	return fake_open(FAKE_TIMER);
}

/* What is shorter than the clock's step takes one step. */
static uint64_t to_ms(const struct timespec *ts)
{
	uint64_t ms = ts->tv_sec * 1000ULL + ts->tv_nsec / 1000000;

	return ms || !ts->tv_nsec ? ms : 1;
}

/**
 * fake_timerfd_settime() - timerfd_settime(), of relative times, in steps of a millisecond
 */
int fake_timerfd_settime(int fd, int flags, const struct itimerspec *its, struct itimerspec *old)
{
	struct fake *f = fake_find(fd);
	uint64_t ms = to_ms(&its->it_value);

	(void)old;
	check(f && f->kind == FAKE_TIMER && !flags);
	check(its->it_value.tv_nsec >= 0 && its->it_value.tv_nsec < 1000000000);
	f->due_ms = ms ? now_ms + ms : 0;
	f->period_ms = to_ms(&its->it_interval);
	return 0;
}

/**
 * fake_due() - when a timer expires, by the clock; 0 if it does not
 */
uint64_t fake_due(int fd)
{
	const struct fake *f = fake_find(fd);

	check(f && f->kind == FAKE_TIMER);
	return f->due_ms;
}

static ssize_t read_timer(struct fake *f, uint64_t *ticks)
{
	if (!f->due_ms || f->due_ms > now_ms) {
		errno = EAGAIN;
		return -1;
	}
	*ticks = f->period_ms ? 1 + (now_ms - f->due_ms) / f->period_ms : 1;
	f->due_ms = f->period_ms ? f->due_ms + *ticks * f->period_ms : 0;
	return sizeof(*ticks);
}

/* ---- eventfds --------------------------------------------------------- */

/**
 * fake_eventfd() - eventfd(), which has to be non-blocking
 */
int fake_eventfd(unsigned int value, int flags)
{
	int fd = fake_open(FAKE_EVENT);

	check(flags & EFD_NONBLOCK && flags & EFD_CLOEXEC);
	if (fd >= 0)
		fake_find(fd)->count = value;
	return fd;
}

/**
 * fake_eventfd_read() - eventfd_read()
 */
int fake_eventfd_read(int fd, eventfd_t *value)
{
	return fake_read(fd, value, sizeof(*value)) == sizeof(*value) ? 0 : -1;
}

/**
 * fake_eventfd_write() - eventfd_write()
 */
int fake_eventfd_write(int fd, eventfd_t value)
{
	return fake_write(fd, &value, sizeof(value)) == sizeof(value) ? 0 : -1;
}

static ssize_t read_event(struct fake *f, uint64_t *count)
{
	if (!f->count) {
		errno = EAGAIN;
		return -1;
	}
	*count = f->count;
	f->count = 0;
	return sizeof(*count);
}

/* ---- any -------------------------------------------------------------- */

/**
 * fake_read() - read()
 */
ssize_t fake_read(int fd, void *buf, size_t len)
{
	struct fake *f = fake_find(fd);

	if (!f)
		return read(fd, buf, len);
	if (f->kind == FAKE_STREAM_END)
		return fake_stream_read(f, buf, len);
	check(len == sizeof(uint64_t) && f->kind != FAKE_LISTENER);
	return f->kind == FAKE_TIMER ? read_timer(f, buf) : read_event(f, buf);
}

/**
 * fake_write() - write()
 */
ssize_t fake_write(int fd, const void *buf, size_t len)
{
	struct fake *f = fake_find(fd);
	uint64_t value;

	if (!f)
		return write(fd, buf, len);
	if (f->kind != FAKE_EVENT) {
		errno = EINVAL;
		return -1;
	}
	check(len == sizeof(value));
	memcpy(&value, buf, len);
	f->count += value;
	return len;
}

/**
 * fake_was_ready() - did the last fake_poll() find anything?
 */
bool fake_was_ready(void)
{
	return last_ready > 0;
}

static short ready_events(const struct fake *f, short events)
{
	switch (f->kind) {
	case FAKE_TIMER:
		return f->due_ms && f->due_ms <= now_ms ? events & POLLIN : 0;
	case FAKE_EVENT:
		return f->count ? events & POLLIN : 0;
	case FAKE_LISTENER:
		return fake_is_waited_for() ? events & POLLIN : 0;
	case FAKE_STREAM_END:
		if (f->hung_up)
			return (events & POLLIN) | POLLHUP;
		return (f->in_len ? events & POLLIN : 0) |
		       (f->out_len < sizeof(f->out) ? events & POLLOUT : 0);
	case FAKE_FREE:
		break;
	}
	return 0;
}

/* Which are ready now: nothing happens while the device waits. */
/**
 * fake_poll() - poll(), of which are ready now: nothing happens while the device waits
 */
int fake_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	nfds_t real = 0;
	int n = 0;

	(void)timeout;
	for (nfds_t i = 0; i < count; i++)
		real += fds[i].fd < FAKE_FIRST;
	/* The kernel says POLLNVAL of ours, which is replaced. */
	if (real && poll(fds, count, 0) < 0)
		return -1;
	for (nfds_t i = 0; i < count; i++) {
		const struct fake *f = fake_find(fds[i].fd);

		/* A descriptor that is watched is open. */
		check(f || fds[i].fd < FAKE_FIRST);
		check(f || !(fds[i].revents & POLLNVAL));
		if (f)
			fds[i].revents = ready_events(f, fds[i].events);
		n += !!fds[i].revents;
	}
	last_ready = n;
	return n;
}
