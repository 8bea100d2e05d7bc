// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The plugin's arguments.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

/* Bytes may end in K, M or G.  Return: whether it is a number, and one up to @max. */
static bool number(const char *text, uint64_t max, uint64_t *value)
{
	static const char suffixes[] = "KMG";
	const char *suffix;
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	if (errno || end == text || *text == '-')
		return false;
	suffix = *end ? strchr(suffixes, *end) : NULL;
	if (suffix) {
		unsigned int shift = 10 * (suffix - suffixes + 1);

		if (*value > UINT64_MAX >> shift)
			return false;
		*value <<= shift;
		end++;
	}
	return !*end && *value <= max;
}

const char options_help[] =
	"vgpu-cache-plugin.so: write-back caches and write-combining buffers for QEMU's CPUs\n\n"
	"  memory=FILE       what a device sees that does not snoop: see vgpu-cache-plugin(1), dram.h\n"
	"  size=BYTES        of the range of physical memory; with K, M or G\n"
	"  base=ADDRESS      of the range; without, vgpu-cache-range says it in the guest\n"
	"  capacity=LINES    of 64 bytes that the caches hold (4096)\n"
	"  evict=N           an access in N evicts a line by chance; 0: none (256)\n"
	"  fill=N            an access in N reads a line ahead; 0: none (256)\n"
	"  seed=N            of chance (1)\n"
	"  kernel=on|off     look at accesses of the guest's kernel, too (off)\n"
	"  mtrr=wb|uc        what the MTRRs say of the range, on x86-64 (wb)\n"
	"  report=FILE       the numbers as JSON, when QEMU ends\n"
	"  help=on           this text\n";

static bool either(const char *text, const char *yes, const char *no, bool *value)
{
	*value = !strcmp(text, yes);
	return *value || !strcmp(text, no);
}

static bool parse_one(struct options *o, const char *name, const char *value)
{
	uint64_t n;

	if (!strcmp(name, "memory")) {
		o->memory = value;
		return *value;
	}
	if (!strcmp(name, "report")) {
		o->report = value;
		return *value;
	}
	if (!strcmp(name, "kernel"))
		return either(value, "on", "off", &o->kernel);
	if (!strcmp(name, "mtrr"))
		return either(value, "uc", "wb", &o->mtrr_uncachable);
	if (!strcmp(name, "help"))
		return either(value, "on", "off", &o->help);
	if (!strcmp(name, "size"))
		return number(value, UINT64_MAX, &o->size);
	if (!strcmp(name, "base"))
		return number(value, UINT64_MAX, &o->base);
	if (!strcmp(name, "seed"))
		return number(value, UINT64_MAX, &o->seed);
	if (!number(value, UINT32_MAX, &n))
		return false;
	if (!strcmp(name, "capacity"))
		o->capacity = n;
	else if (!strcmp(name, "evict"))
		o->evict_one_in = n;
	else if (!strcmp(name, "fill"))
		o->fill_one_in = n;
	else
		return false;
	return true;
}

/**
 * options_parse() - read arguments of the form NAME=VALUE
 * @options: filled in; it has pointers to @argv, which QEMU keeps
 *
 * Return: NULL, or what is wrong.
 */
const char *options_parse(struct options *o, int argc, char **argv)
{
	*o = (struct options){
		/* 256 KiB, so that lines leave in a test's time. */
		.capacity = 4096,
		.evict_one_in = 256,
		.fill_one_in = 256,
		.seed = 1,
	};
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			return "an argument is not of the form NAME=VALUE";
		*value = '\0';
		if (!parse_one(o, argv[i], value + 1))
			return "an argument is not known, or has no such value; see vgpu-cache-plugin(1)";
	}
	if (!o->capacity)
		return "capacity=LINES is 1 at least";
	if (!o->help && (!o->memory || !o->size))
		return "memory=FILE and size=BYTES are needed";
	return NULL;
}
