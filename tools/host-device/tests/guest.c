// SPDX-License-Identifier: GPL-2.0 OR MIT
#include <time.h>

#include "../blob_id.h"
#include "../loop.h"
#include "../policy.h"
#include "guest.h"

void (*guest_attach)(struct gpu *gpu);

int guest_setup(void **state)
{
	struct guest *g = calloc(1, sizeof(*g));

	g->ram = calloc(1, SIZE);
	g->desc = (void *)g->ram;
	g->avail = (void *)(g->ram + 0x1000);
	g->used = (void *)(g->ram + 0x2000);
	g->gpu.options.map_attr = true;
	g->gpu.options.cpu_access = true;
	if (guest_attach)
		guest_attach(&g->gpu);
	assert_int_equal(device_init(&g->gpu, 1 << 20), 0);
	g->gpu.features = device_features(&g->gpu);
	g->gpu.ready = true;
	g->gpu.memory.count = 1;
	g->gpu.memory.region[0] = (struct guest_region){
		.gpa = BASE, .size = SIZE, .qemu_va = 0x7f0000000000, .va = g->ram,
	};
	g->gpu.virtq[0].size = QUEUE;
	g->gpu.virtq[0].desc_addr = 0x7f0000000000;
	g->gpu.virtq[0].avail_addr = 0x7f0000001000;
	g->gpu.virtq[0].used_addr = 0x7f0000002000;
	g->gpu.virtq[0].started = true;
	g->gpu.virtq[0].enabled = true;
	assert_int_equal(virtq_start(&g->gpu.virtq[0], &g->gpu.memory), 0);
	*state = g;
	return 0;
}

int guest_teardown(void **state)
{
	struct guest *g = *state;

	device_fini(&g->gpu);
	free(g->ram);
	free(g);
	return 0;
}

void guest_descriptor(struct vring_desc *table, unsigned int i, uint64_t addr, uint32_t len,
		      uint16_t flags, uint16_t next)
{
	table[i] = (struct vring_desc){ .addr = addr, .len = len, .flags = flags, .next = next };
}

void guest_offer(struct guest *g, uint16_t head)
{
	g->avail->ring[g->avail->idx % QUEUE] = head;
	g->avail->idx++;
}

/* Send a command with room for so long an answer; its type, used length in *used. */
uint32_t guest_command_room(struct guest *g, const void *req, size_t len, uint32_t room,
			    uint32_t *used)
{
	struct virtio_gpu_ctrl_hdr *hdr = (void *)(g->ram + ANSWER);
	uint16_t before = g->used->idx, head = 0;

	/* Those that are not given back yet are not ours. */
	while (g->gpu.virtq[0].taken[head])
		head += 2;
	assert_in_range(head, 0, QUEUE - 2);
	memset(g->ram + ANSWER, 0xee, 1024);
	memcpy(g->ram + REQUEST, req, len);
	guest_descriptor(g->desc, head, BASE + REQUEST, len, VRING_DESC_F_NEXT, head + 1);
	guest_descriptor(g->desc, head + 1, BASE + ANSWER, room, VRING_DESC_F_WRITE, 0);
	guest_offer(g, head);
	serve_queue(&g->gpu, 0);
	if (g->used->idx == before)
		return 0;
	assert_int_equal(g->used->idx, (uint16_t)(before + 1));
	if (used)
		*used = g->used->ring[before % QUEUE].len;
	return le32toh(hdr->type);
}

uint32_t guest_command(struct guest *g, const void *req, size_t len, uint32_t *used)
{
	return guest_command_room(g, req, len, 1024, used);
}

uint32_t guest_create(struct guest *g, uint32_t res, uint64_t size, uint64_t blob_id)
{
	struct virtio_gpu_resource_create_blob c = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB),
		.resource_id = htole32(res),
		.blob_mem = htole32(VIRTIO_GPU_BLOB_MEM_HOST3D),
		.blob_id = htole64(blob_id),
		.size = htole64(size),
	};

	return guest_command(g, &c, sizeof(c), NULL);
}

/* A resource, and a number in the same place in each of these commands. */
_Static_assert(offsetof(struct virtio_gpu_resource_map_blob, offset) ==
	       offsetof(struct virtio_gpu_map_attr_ack, generation), "alike");

uint32_t guest_command_number(struct guest *g, uint32_t type, uint32_t res, uint64_t number)
{
	struct virtio_gpu_resource_map_blob c = {
		.hdr.type = htole32(type),
		.resource_id = htole32(res),
		.offset = htole64(number),
	};

	return guest_command(g, &c, sizeof(c), NULL);
}

uint32_t guest_map(struct guest *g, uint32_t res, uint64_t offset)
{
	return guest_command_number(g, VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB, res, offset);
}

uint32_t guest_ack(struct guest *g, uint32_t res, uint64_t generation)
{
	return guest_command_number(g, VIRTIO_GPU_CMD_MAP_ATTR_ACK, res, generation);
}

uint32_t guest_command_resource(struct guest *g, uint32_t type, uint32_t res)
{
	struct virtio_gpu_resource_unref c = {
		.hdr.type = htole32(type),
		.resource_id = htole32(res),
	};

	return guest_command(g, &c, sizeof(c), NULL);
}

uint64_t guest_cached_id(void)
{
	return blob_id_attr(VIRTIO_GPU_MAP_CACHE_CACHED, 0, 0);
}

int guest_vmm_place(void *data, const struct placement *what)
{
	struct vmm *vmm = data;

	vmm->asked++;
	vmm->last = *what;
	return vmm->answer;
}

void guest_use_vmm(struct guest *g, struct vmm *vmm)
{
	g->gpu.vmm.data = vmm;
	g->gpu.vmm.place = guest_vmm_place;
}

uint32_t guest_answer_type(struct guest *g)
{
	return le32toh(((struct virtio_gpu_ctrl_hdr *)(g->ram + ANSWER))->type);
}

void guest_ignore_event(void *data)
{
	(void)data;
}

/* How many changes the guest is told of. */
uint32_t guest_fetched(struct guest *g)
{
	struct virtio_gpu_ctrl_hdr c = { .type = htole32(VIRTIO_GPU_CMD_MAP_ATTR_FETCH) };
	const struct virtio_gpu_resp_map_attr_changes *changes = (void *)(g->ram + ANSWER);

	assert_int_equal(guest_command(g, &c, sizeof(c), NULL), VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES);
	return le32toh(changes->count);
}

/* One that the guest can be late with. */
struct blob *guest_blob(struct guest *g, uint32_t res)
{
	return blob_find(&g->gpu.blobs, res);
}

struct blob *guest_placed_blob(struct guest *g, uint32_t res)
{
	assert_int_equal(guest_create(g, res, 4096, guest_cached_id()), ATTR);
	assert_int_equal(guest_map(g, res, res * 4096), ATTR);
	return blob_find(&g->gpu.blobs, res);
}

void guest_count_event(void *data)
{
	(*(unsigned int *)data)++;
}

/* A fetch whose answer may be so long; its type. */
uint32_t guest_fetch_into(struct guest *g, uint32_t room, uint32_t *used)
{
	struct virtio_gpu_ctrl_hdr c = { .type = htole32(VIRTIO_GPU_CMD_MAP_ATTR_FETCH) };

	return guest_command_room(g, &c, sizeof(c), room, used);
}

/* A request that the device has, at @head, and answers when context 1 has got to a fence. */
void guest_defer_one(struct guest *g, uint16_t head, uint64_t fence)
{
	struct reply r = { .len = sizeof(r.hdr), .wait = WAIT_FENCE, .token = fence };
	struct chain chain;

	r.hdr.type = htole32(VIRTIO_GPU_RESP_OK_NODATA);
	r.hdr.ctx_id = htole32(1);
	guest_descriptor(g->desc, head, BASE + REQUEST, sizeof(r.hdr), VRING_DESC_F_NEXT, head + 1);
	guest_descriptor(g->desc, head + 1, BASE + ANSWER, sizeof(r.hdr), VRING_DESC_F_WRITE, 0);
	guest_offer(g, head);
	assert_int_equal(virtq_pop(&g->gpu.virtq[0], &g->gpu.memory, &chain), 1);
	deferred_add(&g->gpu, 0, &chain, VIRTIO_GPU_CMD_SUBMIT_3D, &r);
}

/* As many requests as bring the indices to @idx, all of them nonsense. */
void guest_nonsense_until(struct guest *g, uint16_t idx)
{
	do {
		guest_command_resource(g, 0, 0);
	} while (g->used->idx != idx);
}

uint32_t guest_context(struct guest *g, uint32_t type, uint32_t ctx_id, uint32_t capset)
{
	struct virtio_gpu_ctx_create c = {
		.hdr.type = htole32(type),
		.hdr.ctx_id = htole32(ctx_id),
		.nlen = htole32(0xffffffff),
		.context_init = htole32(capset),
		.debug_name = "test",
	};

	return guest_command(g, &c, sizeof(c), NULL);
}

int guest_add_rule(const char *text)
{
	json_t *rule = json_loads(text, 0, NULL);
	const char *why;
	int ret = policy_add_rule(rule, &why);

	json_decref(rule);
	return ret;
}

/* Let so much time pass, and the device do what it does by then. */
void guest_run_ms(unsigned int ms)
{
	struct timespec begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		assert_int_equal(loop_once(1), 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - begin.tv_sec) * 1000 +
		 (now.tv_nsec - begin.tv_nsec) / 1000000 < ms);
}

/* Blob 1, of a page that a renderer has, in the window. */
struct blob *guest_map_renderer_blob(struct guest *g, struct vmm *vmm, uint8_t *memory)
{
	struct blob *b;

	guest_use_vmm(g, vmm);
	guest_create(g, 1, 4096, guest_cached_id());
	b = guest_blob(g, 1);
	b->memory.va = memory;
	b->memory.fd = 77;
	guest_map(g, 1, 4096);
	gpu_placed(&g->gpu, vmm->last.token, true);
	return b;
}
