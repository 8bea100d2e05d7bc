// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Unit tests of virtio-gpu-mtrr: what it decides, and the whole of it in made-up trees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../drop.h"
#include "../mtrr.h"
#include "../window.h"

/* As OVMF leaves them on a q35 with 2 GiB: all above RAM, and the window's aperture. */
#define LOW	"reg00: base=0x080000000 ( 2048MB), size= 2048MB, count=1: uncachable\n"
#define HIGH	"reg01: base=0xc000000000 (786432MB), size=131072MB, count=1: uncachable\n"
#define RAM	"00000000-00000fff : Reserved\n00001000-0009ffff : System RAM\n" \
		"00100000-7fffffff : System RAM\n  01000000-01ffffff : Kernel code\n" \
		"c000000000-dfffffffff : PCI Bus 0000:00\n"

/* A line of /proc/mtrr from its first address on, which is all that is ever wrong. */
#define REG(rest)	"reg00: base=0x" rest ": uncachable\n"
#define LOW_WB	"reg00: base=0x0 ( 0MB), size= 2048MB, count=1: write-back\n"

static const struct range window = { 0xc000000000, 0xc03fffffff };

/* ---- numbers and ranges ----------------------------------------------- */

static void test_wrong_mtrr_lines(void **state)
{
	static const char * const wrong[] = {
		"reg", "reg00", "reg00: base=0x0 (", "reg00: base=0x0 ( 0MB), size=",
		"reg00: base=0x0 ( 0MB), size= 1MB, count=1", "nonsense\n",
		REG("0 ( 0MB), size= 0MB, count=1"),
		REG("0 ( 0MB), size= -1MB, count=1"),
		REG("-1 ( 0MB), size= 1MB, count=1"),
		REG("0x1 ( 0MB), size= 1MB, count=1"),
		REG("0 ( 0MB), size= 1GB, count=1"),
		REG("0 ( 0MB), size= 1MB, count=-1"),
		REG("0 ( 0MB), size= 1MB, count=4294967296"),
		"reg256: base=0x0 ( 0MB), size= 1MB, count=1: uncachable\n",
		REG("0 ( 0MB), size= 17592186044416MB, count=1"),
		REG("0 ( 0MB), size= 99999999999999999999999MB, count=1"),
		REG("fffffffffffffffff ( 0MB), size= 1MB, count=1"),
		REG("fffffffffff00000 ( 0MB), size= 2MB, count=1"),
		LOW "\n",
	};
	static struct mtrrs mtrrs;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (mtrrs_parse(wrong[i], &mtrrs))
			fail_msg("taken for good: %s", wrong[i]);
}

static void test_mtrr_lines(void **state)
{
	static struct mtrrs mtrrs;

	(void)state;
	assert_true(mtrrs_parse("", &mtrrs));
	assert_int_equal(mtrrs.count, 0);
	assert_true(mtrrs_parse(HIGH "reg07: base=0x0000c0000 ( 0MB), size= 64KB, count=2: ?\n",
				&mtrrs));
	assert_int_equal(mtrrs.count, 2);
	assert_int_equal(mtrrs.mtrr[0].nr, 1);
	assert_true(mtrrs.mtrr[0].uncachable);
	assert_int_equal(mtrrs.mtrr[0].range.first, 0xc000000000);
	assert_int_equal(mtrrs.mtrr[0].range.last, 0xdfffffffff);
	assert_int_equal(mtrrs.mtrr[1].range.last, 0xcffff);
	assert_int_equal(mtrrs.mtrr[1].count, 2);
	assert_false(mtrrs.mtrr[1].uncachable);
	/* Up to the last byte there is. */
	assert_true(mtrrs_parse(REG("fffffffffff00000 ( 0MB), size= 1MB, count=1"),
				&mtrrs));
	assert_int_equal(mtrrs.mtrr[0].range.last, UINT64_MAX);
}

static void test_mtrr_too_many(void **state)
{
	static char text[(MTRRS + 1) * 80];
	static struct mtrrs mtrrs;
	size_t used = 0;

	(void)state;
	for (unsigned int i = 0; i < MTRRS + 1; i++) {
		assert_true(i < MTRRS || mtrrs_parse(text, &mtrrs));
		used += snprintf(text + used, sizeof(text) - used,
				 REG("0%x00000 ( 0MB), size= 1MB, count=1"), i);
	}
	assert_false(mtrrs_parse(text, &mtrrs));
}

static void test_ram_lines(void **state)
{
	static const char * const wrong[] = {
		"", "nonsense\n", "0-\n", "00000000-00000000 : System RAM\n", "1-0 : System RAM\n",
		"00100000-7fffffff System RAM\n", "-1-2 : System RAM\n",
		"00000000-00000fff : Reserved\n",
		"100000-1ffffffffffffffff : System RAM\n", RAM "00100000", RAM "\n",
	};
	static struct mtrrs mtrrs;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_true(mtrrs_parse(LOW HIGH, &mtrrs));
		if (mtrrs_parse_ram(wrong[i], &mtrrs))
			fail_msg("taken for good: %s", wrong[i]);
	}
	assert_true(mtrrs_parse(LOW HIGH, &mtrrs));
	assert_true(mtrrs_parse_ram(RAM, &mtrrs));
	assert_true(mtrrs.ram_outside);
	assert_false(mtrrs.mtrr[0].holds_ram);
	assert_false(mtrrs.mtrr[1].holds_ram);
	/* One byte of it, and one that was plugged in later. */
	assert_true(mtrrs_parse_ram("7fffffff-80000000 : System RAM\n", &mtrrs));
	assert_true(mtrrs.mtrr[0].holds_ram);
	assert_true(mtrrs_parse_ram("  dfffffffff-f000000000 : System RAM (kmem)\n", &mtrrs));
	assert_true(mtrrs.mtrr[1].holds_ram);
}

static void test_default_type(void **state)
{
	static const struct {
		const char *mtrrs, *ram;
		bool outside;
	} c[] = {
		/* RAM below 1 MiB and above 4 GiB shows nothing. */
		{ LOW, "00001000-000fffff : System RAM\n100000000-1ffffffff : System RAM\n",
		  false },
		{ LOW, "00001000-00100000 : System RAM\n", true },
		/* All covered, by one, and by two that meet; in any order. */
		{ LOW_WB, RAM, false },
		{ "reg00: base=0x40000000 ( 1024MB), size= 1024MB, count=1: write-back\n"
		  "reg01: base=0x0 ( 0MB), size= 1024MB, count=1: write-back\n", RAM, false },
		/* A hole of 1 MiB. */
		{ "reg00: base=0x40100000 ( 1024MB), size= 1024MB, count=1: write-back\n"
		  "reg01: base=0x0 ( 0MB), size= 1024MB, count=1: write-back\n", RAM, true },
		{ "", RAM, true },
	};
	static const uint64_t wb = 0xc06, uc = 0xc00, off = 0x006, unknown = 0xcff;
	static struct mtrrs mtrrs;

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		assert_true(mtrrs_parse(c[i].mtrrs, &mtrrs));
		assert_true(mtrrs_parse_ram(c[i].ram, &mtrrs));
		if (mtrrs.ram_outside != c[i].outside)
			fail_msg("%s%s", c[i].mtrrs, c[i].ram);
		assert_int_equal(default_type(NULL, &mtrrs),
				 c[i].outside ? DEFAULT_WRITE_BACK : DEFAULT_UNKNOWN);
		/* The register knows better. */
		assert_int_equal(default_type(&wb, &mtrrs), DEFAULT_WRITE_BACK);
		assert_int_equal(default_type(&uc, &mtrrs), DEFAULT_OTHER);
		assert_int_equal(default_type(&off, &mtrrs), DEFAULT_OTHER);
		assert_int_equal(default_type(&unknown, &mtrrs), DEFAULT_OTHER);
	}
}

static void test_judge(void **state)
{
	const struct mtrr good = { 1, { 0xc000000000, 0xdfffffffff }, true, 1, false };
	struct mtrr m = good;

	(void)state;
	assert_int_equal(mtrr_judge(&m, window, DEFAULT_WRITE_BACK), MTRR_DROP);
	assert_int_equal(mtrr_judge(&m, window, DEFAULT_UNKNOWN), MTRR_DEFAULT_UNKNOWN);
	assert_int_equal(mtrr_judge(&m, window, DEFAULT_OTHER), MTRR_DEFAULT_OTHER);
	m.holds_ram = true;
	assert_int_equal(mtrr_judge(&m, window, DEFAULT_WRITE_BACK), MTRR_HOLDS_RAM);
	m = good;
	m.count = 2;
	assert_int_equal(mtrr_judge(&m, window, DEFAULT_WRITE_BACK), MTRR_SHARED);
	m.count = 0;
	assert_int_equal(mtrr_judge(&m, window, DEFAULT_WRITE_BACK), MTRR_SHARED);
	m = good;
	m.uncachable = false;
	assert_int_equal(mtrr_judge(&m, window, DEFAULT_WRITE_BACK), MTRR_ELSEWHERE);
	/* Its last byte, and the one behind it. */
	m = good;
	m.range = (struct range){ window.last, window.last };
	assert_int_equal(mtrr_judge(&m, window, DEFAULT_WRITE_BACK), MTRR_DROP);
	m.range = (struct range){ window.last + 1, UINT64_MAX };
	assert_int_equal(mtrr_judge(&m, window, DEFAULT_WRITE_BACK), MTRR_ELSEWHERE);
	m.range = (struct range){ 0, window.first - 1 };
	assert_int_equal(mtrr_judge(&m, window, DEFAULT_WRITE_BACK), MTRR_ELSEWHERE);
	m.range.last = window.first;
	assert_int_equal(mtrr_judge(&m, window, DEFAULT_WRITE_BACK), MTRR_DROP);
}

/* ---- the device ------------------------------------------------------- */

#define BARS	"0x0000000081040000 0x0000000081040fff 0x0000000000040200\n" \
		"0x0000000000000000 0x0000000000000000 0x0000000000000000\n" \
		"0x000000c000000000 0x000000c03fffffff 0x000000000014220c\n" \
		"0x0000000000000000 0x0000000000000000 0x0000000000000000\n" \
		"0x000000c040000000 0x000000c040003fff 0x000000000014220c\n" \
		"0x0000000000006000 0x0000000000006fff 0x0000000000040101\n"
#define CAP	0x98	/* where ours is: behind one of another kind at 0x40 */

static void make_config(uint8_t *config)
{
	static const uint8_t header[] = { 0xf4, 0x1a, 0x50, 0x10 };
	static const uint8_t msix[] = { 0x11, CAP };
	/* Length 24, kind 8, BAR 2, id 1, offset 0, length 1 GiB. */
	static const uint8_t cap[] = { 0x09, 0, 24, 8, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40 };

	memset(config, 0, 256);
	memcpy(config, header, sizeof(header));
	config[0x06] = 0x10;
	config[0x34] = 0x40;
	memcpy(config + 0x40, msix, sizeof(msix));
	memcpy(config + CAP, cap, sizeof(cap));
}

static void test_bars(void **state)
{
	static const char * const wrong[] = {
		"", "\n", "0x1 0x2\n", "0x2 0x1 0x200\n", "-1 2 3\n",
		"0x0000000000000000 0x0000000000000000 0x0000000000000000\n",
		"0x11111111111111111 0x11111111111111111 0x200\n",
	};
	struct bars bars;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(window_parse_bars(wrong[i], &bars));
	assert_true(window_parse_bars(BARS "0x0 0x0 0x0\n", &bars));
	assert_int_equal(bars.bar[2].first, window.first);
	assert_int_equal(bars.bar[2].last, window.last);
	/* Ports are no memory. */
	assert_int_equal(bars.bar[5].last, 0);
}

static enum window_found find_window(const uint8_t *config, size_t size, struct range *found)
{
	const char *why = NULL;
	enum window_found ret;
	uint8_t *copy = NULL;
	struct bars bars;

	assert_true(window_parse_bars(BARS, &bars));
	/* Just so large that a sanitizer sees what is read beyond it. */
	if (size)
		copy = malloc(size);
	if (copy)
		memcpy(copy, config, size);
	ret = window_find(copy, size, &bars, found, &why);
	assert_true(ret != WINDOW_MALFORMED || why);
	free(copy);
	return ret;
}

static void test_window(void **state)
{
	struct range found = {};
	uint8_t config[256];

	(void)state;
	make_config(config);
	assert_int_equal(find_window(config, 256, &found), WINDOW_FOUND);
	assert_int_equal(found.first, window.first);
	assert_int_equal(found.last, window.last);
	/* A part of the BAR. */
	config[CAP + 11] = 0x10;
	config[CAP + 15] = 0x20;
	assert_int_equal(find_window(config, 256, &found), WINDOW_FOUND);
	assert_int_equal(found.first, 0xc010000000);
	assert_int_equal(found.last, 0xc02fffffff);
	/* Devices and capabilities of other kinds. */
	make_config(config);
	config[2] = 0x41;
	assert_int_equal(find_window(config, 256, &found), WINDOW_NONE);
	make_config(config);
	config[6] = 0;
	assert_int_equal(find_window(config, 256, &found), WINDOW_NONE);
	make_config(config);
	config[0x34] = 0;
	assert_int_equal(find_window(config, 256, &found), WINDOW_NONE);
	make_config(config);
	config[CAP + 3] = 4;
	assert_int_equal(find_window(config, 256, &found), WINDOW_NONE);
	make_config(config);
	config[CAP + 5] = 2;
	assert_int_equal(find_window(config, 256, &found), WINDOW_NONE);
}

static void test_window_hostile(void **state)
{
	static const struct {
		unsigned int at;
		uint8_t byte;
	} bad[] = {
		{ CAP + 2, 16 },	/* no upper halves */
		{ CAP + 4, 6 }, { CAP + 4, 255 },
		{ CAP + 4, 1 },		/* not assigned */
		{ CAP + 4, 5 },		/* ports */
		{ CAP + 15, 0 },	/* empty */
		{ CAP + 15, 0x41 },	/* longer than the BAR */
		{ CAP + 8, 1 },		/* that far behind its end */
		{ CAP + 11, 0x40 }, { CAP + 16, 1 }, { CAP + 19, 0xff }, { CAP + 20, 1 },
		{ CAP + 23, 0xff },
		{ 0x41, 0x40 },		/* the list is a loop */
		{ 0x41, 0x04 },		/* into the header */
		{ 0x41, 0xf8 },		/* to where the rest of it does not fit */
		{ 0x34, 0x3c },
	};
	struct range found;
	uint8_t config[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make_config(config);
		config[0xf8] = 0x09;
		config[bad[i].at] = bad[i].byte;
		if (find_window(config, 256, &found) != WINDOW_MALFORMED)
			fail_msg("taken for good: %#x at %#x", bad[i].byte, bad[i].at);
	}
}

static void test_window_malformed(void **state)
{
	struct range found;
	uint8_t config[256];

	(void)state;
	/* One byte, which a BAR without an address could be taken to have. */
	make_config(config);
	config[CAP + 4] = 1;
	config[CAP + 12] = 1;
	config[CAP + 15] = 0;
	assert_int_equal(find_window(config, 256, &found), WINDOW_MALFORMED);
	/* Offset and length that overflow together. */
	make_config(config);
	memset(config + CAP + 8, 0xff, 16);
	assert_int_equal(find_window(config, 256, &found), WINDOW_MALFORMED);
	/* Cut anywhere. */
	make_config(config);
	for (size_t size = 0; size < 256; size++) {
		enum window_found expected = size < 4 ? WINDOW_NONE :
			size < CAP + 24 ? WINDOW_MALFORMED : WINDOW_FOUND;

		assert_int_equal(find_window(config, size, &found), expected);
	}
	/* Anything at all: it ends, and reads nothing that is not there. */
	srand(1);
	for (unsigned int i = 0; i < 20000; i++) {
		make_config(config);
		for (unsigned int n = 0; n < 1 + i % 40; n++)
			config[4 + rand() % 252] = rand();
		if (find_window(config, 1 + rand() % 256, &found) == WINDOW_FOUND)
			assert_true(found.first >= 0x81040000 && found.first <= found.last &&
				    found.last <= 0xc040003fff);
	}
}

/* ---- all of it, in a made-up tree -------------------------------------- */

static char root[64];
static unsigned int disabled[8], disables;
static int disable_error;

static const char *in_root(const char *path)
{
	static char full[256];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return full;
}

static void write_file(const char *path, const void *data, size_t len)
{
	int fd = open(in_root(path), O_CREAT | O_WRONLY | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
}

static void put_text(const char *path, const char *text)
{
	write_file(path, text, strlen(text));
}

static void put_device(const char *slot, const uint8_t *config, const char *bars)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", slot);
	mkdir(in_root(path), 0755);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", slot);
	write_file(path, config, 256);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource", slot);
	put_text(path, bars);
}

static int make_tree(void **state)
{
	static const char * const folders[] = {
		"/proc", "/sys", "/sys/bus", "/sys/bus/pci", "/sys/bus/pci/devices", "/dev",
		"/dev/cpu", "/dev/cpu/0",
	};
	uint8_t config[256];

	(void)state;
	snprintf(root, sizeof(root), "/tmp/mtrr-test-XXXXXX");
	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		assert_int_equal(mkdir(in_root(folders[i]), 0755), 0);
	put_text("/proc/mtrr", LOW HIGH);
	put_text("/proc/iomem", RAM);
	make_config(config);
	put_device("0000:00:10.0", config, BARS);
	memset(config, 0, 256);
	put_device("0000:00:00.0", config, "");
	disables = 0;
	disable_error = 0;
	return 0;
}

static int remove_it(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_tree(void **state)
{
	(void)state;
	return nftw(root, remove_it, 8, FTW_DEPTH | FTW_PHYS);
}

/* The kernel's part: the line goes away, the others stay as they are. */
static int disable_mtrr(const char *where, unsigned int nr)
{
	assert_string_equal(where, root);
	assert_in_range(disables, 0, 7);
	disabled[disables++] = nr;
	if (disable_error)
		return disable_error;
	put_text("/proc/mtrr", nr == 0 ? HIGH : LOW);
	return 0;
}

static int run_drop(const char *slot, bool dry)
{
	struct drop drop = {
		.root = root, .slot = slot, .dry_run = dry, .verbose = true, .disable = disable_mtrr,
	};

	return drop_mtrrs(&drop);
}

static void test_drops(void **state)
{
	(void)state;
	assert_int_equal(run_drop(NULL, true), 0);
	assert_int_equal(disables, 0);
	assert_int_equal(run_drop(NULL, false), 0);
	assert_int_equal(disables, 1);
	assert_int_equal(disabled[0], 1);
	/* There is nothing left to do. */
	assert_int_equal(run_drop(NULL, false), 0);
	assert_int_equal(disables, 1);
}

static void test_slot(void **state)
{
	(void)state;
	assert_int_equal(run_drop("0000:00:00.0", false), 0);
	assert_int_equal(disables, 0);
	assert_int_equal(run_drop("0000:00:11.0", false), 1);
	assert_int_equal(disables, 0);
	assert_int_equal(run_drop("0000:00:10.0", false), 0);
	assert_int_equal(disables, 1);
}

static void test_two_devices(void **state)
{
	uint8_t config[256];

	(void)state;
	make_config(config);
	put_device("0000:00:11.0", config, BARS);
	assert_int_equal(run_drop(NULL, false), 0);
	assert_int_equal(disables, 1);
	/* One that makes no sense does not keep the other from its own. */
	put_text("/proc/mtrr", LOW HIGH);
	config[CAP + 4] = 9;
	put_device("0000:00:0f.0", config, BARS);
	assert_int_equal(run_drop(NULL, false), 1);
	assert_int_equal(disables, 2);
}

static void test_refuses(void **state)
{
	static const uint64_t uc = 0xc00;
	uint8_t msr[0x2ff + 8] = {};

	(void)state;
	put_text("/proc/iomem", RAM "d000000000-d0ffffffff : System RAM\n");
	assert_int_equal(run_drop(NULL, false), 1);
	put_text("/proc/iomem", "00000000-00000000 : System RAM\n");
	assert_int_equal(run_drop(NULL, false), 1);
	unlink(in_root("/proc/iomem"));
	assert_int_equal(run_drop(NULL, false), 1);
	put_text("/proc/iomem", RAM);

	put_text("/proc/mtrr", LOW HIGH "nonsense\n");
	assert_int_equal(run_drop(NULL, false), 1);
	put_text("/proc/mtrr", LOW REG("c000000000 (786432MB), size=131072MB, count=2"));
	assert_int_equal(run_drop(NULL, false), 1);
	/* All RAM is in one: what is the default type? */
	put_text("/proc/mtrr", LOW_WB HIGH);
	assert_int_equal(run_drop(NULL, false), 1);
	assert_int_equal(run_drop(NULL, true), 1);
	put_text("/proc/mtrr", LOW HIGH);
	memcpy(msr + 0x2ff, &uc, sizeof(uc));
	write_file("/dev/cpu/0/msr", msr, sizeof(msr));
	assert_int_equal(run_drop(NULL, false), 1);
	assert_int_equal(disables, 0);
}

static void test_msr(void **state)
{
	static const uint64_t wb = 0xc06;
	uint8_t msr[0x2ff + 8] = {};

	(void)state;
	put_text("/proc/mtrr", LOW_WB HIGH);
	memcpy(msr + 0x2ff, &wb, sizeof(wb));
	/* A register that cannot be read is none. */
	write_file("/dev/cpu/0/msr", msr, 0x2ff);
	assert_int_equal(run_drop(NULL, false), 1);
	assert_int_equal(disables, 0);
	write_file("/dev/cpu/0/msr", msr, sizeof(msr));
	assert_int_equal(run_drop(NULL, false), 0);
	assert_int_equal(disables, 1);
}

static void test_kernel_refuses(void **state)
{
	(void)state;
	disable_error = -EINVAL;
	assert_int_equal(run_drop(NULL, false), 1);
	assert_int_equal(disables, 1);
}

/* No MTRRs, no PCI, no device: other machines. */
static void test_nothing_to_do(void **state)
{
	(void)state;
	unlink(in_root("/proc/mtrr"));
	assert_int_equal(run_drop(NULL, false), 0);
	put_text("/proc/mtrr", "");
	unlink(in_root("/proc/iomem"));
	assert_int_equal(run_drop(NULL, false), 0);
	put_text("/proc/mtrr", LOW);
	assert_int_equal(run_drop(NULL, false), 0);
	put_text("/proc/mtrr", LOW HIGH);
	unlink(in_root("/sys/bus/pci/devices/0000:00:10.0/config"));
	assert_int_equal(run_drop(NULL, false), 1);
	unlink(in_root("/sys/bus/pci/devices/0000:00:10.0/resource"));
	rmdir(in_root("/sys/bus/pci/devices/0000:00:10.0"));
	assert_int_equal(run_drop(NULL, false), 0);
	unlink(in_root("/sys/bus/pci/devices/0000:00:00.0/config"));
	unlink(in_root("/sys/bus/pci/devices/0000:00:00.0/resource"));
	rmdir(in_root("/sys/bus/pci/devices/0000:00:00.0"));
	rmdir(in_root("/sys/bus/pci/devices"));
	assert_int_equal(run_drop(NULL, false), 0);
	assert_int_equal(disables, 0);
}

/* What the kernel is told, word by word. */
static void test_disable(void **state)
{
	char text[64] = "";
	int fd;

	(void)state;
	put_text("/proc/mtrr", "");
	assert_int_equal(mtrr_disable(root, 17), 0);
	fd = open(in_root("/proc/mtrr"), O_RDONLY);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 11);
	close(fd);
	assert_string_equal(text, "disable=17\n");
	unlink(in_root("/proc/mtrr"));
	assert_int_equal(mtrr_disable(root, 17), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_mtrr_lines),
		cmocka_unit_test(test_mtrr_lines),
		cmocka_unit_test(test_mtrr_too_many),
		cmocka_unit_test(test_ram_lines),
		cmocka_unit_test(test_default_type),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_window_hostile),
		cmocka_unit_test(test_window_malformed),
		cmocka_unit_test_setup_teardown(test_drops, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(test_slot, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(test_two_devices, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(test_refuses, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(test_msr, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(test_kernel_refuses, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(test_nothing_to_do, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(test_disable, make_tree, remove_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
