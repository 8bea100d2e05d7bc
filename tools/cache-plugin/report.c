// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The numbers as a table, for people, and as JSON.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "qemu_plugin.h"
#include "report.h"

#define ROWS 16

struct row {
	const char *key;
	const char *text;
	uint64_t n;
};

static void fill_rows(const struct report *r, struct row *row)
{
	const struct cache_counts *c = r->counts;
	const struct row rows[ROWS] = {
		{ "loads_write_back", "loads, write-back", c->loads[CACHE_WRITE_BACK] },
		{ "loads_write_combining", "loads, write-combining", c->loads[CACHE_WRITE_COMBINING] },
		{ "loads_uncached", "loads, uncached", c->loads[CACHE_UNCACHED] },
		{ "stores_write_back", "stores, write-back", c->stores[CACHE_WRITE_BACK] },
		{ "stores_write_combining", "stores, write-combining",
		  c->stores[CACHE_WRITE_COMBINING] },
		{ "stores_uncached", "stores, uncached", c->stores[CACHE_UNCACHED] },
		{ "fills", "lines filled", c->fills },
		{ "speculative", "  of them ahead of any access", c->speculative },
		{ "evictions", "lines evicted, by chance or for others", c->evictions },
		{ "stale", "stale: bytes loaded that the device has changed", c->stale },
		{ "overwritten", "overwritten: bytes of the device's that a line replaced",
		  c->overwritten },
		{ "mismatched", "mismatched: accesses around the caches to what they had",
		  c->mismatched },
		{ "no_entry", "accesses by an entry that was gone", r->no_entry },
		{ "other_mode", "accesses by a type that is not modelled", r->other_mode },
		{ "judged", "accesses of which the device has said by which modes", r->dram->count->judged },
		{ "out_of_mode", "  of them by another one", r->dram->count->out_of_mode },
	};

	for (unsigned int i = 0; i < ROWS; i++)
		row[i] = rows[i];
}

/**
 * report_write() - write it as JSON
 *
 * Return: 0 or a negative errno.
 */
int report_write(const struct report *report, const char *path)
{
	struct row row[ROWS];
	FILE *f = fopen(path, "we");

	if (!f)
		return -errno;
	fill_rows(report, row);
	for (unsigned int i = 0; i < ROWS; i++)
		fprintf(f, "%s\"%s\": %" PRIu64, i ? ",\n  " : "{\n  ", row[i].key, row[i].n);
	fprintf(f, "\n}\n");
	return fclose(f) ? -errno : 0;
}

/**
 * report_print() - print it as a table, to QEMU's log
 */
void report_print(const struct report *report)
{
	struct row row[ROWS];
	char line[128];

	fill_rows(report, row);
	for (unsigned int i = 0; i < ROWS; i++) {
		snprintf(line, sizeof(line), "caches: %-58s %12" PRIu64 "\n", row[i].text, row[i].n);
		qemu_plugin_outs(line);
	}
}
