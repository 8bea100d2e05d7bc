// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * vgpu-host-device: a vhost-user virtio-gpu device that exports memory and
 * declares map attributes for it.  See the manual page next to this file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "device.h"
#include "exporter.h"
#include "inject.h"
#include "log.h"
#include "loop.h"
#include "policy.h"
#include "renderer.h"
#include "run.h"
#include "report.h"
#include "vhost_user.h"

static volatile bool stop;
static bool failed;
static int wake = -1;	/* eventfd: a signal that comes before poll() ends it, too */

static void on_signal(int sig)
{
	int saved = errno;

	(void)sig;
	stop = true;
	eventfd_write(wake, 1);
	errno = saved;
}

static void on_wake(void *data)
{
	(void)data;	/* loop_run() looks at @stop */
}

static int catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	int ret;

	wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake < 0)
		return -errno;
	ret = loop_add(wake, on_wake, NULL);
	if (ret)
		return ret;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

static void on_closed(void)
{
	stop = true;
}

static void print_usage(FILE *out)
{
	fputs("usage: vgpu-host-device --socket PATH [options]\n"
	      "A vhost-user virtio-gpu device that declares map attributes for its blobs.\n\n"
	      "  --socket PATH        listen here for QEMU (required)\n"
	      "  --control PATH       listen here for JSON requests, one a line\n"
	      "  --config FILE        JSON array of rules: attributes by blob_id\n"
	      "  --report FILE        write what was seen, as JSON, at the end\n"
	      "  --window MIB         size of the host-visible window, a power of two (1024)\n"
	      "  --default CACHE      attributes nothing else decides: cached, uncached, wc, none (cached)\n"
	      "  --no-map-attr        do not offer the feature: an old host\n"
	      "  --cpu-access         offer brackets around accesses, too, for memory that needs them\n"
	      "  --no-draft           offer the feature without the draft's bit\n"
	      "  --no-blob            do not offer blobs, which the feature requires\n"
	      "  --no-indirect        do not offer indirect descriptors\n"
	      "  --blob-alignment N   accept no blob whose size is not a multiple of N bytes (4096)\n"
	      "  --ack-timeout MS     revoke what is not acknowledged by then (0: wait for ever)\n"
	      "  --inject             let blob_ids ask for wrong replies: for tests\n"
	      "  --exporter NAME      make blobs of files of their own: memfd, or dma-bufs of the host's:\n"
	      "                       udmabuf, moving, or moving-sync (tools/exporter)\n"
	      "  --dram FILE          access memory in a file of vgpu-cache-plugin(1), which puts caches in\n"
	      "                       front of it, and snoop those where blobs are declared cached only\n"
	      "  --venus              render with virglrenderer: Vulkan, in venus contexts\n"
	      "  --verbose            log what happens to standard error\n"
	      "  --help               this text\n\n"
	      "The device serves one QEMU and ends with it, or on SIGTERM.\n", out);
}

struct options {
	const char *socket;
	const char *control;
	const char *config;
	const char *report;
	const char *exporter;
	const char *dram;
	uint64_t window_mib;
	bool venus;
};

static int load_config(const char *path)
{
	json_error_t err;
	json_t *rules = json_load_file(path, 0, &err);
	json_t *rule;
	size_t i;
	int ret = 0;

	if (!json_is_array(rules)) {
		fprintf(stderr, "vgpu-host-device: %s:%d: %s\n", path, err.line,
			rules ? "not an array of rules" : err.text);
		json_decref(rules);
		return -EINVAL;
	}
	json_array_foreach(rules, i, rule) {
		const char *why;

		ret = policy_add_rule(rule, &why);
		if (ret) {
			fprintf(stderr, "vgpu-host-device: %s: rule %zu: %s\n", path, i, why);
			break;
		}
	}
	json_decref(rules);
	return ret;
}

static int parse_default(const char *cache)
{
	if (!policy_set_default(cache))
		return 0;
	fprintf(stderr, "vgpu-host-device: --default %s: no such cache mode\n", cache);
	return -EINVAL;
}

static bool is_power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

/* --inject has been given: then --blob-alignment takes what no device may ask for. */
static bool injects;

static int parse_alignment(const char *bytes, struct gpu *gpu)
{
	unsigned long n = strtoul(bytes, NULL, 0);

	if (n >= 4096 && n <= UINT32_MAX && (is_power_of_two(n) || injects)) {
		gpu->options.alignment = n;
		return 0;
	}
	fprintf(stderr, "vgpu-host-device: --blob-alignment %s: not a power of two from 4096 on\n",
		bytes);
	return -EINVAL;
}

static int parse_inject(struct gpu *gpu)
{
	if (!gpu->inject) {
		fprintf(stderr, "vgpu-host-device: --inject: this program has no injections\n");
		return -EINVAL;
	}
	gpu->inject->option(gpu);
	injects = true;
	return 0;
}

/* Options that say what the device is to be like.  Return: as parse_options(). */
static int parse_device_option(int c, const char *arg, struct gpu *gpu)
{
	switch (c) {
	case 'd':
		return parse_default(arg);
	case 'n':
		gpu->options.map_attr = false;
		return 0;
	case 'A':
		gpu->options.cpu_access = true;
		return 0;
	case 'D':
		gpu->options.no_draft = true;
		return 0;
	case 'B':
		gpu->options.no_blob = true;
		return 0;
	case 'I':
		gpu->options.no_indirect = true;
		return 0;
	case 'b':
		return parse_alignment(arg, gpu);
	case 'a':
		gpu->options.ack_timeout_ms = strtoul(arg, NULL, 0);
		return 0;
	case 'i':
		return parse_inject(gpu);
	}
	return -EINVAL;
}

/* The others.  Return: as parse_options(). */
static int parse_option(int c, const char *arg, struct options *o, struct gpu *gpu)
{
	switch (c) {
	case 's':
		o->socket = arg;
		return 0;
	case 'c':
		o->control = arg;
		return 0;
	case 'f':
		o->config = arg;
		return 0;
	case 'r':
		o->report = arg;
		return 0;
	case 'w':
		o->window_mib = strtoull(arg, NULL, 0);
		return 0;
	case 'e':
		o->exporter = arg;
		return 0;
	case 'm':
		o->dram = arg;
		return 0;
	case 'V':
		o->venus = true;
		return 0;
	case 'v':
		log_verbose(true);
		return 0;
	case 'h':
		print_usage(stdout);
		return 1;
	}
	return parse_device_option(c, arg, gpu);
}

static const struct option longopts[] = {
	{ "socket", required_argument, NULL, 's' },
	{ "control", required_argument, NULL, 'c' },
	{ "config", required_argument, NULL, 'f' },
	{ "report", required_argument, NULL, 'r' },
	{ "window", required_argument, NULL, 'w' },
	{ "default", required_argument, NULL, 'd' },
	{ "no-map-attr", no_argument, NULL, 'n' },
	{ "cpu-access", no_argument, NULL, 'A' },
	{ "no-draft", no_argument, NULL, 'D' },
	{ "no-blob", no_argument, NULL, 'B' },
	{ "no-indirect", no_argument, NULL, 'I' },
	{ "blob-alignment", required_argument, NULL, 'b' },
	{ "ack-timeout", required_argument, NULL, 'a' },
	{ "inject", no_argument, NULL, 'i' },
	{ "exporter", required_argument, NULL, 'e' },
	{ "dram", required_argument, NULL, 'm' },
	{ "venus", no_argument, NULL, 'V' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* Return: 0 to go on, 1 when help was all that was wanted, negative errno. */
static int parse_options(int argc, char **argv, struct options *o, struct gpu *gpu)
{
	int c, ret = 0;

	while (!ret && (c = getopt_long(argc, argv, "", longopts, NULL)) != -1)
		ret = parse_option(c, optarg, o, gpu);
	if (ret)
		return ret;
	/* Their memory is elsewhere. */
	if (o->dram && (o->venus || o->exporter)) {
		fprintf(stderr, "vgpu-host-device: --dram goes neither with --venus nor with --exporter\n");
		return -EINVAL;
	}
	if (!o->socket || optind != argc || !is_power_of_two(o->window_mib)) {
		print_usage(stderr);
		return -EINVAL;
	}
	return 0;
}

static int listener = -1;

/* QEMU is there; no other client is served. */
static void on_connect(void *data)
{
	struct vhost_user *vu = data;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int ret = fd < 0 ? -errno : vhost_user_attach(vu, fd);

	loop_del(listener);
	close(listener);
	if (!ret)
		return;
	fprintf(stderr, "vgpu-host-device: %s\n", strerror(-ret));
	failed = true;
	stop = true;
}

static int listen_at(const char *path, struct vhost_user *vu)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	unlink(path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(listener, 1))
		return -errno;
	return loop_add(listener, on_connect, vu);
}

static int write_report(const struct gpu *gpu, const char *path)
{
	json_t *report = report_device(gpu);
	int ret = json_dump_file(report, path, JSON_INDENT(2));

	json_decref(report);
	if (ret)
		fprintf(stderr, "vgpu-host-device: cannot write %s\n", path);
	return ret;
}

/* Return: as prepare_device(). */
static int open_exporter(const char *name, struct gpu *gpu)
{
	int ret = exporter_open(gpu, name);

	if (ret == -EINVAL)
		fprintf(stderr, "vgpu-host-device: --exporter %s: there are memfd, udmabuf, moving and moving-sync\n", name);
	else if (ret)
		fprintf(stderr, "vgpu-host-device: --exporter %s: %s: is its module loaded?\n", name,
			strerror(-ret));
	return ret == -EINVAL ? 2 : ret ? 1 : 0;
}

/* A renderer and an exporter have a few open for each blob. */
static void allow_many_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

/* Return: 0, or an exit status, after what is wrong has been said. */
static int prepare_device(const struct options *o, struct gpu *gpu)
{
	int ret = catch_signals();

	if (ret) {
		fprintf(stderr, "vgpu-host-device: %s\n", strerror(-ret));
		return 1;
	}
	if (o->config && load_config(o->config))
		return 2;
	allow_many_files();
	if (o->venus && renderer_init(gpu)) {
		fprintf(stderr, "vgpu-host-device: virglrenderer offers no venus: are a Vulkan driver and virgl_render_server installed?\n");
		return 1;
	}
	return o->exporter ? open_exporter(o->exporter, gpu) : 0;
}

/* Return: 0, or a negative errno, when QEMU is gone, or a signal says so. */
static int serve_qemu(const struct options *o, struct gpu *gpu, struct vhost_user *vu)
{
	int ret = device_init(gpu, o->window_mib << 20);

	if (!ret && o->dram) {
		ret = window_put_behind_caches(&gpu->window, o->dram);
		if (ret)
			fprintf(stderr, "vgpu-host-device: --dram %s: %s\n", o->dram, strerror(-ret));
	}
	if (!ret && o->control)
		ret = control_listen(gpu, o->control);
	if (!ret)
		ret = listen_at(o->socket, vu);
	return ret ?: loop_run(&stop);
}

/**
 * run() - the program
 * @gpu: the device, zeroed, unless it is to misbehave
 *
 * Return: exit status.
 */
int run(int argc, char **argv, struct gpu *gpu)
{
	struct vhost_user vu = { .gpu = gpu, .fd = -1,
				 .window = { .gpu = gpu, .fd = -1 }, .closed = on_closed };
	struct options o = { .window_mib = 1024 };
	int ret;

	gpu->options.map_attr = true;
	ret = parse_options(argc, argv, &o, gpu);
	if (ret)
		return ret < 0 ? 2 : 0;
	ret = prepare_device(&o, gpu);
	if (ret)
		return ret;
	ret = serve_qemu(&o, gpu, &vu);
	if (ret && !stop)
		fprintf(stderr, "vgpu-host-device: %s\n", strerror(-ret));

	if (o.report && write_report(gpu, o.report))
		failed = true;
	vhost_user_detach(&vu);
	control_close();
	device_fini(gpu);
	return failed || (ret && !stop) ? 1 : 0;
}
