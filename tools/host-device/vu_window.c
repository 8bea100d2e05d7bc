// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What QEMU has in the BAR, and notifications to the guest that go through QEMU: requests of
 * the device on the back-end channel.  The device never waits for the answers: QEMU sends us a new memory table for each
 * SHMEM_MAP, on the main socket, and waits until that is acknowledged.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "device.h"
#include "loop.h"
#include "place.h"
#include "serve.h"
#include "vu_message.h"
#include "vu_window.h"

#define CONFIG_UNREAD_MAX	(32 * 1024)	/* as the kernel counts; a socket takes 200 KiB */

/**
 * struct ask - a change of what is in the BAR, for QEMU to carry out
 * @what: @what.fd is ours
 * @retried: what was in its place has been taken out once already
 */
struct ask {
	struct ask *next;
	struct placement what;
	bool retried;
};

static int backend_request(struct vu_window *w, uint32_t request, uint32_t size,
			   struct vu_message *msg, int fd)
{
	msg->hdr = (struct vu_header){
		.request = request,
		.flags = VU_VERSION | VU_FLAG_NEED_REPLY,
		.size = size,
	};
	return vu_send(w->fd, msg, fd);
}

static int ask_window(struct vu_window *w, bool map)
{
	const struct placement *p = &w->asks->what;
	struct vu_message msg = {
		.shmem = {
			.shmid = VIRTIO_GPU_SHM_ID_HOST_VISIBLE,
			.fd_offset = map ? p->fd_offset : 0,
			.shm_offset = p->offset,
			.len = p->len,
			.flags = VU_SHMEM_RW,
		},
	};

	w->asking = map ? ASK_MAP : ASK_UNMAP;
	return backend_request(w, map ? VU_BACKEND_SHMEM_MAP : VU_BACKEND_SHMEM_UNMAP,
			       sizeof(msg.shmem), &msg, map ? p->fd : -1);
}

/*
 * QEMU answers a SHMEM_MAP before the mapping is committed; the answer to a
 * second request comes after it.  Which request does not matter: this one
 * names an object that does not exist.
 */
static int ask_fence(struct vu_window *w)
{
	struct vu_message msg = { .uuid = { 0xff } };

	w->asking = ASK_FENCE;
	return backend_request(w, VU_BACKEND_SHARED_OBJECT_REMOVE, sizeof(msg.uuid), &msg, -1);
}

/*
 * One at a time: there is always room for it, beside what config_changed() sends, so that
 * sending never waits. Where sending fails the channel cannot be used any more, and
 * on_backend_reply() sees its end then.
 */
static void ask_next(struct vu_window *w)
{
	if (!w->started || w->asking != ASK_NOTHING)
		return;
	if (w->asks) {
		if (ask_window(w, w->asks->what.fd >= 0 && !w->asks->what.replace))
			shutdown(w->fd, SHUT_RDWR);
	} else if (!w->gpu->ready) {
		/* What is to be there at the start is there. */
		device_run(w->gpu, true);
		for (unsigned int i = 0; i < GPU_QUEUES; i++)
			serve_queue(w->gpu, i);
	}
}

static int add_ask(struct vu_window *w, const struct placement *what)
{
	struct ask **p, *a;

	if (w->fd < 0)
		return -ENOTCONN;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->what = *what;
	if (what->fd >= 0) {
		a->what.fd = fcntl(what->fd, F_DUPFD_CLOEXEC, 0);
		if (a->what.fd < 0) {
			free(a);
			return -errno;
		}
	}
	for (p = &w->asks; *p; p = &(*p)->next)
		;
	*p = a;
	ask_next(w);
	return 0;
}

/* The ask is done, or has failed: forget it, and tell the device. */
static void ask_end(struct vu_window *w, struct ask **p, bool ok)
{
	struct ask *a = *p;

	*p = a->next;
	if (a->what.fd >= 0)
		close(a->what.fd);
	gpu_placed(w->gpu, a->what.token, ok);
	free(a);
}

/* QEMU has carried out the first of what it was asked for, or refused to. */
static void ask_done(struct vu_window *w, bool ok)
{
	w->asking = ASK_NOTHING;
	if (!ok && !w->asks->what.token) {
		/* The guest would find nothing where it believes its memory. */
		fprintf(stderr, "host-device: QEMU refuses to map the window\n");
		w->started = false;
	}
	ask_end(w, &w->asks, ok);
	ask_next(w);
}

static bool is_known(const struct gpu *gpu, uint64_t token)
{
	for (const struct blob *b = gpu->blobs.first; b; b = b->next)
		if (b->placing == token || b->evicting == token)
			return true;
	return false;
}

/* What was asked for before a stop, and has no blob any more, is left out: its place is another's. */
static void drop_unknown(struct vu_window *w)
{
	struct ask **p = &w->asks;

	while (*p) {
		if ((*p)->what.fd >= 0 && !is_known(w->gpu, (*p)->what.token))
			ask_end(w, p, true);
		else
			p = &(*p)->next;
	}
}

/* Ask for all that is to be there, and is not asked for already. */
static int fill_window(struct vu_window *w)
{
	struct gpu *gpu = w->gpu;
	struct placement what = { .fd = gpu->window.fd, .len = gpu->window.size };
	int ret = 0;

	if (!gpu->vmm.place)
		return add_ask(w, &what);
	for (const struct blob *b = gpu->blobs.first; b && !ret; b = b->next) {
		if (!b->placed || b->placing || b->evicting)
			continue;
		what = blob_placement(gpu, b);
		ret = add_ask(w, &what);
	}
	return ret;
}

/**
 * vu_window_enter() - put into the BAR all that is to be there
 *
 * QEMU may have dropped it, or not, at the last stop.
 */
void vu_window_enter(struct vu_window *w)
{
	int ret;

	if (w->fd < 0 || w->started)
		return;
	drop_unknown(w);
	ret = fill_window(w);
	if (ret) {
		fprintf(stderr, "host-device: cannot fill the window: %s\n", strerror(-ret));
		return;
	}
	w->started = true;
	ask_next(w);
}

/**
 * vu_window_leave() - the driver's queues have stopped
 *
 * QEMU will answer what it is carrying out, which does not matter: what is to be in the BAR is
 * put there again.  What the guest, or the device, waits for is kept until then.
 */
void vu_window_leave(struct vu_window *w)
{
	struct ask **p = &w->asks;

	w->started = false;
	w->stale = w->asking != ASK_NOTHING;
	device_run(w->gpu, false);
	while (*p) {
		(*p)->retried = false;
		if ((*p)->what.token)
			p = &(*p)->next;
		else
			ask_end(w, p, false);
	}
}

/**
 * vu_window_close() - there is no QEMU any more that could be asked
 */
void vu_window_close(struct vu_window *w)
{
	if (w->fd < 0)
		return;
	loop_del(w->fd);
	close(w->fd);
	w->fd = -1;
	w->asking = ASK_NOTHING;
	w->stale = false;
	/* What is still missing in the BAR at the start is asked of the next channel. */
	if (!w->gpu->ready)
		w->started = false;
	while (w->asks)
		ask_end(w, &w->asks, false);
}

/* QEMU has done the step of the first ask that it was asked for, or, unless @ok, has not. */
static int ask_step(struct vu_window *w, bool ok)
{
	switch (w->asking) {
	case ASK_MAP:
		if (ok)
			return ask_fence(w);
		if (w->asks->retried) {
			ask_done(w, false);
			return 0;
		}
		/* Left over from before a stop: map it again. */
		w->asks->retried = true;
		return ask_window(w, false);
	case ASK_UNMAP:
		return w->asks->what.fd >= 0 ? ask_window(w, true) : ask_fence(w);
	case ASK_FENCE:
		ask_done(w, true);
		break;
	case ASK_NOTHING:
		break;
	}
	return 0;
}

static void on_backend_reply(void *data)
{
	struct vu_window *w = data;
	struct vu_message msg;
	int ret = vu_receive(w->fd, &msg);

	vu_close_fds(&msg);
	if (ret) {
		vu_window_close(w);
		return;
	}
	if (w->stale) {
		w->stale = false;
		w->asking = ASK_NOTHING;
		ask_next(w);
		return;
	}
	ret = ask_step(w, !msg.u64);
	if (!ret)
		return;
	fprintf(stderr, "host-device: back-end channel: %s\n", strerror(-ret));
	vu_window_close(w);
}

/**
 * vu_window_place() - have QEMU change what is in the BAR, see struct gpu_vmm
 */
int vu_window_place(void *data, const struct placement *what)
{
	return add_ask(data, what);
}

/**
 * vu_config_changed() - tell the guest to look at the configuration
 *
 * Wants no reply, which would have to be told from those above.  Never waits:
 * QEMU may be waiting for us.  Where many are under way already they have the same
 * effect, and what counts is what the guest reads after them; the room left is for
 * ask_next().  Not to a device that QEMU has stopped: QEMU 11.1 follows a null pointer then.
 */
void vu_config_changed(void *data)
{
	struct vu_window *w = data;
	struct vu_header hdr = { .request = VU_BACKEND_CONFIG_CHANGE, .flags = VU_VERSION };
	int unread = 0;

	if (w->fd < 0 || !w->gpu->ready)
		return;
	ioctl(w->fd, SIOCOUTQ, &unread);
	if (unread > CONFIG_UNREAD_MAX ||
	    send(w->fd, &hdr, sizeof(hdr), MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(hdr))
		return;
	if (errno != EAGAIN)
		fprintf(stderr, "host-device: cannot send QEMU a configuration change notification\n");
}

/**
 * vu_window_open() - QEMU can be asked from now on, through a channel of its own
 * @fd: ours from here on
 */
int vu_window_open(struct vu_window *w, int fd)
{
	vu_window_close(w);
	w->fd = fd;
	vu_limit(fd);
	return fd < 0 ? -EINVAL : loop_add(fd, on_backend_reply, w);
}
