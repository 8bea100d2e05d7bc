/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What a guest can ask of the host device through a blob_id, and the data
 * pattern that both sides write and check.  Shared with the tests; no
 * dependency beyond <stdint.h>.
 *
 * A blob_id whose top 16 bits are BLOB_ID_MAGIC spells out the attributes of
 * the blob and how the device is to misbehave when it replies, which it does with
 * --quirks.  Every other
 * blob_id gets the device's rules or its default.
 */
#ifndef HOST_DEVICE_BLOB_ID_H
#define HOST_DEVICE_BLOB_ID_H

#include <stdint.h>

#define BLOB_ID_MAGIC	0xb10bULL

/**
 * enum quirk - how the device gets a reply wrong
 *
 * Names as the control socket spells them are in policy.c.
 */
enum quirk {
	QUIRK_NONE,
	QUIRK_EMPTY,		/* nothing written, used length 0 */
	QUIRK_SHORT_HEADER,	/* only the 24 byte header */
	QUIRK_SHORT_ATTR,	/* attributes cut after 16 bytes */
	QUIRK_LONG,		/* used length beyond the buffer */
	QUIRK_NODATA,		/* VIRTIO_GPU_RESP_OK_NODATA, full length */
	QUIRK_MAP_INFO,		/* VIRTIO_GPU_RESP_OK_MAP_INFO */
	QUIRK_BAD_TYPE,		/* a response type that is not defined */
	QUIRK_ERROR,		/* VIRTIO_GPU_RESP_ERR_UNSPEC */
	QUIRK_NO_MEMORY,	/* VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY */
	QUIRK_RESERVED,		/* a reserved field is not zero */
	QUIRK_GEN_ZERO,		/* generation 0 */
	QUIRK_GEN_OLD,		/* generation one below the last one sent */
	QUIRK_GEN_CLASH,	/* same generation, other cache mode */
	QUIRK_LATE,		/* reply after LATE_MS */
	QUIRK_HOLD,		/* reply when told to ("release"), or never */
	QUIRK_ERROR_ONCE,	/* as error, but only the first time */
	QUIRK_CHANGE,		/* MAP_BLOB: change attributes, then reply */
	QUIRK_COUNT_OVER,	/* FETCH: count beyond the array */
	QUIRK_COUNT_SHORT,	/* FETCH: count beyond the used length */
	QUIRK_FOREIGN,		/* FETCH: a resource that does not exist */
	QUIRK_TWICE,		/* FETCH: the same resource twice */
	QUIRK_MORE,		/* FETCH: more, although that is all */
	QUIRK_CLASH_HOLD,	/* as generation-clash, and held */
	QUIRK_CHANGE_CLASH_HOLD,	/* MAP_BLOB: change, then as clash-hold */
	QUIRK_COUNT
};

#define LATE_MS 300

/* blob_id: magic 63:48, tag 47:32, map quirk 31:24, create quirk 23:16,
 * flags 15:8, cache mode 7:0. Cache mode and flags are the wire values, so
 * unknown ones can be asked for too.
 */
static inline uint64_t blob_id_encode(unsigned int cache_mode, unsigned int flags,
				      enum quirk on_create, enum quirk on_map,
				      unsigned int tag)
{
	return BLOB_ID_MAGIC << 48 | (uint64_t)(tag & 0xffff) << 32 |
	       (uint64_t)(on_map & 0xff) << 24 | (uint64_t)(on_create & 0xff) << 16 |
	       (uint64_t)(flags & 0xff) << 8 | (cache_mode & 0xff);
}

static inline unsigned int blob_id_tag(uint64_t blob_id)
{
	return blob_id >> 48 == BLOB_ID_MAGIC ? blob_id >> 32 & 0xffff : 0;
}

/**
 * pattern_word() - the 64 bit word both sides expect at @offset
 * @seed: which pattern
 * @offset: byte offset into the blob, a multiple of 8
 *
 * splitmix64: every bit of seed and offset reaches every bit of the word, so
 * that a page seen at the wrong place cannot pass for the right one.
 */
static inline uint64_t pattern_word(uint64_t seed, uint64_t offset)
{
	uint64_t z = seed * 0x9e3779b97f4a7c15ULL + offset;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

#endif
