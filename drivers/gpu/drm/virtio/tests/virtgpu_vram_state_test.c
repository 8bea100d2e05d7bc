// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests of virtgpu_vram_state.c: every event in every state.
 *
 * A state is spelt in four characters:
 *
 *   map state   U unmapped, M mapping, P mapped
 *   changing    c, or -
 *   refused     - no, e EIO, p EPROTO, s ESTALE; a capital if lost as well
 *   generation  of the declaration in force; 0 for none
 *
 * and where the event's function returns true, "!" follows.
 */
#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_gpu_map_attr.h>

#include "../virtgpu_vram_state.h"

#define CACHED	VIRTIO_GPU_MAP_CACHE_CACHED
#define WC	VIRTIO_GPU_MAP_CACHE_WC
#define SYNC	VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED
#define REVOKED	VIRTIO_GPU_MAP_ATTR_REVOKED
#define READ_ONLY	VIRTIO_GPU_MAP_ATTR_READ_ONLY

enum event {
	REQUEST,
	CREATED,	/* with generation 5 */
	CREATED_EIO,
	MAPPED,		/* with generation 5 */
	MAPPED_NEWER,	/* 6 */
	MAPPED_OLDER,	/* 4 */
	MAPPED_ENOMEM,
	MAPPED_EPROTO,
	CHANGE,		/* to generation 6 */
	CHANGE_SAME,	/* 5 */
	CHANGE_OLDER,	/* 4 */
	CHANGE_EPROTO,
	ACKED,		/* generation 5 */
	ACKED_REFUSED,	/* 5 */
	ACKED_OLDER,	/* 4 */
	LOSE,
	EVENTS
};

static const struct {
	const char *from;
	const char *to[EVENTS];
} transitions[] = {
	/*
	 *	  request   created   created   mapped    mapped    mapped    mapped    mapped
	 *			      EIO		  newer     older     ENOMEM    EPROTO
	 *	  change    change    change    change    acked     acked     acked     lose
	 *		    same      older     EPROTO              refused   older
	 */
	{ "U--0", { "M--0!", "U--5",   "U-e0",   "P--5",   "P--6",   "P--4",   "U--0!",  "P-p0",
		    "Uc-6",  "Uc-5",   "Uc-4",   "Ucp0",   "U--0",   "U-p0",   "U--0",   "U-S0" } },
	{ "M--0", { "M--0",  "M--5",   "M-e0",   "P--5",   "P--6",   "P--4",   "U--0!",  "P-p0",
		    "Mc-6",  "Mc-5",   "Mc-4",   "Mcp0",   "M--0",   "M-p0",   "M--0",   "M-S0" } },
	{ "U--5", { "M--5!", "U--5",   "U-e5",   "P--5",   "P--6",   "P--5",   "U--5!",  "P-p5",
		    "Uc-6",  "Uc-5",   "Uc-5",   "Ucp5",   "U--5",   "U-p5",   "U--5",   "U-S5" } },
	{ "M--5", { "M--5",  "M--5",   "M-e5",   "P--5",   "P--6",   "P--5",   "U--5!",  "P-p5",
		    "Mc-6",  "Mc-5",   "Mc-5",   "Mcp5",   "M--5",   "M-p5",   "M--5",   "M-S5" } },
	{ "P--5", { "P--5",  "P--5",   "P-e5",   "P--5",   "P--6",   "P--5",   "U--5!",  "P-p5",
		    "Pc-6",  "Pc-5",   "Pc-5",   "Pcp5",   "P--5",   "P-p5",   "P--5",   "P-S5" } },
	{ "Uc-5", { "Mc-5!", "Uc-5",   "Uce5",   "Pc-5",   "Pc-6",   "Pc-5",   "Uc-5!",  "Pcp5",
		    "Uc-6",  "Uc-5",   "Uc-5",   "Ucp5",   "U--5",   "U-p5",   "Uc-5",   "UcS5" } },
	{ "Mc-5", { "Mc-5",  "Mc-5",   "Mce5",   "Pc-5",   "Pc-6",   "Pc-5",   "Uc-5!",  "Pcp5",
		    "Mc-6",  "Mc-5",   "Mc-5",   "Mcp5",   "M--5",   "M-p5",   "Mc-5",   "McS5" } },
	{ "Pc-5", { "Pc-5",  "Pc-5",   "Pce5",   "Pc-5",   "Pc-6",   "Pc-5",   "Uc-5!",  "Pcp5",
		    "Pc-6",  "Pc-5",   "Pc-5",   "Pcp5",   "P--5",   "P-p5",   "Pc-5",   "PcS5" } },
	{ "U-e5", { "U-e5",  "U-e5",   "U-e5",   "P-e5",   "P-e6",   "P-e5",   "U-e5!",  "P-e5",
		    "Uce6",  "Uce5",   "Uce5",   "Uce5",   "U-e5",   "U-e5",   "U-e5",   "U-E5" } },
	{ "M-e5", { "M-e5",  "M-e5",   "M-e5",   "P-e5",   "P-e6",   "P-e5",   "U-e5!",  "P-e5",
		    "Mce6",  "Mce5",   "Mce5",   "Mce5",   "M-e5",   "M-e5",   "M-e5",   "M-E5" } },
	{ "P-e5", { "P-e5",  "P-e5",   "P-e5",   "P-e5",   "P-e6",   "P-e5",   "U-e5!",  "P-e5",
		    "Pce6",  "Pce5",   "Pce5",   "Pce5",   "P-e5",   "P-e5",   "P-e5",   "P-E5" } },
	{ "Uce5", { "Uce5",  "Uce5",   "Uce5",   "Pce5",   "Pce6",   "Pce5",   "Uce5!",  "Pce5",
		    "Uce6",  "Uce5",   "Uce5",   "Uce5",   "U-e5",   "U-e5",   "Uce5",   "UcE5" } },
	{ "Mce5", { "Mce5",  "Mce5",   "Mce5",   "Pce5",   "Pce6",   "Pce5",   "Uce5!",  "Pce5",
		    "Mce6",  "Mce5",   "Mce5",   "Mce5",   "M-e5",   "M-e5",   "Mce5",   "McE5" } },
	{ "Pce5", { "Pce5",  "Pce5",   "Pce5",   "Pce5",   "Pce6",   "Pce5",   "Uce5!",  "Pce5",
		    "Pce6",  "Pce5",   "Pce5",   "Pce5",   "P-e5",   "P-e5",   "Pce5",   "PcE5" } },
	{ "U-S5", { "U-S5",  "U-S5",   "U-S5",   "P-S5",   "P-S6",   "P-S5",   "U-S5!",  "P-S5",
		    "UcS6",  "UcS5",   "UcS5",   "UcS5",   "U-S5",   "U-S5",   "U-S5",   "U-S5" } },
	{ "M-S5", { "M-S5",  "M-S5",   "M-S5",   "P-S5",   "P-S6",   "P-S5",   "U-S5!",  "P-S5",
		    "McS6",  "McS5",   "McS5",   "McS5",   "M-S5",   "M-S5",   "M-S5",   "M-S5" } },
	{ "P-S5", { "P-S5",  "P-S5",   "P-S5",   "P-S5",   "P-S6",   "P-S5",   "U-S5!",  "P-S5",
		    "PcS6",  "PcS5",   "PcS5",   "PcS5",   "P-S5",   "P-S5",   "P-S5",   "P-S5" } },
	{ "PcS5", { "PcS5",  "PcS5",   "PcS5",   "PcS5",   "PcS6",   "PcS5",   "UcS5!",  "PcS5",
		    "PcS6",  "PcS5",   "PcS5",   "PcS5",   "P-S5",   "P-S5",   "PcS5",   "PcS5" } },
};

static const int errors[] = { ['-'] = 0, ['e'] = -EIO, ['p'] = -EPROTO, ['s'] = -ESTALE };
static const char places[] = { 'U', 'M', 'P' };

static struct virtio_gpu_vram_state parse(const char *s)
{
	struct virtio_gpu_vram_state state = {
		.map_state = s[0] == 'U' ? VIRTIO_GPU_VRAM_UNMAPPED :
			 s[0] == 'M' ? VIRTIO_GPU_VRAM_MAPPING : VIRTIO_GPU_VRAM_MAPPED,
		.changing = s[1] == 'c',
		.refused = errors[s[2] == '-' ? '-' : s[2] | 0x20],
		.lost = s[2] >= 'A' && s[2] <= 'Z',
		.attr.generation = s[3] - '0',
		.attr.cache_mode = s[3] == '0' ? 0 : WC,
	};

	return state;
}

static void spell(const struct virtio_gpu_vram_state *state, bool returned, char *s)
{
	size_t i;

	s[0] = places[state->map_state];
	s[1] = state->changing ? 'c' : '-';
	s[2] = '?';
	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i] == state->refused && (errors[i] || i == '-'))
			s[2] = i;
	if (state->lost)
		s[2] -= 0x20;
	s[3] = '0' + state->attr.generation;
	s[4] = returned ? '!' : 0;
	s[5] = 0;
}

static bool happen(struct virtio_gpu_vram_state *state, enum event event)
{
	struct virtio_gpu_vram_attr attr = { .generation = 5, .cache_mode = WC };

	switch (event) {
	case REQUEST:
		return virtio_gpu_vram_state_request_map(state);
	case CREATED:
		virtio_gpu_vram_state_created(state, 0, &attr);
		return false;
	case CREATED_EIO:
		virtio_gpu_vram_state_created(state, -EIO, NULL);
		return false;
	case MAPPED:
		return virtio_gpu_vram_state_mapped(state, 0, &attr);
	case MAPPED_NEWER:
		attr.generation = 6;
		return virtio_gpu_vram_state_mapped(state, 0, &attr);
	case MAPPED_OLDER:
		attr.generation = 4;
		return virtio_gpu_vram_state_mapped(state, 0, &attr);
	case MAPPED_ENOMEM:
		return virtio_gpu_vram_state_mapped(state, -ENOMEM, NULL);
	case MAPPED_EPROTO:
		return virtio_gpu_vram_state_mapped(state, -EPROTO, NULL);
	case CHANGE:
		attr.generation = 6;
		virtio_gpu_vram_state_change(state, 0, &attr);
		return false;
	case CHANGE_SAME:
		virtio_gpu_vram_state_change(state, 0, &attr);
		return false;
	case CHANGE_OLDER:
		attr.generation = 4;
		virtio_gpu_vram_state_change(state, 0, &attr);
		return false;
	case CHANGE_EPROTO:
		virtio_gpu_vram_state_change(state, -EPROTO, NULL);
		return false;
	case ACKED:
		virtio_gpu_vram_state_acked(state, 5, 0);
		return false;
	case ACKED_REFUSED:
		virtio_gpu_vram_state_acked(state, 5, -EPROTO);
		return false;
	case ACKED_OLDER:
		virtio_gpu_vram_state_acked(state, 4, 0);
		return false;
	default:
		virtio_gpu_vram_state_lose(state);
		return false;
	}
}

static void transitions_test(struct kunit *test)
{
	size_t i, event;

	for (i = 0; i < ARRAY_SIZE(transitions); i++) {
		for (event = 0; event < EVENTS; event++) {
			struct virtio_gpu_vram_state state = parse(transitions[i].from);
			bool returned = happen(&state, event);
			char to[6];

			spell(&state, returned, to);
			KUNIT_EXPECT_STREQ_MSG(test, transitions[i].to[event], to,
					       "%s, event %zu", transitions[i].from, event);
		}
	}
}

/* A failed RESOURCE_MAP_BLOB is remembered until the next try. */
static void map_error_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = parse("M--5");

	virtio_gpu_vram_state_mapped(&state, -ENOMEM, NULL);
	KUNIT_EXPECT_EQ(test, -ENOMEM, state.map_error);
	KUNIT_EXPECT_EQ(test, -ENOMEM, virtio_gpu_vram_state_access_error(&state, true));
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_request_map(&state));
	KUNIT_EXPECT_EQ(test, 0, state.map_error);
}

/* One that was not sent, because its process was killed, is nothing to remember. */
static void not_asked_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = parse("M--5");

	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_mapped(&state, -EINTR, NULL));
	KUNIT_EXPECT_EQ(test, 0, state.map_error);
	KUNIT_EXPECT_EQ(test, -EAGAIN, virtio_gpu_vram_state_access_error(&state, true));
	KUNIT_EXPECT_EQ(test, -EAGAIN, virtio_gpu_vram_state_dma_map(&state, true));
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_request_map(&state));
}

/* An error of RESOURCE_MAP_BLOB may come before the declaration with RESOURCE_CREATE_BLOB. */
static void map_error_is_no_declaration_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = parse("M--0");

	virtio_gpu_vram_state_mapped(&state, -EIO, NULL);
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_attr_known(&state));
}

static const struct {
	const char *state;
	int usable;
	bool declared, steady, placed, settled;
} questions[] = {
	{ "U--0", -EAGAIN, false, true, true, true },
	{ "M--0", -EAGAIN, false, true, false, false },
	{ "U--5", -EAGAIN, true, true, true, true },
	{ "M--5", -EAGAIN, true, true, false, false },
	{ "P--5", 0, true, true, true, true },
	{ "Uc-5", -EAGAIN, true, false, true, false },
	{ "Mc-5", -EAGAIN, true, false, false, false },
	{ "Pc-5", 0, true, false, true, false },
	/* There is no wait for what will not change any more. */
	{ "U-e0", -EIO, true, true, true, true },
	{ "M-e5", -EIO, true, true, false, true },
	{ "P-p5", -EPROTO, true, true, true, true },
	{ "Pcp5", -EPROTO, true, true, true, true },
	{ "Mcp5", -EPROTO, true, true, false, true },
	{ "PcS5", -ESTALE, true, true, true, true },
	{ "M-S5", -ESTALE, true, true, true, true },
};

static void questions_test(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(questions); i++) {
		struct virtio_gpu_vram_state state = parse(questions[i].state);
		const char *name = questions[i].state;

		KUNIT_EXPECT_EQ_MSG(test, questions[i].usable,
				    virtio_gpu_vram_state_access_error(&state, true), "%s", name);
		KUNIT_EXPECT_EQ_MSG(test, questions[i].declared,
				    virtio_gpu_vram_state_attr_known(&state), "%s", name);
		KUNIT_EXPECT_EQ_MSG(test, questions[i].steady,
				    virtio_gpu_vram_state_access_known(&state), "%s", name);
		KUNIT_EXPECT_EQ_MSG(test, questions[i].placed,
				    virtio_gpu_vram_state_map_answered(&state), "%s", name);
		KUNIT_EXPECT_EQ_MSG(test, questions[i].settled,
				    virtio_gpu_vram_state_mmap_known(&state), "%s", name);
	}
}

/* What the attributes forbid, the state does not allow. */
static void forbidden_test(struct kunit *test)
{
	struct virtio_gpu_vram_attr attr = {
		.generation = 6, .cache_mode = CACHED, .flags = SYNC,
	};
	struct virtio_gpu_vram_state state = parse("P--5");

	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, virtio_gpu_vram_state_access_error(&state, true));
	virtio_gpu_vram_state_acked(&state, 6, 0);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, virtio_gpu_vram_state_access_error(&state, true));

	attr.generation = 7;
	attr.flags = 0;
	virtio_gpu_vram_state_change(&state, 0, &attr);
	virtio_gpu_vram_state_acked(&state, 7, 0);
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_access_error(&state, true));
	KUNIT_EXPECT_EQ(test, CACHED, state.attr.cache_mode);
}

static const struct {
	u32 flags;
	int read, write;
	bool steady, settled;
} unconfirmed[] = {
	{ 0, 0, 0, false, false },
	{ SYNC, -EOPNOTSUPP, -EOPNOTSUPP, true, true },
	{ REVOKED, -ESTALE, -ESTALE, true, true },
	{ SYNC | REVOKED, -ESTALE, -ESTALE, true, true },
	/* What may be read waits for the confirmation, but not in mmap(). */
	{ READ_ONLY, 0, -EACCES, false, true },
	{ READ_ONLY | SYNC, -EOPNOTSUPP, -EOPNOTSUPP, true, true },
	{ READ_ONLY | REVOKED, -ESTALE, -ESTALE, true, true },
	{ READ_ONLY | SYNC | REVOKED, -ESTALE, -ESTALE, true, true },
};

/* A change to every combination of flags that the host has not confirmed, and then has. */
static void unconfirmed_test(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unconfirmed); i++) {
		struct virtio_gpu_vram_state state = parse("P--5");
		struct virtio_gpu_vram_attr attr = {
			.generation = 6, .cache_mode = WC, .flags = unconfirmed[i].flags,
		};

		virtio_gpu_vram_state_change(&state, 0, &attr);
		KUNIT_EXPECT_EQ(test, unconfirmed[i].read,
				virtio_gpu_vram_state_access_error(&state, false));
		KUNIT_EXPECT_EQ(test, unconfirmed[i].write,
				virtio_gpu_vram_state_access_error(&state, true));
		KUNIT_EXPECT_EQ(test, unconfirmed[i].steady,
				virtio_gpu_vram_state_access_known(&state));
		KUNIT_EXPECT_EQ(test, unconfirmed[i].settled,
				virtio_gpu_vram_state_mmap_known(&state));
		KUNIT_EXPECT_EQ(test, !!(attr.flags & READ_ONLY),
				virtio_gpu_vram_state_is_read_only(&state));
		virtio_gpu_vram_state_acked(&state, 6, 0);
		KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_access_known(&state));
		KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_mmap_known(&state));
		KUNIT_EXPECT_EQ(test, unconfirmed[i].read,
				virtio_gpu_vram_state_access_error(&state, false));
	}
}

static struct virtio_gpu_vram_attr attr_of(u64 generation, u32 cache_mode)
{
	return (struct virtio_gpu_vram_attr){
		.generation = generation, .cache_mode = cache_mode,
	};
}

static void fetched(struct virtio_gpu_vram_state *state, u64 generation, u32 cache_mode)
{
	struct virtio_gpu_vram_attr attr = attr_of(generation, cache_mode);

	virtio_gpu_vram_state_change(state, 0, &attr);
}

static void mapped(struct virtio_gpu_vram_state *state, u64 generation, u32 cache_mode)
{
	struct virtio_gpu_vram_attr attr = attr_of(generation, cache_mode);

	KUNIT_EXPECT_FALSE(kunit_get_current_test(),
			   virtio_gpu_vram_state_mapped(state, 0, &attr));
}

static void created(struct virtio_gpu_vram_state *state, u64 generation, u32 cache_mode)
{
	struct virtio_gpu_vram_attr attr = attr_of(generation, cache_mode);

	virtio_gpu_vram_state_created(state, 0, &attr);
}

static void expect(struct kunit *test, const struct virtio_gpu_vram_state *state,
		   u64 generation, u32 cache_mode, bool changing, int refused)
{
	KUNIT_EXPECT_EQ(test, generation, state->attr.generation);
	KUNIT_EXPECT_EQ(test, cache_mode, state->attr.cache_mode);
	KUNIT_EXPECT_EQ(test, changing, state->changing);
	KUNIT_EXPECT_EQ(test, refused, state->refused);
}

/* The response to RESOURCE_MAP_BLOB is faster than a change that was fetched before. */
static void map_before_fetch_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = parse("M--5");

	mapped(&state, 7, CACHED);
	fetched(&state, 6, WC);
	virtio_gpu_vram_state_acked(&state, 6, 0);
	expect(test, &state, 7, CACHED, true, 0);
	fetched(&state, 7, CACHED);
	virtio_gpu_vram_state_acked(&state, 7, 0);
	expect(test, &state, 7, CACHED, false, 0);
	/* What MAP_ATTR_FETCH tells does not go back. */
	fetched(&state, 6, WC);
	expect(test, &state, 7, CACHED, true, -EPROTO);
}

/* It is slower than one that was fetched later, acknowledged or not. */
static void map_after_fetch_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = parse("M--0");

	created(&state, 1, CACHED);
	fetched(&state, 2, WC);
	mapped(&state, 1, CACHED);
	expect(test, &state, 2, WC, true, 0);
	virtio_gpu_vram_state_acked(&state, 2, 0);
	expect(test, &state, 2, WC, false, 0);

	state = parse("M--0");
	created(&state, 1, CACHED);
	fetched(&state, 2, WC);
	virtio_gpu_vram_state_acked(&state, 2, 0);
	mapped(&state, 1, CACHED);
	expect(test, &state, 2, WC, false, 0);
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_access_error(&state, true));
}

/* The response to RESOURCE_CREATE_BLOB comes last: old or new, it changes nothing. */
static void create_last_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = parse("P--5");

	created(&state, 4, CACHED);
	expect(test, &state, 5, WC, false, 0);
	created(&state, 6, CACHED);
	expect(test, &state, 5, WC, false, 0);

	state = parse("M--0");
	fetched(&state, 2, WC);
	created(&state, 1, CACHED);
	expect(test, &state, 2, WC, true, 0);
	virtio_gpu_vram_state_acked(&state, 2, 0);
	created(&state, 1, CACHED);
	mapped(&state, 2, WC);
	expect(test, &state, 2, WC, false, 0);
}

/* Responses to acknowledgments of older generations end nothing. */
static void ack_late_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = parse("P--5");

	fetched(&state, 6, CACHED);
	fetched(&state, 7, WC);
	virtio_gpu_vram_state_acked(&state, 7, 0);
	expect(test, &state, 7, WC, false, 0);
	virtio_gpu_vram_state_acked(&state, 6, 0);
	virtio_gpu_vram_state_acked(&state, 6, -EAGAIN);
	expect(test, &state, 7, WC, false, 0);

	fetched(&state, 8, CACHED);
	virtio_gpu_vram_state_acked(&state, 7, 0);
	expect(test, &state, 8, CACHED, true, 0);

	/* The host has declared 9, which is not fetched yet. */
	virtio_gpu_vram_state_acked(&state, 8, -EAGAIN);
	expect(test, &state, 8, CACHED, true, 0);
	fetched(&state, 9, WC);
	virtio_gpu_vram_state_acked(&state, 9, 0);
	expect(test, &state, 9, WC, false, 0);

	/* Nonsense about an older one is nonsense, too. */
	fetched(&state, 10, CACHED);
	virtio_gpu_vram_state_acked(&state, 9, -EPROTO);
	expect(test, &state, 10, CACHED, true, -EPROTO);
}

/* One generation has one declaration, whichever responses bring it. */
static void contradiction_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = parse("P--5");

	created(&state, 5, CACHED);
	expect(test, &state, 5, WC, false, -EPROTO);

	state = parse("M--5");
	mapped(&state, 5, CACHED);
	expect(test, &state, 5, WC, false, -EPROTO);

	state = parse("P--5");
	fetched(&state, 5, CACHED);
	expect(test, &state, 5, WC, true, -EPROTO);
}

/* Devices' addresses are no concern of cache modes, and all of a revocation's. */
static void dma_test(struct kunit *test)
{
	struct virtio_gpu_vram_attr attr = {
		.generation = 6, .cache_mode = WC, .flags = SYNC,
	};
	struct virtio_gpu_vram_state state = parse("P--5");

	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_defer_ack(&state, 6));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_unmap(&state, true));

	attr.generation = 7;
	attr.flags = REVOKED;
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_EQ(test, -ESTALE, virtio_gpu_vram_state_dma_map(&state, true));
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_defer_ack(&state, 6));
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 7));
	KUNIT_EXPECT_EQ(test, 7, virtio_gpu_vram_state_dma_unmap(&state, true));
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_defer_ack(&state, 7));
	virtio_gpu_vram_state_acked(&state, 7, 0);

	/* Given back. */
	fetched(&state, 8, WC);
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	/* Taken and given back at once: what was deferred_ack is past. */
	attr.generation = 9;
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 9));
	fetched(&state, 10, WC);
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_defer_ack(&state, 10));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_unmap(&state, true));

	/* To acknowledge a malformed declaration is to acknowledge those before. */
	state = parse("P--5");
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	attr.generation = 6;
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 6));
	virtio_gpu_vram_state_change(&state, -EPROTO, NULL);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 7));
	KUNIT_EXPECT_EQ(test, 7, virtio_gpu_vram_state_dma_unmap(&state, true));

	/* A list that cannot be read says nothing of what importers hold up. */
	state = parse("P--5");
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 6));
	virtio_gpu_vram_state_change(&state, -EPROTO, NULL);
	KUNIT_EXPECT_EQ(test, 6, virtio_gpu_vram_state_dma_unmap(&state, true));

	/* Nor do importers of a blob that is refused keep the memory that is revoked. */
	state = parse("P-p5");
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_must_invalidate(&state));
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 6));
	KUNIT_EXPECT_EQ(test, -ESTALE, virtio_gpu_vram_state_dma_map(&state, true));
	KUNIT_EXPECT_EQ(test, 6, virtio_gpu_vram_state_dma_unmap(&state, true));

	/* The host may have mapped what it declared in a malformed way. */
	state = parse("P-p5");
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	state = parse("U-e5");
	KUNIT_EXPECT_EQ(test, -EIO, virtio_gpu_vram_state_dma_map(&state, true));
	state = parse("M--5");
	KUNIT_EXPECT_EQ(test, -EAGAIN, virtio_gpu_vram_state_dma_map(&state, true));
	state = parse("P-S5");
	KUNIT_EXPECT_EQ(test, -ESTALE, virtio_gpu_vram_state_dma_map(&state, true));
}

/* Devices that only read keep their addresses, those that may write do not. */
static void dma_read_only_test(struct kunit *test)
{
	struct virtio_gpu_vram_attr attr = {
		.generation = 6, .cache_mode = WC, .flags = READ_ONLY,
	};
	struct virtio_gpu_vram_state state = parse("P--5");

	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, false));
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_must_invalidate(&state));
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_defer_ack(&state, 6));
	KUNIT_EXPECT_EQ(test, -EACCES, virtio_gpu_vram_state_dma_map(&state, true));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, false));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_unmap(&state, false));

	/* One that reads, two that write. */
	fetched(&state, 7, WC);
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	attr.generation = 8;
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_must_invalidate(&state));
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 8));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_unmap(&state, true));
	KUNIT_EXPECT_EQ(test, 8, virtio_gpu_vram_state_dma_unmap(&state, true));
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_must_invalidate(&state));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_unmap(&state, false));

	/* Revoked while the acknowledgment of read-only is deferred_ack: all must go. */
	fetched(&state, 9, WC);
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, false));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, true));
	attr.generation = 10;
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 10));
	attr.generation = 11;
	attr.flags |= REVOKED;
	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_defer_ack(&state, 11));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_unmap(&state, true));
	KUNIT_EXPECT_EQ(test, 11, virtio_gpu_vram_state_dma_unmap(&state, false));
}

/* A lost blob's importers are asked to let go, whatever they do. */
static void dma_lost_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = parse("P--5");

	virtio_gpu_vram_state_lose(&state);
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_must_invalidate(&state));

	state = parse("P--5");
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, false));
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_must_invalidate(&state));
	virtio_gpu_vram_state_lose(&state);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_must_invalidate(&state));
}

static struct kunit_case vram_state_tests[] = {
	KUNIT_CASE(transitions_test),
	KUNIT_CASE(map_error_test),
	KUNIT_CASE(not_asked_test),
	KUNIT_CASE(map_error_is_no_declaration_test),
	KUNIT_CASE(questions_test),
	KUNIT_CASE(forbidden_test),
	KUNIT_CASE(map_before_fetch_test),
	KUNIT_CASE(map_after_fetch_test),
	KUNIT_CASE(create_last_test),
	KUNIT_CASE(ack_late_test),
	KUNIT_CASE(contradiction_test),
	KUNIT_CASE(unconfirmed_test),
	KUNIT_CASE(dma_test),
	KUNIT_CASE(dma_read_only_test),
	KUNIT_CASE(dma_lost_test),
	{ }
};

static struct kunit_suite vram_state_suite = {
	.name = "virtgpu_vram_state",
	.test_cases = vram_state_tests,
};

kunit_test_suite(vram_state_suite);
