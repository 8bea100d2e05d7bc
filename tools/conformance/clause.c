// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What a device has to do, and which of it a test has seen it do.
 */
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <string.h>

#include "clause.h"
#include "test.h"

#define INSIDE "only the device knows: review it"
#define TRIGGER "needs --trigger"
#define ACCESS "needs a device that offers VIRTIO_GPU_F_CPU_ACCESS"
#define RENDERER "needs a device that asks its front end to map each resource"

/* B..: what the specifications of virtio and vhost-user say, or need to be of use. */
static struct clause clauses[] = {
	{ .id = "B1", .text = "vhost-user: answers GET_FEATURES, GET_CONFIG and the other requests of a front end" },
	{ .id = "B2", .text = "virtio: offers VERSION_1, and needs no feature to be asked for its features" },
	{ .id = "B3", .text = "virtio: each request is used once, in a split ring that is laid out as agreed" },
	{ .id = "B4", .text = "virtio: chains of any shape, and indirect ones, are read as one request" },
	{ .id = "B5", .text = "virtio: a malformed chain or ring does not keep the device from others, or end it" },
	{ .id = "B6", .text = "vhost-user: a ring goes on where GET_VRING_BASE says that it was stopped" },
	{ .id = "B7", .text = "virtio-gpu: an unknown command is an error, and so is one that is too short" },
	{ .id = "B8", .text = "virtio-gpu: a response has the fence of its request" },
	{ .id = "B9", .text = "vhost-user: a malformed message does not end the device" },
	{ .id = "B10", .text = "vhost-user: a request that wants an answer has 0 as that (REPLY_ACK)" },
	{ .id = "B11", .text = "virtio-gpu: blobs are created, mapped, unmapped and destroyed; wrong ids are errors" },
	{ .id = "B12", .text = "virtio-gpu: the configuration is read at any offset; the cursor queue is served" },
	{ .id = "D1", .text = "MAP_ATTR is not offered without RESOURCE_BLOB" },
	{ .id = "D2", .text = "without MAP_ATTR negotiated nothing of it is there" },
	{ .id = "D3", .text = "no declaration has generation 0" },
	{ .id = "D4", .text = "the first declaration has generation 1" },
	{ .id = "D5", .text = "two different declarations have different generations" },
	{ .id = "D6", .text = "generations do not go back" },
	{ .id = "D7", .text = "cache_mode is a cache mode" },
	{ .id = "D8", .text = "the cache mode is coherent",
	  .why_not = INSIDE },
	{ .id = "D9", .text = "the mapping results in the declared mode, stage 2 included",
	  .why_not = INSIDE },
	{ .id = "D10", .text = "SYNC_REQUIRED where brackets are needed",
	  .why_not = INSIDE },
	{ .id = "D11", .text = "REVOKED while the memory is not there",
	  .why_not = TRIGGER },
	{ .id = "D12", .text = "READ_ONLY where writes are not allowed",
	  .why_not = "needs a blob that the device maps read-only" },
	{ .id = "D13", .text = "no reserved flag" },
	{ .id = "D14", .text = "what is evicted is filled with memory of the device's own",
	  .why_not = TRIGGER },
	{ .id = "D15", .text = "reserved words are 0" },
	{ .id = "D16", .text = "one mode for all resources of one memory",
	  .why_not = INSIDE },
	{ .id = "D17", .text = "resources of one memory change together, REVOKED first",
	  .why_not = INSIDE },
	{ .id = "D18", .text = "a declaration is written as a whole, used length 56" },
	{ .id = "D19", .text = "a response that does not fit is an error without effect" },
	{ .id = "D20", .text = "RESOURCE_CREATE_BLOB declares for HOST3D, and for nothing else" },
	{ .id = "D21", .text = "RESOURCE_MAP_BLOB declares, when the memory is there" },
	{ .id = "D22", .text = "what is not HOST3D is not mapped" },
	{ .id = "D23", .text = "places are checked: taken, outside, overlapping, not aligned" },
	{ .id = "D24", .text = "SYNC_REQUIRED and REVOKED resources get a place",
	  .why_not = TRIGGER },
	{ .id = "D25", .text = "commands take effect in order" },
	{ .id = "D26", .text = "FETCH and ACK are answered while other commands wait",
	  .why_not = RENDERER },
	{ .id = "D27", .text = "without the feature what has flags is not mapped",
	  .why_not = "needs --flagged-blob-id" },
	{ .id = "D28", .text = "without the feature attributes do not change",
	  .why_not = TRIGGER },
	{ .id = "D29", .text = "a change sets the event and notifies",
	  .why_not = TRIGGER },
	{ .id = "D30", .text = "FETCH tells what is in force, once, and unmarks it",
	  .why_not = TRIGGER },
	{ .id = "D31", .text = "more is 1 only with 16 entries and others left",
	  .why_not = TRIGGER },
	{ .id = "D32", .text = "a FETCH that fails unmarks nothing",
	  .why_not = TRIGGER },
	{ .id = "D33", .text = "the exporter waits for the acknowledgment",
	  .why_not = TRIGGER },
	{ .id = "D34", .text = "the wait is bounded, and not prolonged by other changes",
	  .why_not = TRIGGER },
	{ .id = "D35", .text = "given back is what was acknowledged as REVOKED, at its place",
	  .why_not = TRIGGER },
	{ .id = "D36", .text = "an acknowledgment of the generation in force is OK_NODATA",
	  .why_not = TRIGGER },
	{ .id = "D37", .text = "a wrong acknowledgment is an error without effect" },
	{ .id = "D38", .text = "UNMAP succeeds, acknowledges nothing, changes no generation or mark",
	  .why_not = TRIGGER },
	{ .id = "D39", .text = "UNREF and reset end everything about a resource",
	  .why_not = TRIGGER },
	{ .id = "D40", .text = "caches are the device's to clean after UNMAP and the like",
	  .why_not = INSIDE },
	{ .id = "D41", .text = "a change before MAP is declared by MAP, and told as well",
	  .why_not = TRIGGER },
	{ .id = "D42", .text = "no time-out runs while the guest is stopped, changes are reported afterwards",
	  .why_not = TRIGGER },
	{ .id = "D43", .text = "migration keeps generations, marks and places",
	  .why_not = INSIDE },
	{ .id = "D44", .text = "nothing is mapped whose accesses have side effects",
	  .why_not = INSIDE },
	{ .id = "D45", .text = "an outdated acknowledgment is answered by what is in force",
	  .why_not = TRIGGER },
	{ .id = "D46", .text = "CPU_ACCESS is not offered without MAP_ATTR",
	  .why_not = ACCESS },
	{ .id = "D47", .text = "without CPU_ACCESS negotiated there are no brackets" },
	{ .id = "D48", .text = "BEGIN begins an access, however many there are",
	  .why_not = ACCESS },
	{ .id = "D49", .text = "END ends one",
	  .why_not = ACCESS },
	{ .id = "D50", .text = "wrong brackets are errors without effect",
	  .why_not = ACCESS },
	{ .id = "D51", .text = "what is revoked is not accessed",
	  .why_not = ACCESS },
	{ .id = "D52", .text = "changes and places end no bracket",
	  .why_not = ACCESS },
	{ .id = "D53", .text = "UNREF and reset end all brackets",
	  .why_not = ACCESS },
	{ .id = "D54", .text = "brackets keep their order, and nothing else waits for the exporter",
	  .why_not = INSIDE },
};

#define CLAUSES (sizeof(clauses) / sizeof(clauses[0]))

/**
 * clause() - find a clause by its id
 *
 * Return: it, or NULL.
 */
struct clause *clause(const char *id)
{
	for (unsigned int i = 0; i < CLAUSES; i++)
		if (!strcmp(clauses[i].id, id))
			return &clauses[i];
	return NULL;
}

static void note_passed(struct clause *c)
{
	if (c->result == CLAUSE_UNKNOWN)
		c->result = CLAUSE_PASSED;
}

/* The worst counts, and of that the first. */
static void note_result(struct clause *c, enum clause_result result, const char *fmt, va_list ap)
{
	if (c->result >= result)
		return;
	c->result = result;
	vsnprintf(c->told, sizeof(c->told), fmt, ap);
}

/**
 * clause_check() - the device has done what a clause says, or has not
 * @id: of the clause, which is one of the table
 * @fmt: what has happened instead
 *
 * If not, the test ends here: nothing can be said of what would have come.
 */
void clause_check(const char *id, bool good, const char *fmt, ...)
{
	struct clause *c = clause(id);
	va_list ap;

	if (good)
		return note_passed(c);
	va_start(ap, fmt);
	note_result(c, CLAUSE_FAILED, fmt, ap);
	va_end(ap);
	test_failed(c);
}

/**
 * clause_should() - the same, of what a device SHOULD do
 */
void clause_should(const char *id, bool good, const char *fmt, ...)
{
	struct clause *c = clause(id);
	va_list ap;

	if (good)
		return note_passed(c);
	va_start(ap, fmt);
	note_result(c, CLAUSE_NOT_FOLLOWED, fmt, ap);
	va_end(ap);
	test_failed(c);
}

/**
 * clause_unreached() - no test comes to a clause
 * @id: of the clause; NULL for all of the protocol
 * @why: not
 */
void clause_unreached(const char *id, const char *why)
{
	for (unsigned int i = 0; i < CLAUSES; i++) {
		struct clause *c = &clauses[i];

		if ((id ? !strcmp(c->id, id) : *c->id == 'D') && c->result == CLAUSE_UNKNOWN)
			snprintf(c->told, sizeof(c->told), "%s", why);
	}
}

/**
 * clauses_failed() - how many
 */
unsigned int clauses_failed(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < CLAUSES; i++)
		n += clauses[i].result == CLAUSE_FAILED;
	return n;
}

static const char *result_name(const struct clause *c)
{
	switch (c->result) {
	case CLAUSE_PASSED:
		return "passed";
	case CLAUSE_NOT_FOLLOWED:
		return "not followed";
	case CLAUSE_FAILED:
		return "FAILED";
	default:
		return "not reached";
	}
}

static const char *clause_remark(const struct clause *c)
{
	if (c->result == CLAUSE_PASSED)
		return "";
	if (*c->told)
		return c->told;
	return c->why_not ?: "no test got there";
}

/**
 * clauses_print() - a line for each clause, behind the # of TAP
 */
void clauses_print(FILE *out)
{
	for (unsigned int i = 0; i < CLAUSES; i++) {
		const struct clause *c = &clauses[i];

		fprintf(out, "# %-4s %-12s %s%s%s\n", c->id, result_name(c), c->text,
			*clause_remark(c) ? ": " : "", clause_remark(c));
	}
}

/**
 * clauses_write_json() - the same for programs
 *
 * Return: 0, or -EIO.
 */
int clauses_write_json(const char *path)
{
	json_t *all = json_array();
	int ret;

	for (unsigned int i = 0; i < CLAUSES; i++)
		json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s}", "clause", clauses[i].id,
						     "text", clauses[i].text,
						     "result", result_name(&clauses[i]),
						     "remark", clause_remark(&clauses[i])));
	ret = json_dump_file(all, path, JSON_INDENT(1)) ? -EIO : 0;
	json_decref(all);
	return ret;
}

/**
 * clauses_list() - id and text, a line each
 */
void clauses_list(void)
{
	for (unsigned int i = 0; i < CLAUSES; i++)
		printf("%s\t%s\n", clauses[i].id, clauses[i].text);
}
