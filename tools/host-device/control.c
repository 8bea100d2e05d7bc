// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The control socket: one JSON object a line in, one a line out.  From a client that does not
 * read its answer no further request is read, and nothing waits for it.  Tests reach
 * it from inside the guest through a virtio-serial port, people with socat.
 * The requests are listed in the manual page.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ack_wait.h"
#include "change.h"
#include "control.h"
#include "declare.h"
#include "deferred.h"
#include "loop.h"
#include "place.h"
#include "report.h"
#include "serve.h"
#include "storm.h"
#include "witness.h"

#define LINE_MAX_BYTES 4096
#define PEEK_MAX 64

/**
 * struct client - one connection to the control socket
 * @used: bytes in @line, of lines that are not looked at or not finished yet
 * @answer: what is still to be written, from @written on, or NULL
 */
struct client {
	struct gpu *gpu;
	int fd;
	size_t used;
	char line[LINE_MAX_BYTES];
	char *answer;
	size_t written;
};

static json_t *refuse(const char *why)
{
	return json_pack("{s:b, s:s}", "ok", 0, "error", why);
}

static json_t *accept_request(void)
{
	return json_pack("{s:b}", "ok", 1);
}

/* The mapped range a request names: "resource", "offset", "length". */
static const char *request_range(struct gpu *gpu, const json_t *req, uint64_t **words,
				 uint64_t *first, uint64_t *len)
{
	json_int_t res = 0, offset = 0, length = -1;
	struct blob *b;

	if (json_unpack((json_t *)req, "{s:I, s?I, s?I}", "resource", &res, "offset", &offset,
			"length", &length))
		return "\"resource\" must be a number";
	b = blob_find(&gpu->blobs, res);
	if (!b)
		return "no such resource";
	if (!b->mapped)
		return "resource is not mapped";
	if (length == -1)
		length = b->size - offset;
	if (offset < 0 || length < 0 || offset % 8 || length % 8 ||
	    (uint64_t)offset > b->size || (uint64_t)length > b->size - offset)
		return "range is outside the resource, or not in words of 8 bytes";
	*words = (uint64_t *)(blob_memory(gpu, b) + offset);
	*first = offset;
	*len = length;
	return NULL;
}

static json_t *do_fill(struct gpu *gpu, const json_t *req)
{
	json_int_t seed = json_integer_value(json_object_get(req, "seed"));
	uint64_t *words, first, len;
	const char *why = request_range(gpu, req, &words, &first, &len);

	if (why)
		return refuse(why);
	for (uint64_t i = 0; i < len / 8; i++)
		words[i] = pattern_word(seed, first + i * 8);
	return accept_request();
}

static json_t *do_check(struct gpu *gpu, const json_t *req)
{
	json_int_t seed = json_integer_value(json_object_get(req, "seed"));
	json_int_t stride = json_integer_value(json_object_get(req, "stride")) ?: 8;
	uint64_t *words, first, len, seen = 0, wrong = 0, where = 0;
	const char *why = request_range(gpu, req, &words, &first, &len);

	if (why)
		return refuse(why);
	if (stride < 8 || stride % 8)
		return refuse("\"stride\" must be a multiple of 8");
	for (uint64_t i = 0; i < len / 8; i += stride / 8, seen++) {
		if (words[i] == pattern_word(seed, first + i * 8))
			continue;
		if (!wrong++)
			where = first + i * 8;
	}
	return json_pack("{s:b, s:I, s:I, s:I}", "ok", 1, "words", (json_int_t)seen,
			 "wrong", (json_int_t)wrong, "first_wrong", (json_int_t)where);
}

static json_t *do_blob(struct gpu *gpu, const json_t *req)
{
	struct blob *b = blob_find(&gpu->blobs, json_integer_value(json_object_get(req, "resource")));
	json_t *answer;

	if (!b)
		return refuse("no such resource");
	answer = report_blob(b);
	json_object_set_new(answer, "ok", json_true());
	return answer;
}

static json_t *do_change(struct gpu *gpu, const json_t *req)
{
	struct blob *b = blob_find(&gpu->blobs, json_integer_value(json_object_get(req, "resource")));
	json_int_t generation = -1;
	struct declaration d;
	const char *why;
	int ret;

	if (!b)
		return refuse("no such resource");
	d = b->declared;
	why = policy_parse(req, &d);
	if (why)
		return refuse(why);
	json_unpack((json_t *)req, "{s?I}", "generation", &generation);
	/* One less, for the change itself adds one: any number can be had. */
	if (generation >= 0)
		b->generation = generation - 1;
	ret = gpu_change(gpu, b, d.cache_mode, d.flags);
	if (ret)
		return refuse(ret == -ENOTSUP ? "the guest did not negotiate map attributes" :
			      ret == -EBUSY ? "the guest has not acknowledged that it is revoked" :
			      "QEMU cannot be asked to put the blob back");
	return json_pack("{s:b, s:I}", "ok", 1, "generation", (json_int_t)b->generation);
}

static json_t *do_hold_acks(struct gpu *gpu, const json_t *req)
{
	gpu->hold_acks = json_is_true(json_object_get(req, "hold"));
	return accept_request();
}

/* The device does not look at its queues any more, or again. */
static json_t *do_deaf(struct gpu *gpu, const json_t *req)
{
	gpu->deaf = json_is_true(json_object_get(req, "deaf"));
	for (unsigned int i = 0; i < GPU_QUEUES; i++)
		serve_queue(gpu, i);
	return accept_request();
}

static json_t *do_spoil(struct gpu *gpu, const json_t *req)
{
	const char *command = json_string_value(json_object_get(req, "command")) ?: "";
	enum quirk quirk = QUIRK_NONE;
	json_int_t count = 1;

	if (policy_parse_quirk(req, "quirk", &quirk))
		return refuse("unknown quirk");
	json_unpack((json_t *)req, "{s?I}", "count", &count);
	if (!strcmp(command, "fetch")) {
		gpu->spoil_fetch = quirk;
		gpu->spoil_fetches = count;
	} else if (!strcmp(command, "ack")) {
		gpu->spoil_ack = quirk;
		gpu->spoil_acks = count;
	} else if (!strcmp(command, "unref")) {
		gpu->spoil_unref = quirk;
		gpu->spoil_unrefs = count;
	} else {
		return refuse("\"command\" must be fetch, ack or unref");
	}
	return accept_request();
}

static json_t *do_flood(struct gpu *gpu, const json_t *req)
{
	json_int_t count = json_integer_value(json_object_get(req, "count"));

	for (json_int_t i = 0; i < count; i++)
		declare_event(gpu);
	return accept_request();
}

static json_t *do_ack_timeout(struct gpu *gpu, const json_t *req)
{
	json_int_t ms = json_integer_value(json_object_get(req, "ms"));

	if (ms < 0 || ms > UINT_MAX)
		return refuse("\"ms\" must be a number of milliseconds");
	ack_wait_timeout(gpu, ms);
	return accept_request();
}

static json_t *do_storm(struct gpu *gpu, const json_t *req)
{
	json_int_t tag = 0, period_us = 0, seed = 1;

	if (json_unpack((json_t *)req, "{s?I, s?I, s?I}", "tag", &tag, "period_us", &period_us,
			"seed", &seed) || period_us < 0 || period_us > 1000000)
		return refuse("\"tag\", \"period_us\" (up to 1000000) and \"seed\" are numbers");
	storm_set(gpu, tag, period_us, seed);
	return accept_request();
}

static json_t *do_witness(struct gpu *gpu, const json_t *req)
{
	const char *why = witness_set(gpu, json_integer_value(json_object_get(req, "resource")));

	return why ? refuse(why) : accept_request();
}

static json_t *do_peek(struct gpu *gpu, const json_t *req)
{
	uint64_t *words, first, len;
	const char *why = request_range(gpu, req, &words, &first, &len);
	json_t *values;

	if (why)
		return refuse(why);
	if (len > PEEK_MAX * sizeof(*words))
		return refuse("no more than 64 words at once");
	values = json_array();
	for (uint64_t i = 0; i < len / 8; i++)
		json_array_append_new(values, json_integer(words[i]));
	return json_pack("{s:b, s:I, s:o}", "ok", 1, "first", (json_int_t)(len ? words[0] : 0),
			 "words", values);
}

/* As a crash would: the sockets close, nobody is told anything. */
static json_t *do_die(struct gpu *gpu, const json_t *req)
{
	(void)gpu;
	(void)req;
	raise(SIGTERM);
	return accept_request();
}

static json_t *do_rule(struct gpu *gpu, const json_t *req)
{
	const char *why;

	(void)gpu;
	return policy_add_rule(req, &why) ? refuse(why) : accept_request();
}

static json_t *do_release(struct gpu *gpu, const json_t *req)
{
	static const struct {
		const char *name;
		uint32_t type;
	} commands[] = {
		{ "create", VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB },
		{ "map", VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB },
		{ "fetch", VIRTIO_GPU_CMD_MAP_ATTR_FETCH },
		{ "ack", VIRTIO_GPU_CMD_MAP_ATTR_ACK },
		{ "unref", VIRTIO_GPU_CMD_RESOURCE_UNREF },
	};
	const char *command = json_string_value(json_object_get(req, "command"));

	if (!command) {
		deferred_release(gpu, 0);
		return accept_request();
	}
	for (unsigned int i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(command, commands[i].name))
			continue;
		deferred_release(gpu, commands[i].type);
		return accept_request();
	}
	return refuse("\"command\" must be create, map, fetch, ack or unref");
}

static json_t *do_used(struct gpu *gpu, const json_t *req)
{
	static const char * const faults[] = {
		[USED_ID] = "id", [USED_TWICE] = "twice", [USED_JUMP] = "jump",
		[USED_LENGTH] = "length",
	};
	const char *fault = json_string_value(json_object_get(req, "fault")) ?: "";

	for (unsigned int i = USED_ID; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (strcmp(fault, faults[i]))
			continue;
		gpu->virtq[0].fault = i;
		return accept_request();
	}
	return refuse("\"fault\" must be id, twice, jump or length");
}

static json_t *do_clear(struct gpu *gpu, const json_t *req)
{
	(void)gpu;
	(void)req;
	policy_clear();
	return accept_request();
}

static json_t *do_status(struct gpu *gpu, const json_t *req)
{
	json_t *answer = report_device(gpu);

	(void)req;
	json_object_set_new(answer, "ok", json_true());
	return answer;
}

static const struct {
	const char *op;
	json_t *(*handle)(struct gpu *gpu, const json_t *req);
} requests[] = {
	{ "status", do_status },
	{ "blob", do_blob },
	{ "change", do_change },
	{ "hold-acks", do_hold_acks },
	{ "ack-timeout", do_ack_timeout },
	{ "deaf", do_deaf },
	{ "die", do_die },
	{ "flood", do_flood },
	{ "peek", do_peek },
	{ "spoil", do_spoil },
	{ "storm", do_storm },
	{ "witness", do_witness },
	{ "rule", do_rule },
	{ "clear", do_clear },
	{ "fill", do_fill },
	{ "check", do_check },
	{ "release", do_release },
	{ "used", do_used },
};

/**
 * control_request() - carry out one request
 *
 * Return: the answer, owned by the caller.
 */
json_t *control_request(struct gpu *gpu, const json_t *req)
{
	const char *op = json_string_value(json_object_get(req, "op"));

	for (unsigned int i = 0; op && i < sizeof(requests) / sizeof(requests[0]); i++)
		if (!strcmp(requests[i].op, op))
			return requests[i].handle(gpu, req);
	return refuse("\"op\" must be one of those the manual page lists");
}

static void client_close(struct client *c)
{
	loop_del(c->fd);
	close(c->fd);
	free(c->answer);
	free(c);
}

static int answer_line(struct client *c, const char *line)
{
	json_error_t err;
	json_t *req = json_loads(line, 0, &err);
	json_t *answer = req ? control_request(c->gpu, req) : refuse(err.text);
	char *text = json_dumps(answer, JSON_COMPACT);
	int ret = -ENOMEM;

	c->written = 0;
	if (text && asprintf(&c->answer, "%s\n", text) >= 0)
		ret = 0;
	else
		c->answer = NULL;
	free(text);
	json_decref(answer);
	json_decref(req);
	return ret;
}

/* As much as the socket takes. */
static int write_answer(struct client *c)
{
	size_t len = strlen(c->answer);
	ssize_t n = send(c->fd, c->answer + c->written, len - c->written,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		return -errno;
	if (n > 0)
		c->written += n;
	if (c->written == len) {
		free(c->answer);
		c->answer = NULL;
	}
	loop_write(c->fd, c->answer);
	return 0;
}

static int read_lines(struct client *c)
{
	ssize_t n = read(c->fd, c->line + c->used, sizeof(c->line) - 1 - c->used);

	if (n <= 0)
		return n ? -errno : -ECONNRESET;
	c->used += n;
	c->line[c->used] = '\0';
	return 0;
}

static void on_client(void *data)
{
	struct client *c = data;
	int ret = c->answer ? write_answer(c) : read_lines(c);
	char *end;

	while (!ret && !c->answer && (end = strchr(c->line, '\n'))) {
		*end = '\0';
		ret = answer_line(c, c->line);
		c->used -= end + 1 - c->line;
		memmove(c->line, end + 1, c->used + 1);
		if (!ret)
			ret = write_answer(c);
	}
	/* No line is that long. */
	if (!ret && !c->answer && c->used == sizeof(c->line) - 1)
		ret = -EMSGSIZE;
	if (ret)
		client_close(c);
}

static struct {
	struct gpu *gpu;
	int fd;
} listener = { .fd = -1 };

static void on_connect(void *data)
{
	struct client *c;
	int fd = accept4(listener.fd, NULL, NULL, SOCK_CLOEXEC);

	(void)data;
	if (fd < 0)
		return;
	c = calloc(1, sizeof(*c));
	if (c) {
		c->gpu = listener.gpu;
		c->fd = fd;
	}
	if (!c || loop_add(fd, on_client, c)) {
		free(c);
		close(fd);
	}
}

/**
 * control_listen() - open the control socket at @path
 */
int control_listen(struct gpu *gpu, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	unlink(path);
	listener.gpu = gpu;
	listener.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener.fd < 0 || bind(listener.fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(listener.fd, 4))
		return -errno;
	return loop_add(listener.fd, on_connect, NULL);
}

/**
 * control_close() - accept no further connections
 */
void control_close(void)
{
	if (listener.fd < 0)
		return;
	loop_del(listener.fd);
	close(listener.fd);
	listener.fd = -1;
}
