// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Which attributes a blob gets.  A rule for its very blob_id (configuration
 * file or control socket) comes first, then what the blob_id itself spells
 * out (blob_id.h), then the default of the command line.
 *
 * A renderer chooses the blob_ids of its memory, and knows how it maps it itself.  Rules
 * for such memory go by what it is.
 */
#include <errno.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_gpu_map_attr.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

#define MAX_RULES 256

/**
 * struct rule - what to declare for a blob_id, or for memory of a renderer
 * @kind: of the memory; MEMORY_NONE if the rule is for @blob_id
 * @min_size: of the memory, in bytes
 * @keep_cache: the cache mode is what the renderer says
 */
static struct rule {
	enum memory_kind kind;
	uint64_t blob_id;
	uint64_t min_size;
	bool keep_cache;
	struct declaration declaration;
} rules[MAX_RULES];
static unsigned int rule_count;
static bool quirks_allowed;
static struct declaration fallback = { .cache_mode = VIRTIO_GPU_MAP_CACHE_CACHED };

static const char * const quirk_names[QUIRK_COUNT] = {
	[QUIRK_NONE] = "none",
	[QUIRK_EMPTY] = "empty",
	[QUIRK_SHORT_HEADER] = "short-header",
	[QUIRK_SHORT_ATTR] = "short-attr",
	[QUIRK_LONG] = "long",
	[QUIRK_NODATA] = "nodata",
	[QUIRK_MAP_INFO] = "map-info",
	[QUIRK_BAD_TYPE] = "bad-type",
	[QUIRK_ERROR] = "error",
	[QUIRK_NO_MEMORY] = "no-memory",
	[QUIRK_RESERVED] = "reserved",
	[QUIRK_GEN_ZERO] = "generation-zero",
	[QUIRK_GEN_OLD] = "generation-old",
	[QUIRK_GEN_CLASH] = "generation-clash",
	[QUIRK_LATE] = "late",
	[QUIRK_HOLD] = "hold",
	[QUIRK_ERROR_ONCE] = "error-once",
	[QUIRK_CHANGE] = "change",
	[QUIRK_COUNT_OVER] = "count-over",
	[QUIRK_COUNT_SHORT] = "count-short",
	[QUIRK_FOREIGN] = "foreign",
	[QUIRK_TWICE] = "twice",
	[QUIRK_MORE] = "more",
	[QUIRK_CLASH_HOLD] = "clash-hold",
	[QUIRK_CHANGE_CLASH_HOLD] = "change-clash-hold",
};

static const struct {
	const char *name;
	uint32_t value;
} cache_modes[] = {
	{ "none", VIRTIO_GPU_MAP_CACHE_NONE },
	{ "cached", VIRTIO_GPU_MAP_CACHE_CACHED },
	{ "uncached", VIRTIO_GPU_MAP_CACHE_UNCACHED },
	{ "wc", VIRTIO_GPU_MAP_CACHE_WC },
};

const char *quirk_name(enum quirk quirk)
{
	return quirk < QUIRK_COUNT ? quirk_names[quirk] : "?";
}

const char *cache_mode_name(uint32_t cache_mode)
{
	for (unsigned int i = 0; i < sizeof(cache_modes) / sizeof(cache_modes[0]); i++)
		if (cache_modes[i].value == cache_mode)
			return cache_modes[i].name;
	return "unknown";
}

static int parse_cache_mode(const char *name, uint32_t *value)
{
	for (unsigned int i = 0; i < sizeof(cache_modes) / sizeof(cache_modes[0]); i++) {
		if (!strcmp(cache_modes[i].name, name)) {
			*value = cache_modes[i].value;
			return 0;
		}
	}
	return -EINVAL;
}

/**
 * policy_parse_quirk() - read the name of a quirk, if there is one
 *
 * Return: 0, or -EINVAL if there is no such quirk.
 */
int policy_parse_quirk(const json_t *rule, const char *key, enum quirk *quirk)
{
	const char *name = json_string_value(json_object_get(rule, key));

	if (!json_object_get(rule, key))
		return 0;
	for (unsigned int i = 0; name && i < QUIRK_COUNT; i++) {
		if (!strcmp(quirk_names[i], name)) {
			*quirk = i;
			return 0;
		}
	}
	return -EINVAL;
}

/**
 * policy_set_default() - attributes of blobs that nothing else decides
 */
int policy_set_default(const char *cache_mode)
{
	return parse_cache_mode(cache_mode, &fallback.cache_mode);
}

/**
 * policy_parse() - read attributes and quirks from a JSON object
 * @rule: { "cache": NAME or wire value, "flags": wire value, "sync": BOOL,
 *	"revoked": BOOL, "on_create": QUIRK, "on_map": QUIRK }, all optional
 * @d: cache mode and quirks are kept where @rule does not name them, flags not
 *
 * Return: NULL, or what is wrong.
 */
const char *policy_parse(const json_t *rule, struct declaration *d)
{
	const json_t *cache = json_object_get(rule, "cache");
	const json_t *flags = json_object_get(rule, "flags");

	if (json_is_integer(cache))
		d->cache_mode = json_integer_value(cache);
	else if (cache && (!json_is_string(cache) ||
			   parse_cache_mode(json_string_value(cache), &d->cache_mode)))
		return "\"cache\" must be none, cached, uncached, wc or a wire value";
	if (flags && !json_is_integer(flags))
		return "\"flags\" must be a wire value";
	d->flags = flags ? json_integer_value(flags) : 0;
	if (json_is_true(json_object_get(rule, "sync")))
		d->flags |= VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED;
	if (json_is_true(json_object_get(rule, "revoked")))
		d->flags |= VIRTIO_GPU_MAP_ATTR_REVOKED;
	if (policy_parse_quirk(rule, "on_create", &d->on_create) ||
	    policy_parse_quirk(rule, "on_map", &d->on_map))
		return "unknown quirk";
	return NULL;
}

/* Return: NULL, or what is wrong. */
static const char *parse_key(const json_t *json, struct rule *rule)
{
	const char *kind = json_string_value(json_object_get(json, "memory"));
	const json_t *id = json_object_get(json, "blob_id");
	json_int_t min_size = 0;

	if (!kind == !id || (id && !json_is_integer(id)))
		return "a rule has a \"blob_id\", a number, or \"memory\"";
	rule->blob_id = json_integer_value(id);
	if (!kind)
		return NULL;
	if (!strcmp(kind, "shm"))
		rule->kind = MEMORY_SHM;
	else if (!strcmp(kind, "dma-buf"))
		rule->kind = MEMORY_DMA_BUF;
	else if (!strcmp(kind, "opaque"))
		rule->kind = MEMORY_OPAQUE;
	else
		return "\"memory\" must be shm, dma-buf or opaque";
	if (json_unpack((json_t *)json, "{s?I}", "min_size", &min_size) || min_size < 0)
		return "\"min_size\" must be a number of bytes";
	rule->min_size = min_size;
	rule->keep_cache = !json_object_get(json, "cache");
	return NULL;
}

/**
 * policy_add_rule() - set the attributes of one blob_id, or of a renderer's memory
 * @json: { "blob_id": N, ... } or { "memory": KIND, "min_size": N, ... }, the rest as for
 *	policy_parse()
 * @why: set to a message when the rule is refused
 *
 * Return: 0, -EINVAL or -ENOSPC.
 */
int policy_add_rule(const json_t *json, const char **why)
{
	struct rule rule = { .declaration = fallback };
	unsigned int i;

	*why = parse_key(json, &rule);
	if (!*why)
		*why = policy_parse(json, &rule.declaration);
	if (*why)
		return -EINVAL;

	for (i = 0; i < rule_count; i++)
		if (rules[i].kind == rule.kind && rules[i].blob_id == rule.blob_id &&
		    rules[i].min_size == rule.min_size)
			break;
	*why = "too many rules";
	if (i == MAX_RULES)
		return -ENOSPC;
	if (i == rule_count)
		rule_count++;
	rules[i] = rule;
	return 0;
}

/**
 * policy_clear() - forget all rules
 */
void policy_clear(void)
{
	rule_count = 0;
}

/**
 * policy_allow_quirks() - may a guest ask for quirks, by a blob_id?
 */
void policy_allow_quirks(bool allow)
{
	quirks_allowed = allow;
}

/**
 * policy_quirks_allowed() - see policy_allow_quirks()
 */
bool policy_quirks_allowed(void)
{
	return quirks_allowed;
}

/**
 * policy_decide() - what to declare for @blob_id
 */
struct declaration policy_decide(uint64_t blob_id)
{
	for (unsigned int i = 0; i < rule_count; i++)
		if (rules[i].kind == MEMORY_NONE && rules[i].blob_id == blob_id)
			return rules[i].declaration;
	if (blob_id >> 48 == BLOB_ID_MAGIC)
		return (struct declaration){
			.cache_mode = blob_id & 0xff,
			.flags = blob_id >> 8 & 0xff,
			.on_create = quirks_allowed ? blob_id >> 16 & 0xff : QUIRK_NONE,
			.on_map = quirks_allowed ? blob_id >> 24 & 0xff : QUIRK_NONE,
		};
	return fallback;
}

/**
 * policy_decide_memory() - what to declare for memory of a renderer
 * @size: in bytes
 * @map_info: how the renderer maps it, VIRTIO_GPU_MAP_CACHE_*
 * @mappable: it can be mapped; what cannot be no access of a CPU ever reaches
 *
 * The first rule that fits decides.  Without one the cache mode is what the renderer says,
 * and of a dma-buf it is not known here whether its exporter needs the brackets.  If the
 * renderer does not know the mode either, no access without brackets is right for certain.
 */
struct declaration policy_decide_memory(enum memory_kind kind, uint64_t size, uint32_t map_info,
					bool mappable)
{
	bool known = map_info >= VIRTIO_GPU_MAP_CACHE_CACHED && map_info <= VIRTIO_GPU_MAP_CACHE_WC;
	struct declaration d = {
		.cache_mode = known ? map_info : VIRTIO_GPU_MAP_CACHE_CACHED,
		.flags = known ? 0 : VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED,
	};
	const struct declaration renderers = d;

	if (!mappable)
		return (struct declaration){
			.cache_mode = VIRTIO_GPU_MAP_CACHE_CACHED,
			.flags = VIRTIO_GPU_MAP_ATTR_REVOKED,
		};
	if (kind == MEMORY_DMA_BUF)
		d.flags = VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED;
	for (unsigned int i = 0; i < rule_count; i++) {
		if (rules[i].kind != kind || size < rules[i].min_size)
			continue;
		d = rules[i].declaration;
		if (rules[i].keep_cache) {
			d.cache_mode = renderers.cache_mode;
			d.flags |= renderers.flags;
		}
		break;
	}
	return d;
}
