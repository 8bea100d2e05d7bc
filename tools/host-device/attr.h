/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_ATTR_H
#define HOST_DEVICE_ATTR_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct declaration - what the device declares for a blob
 * @cache_mode: wire value
 * @flags: wire value
 * @inject: what inject/ has to know of it; 0 in the reference
 */
struct declaration {
	uint32_t cache_mode;
	uint32_t flags;
	uint32_t inject;
};

const char *attr_cache_mode_name(uint32_t cache_mode);
int attr_cache_mode(const char *name, uint32_t *value);
bool attr_is_valid(const struct declaration *d);
const char *attr_parse(const json_t *json, struct declaration *d);

#endif
