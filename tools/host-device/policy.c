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

#include "blob_id.h"
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
static const struct policy_extension *extension;
static struct declaration fallback = { .cache_mode = VIRTIO_GPU_MAP_CACHE_CACHED };

/**
 * policy_set_default() - attributes of blobs that nothing else decides
 */
int policy_set_default(const char *cache_mode)
{
	return attr_cache_mode(cache_mode, &fallback.cache_mode);
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
 *	attr_parse()
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
		*why = attr_parse(json, &rule.declaration);
	if (!*why && extension)
		*why = extension->parse(json, &rule.declaration.inject);
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
 * policy_extend() - have what inject/ knows go into the decisions; NULL for nothing
 */
void policy_extend(const struct policy_extension *by)
{
	extension = by;
}

/**
 * policy_decide() - what to declare for @blob_id
 *
 * A guest chooses it: what it spells is a declaration, or inject/ has to allow it.
 */
struct declaration policy_decide(uint64_t blob_id)
{
	struct declaration d = { 0 };

	for (unsigned int i = 0; i < rule_count; i++)
		if (rules[i].kind == MEMORY_NONE && rules[i].blob_id == blob_id)
			return rules[i].declaration;
	if (blob_id >> 48 != BLOB_ID_MAGIC)
		return fallback;
	d.cache_mode = blob_id & 0xff;
	d.flags = blob_id >> 8 & 0xff;
	if (extension && extension->spelled(blob_id, &d.inject))
		return d;
	return attr_is_valid(&d) ? d : fallback;
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
