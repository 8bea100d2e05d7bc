// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * One thread, one poll(): nothing in the device waits for QEMU to do something, which is what
 * keeps QEMU's main loop and ours from waiting for each other; only for the rest of a message, for
 * seconds, see vu_message.c.  What waits for a renderer's process is in renderer.c.
 */
#include <errno.h>
#include <poll.h>
#include <stddef.h>

#include "loop.h"

#define LOOP_MAX 256
#define LOOP_OWN 16	/* for what loop_add() is called for */

static struct watch {
	loop_fn fn;
	void *data;
} watches[LOOP_MAX];
static struct pollfd fds[LOOP_MAX];
static unsigned int count;

static int add_watch(int fd, loop_fn fn, void *data, unsigned int max)
{
	if (count >= max)
		return -ENOSPC;
	fds[count] = (struct pollfd){ .fd = fd, .events = POLLIN };
	watches[count] = (struct watch){ fn, data };
	count++;
	return 0;
}

/**
 * loop_add() - call @fn whenever @fd is readable or hung up; see also loop_write()
 *
 * Return: 0, or -ENOSPC when LOOP_MAX descriptors are watched already.
 */
int loop_add(int fd, loop_fn fn, void *data)
{
	return add_watch(fd, fn, data, LOOP_MAX);
}

/**
 * loop_add_many() - the same for what a guest, or a client, can have any number of
 * @leave: so many places more are left
 *
 * Return: 0, or -ENOSPC when there is no more room than the device needs for itself.
 */
int loop_add_many(int fd, loop_fn fn, void *data, unsigned int leave)
{
	return add_watch(fd, fn, data, LOOP_MAX - LOOP_OWN - leave);
}

/**
 * loop_write() - watch for when @fd is writable, and not for when it is readable, or back
 */
void loop_write(int fd, bool write)
{
	for (unsigned int i = 0; i < count; i++)
		if (fds[i].fd == fd)
			fds[i].events = write ? POLLOUT : POLLIN;
}

/**
 * loop_del() - stop watching @fd; fine to call from any callback
 */
void loop_del(int fd)
{
	for (unsigned int i = 0; i < count; i++) {
		if (fds[i].fd != fd)
			continue;
		count--;
		fds[i] = fds[count];
		watches[i] = watches[count];
		return;
	}
}

/**
 * loop_once() - wait for descriptors, and call what they are watched by
 * @timeout_ms: how long to wait; -1 for ever
 *
 * Return: 0, or a negative errno of poll().
 */
int loop_once(int timeout_ms)
{
	if (poll(fds, count, timeout_ms) < 0)
		return errno == EINTR ? 0 : -errno;
	/* A callback may add or delete: look each one up afresh. */
	for (unsigned int i = 0; i < count; i++) {
		if (!fds[i].revents)
			continue;
		fds[i].revents = 0;
		watches[i].fn(watches[i].data);
	}
	return 0;
}

/**
 * loop_run() - serve until *@stop, which a signal handler may set
 *
 * Return: 0, or a negative errno of poll().
 */
int loop_run(volatile bool *stop)
{
	int ret = 0;

	while (!*stop && !ret)
		ret = loop_once(-1);
	return ret;
}
