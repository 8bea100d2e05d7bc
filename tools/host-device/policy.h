/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_POLICY_H
#define HOST_DEVICE_POLICY_H

#include <jansson.h>
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

int policy_set_default(const char *cache_mode);
const char *policy_parse(const json_t *rule, struct declaration *d);
int policy_parse_quirk(const json_t *rule, const char *key, enum quirk *quirk);
int policy_add_rule(const json_t *rule, const char **why);
void policy_clear(void);
struct declaration policy_decide(uint64_t blob_id);

const char *quirk_name(enum quirk quirk);
const char *cache_mode_name(uint32_t cache_mode);

#endif
