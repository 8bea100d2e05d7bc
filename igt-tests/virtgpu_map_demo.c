// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map demo
 * Description: A blob of every kind is mapped, and what each witness saw is printed as a table
 *	and as JSON; it fails if any row is not as the host declared, after printing all
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: cache_mode
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

/**
 * struct row - one blob of the table
 * @host: role of the device that exports it
 * @declared: for the reader
 * @bytes: size of the blob, and
 * @pages: pages besides
 * @mode: cache mode it must be mapped with; 0 if it must be refused
 * @error: what mmap() must fail with then
 */
static const struct row {
	const char *host;
	const char *declared;
	uint64_t blob_id;
	size_t bytes;
	size_t pages;
	unsigned int mode;
	int error;
} rows[] = {
#define MAPPED(host, declared, mode, bytes, pages) \
	{ host, declared, BLOB_ID_MAGIC << 48 | (mode), bytes, pages, mode, 0 }
#define REFUSED(host, declared, cache, flags, error) \
	{ host, declared, BLOB_ID_MAGIC << 48 | (flags) << 8 | (cache), 0, 16, 0, error }
	MAPPED("full", "cached", CACHED, 0, 1),
	MAPPED("full", "cached", CACHED, MiB(2), 1),
	MAPPED("full", "cached", CACHED, MiB(64), 0),
	MAPPED("full", "uncached", UNCACHED, 0, 1),
	MAPPED("full", "uncached", UNCACHED, MiB(2), 1),
	MAPPED("full", "uncached", UNCACHED, MiB(64), 0),
	MAPPED("full", "write-combined", WC, 0, 1),
	MAPPED("full", "write-combined", WC, MiB(2), 1),
	MAPPED("full", "write-combined", WC, MiB(64), 0),
	REFUSED("full", "cached, SYNC required", CACHED, SYNC, EOPNOTSUPP),
	REFUSED("full", "w-c, SYNC required", WC, SYNC, EOPNOTSUPP),
	REFUSED("full", "no cache mode", NONE, 0, EPROTO),
	REFUSED("full", "cache mode 9 (unknown)", CACHE_UNKNOWN, 0, EPROTO),
	REFUSED("full", "cached, unknown flag", CACHED, FLAG_UNKNOWN, EPROTO),
	MAPPED("legacy", "map_info 1 (cached)", CACHED, MiB(2), 0),
	MAPPED("legacy", "map_info 2 (uncached)", UNCACHED, MiB(2), 0),
	MAPPED("legacy", "map_info 3 (w-c)", WC, MiB(2), 0),
	{ "legacy", "map_info 0 (none)", BLOB_ID_MAGIC << 48 | NONE, 0, 16, CACHED, 0 },
};

/**
 * struct seen - what the witnesses say about a row
 */
struct seen {
	char pte[32];
	char memtype[32];
	char to_host[16];
	char to_guest[16];
	bool good;
};

static size_t row_size(const struct row *row)
{
	return row->bytes + PAGES(row->pages);
}

static void see_ptes(struct virtgpu_blob *blob, unsigned int mode, struct seen *seen)
{
	struct pte_probe_range range;
	int type = -1;

	virtgpu_pte_probe(blob->va, blob->size, &range);
	for (int t = 0; t < PTE_PROBE_TYPES; t++)
		if (range.pages[t] == blob->size / PAGE)
			type = t;
	snprintf(seen->pte, sizeof(seen->pte), "%s x %zu",
		 type < 0 ? "mixed" : virtgpu_pte_type_name(type), blob->size / PAGE);
	seen->good &= type == (int)virtgpu_pte_type(mode);
	virtgpu_memtype_of(range.first_pfn, seen->memtype, sizeof(seen->memtype));
	seen->good &= !strcmp(seen->memtype, virtgpu_memtype_name(mode));
}

static void see_mapped(struct virtgpu_blob *blob, const struct row *row, struct seen *seen)
{
	size_t stride = row_size(row) > MiB(8) ? 4088 : 8;
	bool right;

	virtgpu_host_fill(blob, 11);
	right = !virtgpu_guest_wrong(blob->va, 0, blob->size, stride, 11);
	snprintf(seen->to_guest, sizeof(seen->to_guest), "%s", right ? "ok" : "WRONG");
	seen->good &= right;

	virtgpu_guest_fill(blob->va, 0, blob->size, stride, 12);
	__sync_synchronize();
	right = !virtgpu_host_wrong(blob, 0, blob->size, stride, 12);
	snprintf(seen->to_host, sizeof(seen->to_host), "%s", right ? "ok" : "WRONG");
	seen->good &= right;

	see_ptes(blob, row->mode, seen);
}

static void see(struct virtgpu *gpu, const struct row *row, struct seen *seen)
{
	struct virtgpu_blob blob;
	int ret;

	*seen = (struct seen){ .pte = "-", .memtype = "-", .to_host = "-", .to_guest = "-",
			       .good = true };
	virtgpu_blob_create(gpu, &blob, row_size(row), row->blob_id);
	ret = virtgpu_blob_try_map(&blob, PROT_READ | PROT_WRITE, MAP_SHARED);
	seen->good = ret == -row->error;
	if (!ret)
		see_mapped(&blob, row, seen);
	else
		snprintf(seen->pte, sizeof(seen->pte), "no mapping: %s", strerrorname_np(-ret));
	virtgpu_blob_destroy(&blob);
	virtgpu_settle(gpu);
}

static void size_text(size_t size, char *text, size_t len)
{
	if (size < MiB(1))
		snprintf(text, len, "%zu KiB", size >> 10);
	else if (size % MiB(1))
		snprintf(text, len, "%zu MiB + %zu KiB", size >> 20, (size % MiB(1)) >> 10);
	else
		snprintf(text, len, "%zu MiB", size >> 20);
}

static void print_row(FILE *table, json_t *json, int nr, const struct row *row,
		      const struct seen *seen)
{
	char size[32];

	size_text(row_size(row), size, sizeof(size));
	fprintf(table, "%4d  %-6s  %-14s  %-23s  %-22s  %-15s  %-11s  %-11s  %s\n", nr,
		strcmp(row->host, "full") ? "old" : "new", size, row->declared, seen->pte,
		seen->memtype, seen->to_host, seen->to_guest, seen->good ? "good" : "WRONG");
	json_array_append_new(json, json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:b}",
					      "host", row->host,
					      "size", (json_int_t)row_size(row),
					      "declared", row->declared,
					      "pte", seen->pte,
					      "memtype", seen->memtype,
					      "guest_to_host", seen->to_host,
					      "host_to_guest", seen->to_guest,
					      "good", seen->good));
}

/**
 * struct step - one change of the scene with a live mapping
 * @host: what the host does, for the reader
 * @mode: cache mode it declares
 * @flags: flags it declares
 * @signal: what a touch must end in
 */
static const struct step {
	const char *host;
	unsigned int mode;
	unsigned int flags;
	int signal;
} steps[] = {
	{ "declares cached", CACHED, 0, 0 },
	{ "changes to write-combined", WC, 0, 0 },
	{ "changes to uncached", UNCACHED, 0, 0 },
	{ "changes to cached", CACHED, 0, 0 },
	{ "requires SYNC", CACHED, SYNC, SIGBUS },
	{ "does not any more", WC, 0, 0 },
	{ "revokes the memory", WC, REVOKED, SIGBUS },
	{ "gives it back", CACHED, 0, 0 },
};

static void pte_text(struct virtgpu_blob *blob, char *text, size_t len)
{
	struct pte_probe_range range;

	virtgpu_pte_probe(blob->va, blob->size, &range);
	snprintf(text, len, "mixed");
	for (int t = 0; t < PTE_PROBE_TYPES; t++)
		if (range.pages[t] == blob->size / PAGE)
			snprintf(text, len, "%s", virtgpu_pte_type_name(t));
}

/* What a process sees of its mapping of 1 MiB while the host changes the attributes. */
static unsigned int scene(FILE *out, struct virtgpu *gpu)
{
	unsigned int bad = 0;
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, MiB(1), virtgpu_attr_id(CACHED, 0));
	virtgpu_blob_map(&blob);
	virtgpu_host_fill(&blob, 21);
	fprintf(out, "\nstep  the host                   PTEs when it hears \"done\"  touch   "
		"PTEs after   data   verdict\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		const struct step *s = &steps[i];
		char before[16], after[16];
		bool data = true, good;
		int sig;

		if (i)
			virtgpu_host_change_acked(&blob, s->mode, s->flags);
		/* What QEMU is still to take out cannot be given back. */
		virtgpu_host_wait_settled(&blob);
		pte_text(&blob, before, sizeof(before));
		sig = virtgpu_touch(blob.va, false);
		if (!sig)
			data = !virtgpu_guest_wrong(blob.va, 0, blob.size, 8, 21);
		pte_text(&blob, after, sizeof(after));
		good = !strcmp(before, "none") && sig == s->signal && data &&
		       !strcmp(after,
			       sig ? "none" : virtgpu_pte_type_name(virtgpu_pte_type(s->mode)));
		fprintf(out, "%4u  %-25s  %-25s  %-6s  %-11s  %-5s  %s\n", i + 1, s->host, before,
			sig == SIGBUS ? "SIGBUS" : sig ? "?" : "ok", after,
			sig ? "-" : data ? "ok" : "WRONG", good ? "good" : "WRONG");
		bad += !good;
	}
	virtgpu_blob_destroy(&blob);
	return bad;
}

/**
 * SUBTEST: witness-table
 * Description: all rows
 */
static void table(void)
{
	FILE *out = fopen("/out/demo.txt", "w");
	json_t *json = json_array();
	struct virtgpu full, legacy;
	unsigned int bad = 0;

	igt_assert(out);
	virtgpu_open(&full, "full");
	virtgpu_open(&legacy, "legacy");
	fprintf(out, "blob  host    size            host declared            PTEs (probe)            "
		"memtype          guest>host   host>guest   verdict\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct seen seen;

		see(strcmp(rows[i].host, "full") ? &legacy : &full, &rows[i], &seen);
		print_row(out, json, i + 1, &rows[i], &seen);
		bad += !seen.good;
	}
	fprintf(out, "%zu blobs, %u wrong\n", ARRAY_SIZE(rows), bad);
	bad += scene(out, &full);
	fclose(out);
	json_dump_file(json, "/out/demo.json", JSON_INDENT(2));
	json_decref(json);
	virtgpu_close(&full);
	virtgpu_close(&legacy);
	igt_assert_eq(bad, 0);
}

int igt_main()
{
	igt_describe("Shows for a blob of every kind what each witness saw of its mapping.");
	igt_subtest("witness-table")
		table();
}
