// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Reading and writing messages of the vhost-user protocol.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "vu_message.h"

#define PATIENCE_S 5

/**
 * vu_limit() - have vu_receive() and vu_send() fail on a socket whose other end is stuck
 *
 * That stops in the middle of a message, or does not read what it has asked for.  The device
 * does nothing else meanwhile, and so the wait has to end, or SIGTERM would be ignored.
 */
void vu_limit(int fd)
{
	struct timeval limit = { .tv_sec = PATIENCE_S };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/* Each read() has that time, and all of them: it may come in drops.  A signal ends it. */
static int read_full(int fd, void *buf, size_t len)
{
	struct timespec begin, now;
	size_t done = 0;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	while (done < len) {
		ssize_t n = read(fd, (uint8_t *)buf + done, len - done);

		if (n <= 0)
			return n ? -errno : -ECONNRESET;
		done += n;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (done < len && now.tv_sec - begin.tv_sec > PATIENCE_S)
			return -ETIMEDOUT;
	}
	return 0;
}

/**
 * vu_receive() - read one message, with the descriptors that come with it
 * @msg: filled in; its descriptors are the caller's, also after an error
 *
 * Return: 0; -ECONNRESET at the end; -EMSGSIZE when it is too long; -EBADMSG or another negative
 * errno when it does not come, see vu_limit().
 */
int vu_receive(int fd, struct vu_message *msg)
{
	union {
		char buf[CMSG_SPACE(sizeof(msg->fds))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { &msg->hdr, sizeof(msg->hdr) };
	struct msghdr mh = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	ssize_t n;

	memset(msg, 0, sizeof(*msg));
	do {
		n = recvmsg(fd, &mh, MSG_CMSG_CLOEXEC | MSG_WAITALL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	for (cmsg = CMSG_FIRSTHDR(&mh); cmsg; cmsg = CMSG_NXTHDR(&mh, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		msg->fd_count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(msg->fds, CMSG_DATA(cmsg), msg->fd_count * sizeof(int));
	}
	if (n != sizeof(msg->hdr))
		return n ? -EBADMSG : -ECONNRESET;
	if (msg->hdr.size > VU_PAYLOAD_MAX)
		return -EMSGSIZE;
	return read_full(fd, (uint8_t *)msg + sizeof(msg->hdr), msg->hdr.size);
}

/**
 * vu_send() - write one message
 * @pass_fd: descriptor to go with it, or -1
 *
 * Return: 0; -EIO when it is not, or not all of it, see vu_limit().
 */
int vu_send(int fd, const struct vu_message *msg, int pass_fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .buf = { 0 } };
	struct iovec iov = { (void *)msg, sizeof(msg->hdr) + msg->hdr.size };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (pass_fd >= 0) {
		struct cmsghdr *cmsg;

		mh.msg_control = &control;
		mh.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&mh);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &pass_fd, sizeof(int));
	}
	do {
		n = sendmsg(fd, &mh, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)iov.iov_len ? 0 : -EIO;
}

/**
 * vu_take_fd() - the first descriptor of a message, which is the caller's then, or -1
 */
int vu_take_fd(struct vu_message *msg)
{
	int fd = msg->fd_count ? msg->fds[0] : -1;

	if (msg->fd_count)
		msg->fds[0] = -1;
	return fd;
}

/**
 * vu_close_fds() - close what descriptors of a message have not been taken
 */
void vu_close_fds(struct vu_message *msg)
{
	for (unsigned int i = 0; i < msg->fd_count; i++)
		if (msg->fds[i] >= 0)
			close(msg->fds[i]);
}
