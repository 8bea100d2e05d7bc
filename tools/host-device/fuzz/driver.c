// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The guest's driver: puts requests on queues, takes back what the device gives, and looks at
 * what that says.  Once it has written just anything into a ring it believes nothing of that any
 * more, until the rings start again.
 */
#include <endian.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "answer.h"
#include "check.h"
#include "driver.h"
#include "guest_ram.h"

#define SLOTS		6	/* of each queue but the last, which has the rest */
#define SLOTS_ALL	8
#define SLOT_DESCS	4	/* in the queue's own table */
#define QUEUE_RAM	0x2000
#define AVAIL_AT	0x800
#define USED_AT		0xc00
#define TABLES_AT	0x4000
#define TABLE_RAM	0x800

/**
 * struct queue - one, as the driver knows it
 * @slots: requests that can be under way
 * @avail, @seen: the driver's indices
 * @busy: with @request, by slot
 */
struct queue {
	unsigned int size;
	unsigned int slots;
	uint16_t avail;
	uint16_t seen;
	bool busy[SLOTS];
	struct request request[SLOTS];
};

static struct queue queues[GPU_QUEUES];
static bool exact_answers;
static bool wild;	/* just anything has been written somewhere */

/**
 * driver_begin() - the guest starts, or starts again: there are no rings
 * @exact: the device is not told to misbehave, so that its answers can be checked
 */
void driver_begin(bool exact)
{
	wild = false;
	memset(queues, 0, sizeof(queues));
	exact_answers = exact;
	answer_begin();
}

/**
 * driver_is_lost() - its rings may not be where it has put them any more
 */
void driver_is_lost(void)
{
	wild = true;
}

static uint64_t ring_gpa(unsigned int queue)
{
	return RAM_GPA + queue * QUEUE_RAM;
}

static struct vring_desc *queue_desc(unsigned int queue)
{
	return ram_at(ring_gpa(queue), AVAIL_AT);
}

static struct vring_avail *queue_avail(unsigned int queue)
{
	return ram_at(ring_gpa(queue) + AVAIL_AT, USED_AT - AVAIL_AT);
}

static struct vring_used *queue_used(unsigned int queue)
{
	return ram_at(ring_gpa(queue) + USED_AT, QUEUE_RAM - USED_AT);
}

/**
 * driver_addresses() - where a ring is, as QEMU has the guest's memory
 */
void driver_addresses(unsigned int queue, uint64_t at[3])
{
	at[0] = RAM_VA + queue * QUEUE_RAM;
	at[1] = at[0] + AVAIL_AT;
	at[2] = at[0] + USED_AT;
}

/**
 * driver_ring_is_new() - a ring starts from nothing
 */
void driver_ring_is_new(unsigned int queue, unsigned int size)
{
	struct queue *q = &queues[queue];

	q->size = size;
	q->slots = queue ? SLOTS_ALL - queue * SLOTS : SLOTS;
	if (size / SLOT_DESCS < q->slots)
		q->slots = size / SLOT_DESCS;
	if (!q->slots)
		q->slots = 1;
	q->avail = 0;
	q->seen = 0;
	memset(q->busy, 0, sizeof(q->busy));
	memset(queue_desc(queue), 0, QUEUE_RAM);
}

/* ---- put -------------------------------------------------------------- */

static struct vring_desc *lay_pieces(struct vring_desc *d, uint64_t gpa, size_t len, unsigned int pieces,
				     uint16_t flags)
{
	for (unsigned int i = 0; i < pieces; i++, d++) {
		size_t n = i + 1 == pieces ? len : len / pieces;

		d->addr = gpa;
		d->len = n;
		d->flags = flags | VRING_DESC_F_NEXT;
		gpa += n;
		len -= n;
	}
	return d;
}

static uint64_t buffer_gpa(unsigned int queue, unsigned int slot)
{
	return RAM_GPA + RAM_SIZE + (queue * SLOTS + slot) * 2 * REQUEST_MAX;
}

/* Where the descriptors of a slot go; @head is the first of the queue's own. */
static struct vring_desc *slot_table(unsigned int queue, unsigned int slot, const struct request *r)
{
	uint64_t gpa = RAM_GPA + TABLES_AT + (queue * SLOTS + slot) * TABLE_RAM;
	struct vring_desc *head = &queue_desc(queue)[slot * SLOT_DESCS];

	if (!r->indirect)
		return head;
	head->addr = gpa;
	head->len = (r->out_pieces + r->in_pieces) * sizeof(*head);
	head->flags = VRING_DESC_F_INDIRECT;
	head->next = 0;
	return ram_at(gpa, TABLE_RAM);
}

static void describe_request(unsigned int queue, unsigned int slot, const struct request *r)
{
	struct vring_desc *first = slot_table(queue, slot, r), *d = first;
	unsigned int base = r->indirect ? 0 : slot * SLOT_DESCS;

	d = lay_pieces(d, buffer_gpa(queue, slot), r->len, r->out_pieces, 0);
	d = lay_pieces(d, buffer_gpa(queue, slot) + REQUEST_MAX, r->room, r->in_pieces, VRING_DESC_F_WRITE);
	for (struct vring_desc *i = first; i < d; i++)
		i->next = base + (i - first) + 1;
	d[-1].flags &= ~VRING_DESC_F_NEXT;
	d[-1].next = 0;
}

static int free_slot(const struct queue *q)
{
	for (unsigned int i = 0; i < q->slots; i++)
		if (!q->busy[i])
			return i;
	return -1;
}

/**
 * driver_put() - make a request available
 *
 * Return: whether there was room for it.
 */
bool driver_put(unsigned int queue, const struct request *r)
{
	struct queue *q = &queues[queue];
	int slot = free_slot(q);
	unsigned int pieces = r->out_pieces + r->in_pieces;

	if (slot < 0 || !q->size || (!r->indirect && (pieces > SLOT_DESCS || pieces > q->size)))
		return false;
	memcpy(ram_at(buffer_gpa(queue, slot), r->len), r->bytes, r->len);
	memset(ram_at(buffer_gpa(queue, slot) + REQUEST_MAX, REQUEST_MAX), 0xee, r->room);
	describe_request(queue, slot, r);
	q->request[slot] = *r;
	q->busy[slot] = true;
	queue_avail(queue)->ring[q->avail % q->size] = slot * SLOT_DESCS;
	q->avail++;
	queue_avail(queue)->idx = q->avail;
	return true;
}

/* ---- anything --------------------------------------------------------- */

static uint64_t pick_gpa(struct input *in)
{
	uint8_t byte = input_byte(in);

	if (byte == 0xff)
		return input_u64(in);
	return RAM_GPA + (byte & 0x7f) * 0x200 + (byte & 0x80 ? 0x1f8 : 0);
}

static void write_desc(struct vring_desc *d, struct input *in)
{
	static const uint64_t lens[] = {
		16, 24, 32, 40, 48, 56, 64, 4096, 1040, 0, 8, 0x8000, 0x10000, 0xffffffff,
	};

	d->addr = pick_gpa(in);
	d->len = input_pick(in, lens, sizeof(lens) / sizeof(lens[0]));
	d->flags = input_byte(in) & 7;
	d->next = input_byte(in);
}

static void write_command(unsigned int slot, struct input *in)
{
	uint8_t *at = ram_at(buffer_gpa(0, slot % SLOTS_ALL), REQUEST_MAX);

	input_bytes(in, at, 32);
}

/**
 * driver_write_anything() - write something into a ring, a table or a buffer
 */
void driver_write_anything(unsigned int queue, struct input *in)
{
	uint8_t what = input_byte(in), where = input_byte(in);
	struct queue *q = &queues[queue];
	struct vring_desc *tables = ram_at(RAM_GPA + TABLES_AT, RAM_SIZE - TABLES_AT);

	wild = true;
	switch (what % 8) {
	case 0:
	case 1:
		return write_desc(&queue_desc(queue)[where & 63], in);
	case 2:
		return write_desc(&tables[where * 4], in);
	case 3:
		queue_avail(queue)->ring[where & 63] = input_byte(in);
		return;
	case 4:
		queue_avail(queue)->idx += where & 0x80 ? where << 8 : where & 3;
		q->avail = queue_avail(queue)->idx;
		return;
	case 5:
		queue_used(queue)->idx += where;
		return;
	case 6:
		queue_avail(queue)->flags = where & 1;
		return;
	default:
		return write_command(where, in);
	}
}

/* ---- take back -------------------------------------------------------- */

/* A device that is told to misbehave may give back anything. */
static bool is_right(const struct queue *q, uint32_t id)
{
	unsigned int slot = id / SLOT_DESCS;
	bool right = id % SLOT_DESCS == 0 && slot < q->slots && q->busy[slot];

	check(right || !exact_answers);
	wild |= !right;
	return right;
}

static void collect_one(struct gpu *gpu, unsigned int queue, const struct vring_used_elem *elem)
{
	struct queue *q = &queues[queue];
	unsigned int slot = elem->id / SLOT_DESCS;

	if (!is_right(q, elem->id))
		return;
	q->busy[slot] = false;
	if (!exact_answers)
		return;
	check(elem->len <= q->request[slot].room);
	if (!queue)
		answer_check(gpu, &q->request[slot],
			     ram_at(buffer_gpa(queue, slot) + REQUEST_MAX, REQUEST_MAX), elem->len);
}

/* What it says of a wild ring means nothing, but its requests have to go on. */
static void collect_wild(struct queue *q, unsigned int queue)
{
	memset(q->busy, 0, sizeof(q->busy));
	q->seen = queue_used(queue)->idx;
}

/* A ring that is right is not left alone, and what nothing is waited for is answered. */
static void check_answered(const struct gpu *gpu, unsigned int queue)
{
	const struct virtq *vr = &gpu->virtq[queue];

	check(!vr->broken);
	for (unsigned int i = 0; i < queues[queue].slots; i++)
		check(!queues[queue].busy[i] || !vr->started || !gpu->ready || gpu->deferred);
}

/**
 * driver_collect() - take back what the device has given, and check it
 */
void driver_collect(struct gpu *gpu, unsigned int queue)
{
	struct queue *q = &queues[queue];

	if (!q->size)
		return;
	if (wild)
		return collect_wild(q, queue);
	if ((uint16_t)(queue_used(queue)->idx - q->seen) > (uint16_t)(q->avail - q->seen)) {
		check(!exact_answers);
		wild = true;
	}
	for (; q->seen != queue_used(queue)->idx && !wild; q->seen++)
		collect_one(gpu, queue, &queue_used(queue)->ring[q->seen % q->size]);
	if (exact_answers && !wild)
		check_answered(gpu, queue);
}
