// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The vhost-user protocol, front-end side, as QEMU speaks it to a virtio-gpu with a
 * host-visible window.
 *
 * What the device asks for on the back-end channel is done whenever we wait for anything: it
 * may have to wait for that itself.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vhost_user_numbers.h>

#include "clause.h"
#include "front_end.h"
#include "test.h"

#define PROTOCOL_WANTED (BIT(VU_PROTOCOL_MQ) | BIT(VU_PROTOCOL_REPLY_ACK) | \
			 BIT(VU_PROTOCOL_BACKEND_REQ) | BIT(VU_PROTOCOL_CONFIG) | \
			 BIT(VU_PROTOCOL_BACKEND_SEND_FD) | BIT(VU_PROTOCOL_RESET_DEVICE) | \
			 BIT(VU_PROTOCOL_SHARED_OBJECT) | BIT(VU_PROTOCOL_SHMEM))

#define REGIONS_MAX	8	/* more QEMU 11.1 does not tell of */
#define SLICE_MS	10

struct message {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
	union {
		uint64_t u64;
		struct {
			uint32_t index;
			uint32_t num;
		} state;
		struct {
			uint32_t index;
			uint32_t flags;
			uint64_t desc;
			uint64_t used;
			uint64_t avail;
			uint64_t log;
		} addr;
		struct {
			uint32_t count;
			uint32_t padding;
			struct {
				uint64_t gpa;
				uint64_t size;
				uint64_t va;
				uint64_t mmap_offset;
			} region[REGIONS_MAX];
		} mem;
		struct {
			uint32_t offset;
			uint32_t size;
			uint32_t flags;
			uint8_t data[256];
		} config;
		struct {
			uint32_t count;
			uint32_t padding;
			uint64_t size[256];
		} shmem_config;
		struct {
			uint8_t shmid;
			uint8_t padding[7];
			uint64_t fd_offset;
			uint64_t offset;
			uint64_t len;
			uint64_t flags;
		} shmem;
		uint8_t bytes[4096];
	};
} __attribute__((packed));

#define HEADER offsetof(struct message, u64)

static int receive_message(int fd, struct message *m, int *passed)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { m, HEADER };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			     .msg_controllen = sizeof(control) };
	struct cmsghdr *c;

	*passed = -1;
	if (recvmsg(fd, &mh, MSG_CMSG_CLOEXEC | MSG_WAITALL) != HEADER)
		return -ECONNRESET;
	c = CMSG_FIRSTHDR(&mh);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(passed, CMSG_DATA(c), sizeof(*passed));
	if (m->size > sizeof(m->bytes))
		return -EMSGSIZE;
	return m->size && recv(fd, m->bytes, m->size, MSG_WAITALL) != m->size ? -ECONNRESET : 0;
}

static void send_fds(int sock, const struct message *m, const int *fds, unsigned int count)
{
	union {
		char buf[CMSG_SPACE(REGIONS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control = { .buf = { 0 } };
	struct iovec iov = { (void *)m, HEADER + m->size };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (count) {
		mh.msg_control = &control;
		mh.msg_controllen = CMSG_SPACE(count * sizeof(int));
		CMSG_FIRSTHDR(&mh)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&mh)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&mh)->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&mh)), fds, count * sizeof(int));
	}
	if (sendmsg(sock, &mh, MSG_NOSIGNAL) != (ssize_t)iov.iov_len)
		test_lost("the device has closed the socket, or does not read it: request %u", m->request);
}

static void send_fd(int sock, const struct message *m, int fd)
{
	send_fds(sock, m, &fd, fd >= 0);
}

/* ---- the memory that the device is told of ---------------------------- */

static void add_region(struct message *m, int *fds, const struct mapping *what, uint64_t gpa,
		       uint64_t va)
{
	unsigned int n = m->mem.count++;

	fds[n] = what->fd;
	m->mem.region[n].gpa = gpa;
	m->mem.region[n].size = what->len;
	m->mem.region[n].va = va;
	m->mem.region[n].mmap_offset = what->fd_offset;
}

/*
 * The guest's RAM, and what is in the window: QEMU sends a new table after each change of that,
 * or none if it does not fit.
 */
static void send_mem_table(struct front_end *f)
{
	struct message m = { .request = VU_SET_MEM_TABLE, .flags = VU_VERSION };
	const struct mapping ram = { .len = RAM_SIZE, .fd = f->ram_fd };
	int fds[REGIONS_MAX];

	if (f->mapping_count + 1 > REGIONS_MAX)
		return;
	add_region(&m, fds, &ram, RAM_GPA, RAM_VA);
	for (unsigned int i = 0; i < f->mapping_count; i++)
		add_region(&m, fds, &f->mappings[i], WINDOW_GPA + f->mappings[i].offset,
			   WINDOW_VA + f->mappings[i].offset);
	m.size = 8 + m.mem.count * sizeof(m.mem.region[0]);
	if (f->protocol & BIT(VU_PROTOCOL_REPLY_ACK)) {
		m.flags |= VU_FLAG_NEED_REPLY;
		f->table_answers++;
	}
	send_fds(f->fd, &m, fds, m.mem.count);
}

/* ---- what the device asks of us --------------------------------------- */

static bool is_in_window(const struct front_end *f, const struct message *m)
{
	return m->shmem.shmid == VIRTIO_GPU_SHM_ID_HOST_VISIBLE &&
	       m->shmem.offset <= f->window_size && m->shmem.len <= f->window_size - m->shmem.offset;
}

static bool do_overlap(const struct mapping *a, const struct mapping *b)
{
	return a->offset < b->offset + b->len && b->offset < a->offset + a->len;
}

/* QEMU maps nothing over what is there. */
static int shmem_map(struct front_end *f, const struct message *m, int fd)
{
	bool writable = m->shmem.flags & VU_SHMEM_RW;
	struct mapping new = {
		.offset = m->shmem.offset, .len = m->shmem.len, .fd_offset = m->shmem.fd_offset,
		.writable = writable,
	};

	if (!is_in_window(f, m) || fd < 0 || f->mapping_count == MAPPINGS_MAX)
		return -EINVAL;
	for (unsigned int i = 0; i < f->mapping_count; i++)
		if (do_overlap(&f->mappings[i], &new))
			return -EEXIST;
	if (mmap(f->window + new.offset, new.len, PROT_READ | (writable ? PROT_WRITE : 0),
		 MAP_SHARED | MAP_FIXED, fd, m->shmem.fd_offset) == MAP_FAILED)
		return -errno;
	new.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	f->mappings[f->mapping_count++] = new;
	return 0;
}

/* And takes out only what was put there. */
static int shmem_unmap(struct front_end *f, const struct message *m)
{
	for (unsigned int i = 0; i < f->mapping_count; i++) {
		if (f->mappings[i].offset != m->shmem.offset || f->mappings[i].len != m->shmem.len)
			continue;
		close(f->mappings[i].fd);
		f->mappings[i] = f->mappings[--f->mapping_count];
		mmap(f->window + m->shmem.offset, m->shmem.len, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
		return 0;
	}
	return -ENOENT;
}

/* The answer first, then the new table, which the device may not wait for: as QEMU. */
static void carry_out(struct front_end *f, struct message *m, int fd)
{
	bool of_window = m->request == VU_BACKEND_SHMEM_MAP || m->request == VU_BACKEND_SHMEM_UNMAP;
	int ret = 0;

	if (m->request == VU_BACKEND_CONFIG_CHANGE)
		f->events++;
	else if (m->request == VU_BACKEND_SHMEM_MAP)
		ret = shmem_map(f, m, fd);
	else if (m->request == VU_BACKEND_SHMEM_UNMAP)
		ret = shmem_unmap(f, m);
	if (fd >= 0)
		close(fd);
	if (m->flags & VU_FLAG_NEED_REPLY) {
		m->flags = VU_VERSION | VU_FLAG_REPLY;
		m->size = sizeof(m->u64);
		m->u64 = !!ret;
		send_fd(f->back, m, -1);
	}
	if (of_window && !ret)
		send_mem_table(f);
}

static void hold_request(struct front_end *f, const struct message *m, int fd)
{
	f->held = malloc(sizeof(*m));
	if (!f->held)
		test_impossible("no memory");
	*f->held = *m;
	f->held_fd = fd;
	f->is_held = true;
}

static void serve_back_end(struct front_end *f)
{
	struct message m;
	int fd, ret = receive_message(f->back, &m, &fd);

	/* Which the main socket will tell, too. */
	if (ret) {
		close(f->back);
		f->back = -1;
		return;
	}
	if (m.request == VU_BACKEND_SHMEM_MAP && f->hold_maps && !f->is_held)
		hold_request(f, &m, fd);
	else
		carry_out(f, &m, fd);
}

/**
 * front_end_release() - do what the device has asked for and was held
 */
void front_end_release(struct front_end *f)
{
	f->hold_maps = false;
	if (!f->is_held)
		return;
	f->is_held = false;
	carry_out(f, f->held, f->held_fd);
	free(f->held);
}

/*
 * poll() for @ms, in slices: a machine that stands still and goes on has used up one of them, and
 * not the time that the device has.
 */
static int poll_for(struct pollfd *p, nfds_t count, int ms)
{
	int n = poll(p, count, 0);

	for (; !n && ms > 0; ms -= SLICE_MS)
		n = poll(p, count, SLICE_MS);
	return n;
}

/**
 * front_end_wait() - wait until there is something to read, or until --timeout is over
 * @fd: of an eventfd or a socket; -1 to see to the back-end channel only
 *
 * Return: whether there is.
 */
bool front_end_wait(struct front_end *f, int fd)
{
	for (;;) {
		struct pollfd p[2] = {
			{ .fd = fd, .events = POLLIN }, { .fd = f->back, .events = POLLIN },
		};
		int n = poll_for(p, 2, fd < 0 ? 0 : f->timeout_ms);

		if (n <= 0)
			return false;
		if (p[1].revents)
			serve_back_end(f);
		else
			return true;
	}
}

/* ---- what we ask of the device ---------------------------------------- */

static void send_request(struct front_end *f, struct message *m, uint32_t type, uint32_t size, int fd)
{
	m->request = type;
	m->flags = VU_VERSION;
	m->size = size;
	send_fd(f->fd, m, fd);
}

/* Return: 0 or a negative errno; the answers to our own memory tables are left out. */
static int receive_answer(struct front_end *f, struct message *m)
{
	int fd, ret;

	do {
		if (!front_end_wait(f, f->fd))
			return -ETIMEDOUT;
		ret = receive_message(f->fd, m, &fd);
		if (fd >= 0)
			close(fd);
	} while (!ret && m->request == VU_SET_MEM_TABLE && f->table_answers && f->table_answers--);
	return ret;
}

/* The answer is in @m then. */
static void ask_device(struct front_end *f, struct message *m, uint32_t type, uint32_t size)
{
	int ret;

	send_request(f, m, type, size, -1);
	ret = receive_answer(f, m);
	if (ret == -ETIMEDOUT)
		test_lost("request %u is not answered", type);
	if (ret)
		test_lost("the device has closed the socket at request %u", type);
	clause_check("B1", m->request == type, "request %u is answered as %u", type, m->request);
}

static void tell_u64(struct front_end *f, uint32_t type, uint64_t value)
{
	struct message m = { .u64 = value };

	send_request(f, &m, type, sizeof(m.u64), -1);
}

static void tell_state(struct front_end *f, uint32_t type, uint32_t index, uint32_t num)
{
	struct message m = { .state = { index, num } };

	send_request(f, &m, type, sizeof(m.state), -1);
}

/**
 * front_end_raw() - send a message that need not be well formed
 */
void front_end_raw(struct front_end *f, uint32_t type, const void *payload, uint32_t size)
{
	struct message m;

	memcpy(m.bytes, payload, size);
	send_request(f, &m, type, size, -1);
}

/**
 * front_end_is_alive() - does the device still answer?
 */
bool front_end_is_alive(struct front_end *f)
{
	struct message m = { .request = VU_GET_FEATURES, .flags = VU_VERSION };

	if (send(f->fd, &m, HEADER, MSG_NOSIGNAL) != HEADER)
		return false;
	return !receive_answer(f, &m) && m.request == VU_GET_FEATURES;
}

/**
 * front_end_settles() - does the device answer, or leave?
 *
 * Return: false if it does neither.
 */
bool front_end_settles(struct front_end *f)
{
	struct pollfd p = { .fd = f->fd, .events = POLLIN };
	struct message m = { .request = VU_GET_FEATURES, .flags = VU_VERSION };
	int fd;

	if (send(f->fd, &m, HEADER, MSG_NOSIGNAL) != HEADER)
		return true;
	do {
		if (poll_for(&p, 1, f->timeout_ms) <= 0)
			return false;
		if (receive_message(f->fd, &m, &fd))
			return true;
	} while (m.request != VU_GET_FEATURES);
	return true;
}

static void connect_to(struct front_end *f, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	for (int ms = 0; ms < f->timeout_ms; ms += 10) {
		f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (!connect(f->fd, (struct sockaddr *)&addr, sizeof(addr)))
			return;
		close(f->fd);
		f->fd = -1;
		usleep(10000);
	}
	test_impossible("nothing listens at %s", path);
}

static void open_back_end(struct front_end *f)
{
	struct message m = { 0 };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		test_impossible("socketpair: %s", strerror(errno));
	send_request(f, &m, VU_SET_BACKEND_REQ_FD, 0, pair[1]);
	close(pair[1]);
	f->back = pair[0];
}

/**
 * front_end_open() - connect to a device, up to what QEMU does before the guest runs
 * @f: zeroed but for the time-out
 */
void front_end_open(struct front_end *f, const char *socket)
{
	struct message m = { 0 };

	f->back = -1;
	f->ram_fd = -1;
	for (unsigned int i = 0; i < QUEUES; i++) {
		f->kick[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		f->call[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
	f->ram_fd = memfd_create("guest", MFD_CLOEXEC);
	if (f->ram_fd < 0 || ftruncate(f->ram_fd, RAM_SIZE))
		test_impossible("no memory");
	f->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, f->ram_fd, 0);
	connect_to(f, socket);
	ask_device(f, &m, VU_GET_FEATURES, 0);
	f->features = m.u64;
	clause_check("B2", f->features & BIT(VIRTIO_F_VERSION_1), "features are %#llx",
		     (unsigned long long)f->features);
	if (!(f->features & BIT(VHOST_USER_F_PROTOCOL_FEATURES)))
		test_impossible("no protocol features, and so no host-visible window");
	ask_device(f, &m, VU_GET_PROTOCOL_FEATURES, 0);
	f->protocol = m.u64 & PROTOCOL_WANTED;
	if (!(f->protocol & BIT(VU_PROTOCOL_CONFIG)) || !(f->protocol & BIT(VU_PROTOCOL_BACKEND_REQ)))
		test_impossible("protocol features %#llx: no configuration", (unsigned long long)m.u64);
	tell_u64(f, VU_SET_PROTOCOL_FEATURES, f->protocol);
	open_back_end(f);
	m.size = 0;
	send_request(f, &m, VU_SET_OWNER, 0, -1);
	ask_device(f, &m, VU_GET_QUEUE_NUM, 0);
	clause_check("B1", m.u64 >= QUEUES, "%llu queues", (unsigned long long)m.u64);
}

static void find_window(struct front_end *f)
{
	struct message m = { 0 };

	/* Not every device has one, and not every test needs it. */
	if (!(f->protocol & BIT(VU_PROTOCOL_SHMEM)))
		return;
	ask_device(f, &m, VU_GET_SHMEM_CONFIG, 0);
	if (m.size < offsetof(struct message, shmem_config.size[2]) - HEADER ||
	    !m.shmem_config.size[VIRTIO_GPU_SHM_ID_HOST_VISIBLE])
		return;
	f->window_size = m.shmem_config.size[VIRTIO_GPU_SHM_ID_HOST_VISIBLE];
	f->window = mmap(NULL, f->window_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			 -1, 0);
	if (f->window == MAP_FAILED)
		test_impossible("no address space for the window");
}

/**
 * front_end_negotiate() - accept features, and give the device the guest's memory
 */
void front_end_negotiate(struct front_end *f, uint64_t features)
{
	find_window(f);
	tell_u64(f, VU_SET_FEATURES, features | BIT(VHOST_USER_F_PROTOCOL_FEATURES));
	send_mem_table(f);
}

/**
 * front_end_start_ring() - let the device serve a queue
 */
void front_end_start_ring(struct front_end *f, unsigned int queue, const struct ring_state *ring)
{
	struct message m = {
		.addr = { .index = queue, .desc = RAM_VA + ring->desc, .used = RAM_VA + ring->used,
			  .avail = RAM_VA + ring->avail },
	}, index = { .u64 = queue };

	tell_state(f, VU_SET_VRING_NUM, queue, ring->size);
	tell_state(f, VU_SET_VRING_BASE, queue, ring->base);
	send_request(f, &m, VU_SET_VRING_ADDR, sizeof(m.addr), -1);
	send_request(f, &index, VU_SET_VRING_CALL, sizeof(index.u64), f->call[queue]);
	send_request(f, &index, VU_SET_VRING_KICK, sizeof(index.u64), f->kick[queue]);
	tell_state(f, VU_SET_VRING_ENABLE, queue, 1);
	if (!front_end_is_alive(f))
		test_lost("the device is gone when queue %u starts", queue);
}

/**
 * front_end_stop_ring() - have the device leave a queue alone
 *
 * Return: where it would go on.
 */
uint32_t front_end_stop_ring(struct front_end *f, unsigned int queue)
{
	struct message m = { .state = { queue, 0 } };

	ask_device(f, &m, VU_GET_VRING_BASE, sizeof(m.state));
	return m.state.num;
}

/**
 * front_end_reset() - as a driver's reset of the device
 *
 * Return: whether the device can be told.
 */
bool front_end_reset(struct front_end *f)
{
	struct message m = { 0 };

	if (!(f->protocol & BIT(VU_PROTOCOL_RESET_DEVICE)))
		return false;
	send_request(f, &m, VU_RESET_DEVICE, 0, -1);
	return true;
}

/* It has grown. */
static uint32_t config_size(const struct front_end *f)
{
	return f->features & BIT(VIRTIO_GPU_F_BLOB_ALIGNMENT) ? offsetof(struct config, padding) :
				      offsetof(struct config, blob_alignment);
}

/**
 * front_end_has_reply_ack() - can the device be asked to answer any request?
 */
bool front_end_has_reply_ack(const struct front_end *f)
{
	return f->protocol & BIT(VU_PROTOCOL_REPLY_ACK);
}

/**
 * front_end_acked() - SET_FEATURES, which is to be answered
 *
 * Return: the answer.
 */
uint64_t front_end_acked(struct front_end *f, uint64_t features)
{
	struct message m = {
		.request = VU_SET_FEATURES,
		.flags = VU_VERSION | VU_FLAG_NEED_REPLY,
		.size = sizeof(m.u64),
		.u64 = features | BIT(VHOST_USER_F_PROTOCOL_FEATURES),
	};

	send_fd(f->fd, &m, -1);
	if (receive_answer(f, &m) || m.request != VU_SET_FEATURES || m.size != sizeof(m.u64))
		test_lost("SET_FEATURES that needs an answer has none");
	return m.u64;
}

/**
 * front_end_config_at() - read a part of the device's configuration
 * @offset: of the part
 * @size: in bytes
 * @to: its beginning gets the part
 */
void front_end_config_at(struct front_end *f, uint32_t offset, uint32_t size, struct config *to)
{
	struct message m = { .config = { .offset = offset, .size = size } };

	ask_device(f, &m, VU_GET_CONFIG, 12 + size);
	clause_check("B1", m.size == 12 + size, "the configuration is %u bytes long", m.size);
	memcpy(to, m.config.data, size);
}

/**
 * front_end_config() - read the device's configuration
 */
void front_end_config(struct front_end *f, struct config *config)
{
	memset(config, 0, sizeof(*config));
	front_end_config_at(f, 0, config_size(f), config);
}

/**
 * front_end_clear_events() - write to events_clear, as QEMU does: the whole configuration
 */
void front_end_clear_events(struct front_end *f, uint32_t events)
{
	struct message m = { .config = { .size = config_size(f) } };
	struct config config;

	front_end_config(f, &config);
	config.events_clear = events;
	memcpy(m.config.data, &config, config_size(f));
	send_request(f, &m, VU_SET_CONFIG, 12 + config_size(f), -1);
}

/**
 * front_end_mapping() - what the device has put at a place of the window
 *
 * Return: that, or NULL.
 */
const struct mapping *front_end_mapping(const struct front_end *f, uint64_t offset)
{
	const struct mapping page = { .offset = offset, .len = 4096 };

	for (unsigned int i = 0; i < f->mapping_count; i++)
		if (do_overlap(&f->mappings[i], &page))
			return &f->mappings[i];
	return NULL;
}

/**
 * front_end_close() - leave the device
 */
void front_end_close(struct front_end *f)
{
	for (unsigned int i = 0; i < QUEUES; i++) {
		close(f->kick[i]);
		close(f->call[i]);
	}
	while (f->mapping_count)
		close(f->mappings[--f->mapping_count].fd);
	if (f->is_held) {
		close(f->held_fd);
		free(f->held);
	}
	if (f->window)
		munmap(f->window, f->window_size);
	munmap(f->ram, RAM_SIZE);
	close(f->ram_fd);
	if (f->back >= 0)
		close(f->back);
	if (f->fd >= 0)
		close(f->fd);
}
