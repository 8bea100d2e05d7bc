// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "guest.h"
#include "../blob_id.h"

void (*guest_attach)(struct gpu *gpu);

int guest_setup(void **state)
{
	struct guest *g = calloc(1, sizeof(*g));

	g->ram = calloc(1, SIZE);
	g->desc = (void *)g->ram;
	g->avail = (void *)(g->ram + 0x1000);
	g->used = (void *)(g->ram + 0x2000);
	g->gpu.options.map_attr = true;
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

void descriptor(struct vring_desc *table, unsigned int i, uint64_t addr, uint32_t len,
		uint16_t flags, uint16_t next)
{
	table[i] = (struct vring_desc){ .addr = addr, .len = len, .flags = flags, .next = next };
}

void offer(struct guest *g, uint16_t head)
{
	g->avail->ring[g->avail->idx % QUEUE] = head;
	g->avail->idx++;
}

/* Send a command with room for so long an answer; its type, used length in *used. */
uint32_t command_room(struct guest *g, const void *req, size_t len, uint32_t room,
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
	descriptor(g->desc, head, BASE + REQUEST, len, VRING_DESC_F_NEXT, head + 1);
	descriptor(g->desc, head + 1, BASE + ANSWER, room, VRING_DESC_F_WRITE, 0);
	offer(g, head);
	serve_queue(&g->gpu, 0);
	if (g->used->idx == before)
		return 0;
	assert_int_equal(g->used->idx, (uint16_t)(before + 1));
	if (used)
		*used = g->used->ring[before % QUEUE].len;
	return le32toh(hdr->type);
}

uint32_t command(struct guest *g, const void *req, size_t len, uint32_t *used)
{
	return command_room(g, req, len, 1024, used);
}

uint32_t create(struct guest *g, uint32_t res, uint64_t size, uint64_t blob_id)
{
	struct virtio_gpu_resource_create_blob c = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB),
		.resource_id = htole32(res),
		.blob_mem = htole32(VIRTIO_GPU_BLOB_MEM_HOST3D),
		.blob_id = htole64(blob_id),
		.size = htole64(size),
	};

	return command(g, &c, sizeof(c), NULL);
}

/* A resource, and a number in the same place in each of these commands. */
_Static_assert(offsetof(struct virtio_gpu_resource_map_blob, offset) ==
	       offsetof(struct virtio_gpu_map_attr_ack, generation), "alike");

uint32_t numbered(struct guest *g, uint32_t type, uint32_t res, uint64_t number)
{
	struct virtio_gpu_resource_map_blob c = {
		.hdr.type = htole32(type),
		.resource_id = htole32(res),
		.offset = htole64(number),
	};

	return command(g, &c, sizeof(c), NULL);
}

uint32_t map(struct guest *g, uint32_t res, uint64_t offset)
{
	return numbered(g, VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB, res, offset);
}

uint32_t ack(struct guest *g, uint32_t res, uint64_t generation)
{
	return numbered(g, VIRTIO_GPU_CMD_MAP_ATTR_ACK, res, generation);
}

uint32_t simple(struct guest *g, uint32_t type, uint32_t res)
{
	struct virtio_gpu_resource_unref c = {
		.hdr.type = htole32(type),
		.resource_id = htole32(res),
	};

	return command(g, &c, sizeof(c), NULL);
}

uint64_t cached(void)
{
	return blob_id_attr(VIRTIO_GPU_MAP_CACHE_CACHED, 0, 0);
}

int vmm_place(void *data, const struct placement *what)
{
	struct vmm *vmm = data;

	vmm->asked++;
	vmm->last = *what;
	return vmm->answer;
}

void use_vmm(struct guest *g, struct vmm *vmm)
{
	g->gpu.vmm.data = vmm;
	g->gpu.vmm.place = vmm_place;
}

uint32_t answer_type(struct guest *g)
{
	return le32toh(((struct virtio_gpu_ctrl_hdr *)(g->ram + ANSWER))->type);
}

void ignore_event(void *data)
{
	(void)data;
}

/* How many changes the guest is told of. */
uint32_t fetched(struct guest *g)
{
	struct virtio_gpu_ctrl_hdr c = { .type = htole32(VIRTIO_GPU_CMD_MAP_ATTR_FETCH) };
	const struct virtio_gpu_resp_map_attr_changes *changes = (void *)(g->ram + ANSWER);

	assert_int_equal(command(g, &c, sizeof(c), NULL), VIRTIO_GPU_RESP_OK_MAP_ATTR_CHANGES);
	return le32toh(changes->count);
}

/* One that the guest can be late with. */
struct blob *blob(struct guest *g, uint32_t res)
{
	return blob_find(&g->gpu.blobs, res);
}

struct blob *placed_blob(struct guest *g, uint32_t res)
{
	assert_int_equal(create(g, res, 4096, cached()), ATTR);
	assert_int_equal(map(g, res, res * 4096), ATTR);
	return blob_find(&g->gpu.blobs, res);
}

void count_event(void *data)
{
	(*(unsigned int *)data)++;
}

/* A fetch whose answer may be so long; its type. */
uint32_t fetch_into(struct guest *g, uint32_t room, uint32_t *used)
{
	struct virtio_gpu_ctrl_hdr c = { .type = htole32(VIRTIO_GPU_CMD_MAP_ATTR_FETCH) };

	return command_room(g, &c, sizeof(c), room, used);
}

/* A request that the device has, at @head, and answers when context 1 has got to a fence. */
void defer_one(struct guest *g, uint16_t head, uint64_t fence)
{
	struct reply r = { .len = sizeof(r.hdr), .wait = WAIT_FENCE, .token = fence };
	struct chain chain;

	r.hdr.type = htole32(VIRTIO_GPU_RESP_OK_NODATA);
	r.hdr.ctx_id = htole32(1);
	descriptor(g->desc, head, BASE + REQUEST, sizeof(r.hdr), VRING_DESC_F_NEXT, head + 1);
	descriptor(g->desc, head + 1, BASE + ANSWER, sizeof(r.hdr), VRING_DESC_F_WRITE, 0);
	offer(g, head);
	assert_int_equal(virtq_pop(&g->gpu.virtq[0], &g->gpu.memory, &chain), 1);
	deferred_add(&g->gpu, 0, &chain, VIRTIO_GPU_CMD_SUBMIT_3D, &r);
}
