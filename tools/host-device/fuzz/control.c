// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Fuzz target: clients of the control socket, while a guest has blobs for them to name.
 */
#include <string.h>

#include "../control.h"
#include "check.h"
#include "dut.h"
#include "fake_fd.h"
#include "guest_steps.h"
#include "invariants.h"
#include "line.h"

#define CLIENTS	3

static struct gpu gpu;
static int clients[CLIENTS];	/* -1: not connected */

static void connect_client(unsigned int i)
{
	if (clients[i] >= 0 || !fake_connect(&clients[i]))
		return;
	dut_settle(NULL);
}

static void hang_up(unsigned int i)
{
	if (clients[i] < 0)
		return;
	fake_hang_up(clients[i]);
	dut_settle(NULL);
	clients[i] = -1;
}

/* The device closes a client whose line is too long, and nothing else. */
static void see_closed(unsigned int i)
{
	if (clients[i] >= 0 && !fake_is_open(clients[i]))
		clients[i] = -1;
}

static void send_line(unsigned int i, const char *line, size_t len)
{
	if (fake_say(clients[i], line, len))
		dut_count(1);
	dut_settle(NULL);
	see_closed(i);
}

static void say_line(unsigned int i, struct input *in)
{
	char line[LINE_ROOM];
	size_t len;

	connect_client(i);
	if (clients[i] < 0)
		return;
	len = line_make(in, line);
	send_line(i, line, len);
}

/* Each answer is a JSON object with "ok". */
static void check_answer(char *line)
{
	json_t *answer = json_loads(line, 0, NULL);

	check(json_is_boolean(json_object_get(answer, "ok")));
	json_decref(answer);
}

static void hear_answers(unsigned int i, size_t len)
{
	static char heard[1 << 16];
	char *end, *line = heard;
	size_t n;

	if (clients[i] < 0)
		return;
	n = fake_hear(clients[i], heard, len);
	heard[n] = '\0';
	/* The rest of an answer may have been read before. */
	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		if (line != heard)
			check_answer(line);
		line = end + 1;
	}
	dut_settle(NULL);
	see_closed(i);
}

static void control_step(struct input *in)
{
	uint8_t what = input_byte(in);
	unsigned int client = what % CLIENTS;

	/* A line, which may be looked at late, may have set one to anything. */
	if (!dut_is_exact())
		invariants_let_generation();
	switch (what >> 4) {
	default:
		return guest_step(&gpu, in);
	case 6:
	case 7:
	case 8:
	case 9:
	case 10:
	case 11:
	case 12:
		say_line(client, in);
		break;
	case 13:
	case 14:
		hear_answers(client, what & 8 ? 8000 : input_byte(in) * 32);
		break;
	case 15:
		hang_up(client);
	}
	invariants(&gpu);
}

static void control_begin(struct input *in)
{
	for (unsigned int i = 0; i < CLIENTS; i++)
		clients[i] = -1;
	dut_start(&gpu, in);
	check(!control_listen(&gpu, "control"));
	guest_boot(&gpu, in);
}

/**
 * LLVMFuzzerTestOneInput() - run one input, see libFuzzer
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	control_begin(&in);
	while (in.left)
		control_step(&in);
	guest_end(&gpu);
	for (unsigned int i = 0; i < CLIENTS; i++)
		hang_up(i);
	control_close();
	dut_end(&gpu);
	return 0;
}
