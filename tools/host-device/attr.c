// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Attributes by name, as options, rules and requests have them.
 */
#include <errno.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_gpu_map_attr.h>
#include <stdbool.h>
#include <string.h>

#include "attr.h"

/**
 * struct attr_value - a name and the wire value that it stands for
 */
struct attr_value {
	const char *name;
	uint32_t value;
};

static const struct attr_value cache_modes[] = {
	{ "none", VIRTIO_GPU_MAP_CACHE_NONE },
	{ "cached", VIRTIO_GPU_MAP_CACHE_CACHED },
	{ "uncached", VIRTIO_GPU_MAP_CACHE_UNCACHED },
	{ "wc", VIRTIO_GPU_MAP_CACHE_WC },
	{ NULL, 0 }
};

/* A new flag is a line here; what it does to the window, if anything, is in place.c. */
static const struct attr_value flags[] = {
	{ "sync", VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED },
	{ "revoked", VIRTIO_GPU_MAP_ATTR_REVOKED },
	{ "read_only", VIRTIO_GPU_MAP_ATTR_READ_ONLY },
	{ NULL, 0 }
};

/**
 * attr_cache_mode_name() - the name of a cache mode's wire value
 */
const char *attr_cache_mode_name(uint32_t cache_mode)
{
	for (const struct attr_value *m = cache_modes; m->name; m++)
		if (m->value == cache_mode)
			return m->name;
	return "unknown";
}

/**
 * attr_cache_mode() - the wire value of a cache mode's name
 *
 * Return: 0, or -EINVAL if there is no such cache mode.
 */
int attr_cache_mode(const char *name, uint32_t *value)
{
	for (const struct attr_value *m = cache_modes; name && m->name; m++) {
		if (strcmp(m->name, name))
			continue;
		*value = m->value;
		return 0;
	}
	return -EINVAL;
}

/**
 * attr_is_valid() - is it what a device may declare, as far as numbers go?
 */
bool attr_is_valid(const struct declaration *d)
{
	uint32_t known = 0;

	for (const struct attr_value *f = flags; f->name; f++)
		known |= f->value;
	return d->cache_mode >= VIRTIO_GPU_MAP_CACHE_CACHED &&
	       d->cache_mode <= VIRTIO_GPU_MAP_CACHE_WC && !(d->flags & ~known);
}

/**
 * attr_parse() - read attributes from a JSON object
 * @json: { "cache": NAME or wire value, "flags": wire value, "sync": BOOL,
 *	"revoked": BOOL, "read_only": BOOL }, all optional
 * @d: the cache mode is kept where @json does not name it, flags are not
 *
 * Return: NULL, or what is wrong.
 */
const char *attr_parse(const json_t *json, struct declaration *d)
{
	const json_t *cache = json_object_get(json, "cache");
	const json_t *wire = json_object_get(json, "flags");

	if (json_is_integer(cache))
		d->cache_mode = json_integer_value(cache);
	else if (cache && attr_cache_mode(json_string_value(cache), &d->cache_mode))
		return "\"cache\" must be none, cached, uncached, wc or a wire value";
	if (wire && !json_is_integer(wire))
		return "\"flags\" must be a wire value";
	d->flags = json_integer_value(wire);
	for (const struct attr_value *f = flags; f->name; f++)
		if (json_is_true(json_object_get(json, f->name)))
			d->flags |= f->value;
	return NULL;
}
