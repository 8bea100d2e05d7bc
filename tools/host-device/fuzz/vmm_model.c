// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What QEMU has in the window: it carries out what it is asked for in order, when the harness
 * says so, or refuses.  So does vhost_user.c, which is not there in the guest target.
 */
#include <errno.h>
#include <string.h>

#include "../change.h"
#include "../place.h"
#include "check.h"
#include "dut.h"
#include "vmm_model.h"

#define PAGE	4096
#define PAGES	(WINDOW_SIZE / PAGE)
#define ASKS	512	/* more than there can be of the harness' resources and requests */

static struct {
	struct {
		int fd;
		uint64_t offset;
	} page[PAGES];
	struct placement ask[ASKS];
	unsigned int asks;
	bool started;
	bool asked;
} vmm;

static int model_place(void *data, const struct placement *what)
{
	(void)data;
	check(vmm.asks < ASKS);
	check(what->token && what->len && what->offset % PAGE == 0 && what->len % PAGE == 0);
	check(what->offset <= WINDOW_SIZE && what->len <= WINDOW_SIZE - what->offset);
	vmm.ask[vmm.asks++] = *what;
	return 0;
}

static void set_pages(const struct placement *p, int fd)
{
	for (uint64_t i = 0; i < p->len / PAGE; i++) {
		vmm.page[p->offset / PAGE + i].fd = fd;
		vmm.page[p->offset / PAGE + i].offset = p->fd_offset + i * PAGE;
	}
}

static void empty_window(void)
{
	for (unsigned int i = 0; i < PAGES; i++)
		vmm.page[i].fd = -1;
}

/* QEMU maps nothing where something is. */
static void check_is_empty(const struct placement *p)
{
	for (uint64_t i = 0; i < p->len / PAGE; i++)
		check(vmm.page[p->offset / PAGE + i].fd == -1);
}

/**
 * vmm_begin() - a new input begins, and QEMU puts into the window what it is asked to
 * @asked: it is asked to; else the window is one mapping for good
 */
void vmm_begin(struct gpu *gpu, bool asked)
{
	gpu->vmm.place = asked ? model_place : NULL;
	vmm.asked = asked;
	vmm.asks = 0;
	vmm.started = true;
	empty_window();
}

static struct placement take_placement(void)
{
	struct placement p = vmm.ask[0];

	vmm.asks--;
	memmove(vmm.ask, vmm.ask + 1, vmm.asks * sizeof(vmm.ask[0]));
	return p;
}

/**
 * vmm_answer() - QEMU carries out what it was asked for first
 * @ok: or refuses to, if it is to map something
 */
void vmm_answer(struct gpu *gpu, bool ok)
{
	struct placement p;

	if (!vmm.asks)
		return;
	p = take_placement();
	ok = ok || p.fd < 0;
	if (vmm.started && !p.replace && p.fd >= 0)
		check_is_empty(&p);
	if (ok || p.replace)
		set_pages(&p, ok ? p.fd : -1);
	gpu_placed(gpu, p.token, ok);
}

/**
 * vmm_stop() - QEMU stops the device; what it has been asked for it will be asked for again
 */
void vmm_stop(void)
{
	vmm.started = false;
}

static bool is_known(const struct gpu *gpu, uint64_t token)
{
	for (const struct blob *b = gpu->blobs.first; b; b = b->next)
		if (b->placing == token || b->evicting == token)
			return true;
	return false;
}

/* What was to be mapped for a driver that has been reset. */
static void drop_unknown(struct gpu *gpu)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < vmm.asks; i++) {
		struct placement p = vmm.ask[i];

		if (p.fd < 0 || is_known(gpu, p.token))
			vmm.ask[kept++] = p;
		else
			gpu_placed(gpu, p.token, true);
	}
	vmm.asks = kept;
}

/**
 * vmm_start() - QEMU starts it again, and is asked for all that is to be there
 */
void vmm_start(struct gpu *gpu)
{
	drop_unknown(gpu);
	empty_window();
	vmm.started = true;
	for (const struct blob *b = gpu->blobs.first; b; b = b->next) {
		struct placement p;

		if (!b->placed || b->placing || b->evicting)
			continue;
		p = blob_placement(gpu, b);
		check_is_empty(&p);
		set_pages(&p, p.fd);
	}
	while (vmm.asks)
		vmm_answer(gpu, true);
}

static bool does_show(const struct blob *b, int fd, uint64_t offset)
{
	unsigned int first = b->offset / PAGE;

	return vmm.page[first].fd == fd && vmm.page[first].offset == offset;
}

/**
 * vmm_check() - the guest finds in the window what the device believes is there
 */
void vmm_check(const struct gpu *gpu)
{
	for (const struct blob *b = gpu->blobs.first; b && vmm.started && vmm.asked; b = b->next) {
		bool own = b->memory.va;

		if (!b->placed || b->placing)
			continue;
		if (b->mapped)
			check(own ? does_show(b, b->memory.fd, b->memory.offset) :
			      does_show(b, gpu->window.fd, b->offset));
		else if (!b->evicting && own)
			check(!does_show(b, b->memory.fd, b->memory.offset));
	}
}
