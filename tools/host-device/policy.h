/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_POLICY_H
#define HOST_DEVICE_POLICY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "blob_id.h"

/**
 * struct declaration - what the device declares for a blob, and how badly
 * @cache_mode: wire value
 * @flags: wire value
 * @on_create: quirk of the reply to RESOURCE_CREATE_BLOB
 * @on_map: quirk of the reply to RESOURCE_MAP_BLOB
 */
struct declaration {
	uint32_t cache_mode;
	uint32_t flags;
	enum quirk on_create;
	enum quirk on_map;
};

/**
 * enum memory_kind - what a renderer gives memory as, which it has allocated
 */
enum memory_kind {
	MEMORY_NONE,
	MEMORY_SHM,	/* shared memory: what guest driver and renderer talk through */
	MEMORY_DMA_BUF,
	MEMORY_OPAQUE,	/* a file that only the Vulkan driver knows the layout of */
};

int policy_set_default(const char *cache_mode);
const char *policy_parse(const json_t *rule, struct declaration *d);
int policy_parse_quirk(const json_t *rule, const char *key, enum quirk *quirk);
int policy_add_rule(const json_t *rule, const char **why);
void policy_clear(void);
void policy_allow_quirks(bool allow);
bool policy_quirks_allowed(void);
struct declaration policy_decide(uint64_t blob_id);
struct declaration policy_decide_memory(enum memory_kind kind, uint64_t size, uint32_t map_info,
					bool mappable);

const char *quirk_name(enum quirk quirk);
const char *cache_mode_name(uint32_t cache_mode);

#endif
