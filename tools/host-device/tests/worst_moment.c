// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * For LD_PRELOAD: SIGTERM comes right before the first call that waits, after the
 * program has checked whether it has got one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>

static void send_signal(void)
{
	static bool sent;

	if (!sent) {
		sent = true;
		raise(SIGTERM);
	}
}

int accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	int (*next)(int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "accept");

	send_signal();
	return next(fd, addr, len);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	int (*next)(struct pollfd *, nfds_t, int) = dlsym(RTLD_NEXT, "poll");

	send_signal();
	return next(fds, count, timeout);
}
