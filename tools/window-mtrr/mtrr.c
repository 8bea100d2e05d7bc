// SPDX-License-Identifier: GPL-2.0 OR MIT
#include <string.h>

#include "mtrr.h"
#include "number.h"

#define FIXED_END	0x100000ULL	/* up to here fixed ranges decide */
#define FOUR_GIB	0x100000000ULL

#define MSR_TYPE	0xff
#define MSR_ENABLED	0x800
#define TYPE_WRITE_BACK	6

static void skip_spaces(const char **s)
{
	while (**s == ' ')
		(*s)++;
}

/* reg01: base=0xc000000000 (786432MB), size=131072MB, count=1: uncachable */
static bool parse_line(const char **s, struct mtrr *mtrr)
{
	uint64_t nr, base, mib, size, count;
	unsigned int shift;

	if (!(number_eat(s, "reg") && number(s, 10, &nr) && number_eat(s, ": base=0x") && number(s, 16, &base) &&
	      number_eat(s, " (")))
		return false;
	skip_spaces(s);
	if (!(number(s, 10, &mib) && number_eat(s, "MB), size=")))
		return false;
	skip_spaces(s);
	if (!number(s, 10, &size))
		return false;
	shift = **s == 'K' ? 10 : 20;
	if (!((number_eat(s, "KB") || number_eat(s, "MB")) && number_eat(s, ", count=") && number(s, 10, &count) &&
	      number_eat(s, ": ")))
		return false;
	if (nr >= MTRRS || count > UINT32_MAX || !size || size > UINT64_MAX >> shift)
		return false;
	size <<= shift;
	if (base + size - 1 < base)
		return false;
	*mtrr = (struct mtrr){
		.nr = nr,
		.range = { base, base + size - 1 },
		.count = count,
		.uncachable = number_eat(s, "uncachable\n"),
	};
	/* Any other type is one that is left alone. */
	if (!mtrr->uncachable) {
		*s += strcspn(*s, "\n");
		number_eat(s, "\n");
	}
	return true;
}

/**
 * mtrrs_parse() - read /proc/mtrr
 *
 * Return: whether all of it was understood.
 */
bool mtrrs_parse(const char *text, struct mtrrs *mtrrs)
{
	memset(mtrrs, 0, sizeof(*mtrrs));
	while (*text) {
		if (mtrrs->count == MTRRS || !parse_line(&text, &mtrrs->mtrr[mtrrs->count]))
			return false;
		mtrrs->count++;
	}
	return true;
}

/* Whether some of @range is in none of the ranges. */
static bool sticks_out(const struct mtrrs *mtrrs, struct range range)
{
	uint64_t at = range.first;

	for (size_t i = 0; i < mtrrs->count; ) {
		struct range covered = mtrrs->mtrr[i].range;

		if (!range_has(covered, at)) {
			i++;
			continue;
		}
		if (covered.last >= range.last)
			return false;
		at = covered.last + 1;
		i = 0;
	}
	return true;
}

static void note_ram(struct mtrrs *mtrrs, struct range ram)
{
	for (size_t i = 0; i < mtrrs->count; i++)
		if (ranges_overlap(ram, mtrrs->mtrr[i].range))
			mtrrs->mtrr[i].holds_ram = true;
	if (ram.first < FIXED_END)
		ram.first = FIXED_END;
	if (ram.last > FOUR_GIB - 1)
		ram.last = FOUR_GIB - 1;
	if (ram.first <= ram.last && sticks_out(mtrrs, ram))
		mtrrs->ram_outside = true;
}

/**
 * mtrrs_parse_ram() - read /proc/iomem, and note how RAM and the ranges lie
 *
 * Return: whether all of it was understood, and there was some RAM. A process that may not see
 * addresses is shown zeros.
 */
bool mtrrs_parse_ram(const char *iomem, struct mtrrs *mtrrs)
{
	bool found = false;

	while (*iomem) {
		struct range range;

		skip_spaces(&iomem);
		if (!(number(&iomem, 16, &range.first) && number_eat(&iomem, "-") &&
		      number(&iomem, 16, &range.last) && number_eat(&iomem, " : ")))
			return false;
		if (range.last < range.first)
			return false;
		/* Hot-plugged RAM has "(kmem)" and the like behind it. */
		if (number_eat(&iomem, "System RAM")) {
			if (!range.last)
				return false;
			note_ram(mtrrs, range);
			found = true;
		}
		iomem += strcspn(iomem, "\n");
		number_eat(&iomem, "\n");
	}
	return found;
}

/**
 * default_type() - what memory is that no range says something about
 * @msr: IA32_MTRR_DEF_TYPE, or NULL where it cannot be read
 *
 * Without the register RAM is evidence: where no range says something about it, it is what
 * the default type makes it, and RAM that is not write-back would not be used as RAM.
 */
enum default_type default_type(const uint64_t *msr, const struct mtrrs *mtrrs)
{
	if (msr)
		return *msr & MSR_ENABLED && (*msr & MSR_TYPE) == TYPE_WRITE_BACK ?
			DEFAULT_WRITE_BACK : DEFAULT_OTHER;
	return mtrrs->ram_outside ? DEFAULT_WRITE_BACK : DEFAULT_UNKNOWN;
}

/**
 * mtrr_judge() - whether a range is to be dropped for the sake of @window
 */
enum mtrr_verdict mtrr_judge(const struct mtrr *mtrr, struct range window, enum default_type type)
{
	if (!mtrr->uncachable || !ranges_overlap(mtrr->range, window))
		return MTRR_ELSEWHERE;
	if (mtrr->holds_ram)
		return MTRR_HOLDS_RAM;
	if (mtrr->count != 1)
		return MTRR_SHARED;
	if (type == DEFAULT_UNKNOWN)
		return MTRR_DEFAULT_UNKNOWN;
	if (type != DEFAULT_WRITE_BACK)
		return MTRR_DEFAULT_OTHER;
	return MTRR_DROP;
}

const char *mtrr_verdict_text(enum mtrr_verdict verdict)
{
	switch (verdict) {
	case MTRR_HOLDS_RAM:
		return "stays, because some RAM is in it";
	case MTRR_SHARED:
		return "stays, because not only the firmware has asked for it";
	case MTRR_DEFAULT_UNKNOWN:
		return "stays, because nothing shows that the default type is write-back";
	case MTRR_DEFAULT_OTHER:
		return "stays, because the default type is not write-back";
	case MTRR_DROP:
		return "is to be dropped";
	default:
		return "does no harm";
	}
}
