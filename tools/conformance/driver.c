// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A driver: sends commands one at a time, and looks at every declaration that comes.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clause.h"
#include "declaration.h"
#include "driver.h"
#include "test.h"

#define NOT_SUPPORTED 77

struct driver driver;
struct options options = { .timeout_ms = 5000 };

/* htole32() that can initialize what is static. */
#if __BYTE_ORDER == __LITTLE_ENDIAN
#define WIRE32(n)	(n)
#else
#define WIRE32(n)	__builtin_bswap32(n)
#endif

/* Of no resource: any device has an answer to that. */
const struct virtio_gpu_resource_unref nothing = {
	.hdr.type = WIRE32(VIRTIO_GPU_CMD_RESOURCE_UNREF),
	.resource_id = 0xffffffff,
};

#define FOLDER "/tmp/vgpu-conformance.XXXXXX"

static char folder[sizeof(FOLDER)];
static char socket_path[64];
static pid_t device;

/* ---- the device's process --------------------------------------------- */

static void device_start(void)
{
	strcpy(folder, FOLDER);
	if (!mkdtemp(folder))
		test_impossible("mkdtemp: %s", strerror(errno));
	snprintf(socket_path, sizeof(socket_path), "%s/socket", folder);
	setenv("VGPU_SOCKET", socket_path, 1);
	setenv("VGPU_DIR", folder, 1);
	device = fork();
	if (device)
		return;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setpgid(0, 0);
	execl("/bin/sh", "sh", "-c", options.device, (char *)NULL);
	_exit(127);
}

static void sleep_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

/* Return: its status; it is given the time for anything else, too. */
static int device_end(void)
{
	int status = 0;

	kill(-device, SIGTERM);
	for (int ms = 0; ms < options.timeout_ms; ms += 10) {
		if (waitpid(device, &status, WNOHANG) == device)
			return status;
		sleep_ms(10);
	}
	kill(-device, SIGKILL);
	waitpid(device, &status, 0);
	return status;
}

/* A shell has 128 and more for what a signal has ended. */
static void check_end(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		test_impossible("there is no such command: %s", options.device);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		test_lost("the device does not end on SIGTERM");
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM)
		test_lost("the device has ended by signal %d", WTERMSIG(status));
	if (WIFEXITED(status) && WEXITSTATUS(status) > 128 && WEXITSTATUS(status) != 128 + SIGTERM)
		test_lost("the device has ended by signal %d", WEXITSTATUS(status) - 128);
	if (WIFEXITED(status) && WEXITSTATUS(status) && !driver.may_refuse)
		test_lost("the device has ended with status %d", WEXITSTATUS(status));
}

static void device_stop(void)
{
	char command[128];
	int status;

	if (!device)
		return;
	status = device_end();
	device = 0;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command))
		fprintf(stderr, "vgpu-conformance: %s is left\n", folder);
	check_end(status);
}

/**
 * driver_start() - start the device if that is ours to do, and bind to it
 * @features: to accept, of those that it offers
 */
void driver_start(uint64_t features)
{
	memset(&driver, 0, sizeof(driver));
	driver.f.timeout_ms = options.timeout_ms;
	if (options.device)
		device_start();
	front_end_open(&driver.f, options.device ? socket_path : options.socket);
	driver.features = driver.f.features & features;
	front_end_negotiate(&driver.f, driver.features);
	driver_begin();
}

static void create_context(void)
{
	const struct virtio_gpu_ctx_create c = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_CTX_CREATE),
		.hdr.ctx_id = htole32(CONTEXT),
		.context_init = htole32(options.capset),
	};
	uint32_t type = driver_command_room(&c, sizeof(c), sizeof(c.hdr), NULL);

	if (type != VIRTIO_GPU_RESP_OK_NODATA)
		test_impossible("no context of capset %u (%#x)", options.capset, type);
}

/**
 * driver_begin() - what a driver does first, also after a reset
 */
void driver_begin(void)
{
	ring_start(&driver.control, &driver.f, 0, 0);
	if (options.capset && driver.features & BIT(VIRTIO_GPU_F_CONTEXT_INIT))
		create_context();
}

/**
 * driver_restart() - stop the control queue, and go on
 */
void driver_restart(void)
{
	uint32_t base = front_end_stop_ring(&driver.f, 0);

	clause_check("B6", (uint16_t)base == driver.control.seen, "stopped at %u, after %u requests",
		     base, driver.control.seen);
	driver.control.state.base = base;
	front_end_start_ring(&driver.f, 0, &driver.control.state);
}

/**
 * driver_stop() - leave the device; one that was ours to start has to end in order
 */
void driver_stop(void)
{
	if (driver.f.ram)
		front_end_close(&driver.f);
	driver.f.ram = NULL;
	device_stop();
}

/* ---- the trigger ------------------------------------------------------ */

/**
 * driver_try_trigger() - run the command that has a device change something
 *
 * Return: its exit status.
 */
int driver_try_trigger(const char *fmt, ...)
{
	char what[64], *command;
	va_list ap;
	int status;
	pid_t pid;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (asprintf(&command, "%s %s", options.trigger, what) < 0)
		test_impossible("no memory");
	pid = fork();
	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	free(command);
	/* The device may have to ask us for something before it can answer. */
	while (!waitpid(pid, &status, WNOHANG)) {
		front_end_wait(&driver.f, -1);
		sleep_ms(1);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_SUPPORTED)
		test_impossible("the trigger does not know: %s", what);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/**
 * driver_change() - have the device declare something else
 */
void driver_change(uint32_t res, uint32_t cache_mode, uint32_t flags)
{
	int status = driver_try_trigger("change %u %u %u", res, cache_mode, flags);

	if (status && !front_end_is_alive(&driver.f))
		test_lost("the device is gone when attributes are to change");
	if (status)
		test_impossible("the trigger has failed, status %d: change %u %u %u", status, res,
				cache_mode, flags);
}

/**
 * driver_is_settled() - has the exporter nothing to wait for any more, as the trigger says?
 */
bool driver_is_settled(uint32_t res)
{
	int status = driver_try_trigger("settled %u", res);

	if (status != 0 && status != 1)
		test_impossible("the trigger has failed, status %d: settled %u", status, res);
	return !status;
}

/* ---- commands --------------------------------------------------------- */

/* Is it that command that the device does not answer, or does it answer none? */
static bool answers_others(void)
{
	const struct piece pieces[] = { { OTHER_REQUEST, sizeof(nothing), false },
					{ OTHER_RESPONSE, 64, true } };
	uint32_t head, n;

	memcpy(driver.f.ram + OTHER_REQUEST, &nothing, sizeof(nothing));
	ring_chain(&driver.control, 2, pieces, 2);
	ring_offer(&driver.control, 2);
	ring_kick(&driver.control);
	return ring_used(&driver.control, &head, &n);
}

static void check_answered(bool answered, const void *request)
{
	const struct virtio_gpu_ctrl_hdr *hdr = request;

	if (answered)
		return;
	if (answers_others())
		test_lost("command %#x is not answered, others are", le32toh(hdr->type));
	if (!front_end_is_alive(&driver.f))
		test_lost("the device is gone at command %#x", le32toh(hdr->type));
	clause_check("B3", false, "command %#x is not answered", le32toh(hdr->type));
}

/**
 * driver_command_room() - send a command and wait for the response
 * @room: bytes for that
 * @used: set to how many the device says it has written; may be NULL
 *
 * Return: the response's type, or 0 if not even that was written.
 */
uint32_t driver_command_room(const void *request, size_t len, uint32_t room, uint32_t *used)
{
	const struct piece pieces[] = { { REQUEST, len, false }, { RESPONSE, room, true } };
	unsigned int first = len ? 0 : 1, count = !!len + !!room;
	uint8_t *ram = driver.f.ram;
	uint32_t head, n;

	memcpy(ram + REQUEST, request, len);
	memset(ram + RESPONSE, 0xee, 4096);
	/* There are no descriptors of 0 bytes. */
	ring_chain(&driver.control, 0, pieces + first, count);
	ring_offer(&driver.control, 0);
	ring_kick(&driver.control);
	check_answered(ring_used(&driver.control, &head, &n), request);
	clause_check("B3", head == 0, "request 0 is used as %u", head);
	clause_check("B3", n <= room, "%u bytes are written where there is room for %u", n, room);
	for (uint32_t i = n; i < room; i++)
		clause_check("B3", ram[RESPONSE + i] == 0xee, "byte %u is written, the length is %u",
			     i, n);
	if (used)
		*used = n;
	return n < 4 ? 0 : le32toh(((const struct virtio_gpu_ctrl_hdr *)driver_response())->type);
}

/**
 * driver_response() - what the device has written last
 */
const void *driver_response(void)
{
	return driver.f.ram + RESPONSE;
}

/* A response that is to be a declaration. */
static void check_declaration(uint32_t res, uint32_t used)
{
	const struct virtio_gpu_resp_map_attr *r = driver_response();

	clause_check("D18", used == ATTR_LEN, "resource %u: used length %u", res, used);
	declaration_check(driver.attrs, res, &r->attr);
}

static uint32_t command_on_blob(const void *request, size_t len, uint32_t res, uint32_t room)
{
	uint32_t used, type = driver_command_room(request, len, room, &used);

	if (type == VIRTIO_GPU_RESP_OK_MAP_ATTR)
		check_declaration(res, used);
	return type;
}

/**
 * driver_create_room() - RESOURCE_CREATE_BLOB of HOST3D, with so much room for the response
 */
uint32_t driver_create_room(uint32_t res, uint32_t room)
{
	struct virtio_gpu_resource_create_blob c = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB),
		.hdr.ctx_id = htole32(options.capset ? CONTEXT : 0),
		.resource_id = htole32(res),
		.blob_mem = htole32(VIRTIO_GPU_BLOB_MEM_HOST3D),
		.blob_flags = htole32(VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE),
		.blob_id = htole64(options.blob_id),
		.size = htole64(driver_granule()),
	};

	return command_on_blob(&c, sizeof(c), res, room);
}

/**
 * driver_create() - RESOURCE_CREATE_BLOB of a page, or of what the device aligns to
 */
uint32_t driver_create(uint32_t res, uint32_t blob_mem)
{
	struct {
		struct virtio_gpu_resource_create_blob c;
		struct virtio_gpu_mem_entry entry;
	} r = {
		.c.hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB),
		.c.resource_id = htole32(res),
		.c.blob_mem = htole32(blob_mem),
		.c.nr_entries = htole32(1),
		.c.size = htole64(driver_granule()),
		.entry = { .addr = htole64(RAM_GPA + 0x100000), .length = htole32(driver_granule()) },
	};

	if (blob_mem == VIRTIO_GPU_BLOB_MEM_HOST3D)
		return driver_create_room(res, ATTR_LEN);
	return command_on_blob(&r, sizeof(r), res, ATTR_LEN);
}

/**
 * driver_map_room() - RESOURCE_MAP_BLOB, with so much room for the response
 */
uint32_t driver_map_room(uint32_t res, uint64_t offset, uint32_t room)
{
	struct virtio_gpu_resource_map_blob c = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB),
		.resource_id = htole32(res),
		.offset = htole64(offset),
	};

	return command_on_blob(&c, sizeof(c), res, room);
}

uint32_t driver_map(uint32_t res, uint64_t offset)
{
	return driver_map_room(res, offset, ATTR_LEN);
}

static uint32_t command_on_resource(uint32_t type, uint32_t res)
{
	struct virtio_gpu_resource_unref c = {
		.hdr.type = htole32(type),
		.resource_id = htole32(res),
	};

	return command_on_blob(&c, sizeof(c), res, ATTR_LEN);
}

uint32_t driver_unmap(uint32_t res)
{
	return command_on_resource(VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, res);
}

uint32_t driver_unref(uint32_t res)
{
	memset(&driver.attrs[res % RESOURCES], 0, sizeof(driver.attrs[0]));
	return command_on_resource(VIRTIO_GPU_CMD_RESOURCE_UNREF, res);
}

/**
 * driver_ack_padded() - MAP_ATTR_ACK with any padding and room
 */
uint32_t driver_ack_padded(uint32_t res, uint64_t generation, uint32_t padding, uint32_t room)
{
	struct virtio_gpu_map_attr_ack c = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_MAP_ATTR_ACK),
		.resource_id = htole32(res),
		.padding = htole32(padding),
		.generation = htole64(generation),
	};

	const char *before = test_about("D36");
	uint32_t type = command_on_blob(&c, sizeof(c), res, room);

	test_about(before);
	return type;
}

uint32_t driver_ack(uint32_t res, uint64_t generation)
{
	return driver_ack_padded(res, generation, 0, ATTR_LEN);
}

/**
 * driver_fetch_room() - MAP_ATTR_FETCH, with so much room for the response
 */
uint32_t driver_fetch_room(uint32_t room)
{
	struct virtio_gpu_ctrl_hdr c = { .type = htole32(VIRTIO_GPU_CMD_MAP_ATTR_FETCH) };
	const char *before = test_about("D30");
	uint32_t used, type = driver_command_room(&c, sizeof(c), room, &used);

	test_about(before);
	if (type == VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES)
		declaration_check_changes(driver.attrs, driver_response(), used);
	return type;
}

/**
 * driver_fetch() - MAP_ATTR_FETCH
 *
 * Return: how many changes are reported; driver_response() has them.
 */
uint32_t driver_fetch(void)
{
	const struct virtio_gpu_resp_map_attr_changes *r = driver_response();
	uint32_t type = driver_fetch_room(CHANGES_LEN);

	clause_check("D30", type == VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES,
		     "MAP_ATTR_FETCH is answered by %#x", type);
	return le32toh(r->count);
}

/**
 * driver_fetched() - what the last driver_fetch() has told of a resource
 *
 * Return: that, or NULL.
 */
const struct virtio_gpu_map_attr *driver_fetched(uint32_t res)
{
	const struct virtio_gpu_resp_map_attr_changes *r = driver_response();

	for (uint32_t i = 0; i < le32toh(r->count); i++)
		if (le32toh(r->changes[i].resource_id) == res)
			return &r->changes[i].attr;
	return NULL;
}

/**
 * driver_declared() - the last declaration of a resource that we know of
 */
const struct virtio_gpu_map_attr *driver_declared(uint32_t res)
{
	return &driver.attrs[res % RESOURCES];
}

/**
 * driver_make_blob() - a HOST3D resource, or the test cannot be run
 */
void driver_make_blob(uint32_t res)
{
	uint32_t type = driver_create(res, VIRTIO_GPU_BLOB_MEM_HOST3D);

	if (!(driver.features & BIT(VIRTIO_GPU_F_RESOURCE_BLOB)) || type >= VIRTIO_GPU_RESP_ERR_UNSPEC)
		test_impossible("blob_id %#llx cannot be created (%#x): --blob-id",
				(unsigned long long)options.blob_id, type);
}

/**
 * driver_make_mapped_blob() - one that has a place in the window
 */
void driver_make_mapped_blob(uint32_t res, uint64_t offset)
{
	const struct mapping *shown;
	uint32_t type;

	if (!driver.f.window)
		test_impossible("no host-visible window: protocol feature 22, GET_SHMEM_CONFIG");
	driver_make_blob(res);
	type = driver_map(res, offset);
	clause_check("D21", type == VIRTIO_GPU_RESP_OK_MAP_ATTR, "RESOURCE_MAP_BLOB is answered by %#x",
		     type);
	front_end_wait(&driver.f, -1);
	shown = front_end_mapping(&driver.f, offset);
	if (shown && !shown->writable)
		clause_check("D12", le32toh(driver_declared(res)->flags) & READ_ONLY,
			     "what is mapped read-only has flags %#x", le32toh(driver_declared(res)->flags));
}

/**
 * driver_wait_for_event() - until the device has told of a change
 */
void driver_wait_for_event(void)
{
	struct config config;

	for (int ms = 0; ms < options.timeout_ms; ms += 5) {
		front_end_wait(&driver.f, -1);
		front_end_config(&driver.f, &config);
		if (driver.f.events && le32toh(config.events_read) & VIRTIO_GPU_EVENT_MAP_ATTR)
			break;
		sleep_ms(5);
	}
	clause_check("D29", driver.f.events, "no configuration change notification");
	clause_check("D29", le32toh(config.events_read) & VIRTIO_GPU_EVENT_MAP_ATTR,
		     "events_read is %#x", le32toh(config.events_read));
	driver.f.events = 0;
	front_end_clear_events(&driver.f, VIRTIO_GPU_EVENT_MAP_ATTR);
	front_end_config(&driver.f, &config);
	front_end_wait(&driver.f, -1);
	/* There may be the next one already, of which it has told as well. */
	clause_check("D29", driver.f.events ||
		     !(le32toh(config.events_read) & VIRTIO_GPU_EVENT_MAP_ATTR),
		     "the event cannot be cleared");
}

/**
 * driver_granule() - what sizes and places are multiples of, in bytes
 */
uint64_t driver_granule(void)
{
	struct config config;

	if (!(driver.f.features & BIT(VIRTIO_GPU_F_BLOB_ALIGNMENT)))
		return 4096;
	front_end_config(&driver.f, &config);
	return le32toh(config.blob_alignment) ?: 4096;
}
