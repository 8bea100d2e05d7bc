// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The queues as QEMU sets them up: memory, addresses, where they go on, signals.
 */
#include <errno.h>
#include <unistd.h>

#include "deferred.h"
#include "device.h"
#include "loop.h"
#include "serve.h"
#include "vu_memory.h"
#include "vu_vring.h"

static void on_kick(void *data)
{
	struct virtq *vr = data;
	struct gpu *gpu = (struct gpu *)((char *)(vr - vr->index) - offsetof(struct gpu, virtq));
	uint64_t n;
	ssize_t len = read(vr->kick, &n, sizeof(n));

	/* What is no eventfd can be ready for ever. */
	if (len != sizeof(n) && !(len < 0 && (errno == EAGAIN || errno == EINTR)))
		vring_stop(vr);
	serve_queue(gpu, vr->index);
}

/**
 * vring_set_fd() - have another descriptor in a place, or -1; the one there is closed
 */
void vring_set_fd(int *slot, int fd)
{
	if (*slot >= 0)
		close(*slot);
	*slot = fd;
}

/**
 * vring_stop() - leave a queue alone
 */
void vring_stop(struct virtq *vr)
{
	if (vr->kick >= 0)
		loop_del(vr->kick);
	vring_set_fd(&vr->kick, -1);
	vr->started = false;
}

/**
 * vring_memory() - the guest's RAM is elsewhere, and so are the rings
 *
 * Return: 0; a negative errno when a ring is nowhere: that one is stopped.
 */
int vring_memory(struct gpu *gpu, struct vu_message *msg)
{
	struct guest_memory *mem = &gpu->memory;
	int ret;

	if (msg->mem.count > GUEST_REGIONS || msg->mem.count != msg->fd_count)
		return -EINVAL;
	ret = vu_memory_map(mem, msg);
	for (unsigned int i = 0; i < GPU_QUEUES; i++) {
		struct virtq *vr = &gpu->virtq[i];

		if (!ret && vr->started)
			ret = virtq_start(vr, mem);
		/* Its rings are where nothing is any more, and so are its requests. */
		if (ret) {
			vring_stop(vr);
			deferred_drop(gpu, i);
		}
	}
	return ret;
}

/**
 * vring_base() - where a queue goes on
 *
 * QEMU 11.1 does not tell us that a driver has reset the device: it stops the rings, as it
 * does when the guest is paused, and starts them again.  What is different is where the control
 * queue goes on.  If that is where it was stopped, and that is 0, which comes round after each
 * 65536 requests, the ring itself has to tell, see vring_kick().
 */
int vring_base(struct gpu *gpu, struct virtq *vr, uint32_t base)
{
	if (base > UINT16_MAX)
		return -EINVAL;
	if (!vr->index && !base && vr->last_avail)
		device_reset(gpu);
	/* The queue goes on elsewhere than where it was stopped: the guest has set it up again. */
	if (base != vr->last_avail)
		deferred_drop(gpu, vr->index);
	vr->last_avail = base;
	vr->at_0 = !base;
	return 0;
}

/**
 * vring_kick() - start a queue, which the guest signals by the descriptor in @msg
 *
 * Return: 0 or a negative errno; -ENOTSUP when there is to be none.
 */
int vring_kick(struct gpu *gpu, struct virtq *vr, struct vu_message *msg)
{
	int fd = vu_take_fd(msg), ret;

	vring_stop(vr);
	if (fd < 0)
		return msg->u64 & VU_NOFD ? -ENOTSUP : -EINVAL;
	vring_set_fd(&vr->kick, fd);
	ret = virtq_start(vr, &gpu->memory);
	if (!ret)
		ret = loop_add(vr->kick, on_kick, vr);
	if (ret)
		return ret;
	if (!vr->index && vr->at_0 && virtq_is_new(vr))
		device_reset(gpu);
	vr->at_0 = false;
	vr->started = true;
	vr->broken = false;
	return 0;
}
