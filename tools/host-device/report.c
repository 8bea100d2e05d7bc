// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The report: what the device has seen, as JSON.
 */
#include "report.h"

json_t *report_blob(const struct blob *b)
{
	return json_pack("{s:I, s:I, s:I, s:s, s:I, s:I, s:I, s:b, s:b, s:I, s:i, s:i, s:i, s:i}",
			 "resource", (json_int_t)b->res_id,
			 "blob_id", (json_int_t)b->blob_id,
			 "size", (json_int_t)b->size,
			 "cache", attr_cache_mode_name(b->declared.cache_mode),
			 "flags", (json_int_t)b->declared.flags,
			 "generation", (json_int_t)b->generation,
			 "acked", (json_int_t)b->acked,
			 "mapped", b->mapped,
			 "evicting", b->evicting != 0,
			 "offset", (json_int_t)b->offset,
			 "map_count", b->map_count,
			 "reads", b->accesses[VIRTIO_GPU_CPU_ACCESS_READ],
			 "writes", b->accesses[VIRTIO_GPU_CPU_ACCESS_WRITE],
			 "reads_and_writes", b->accesses[VIRTIO_GPU_CPU_ACCESS_READ |
							 VIRTIO_GPU_CPU_ACCESS_WRITE]);
}

/**
 * report_device() - what was negotiated, counters and all blobs
 *
 * Return: an object, owned by the caller.
 */
json_t *report_device(const struct gpu *gpu)
{
	const struct dram *dram = &gpu->window.dram;
	json_t *blobs = json_array(), *report;

	for (const struct blob *b = gpu->blobs.first; b; b = b->next)
		json_array_append_new(blobs, report_blob(b));
	report = json_pack("{s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I,"
			   " s:I, s:I, s:o}",
			   "map_attr_offered", gpu->options.map_attr,
			   "map_attr_negotiated", gpu_has_map_attr(gpu),
			   "features", (json_int_t)gpu->features,
			   "window", (json_int_t)gpu->window.size,
			   "commands", (json_int_t)gpu->count.commands,
			   "errors", (json_int_t)gpu->count.errors,
			   "malformed", (json_int_t)gpu->count.malformed,
			   "created", (json_int_t)gpu->count.created,
			   "destroyed", (json_int_t)gpu->count.destroyed,
			   "live", (json_int_t)(gpu->count.created - gpu->count.destroyed),
			   "attr_replies", (json_int_t)gpu->count.attr_replies,
			   "legacy_replies", (json_int_t)gpu->count.legacy_replies,
			   "changes", (json_int_t)gpu->count.changes,
			   "fetches", (json_int_t)gpu->count.fetches,
			   "acks", (json_int_t)gpu->count.acks,
			   "accesses", (json_int_t)gpu->count.accesses,
			   "timeouts", (json_int_t)gpu->count.timeouts,
			   "blobs", blobs);
	if (!gpu->window.behind_caches)
		return report;
	json_object_set_new(report, "judged", json_integer(dram->count->judged));
	json_object_set_new(report, "out_of_mode", json_integer(dram->count->out_of_mode));
	return report;
}
