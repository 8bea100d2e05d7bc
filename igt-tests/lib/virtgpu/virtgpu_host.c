// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What tests ask of the host device, on its control port: a line of JSON out, a line of JSON in.
 * The device's manual page lists the requests.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu_blob.h"
#include "virtgpu_device.h"
#include "virtgpu_host.h"
#include "virtgpu_pte.h"
#include "virtgpu_util.h"

static char answer[1 << 20];

/* What begins with "key": in the outer object of the answer, or NULL. */
static const char *member(const char *key)
{
	unsigned int depth = 0;
	size_t len = strlen(key);
	bool text = false;

	for (const char *p = answer; *p; p++) {
		if (text) {
			if (*p == '\\' && p[1])
				p++;
			else if (*p == '"')
				text = false;
		} else if (*p == '"') {
			if (depth == 1 && !strncmp(p + 1, key, len) &&
			    !strncmp(p + 1 + len, "\":", 2))
				return p + len + 3 + strspn(p + len + 3, " ");
			text = true;
		} else if (*p == '{' || *p == '[') {
			depth++;
		} else if (*p == '}' || *p == ']') {
			depth--;
		}
	}
	return NULL;
}

static void vask(struct virtgpu *gpu, const char *fmt, va_list ap)
{
	char line[512];
	size_t used = 0;
	int n = vsnprintf(line, sizeof(line) - 1, fmt, ap);

	igt_assert(n > 0 && n < (int)sizeof(line) - 1);
	line[n++] = '\n';
	igt_assert_eq(write(gpu->control, line, n), n);
	do {
		ssize_t got = read(gpu->control, answer + used, sizeof(answer) - 1 - used);

		igt_assert_f(got > 0, "control port: %s\n", got ? strerror(errno) : "closed");
		used += got;
		igt_assert(used < sizeof(answer) - 1);
	} while (answer[used - 1] != '\n');
	answer[used - 1] = '\0';
}

static bool accepted(void)
{
	const char *ok = member("ok");

	return ok && !strncmp(ok, "true", 4);
}

/* A request that may be refused.  Return: whether it was not. */
static bool try_ask(struct virtgpu *gpu, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool try_ask(struct virtgpu *gpu, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vask(gpu, fmt, ap);
	va_end(ap);
	return accepted();
}

/* A request of which only success matters. */
static void ask(struct virtgpu *gpu, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void ask(struct virtgpu *gpu, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vask(gpu, fmt, ap);
	va_end(ap);
	igt_assert_f(accepted(), "host device: %s\n", answer);
}

/* A number or boolean of the answer to the last request. */
static long long number(const char *key)
{
	const char *value = member(key);

	igt_assert_f(value, "host device: no \"%s\" in %s\n", key, answer);
	if (!strncmp(value, "true", 4))
		return 1;
	return strtoll(value, NULL, 10);
}

/**
 * virtgpu_host_count() - a number of the device's status
 * @what: "acks", "errors", "fetches", "live" ...
 */
long long virtgpu_host_count(struct virtgpu *gpu, const char *what)
{
	ask(gpu, "{\"op\":\"status\"}");
	return number(what);
}

/**
 * virtgpu_host_wait_count() - wait until a number of the device's status is at least @least
 */
void virtgpu_host_wait_count(struct virtgpu *gpu, const char *what, long long least)
{
	long long seen = 0;

	virtgpu_wait((seen = virtgpu_host_count(gpu, what)) >= least, VIRTGPU_WAIT_SECONDS);
	igt_assert_f(seen >= least, "host device: %s is %lld, %lld is not reached\n", what, seen,
		     least);
}

/**
 * virtgpu_host_wait_live() - wait until the host has no more than @most blobs
 */
void virtgpu_host_wait_live(struct virtgpu *gpu, long long most)
{
	igt_assert_f(virtgpu_wait(virtgpu_host_count(gpu, "live") <= most, VIRTGPU_WAIT_SECONDS),
		     "host device: more than %lld blobs are left\n", most);
}

/**
 * virtgpu_host_blob() - what the device knows about a blob
 * @what: "acked", "map_count", "mapped", "offset", "size"
 */
long long virtgpu_host_blob(struct virtgpu_blob *blob, const char *what)
{
	ask(blob->gpu, "{\"op\":\"blob\",\"resource\":%u}", blob->res);
	return number(what);
}

/**
 * virtgpu_host_offset() - where in the window the host has the blob
 */
long long virtgpu_host_offset(struct virtgpu_blob *blob)
{
	return virtgpu_host_blob(blob, "offset");
}

/**
 * virtgpu_host_fill() - have the host write the pattern of @seed to all of a blob
 */
void virtgpu_host_fill(struct virtgpu_blob *blob, uint64_t seed)
{
	ask(blob->gpu, "{\"op\":\"fill\",\"resource\":%u,\"seed\":%llu}", blob->res,
	    (unsigned long long)seed);
}

/**
 * virtgpu_host_fill_part() - the same to some bytes of it
 */
void virtgpu_host_fill_part(struct virtgpu_blob *blob, uint64_t offset, size_t len, uint64_t seed)
{
	ask(blob->gpu, "{\"op\":\"fill\",\"resource\":%u,\"offset\":%llu,\"length\":%zu,\"seed\":%llu}",
	    blob->res, (unsigned long long)offset, len, (unsigned long long)seed);
}

/**
 * virtgpu_host_sync() - have the host do what begins and ends an access in brackets, DMA_BUF_IOCTL_SYNC
 *
 * Of a device behind caches only (--dram).
 */
void virtgpu_host_sync(struct virtgpu_blob *blob)
{
	ask(blob->gpu, "{\"op\":\"sync\",\"resource\":%u}", blob->res);
}

/**
 * virtgpu_host_wrong() - words of a blob that are not as the pattern has them, as the host sees it
 */
long long virtgpu_host_wrong(struct virtgpu_blob *blob, uint64_t offset, size_t len, size_t stride,
			     uint64_t seed)
{
	ask(blob->gpu,
	    "{\"op\":\"check\",\"resource\":%u,\"offset\":%llu,\"length\":%zu,\"stride\":%zu,\"seed\":%llu}",
	    blob->res, (unsigned long long)offset, len, stride, (unsigned long long)seed);
	return number("wrong");
}

/**
 * virtgpu_host_wrong_unsynced() - the same of all words, without the brackets that the exporter demands
 */
long long virtgpu_host_wrong_unsynced(struct virtgpu_blob *blob, uint64_t seed)
{
	ask(blob->gpu, "{\"op\":\"check\",\"resource\":%u,\"seed\":%llu,\"sync\":false}", blob->res,
	    (unsigned long long)seed);
	return number("wrong");
}

/**
 * virtgpu_host_wrong_in_memory() - the same of a range, whatever caches have (a device with --dram)
 */
long long virtgpu_host_wrong_in_memory(struct virtgpu_blob *blob, uint64_t offset, size_t len,
				       uint64_t seed)
{
	ask(blob->gpu,
	    "{\"op\":\"check\",\"resource\":%u,\"offset\":%llu,\"length\":%zu,\"seed\":%llu,\"snoop\":false}",
	    blob->res, (unsigned long long)offset, len, (unsigned long long)seed);
	return number("wrong");
}

/**
 * virtgpu_host_word_in_memory() - a word of a blob, whatever caches have (a device with --dram)
 * @offset: a multiple of 8
 */
uint64_t virtgpu_host_word_in_memory(struct virtgpu_blob *blob, size_t offset)
{
	ask(blob->gpu, "{\"op\":\"peek\",\"resource\":%u,\"offset\":%zu,\"length\":8,\"snoop\":false}",
	    blob->res, offset);
	return number("first");
}

/**
 * virtgpu_host_word() - a word of a blob, as the host sees it
 * @offset: a multiple of 8
 */
uint64_t virtgpu_host_word(struct virtgpu_blob *blob, size_t offset)
{
	ask(blob->gpu, "{\"op\":\"peek\",\"resource\":%u,\"offset\":%zu,\"length\":8}", blob->res,
	    offset);
	return number("first");
}

#define CHANGE "{\"op\":\"change\",\"resource\":%u,\"cache\":%u,\"flags\":%u}"

/**
 * virtgpu_host_change() - have the host declare other attributes of a blob
 *
 * Return: the generation of the declaration.
 */
long long virtgpu_host_change(struct virtgpu_blob *blob, unsigned int cache_mode,
			      unsigned int flags)
{
	ask(blob->gpu, CHANGE, blob->res, cache_mode, flags);
	return number("generation");
}

/**
 * virtgpu_host_change_refused() - have the host refuse to declare other attributes of a blob
 */
void virtgpu_host_change_refused(struct virtgpu_blob *blob, unsigned int cache_mode,
				 unsigned int flags)
{
	igt_assert_f(!try_ask(blob->gpu, CHANGE, blob->res, cache_mode, flags), "host device: %s\n",
		     answer);
}

/**
 * virtgpu_host_change_untold() - the same, but the guest's question what has changed waits
 *
 * Returns when the host has that question, which virtgpu_host_release() answers.
 */
long long virtgpu_host_change_untold(struct virtgpu_blob *blob, unsigned int cache_mode,
				     unsigned int flags)
{
	long long fetches = virtgpu_host_count(blob->gpu, "fetches");
	long long generation;

	virtgpu_host_inject(blob->gpu, "fetch", "hold");
	generation = virtgpu_host_change(blob, cache_mode, flags);
	virtgpu_host_wait_count(blob->gpu, "fetches", fetches + 1);
	return generation;
}

/**
 * virtgpu_host_wait_acked() - wait until the host has the acknowledgment of a generation
 */
void virtgpu_host_wait_acked(struct virtgpu_blob *blob, long long generation)
{
	long long seen = 0;

	virtgpu_wait((seen = virtgpu_host_blob(blob, "acked")) >= generation, VIRTGPU_WAIT_SECONDS);
	igt_assert_f(seen >= generation, "host device: acked is %lld, %lld is not reached\n", seen,
		     generation);
}

/**
 * virtgpu_host_change_acked() - have the host declare other attributes, and wait until the guest
 * has acknowledged them
 */
void virtgpu_host_change_acked(struct virtgpu_blob *blob, unsigned int cache_mode,
			       unsigned int flags)
{
	virtgpu_host_wait_acked(blob, virtgpu_host_change(blob, cache_mode, flags));
}

/**
 * virtgpu_host_move() - have the exporter of a blob's memory move it, when it may
 *
 * Return: the generation after whose acknowledgment it has been moved.
 */
long long virtgpu_host_move(struct virtgpu_blob *blob)
{
	ask(blob->gpu, "{\"op\":\"move\",\"resource\":%u}", blob->res);
	return number("generation");
}

/**
 * virtgpu_host_move_untold() - have the exporter move it now, whatever the guest does with it
 * @how: "copy", "replace", "forget", "revoke" or "race"
 */
void virtgpu_host_move_untold(struct virtgpu_blob *blob, const char *how)
{
	ask(blob->gpu, "{\"op\":\"move-untold\",\"resource\":%u,\"how\":\"%s\"}", blob->res, how);
}

/**
 * virtgpu_host_wait_evicted() - wait until a blob is out of the window
 */
void virtgpu_host_wait_evicted(struct virtgpu_blob *blob)
{
	igt_assert_f(virtgpu_wait(!virtgpu_host_blob(blob, "mapped") &&
				  !virtgpu_host_blob(blob, "evicting"), VIRTGPU_WAIT_SECONDS),
		     "host device: resource %u is in the window\n", blob->res);
}

/**
 * virtgpu_host_wait_settled() - wait until QEMU has taken out of the window what it was to
 */
void virtgpu_host_wait_settled(struct virtgpu_blob *blob)
{
	igt_assert_f(virtgpu_wait(!virtgpu_host_blob(blob, "evicting"), VIRTGPU_WAIT_SECONDS),
		     "host device: resource %u is still to be taken out\n", blob->res);
}

/**
 * virtgpu_host_next_generation() - which generation the next declaration of a blob gets
 */
void virtgpu_host_next_generation(struct virtgpu_blob *blob, unsigned int generation)
{
	ask(blob->gpu, "{\"op\":\"generation\",\"resource\":%u,\"next\":%u}", blob->res,
	    generation);
}

/* It may not even know the blob yet. */
static bool is_mapped(struct virtgpu_blob *blob)
{
	return try_ask(blob->gpu, "{\"op\":\"blob\",\"resource\":%u}", blob->res) && number("mapped");
}

/**
 * virtgpu_host_wait_mapped() - wait until the host has the command that maps a blob
 */
void virtgpu_host_wait_mapped(struct virtgpu_blob *blob)
{
	igt_assert_f(virtgpu_wait(is_mapped(blob), VIRTGPU_WAIT_SECONDS),
		     "host device: resource %u is not mapped\n", blob->res);
}

/**
 * virtgpu_host_add_rule() - what blobs are like that are created from now on
 */
void virtgpu_host_add_rule(struct virtgpu *gpu, const struct virtgpu_host_rule *rule)
{
	char which[64], cache[32] = "", fails[32] = "";

	if (rule->memory)
		snprintf(which, sizeof(which), "\"memory\":\"%s\",\"min_size\":%zu", rule->memory,
			 rule->min_size);
	else
		snprintf(which, sizeof(which), "\"blob_id\":%" PRIu64, rule->blob_id);
	if (rule->cache_mode)
		snprintf(cache, sizeof(cache), ",\"cache\":%u", rule->cache_mode);
	if (rule->fails)
		snprintf(fails, sizeof(fails), ",\"%s\":\"error\"", rule->fails);
	ask(gpu, "{\"op\":\"rule\",%s%s,\"flags\":%u%s}", which, cache, rule->flags, fails);
}

/**
 * virtgpu_host_clear_rules() - back to the device's default
 */
void virtgpu_host_clear_rules(struct virtgpu *gpu)
{
	ask(gpu, "{\"op\":\"clear\"}");
}

/**
 * virtgpu_host_inject() - get the reply to the next command of a kind wrong
 * @command: "fetch", "ack", "unref" ...
 * @how: a name of inject/injections.h
 */
void virtgpu_host_inject(struct virtgpu *gpu, const char *command, const char *how)
{
	ask(gpu, "{\"op\":\"inject\",\"command\":\"%s\",\"how\":\"%s\"}", command, how);
}

/**
 * virtgpu_host_break_used() - get the next used entry of the control queue wrong
 * @fault: "id", "twice", "jump" or "length"
 */
void virtgpu_host_break_used(struct virtgpu *gpu, const char *fault)
{
	ask(gpu, "{\"op\":\"used\",\"fault\":\"%s\"}", fault);
}

/**
 * virtgpu_host_hold_acks() - whether responses to acknowledgments wait for a release from now on
 */
void virtgpu_host_hold_acks(struct virtgpu *gpu, bool hold)
{
	ask(gpu, "{\"op\":\"hold-acks\",\"hold\":%s}", hold ? "true" : "false");
}

/**
 * virtgpu_host_release() - send every response that waits
 */
void virtgpu_host_release(struct virtgpu *gpu)
{
	ask(gpu, "{\"op\":\"release\"}");
}

/**
 * virtgpu_host_release_injected() - send every response that an injection "hold" keeps
 */
void virtgpu_host_release_injected(struct virtgpu *gpu)
{
	ask(gpu, "{\"op\":\"release\",\"injected\":true}");
}

/**
 * virtgpu_host_release_command() - send every response to commands of a kind that waits
 */
void virtgpu_host_release_command(struct virtgpu *gpu, const char *command)
{
	ask(gpu, "{\"op\":\"release\",\"command\":\"%s\"}", command);
}

/**
 * virtgpu_host_set_deaf() - whether the device leaves its queues alone from now on
 */
void virtgpu_host_set_deaf(struct virtgpu *gpu, bool deaf)
{
	ask(gpu, "{\"op\":\"deaf\",\"deaf\":%s}", deaf ? "true" : "false");
}

/**
 * virtgpu_host_ack_timeout() - how long the device waits for acknowledgments; 0: for ever
 */
void virtgpu_host_ack_timeout(struct virtgpu *gpu, unsigned int ms)
{
	ask(gpu, "{\"op\":\"ack-timeout\",\"ms\":%u}", ms);
}

/**
 * virtgpu_host_flood() - send events about nothing
 */
void virtgpu_host_flood(struct virtgpu *gpu, unsigned int count)
{
	ask(gpu, "{\"op\":\"flood\",\"count\":%u}", count);
}

/**
 * virtgpu_host_storm() - change blobs at random from now on
 * @tag: of their blob_id
 * @period_us: one change in so many microseconds
 */
void virtgpu_host_storm(struct virtgpu *gpu, unsigned int tag, unsigned int period_us,
			unsigned int seed)
{
	ask(gpu, "{\"op\":\"storm\",\"tag\":%u,\"period_us\":%u,\"seed\":%u}", tag, period_us,
	    seed);
}

/**
 * virtgpu_host_storm_end() - change no more
 */
void virtgpu_host_storm_end(struct virtgpu *gpu, unsigned int tag)
{
	ask(gpu, "{\"op\":\"storm\",\"tag\":%u,\"period_us\":0}", tag);
}

/**
 * virtgpu_host_witness() - have the device write acknowledged declarations to a blob
 */
void virtgpu_host_witness(struct virtgpu_blob *blob)
{
	ask(blob->gpu, "{\"op\":\"witness\",\"resource\":%u}", blob->res);
}

/**
 * virtgpu_host_die() - end the device
 */
void virtgpu_host_die(struct virtgpu *gpu)
{
	static const char request[] = "{\"op\":\"die\"}\n";
	ssize_t got;

	igt_assert_eq(write(gpu->control, request, strlen(request)), strlen(request));
	/* The port is closed then. An answer may be lost with it, unless it is a refusal. */
	while ((got = read(gpu->control, answer, sizeof(answer) - 1)) > 0) {
		answer[got] = '\0';
		igt_assert_f(!strstr(answer, "false"), "host device: %s\n", answer);
	}
}

static pid_t fill_queue(struct virtgpu *gpu, uint64_t blob_id)
{
	pid_t pid = fork();
	bool asleep;

	if (!pid) {
		struct virtgpu_blob blob;

		for (;;)
			virtgpu_blob_try_create(gpu, &blob, PAGE, blob_id,
						VIRTGPU_BLOB_FLAG_USE_MAPPABLE);
	}
	asleep = virtgpu_task_wait_asleep(pid);
	if (!asleep)
		kill(pid, SIGKILL);
	igt_assert(asleep);
	return pid;
}

/**
 * virtgpu_fill_queue() - make the host deaf, and fill the control queue
 *
 * Return: a child that creates blobs and waits for room; kill it. Its blobs stay
 * until virtgpu_reopen().
 */
pid_t virtgpu_fill_queue(struct virtgpu *gpu)
{
	virtgpu_host_set_deaf(gpu, true);
	return fill_queue(gpu, virtgpu_attr_id(CACHED, 0));
}

/**
 * virtgpu_fill_queue_held() - fill the control queue with commands that virtgpu_host_release()
 * answers
 *
 * All others are answered.
 *
 * Return: as virtgpu_fill_queue().
 */
pid_t virtgpu_fill_queue_held(struct virtgpu *gpu)
{
	return fill_queue(gpu, blob_id_inject(CACHED, 0, INJECT_HOLD, INJECT_NONE, 0));
}

/**
 * virtgpu_guest_stop() - have QEMU stop this guest, and let it go on
 */
void virtgpu_guest_stop(void)
{
	static const char commands[] = "stop\ninfo status\ncont\ninfo status\n";
	int fd = open("/dev/virtio-ports/monitor", O_RDWR | O_CLOEXEC);
	const char *stopped = NULL;
	char said[8192] = "";
	size_t used = 0;

	igt_require_f(fd >= 0, "there is no port of QEMU's monitor\n");
	igt_assert_eq(write(fd, commands, strlen(commands)), strlen(commands));
	while (!stopped || !strstr(stopped, "VM status: running")) {
		ssize_t got = read(fd, said + used, sizeof(said) - 1 - used);

		igt_assert_f(got > 0, "the guest does not stop: %s\n", said);
		used += got;
		said[used] = '\0';
		stopped = strstr(said, "VM status: paused");
	}
	close(fd);
}
