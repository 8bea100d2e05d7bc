// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What a declaration has to be by itself, and beside those that came before.
 */
#include <endian.h>
#include <string.h>

#include "clause.h"
#include "declaration.h"

/**
 * declaration_check() - look at a declaration, whatever brings it
 * @known: the last of each resource, by its id modulo RESOURCES; is brought up to date
 */
void declaration_check(struct virtio_gpu_map_attr *known, uint32_t res,
		       const struct virtio_gpu_map_attr *now)
{
	struct virtio_gpu_map_attr *before = &known[res % RESOURCES];
	uint64_t generation = le64toh(now->generation);
	uint32_t cache_mode = le32toh(now->cache_mode);

	clause_check("D3", generation, "resource %u: generation 0", res);
	clause_check("D7", cache_mode >= VIRTIO_GPU_MAP_CACHE_CACHED &&
		     cache_mode <= VIRTIO_GPU_MAP_CACHE_WC,
		     "resource %u: cache_mode %u", res, cache_mode);
	clause_check("D13", le32toh(now->flags) < 8, "resource %u: flags %#x", res,
		     le32toh(now->flags));
	for (unsigned int i = 0; i < 4; i++)
		clause_check("D15", !now->reserved[i], "resource %u: reserved[%u] is %#x", res, i,
			     le32toh(now->reserved[i]));
	clause_check("D6", generation >= le64toh(before->generation),
		     "resource %u: generation %llu after %llu", res, (unsigned long long)generation,
		     (unsigned long long)le64toh(before->generation));
	clause_check("D5", generation != le64toh(before->generation) ||
		     !memcmp(before, now, sizeof(*now)),
		     "resource %u: generation %llu is two different declarations", res,
		     (unsigned long long)generation);
	*before = *now;
}

/**
 * declaration_check_changes() - look at a response to MAP_ATTR_FETCH
 * @known: as for declaration_check()
 * @used: how many bytes of it the device says it has written
 */
void declaration_check_changes(struct virtio_gpu_map_attr *known,
			       const struct virtio_gpu_resp_map_attr_changes *r, uint32_t used)
{
	uint32_t n = le32toh(r->count), more = le32toh(r->more);

	clause_check("D30", n <= VIRTIO_GPU_MAP_ATTR_MAX_CHANGES, "count is %u", n);
	clause_check("D30", used == 32 + n * 40, "used length %u with %u changes", used, n);
	clause_check("D31", more == 0 || (more == 1 && n == VIRTIO_GPU_MAP_ATTR_MAX_CHANGES),
		     "more is %u after %u changes", more, n);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t res = le32toh(r->changes[i].resource_id);

		clause_check("D30", !r->changes[i].padding, "change %u has padding", i);
		for (uint32_t k = 0; k < i; k++)
			clause_check("D30", r->changes[k].resource_id != r->changes[i].resource_id,
				     "resource %u is reported twice", res);
		declaration_check(known, res, &r->changes[i].attr);
	}
}
