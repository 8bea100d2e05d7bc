// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Brackets around accesses of CPUs.
 */
#include <endian.h>
#include <string.h>

#include "clause.h"
#include "driver.h"
#include "test.h"

#define BEGIN		VIRTIO_GPU_CMD_CPU_ACCESS_BEGIN
#define END		VIRTIO_GPU_CMD_CPU_ACCESS_END
#define READS		VIRTIO_GPU_CPU_ACCESS_READ
#define WRITES		VIRTIO_GPU_CPU_ACCESS_WRITE
#define NODATA		VIRTIO_GPU_RESP_OK_NODATA
#define PARAMETER	VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER
#define RESOURCE_ID	VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID
#define CACHED		VIRTIO_GPU_MAP_CACHE_CACHED
#define WC		VIRTIO_GPU_MAP_CACHE_WC
#define SYNC		VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED
#define REVOKED		VIRTIO_GPU_MAP_ATTR_REVOKED
#define WITH_ACCESS	(FEATURES | BIT(VIRTIO_GPU_F_CPU_ACCESS))

static uint32_t access_command(uint32_t type, uint32_t res, uint32_t flags)
{
	struct virtio_gpu_cpu_access c = {
		.hdr.type = htole32(type),
		.resource_id = htole32(res),
		.flags = htole32(flags),
	};

	return driver_command_room(&c, sizeof(c), sizeof(c.hdr), NULL);
}

static void expect(const char *id, uint32_t wanted, uint32_t type, uint32_t res, uint32_t flags)
{
	uint32_t got = access_command(type, res, flags);

	clause_check(id, got == wanted, "%s of resource %u, flags %u, is answered by %#x",
		     type == BEGIN ? "BEGIN" : "END", res, flags, got);
}

static void test_without(void)
{
	driver_start(FEATURES);
	driver_make_blob(1);
	expect("D47", VIRTIO_GPU_RESP_ERR_UNSPEC, BEGIN, 1, READS);
	expect("D47", VIRTIO_GPU_RESP_ERR_UNSPEC, END, 1, READS);
}

static void test_brackets(void)
{
	driver_start(WITH_ACCESS);
	clause_check("D46", driver.f.features & BIT(VIRTIO_GPU_F_MAP_ATTR),
		     "CPU_ACCESS is offered, MAP_ATTR is not");
	driver_make_blob(1);
	for (uint32_t flags = READS; flags <= (READS | WRITES); flags++)
		expect("D48", NODATA, BEGIN, 1, flags);
	/* Each is one of its own. */
	expect("D48", NODATA, BEGIN, 1, READS);
	expect("D49", NODATA, END, 1, READS);
	for (uint32_t flags = READS; flags <= (READS | WRITES); flags++)
		expect("D49", NODATA, END, 1, flags);
	for (uint32_t flags = READS; flags <= (READS | WRITES); flags++)
		expect("D50", PARAMETER, END, 1, flags);
}

static void test_wrong_brackets(void)
{
	driver_start(WITH_ACCESS);
	driver_make_blob(1);
	driver_create(2, VIRTIO_GPU_BLOB_MEM_GUEST);
	expect("D50", PARAMETER, BEGIN, 1, 0);
	expect("D50", PARAMETER, BEGIN, 1, 4);
	expect("D50", PARAMETER, BEGIN, 1, READS | 4);
	expect("D50", RESOURCE_ID, BEGIN, 2, READS);
	expect("D50", RESOURCE_ID, BEGIN, 3, READS);
	expect("D50", RESOURCE_ID, END, 3, READS);
	expect("D50", PARAMETER, END, 1, READS);
	expect("D48", NODATA, BEGIN, 1, READS);
	expect("D50", PARAMETER, END, 1, WRITES);
	expect("D50", PARAMETER, END, 1, READS | WRITES);
	expect("D49", NODATA, END, 1, READS);
}

/* A resource of the same id has none. */
static void test_unref_in_brackets(void)
{
	driver_start(WITH_ACCESS);
	driver_make_blob(1);
	expect("D48", NODATA, BEGIN, 1, READS);
	driver_unref(1);
	driver_make_blob(1);
	expect("D53", PARAMETER, END, 1, READS);
	expect("D48", NODATA, BEGIN, 1, READS);
	if (!front_end_reset(&driver.f))
		test_impossible("the device knows no RESET_DEVICE");
	front_end_stop_ring(&driver.f, 0);
	memset(driver.attrs, 0, sizeof(driver.attrs));
	driver_begin();
	driver_make_blob(1);
	expect("D53", PARAMETER, END, 1, READS);
}

static void change_and_acknowledge(uint32_t cache_mode, uint32_t flags)
{
	driver_change(1, cache_mode, flags);
	driver_wait_for_event();
	driver_fetch();
	driver_ack(1, le64toh(driver_declared(1)->generation));
}

static void test_changed_in_brackets(void)
{
	driver_start(WITH_ACCESS);
	driver_make_mapped_blob(1, 0);
	change_and_acknowledge(WC, SYNC);
	expect("D48", NODATA, BEGIN, 1, READS);
	change_and_acknowledge(CACHED, SYNC);
	driver_unmap(1);
	driver_map(1, 0);
	expect("D52", NODATA, END, 1, READS);
	expect("D48", NODATA, BEGIN, 1, WRITES);
	change_and_acknowledge(CACHED, SYNC | READ_ONLY);
	expect("D50", PARAMETER, BEGIN, 1, WRITES);
	expect("D50", PARAMETER, BEGIN, 1, READS | WRITES);
	change_and_acknowledge(CACHED, REVOKED);
	expect("D51", VIRTIO_GPU_RESP_ERR_UNSPEC, BEGIN, 1, READS);
	expect("D52", NODATA, END, 1, WRITES);
}

const struct test tests_access[] = {
	{ "no-brackets", "D47", NEEDS_ATTR, test_without },
	{ "brackets", "D48", NEEDS_ACCESS, test_brackets },
	{ "wrong-brackets", "D50", NEEDS_ACCESS, test_wrong_brackets },
	{ "unref-in-brackets", "D53", NEEDS_ACCESS, test_unref_in_brackets },
	{ "changed-in-brackets", "D52", NEEDS_ACCESS | NEEDS_TRIGGER, test_changed_in_brackets },
	{ .name = NULL }
};
