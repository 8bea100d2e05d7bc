// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The driver's tracepoints.
 */
#include <stdio.h>
#include <string.h>

#include "igt.h"
#include "virtgpu_blob.h"
#include "virtgpu_trace.h"
#include "virtgpu_util.h"

#define TRACING "/sys/kernel/tracing/"
#define EVENTS TRACING "events/virtio_gpu_vram/enable"

/**
 * virtgpu_trace_start() - trace from now on
 */
void virtgpu_trace_start(void)
{
	virtgpu_write_file(TRACING "trace", "");
	virtgpu_write_file(EVENTS, "1");
}

/**
 * virtgpu_trace_stop() - the names of the events about a blob since virtgpu_trace_start()
 * @names: set to them, a space after each
 * @len: its size, in bytes
 */
void virtgpu_trace_stop(const struct virtgpu_blob *blob, char *names, size_t len)
{
	char line[512], id[32];
	FILE *f;

	virtgpu_write_file(EVENTS, "0");
	*names = '\0';
	snprintf(id, sizeof(id), " resource_id=%u ", blob->res);
	f = fopen(TRACING "trace", "r");
	igt_assert(f);
	while (fgets(line, sizeof(line), f)) {
		char *event = strstr(line, ": virtio_gpu_vram_"), *end;

		line[strcspn(line, "\n")] = ' ';
		if (!event || !strstr(line, id))
			continue;
		event += strlen(": virtio_gpu_vram_");
		end = strchr(event, ':');
		igt_assert(end && strlen(names) + (end - event) + 2 < len);
		strncat(names, event, end - event);
		strcat(names, " ");
	}
	fclose(f);
}
