// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The front end: what QEMU does at start, stop and continue, what it answers on the back-end
 * channel, and any message at any time.
 */
#include <string.h>

#include "../device.h"
#include "../vhost_user.h"
#include "../vu_message.h"
#include "check.h"
#include "driver.h"
#include "dut.h"
#include "fake_fd.h"
#include "front_end.h"
#include "front_fd.h"
#include "front_message.h"

#define RING	32

static struct vhost_user vu;
static int main_fd;
static bool ended;
static bool stopped;	/* by us, and not started since */
static int kicks[GPU_QUEUES];
static int channel;	/* the device's end of the back-end channel that it was given last */
static unsigned int asked;	/* requests on it that are not answered yet */

static void note_closed(void)
{
	ended = true;
}

/**
 * front_begin() - QEMU connects
 */
void front_begin(struct gpu *gpu)
{
	memset(&vu, 0, sizeof(vu));
	vu.gpu = gpu;
	vu.fd = -1;
	vu.closed = note_closed;
	ended = false;
	stopped = true;
	channel = -1;
	asked = 0;
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		kicks[i] = -1;
	main_fd = fake_stream();
	check(!vhost_user_attach(&vu, main_fd));
}

/**
 * front_end() - and goes
 */
void front_end(void)
{
	vhost_user_detach(&vu);
}

/**
 * front_ended() - set when the device has had enough of it
 */
const bool *front_ended(void)
{
	return &ended;
}

/* ---- back-end channel -------------------------------------------------- */

static void check_shmem(const struct vu_shmem *s)
{
	check(s->shmid == VIRTIO_GPU_SHM_ID_HOST_VISIBLE && s->len);
	check(s->shm_offset <= WINDOW_SIZE && s->len <= WINDOW_SIZE - s->shm_offset);
	check(s->shm_offset % 4096 == 0 && s->len % 4096 == 0 && s->fd_offset % 4096 == 0);
}

static void check_request(const struct vu_message *msg)
{
	/* Anything else QEMU 11.1 does not survive. */
	check(!stopped || msg->hdr.request == VU_BACKEND_SHARED_OBJECT_REMOVE);
	switch (msg->hdr.request) {
	case VU_BACKEND_CONFIG_CHANGE:
		check(!msg->hdr.size && !(msg->hdr.flags & VU_FLAG_NEED_REPLY));
		return;
	case VU_BACKEND_SHMEM_MAP:
	case VU_BACKEND_SHMEM_UNMAP:
		check(msg->hdr.size == sizeof(msg->shmem));
		check_shmem(&msg->shmem);
		break;
	default:
		check(msg->hdr.request == VU_BACKEND_SHARED_OBJECT_REMOVE && msg->hdr.size == 16);
	}
	check(msg->hdr.flags & VU_FLAG_NEED_REPLY);
	asked++;
}

static void hear_requests(void)
{
	struct vu_message msg;

	while (fake_hear(channel, &msg.hdr, sizeof(msg.hdr)) == sizeof(msg.hdr)) {
		check(msg.hdr.size <= VU_PAYLOAD_MAX);
		check(fake_hear(channel, &msg.u64, msg.hdr.size) == msg.hdr.size);
		check_request(&msg);
		check(asked <= 1);
	}
}

static void answer_request(uint64_t status)
{
	struct vu_message msg;

	message_simple(&msg, VU_BACKEND_SHMEM_MAP, status);
	msg.hdr.flags |= VU_FLAG_REPLY;
	fake_say(channel, &msg, sizeof(msg.hdr) + msg.hdr.size);
	asked = 0;
	dut_settle(&ended);
}

static void answer_all(void)
{
	if (fake_is_open(channel))
		hear_requests();
	while (asked) {
		answer_request(0);
		if (fake_is_open(channel))
			hear_requests();
	}
}

/* ---- main channel ----------------------------------------------------- */

static void check_answers(const struct vu_message *msg)
{
	uint32_t request = msg->hdr.request, want = message_answered(msg);
	static struct vu_message answer;
	size_t n = fake_hear(main_fd, &answer, VU_PAYLOAD_MAX + sizeof(answer.hdr));

	if (!n) {
		check(ended || (!want && !(msg->hdr.flags & VU_FLAG_NEED_REPLY)));
		return;
	}
	check(n >= sizeof(answer.hdr) && n == sizeof(answer.hdr) + answer.hdr.size);
	check(answer.hdr.request == request && answer.hdr.flags == (VU_VERSION | VU_FLAG_REPLY));
	check(answer.hdr.size <= (want ? want : sizeof(uint64_t)));
}

static void send_message(struct vu_message *msg)
{
	static const uint8_t rest[4096];
	bool too_long = msg->hdr.size > VU_PAYLOAD_MAX;

	if (ended)
		return vu_close_fds(msg);
	fake_pass_fds(main_fd, msg->fds, msg->fd_count);
	check(fake_say(main_fd, msg,
		       sizeof(msg->hdr) + (too_long ? VU_PAYLOAD_MAX : msg->hdr.size)));
	if (too_long)
		check(fake_say(main_fd, rest, sizeof(rest)));
	dut_count(1);
	dut_settle(&ended);
	check_answers(msg);
}

static void note_fds(const struct vu_message *msg)
{
	int fd = msg->fd_count ? msg->fds[0] : -1;
	unsigned int queue = msg->u64 & VU_VRING_MASK;

	if (msg->hdr.request == VU_SET_VRING_KICK && queue < GPU_QUEUES)
		kicks[queue] = fd;
	if (msg->hdr.request != VU_SET_BACKEND_REQ_FD)
		return;
	channel = fd;
	asked = 0;
}

/* What the driver knows of its rings may not be so any more after such a message. */
static bool concerns_rings(uint32_t request)
{
	switch (request) {
	case VU_GET_FEATURES:
	case VU_GET_PROTOCOL_FEATURES:
	case VU_GET_QUEUE_NUM:
	case VU_GET_CONFIG:
	case VU_SET_CONFIG:
	case VU_GET_SHMEM_CONFIG:
	case VU_SET_VRING_CALL:
	case VU_SET_VRING_ERR:
	case VU_SET_BACKEND_REQ_FD:
	case VU_SET_OWNER:
		return false;
	default:
		return true;
	}
}

/**
 * front_message() - any message
 */
void front_message(struct input *in)
{
	struct vu_message msg;

	message_any(&msg, in);
	note_fds(&msg);
	if (concerns_rings(msg.hdr.request)) {
		driver_is_lost();
		stopped = false;
	}
	send_message(&msg);
}

static void send_simple(uint32_t request, uint64_t value)
{
	struct vu_message msg;

	message_simple(&msg, request, value);
	send_message(&msg);
}

static void send_state(uint32_t request, uint32_t index, uint32_t num)
{
	struct vu_message msg;

	message_state(&msg, request, index, num);
	send_message(&msg);
}

static void send_fd(uint32_t request, uint64_t value, enum front_fd kind)
{
	struct vu_message msg;

	message_fd(&msg, request, value, front_fd(kind));
	note_fds(&msg);
	send_message(&msg);
}

static void start_ring(unsigned int queue, uint16_t base)
{
	struct vu_message msg;
	uint64_t at[3];

	driver_addresses(queue, at);
	send_state(VU_SET_VRING_NUM, queue, RING);
	send_state(VU_SET_VRING_BASE, queue, base);
	message_addr(&msg, queue, at);
	send_message(&msg);
	send_fd(VU_SET_VRING_KICK, queue, FD_EVENT);
	send_fd(VU_SET_VRING_CALL, queue, FD_EVENT);
	send_state(VU_SET_VRING_ENABLE, queue, 1);
}

static void start_queues(bool from_0)
{
	struct vu_message msg;

	message_memory(&msg);
	msg.hdr.flags |= VU_FLAG_NEED_REPLY;
	send_message(&msg);
	stopped = false;
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		start_ring(i, from_0 ? 0 : vu.gpu->virtq[i].last_avail);
}

/**
 * front_stop() - QEMU stops the device
 */
void front_stop(void)
{
	/* What it has sent before it cannot take back. */
	if (fake_is_open(channel))
		hear_requests();
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		send_state(VU_GET_VRING_BASE, i, 0);
	stopped = true;
}

/**
 * front_go_on() - QEMU has the device go on where it was stopped
 * @answer: and does right away what the device asks it for
 */
void front_go_on(bool answer)
{
	start_queues(false);
	if (answer)
		answer_all();
}

/**
 * front_boot() - QEMU starts the device for a driver that starts
 */
void front_boot(struct input *in)
{
	uint8_t byte = input_byte(in);
	uint64_t features = device_features(vu.gpu);

	if (byte & 1)
		features &= ~BIT(VIRTIO_GPU_F_MAP_ATTR);
	front_stop();
	send_simple(VU_SET_FEATURES, features);
	send_simple(VU_SET_PROTOCOL_FEATURES, -1);
	if (channel < 0 || byte & 2)
		send_fd(VU_SET_BACKEND_REQ_FD, 0, FD_STREAM);
	driver_begin(dut_is_exact());
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		driver_ring_is_new(i, RING);
	start_queues(true);
	if (!(byte & 4))
		answer_all();
}

/**
 * front_kick() - the guest kicks a queue
 */
void front_kick(unsigned int queue)
{
	if (ended || kicks[queue] < 0 || !fake_is_open(kicks[queue]))
		return;
	fake_eventfd_write(kicks[queue], 1);
	dut_settle(&ended);
	driver_collect(vu.gpu, queue);
}

/* ---- what QEMU answers there -------------------------------------------- */

/* What nothing has asked for, or no answer at all. */
static void answer_anything(struct input *in)
{
	uint8_t bytes[64];

	fake_say(channel, bytes, input_bytes(in, bytes, input_byte(in) & 63));
	if (input_byte(in) & 1)
		fake_hang_up(channel);
	asked = 0;
	dut_settle(&ended);
}

/**
 * front_answer() - QEMU does what the device asks it for on the back-end channel, or something
 * else
 */
void front_answer(struct input *in)
{
	uint8_t byte = input_byte(in);

	if (!fake_is_open(channel))
		return;
	if (byte < 0x80)
		return answer_all();
	hear_requests();
	if (byte >= 0xf8)
		return answer_anything(in);
	for (unsigned int i = 0; asked && i <= (byte & 7U); i++) {
		answer_request(byte >= 0xc0);
		if (fake_is_open(channel))
			hear_requests();
	}
}
