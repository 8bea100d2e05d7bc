// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The window is a shared memory region of the device: a virtio PCI capability says in which
 * BAR it is, and sysfs where the BAR is.  The device is the host's and may say anything.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_pci.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "window.h"

#define CAP(cap, field)	((cap)[offsetof(struct virtio_pci_cap, field)])
#define VIRTIO_VENDOR	0x1af4
#define VIRTIO_DEVICE	0x1040	/* and the virtio device id */
#define RESOURCE_MEM	0x200	/* the kernel's IORESOURCE_MEM */

/**
 * window_parse_bars() - read the sysfs file "resource"
 *
 * Its lines are: first and last address and flags of each BAR, then of things that are none.
 *
 * Return: whether it is one.
 */
bool window_parse_bars(const char *text, struct bars *bars)
{
	for (unsigned int i = 0; i < PCI_BARS; i++) {
		struct range range;
		uint64_t flags;

		if (!(number_eat(&text, "0x") && number(&text, 16, &range.first) && number_eat(&text, " 0x") &&
		      number(&text, 16, &range.last) && number_eat(&text, " 0x") &&
		      number(&text, 16, &flags) && number_eat(&text, "\n")))
			return false;
		if (range.last < range.first)
			return false;
		bars->bar[i] = flags & RESOURCE_MEM ? range : (struct range){ 0, 0 };
	}
	return true;
}

static uint16_t read_le16(const uint8_t *p)
{
	return p[0] | p[1] << 8;
}

static uint32_t read_le32(const uint8_t *p)
{
	return read_le16(p) | (uint32_t)read_le16(p + 2) << 16;
}

bool window_is_virtio_gpu(const uint8_t *config, size_t size)
{
	return size >= 4 && read_le16(config + PCI_VENDOR_ID) == VIRTIO_VENDOR &&
	       read_le16(config + PCI_DEVICE_ID) == VIRTIO_DEVICE + VIRTIO_ID_GPU;
}

/* The capability's fields, see "Virtio Structure PCI Capabilities" in the virtio spec. */
static enum window_found from_capability(const uint8_t *cap, const struct bars *bars,
					 struct range *window, const char **why)
{
	unsigned int bar = CAP(cap, bar);
	uint64_t offset, length;
	struct range range;

	offset = read_le32(cap + offsetof(struct virtio_pci_cap, offset)) |
		 (uint64_t)read_le32(cap + offsetof(struct virtio_pci_cap64, offset_hi)) << 32;
	length = read_le32(cap + offsetof(struct virtio_pci_cap, length)) |
		 (uint64_t)read_le32(cap + offsetof(struct virtio_pci_cap64, length_hi)) << 32;
	if (bar >= PCI_BARS) {
		*why = "the window is in a BAR that cannot be";
		return WINDOW_MALFORMED;
	}
	range = bars->bar[bar];
	if (!range.last) {
		*why = "the window's BAR has no address";
		return WINDOW_MALFORMED;
	}
	/* A length of 0 is more than any when 1 is taken from it. */
	if (offset > range.last - range.first ||
	    length - 1 > range.last - range.first - offset) {
		*why = "the window is not within its BAR";
		return WINDOW_MALFORMED;
	}
	window->first = range.first + offset;
	window->last = window->first + length - 1;
	return WINDOW_FOUND;
}

/**
 * window_find() - the host-visible window of a device
 * @config: configuration space of the device
 * @size: how much of it could be read
 * @window: out: where it is
 * @why: out: for %WINDOW_MALFORMED
 */
enum window_found window_find(const uint8_t *config, size_t size, const struct bars *bars,
			      struct range *window, const char **why)
{
	bool seen[256 / 4] = {};
	uint8_t pos;

	if (!window_is_virtio_gpu(config, size))
		return WINDOW_NONE;
	*why = "its configuration space cannot be read in full (are you root?)";
	if (size < PCI_STD_HEADER_SIZEOF)
		return WINDOW_MALFORMED;
	if (!(read_le16(config + PCI_STATUS) & PCI_STATUS_CAP_LIST))
		return WINDOW_NONE;

	for (pos = config[PCI_CAPABILITY_LIST]; pos &= ~3; pos = config[pos + PCI_CAP_LIST_NEXT]) {
		const uint8_t *cap = config + pos;

		if (pos < PCI_STD_HEADER_SIZEOF || seen[pos / 4]) {
			*why = "its list of capabilities is no list";
			return WINDOW_MALFORMED;
		}
		seen[pos / 4] = true;
		if (pos + sizeof(struct virtio_pci_cap) > size) {
			/* Smaller ones of other kinds may well be there. */
			if ((size_t)pos + 2 <= size && cap[PCI_CAP_LIST_ID] != PCI_CAP_ID_VNDR)
				continue;
			return WINDOW_MALFORMED;
		}
		if (cap[PCI_CAP_LIST_ID] != PCI_CAP_ID_VNDR ||
		    CAP(cap, cfg_type) != VIRTIO_PCI_CAP_SHARED_MEMORY_CFG ||
		    CAP(cap, id) != VIRTIO_GPU_SHM_ID_HOST_VISIBLE)
			continue;
		if (pos + sizeof(struct virtio_pci_cap64) > size)
			return WINDOW_MALFORMED;
		if (CAP(cap, cap_len) < sizeof(struct virtio_pci_cap64)) {
			*why = "the window's capability is too short";
			return WINDOW_MALFORMED;
		}
		return from_capability(cap, bars, window, why);
	}
	return WINDOW_NONE;
}
