// SPDX-License-Identifier: GPL-2.0 OR MIT
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/virtio_gpu.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "drop.h"
#include "mtrr.h"
#include "window.h"

#define DEVICES		"/sys/bus/pci/devices"
#define MSR_DEF_TYPE	0x2ff
#define CONFIG_SIZE	256	/* where capabilities are */
#define TEXT_MAX	(4 << 20)

#define RANGE		"0x%llx-0x%llx"
#define ADDRESSES(r)	(unsigned long long)(r).first, (unsigned long long)(r).last

static void print_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void print_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("virtio-gpu-mtrr: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
}

static int open_in(const char *root, const char *path, int flags)
{
	char full[PATH_MAX];

	if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(full, flags | O_CLOEXEC);
}

/* All of a file as a string, or NULL: the caller frees it. A NUL in it ends it. */
static char *read_text(int fd)
{
	size_t used = 0, size = 4096;
	char *text = malloc(size);
	ssize_t n = -1;

	while (text) {
		n = read(fd, text + used, size - used - 1);
		if (n <= 0)
			break;
		used += n;
		if (used + 1 == size) {
			char *more = size < TEXT_MAX ? realloc(text, size * 2) : NULL;

			if (!more) {
				n = -1;
				break;
			}
			text = more;
			size *= 2;
		}
	}
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[used] = '\0';
	return text;
}

static char *read_file(const char *root, const char *path)
{
	int fd = open_in(root, path, O_RDONLY);
	char *text;

	if (fd < 0)
		return NULL;
	text = read_text(fd);
	close(fd);
	return text;
}

/* ---- the window ------------------------------------------------------- */

static enum window_found device_window(const char *root, const char *slot, struct range *window,
				       const char **why)
{
	uint8_t config[CONFIG_SIZE] = {};
	struct bars bars = {};
	char path[PATH_MAX];
	ssize_t n;
	char *text;
	bool good;
	int fd;

	/* A name longer than that is no PCI device's. */
	snprintf(path, sizeof(path), DEVICES "/%.32s/config", slot);
	fd = open_in(root, path, O_RDONLY);
	*why = "it cannot be read";
	if (fd < 0)
		return WINDOW_MALFORMED;
	/* Of other devices no more than what they are. */
	n = pread(fd, config, 4, 0);
	if (n == 4 && window_is_virtio_gpu(config, n))
		n = pread(fd, config, sizeof(config), 0);
	close(fd);
	if (n < 4)
		return WINDOW_MALFORMED;
	if (!window_is_virtio_gpu(config, n))
		return WINDOW_NONE;

	snprintf(path, sizeof(path), DEVICES "/%.32s/resource", slot);
	text = read_file(root, path);
	good = text && window_parse_bars(text, &bars);
	free(text);
	if (!good) {
		*why = "its BARs cannot be read";
		return WINDOW_MALFORMED;
	}
	return window_find(config, n, &bars, window, why);
}

/* ---- the ranges ------------------------------------------------------- */

/**
 * mtrr_disable() - give up a variable range
 *
 * Return: 0 or a negative errno.
 */
int mtrr_disable(const char *root, unsigned int nr)
{
	int fd = open_in(root, "/proc/mtrr", O_WRONLY), ret = 0;
	char line[32];

	if (fd < 0)
		return -errno;
	snprintf(line, sizeof(line), "disable=%u\n", nr);
	if (write(fd, line, strlen(line)) != (ssize_t)strlen(line))
		ret = errno ? -errno : -EIO;
	close(fd);
	return ret;
}

static bool read_mtrrs(const char *root, struct mtrrs *mtrrs)
{
	char *text = read_file(root, "/proc/mtrr");
	bool good = text && mtrrs_parse(text, mtrrs);

	free(text);
	if (!good)
		print_error("/proc/mtrr cannot be parsed: nothing is dropped");
	return good;
}

static bool read_ram(const char *root, struct mtrrs *mtrrs)
{
	char *text = read_file(root, "/proc/iomem");
	bool good = text && mtrrs_parse_ram(text, mtrrs);

	free(text);
	if (!good)
		print_error("/proc/iomem does not show where RAM is: only root sees that");
	return good;
}

static enum default_type read_default_type(const char *root, const struct mtrrs *mtrrs)
{
	int fd = open_in(root, "/dev/cpu/0/msr", O_RDONLY);
	uint64_t msr;
	bool known;

	if (fd < 0)
		return default_type(NULL, mtrrs);
	known = pread(fd, &msr, sizeof(msr), MSR_DEF_TYPE) == sizeof(msr);
	close(fd);
	return default_type(known ? &msr : NULL, mtrrs);
}

static bool is_uncachable(const struct mtrrs *mtrrs, struct range window)
{
	for (size_t i = 0; i < mtrrs->count; i++)
		if (mtrrs->mtrr[i].uncachable && ranges_overlap(mtrrs->mtrr[i].range, window))
			return true;
	return false;
}

/* Drop an MTRR if it may be.  Return: false if it stays and is in the way. */
static bool drop_mtrr(const struct drop *drop, const struct mtrr *mtrr, enum mtrr_verdict verdict)
{
	int err = 0;

	if (verdict == MTRR_DROP && !drop->dry_run) {
		err = drop->disable(drop->root, mtrr->nr);
		if (!err) {
			printf("  MTRR %u (" RANGE ", uncachable): dropped\n", mtrr->nr,
			       ADDRESSES(mtrr->range));
			return true;
		}
	}
	if (err)
		print_error("MTRR %u (" RANGE ", uncachable) cannot be dropped: %s", mtrr->nr,
			    ADDRESSES(mtrr->range), strerror(-err));
	else if (verdict == MTRR_DROP)
		printf("  MTRR %u (" RANGE ", uncachable) %s\n", mtrr->nr, ADDRESSES(mtrr->range),
		       mtrr_verdict_text(verdict));
	else if (verdict != MTRR_ELSEWHERE)
		print_error("MTRR %u (" RANGE ", uncachable) %s", mtrr->nr, ADDRESSES(mtrr->range),
			    mtrr_verdict_text(verdict));
	return verdict == MTRR_DROP || verdict == MTRR_ELSEWHERE;
}

/* What counts is what the kernel says now. */
static bool is_cachable_now(const struct drop *drop, struct range window)
{
	struct mtrrs mtrrs;

	if (!read_mtrrs(drop->root, &mtrrs))
		return false;
	if (!is_uncachable(&mtrrs, window))
		return true;
	print_error("the window " RANGE " is still uncachable", ADDRESSES(window));
	return false;
}

/*
 * Return: whether the window is not uncachable any more, or, in a dry run, would not be.
 */
static bool drop_over(const struct drop *drop, struct range window)
{
	enum default_type type;
	struct mtrrs mtrrs;
	bool good = true;

	if (!read_mtrrs(drop->root, &mtrrs))
		return false;
	if (!is_uncachable(&mtrrs, window)) {
		if (drop->verbose)
			puts("  no uncachable MTRR is over it");
		return true;
	}
	if (!read_ram(drop->root, &mtrrs))
		return false;
	type = read_default_type(drop->root, &mtrrs);

	for (size_t i = 0; i < mtrrs.count; i++)
		good &= drop_mtrr(drop, &mtrrs.mtrr[i], mtrr_judge(&mtrrs.mtrr[i], window, type));
	return drop->dry_run ? good : is_cachable_now(drop, window);
}

static bool look_at(const struct drop *drop, const char *slot)
{
	struct range window;
	const char *why;

	switch (device_window(drop->root, slot, &window, &why)) {
	case WINDOW_NONE:
		if (drop->slot)
			printf("%s: no virtio-gpu device with a host-visible window\n", slot);
		return true;
	case WINDOW_FOUND:
		printf("%s: host-visible window at " RANGE "\n", slot, ADDRESSES(window));
		return drop_over(drop, window);
	default:
		print_error("%s: %s", slot, why);
		return false;
	}
}

static int is_device(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool look_at_all(const struct drop *drop)
{
	struct dirent **names;
	char path[PATH_MAX];
	bool good = true;
	int n;

	if (snprintf(path, sizeof(path), "%s" DEVICES, drop->root) >= (int)sizeof(path))
		return false;
	n = scandir(path, &names, is_device, alphasort);
	/* A machine without PCI has no such folder. */
	if (n < 0 && errno == ENOENT)
		return true;
	if (n < 0) {
		print_error("%s: %s", path, strerror(errno));
		return false;
	}
	for (int i = 0; i < n; i++) {
		good &= look_at(drop, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return good;
}

/**
 * drop_mtrrs() - do it
 *
 * Return: the program's exit status, 0 or 1.
 */
int drop_mtrrs(const struct drop *drop)
{
	int lock = open_in(drop->root, "/proc/mtrr", O_RDONLY);
	bool good;

	if (lock < 0 && errno == ENOENT) {
		if (drop->verbose)
			puts("this machine has no MTRRs: nothing to do");
		return 0;
	}
	if (lock < 0) {
		print_error("/proc/mtrr: %s", strerror(errno));
		return 1;
	}
	/* Of two devices, each with an event of its own, one may drop a range that is over both. */
	flock(lock, LOCK_EX);
	good = drop->slot ? look_at(drop, drop->slot) : look_at_all(drop);
	close(lock);
	return good ? 0 : 1;
}
