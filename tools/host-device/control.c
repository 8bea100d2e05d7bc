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
#include <linux/dma-buf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ack_wait.h"
#include "blob_id.h"
#include "change.h"
#include "control.h"
#include "exporter.h"
#include "loop.h"
#include "place.h"
#include "policy.h"
#include "report.h"

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

/**
 * control_refuse() - the answer to a request that cannot be carried out
 */
json_t *control_refuse(const char *why)
{
	return json_pack("{s:b, s:s}", "ok", 0, "error", why);
}

/**
 * control_accept() - the answer to a request that has been, and has no answer else
 */
json_t *control_accept(void)
{
	return json_pack("{s:b}", "ok", 1);
}

/**
 * struct range - words of a blob's memory that a request accesses
 * @window: where it is
 * @blob: that it names
 * @words: the first of them; behind caches what the guest's CPUs see, and not to be accessed
 * @first: its offset in the blob, in bytes
 * @len: of all, in bytes
 * @snoop: caches, where there are any
 * @access: DMA_BUF_SYNC_READ or _RW, for the brackets around it, or 0: without
 */
struct range {
	struct window *window;
	struct blob *blob;
	uint64_t *words;
	uint64_t first;
	uint64_t len;
	uint64_t access;
	bool snoop;
};

/*
 * Begin to access the mapped range a request names: "resource", "offset", "length"; "sync" is false if it
 * wants no DMA_BUF_IOCTL_SYNC, "snoop" if it wants what is in memory.  Return: NULL, or what is wrong.
 */
static const char *range_begin(struct gpu *gpu, const json_t *req, uint64_t access,
			       struct range *range)
{
	json_int_t res = 0, offset = 0, length = -1;
	int sync = 1, snoop = 1;
	struct blob *b;

	if (json_unpack((json_t *)req, "{s:I, s?I, s?I, s?b, s?b}", "resource", &res, "offset", &offset,
			"length", &length, "sync", &sync, "snoop", &snoop))
		return "\"resource\" must be a number";
	b = blob_find(&gpu->blobs, res);
	if (!b)
		return "no such resource";
	/* What has a file of its own keeps its memory when the guest takes it out of the window. */
	if (!b->mapped && (b->placed || !b->memory.va))
		return "resource is not mapped";
	if (length == -1)
		length = b->size - offset;
	if (offset < 0 || length < 0 || offset % 8 || length % 8 ||
	    (uint64_t)offset > b->size || (uint64_t)length > b->size - offset)
		return "range is outside the resource, or not in words of 8 bytes";
	*range = (struct range){
		.window = &gpu->window,
		.blob = b,
		.words = (uint64_t *)(blob_memory(gpu, b) + offset),
		.first = offset,
		.len = length,
		.access = sync ? access : 0,
		.snoop = snoop && blob_may_be_cached(b),
	};
	if (range->access && exporter_access(b, DMA_BUF_SYNC_START | range->access))
		return "the exporter does not let us access the memory";
	return NULL;
}

/* Return: as range_begin(). */
static const char *range_end(const struct range *range)
{
	if (range->access && exporter_access(range->blob, DMA_BUF_SYNC_END | range->access))
		return "the exporter does not end our access to the memory";
	return NULL;
}

/* The blob's own memory, where it has some, is behind no caches. */
static uint64_t read_word(const struct range *r, uint64_t word)
{
	uint64_t value;

	if (!r->window->behind_caches)
		return r->words[word];
	window_read(r->window, r->blob->offset + r->first + word * sizeof(value), &value, sizeof(value),
		    r->snoop);
	return value;
}

static void write_word(const struct range *r, uint64_t word, uint64_t value)
{
	if (!r->window->behind_caches)
		r->words[word] = value;
	else
		window_write(r->window, r->blob->offset + r->first + word * sizeof(value), &value,
			     sizeof(value), r->snoop);
}

static json_t *do_fill(struct gpu *gpu, const json_t *req)
{
	json_int_t seed = json_integer_value(json_object_get(req, "seed"));
	struct range r;
	const char *why = range_begin(gpu, req, DMA_BUF_SYNC_RW, &r);

	if (why)
		return control_refuse(why);
	for (uint64_t i = 0; i < r.len / 8; i++)
		write_word(&r, i, pattern_word(seed, r.first + i * 8));
	why = range_end(&r);
	return why ? control_refuse(why) : control_accept();
}

static json_t *do_check(struct gpu *gpu, const json_t *req)
{
	json_int_t seed = json_integer_value(json_object_get(req, "seed"));
	json_int_t stride = json_integer_value(json_object_get(req, "stride")) ?: 8;
	uint64_t seen = 0, wrong = 0, where = 0;
	struct range r;
	const char *why;

	if (stride < 8 || stride % 8)
		return control_refuse("\"stride\" must be a multiple of 8");
	why = range_begin(gpu, req, DMA_BUF_SYNC_READ, &r);
	if (why)
		return control_refuse(why);
	for (uint64_t i = 0; i < r.len / 8; i += stride / 8, seen++) {
		if (read_word(&r, i) == pattern_word(seed, r.first + i * 8))
			continue;
		if (!wrong++)
			where = r.first + i * 8;
	}
	why = range_end(&r);
	if (why)
		return control_refuse(why);
	return json_pack("{s:b, s:I, s:I, s:I}", "ok", 1, "words", (json_int_t)seen,
			 "wrong", (json_int_t)wrong, "first_wrong", (json_int_t)where);
}

/* The guest's accesses, in brackets that it does not issue itself. */
static json_t *do_sync(struct gpu *gpu, const json_t *req)
{
	struct range r;
	const char *why = range_begin(gpu, req, 0, &r);

	if (!why && !gpu->window.behind_caches)
		why = "there are no caches: see --dram";
	if (why)
		return control_refuse(why);
	window_flush(&gpu->window, r.blob->offset + r.first, r.len);
	return control_accept();
}

static json_t *do_blob(struct gpu *gpu, const json_t *req)
{
	struct blob *b = blob_find(&gpu->blobs, json_integer_value(json_object_get(req, "resource")));
	uint64_t faults, moves, syncs;
	json_t *answer;

	if (!b)
		return control_refuse("no such resource");
	answer = report_blob(b);
	if (exporter_can_move(gpu, b) && !exporter_state(gpu, b, &faults, &moves, &syncs)) {
		json_object_set_new(answer, "faults", json_integer(faults));
		json_object_set_new(answer, "moves", json_integer(moves));
		json_object_set_new(answer, "syncs", json_integer(syncs));
	}
	json_object_set_new(answer, "ok", json_true());
	return answer;
}

static const char *why_not_changed(int ret)
{
	switch (ret) {
	case -ENOTSUP:
		return "the guest did not negotiate map attributes";
	case -EBUSY:
		return "the guest has not acknowledged that it is revoked";
	}
	return "QEMU cannot be asked to put the blob back";
}

static json_t *do_change(struct gpu *gpu, const json_t *req)
{
	struct blob *b = blob_find(&gpu->blobs, json_integer_value(json_object_get(req, "resource")));
	struct declaration d;
	const char *why;
	int ret;

	if (!b)
		return control_refuse("no such resource");
	d = b->declared;
	why = attr_parse(req, &d);
	if (why)
		return control_refuse(why);
	if (b->required & ~d.flags)
		return control_refuse("the exporter requires SYNC");
	ret = gpu_change(gpu, b, d.cache_mode, d.flags);
	if (ret)
		return control_refuse(why_not_changed(ret));
	return json_pack("{s:b, s:I}", "ok", 1, "generation", (json_int_t)b->generation);
}

static json_t *do_move(struct gpu *gpu, const json_t *req)
{
	struct blob *b = blob_find(&gpu->blobs, json_integer_value(json_object_get(req, "resource")));
	int ret;

	if (!b)
		return control_refuse("no such resource");
	if (!exporter_can_move(gpu, b))
		return control_refuse("its memory cannot be moved: see --exporter");
	ret = gpu_move(gpu, b);
	if (ret)
		return control_refuse(ret == -ENOTSUP || ret == -EBUSY ? why_not_changed(ret) :
				      strerror(-ret));
	return json_pack("{s:b, s:I}", "ok", 1, "generation", (json_int_t)b->generation);
}

static json_t *do_ack_timeout(struct gpu *gpu, const json_t *req)
{
	json_int_t ms = json_integer_value(json_object_get(req, "ms"));

	if (ms < 0 || ms > UINT_MAX)
		return control_refuse("\"ms\" must be a number of milliseconds");
	ack_wait_timeout(gpu, ms);
	return control_accept();
}

static json_t *do_peek(struct gpu *gpu, const json_t *req)
{
	json_t *values, *first;
	struct range r;
	const char *why = range_begin(gpu, req, DMA_BUF_SYNC_READ, &r);

	if (why)
		return control_refuse(why);
	values = json_array();
	for (uint64_t i = 0; i < r.len / 8 && i < PEEK_MAX; i++)
		json_array_append_new(values, json_integer(read_word(&r, i)));
	why = range_end(&r);
	if (!why && r.len > PEEK_MAX * sizeof(*r.words))
		why = "no more than 64 words at once";
	if (why) {
		json_decref(values);
		return control_refuse(why);
	}
	first = json_array_get(values, 0);
	return json_pack("{s:b, s:I, s:o}", "ok", 1, "first", json_integer_value(first),
			 "words", values);
}

static json_t *do_rule(struct gpu *gpu, const json_t *req)
{
	const char *why;

	(void)gpu;
	return policy_add_rule(req, &why) ? control_refuse(why) : control_accept();
}

static json_t *do_clear(struct gpu *gpu, const json_t *req)
{
	(void)gpu;
	(void)req;
	policy_clear();
	return control_accept();
}

static json_t *do_status(struct gpu *gpu, const json_t *req)
{
	json_t *answer = report_device(gpu);

	(void)req;
	json_object_set_new(answer, "ok", json_true());
	return answer;
}

static const struct control_op ops[] = {
	{ "status", do_status },
	{ "blob", do_blob },
	{ "change", do_change },
	{ "move", do_move },
	{ "ack-timeout", do_ack_timeout },
	{ "peek", do_peek },
	{ "rule", do_rule },
	{ "clear", do_clear },
	{ "fill", do_fill },
	{ "check", do_check },
	{ "sync", do_sync },
	{ NULL, NULL }
};

static const struct control_op *more_ops;

/**
 * control_extend() - carry out these requests, too
 * @by: the last has no name
 */
void control_extend(const struct control_op *by)
{
	more_ops = by;
}

static const struct control_op *find_op(const struct control_op *op, const char *name)
{
	while (op && op->name && strcmp(op->name, name))
		op++;
	return op && op->name ? op : NULL;
}

/**
 * control_request() - carry out one request
 *
 * Return: the answer, owned by the caller.
 */
json_t *control_request(struct gpu *gpu, const json_t *req)
{
	const char *name = json_string_value(json_object_get(req, "op")) ?: "";
	const struct control_op *op = find_op(ops, name) ?: find_op(more_ops, name);

	if (op)
		return op->handle(gpu, req);
	return control_refuse("\"op\" must be one of those the manual page lists");
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
	json_t *answer = req ? control_request(c->gpu, req) : control_refuse(err.text);
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
	if (!c || loop_add_many(fd, on_client, c, 0)) {
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
