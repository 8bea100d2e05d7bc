// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests of virtgpu_vram_state.c: every event in every state.
 *
 * States are spelt as virtgpu_vram_state_test.h says.  Where the event's function returns true,
 * "!" follows.
 */
#include <kunit/test.h>
#include <linux/virtio_gpu.h>

#include "virtgpu_vram_state_test.h"

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
	EVICT,
	STAY,
	UNMAPPED,
	UNMAPPED_EIO,
	UNMAPPED_EPROTO,
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
	 *	  evict     stay      unmapped  unmapped  unmapped
	 *					EIO	  EPROTO
	 */
	{ "U--0", { "M--0!",  "U--5",   "U-e0",   "P--5",   "P--6",   "P--4",   "U--0!",  "P-p0",
		    "Uc-6",   "Uc-5",   "Uc-4",   "Ucp0",   "U--0",   "U-p0",   "U--0",   "U-S0",
		    "U--0",   "U--0",   "U--0!",  "P--0",   "P-p0" } },
	{ "M--0", { "M--0",   "M--5",   "M-e0",   "P--5",   "P--6",   "P--4",   "U--0!",  "P-p0",
		    "Mc-6",   "Mc-5",   "Mc-4",   "Mcp0",   "M--0",   "M-p0",   "M--0",   "M-S0",
		    "M--0",   "M--0",   "U--0!",  "P--0",   "P-p0" } },
	{ "U--5", { "M--5!",  "U--5",   "U-e5",   "P--5",   "P--6",   "P--5",   "U--5!",  "P-p5",
		    "Uc-6",   "Uc-5",   "Uc-5",   "Ucp5",   "U--5",   "U-p5",   "U--5",   "U-S5",
		    "U--5",   "U--5",   "U--5!",  "P--5",   "P-p5" } },
	{ "M--5", { "M--5",   "M--5",   "M-e5",   "P--5",   "P--6",   "P--5",   "U--5!",  "P-p5",
		    "Mc-6",   "Mc-5",   "Mc-5",   "Mcp5",   "M--5",   "M-p5",   "M--5",   "M-S5",
		    "M--5",   "M--5",   "U--5!",  "P--5",   "P-p5" } },
	{ "P--5", { "P--5",   "P--5",   "P-e5",   "P--5",   "P--6",   "P--5",   "U--5!",  "P-p5",
		    "Pc-6",   "Pc-5",   "Pc-5",   "Pcp5",   "P--5",   "P-p5",   "P--5",   "P-S5",
		    "E--5!",  "P--5",   "U--5!",  "P--5",   "P-p5" } },
	{ "Uc-5", { "Mc-5!",  "Uc-5",   "Uce5",   "Pc-5",   "Pc-6",   "Pc-5",   "Uc-5!",  "Pcp5",
		    "Uc-6",   "Uc-5",   "Uc-5",   "Ucp5",   "U--5",   "U-p5",   "Uc-5",   "UcS5",
		    "Uc-5",   "Uc-5",   "Uc-5!",  "Pc-5",   "Pcp5" } },
	{ "Mc-5", { "Mc-5",   "Mc-5",   "Mce5",   "Pc-5",   "Pc-6",   "Pc-5",   "Uc-5!",  "Pcp5",
		    "Mc-6",   "Mc-5",   "Mc-5",   "Mcp5",   "M--5",   "M-p5",   "Mc-5",   "McS5",
		    "Mc-5",   "Mc-5",   "Uc-5!",  "Pc-5",   "Pcp5" } },
	{ "Pc-5", { "Pc-5",   "Pc-5",   "Pce5",   "Pc-5",   "Pc-6",   "Pc-5",   "Uc-5!",  "Pcp5",
		    "Pc-6",   "Pc-5",   "Pc-5",   "Pcp5",   "P--5",   "P-p5",   "Pc-5",   "PcS5",
		    "Ec-5!",  "Pc-5",   "Uc-5!",  "Pc-5",   "Pcp5" } },
	{ "U-e5", { "U-e5",   "U-e5",   "U-e5",   "P-e5",   "P-e6",   "P-e5",   "U-e5!",  "P-e5",
		    "Uce6",   "Uce5",   "Uce5",   "Uce5",   "U-e5",   "U-e5",   "U-e5",   "U-E5",
		    "U-e5",   "U-e5",   "U-e5!",  "P-e5",   "P-e5" } },
	{ "M-e5", { "M-e5",   "M-e5",   "M-e5",   "P-e5",   "P-e6",   "P-e5",   "U-e5!",  "P-e5",
		    "Mce6",   "Mce5",   "Mce5",   "Mce5",   "M-e5",   "M-e5",   "M-e5",   "M-E5",
		    "M-e5",   "M-e5",   "U-e5!",  "P-e5",   "P-e5" } },
	{ "P-e5", { "P-e5",   "P-e5",   "P-e5",   "P-e5",   "P-e6",   "P-e5",   "U-e5!",  "P-e5",
		    "Pce6",   "Pce5",   "Pce5",   "Pce5",   "P-e5",   "P-e5",   "P-e5",   "P-E5",
		    "P-e5",   "P-e5",   "U-e5!",  "P-e5",   "P-e5" } },
	{ "Uce5", { "Uce5",   "Uce5",   "Uce5",   "Pce5",   "Pce6",   "Pce5",   "Uce5!",  "Pce5",
		    "Uce6",   "Uce5",   "Uce5",   "Uce5",   "U-e5",   "U-e5",   "Uce5",   "UcE5",
		    "Uce5",   "Uce5",   "Uce5!",  "Pce5",   "Pce5" } },
	{ "Mce5", { "Mce5",   "Mce5",   "Mce5",   "Pce5",   "Pce6",   "Pce5",   "Uce5!",  "Pce5",
		    "Mce6",   "Mce5",   "Mce5",   "Mce5",   "M-e5",   "M-e5",   "Mce5",   "McE5",
		    "Mce5",   "Mce5",   "Uce5!",  "Pce5",   "Pce5" } },
	{ "Pce5", { "Pce5",   "Pce5",   "Pce5",   "Pce5",   "Pce6",   "Pce5",   "Uce5!",  "Pce5",
		    "Pce6",   "Pce5",   "Pce5",   "Pce5",   "P-e5",   "P-e5",   "Pce5",   "PcE5",
		    "Pce5",   "Pce5",   "Uce5!",  "Pce5",   "Pce5" } },
	{ "U-S5", { "U-S5",   "U-S5",   "U-S5",   "P-S5",   "P-S6",   "P-S5",   "U-S5!",  "P-S5",
		    "UcS6",   "UcS5",   "UcS5",   "UcS5",   "U-S5",   "U-S5",   "U-S5",   "U-S5",
		    "U-S5",   "U-S5",   "U-S5!",  "P-S5",   "P-S5" } },
	{ "M-S5", { "M-S5",   "M-S5",   "M-S5",   "P-S5",   "P-S6",   "P-S5",   "U-S5!",  "P-S5",
		    "McS6",   "McS5",   "McS5",   "McS5",   "M-S5",   "M-S5",   "M-S5",   "M-S5",
		    "M-S5",   "M-S5",   "U-S5!",  "P-S5",   "P-S5" } },
	{ "P-S5", { "P-S5",   "P-S5",   "P-S5",   "P-S5",   "P-S6",   "P-S5",   "U-S5!",  "P-S5",
		    "PcS6",   "PcS5",   "PcS5",   "PcS5",   "P-S5",   "P-S5",   "P-S5",   "P-S5",
		    "P-S5",   "P-S5",   "U-S5!",  "P-S5",   "P-S5" } },
	{ "PcS5", { "PcS5",   "PcS5",   "PcS5",   "PcS5",   "PcS6",   "PcS5",   "UcS5!",  "PcS5",
		    "PcS6",   "PcS5",   "PcS5",   "PcS5",   "P-S5",   "P-S5",   "PcS5",   "PcS5",
		    "PcS5",   "PcS5",   "UcS5!",  "PcS5",   "PcS5" } },
	{ "E--5", { "E--5",   "E--5",   "E-e5",   "P--5",   "P--6",   "P--5",   "U--5!",  "P-p5",
		    "Ec-6",   "Ec-5",   "Ec-5",   "Ecp5",   "E--5",   "E-p5",   "E--5",   "E-S5",
		    "E--5",   "P--5",   "U--5!",  "P--5",   "P-p5" } },
	{ "Ec-5", { "Ec-5",   "Ec-5",   "Ece5",   "Pc-5",   "Pc-6",   "Pc-5",   "Uc-5!",  "Pcp5",
		    "Ec-6",   "Ec-5",   "Ec-5",   "Ecp5",   "E--5",   "E-p5",   "Ec-5",   "EcS5",
		    "Ec-5",   "Pc-5",   "Uc-5!",  "Pc-5",   "Pcp5" } },
	{ "E-e5", { "E-e5",   "E-e5",   "E-e5",   "P-e5",   "P-e6",   "P-e5",   "U-e5!",  "P-e5",
		    "Ece6",   "Ece5",   "Ece5",   "Ece5",   "E-e5",   "E-e5",   "E-e5",   "E-E5",
		    "E-e5",   "P-e5",   "U-e5!",  "P-e5",   "P-e5" } },
	{ "Ece5", { "Ece5",   "Ece5",   "Ece5",   "Pce5",   "Pce6",   "Pce5",   "Uce5!",  "Pce5",
		    "Ece6",   "Ece5",   "Ece5",   "Ece5",   "E-e5",   "E-e5",   "Ece5",   "EcE5",
		    "Ece5",   "Pce5",   "Uce5!",  "Pce5",   "Pce5" } },
	{ "E-S5", { "E-S5",   "E-S5",   "E-S5",   "P-S5",   "P-S6",   "P-S5",   "U-S5!",  "P-S5",
		    "EcS6",   "EcS5",   "EcS5",   "EcS5",   "E-S5",   "E-S5",   "E-S5",   "E-S5",
		    "E-S5",   "P-S5",   "U-S5!",  "P-S5",   "P-S5" } },
	{ "EcS5", { "EcS5",   "EcS5",   "EcS5",   "PcS5",   "PcS6",   "PcS5",   "UcS5!",  "PcS5",
		    "EcS6",   "EcS5",   "EcS5",   "EcS5",   "E-S5",   "E-S5",   "EcS5",   "EcS5",
		    "EcS5",   "PcS5",   "UcS5!",  "PcS5",   "PcS5" } },
};

static const char places[] = { 'U', 'M', 'P', 'E' };

static void state_spell(const struct virtio_gpu_vram_state *state, bool returned, char *s)
{
	size_t i;

	s[0] = places[state->map_state];
	s[1] = state->changing ? 'c' : '-';
	s[2] = '?';
	for (i = 0; i < ARRAY_SIZE(vram_state_errors); i++)
		if (vram_state_errors[i] == state->refused && (vram_state_errors[i] || i == '-'))
			s[2] = i;
	if (state->lost)
		s[2] -= 0x20;
	s[3] = '0' + state->attr.generation;
	s[4] = returned ? '!' : 0;
	s[5] = 0;
}

static bool state_happen(struct virtio_gpu_vram_state *state, enum event event)
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
	case EVICT:
		return virtio_gpu_vram_state_evict(state);
	case STAY:
		virtio_gpu_vram_state_stay(state);
		return false;
	case UNMAPPED:
		return virtio_gpu_vram_state_unmapped(state, 0);
	case UNMAPPED_EIO:
		return virtio_gpu_vram_state_unmapped(state, -EIO);
	case UNMAPPED_EPROTO:
		return virtio_gpu_vram_state_unmapped(state, -EPROTO);
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
			struct virtio_gpu_vram_state state = vram_state_of(transitions[i].from);
			bool returned = state_happen(&state, event);
			char to[6];

			state_spell(&state, returned, to);
			KUNIT_EXPECT_STREQ_MSG(test, transitions[i].to[event], to,
					       "%s, event %zu", transitions[i].from, event);
		}
	}
}

/* A failed RESOURCE_MAP_BLOB is remembered until the next try. */
static void map_error_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = vram_state_of("M--5");

	virtio_gpu_vram_state_mapped(&state, -ENOMEM, NULL);
	KUNIT_EXPECT_EQ(test, -ENOMEM, state.map_error);
	KUNIT_EXPECT_EQ(test, -ENOMEM, virtio_gpu_vram_state_access_error(&state, TO_WRITE));
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_request_map(&state));
	KUNIT_EXPECT_EQ(test, 0, state.map_error);
}

/* One that was not sent, because its process was killed, is nothing to remember. */
static void not_asked_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = vram_state_of("M--5");

	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_mapped(&state, -EINTR, NULL));
	KUNIT_EXPECT_EQ(test, 0, state.map_error);
	KUNIT_EXPECT_EQ(test, -EAGAIN, virtio_gpu_vram_state_access_error(&state, TO_WRITE));
	KUNIT_EXPECT_EQ(test, -EAGAIN, virtio_gpu_vram_state_dma_map(&state, true));
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_request_map(&state));
}

/* An error of RESOURCE_MAP_BLOB may come before the declaration with RESOURCE_CREATE_BLOB. */
static void map_error_is_no_declaration_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = vram_state_of("M--0");

	virtio_gpu_vram_state_mapped(&state, -EIO, NULL);
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_attr_known(&state));
}

static const struct {
	const char *state;
	int access_error;
	bool attr_known, access_known, map_answered, mmap_known;
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
	/* One that is being evicted is as one that is being mapped. */
	{ "E--5", -EAGAIN, true, true, false, false },
	{ "Ec-5", -EAGAIN, true, false, false, false },
	{ "E-S5", -ESTALE, true, true, true, true },
};

static void questions_test(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(questions); i++) {
		struct virtio_gpu_vram_state state = vram_state_of(questions[i].state);
		const char *name = questions[i].state;

		KUNIT_EXPECT_EQ_MSG(test, questions[i].access_error,
				    virtio_gpu_vram_state_access_error(&state, TO_WRITE), "%s",
				    name);
		KUNIT_EXPECT_EQ_MSG(test, questions[i].attr_known,
				    virtio_gpu_vram_state_attr_known(&state), "%s", name);
		KUNIT_EXPECT_EQ_MSG(test, questions[i].access_known,
				    virtio_gpu_vram_state_access_known(&state), "%s", name);
		KUNIT_EXPECT_EQ_MSG(test, questions[i].map_answered,
				    virtio_gpu_vram_state_map_answered(&state), "%s", name);
		KUNIT_EXPECT_EQ_MSG(test, questions[i].mmap_known,
				    virtio_gpu_vram_state_mmap_known(&state), "%s", name);
	}
}

/* What the attributes forbid, the state does not allow. */
static void forbidden_test(struct kunit *test)
{
	struct virtio_gpu_vram_attr attr = {
		.generation = 6, .cache_mode = CACHED, .flags = SYNC,
	};
	struct virtio_gpu_vram_state state = vram_state_of("P--5");

	virtio_gpu_vram_state_change(&state, 0, &attr);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, virtio_gpu_vram_state_access_error(&state, TO_WRITE));
	virtio_gpu_vram_state_acked(&state, 6, 0);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, virtio_gpu_vram_state_access_error(&state, TO_WRITE));

	attr.generation = 7;
	attr.flags = 0;
	virtio_gpu_vram_state_change(&state, 0, &attr);
	virtio_gpu_vram_state_acked(&state, 7, 0);
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_access_error(&state, TO_WRITE));
	KUNIT_EXPECT_EQ(test, CACHED, state.attr.cache_mode);
}

/* What has to stay is not evicted. */
static void stays_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state = vram_state_of("P--5");

	virtio_gpu_vram_state_pin(&state);
	virtio_gpu_vram_state_pin(&state);
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_evict(&state));
	virtio_gpu_vram_state_unpin(&state);
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_evict(&state));
	virtio_gpu_vram_state_unpin(&state);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_can_evict(&state));

	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_dma_map(&state, false));
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_evict(&state));
	virtio_gpu_vram_state_dma_unmap(&state, false);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_evict(&state));

	/* The host has said no, once and for all. */
	virtio_gpu_vram_state_unmapped(&state, -EIO);
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_access_error(&state, TO_WRITE));
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_evict(&state));
}

static const struct {
	const char *state;
	bool wants, wants_again;
} places_wanted[] = {
	{ "U--5", true, true },
	{ "M--5", true, true },
	{ "E--5", true, true },
	{ "Ec-5", true, true },
	{ "P--5", false, false },
	{ "U-e5", false, false },
	{ "E-S5", false, false },
};

/* What may be touched, but for its place, and how often a place is asked for. */
static void wants_place_test(struct kunit *test)
{
	struct virtio_gpu_vram_state state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places_wanted); i++) {
		state = vram_state_of(places_wanted[i].state);
		KUNIT_EXPECT_EQ(test, places_wanted[i].wants,
				virtio_gpu_vram_state_wants_place(&state, TO_WRITE, false));
		KUNIT_EXPECT_EQ(test, places_wanted[i].wants_again,
				virtio_gpu_vram_state_wants_place(&state, TO_WRITE, true));
	}

	state = vram_state_of("U--5");
	virtio_gpu_vram_state_no_place(&state, -ENOSPC);
	KUNIT_EXPECT_EQ(test, -ENOSPC, virtio_gpu_vram_state_access_error(&state, TO_WRITE));
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_wants_place(&state, TO_WRITE, false));
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_wants_place(&state, TO_WRITE, true));

	/* There is one by now. */
	state = vram_state_of("P--5");
	virtio_gpu_vram_state_no_place(&state, -ENOSPC);
	KUNIT_EXPECT_EQ(test, 0, state.map_error);

	state = vram_state_of("U--5");
	state.attr.flags = SYNC;
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_wants_place(&state, 0, false));
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_wants_place(&state, IN_BRACKETS, false));
	state.attr.flags = READ_ONLY;
	KUNIT_EXPECT_FALSE(test, virtio_gpu_vram_state_wants_place(&state, TO_WRITE, false));
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_wants_place(&state, 0, false));
}

/* A host without generations may say something else when the blob is mapped again. */
static void mapped_again_test(struct kunit *test)
{
	struct virtio_gpu_vram_attr attr = { .cache_mode = CACHED, .undeclared = true };
	struct virtio_gpu_vram_state state = vram_state_of("M--0");

	KUNIT_EXPECT_EQ(test, -EAGAIN, virtio_gpu_vram_state_mmap_error(&state, TO_WRITE));
	virtio_gpu_vram_state_mapped(&state, 0, &attr);
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_evict(&state));
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_mmap_error(&state, TO_WRITE));
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_unmapped(&state, 0));
	/* mmap() need not wait for a place: the host has mapped it once. */
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_mmap_error(&state, TO_WRITE));
	state.attr.flags = READ_ONLY;
	KUNIT_EXPECT_EQ(test, -EACCES, virtio_gpu_vram_state_mmap_error(&state, TO_WRITE));
	state.attr.flags = 0;
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_request_map(&state));
	attr = (struct virtio_gpu_vram_attr){ .cache_mode = WC };
	virtio_gpu_vram_state_mapped(&state, 0, &attr);
	KUNIT_EXPECT_EQ(test, 0, virtio_gpu_vram_state_access_error(&state, TO_WRITE));
	KUNIT_EXPECT_EQ(test, WC, state.attr.cache_mode);
	KUNIT_EXPECT_FALSE(test, state.attr.undeclared);
}

static const struct {
	u32 flags;
	int read, write;
	bool access, mmap;
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
		struct virtio_gpu_vram_state state = vram_state_of("P--5");
		struct virtio_gpu_vram_attr attr = {
			.generation = 6, .cache_mode = WC, .flags = unconfirmed[i].flags,
		};

		virtio_gpu_vram_state_change(&state, 0, &attr);
		KUNIT_EXPECT_EQ(test, unconfirmed[i].read,
				virtio_gpu_vram_state_access_error(&state, 0));
		KUNIT_EXPECT_EQ(test, unconfirmed[i].write,
				virtio_gpu_vram_state_access_error(&state, TO_WRITE));
		KUNIT_EXPECT_EQ(test, unconfirmed[i].access,
				virtio_gpu_vram_state_access_known(&state));
		KUNIT_EXPECT_EQ(test, unconfirmed[i].mmap,
				virtio_gpu_vram_state_mmap_known(&state));
		KUNIT_EXPECT_EQ(test, !!(attr.flags & READ_ONLY),
				virtio_gpu_vram_state_is_read_only(&state));
		virtio_gpu_vram_state_acked(&state, 6, 0);
		KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_access_known(&state));
		KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_mmap_known(&state));
		KUNIT_EXPECT_EQ(test, unconfirmed[i].read,
				virtio_gpu_vram_state_access_error(&state, 0));
	}
}

/* In brackets as without, a change has to be confirmed first, unless there is nothing left. */
static void bracket_known_test(struct kunit *test)
{
	struct virtio_gpu_vram_attr attr = { .generation = 6, .cache_mode = WC };
	struct virtio_gpu_vram_state state;

	for (attr.flags = 0; attr.flags <= (SYNC | REVOKED | READ_ONLY); attr.flags++) {
		state = vram_state_of("P--5");
		KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_bracket_known(&state));
		virtio_gpu_vram_state_change(&state, 0, &attr);
		KUNIT_EXPECT_EQ(test, !!(attr.flags & REVOKED),
				virtio_gpu_vram_state_bracket_known(&state));
		virtio_gpu_vram_state_acked(&state, 6, 0);
		KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_bracket_known(&state));
		KUNIT_EXPECT_EQ(test, attr.flags & REVOKED ? -ESTALE : 0,
				virtio_gpu_vram_state_access_error(&state, IN_BRACKETS));
	}
	state = vram_state_of("Pcp5");
	KUNIT_EXPECT_TRUE(test, virtio_gpu_vram_state_bracket_known(&state));
}

static struct kunit_case vram_state_tests[] = {
	KUNIT_CASE(transitions_test),
	KUNIT_CASE(map_error_test),
	KUNIT_CASE(stays_test),
	KUNIT_CASE(wants_place_test),
	KUNIT_CASE(mapped_again_test),
	KUNIT_CASE(not_asked_test),
	KUNIT_CASE(map_error_is_no_declaration_test),
	KUNIT_CASE(questions_test),
	KUNIT_CASE(forbidden_test),
	KUNIT_CASE(unconfirmed_test),
	KUNIT_CASE(bracket_known_test),
	{ }
};

static struct kunit_suite vram_state_suite = {
	.name = "virtgpu_vram_state",
	.test_cases = vram_state_tests,
};

kunit_test_suite(vram_state_suite);
