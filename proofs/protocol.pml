/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The protocol of Documentation/virtio-gpu-map-attr.md, sections 4 and 7, as spin checks it:
 * a device that changes its declarations, and a driver whose mappings must follow them.
 * [D..] and [R..] are that text's clauses.  The driver is the one in drivers/gpu/drm/virtio:
 * Worker is change_work(), Replies is cmd_deliver_work(), Blob is a process with its blob.
 *
 * Bounds, set with -D by scripts/root/prove:
 *
 *   RESOURCES    1 or 2
 *   GENERATIONS  highest generation of a resource
 *   LIVES        how many resources use the same id, one after another
 *   QUEUE        commands that fit into the control queue
 *   FETCH_ERRORS how often MAP_ATTR_FETCH is answered by OUT_OF_MEMORY
 *
 * and events besides changes of mode, to SYNC_REQUIRED and to REVOKED:
 *
 *   CACHES       caches hold lines of the memory
 *   TIMEOUT      the device does not wait for an acknowledgment
 *   REMAP        the driver unmaps and maps again (RESOURCE_UNMAP_BLOB)
 *   EVICT        the window has a place for one of two resources: who touches one that is not there
 *                has the other one unmapped (virtgpu_vram_room.c)
 *   SPURIOUS     configuration change notifications without a change
 *   RESET        the driver resets the device, or the device breaks its queue
 *   SHARED       both resources show the same memory [D16] [D17]
 *   LIVENESS     faults are tracked
 *
 * One entry fits into a response to MAP_ATTR_FETCH here, not 16, so that "more" is set with
 * two resources.  Each response is in a slot of its own, not in a queue, and is taken out
 * in any order.  Commands take effect in order; [D25] requires that for one resource only.
 *
 * M_... are mistakes: scripts/root/prove checks that each violates the property that
 * proofs/mutants names for it.  T_... are interpretations that the text does not exclude, each of
 * which violates a property, too.
 */
#ifndef RESOURCES
#define RESOURCES 1
#endif
#ifndef GENERATIONS
#define GENERATIONS 3
#endif
#ifndef LIVES
#define LIVES 1
#endif
#ifndef QUEUE
#define QUEUE 4
#endif
#ifndef FETCH_ERRORS
#define FETCH_ERRORS 0
#endif

mtype = { CREATE, MAP, UNMAP, UNREF, ACK, FETCH };		/* commands */
mtype = { NOTHING, MEMORY, OWN, HOLE };				/* what a place shows */
mtype = { UNMAPPED, MAPPING, MAPPED, UNMAPPING };		/* the driver's view of it */

#define BIT(n) (1 << (n))
#define OUTDATED(n) (1 << ((n) + 3))

/* ---- the device ------------------------------------------------------- */

chan ctrlq = [QUEUE] of { mtype, byte, byte };	/* command, resource, generation */

bit event;				/* VIRTIO_GPU_EVENT_MAP_ATTR in events_read */
bit irq;				/* a configuration change notification is on its way */

typedef Resource {
	bit exists;
	byte gen;			/* of the declaration in force */
	byte unusable;			/* bit g: generation g has SYNC_REQUIRED or REVOKED */
	byte revoked;			/* bit g: it has REVOKED */
	byte acked;			/* highest generation acknowledged */
	bit marked;
	bit waiting;			/* the exporter cannot go on before an acknowledgment */
	mtype place = NOTHING;		/* what the guest reaches through the resource's place */
	bit placing;			/* RESOURCE_MAP_BLOB is processed, but not answered */
	bit exposed;			/* it is answered: the guest may have mappings */
	byte host;			/* generation as which the exporter treats the memory */
	byte life;			/* which of the resources that had this id */
}
Resource dev[RESOURCES];

#define UNUSABLE(r, g)	(dev[r].unusable & BIT(g))
#define REVOKED(r, g)	(dev[r].revoked & BIT(g))

/* Responses that are on their way: 0, or what they declare. */
typedef Answers {
	byte create;
	byte map;
	byte acks;			/* bit g: that generation g holds; OUTDATED(g): no more */
	bit unmap;
	bit unref;
}
Answers re[RESOURCES];

mtype = { NO_ANSWER, CHANGES, OUT_OF_MEMORY };
typedef Fetched {
	mtype type = NO_ANSWER;
	bit count;
	bit more;
	byte id;
	byte number;
	byte life;
}
Fetched fetched;
#if FETCH_ERRORS
byte errors;
#endif

/* ---- the driver ------------------------------------------------------- */

typedef Blob_state {
	bit alive;			/* changes find it */
	mtype place = UNMAPPED;
	byte gen;			/* generation that the driver considers in force */
	bit changing;			/* its acknowledgment is not confirmed yet */
	byte users;			/* commands in flight, and the worker */
	byte pte;			/* generation of the mappings, 0 if there are none */
	bit line;			/* a cache may hold some of the memory */
	bit faulting;			/* a process waits in a fault */
	bit lost;			/* the device is being reset */
	byte life;			/* see Resource */
#ifdef EVICT
	bit waits;			/* for a place, or with one that it has not used yet */
#endif
}
Blob_state blob[RESOURCES];

#ifdef EVICT
#define NO_ONE RESOURCES
byte tenant = NO_ONE;			/* whose the place is, by virtgpu_vram_window.c */
bit room_lock;
#define OTHER(r) (1 - (r))
#endif

bit fetching;				/* a FETCH is not answered, or its changes are not all applied */
bit stale[RESOURCES];			/* that FETCH can concern a resource that is gone */
#ifdef RESET
bit stopped, working, gone, broken;
#define IS_GONE gone
#define IS_BROKEN broken
#define IS_ENDING (stopped || gone)
#else
#define IS_GONE false
#define IS_BROKEN false
#define IS_ENDING false
#endif

/* virtio_gpu_vram_state_access_known() */
#define ACCESS_KNOWN(r) (!blob[r].changing || UNUSABLE(r, blob[r].gen) || blob[r].lost || IS_GONE)

/* ---- what must hold --------------------------------------------------- */

/*
 * Whenever a mapping, what it shows, or what the exporter does with that, changes: accesses
 * reach memory of the device's own [D14], or the exporter's as the mapping's own generation
 * says [R3] [D8].  In particular no mapping is older than what has been acknowledged.
 */
#define CHECK_COHERENT(r) \
	assert(!blob[r].pte || dev[r].place == OWN || dev[r].place == HOLE || \
	       blob[r].pte == dev[r].host)
/* [D14] */
#define CHECK_NO_HOLE(r) assert(!blob[r].pte || dev[r].place != HOLE)
/* [R5] [R6] */
#define CHECK_USABLE(r) assert(!blob[r].pte || !UNUSABLE(r, blob[r].pte))
/* [R27] [R31]: before the response nothing is mapped, whatever its generation. */
#define CHECK_LET_GO(r) assert(!blob[r].pte)
/* [D16] */
#ifdef SHARED
#define CHECK_ONE_MODE assert(!blob[0].pte || !blob[1].pte || blob[0].pte == blob[1].pte)
#else
#define CHECK_ONE_MODE skip
#endif
/* [R28] */
#define CHECK_CLEAN(r) assert(!blob[r].line)
/* [R15] [R38] */
#define CHECK_UNMAPPED(r) assert(!blob[r].pte && blob[r].place != MAPPING)
/* [R33] [R19]: an applied change concerns this resource and no earlier one of the same id. */
#define CHECK_SAME(r, l) assert(blob[r].life == (l))
/* The window has one place: what is mapped there afterwards would be seen through old mappings. */
#ifdef EVICT
#define CHECK_PLACE_FREE(r) assert(dev[OTHER(r)].place == NOTHING && !blob[OTHER(r)].pte)
#else
#define CHECK_PLACE_FREE(r) skip
#endif
/* [D37]: the driver acknowledges what it has been told. */
#define CHECK_KNOWN(r, g) assert(dev[r].exists && (g) && (g) <= dev[r].gen)
/* [D6] */
#define CHECK_NEWER(r, g) assert((g) > dev[r].acked)

/* ---- the device carries out what it is sent --------------------------- */

/* The exporter has the memory as generation n says, or as a later one. */
inline go_on(r, n)
{
	if
	:: dev[r].host < n -> dev[r].host = n
	:: else
	fi;
	if
	:: dev[r].exposed && REVOKED(r, dev[r].host) -> dev[r].place = OWN
	:: else
	fi
}

/* Nothing is left of the resource but its number [D39]. */
inline forget(r)
{
	dev[r].exists = 0; dev[r].gen = 0; dev[r].unusable = 0; dev[r].revoked = 0;
	dev[r].acked = 0; dev[r].marked = 0; dev[r].waiting = 0; dev[r].place = NOTHING;
	dev[r].placing = 0; dev[r].exposed = 0; dev[r].host = 0
}

inline do_create()
{
	dev[r_].exists = 1; dev[r_].gen = 1; dev[r_].host = 1; dev[r_].life++;
	re[r_].create = 1
}

inline do_map()
{
	CHECK_PLACE_FREE(r_);
	dev[r_].place = (REVOKED(r_, dev[r_].gen) -> OWN : MEMORY);
	dev[r_].placing = 1
}

/*
 * What the response declares has to be true by then [D21], whether acknowledged or not, because
 * nothing can be mapped before the response [R13].
 */
inline answer_map(r)
{
	re[r].map = dev[r].gen; dev[r].placing = 0; dev[r].exposed = 1;
#ifndef M_MAP_ANSWER_UNACKNOWLEDGED
	go_on(r, dev[r].gen);
#endif
}

/* [D38] */
inline do_unmap()
{
	CHECK_UNMAPPED(r_);
	dev[r_].place = NOTHING; dev[r_].exposed = 0; dev[r_].waiting = 0;
	go_on(r_, dev[r_].gen);
	re[r_].unmap = 1
}

inline do_unref()
{
	CHECK_UNMAPPED(r_);
	forget(r_);
	re[r_].unref = 1
}

/*
 * An acknowledgment of an older generation ends nothing, and its response says so [D45].  The
 * other lets the driver map [R31], so what it declares has to be true by then [D36].
 */
inline do_ack()
{
	CHECK_KNOWN(r_, g_);
	CHECK_NEWER(r_, g_);
	CHECK_LET_GO(r_);
	CHECK_CLEAN(r_);
	dev[r_].acked = g_;
	if
	:: g_ == dev[r_].gen ->
#ifndef M_ACK_ANSWERED_FIRST
		go_on(r_, g_);
#endif
		dev[r_].waiting = 0;
		re[r_].acks = re[r_].acks | BIT(g_)
	:: else ->
#ifdef M_OLD_ACK_IS_OK
		re[r_].acks = re[r_].acks | BIT(g_)
#else
		re[r_].acks = re[r_].acks | OUTDATED(g_)
#endif
	fi;
	CHECK_COHERENT(r_)
}

#if RESOURCES == 1
#define FIRST_MARKED 0
#define ANY_MARKED dev[0].marked
#else
#define FIRST_MARKED (dev[0].marked -> 0 : 1)
#define ANY_MARKED (dev[0].marked || dev[1].marked)
#endif

/* [D30] [D31] */
inline do_fetch()
{
	fetched.type = CHANGES;
	fetched.count = ANY_MARKED;
	if
	:: fetched.count ->
		r_ = FIRST_MARKED;
		fetched.id = r_; fetched.number = dev[r_].gen; fetched.life = dev[r_].life;
		dev[r_].marked = 0
	:: else
	fi;
	fetched.more = ANY_MARKED
}

/* [D32] */
inline fail_fetch()
{
#ifdef M_ERROR_UNMARKS
	do_fetch();
	fetched.count = 0; fetched.more = 0; fetched.id = 0; fetched.number = 0; fetched.life = 0;
#endif
	fetched.type = OUT_OF_MEMORY
}

/* Nothing is remembered of a command but what it has done. */
inline done()
{
	r_ = 0; g_ = 0
}

active proctype Device()
{
	byte r_, g_;

end:	do
#ifdef RESET
	:: IS_BROKEN -> break
#endif
	:: d_step { ctrlq?CREATE(r_, g_) -> do_create(); done() }
	:: d_step { ctrlq?MAP(r_, g_) -> do_map(); done() }
	:: d_step { ctrlq?UNMAP(r_, g_) -> do_unmap(); done() }
	:: d_step { ctrlq?UNREF(r_, g_) -> do_unref(); done() }
	:: d_step { ctrlq?ACK(r_, g_) -> do_ack(); done() }
	:: d_step { ctrlq?FETCH(r_, g_) -> do_fetch(); done() }
#if FETCH_ERRORS
	:: d_step { errors < FETCH_ERRORS && ctrlq?[FETCH(r_, g_)] ->
		ctrlq?FETCH(r_, g_); errors++; fail_fetch(); done() }
#endif
	od
}

/* ---- the exporter changes its mind ------------------------------------ */

/* [D29]; without a place there is nothing to wait for [D33]. */
inline declare(r, flags_unusable, flags_revoked)
{
	dev[r].gen++;
	dev[r].unusable = dev[r].unusable | (flags_unusable << dev[r].gen);
	dev[r].revoked = dev[r].revoked | (flags_revoked << dev[r].gen);
	dev[r].marked = 1; event = 1; irq = 1;
	if
	:: dev[r].place != NOTHING -> dev[r].waiting = 1
	:: else -> dev[r].waiting = 0; go_on(r, dev[r].gen)
	fi;
	if
	:: dev[r].placing -> dev[r].place = (flags_revoked -> OWN : MEMORY)
	:: else
	fi
}

/*
 * [D35]: before the driver is told.  What was mapped before the memory was taken away can reach
 * it from here on, so REVOKED has to be acknowledged first, or there is no place.
 */
inline give_back(r)
{
	if
	:: dev[r].place == OWN -> dev[r].place = MEMORY
	:: else
	fi;
	declare(r, 0, 0);
	CHECK_COHERENT(r)
}

#ifdef M_GIVE_BACK_AT_ONCE
#define MAY_GIVE_BACK(r) true
#else
#define MAY_GIVE_BACK(r) (!dev[r].exposed || dev[r].acked == dev[r].gen)
#endif

/* The guest may still have mappings; they show the device's own memory. */
inline evict(r)
{
#ifdef M_HOLE
	dev[r].place = HOLE;
#else
#ifndef M_TIMEOUT_WITHOUT_EVICTING
	dev[r].place = OWN;
#endif
#endif
	dev[r].waiting = 0;
	dev[r].host = dev[r].gen;
	CHECK_NO_HOLE(r);
	CHECK_COHERENT(r)
}

/* [D34] */
inline time_out(r)
{
	if
	:: REVOKED(r, dev[r].gen)
	:: else -> declare(r, 1, 1)
	fi;
	evict(r)
}

#define IS_REVOKED(r)	(REVOKED(r, dev[r].gen) != 0)
#define CAN_CHANGE(r)	(dev[r].exists && dev[r].gen < GENERATIONS)
#define MAY_CHANGE(r)	(CAN_CHANGE(r) && !IS_REVOKED(r))

/*
 * The exporter may stop at any time: changes declared by then have to complete.  The clock
 * is not modelled: a time-out can be at any time; see timeout.pml.
 */
#ifndef SHARED
proctype Exporter(byte r)
{
	do
	:: d_step { MAY_CHANGE(r) -> declare(r, 0, 0) }
	:: d_step { MAY_CHANGE(r) -> declare(r, 1, 0) }
	:: d_step { MAY_CHANGE(r) -> declare(r, 1, 1) }
	:: d_step { CAN_CHANGE(r) && IS_REVOKED(r) && MAY_GIVE_BACK(r) -> give_back(r) }
#ifdef TIMEOUT
	:: d_step { CAN_CHANGE(r) && dev[r].waiting -> time_out(r) }
#endif
#ifdef SPURIOUS
	:: !irq -> irq = 1
#endif
	:: break
	od
}
#else
#define IN_STEP		(CAN_CHANGE(0) && CAN_CHANGE(1) && dev[0].gen == dev[1].gen)

/*
 * One mode for all [D16]: nothing of the memory can be mapped anywhere when the new one is
 * declared, or the first resource to be acknowledged would be mapped beside the others.
 */
proctype Sharer()
{
	do
	:: d_step { IN_STEP && !IS_REVOKED(0) -> declare(0, 1, 1); declare(1, 1, 1) }
#ifdef M_SHARED_IN_ONE_STEP
	:: d_step { IN_STEP && !IS_REVOKED(0) -> declare(0, 0, 0); declare(1, 0, 0) }
#endif
	:: d_step { IN_STEP && IS_REVOKED(0) && MAY_GIVE_BACK(0) && MAY_GIVE_BACK(1) ->
		give_back(0); give_back(1) }
#ifdef TIMEOUT
	:: d_step { dev[0].waiting -> evict(0) }
	:: d_step { dev[1].waiting -> evict(1) }
#endif
	:: break
	od
}
#endif

proctype Mapper(byte r)
{
end:	do
	:: d_step { dev[r].placing -> answer_map(r) }
	od
}

/* ---- the driver: changes ---------------------------------------------- */

/* Commands that do not fit into the queue of a broken device are dropped. */
inline put(command, r, k)
{
	if
	:: ctrlq!command(r, k)
#ifdef RESET
	:: IS_BROKEN
#endif
	fi
}

inline send(command, r)
{
	blob[r].users++;
	put(command, r, 0)
}

/* virtio_gpu_vram_state_change() and blob_revoke_locked(), in one, under the blob's lock */
inline take_away(r, g)
{
	blob[r].gen = (g > blob[r].gen -> g : blob[r].gen);
	blob[r].changing = 1;
#ifndef M_NO_ZAP
	blob[r].pte = 0
#endif
}

#ifdef CACHES
#define CLEAN(r)	blob[r].line = 0
#else
#define CLEAN(r)	skip
#endif

#ifdef M_KNOWN_NOT_ACKNOWLEDGED
#define IS_NEWS(r)	(blob[r].alive && fetched.number > blob[r].gen)
#else
#define IS_NEWS(r)	blob[r].alive
#endif

/* change_apply() */
inline apply()
{
	if
	:: d_step { IS_NEWS(fetched.id) ->
		CHECK_SAME(fetched.id, fetched.life);
		blob[fetched.id].users++;
#if !defined(M_ACK_BEFORE_ZAP) && !defined(M_CLEAN_BEFORE_ZAP)
		take_away(fetched.id, fetched.number)
#endif
		};
#ifdef M_ACK_BEFORE_ZAP
		put(ACK, fetched.id, fetched.number);
		d_step { take_away(fetched.id, fetched.number) }
#else
		CLEAN(fetched.id);
#ifdef M_CLEAN_BEFORE_ZAP
		d_step { take_away(fetched.id, fetched.number) };
#endif
		put(ACK, fetched.id, fetched.number)
#endif
	:: else
	fi
}

/* One answer at a time [R18]. */
inline fetch_and_apply()
{
	fetching = 1;
	put(FETCH, 0, 0);
	if
	:: fetched.type == CHANGES ->
		if
		:: fetched.count -> apply()
		:: else
		fi;
#ifdef M_NO_MORE
		unfetched = 0
#else
		unfetched = fetched.more
#endif
	:: fetched.type == OUT_OF_MEMORY	/* and again */
#ifdef RESET
	:: IS_ENDING -> unfetched = 0
#endif
	fi;
	d_step {
		fetched.type = NO_ANSWER; fetched.count = 0; fetched.more = 0;
		fetched.id = 0; fetched.number = 0; fetched.life = 0;
		fetching = 0;
		stale[0] = 0;
#if RESOURCES > 1
		stale[1] = 0
#endif
	}
}

/* [R25] */
inline look()
{
#ifdef M_EVENT_CLEARED_LATE
	unfetched = event;
#else
	d_step { unfetched = event; event = 0 };
#endif
	do
	:: unfetched -> fetch_and_apply()
	:: else -> break
	od;
#ifdef M_EVENT_CLEARED_LATE
	event = 0
#endif
}

active proctype Worker()
{
	bit unfetched;

end:	do
#ifdef RESET
	:: atomic { irq && !stopped -> irq = 0; working = 1 };
		look();
		working = 0
#else
	:: irq -> irq = 0; look()
#endif
	od
}

/* ---- the driver: responses -------------------------------------------- */

/* virtio_gpu_vram_state_created() */
inline created(r)
{
	if
	:: !blob[r].gen || re[r].create <= blob[r].gen ->
		blob[r].gen = (re[r].create > blob[r].gen -> re[r].create : blob[r].gen)
	:: else
	fi;
	re[r].create = 0;
	blob[r].users--
}

/* virtio_gpu_vram_state_mapped(): an older declaration has been overtaken. */
inline mapped(r)
{
	blob[r].place = MAPPED;
#ifdef M_MAP_ANSWER_COUNTS
	blob[r].gen = re[r].map;
#else
	blob[r].gen = (re[r].map > blob[r].gen -> re[r].map : blob[r].gen);
#endif
	re[r].map = 0;
	blob[r].users--
}

/* virtio_gpu_vram_state_acked() */
inline acked(r, g)
{
	re[r].acks = re[r].acks & ~BIT(g);
	if
#ifdef M_ANY_ACK_COUNTS
	:: true -> blob[r].changing = 0
#endif
	:: g == blob[r].gen -> blob[r].changing = 0
	:: else
	fi;
	blob[r].users--
}

/* [R40] */
inline outdated(r, g)
{
	re[r].acks = re[r].acks & ~OUTDATED(g);
	blob[r].users--
}

proctype Replies(byte r)
{
end:	do
	:: d_step { re[r].create -> created(r) }
	:: d_step { re[r].map -> mapped(r) }
	:: d_step { re[r].acks & BIT(2) -> acked(r, 2) }
#if GENERATIONS > 2
	:: d_step { re[r].acks & BIT(3) -> acked(r, 3) }
	:: d_step { re[r].acks & OUTDATED(2) -> outdated(r, 2) }
#endif
#if GENERATIONS > 3
	:: d_step { re[r].acks & BIT(4) -> acked(r, 4) }
	:: d_step { re[r].acks & OUTDATED(3) -> outdated(r, 3) }
#endif
#ifdef REMAP
	:: d_step { re[r].unmap -> re[r].unmap = 0; blob[r].place = UNMAPPED; blob[r].users-- }
#endif
#ifdef EVICT
	:: d_step { re[r].unmap -> re[r].unmap = 0; blob[r].place = UNMAPPED; blob[r].users--;
		tenant = NO_ONE }
#endif
	od
}

/* ---- the driver: a process and its blob ------------------------------- */

inline begin(r)
{
	blob[r].alive = 1; blob[r].life++; blob[r].gen = 0; blob[r].changing = 0; blob[r].place = UNMAPPED
}

#ifdef M_FAULT_DOES_NOT_WAIT
#define MAY_FAULT(r)	true
#define IS_CONFIRMED(r)	true
#else
#define MAY_FAULT(r)	ACCESS_KNOWN(r)
#define IS_CONFIRMED(r)	(!blob[r].changing)
#endif

/* fault_map_locked(), and fault_insert_dummy_locked() for a lost blob */
inline insert(r)
{
	if
	:: blob[r].place == MAPPED && IS_CONFIRMED(r) && !UNUSABLE(r, blob[r].gen) &&
	   !blob[r].lost ->
		blob[r].pte = blob[r].gen;
		CHECK_USABLE(r);
		CHECK_ONE_MODE;
		CHECK_NO_HOLE(r);
		CHECK_COHERENT(r)
	:: else					/* SIGBUS, or a page of its own */
	fi
}

/* fault_handle(), fault_unlock_and_retry() */
inline touch(r)
{
#ifdef LIVENESS
	blob[r].faulting = 1;
#endif
	d_step { MAY_FAULT(r) -> insert(r); blob[r].faulting = 0 }
}

/* virtio_gpu_vram_blob_fini(): only after commands in flight [R15] */
inline end_mappings(r)
{
#ifndef M_UNREF_BEFORE_ZAP
	blob[r].pte = 0;
#endif
	blob[r].line = 0		/* that there may be one is the device's to know [D40] */
}

#ifdef EVICT
#ifdef M_EVICT_WAITERS
#define CAN_EVICT(r)	(tenant == r && blob[r].place == MAPPED && blob[r].alive)
#else
#define CAN_EVICT(r)	(tenant == r && blob[r].place == MAPPED && blob[r].alive && !blob[r].waits)
#endif

/* virtio_gpu_vram_blob_evict(): what is in caches has to go after the mappings, as ever. */
inline evict_other(r)
{
	atomic { CAN_EVICT(OTHER(r)) ->
#ifndef M_EVICT_BEFORE_ZAP
		blob[OTHER(r)].pte = 0;
#endif
#ifndef M_FAULT_WHILE_UNMAPPING
		blob[OTHER(r)].place = UNMAPPING
#endif
	};
	CLEAN(OTHER(r));
	send(UNMAP, OTHER(r))
}

/* room_make() */
inline have_placed(r)
{
	atomic { !room_lock -> room_lock = 1; blob[r].waits = 1 };
	do
	:: atomic { tenant == NO_ONE -> tenant = r; blob[r].place = MAPPING; send(MAP, r) }; break
	:: evict_other(r)
	:: IS_GONE -> break
	od;
	room_lock = 0
}

/* A fault, which comes back until the blob has a place, and what is declared is confirmed. */
inline touch_anywhere(r)
{
#ifdef LIVENESS
	blob[r].faulting = 1;
#endif
	do
	:: d_step { blob[r].place == MAPPED && MAY_FAULT(r) ->
		insert(r); blob[r].faulting = 0; blob[r].waits = 0 }; break
	:: blob[r].place == UNMAPPED && !IS_GONE -> have_placed(r)
	:: d_step { IS_GONE -> blob[r].faulting = 0; blob[r].waits = 0 }; break
	od
}
#endif

#ifdef M_ID_REUSED_AT_ONCE
#define STALE(r) false
#else
#define STALE(r) stale[r]
#endif

proctype Blob(byte r)
{
end:	do
	:: blob[r].life < LIVES && !STALE(r) && !IS_GONE ->
		atomic { begin(r); send(CREATE, r) };
#ifndef EVICT
		/* No need to wait for the response [4.1]. */
again:		atomic { blob[r].place = MAPPING; send(MAP, r) };
		(blob[r].place == MAPPED || IS_GONE);
#endif
		do
#ifdef EVICT
		:: !blob[r].pte -> touch_anywhere(r)
#else
		:: !blob[r].pte -> touch(r)
#endif
#ifdef CACHES
		/* A line is fetched through a mapping at any time. */
		:: d_step { blob[r].pte && !blob[r].line -> blob[r].line = 1 }
#endif
		:: atomic { !blob[r].users -> blob[r].alive = 0; end_mappings(r); break }
#ifdef REMAP
		:: atomic { blob[r].place == MAPPED ->
			blob[r].place = UNMAPPING; end_mappings(r); send(UNMAP, r) };
			if
			:: blob[r].place == UNMAPPED && !IS_GONE -> goto again
			:: IS_GONE -> break
			fi
#endif
		od;
		if
		:: IS_GONE -> break
		:: else -> put(UNREF, r, 0)
		fi;
		if
		:: d_step { re[r].unref -> re[r].unref = 0; stale[r] = fetching;
			blob[r].place = UNMAPPED; blob[r].gen = 0; blob[r].changing = 0;
#ifdef EVICT
			tenant = (tenant == r -> NO_ONE : tenant)
#endif
			}
#ifdef RESET
		:: IS_GONE
#endif
		fi
	od
}

/* ---- the end of the device -------------------------------------------- */

#ifdef RESET
inline lose(r)
{
	blob[r].lost = 1; blob[r].pte = 0; blob[r].line = 0
}

/* virtio_gpu_vram_change_lose_all() */
inline lose_all()
{
	lose(0);
#if RESOURCES > 1
	lose(1)
#endif
}

inline reset_device()
{
	CHECK_LET_GO(0);
#if RESOURCES > 1
	CHECK_LET_GO(1);
#endif
	gone = 1
}

/*
 * At any time: virtio_gpu_vram_freeze() or the driver's remove, or virtio_gpu_ctrlq_check_broken().
 * The device of before does nothing more that counts, and after a reset another may have
 * anything in the places.
 */
active proctype Admin()
{
	if
	:: stopped = 1;
		!working;
#ifdef M_RESET_BEFORE_ZAP
		d_step { reset_device() };
		d_step { lose_all() }
#else
		d_step { lose_all() };
		d_step { reset_device() }
#endif
	:: d_step { broken = 1; gone = 1 };
		d_step { lose_all() }
	:: true
	fi
}
#endif

init {
	atomic {
#ifdef SHARED
		run Sharer();
#else
		run Exporter(0);
#if RESOURCES > 1
		run Exporter(1);
#endif
#endif
		run Mapper(0); run Replies(0); run Blob(0);
#if RESOURCES > 1
		run Mapper(1); run Replies(1); run Blob(1)
#endif
	}
}

/* ---- what must complete ----------------------------------------------- */

/* For the last resource, which is also reported last: all others behave like it. */
#define IS_FAULTING	(blob[RESOURCES - 1].faulting)
#define IS_WAITING	(dev[RESOURCES - 1].waiting)
ltl fault_ends	{ [] (IS_FAULTING -> <> !IS_FAULTING) }
ltl change_ends	{ [] (IS_WAITING -> <> !IS_WAITING) }
