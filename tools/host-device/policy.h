/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_POLICY_H
#define HOST_DEVICE_POLICY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "attr.h"

/**
 * enum memory_kind - what a renderer gives memory as, which it has allocated
 */
enum memory_kind {
	MEMORY_NONE,
	MEMORY_SHM,	/* shared memory: what guest driver and renderer talk through */
	MEMORY_DMA_BUF,
	MEMORY_OPAQUE,	/* a file that only the Vulkan driver knows the layout of */
};

/**
 * struct policy_extension - more that a rule or a blob_id can say, see struct declaration
 * @parse: read it from a rule; NULL, or what is wrong
 * @spelled: read it from a blob_id with BLOB_ID_MAGIC; false if one may ask for nothing wrong
 */
struct policy_extension {
	const char *(*parse)(const json_t *rule, uint32_t *inject);
	bool (*spelled)(uint64_t blob_id, uint32_t *inject);
};

int policy_set_default(const char *cache_mode);
int policy_add_rule(const json_t *rule, const char **why);
void policy_clear(void);
void policy_extend(const struct policy_extension *by);
struct declaration policy_decide(uint64_t blob_id);
struct declaration policy_decide_memory(enum memory_kind kind, uint64_t size, uint32_t map_info,
					bool mappable);

#endif
