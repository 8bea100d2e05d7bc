// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Sockets without the kernel: the device's end of a stream, which can pass descriptors, and one
 * that listens.  The other ends are in the hands of the harness, and nothing ever waits.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "fake_table.h"

#define TRUESIZE 768	/* what the kernel counts for a short message */

static int waiting_client = -1;

/**
 * fake_sockets_begin() - a new input begins: no client waits
 */
void fake_sockets_begin(void)
{
	waiting_client = -1;
}

/**
 * fake_is_waited_for() - has a client connected that is not accepted yet?
 */
bool fake_is_waited_for(void)
{
	return waiting_client >= 0;
}

/**
 * fake_socket() - socket(), of which one can listen
 */
int fake_socket(int domain, int type, int protocol)
{
	(void)domain;
	(void)protocol;
	check(type & SOCK_CLOEXEC);
	return fake_open(FAKE_LISTENER);
}

/**
 * fake_bind() - bind()
 */
int fake_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	(void)addr;
	(void)len;
	return fake_find(fd) ? 0 : -1;
}

/**
 * fake_listen() - listen()
 */
int fake_listen(int fd, int backlog)
{
	(void)backlog;
	return fake_find(fd) ? 0 : -1;
}

/**
 * fake_unlink() - unlink(), of nothing
 */
int fake_unlink(const char *path)
{
	(void)path;
	return 0;
}

/**
 * fake_stream() - a connection
 *
 * Return: the device's end.
 */
int fake_stream(void)
{
	return fake_open(FAKE_STREAM_END);
}

/**
 * fake_connect() - a client connects to the one socket that listens
 * @client: set to the device's end of the connection
 *
 * Return: whether it could.
 */
bool fake_connect(int *client)
{
	if (waiting_client >= 0)
		return false;
	waiting_client = fake_stream();
	*client = waiting_client;
	return waiting_client >= 0;
}

/**
 * fake_accept4() - accept4()
 */
int fake_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	int client = waiting_client;

	(void)addr;
	(void)len;
	check(fake_find(fd) && fake_find(fd)->kind == FAKE_LISTENER && flags & SOCK_CLOEXEC);
	waiting_client = -1;
	return client;
}

/* ---- the other end ---------------------------------------------------- */

/**
 * fake_say() - the other end writes
 *
 * Return: whether there was room.
 */
bool fake_say(int client, const void *data, size_t len)
{
	struct fake *f = fake_find(client);

	if (!f || f->hung_up || len > sizeof(f->in) - f->in_len)
		return false;
	memcpy(f->in + f->in_len, data, len);
	f->in_len += len;
	return true;
}

/**
 * fake_pass_fds() - what the other end writes next carries descriptors, which become the
 * device's
 */
void fake_pass_fds(int client, const int *fds, unsigned int count)
{
	struct fake *f = fake_find(client);

	check(f && !f->in_len && !f->passed_count && count <= FAKE_PASSED);
	memcpy(f->passed, fds, count * sizeof(*fds));
	f->passed_count = count;
}

static size_t take_bytes(char *from, size_t *have, void *to, size_t len)
{
	if (len > *have)
		len = *have;
	memcpy(to, from, len);
	*have -= len;
	memmove(from, from + len, *have);
	return len;
}

/**
 * fake_hear() - the other end reads
 *
 * Return: bytes.
 */
size_t fake_hear(int client, void *data, size_t len)
{
	struct fake *f = fake_find(client);

	if (!f)
		return 0;
	len = take_bytes(f->out, &f->out_len, data, len);
	if (!f->out_len)
		f->writes = 0;
	return len;
}

/**
 * fake_hang_up() - the other end is closed
 */
void fake_hang_up(int client)
{
	struct fake *f = fake_find(client);

	if (f)
		f->hung_up = true;
}

/* ---- the device's end ------------------------------------------------- */

/* Descriptors that are not asked for are closed. */
static void drop_passed(struct fake *f, unsigned int from)
{
	while (f->passed_count > from)
		fake_close(f->passed[--f->passed_count]);
	f->passed_count = 0;
}

/**
 * fake_stream_read() - read() of the device's end of a connection
 */
ssize_t fake_stream_read(struct fake *f, void *buf, size_t len)
{
	if (f->in_len || f->hung_up) {
		drop_passed(f, 0);
		return take_bytes(f->in, &f->in_len, buf, len);
	}
	errno = EAGAIN;
	return -1;
}

/* As many as there is room for. */
static void receive_fds(struct fake *f, struct msghdr *mh)
{
	size_t room = mh->msg_controllen < CMSG_LEN(0) ? 0 :
		      (mh->msg_controllen - CMSG_LEN(0)) / sizeof(int);
	unsigned int n = f->passed_count < room ? f->passed_count : room;
	struct cmsghdr *cmsg = mh->msg_control;

	if (!n) {
		mh->msg_controllen = 0;
		return;
	}
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(cmsg), f->passed, n * sizeof(int));
	mh->msg_controllen = CMSG_SPACE(n * sizeof(int));
	drop_passed(f, n);
}

/**
 * fake_recvmsg() - recvmsg()
 */
ssize_t fake_recvmsg(int fd, struct msghdr *mh, int flags)
{
	struct fake *f = fake_find(fd);

	if (!f)
		return recvmsg(fd, mh, flags);
	check(mh->msg_iovlen == 1 && flags & MSG_CMSG_CLOEXEC);
	if (f->kind != FAKE_STREAM_END) {
		errno = ENOTSOCK;
		return -1;
	}
	if (!f->in_len && !f->hung_up) {
		errno = EAGAIN;
		return -1;
	}
	receive_fds(f, mh);
	return fake_stream_read(f, mh->msg_iov->iov_base, mh->msg_iov->iov_len);
}

/**
 * fake_send() - send(), which may never wait
 */
ssize_t fake_send(int fd, const void *buf, size_t len, int flags)
{
	struct fake *f = fake_find(fd);
	size_t room;

	check(flags & MSG_NOSIGNAL);
	if (!f)
		return send(fd, buf, len, flags);
	if (f->kind != FAKE_STREAM_END) {
		errno = ENOTSOCK;
		return -1;
	}
	room = sizeof(f->out) - f->out_len;
	/* What would wait has room. */
	check(f->hung_up || flags & MSG_DONTWAIT || len <= room);
	if (f->hung_up || !room) {
		errno = f->hung_up ? EPIPE : EAGAIN;
		return -1;
	}
	if (len > room)
		len = room;
	memcpy(f->out + f->out_len, buf, len);
	f->out_len += len;
	f->writes++;
	return len;
}

/**
 * fake_sendmsg() - sendmsg()
 */
ssize_t fake_sendmsg(int fd, const struct msghdr *mh, int flags)
{
	check(mh->msg_iovlen == 1);
	return fake_send(fd, mh->msg_iov->iov_base, mh->msg_iov->iov_len, flags);
}

/**
 * fake_setsockopt() - setsockopt(), of which the device uses time-outs: nothing ever waits
 */
int fake_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	(void)value;
	(void)len;
	check(level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO));
	return fake_find(fd) ? 0 : setsockopt(fd, level, name, value, len);
}

/**
 * fake_shutdown() - shutdown()
 */
int fake_shutdown(int fd, int how)
{
	struct fake *f = fake_find(fd);

	if (!f)
		return shutdown(fd, how);
	f->hung_up = true;
	return 0;
}

/**
 * fake_ioctl() - ioctl(), of which the device uses SIOCOUTQ
 */
int fake_ioctl(int fd, unsigned long request, int *unread)
{
	const struct fake *f = fake_find(fd);

	check(request == SIOCOUTQ);
	if (!f)
		return ioctl(fd, request, unread);
	*unread = f->writes * TRUESIZE;
	return 0;
}
