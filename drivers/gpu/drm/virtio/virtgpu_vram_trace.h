/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/**
 * DOC: Tracepoints
 *
 * One for each step of a declaration, in the trace system virtio_gpu_vram:
 *
 * received
 *   the host declared something else
 * revoked
 *   all CPU mappings made under the declaration before have been removed
 * cleaned
 *   caches hold nothing of the blob
 * acknowledge
 *   MAP_ATTR_ACK is going to be sent
 * acknowledged
 *   the host has answered it
 * applied
 *   the memory type that PTEs will have has been reserved
 * refused
 *   the blob will not be mapped again
 *
 * And two about the window, when it is full:
 *
 * evicted
 *   the blob gives its place to another
 * room
 *   another has done so for this blob, or the error
 */
#if !defined(VIRTGPU_VRAM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VIRTGPU_VRAM_TRACE_H

#include <linux/tracepoint.h>
#include <linux/virtio_gpu.h>

#include "virtgpu_vram_attr.h"

#undef TRACE_SYSTEM
#define TRACE_SYSTEM virtio_gpu_vram
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE virtgpu_vram_trace

DECLARE_EVENT_CLASS(virtio_gpu_vram_attr,
		    TP_PROTO(u32 resource_id, const struct virtio_gpu_vram_attr *attr),
		    TP_ARGS(resource_id, attr),
		    TP_STRUCT__entry(__field(u32, resource_id)
				     __field(u64, generation)
				     __field(u32, cache_mode)
				     __field(u32, flags)
		    ),
		    TP_fast_assign(__entry->resource_id = resource_id;
				   __entry->generation = attr->generation;
				   __entry->cache_mode = attr->cache_mode;
				   __entry->flags = attr->flags;
		    ),
		    TP_printk("resource_id=%u generation=%llu cache_mode=%s flags=%s",
			      __entry->resource_id, __entry->generation,
			      __print_symbolic(__entry->cache_mode,
					       { VIRTIO_GPU_MAP_CACHE_CACHED, "cached" },
					       { VIRTIO_GPU_MAP_CACHE_UNCACHED, "uncached" },
					       { VIRTIO_GPU_MAP_CACHE_WC, "wc" }),
			      __print_flags(__entry->flags, "|",
					    { VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED, "sync-required" },
					    { VIRTIO_GPU_MAP_ATTR_REVOKED, "revoked" },
					    { VIRTIO_GPU_MAP_ATTR_READ_ONLY, "read-only" }))
);

DEFINE_EVENT(virtio_gpu_vram_attr, virtio_gpu_vram_received,
	     TP_PROTO(u32 resource_id, const struct virtio_gpu_vram_attr *attr),
	     TP_ARGS(resource_id, attr)
);

DEFINE_EVENT(virtio_gpu_vram_attr, virtio_gpu_vram_revoked,
	     TP_PROTO(u32 resource_id, const struct virtio_gpu_vram_attr *attr),
	     TP_ARGS(resource_id, attr)
);

DEFINE_EVENT(virtio_gpu_vram_attr, virtio_gpu_vram_applied,
	     TP_PROTO(u32 resource_id, const struct virtio_gpu_vram_attr *attr),
	     TP_ARGS(resource_id, attr)
);

DECLARE_EVENT_CLASS(virtio_gpu_vram_bytes,
		    TP_PROTO(u32 resource_id, u64 size),
		    TP_ARGS(resource_id, size),
		    TP_STRUCT__entry(__field(u32, resource_id)
				     __field(u64, size)
		    ),
		    TP_fast_assign(__entry->resource_id = resource_id;
				   __entry->size = size;
		    ),
		    TP_printk("resource_id=%u size=%llu", __entry->resource_id, __entry->size)
);

DEFINE_EVENT(virtio_gpu_vram_bytes, virtio_gpu_vram_cleaned,
	     TP_PROTO(u32 resource_id, u64 size),
	     TP_ARGS(resource_id, size)
);

TRACE_EVENT(virtio_gpu_vram_acknowledge,
	    TP_PROTO(u32 resource_id, u64 generation),
	    TP_ARGS(resource_id, generation),
	    TP_STRUCT__entry(__field(u32, resource_id)
			     __field(u64, generation)
	    ),
	    TP_fast_assign(__entry->resource_id = resource_id;
			   __entry->generation = generation;
	    ),
	    TP_printk("resource_id=%u generation=%llu",
		      __entry->resource_id, __entry->generation)
);

TRACE_EVENT(virtio_gpu_vram_acknowledged,
	    TP_PROTO(u32 resource_id, u64 generation, int error),
	    TP_ARGS(resource_id, generation, error),
	    TP_STRUCT__entry(__field(u32, resource_id)
			     __field(u64, generation)
			     __field(int, error)
	    ),
	    TP_fast_assign(__entry->resource_id = resource_id;
			   __entry->generation = generation;
			   __entry->error = error;
	    ),
	    TP_printk("resource_id=%u generation=%llu error=%d",
		      __entry->resource_id, __entry->generation, __entry->error)
);

DEFINE_EVENT(virtio_gpu_vram_bytes, virtio_gpu_vram_evicted,
	     TP_PROTO(u32 resource_id, u64 size),
	     TP_ARGS(resource_id, size)
);

TRACE_EVENT(virtio_gpu_vram_room,
	    TP_PROTO(u32 resource_id, u64 size, int error),
	    TP_ARGS(resource_id, size, error),
	    TP_STRUCT__entry(__field(u32, resource_id)
			     __field(u64, size)
			     __field(int, error)
	    ),
	    TP_fast_assign(__entry->resource_id = resource_id;
			   __entry->size = size;
			   __entry->error = error;
	    ),
	    TP_printk("resource_id=%u size=%llu error=%d",
		      __entry->resource_id, __entry->size, __entry->error)
);

TRACE_EVENT(virtio_gpu_vram_refused,
	    TP_PROTO(u32 resource_id, int error),
	    TP_ARGS(resource_id, error),
	    TP_STRUCT__entry(__field(u32, resource_id)
			     __field(int, error)
	    ),
	    TP_fast_assign(__entry->resource_id = resource_id;
			   __entry->error = error;
	    ),
	    TP_printk("resource_id=%u error=%d", __entry->resource_id, __entry->error)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#include <trace/define_trace.h>
