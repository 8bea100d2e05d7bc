// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Lines for the control socket: mostly requests with the members that they have, and values that
 * mean something; now and then any bytes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "line.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Each member is a letter in @members, see there. */
struct request_op {
	const char *op;
	const char *members;
};

static const struct request_op ops[] = {
	{ "change", "rcfsv" },
	{ "change", "rc" },
	{ "rule", "bcfsvxy" },
	{ "rule", "kmcfsv" },
	{ "status", "" },
	{ "blob", "r" },
	{ "ack-timeout", "t" },
	{ "peek", "rol" },
	{ "fill", "rdol" },
	{ "check", "rdolp" },
	{ "clear", "" },
	{ "deaf", "D" },
	{ "die", "" },
	{ "flood", "n" },
	{ "generation", "rN" },
	{ "hold-acks", "h" },
	{ "inject", "Chn" },
	{ "inject", "CHn" },
	{ "release", "C" },
	{ "storm", "TPd" },
	{ "used", "U" },
	{ "witness", "r" },
	{ "none of them", "r" },
};

/* Chosen by the highest values of a byte, so that older inputs mean what they meant. */
static const struct request_op new_ops[] = {
	{ "move", "r" },
	{ "move-untold", "rM" },
};

/* What a member is called, and what it is mostly: a number, or one of these words. */
static const struct {
	char letter;
	const char *name;
	const char *words[9];
} members[] = {
	{ 'r', "resource", { "1", "2", "3", "4", "5", "1", "2", "0" } },
	{ 'c', "cache", { "\"cached\"", "\"wc\"", "\"uncached\"", "\"none\"", "7", "\"hot\"" } },
	{ 'f', "flags", { "0", "1", "2", "3", "4", "4294967295" } },
	{ 's', "sync", { "false", "true" } },
	{ 'v', "revoked", { "false", "true" } },
	{ 'b', "blob_id", { "1", "2", "3", "0", "8" } },
	{ 'x', "on_create", { "\"error\"", "\"late\"", "\"hold\"", "\"none\"", "\"empty\"" } },
	{ 'y', "on_map", { "\"error-once\"", "\"change\"", "\"change-clash-hold\"", "\"long\"" } },
	{ 'k', "memory", { "\"shm\"", "\"dma-buf\"", "\"opaque\"", "\"RAM\"" } },
	{ 'm', "min_size", { "0", "4096", "65536", "-1" } },
	{ 't', "ms", { "0", "1", "100", "4294967295", "4294967296", "-1" } },
	{ 'o', "offset", { "0", "8", "4096", "4088", "3", "-8" } },
	{ 'l', "length", { "8", "512", "520", "4096", "0", "-1", "-8" } },
	{ 'd', "seed", { "0", "1", "-1" } },
	{ 'p', "stride", { "8", "4096", "12", "-8" } },
	{ 'D', "deaf", { "false", "true", "false" } },
	{ 'h', "hold", { "false", "true" } },
	{ 'n', "count", { "1", "2", "40", "0", "-1" } },
	{ 'M', "how", { "\"copy\"", "\"replace\"", "\"forget\"", "\"revoke\"", "\"race\"", "\"bad\"" } },
	{ 'N', "next", { "1", "2", "100", "-1" } },
	{ 'C', "command", { "\"fetch\"", "\"ack\"", "\"unref\"", "\"map\"", "\"create\"", "\"?\"" } },
	{ 'H', "how", { "\"late\"", "\"count-over\"", "\"hold\"", "\"twice\"", "\"foreign\"",
			"\"empty\"", "\"generation-old\"", "\"bad\"" } },
	{ 'T', "tag", { "1", "0", "-1" } },
	{ 'P', "period_us", { "1000", "1000000", "0", "1000001", "100" } },
	{ 'U', "fault", { "\"id\"", "\"twice\"", "\"jump\"", "\"length\"", "\"?\"" } },
};

struct line {
	char *text;
	size_t len;
};

static void add_text(struct line *l, const char *text)
{
	size_t n = strlen(text);

	memcpy(l->text + l->len, text, n);
	l->len += n;
}

/* Anything that JSON has. */
static void add_other(struct line *l, struct input *in)
{
	static const char * const others[] = {
		"null", "true", "-0", "1.5e3", "\"\"", "[]", "{}", "{\"op\":{}}", "[[[[[[[[1]]]]]]]]",
		"\"\\u0000\"", "\"\\ud83d\\ude00\"", "9223372036854775807", "-9223372036854775808",
		"9223372036854775808", "1e999",
	};
	uint8_t byte = input_byte(in);
	char number[32];

	if (byte < 0x80)
		return add_text(l, others[byte % COUNT(others)]);
	snprintf(number, sizeof(number), "%" PRId64, (int64_t)input_u64(in));
	add_text(l, number);
}

static void add_member(struct line *l, char letter, struct input *in)
{
	uint8_t byte = input_byte(in);
	unsigned int i = 0, words = 0;

	/* Left out. */
	if (byte >= 0xf0)
		return;
	while (members[i].letter != letter)
		i++;
	while (members[i].words[words])
		words++;
	add_text(l, ",\"");
	add_text(l, members[i].name);
	add_text(l, "\":");
	if (byte >= 0xe0)
		return add_other(l, in);
	add_text(l, members[i].words[byte % words]);
}

static void add_request(struct line *l, struct input *in)
{
	uint8_t byte = input_byte(in);
	const struct request_op *r = &ops[byte % COUNT(ops)];

	if (byte >= 0xf0)
		r = &new_ops[byte % COUNT(new_ops)];
	add_text(l, "{\"op\":\"");
	add_text(l, r->op);
	add_text(l, "\"");
	for (const char *letter = r->members; *letter; letter++)
		add_member(l, *letter, in);
	add_text(l, "}\n");
}

static void add_bytes(struct line *l, struct input *in)
{
	uint8_t n = input_byte(in);

	l->len += input_bytes(in, l->text + l->len, n & 0x3f);
	if (n & 0x40)
		add_text(l, "\n");
}

/* As long as the device can read, or longer. */
static void add_long(struct line *l, struct input *in)
{
	size_t len = 4000 + input_below(in, 200);

	memset(l->text, ' ', len);
	l->len = len;
}

/**
 * line_make() - take what a client writes next from the input: a line, some, or a part of one
 *
 * Return: its length.
 */
size_t line_make(struct input *in, char line[LINE_ROOM])
{
	struct line l = { line, 0 };
	uint8_t byte = input_byte(in);

	if (byte >= 0xfc)
		add_long(&l, in);
	else if (byte >= 0xe0)
		add_bytes(&l, in);
	else
		for (unsigned int i = 0; i < 1 + (byte >> 6); i++)
			add_request(&l, in);
	return l.len;
}
