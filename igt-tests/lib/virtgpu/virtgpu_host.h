/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What tests ask of the host device, on its control port.
 */
#ifndef VIRTGPU_HOST_H
#define VIRTGPU_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct virtgpu;
struct virtgpu_blob;

/* What the device has counted, and knows. */
long long virtgpu_host_count(struct virtgpu *gpu, const char *what);
void virtgpu_host_wait_count(struct virtgpu *gpu, const char *what, long long least);
void virtgpu_host_wait_live(struct virtgpu *gpu, long long most);
long long virtgpu_host_blob(struct virtgpu_blob *blob, const char *what);
long long virtgpu_host_offset(struct virtgpu_blob *blob);
void virtgpu_host_wait_mapped(struct virtgpu_blob *blob);

/* Data, as the host finds it in its memory. */
void virtgpu_host_fill(struct virtgpu_blob *blob, uint64_t seed);
void virtgpu_host_fill_part(struct virtgpu_blob *blob, uint64_t offset, size_t len, uint64_t seed);
long long virtgpu_host_wrong(struct virtgpu_blob *blob, uint64_t offset, size_t len, size_t stride,
			     uint64_t seed);
long long virtgpu_host_wrong_unsynced(struct virtgpu_blob *blob, uint64_t seed);
void virtgpu_host_sync(struct virtgpu_blob *blob);
long long virtgpu_host_wrong_in_memory(struct virtgpu_blob *blob, uint64_t offset, size_t len,
				       uint64_t seed);
uint64_t virtgpu_host_word_in_memory(struct virtgpu_blob *blob, size_t offset);
uint64_t virtgpu_host_word(struct virtgpu_blob *blob, size_t offset);

/* Declarations and changes. */
/**
 * struct virtgpu_host_rule - what some blobs are like
 * @blob_id: which; unless @memory is set
 * @memory: or, of a host that renders, those behind such memory: "shm", "dma-buf" or "opaque"
 * @min_size: of that, in bytes
 * @cache_mode: that the host declares; 0 for the one it would declare without a rule
 * @flags: that the host declares
 * @fails: "on_create" or "on_map", which the host answers with an error, or NULL
 */
struct virtgpu_host_rule {
	uint64_t blob_id;
	const char *memory;
	size_t min_size;
	unsigned int cache_mode;
	unsigned int flags;
	const char *fails;
};

void virtgpu_host_add_rule(struct virtgpu *gpu, const struct virtgpu_host_rule *rule);
void virtgpu_host_clear_rules(struct virtgpu *gpu);
long long virtgpu_host_change(struct virtgpu_blob *blob, unsigned int cache_mode,
			      unsigned int flags);
void virtgpu_host_change_refused(struct virtgpu_blob *blob, unsigned int cache_mode,
				 unsigned int flags);
long long virtgpu_host_change_untold(struct virtgpu_blob *blob, unsigned int cache_mode,
				     unsigned int flags);
void virtgpu_host_change_acked(struct virtgpu_blob *blob, unsigned int cache_mode,
			       unsigned int flags);
void virtgpu_host_wait_acked(struct virtgpu_blob *blob, long long generation);
long long virtgpu_host_move(struct virtgpu_blob *blob);
void virtgpu_host_move_untold(struct virtgpu_blob *blob, const char *how);
void virtgpu_host_wait_evicted(struct virtgpu_blob *blob);
void virtgpu_host_wait_settled(struct virtgpu_blob *blob);
void virtgpu_host_next_generation(struct virtgpu_blob *blob, unsigned int generation);
void virtgpu_host_ack_timeout(struct virtgpu *gpu, unsigned int ms);
void virtgpu_host_storm(struct virtgpu *gpu, unsigned int tag, unsigned int period_us,
			unsigned int seed);
void virtgpu_host_storm_end(struct virtgpu *gpu, unsigned int tag);
void virtgpu_host_witness(struct virtgpu_blob *blob);

/* Responses that wait, and what the device gets wrong. */
void virtgpu_host_hold_acks(struct virtgpu *gpu, bool hold);
void virtgpu_host_release(struct virtgpu *gpu);
void virtgpu_host_release_injected(struct virtgpu *gpu);
void virtgpu_host_release_command(struct virtgpu *gpu, const char *command);
void virtgpu_host_inject(struct virtgpu *gpu, const char *command, const char *how);
void virtgpu_host_break_used(struct virtgpu *gpu, const char *fault);
void virtgpu_host_set_deaf(struct virtgpu *gpu, bool deaf);
void virtgpu_host_flood(struct virtgpu *gpu, unsigned int count);
void virtgpu_host_die(struct virtgpu *gpu);
pid_t virtgpu_fill_queue(struct virtgpu *gpu);
pid_t virtgpu_fill_queue_held(struct virtgpu *gpu);

void virtgpu_guest_stop(void);

#endif
