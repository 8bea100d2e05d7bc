// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Changes: what needs something that makes the device declare them, --trigger.
 */
#include <endian.h>
#include <string.h>
#include <unistd.h>

#include "clause.h"
#include "driver.h"
#include "test.h"

#define ATTR		VIRTIO_GPU_RESP_OK_MAP_ATTR
#define NODATA		VIRTIO_GPU_RESP_OK_NODATA
#define CACHED		VIRTIO_GPU_MAP_CACHE_CACHED
#define WC		VIRTIO_GPU_MAP_CACHE_WC
#define UNCACHED	VIRTIO_GPU_MAP_CACHE_UNCACHED
#define REVOKED		VIRTIO_GPU_MAP_ATTR_REVOKED
#define SYNC		VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED
#define TIMEOUT_MS	200
#define MAP_HEAD	8	/* of a request that others overtake */
#define MAP_REQUEST	0x60000
#define MAP_RESPONSE	0x61000

static uint64_t generation_of(uint32_t res)
{
	return le64toh(driver_declared(res)->generation);
}

static void expect_type(const char *id, uint32_t type, uint32_t wanted, const char *what)
{
	clause_check(id, type == wanted, "%s is answered by %#x", what, type);
}

/* That exactly this one has changed, to this. */
static void expect_change(uint32_t res, uint32_t cache_mode, uint32_t flags)
{
	uint64_t before = generation_of(res);
	const struct virtio_gpu_map_attr *attr;
	uint32_t n;

	driver_wait_for_event();
	n = driver_fetch();
	attr = driver_fetched(res);
	clause_check("D30", n == 1 && attr, "%u changes are reported, not that of resource %u", n, res);
	clause_check("D30", le32toh(attr->cache_mode) == cache_mode && le32toh(attr->flags) == flags,
		     "mode %u, flags %#x are reported", le32toh(attr->cache_mode), le32toh(attr->flags));
	clause_check("D6", le64toh(attr->generation) > before, "a change has generation %llu after %llu",
		     (unsigned long long)le64toh(attr->generation), (unsigned long long)before);
	clause_check("D30", !driver_fetch(), "a change is reported twice");
}

static void test_changes(void)
{
	uint32_t type;

	driver_start(FEATURES);
	driver_make_mapped_blob(1, 0);
	driver_change(1, WC, 0);
	expect_change(1, WC, 0);
	type = driver_ack(1, generation_of(1));
	expect_type("D36", type, NODATA, "the acknowledgment of what is in force");
	type = driver_ack(1, generation_of(1));
	expect_type("D36", type, NODATA, "the same once more");
	driver_change(1, UNCACHED, SYNC);
	expect_change(1, UNCACHED, SYNC);
	expect_type("D36", driver_ack(1, generation_of(1)), NODATA, "the acknowledgment of SYNC_REQUIRED");
	driver_change(1, CACHED, 0);
	expect_change(1, CACHED, 0);
}

static void test_outdated_ack(void)
{
	uint64_t old;

	driver_start(FEATURES);
	driver_make_mapped_blob(1, 0);
	driver_change(1, WC, 0);
	expect_change(1, WC, 0);
	old = generation_of(1);
	driver_change(1, UNCACHED, 0);
	expect_type("D45", driver_ack(1, old), ATTR, "an outdated acknowledgment");
	clause_check("D45", generation_of(1) > old, "it has generation %llu",
		     (unsigned long long)generation_of(1));
	clause_check("D45", le32toh(driver_declared(1)->cache_mode) == UNCACHED, "it has mode %u",
		     le32toh(driver_declared(1)->cache_mode));
	driver_wait_for_event();
	clause_check("D30", driver_fetch() == 1 && driver_fetched(1), "it has unmarked the resource");
	expect_type("D36", driver_ack(1, generation_of(1)), NODATA, "the right one");
	expect_type("D45", driver_ack(1, old), ATTR, "an old one");
}

/* Two changes before the guest looks are one. */
static void test_overtaken(void)
{
	driver_start(FEATURES);
	driver_make_mapped_blob(1, 0);
	driver_change(1, WC, 0);
	driver_change(1, UNCACHED, 0);
	expect_change(1, UNCACHED, 0);
}

static void test_many(void)
{
	const struct virtio_gpu_resp_map_attr_changes *r;
	unsigned int told = 0;
	uint64_t page;

	driver_start(FEATURES);
	r = driver_response();
	page = driver_granule();
	for (uint32_t res = 1; res <= 40; res++)
		driver_make_mapped_blob(res, res * page);
	for (uint32_t res = 1; res <= 40; res++)
		driver_change(res, WC, 0);
	driver_wait_for_event();
	for (unsigned int round = 0; round < 3; round++) {
		uint32_t n = driver_fetch();

		told += n;
		clause_check("D31", n == (round < 2 ? 16 : 8), "%u changes are reported of 40, after %u",
			     n, told - n);
		clause_check("D31", le32toh(r->more) == (round < 2), "more is %u after %u of 40",
			     le32toh(r->more), told);
	}
	clause_check("D30", !driver_fetch(), "changes are reported twice");
}

static void test_failed_fetch(void)
{
	driver_start(FEATURES);
	driver_make_mapped_blob(1, 0);
	driver_change(1, WC, 0);
	driver_wait_for_event();
	driver_fetch_room(32);
	driver_fetch_room(CHANGES_LEN - 1);
	clause_check("D32", driver_fetch() == 1, "a change is lost after a response that did not fit");
}

static void test_before_map(void)
{
	driver_start(FEATURES);
	driver_make_blob(1);
	driver_change(1, WC, 0);
	expect_type("D41", driver_map(1, 0), ATTR, "RESOURCE_MAP_BLOB");
	clause_check("D41", le32toh(driver_declared(1)->cache_mode) == WC && generation_of(1) > 1,
		     "MAP declares mode %u, generation %llu", le32toh(driver_declared(1)->cache_mode),
		     (unsigned long long)generation_of(1));
	driver_wait_for_event();
	clause_check("D41", driver_fetch() == 1 && driver_fetched(1), "the change is not reported");
	expect_type("D36", driver_ack(1, generation_of(1)), NODATA, "the acknowledgment");
}

static void test_flags_get_a_place(void)
{
	static const uint32_t flags[] = { SYNC, REVOKED };

	for (unsigned int i = 0; i < 2; i++) {
		driver_start(FEATURES);
		driver_make_blob(1);
		driver_change(1, CACHED, flags[i]);
		clause_should("D24", driver_map(1, 0) == ATTR, "RESOURCE_MAP_BLOB fails, with flags %#x",
			      flags[i]);
		driver_stop();
	}
}

static void test_unmap_pending(void)
{
	uint64_t before;

	driver_start(FEATURES);
	driver_make_mapped_blob(1, 0);
	driver_change(1, WC, 0);
	before = generation_of(1);
	expect_type("D38", driver_unmap(1), NODATA, "RESOURCE_UNMAP_BLOB with a change pending");
	driver_wait_for_event();
	clause_check("D38", driver_fetch() == 1 && driver_fetched(1), "UNMAP has unmarked the resource");
	clause_check("D38", generation_of(1) == before + 1 || generation_of(1) > before,
		     "UNMAP has changed the generation");
	expect_type("D38", driver_map(1, driver_granule()), ATTR, "RESOURCE_MAP_BLOB");
	expect_type("D36", driver_ack(1, generation_of(1)), NODATA, "the acknowledgment");
}

static void test_unref_pending(void)
{
	driver_start(FEATURES);
	driver_make_mapped_blob(1, 0);
	driver_change(1, WC, 0);
	driver_wait_for_event();
	expect_type("D39", driver_unref(1), NODATA, "RESOURCE_UNREF with a change pending");
	clause_check("D39", !driver_fetch(), "a change of a destroyed resource is reported");
	expect_type("D37", driver_ack(1, 2), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID, "the acknowledgment");
	driver_make_blob(1);
	clause_check("D39", generation_of(1) == 1, "the id begins with generation %llu",
		     (unsigned long long)generation_of(1));
}

static void test_reset_pending(void)
{
	driver_start(FEATURES);
	driver_make_mapped_blob(1, 0);
	driver_change(1, WC, 0);
	if (!front_end_reset(&driver.f))
		test_impossible("the device knows no RESET_DEVICE");
	front_end_stop_ring(&driver.f, 0);
	memset(driver.attrs, 0, sizeof(driver.attrs));
	driver_begin();
	clause_check("D39", !driver_fetch(), "a change from before the reset is reported");
	expect_type("D39", driver_create(1, VIRTIO_GPU_BLOB_MEM_HOST3D), ATTR, "its id");
	clause_check("D39", generation_of(1) == 1, "the id begins with generation %llu",
		     (unsigned long long)generation_of(1));
}

/* Whether the exporter waits the device says by way of the trigger. */
static void test_exporter_waits(void)
{
	uint64_t first;

	driver_start(FEATURES);
	driver_make_mapped_blob(1, 0);
	first = generation_of(1);
	driver_change(1, WC, 0);
	clause_check("D33", !driver_is_settled(1), "the exporter does not wait");
	driver_ack(1, first + 7);
	clause_check("D37", !driver_is_settled(1), "a future acknowledgment has an effect");
	driver_ack_padded(1, first + 1, 1, ATTR_LEN);
	clause_check("D37", !driver_is_settled(1), "a malformed acknowledgment has an effect");
	driver_ack(1, first);
	clause_check("D45", !driver_is_settled(1), "an outdated acknowledgment ends the wait");
	driver_fetch();
	clause_check("D33", !driver_is_settled(1), "MAP_ATTR_FETCH ends the wait");
	driver_ack(1, generation_of(1));
	clause_check("D36", driver_is_settled(1), "the acknowledgment does not end the wait");
	driver_change(1, UNCACHED, 0);
	driver_unmap(1);
	clause_check("D38", driver_is_settled(1), "the place is gone, and the exporter waits");
	driver_change(1, CACHED, 0);
	clause_check("D33", driver_is_settled(1), "there is no place, and the exporter waits");
}

static void write_word(uint64_t offset, uint64_t word)
{
	*(volatile uint64_t *)(driver.f.window + offset) = word;
}

static uint64_t read_word(uint64_t offset)
{
	return *(volatile uint64_t *)(driver.f.window + offset);
}

static void set_timeout(unsigned int ms)
{
	if (driver_try_trigger("time-out %u", ms))
		test_impossible("the trigger cannot set a time-out");
}

/* Until REVOKED is told; other changes may come before. */
static bool is_revoked(uint32_t res)
{
	for (int ms = 0; ms < options.timeout_ms; ms += 20) {
		front_end_wait(&driver.f, -1);
		driver_fetch();
		if (le32toh(driver_declared(res)->flags) & REVOKED)
			return true;
		usleep(20000);
	}
	return false;
}

static void test_time_out(void)
{
	uint64_t page;

	driver_start(FEATURES);
	page = driver_granule();
	driver_make_mapped_blob(1, page);
	driver_make_mapped_blob(2, 2 * page);
	write_word(page, 0x7777);
	write_word(2 * page, 0x8888);
	set_timeout(TIMEOUT_MS);
	driver_change(1, WC, 0);
	clause_should("D34", is_revoked(1), "nothing follows a time-out");
	set_timeout(0);
	front_end_wait(&driver.f, -1);
	clause_check("D14", front_end_mapping(&driver.f, page), "there is a hole where it was");
	clause_check("D14", read_word(page) != 0x7777, "its memory is still there");
	clause_check("D11", le32toh(driver_declared(1)->flags) & REVOKED, "it is not REVOKED");
	write_word(page, 0x9999);
	clause_check("D14", read_word(2 * page) == 0x8888, "what is written there is another's");

	/* Old mappings of the guest's would show it, until it has acknowledged. */
	clause_check("D35", driver_try_trigger("change 1 %u 0", CACHED) != 0,
		     "it is given back before REVOKED is acknowledged");
	expect_type("D36", driver_ack(1, generation_of(1)), NODATA, "the acknowledgment of REVOKED");
	driver_change(1, CACHED, 0);
	expect_change(1, CACHED, 0);
	front_end_wait(&driver.f, -1);
	clause_check("D35", front_end_mapping(&driver.f, page) && read_word(page) == 0x7777,
		     "the memory is not back: %#llx", (unsigned long long)read_word(page));
	expect_type("D36", driver_ack(1, generation_of(1)), NODATA, "the acknowledgment");
}

static void test_time_out_is_not_prolonged(void)
{
	bool revoked = false;

	driver_start(FEATURES);
	driver_make_mapped_blob(1, driver_granule());
	driver_make_mapped_blob(2, 2 * driver_granule());
	set_timeout(TIMEOUT_MS);
	driver_change(1, WC, 0);
	for (int ms = 0; ms < options.timeout_ms && !revoked; ms += TIMEOUT_MS / 4) {
		usleep(TIMEOUT_MS / 4 * 1000);
		if (!driver_try_trigger("change 2 %u 0", ms / 50 % 3 + 1)) {
			driver_fetch();
			driver_ack(2, generation_of(2));
		}
		revoked = le32toh(driver_declared(1)->flags) & REVOKED;
	}
	clause_check("D34", revoked, "changes of another resource put the time-out off");
}

static void test_evicted_and_unmapped(void)
{
	driver_start(FEATURES);
	driver_make_mapped_blob(1, driver_granule());
	write_word(driver_granule(), 0x7777);
	set_timeout(TIMEOUT_MS);
	driver_change(1, WC, 0);
	clause_should("D34", is_revoked(1), "nothing follows a time-out");
	set_timeout(0);
	expect_type("D38", driver_unmap(1), NODATA, "RESOURCE_UNMAP_BLOB of what is evicted");
	expect_type("D24", driver_map(1, 3 * driver_granule()), ATTR, "RESOURCE_MAP_BLOB of it");
	clause_check("D11", le32toh(driver_declared(1)->flags) & REVOKED, "MAP does not declare REVOKED");
	front_end_wait(&driver.f, -1);
	clause_check("D14", front_end_mapping(&driver.f, 3 * driver_granule()), "there is a hole at its place");
	clause_check("D14", read_word(3 * driver_granule()) != 0x7777, "its memory is there");
	expect_type("D36", driver_ack(1, generation_of(1)), NODATA, "the acknowledgment of REVOKED");
	driver_change(1, CACHED, 0);
	expect_change(1, CACHED, 0);
	front_end_wait(&driver.f, -1);
	clause_check("D35", read_word(3 * driver_granule()) == 0x7777, "it is not back, at its new place");
}

static void test_paused(void)
{
	driver_start(FEATURES);
	driver_make_mapped_blob(1, 0);
	driver.control.state.base = front_end_stop_ring(&driver.f, 0);
	set_timeout(TIMEOUT_MS);
	driver_change(1, WC, 0);
	usleep(2 * TIMEOUT_MS * 1000);
	set_timeout(0);
	front_end_start_ring(&driver.f, 0, &driver.control.state);
	driver_wait_for_event();
	driver_fetch();
	clause_check("D42", !(le32toh(driver_declared(1)->flags) & REVOKED),
		     "it has timed out while the guest was stopped");
	expect_type("D36", driver_ack(1, generation_of(1)), NODATA, "the acknowledgment");

	/* And what has changed then is told. */
	driver.control.state.base = front_end_stop_ring(&driver.f, 0);
	driver_change(1, UNCACHED, 0);
	front_end_start_ring(&driver.f, 0, &driver.control.state);
	driver_wait_for_event();
	clause_check("D42", driver_fetch() == 1 && driver_fetched(1), "a change made while the guest was stopped is lost");
}

/* REVOKED is acknowledged, and from there on nothing reaches the memory. */
static void test_revoked(void)
{
	uint64_t page;

	driver_start(FEATURES);
	page = driver_granule();
	driver_make_mapped_blob(1, page);
	driver_make_mapped_blob(2, 2 * page);
	write_word(page, 0x7777);
	write_word(2 * page, 0x8888);
	driver_change(1, CACHED, REVOKED);
	expect_change(1, CACHED, REVOKED);
	expect_type("D36", driver_ack(1, generation_of(1)), NODATA, "the acknowledgment of REVOKED");
	front_end_wait(&driver.f, -1);
	clause_check("D14", front_end_mapping(&driver.f, page), "there is a hole where it was");
	clause_check("D14", read_word(page) != 0x7777, "its memory is still there");
	write_word(page, 0x9999);
	clause_check("D14", read_word(2 * page) == 0x8888, "what is written there is another's");
	driver_change(1, CACHED, 0);
	expect_change(1, CACHED, 0);
	front_end_wait(&driver.f, -1);
	clause_check("D35", front_end_mapping(&driver.f, page) && read_word(page) == 0x7777,
		     "the memory is not back: %#llx", (unsigned long long)read_word(page));
}

static void offer_map(uint32_t res, uint64_t offset)
{
	const struct virtio_gpu_resource_map_blob c = {
		.hdr.type = htole32(VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB),
		.resource_id = htole32(res), .offset = htole64(offset),
	};
	const struct piece pieces[] = { { MAP_REQUEST, sizeof(c), false },
					{ MAP_RESPONSE, ATTR_LEN, true } };

	memcpy(driver.f.ram + MAP_REQUEST, &c, sizeof(c));
	ring_chain(&driver.control, MAP_HEAD, pieces, 2);
	ring_offer(&driver.control, MAP_HEAD);
	ring_kick(&driver.control);
}

/* A RESOURCE_MAP_BLOB that waits for the front end, which waits for nothing. */
static void test_meanwhile(void)
{
	const struct virtio_gpu_resp_map_attr *r;
	uint32_t head, used;

	driver_start(FEATURES);
	r = (void *)(driver.f.ram + MAP_RESPONSE);
	driver_make_blob(1);
	driver_make_mapped_blob(2, driver_granule());
	driver_change(2, WC, 0);
	driver.f.hold_maps = true;
	offer_map(1, 0);
	for (int ms = 0; ms < options.timeout_ms && !driver.f.is_held; ms += 5) {
		if (le16toh(driver.control.used->idx) != driver.control.seen)
			test_impossible("the device asks nothing of its front end to map a resource");
		front_end_wait(&driver.f, -1);
		usleep(5000);
	}
	clause_check("D26", driver_fetch() == 1 && driver_fetched(2), "MAP_ATTR_FETCH while a command waits");
	expect_type("D26", driver_ack(2, generation_of(2)), NODATA, "an acknowledgment while a command waits");
	driver_change(1, UNCACHED, 0);
	front_end_release(&driver.f);
	test_about("D21");
	clause_check("D21", ring_used(&driver.control, &head, &used) && head == MAP_HEAD,
		     "RESOURCE_MAP_BLOB is not answered");
	clause_check("D21", le32toh(r->hdr.type) == ATTR, "it is answered by %#x", le32toh(r->hdr.type));
	clause_check("D18", used == ATTR_LEN, "used length %u", used);
	clause_check("D21", le32toh(r->attr.cache_mode) == UNCACHED && le64toh(r->attr.generation) > 1,
		     "it declares what was in force before: mode %u, generation %llu",
		     le32toh(r->attr.cache_mode), (unsigned long long)le64toh(r->attr.generation));
	driver_wait_for_event();
	clause_check("D41", driver_fetch() == 1 && driver_fetched(1), "the change made meanwhile is not reported");
}

/* A driver that cannot be told: nothing changes, or the memory is gone from its place. */
static void test_old_driver_change(void)
{
	struct config config;

	driver_start(FEATURES & ~BIT(VIRTIO_GPU_F_MAP_ATTR));
	driver_make_blob(1);
	expect_type("D2", driver_map(1, 0), VIRTIO_GPU_RESP_OK_MAP_INFO, "RESOURCE_MAP_BLOB");
	front_end_wait(&driver.f, -1);
	write_word(0, 0x7777);
	if (!driver_try_trigger("change 1 %u %u", CACHED, REVOKED))
		clause_check("D28", front_end_mapping(&driver.f, 0) && read_word(0) != 0x7777,
			     "attributes have changed, and the memory is there");
	clause_check("D28", front_end_mapping(&driver.f, 0), "there is a hole");
	read_word(0);
	front_end_config(&driver.f, &config);
	clause_check("D2", !(le32toh(config.events_read) & VIRTIO_GPU_EVENT_MAP_ATTR),
		     "the event is set");
}

static void swap_ids(uint64_t *a, uint64_t *b)
{
	uint64_t was = *a;

	*a = *b;
	*b = was;
}

static void test_old_driver(void)
{
	uint32_t type;

	driver_start(FEATURES & ~BIT(VIRTIO_GPU_F_MAP_ATTR));
	if (!options.flagged_blob_id)
		test_impossible("no --flagged-blob-id");
	swap_ids(&options.blob_id, &options.flagged_blob_id);
	type = driver_create(1, VIRTIO_GPU_BLOB_MEM_HOST3D);
	swap_ids(&options.blob_id, &options.flagged_blob_id);
	if (type >= VIRTIO_GPU_RESP_ERR_UNSPEC)
		test_impossible("the blob cannot be created (%#x)", type);
	type = driver_map(1, 0);
	clause_should("D27", type == VIRTIO_GPU_RESP_ERR_UNSPEC,
		      "RESOURCE_MAP_BLOB of what has flags is answered by %#x", type);
}

const struct test tests_change[] = {
	{ "changes", "D29", NEEDS_ATTR | NEEDS_TRIGGER, test_changes },
	{ "outdated-ack", "D45", NEEDS_ATTR | NEEDS_TRIGGER, test_outdated_ack },
	{ "overtaken", "D30", NEEDS_ATTR | NEEDS_TRIGGER, test_overtaken },
	{ "many", "D31", NEEDS_ATTR | NEEDS_TRIGGER, test_many },
	{ "failed-fetch", "D32", NEEDS_ATTR | NEEDS_TRIGGER, test_failed_fetch },
	{ "before-map", "D41", NEEDS_ATTR | NEEDS_TRIGGER, test_before_map },
	{ "flags-get-a-place", "D24", NEEDS_ATTR | NEEDS_TRIGGER, test_flags_get_a_place },
	{ "unmap-pending", "D38", NEEDS_ATTR | NEEDS_TRIGGER, test_unmap_pending },
	{ "unref-pending", "D39", NEEDS_ATTR | NEEDS_TRIGGER, test_unref_pending },
	{ "reset-pending", "D39", NEEDS_ATTR | NEEDS_TRIGGER, test_reset_pending },
	{ "exporter-waits", "D33", NEEDS_ATTR | NEEDS_TRIGGER, test_exporter_waits },
	{ "revoked", "D14", NEEDS_ATTR | NEEDS_TRIGGER, test_revoked },
	{ "meanwhile", "D26", NEEDS_ATTR | NEEDS_TRIGGER, test_meanwhile },
	{ "old-driver-change", "D28", NEEDS_ATTR | NEEDS_TRIGGER, test_old_driver_change },
	{ "time-out", "D34", NEEDS_ATTR | NEEDS_TRIGGER, test_time_out },
	{ "time-out-not-prolonged", "D34", NEEDS_ATTR | NEEDS_TRIGGER, test_time_out_is_not_prolonged },
	{ "evicted-and-unmapped", "D38", NEEDS_ATTR | NEEDS_TRIGGER, test_evicted_and_unmapped },
	{ "paused", "D42", NEEDS_ATTR | NEEDS_TRIGGER, test_paused },
	{ "old-driver", "D27", NEEDS_ATTR, test_old_driver },
	{ .name = NULL }
};
