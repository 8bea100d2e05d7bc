/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * All the ways in which the device can be made to get a reply wrong, and how a blob_id asks
 * for one.  Shared with the tests; no dependency beyond <stdint.h>.
 */
#ifndef HOST_DEVICE_INJECTIONS_H
#define HOST_DEVICE_INJECTIONS_H

#include "../blob_id.h"

/*
 * X(value, id, name, before, after): the value in a blob_id; INJECT_id; the name in rules and
 * requests; what is done before a MAP_BLOB is carried out and when a reply has been made up,
 * functions of effects.c.
 */
#define INJECTIONS(X) \
	X(0, NONE, "none", NULL, NULL) \
	X(1, EMPTY, "empty", NULL, answer_nothing) /* nothing written, used length 0 */ \
	X(2, SHORT_HEADER, "short-header", NULL, short_header) /* only the 24 byte header */ \
	X(3, SHORT_ATTR, "short-attr", NULL, short_attr) /* attributes cut after 16 bytes */ \
	X(4, LONG, "long", NULL, too_long) /* used length beyond the buffer */ \
	X(5, NODATA, "nodata", NULL, answer_nodata) /* OK_NODATA, full length */ \
	X(6, MAP_INFO, "map-info", NULL, map_info) /* OK_MAP_INFO */ \
	X(7, BAD_TYPE, "bad-type", NULL, bad_type) /* a response type that is not defined */ \
	X(8, ERROR, "error", refuse_map, answer_error) /* ERR_UNSPEC */ \
	X(9, NO_MEMORY, "no-memory", refuse_memory, no_memory) /* ERR_OUT_OF_MEMORY */ \
	X(10, RESERVED, "reserved", NULL, set_reserved) /* a reserved field is not zero */ \
	X(11, GEN_ZERO, "generation-zero", NULL, generation_zero) /* generation 0 */ \
	X(12, GEN_OLD, "generation-old", NULL, generation_old) /* one below the last one sent */ \
	X(13, GEN_CLASH, "generation-clash", NULL, clash_generation) /* same generation, other cache mode */ \
	X(14, LATE, "late", NULL, defer_late) /* given after LATE_MS */ \
	X(15, HOLD, "hold", NULL, defer_until_released) /* given when told to ("release"), or never */ \
	X(16, ERROR_ONCE, "error-once", refuse_once, answer_error) /* as error, but only the first time */ \
	X(17, CHANGE, "change", change_before_map, NULL) /* MAP_BLOB: change attributes, then reply */ \
	X(18, COUNT_OVER, "count-over", NULL, count_over) /* FETCH: count beyond the array */ \
	X(19, COUNT_SHORT, "count-short", NULL, count_short) /* FETCH: beyond the used length */ \
	X(20, FOREIGN, "foreign", NULL, add_foreign_change) /* FETCH: a resource that does not exist */ \
	X(21, TWICE, "twice", NULL, repeat_change) /* FETCH: the same resource twice */ \
	X(22, MORE, "more", NULL, claim_more) /* FETCH: more, although that is all */ \
	X(23, CLASH_HOLD, "clash-hold", NULL, clash_hold) /* as generation-clash, and hold */ \
	X(24, CHANGE_CLASH_HOLD, "change-clash-hold", change_before_map, clash_hold) /* both */ \
	X(25, CACHED, "cached", NULL, declare_cached) /* another cache mode than the memory's */ \
	X(26, UNCACHED, "uncached", NULL, declare_uncached) /* the same */ \
	X(27, WC, "wc", NULL, declare_wc) /* the same */

#define INJECTION_ENUM(value, id, name, before, after) INJECT_##id = (value),
enum injection {
	INJECTIONS(INJECTION_ENUM)
	INJECT_COUNT
};

#undef INJECTION_ENUM

#define LATE_MS 300

/**
 * blob_id_inject() - the blob_id that spells out attributes, and what is to be got wrong
 * @on_create: the reply to RESOURCE_CREATE_BLOB
 * @on_map: the reply to RESOURCE_MAP_BLOB
 *
 * It is, with --inject.  Map 31:24, create 23:16, the rest as blob_id_attr() has it.
 */
static inline uint64_t blob_id_inject(unsigned int cache_mode, unsigned int flags,
				      enum injection on_create, enum injection on_map,
				      unsigned int tag)
{
	return blob_id_attr(cache_mode, flags, tag) |
	       (uint64_t)(on_map & 0xff) << 24 | (uint64_t)(on_create & 0xff) << 16;
}

#endif
