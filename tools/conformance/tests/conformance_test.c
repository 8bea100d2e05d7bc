// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What vgpu-conformance thinks of answers, right and wrong ones. No device is needed: a test is
 * an answer, and the clause that does not hold.
 */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../clause.h"
#include "../declaration.h"
#include "../ring.h"
#include "../test.h"

#define CACHED	VIRTIO_GPU_MAP_CACHE_CACHED
#define WC	VIRTIO_GPU_MAP_CACHE_WC

/* ---- what the tool's main program has ---------------------------------- */

static jmp_buf end;
static const char *failed;

void test_failed(const struct clause *c)
{
	failed = c->id;
	longjmp(end, 1);
}

bool front_end_wait(struct front_end *f, int fd)
{
	(void)f;
	(void)fd;
	return false;
}

void front_end_start_ring(struct front_end *f, unsigned int queue, const struct ring_state *ring)
{
	(void)f;
	(void)queue;
	(void)ring;
}

/* ---- declarations ------------------------------------------------------ */

static struct virtio_gpu_map_attr known[RESOURCES];
static struct virtio_gpu_map_attr attr;

static struct virtio_gpu_map_attr make_declaration(uint64_t generation, uint32_t mode, uint32_t flags)
{
	return (struct virtio_gpu_map_attr){
		.generation = htole64(generation), .cache_mode = htole32(mode),
		.flags = htole32(flags),
	};
}

/* Return: the clause that does not hold for it, or "none". */
static const char *first_broken_clause(struct virtio_gpu_map_attr now)
{
	attr = now;
	failed = "none";
	if (!setjmp(end))
		declaration_check(known, 1, &attr);
	return failed;
}

static int forget_declarations(void **state)
{
	(void)state;
	memset(known, 0, sizeof(known));
	return 0;
}

static void test_good(void **state)
{
	(void)state;
	assert_string_equal(first_broken_clause(make_declaration(1, CACHED, 0)), "none");
	assert_string_equal(first_broken_clause(make_declaration(1, CACHED, 0)), "none");
	assert_string_equal(first_broken_clause(make_declaration(2, WC, 7)), "none");
	assert_string_equal(first_broken_clause(make_declaration(9, WC, 0)), "none");
	assert_string_equal(first_broken_clause(make_declaration(UINT64_MAX, CACHED, 0)), "none");
}

static void test_wrong(void **state)
{
	struct virtio_gpu_map_attr reserved = make_declaration(1, CACHED, 0);

	(void)state;
	assert_string_equal(first_broken_clause(make_declaration(0, CACHED, 0)), "D3");
	assert_string_equal(first_broken_clause(make_declaration(1, 0, 0)), "D7");
	assert_string_equal(first_broken_clause(make_declaration(1, 4, 0)), "D7");
	assert_string_equal(first_broken_clause(make_declaration(1, CACHED, 8)), "D13");
	assert_string_equal(first_broken_clause(make_declaration(1, CACHED, 1u << 31)), "D13");
	for (unsigned int i = 0; i < 4; i++) {
		memset(reserved.reserved, 0, sizeof(reserved.reserved));
		reserved.reserved[i] = 1;
		assert_string_equal(first_broken_clause(reserved), "D15");
	}
}

static void test_beside_others(void **state)
{
	(void)state;
	first_broken_clause(make_declaration(5, CACHED, 0));
	assert_string_equal(first_broken_clause(make_declaration(4, CACHED, 0)), "D6");
	assert_string_equal(first_broken_clause(make_declaration(5, WC, 0)), "D5");
	assert_string_equal(first_broken_clause(make_declaration(5, CACHED, 1)), "D5");
	/* What is wrong is not remembered. */
	assert_string_equal(first_broken_clause(make_declaration(5, CACHED, 0)), "none");
}

/* ---- MAP_ATTR_FETCH ----------------------------------------------------- */

static struct virtio_gpu_resp_map_attr_changes changes;

static void tell_table(unsigned int count)
{
	memset(&changes, 0, sizeof(changes));
	memset(known, 0, sizeof(known));
	changes.count = htole32(count);
	for (unsigned int i = 0; i < count && i < VIRTIO_GPU_MAP_ATTR_MAX_CHANGES; i++) {
		changes.changes[i].resource_id = htole32(i + 1);
		changes.changes[i].attr = make_declaration(2, WC, 0);
	}
}

static const char *verdict_of_changes(uint32_t used)
{
	failed = "none";
	if (!setjmp(end))
		declaration_check_changes(known, &changes, used);
	return failed;
}

static void test_changes(void **state)
{
	(void)state;
	for (unsigned int n = 0; n <= 16; n++) {
		tell_table(n);
		assert_string_equal(verdict_of_changes(32 + 40 * n), "none");
		assert_string_equal(verdict_of_changes(32 + 40 * n + 1), "D30");
		changes.more = htole32(1);
		assert_string_equal(verdict_of_changes(32 + 40 * n), n == 16 ? "none" : "D31");
	}
	tell_table(16);
	changes.more = htole32(2);
	assert_string_equal(verdict_of_changes(672), "D31");
	tell_table(17);
	assert_string_equal(verdict_of_changes(32 + 40 * 17), "D30");
}

static void test_wrong_changes(void **state)
{
	(void)state;
	tell_table(2);
	changes.changes[1].resource_id = changes.changes[0].resource_id;
	assert_string_equal(verdict_of_changes(112), "D30");
	tell_table(2);
	changes.changes[1].padding = 1;
	assert_string_equal(verdict_of_changes(112), "D30");
	tell_table(2);
	changes.changes[1].attr.generation = 0;
	assert_string_equal(verdict_of_changes(112), "D3");
}

/* ---- rings --------------------------------------------------------------- */

static uint8_t ram[RAM_SIZE] __attribute__((aligned(16)));
static struct front_end f = { .ram = ram };
static struct ring r;

static void offer_head(unsigned int n)
{
	memset(ram, 0, sizeof(ram));
	ring_start(&r, &f, 0, 0);
	for (unsigned int i = 0; i < n; i++)
		ring_offer(&r, i);
}

static void test_used(void **state)
{
	uint32_t head, len;

	(void)state;
	offer_head(2);
	assert_false(ring_used(&r, &head, &len));
	r.used->ring[0].id = htole32(1);
	r.used->ring[0].len = htole32(24);
	r.used->idx = htole16(1);
	assert_true(ring_used(&r, &head, &len));
	assert_int_equal(head, 1);
	assert_int_equal(len, 24);
	assert_false(ring_used(&r, &head, &len));
}

static void test_used_jumps(void **state)
{
	uint32_t head, len;

	(void)state;
	offer_head(2);
	r.used->idx = htole16(3);
	failed = "none";
	if (!setjmp(end))
		ring_used(&r, &head, &len);
	assert_string_equal(failed, "B3");
}

static void test_chain(void **state)
{
	const struct piece pieces[] = { { 0x100, 24, false }, { 0x200, 56, true } };

	(void)state;
	offer_head(0);
	ring_chain(&r, RING_SIZE - 1, pieces, 2);
	assert_int_equal(le64toh(r.desc[RING_SIZE - 1].addr), RAM_GPA + 0x100);
	assert_int_equal(le16toh(r.desc[RING_SIZE - 1].flags), VRING_DESC_F_NEXT);
	assert_int_equal(le16toh(r.desc[RING_SIZE - 1].next), 0);
	assert_int_equal(le32toh(r.desc[0].len), 56);
	assert_int_equal(le16toh(r.desc[0].flags), VRING_DESC_F_WRITE);
}

/* ---- clauses -------------------------------------------------------------- */

static void note_verdict(const char *id, bool good, bool should)
{
	if (setjmp(end))
		return;
	if (should)
		clause_should(id, good, "%s", "less");
	else
		clause_check(id, good, "%s", "wrong");
}

static void test_worst_counts(void **state)
{
	unsigned int before = clauses_failed();

	(void)state;
	assert_int_equal(clause("D40")->result, CLAUSE_UNKNOWN);
	clause_unreached("D40", "not today");
	assert_string_equal(clause("D40")->told, "not today");
	note_verdict("D40", true, false);
	assert_int_equal(clause("D40")->result, CLAUSE_PASSED);
	note_verdict("D40", false, true);
	note_verdict("D40", true, false);
	assert_int_equal(clause("D40")->result, CLAUSE_NOT_FOLLOWED);
	assert_string_equal(clause("D40")->told, "less");
	assert_int_equal(clauses_failed(), before);
	note_verdict("D40", false, false);
	note_verdict("D40", false, true);
	assert_int_equal(clause("D40")->result, CLAUSE_FAILED);
	assert_string_equal(clause("D40")->told, "wrong");
	assert_int_equal(clauses_failed(), before + 1);
	assert_null(clause("D0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, forget_declarations),
		cmocka_unit_test_setup(test_wrong, forget_declarations),
		cmocka_unit_test_setup(test_beside_others, forget_declarations),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_wrong_changes),
		cmocka_unit_test(test_used),
		cmocka_unit_test(test_used_jumps),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_worst_counts),
	};

	return cmocka_run_group_tests_name("conformance", tests, NULL, NULL);
}
