/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Brackets (section 8 of Documentation/virtio-gpu-map-attr.md): processes begin and end accesses to
 * memory with SYNC_REQUIRED, stop waiting and die, while attributes change.  The driver is the one in
 * drivers/gpu/drm/virtio: Process is a thread of a process in its system calls, Access what
 * another one does meanwhile: accesses and page faults, Worker is cpu_access_work(), Replies is cmd_deliver_work(), Changes is
 * change_work().
 *
 * What the driver does under the lock of the blob is one step.  Commands take effect in the order in
 * which they were sent [D54], and responses arrive in any order.
 *
 * Bounds: two processes, one with two threads and two brackets, which can be nested, and another one with
 * one of each; CHANGES changes.
 */
#ifndef CHANGES
#define CHANGES 1
#endif

#define ALL 3			/* brackets: 0 and 1 of process 0, 2 of process 1 */
#define PROCESS(n) ((n) / 2)

mtype = { BEGIN, END, ACK };			/* commands */
mtype = { NONE, BEGINNING, OPEN, ENDING };	/* a bracket, as the driver sees it */
mtype = { NO_REPLY, DONE, REFUSED };		/* a response on its way */

chan ctrlq = [ALL + 1] of { mtype, byte };

typedef Bracket {
	mtype state = NONE;
	mtype reply = NO_REPLY;
	bit orphan;
	bit answered;		/* and the one who waits does not know yet */
	bit failed;		/* that was the answer */
	byte waiter;		/* the thread that waits, or 0 */
	bit on_host;		/* the exporter has begun the access */
	bit dirty;		/* what was written in it is in caches only */
}
Bracket bracket[ALL];

bit alive[2] = 1;
bit entry[2];			/* a page table entry of the process */
bit lines;			/* caches have lines of the memory */

bit told;			/* a change is declared, and not fetched */
bit changing;			/* until the host has confirmed the acknowledgment */
bit confirmed;			/* that is on its way */
byte changes;

#ifdef M_ANSWER_NOT_AWAITED
#define GIVES_ACCESS(n) ((bracket[n].state == OPEN || bracket[n].state == BEGINNING) && !bracket[n].orphan)
#else
#define GIVES_ACCESS(n) (bracket[n].state == OPEN && !bracket[n].orphan)
#endif
#define CAN_END(n) (bracket[n].state == OPEN && !bracket[n].orphan)
#define IS_OPEN(p) (GIVES_ACCESS(2 * (p)) || ((p) == 0 && GIVES_ACCESS(1)))
#ifdef M_ANY_PROCESS
#define HAS_ACCESS(p) (IS_OPEN(0) || IS_OPEN(1))
#else
#define HAS_ACCESS(p) IS_OPEN(p)
#endif
#ifdef M_FAULT_DOES_NOT_WAIT
#define MAY_MAP(p) HAS_ACCESS(p)
#else
#define MAY_MAP(p) (HAS_ACCESS(p) && !changing)
#endif
#define ON_HOST(p) (bracket[2 * (p)].on_host || ((p) == 0 && bracket[1].on_host))

/* The host knows of an access of each process that has one [R42] [R43]. */
#define CHECK_BRACKETED assert((!entry[0] || ON_HOST(0)) && (!entry[1] || ON_HOST(1)))
/* When the host is told of an end, memory has what was written [R43]. */
#define CHECK_WRITTEN(n) assert(!bracket[n].dirty)
/* When nothing is begun, caches have nothing [R43]. */
#define CHECK_CLEAN assert(ON_HOST(0) || ON_HOST(1) || !lines)
/* Nothing is mapped, or cached, as before a change that is acknowledged [R27] [R28]. */
#define CHECK_LET_GO assert(!entry[0] && !entry[1] && !lines)
/* A bracket is whose thread waits for it: no other frees it. */
#define CHECK_MINE(n) assert(bracket[n].waiter == _pid)
/* The host has begun what it is to end [R44]. */
#define CHECK_BEGUN(n) assert(bracket[n].on_host)

inline withdraw()
{
	entry[0] = 0; entry[1] = 0;
#ifndef M_NO_INVALIDATE
	lines = 0;
#endif
#ifndef M_NO_WRITE_BACK
	bracket[0].dirty = 0; bracket[1].dirty = 0; bracket[2].dirty = 0
#endif
}

inline write(p)
{
	lines = 1;
	if
	:: GIVES_ACCESS(2 * p) -> bracket[2 * p].dirty = 1
	:: else
	fi;
	if
	:: p == 0 && GIVES_ACCESS(1) -> bracket[1].dirty = 1
	:: else
	fi
}

/* Of a bracket that is ENDING already, so that no other thread ends it. */
inline send_end(n)
{
#ifdef M_END_BEFORE_ZAP
	ctrlq ! END, n;
	d_step { withdraw() }
#else
	d_step { withdraw() };
	ctrlq ! END, n
#endif
}

inline free(n)
{
	bracket[n].state = NONE; bracket[n].orphan = 0;
	bracket[n].answered = 0; bracket[n].failed = 0; bracket[n].waiter = 0
}

/* No signal ends the wait but one that kills: then the bracket is left. */
inline give_up(n)
{
	!bracket[n].answered ->
	CHECK_MINE(n);
	bracket[n].orphan = 1; bracket[n].waiter = 0
}

inline wait_begun(n)
{
	if
	:: atomic {
		bracket[n].answered ->
		CHECK_MINE(n);
		if
		:: bracket[n].failed -> free(n)
		:: else -> bracket[n].state = OPEN; bracket[n].answered = 0; bracket[n].waiter = 0
		fi
	   }
	:: atomic { give_up(n) };
	   goto dead
	fi
}

inline wait_ended(n)
{
	if
	:: atomic {
		bracket[n].answered ->
		CHECK_MINE(n);
		free(n)
	   }
	:: atomic { give_up(n) };
	   goto dead
	fi
}

proctype Process(byte p)
{
	byte n;

	do
	:: atomic {
		if
		:: alive[p] && bracket[2 * p].state == NONE -> n = 2 * p
		:: alive[p] && p == 0 && bracket[1].state == NONE -> n = 1
		fi;
		bracket[n].state = BEGINNING; bracket[n].waiter = _pid
	   };
	   ctrlq ! BEGIN, n;
	   wait_begun(n)
#ifdef M_ENDING_AFTER_ZAP
	:: d_step { alive[p] && (CAN_END(2 * p) || (p == 0 && CAN_END(1))) -> withdraw() };
	   atomic {
#else
	:: atomic {
#endif
		if
		:: alive[p] && CAN_END(2 * p) -> n = 2 * p
		:: alive[p] && p == 0 && CAN_END(1) -> n = 1
#ifdef M_ENDING_AFTER_ZAP
		:: else -> goto dead
#endif
		fi;
		bracket[n].answered = 0; bracket[n].waiter = _pid; bracket[n].state = ENDING
	   };
#ifdef M_ENDING_AFTER_ZAP
	   ctrlq ! END, n;
#else
	   send_end(n);
#endif
	   wait_ended(n)
	:: break
	od;
dead:	atomic { alive[p] = 0; entry[p] = 0 }
}

proctype Access(byte p)
{
end:	do
	:: d_step {
		alive[p] && MAY_MAP(p) -> entry[p] = 1;
		CHECK_BRACKETED
	   }
	:: d_step {
		entry[p] -> write(p);
		CHECK_BRACKETED
	   }
	od
}

#ifdef M_DEAD_STAYS
#define LEFT(n) (bracket[n].state == OPEN && bracket[n].orphan)
#else
#define LEFT(n) (bracket[n].state == OPEN && (bracket[n].orphan || !alive[PROCESS(n)]))
#endif

active proctype Worker()
{
	byte n;

end:	do
	/* The driver takes the oldest one, which is as fair. */
	:: atomic {
		LEFT(0) || LEFT(1) || LEFT(2) ->
		do
		:: n = (n + 1) % ALL;
		   if
		   :: LEFT(n) -> break
		   :: else
		   fi
		od;
		bracket[n].orphan = 1; bracket[n].state = ENDING
	   };
	   send_end(n)
	od
}

inline deliver(n)
{
	bracket[n].failed = (bracket[n].reply == REFUSED);
	bracket[n].reply = NO_REPLY;
	if
	:: bracket[n].orphan && bracket[n].state == BEGINNING && !bracket[n].failed ->
		bracket[n].state = OPEN
	:: bracket[n].orphan && (bracket[n].state == ENDING || bracket[n].failed) -> free(n)
	:: !bracket[n].orphan ->
#ifdef M_REPLY_OPENS
		bracket[n].state = (bracket[n].state == BEGINNING && !bracket[n].failed -> OPEN : bracket[n].state);
#endif
		bracket[n].answered = 1
	fi
}

/* One for each bracket: the driver delivers all responses, in some order. */
proctype Replies(byte n)
{
end:	do
	:: d_step { bracket[n].reply != NO_REPLY -> deliver(n) }
	od
}

active proctype Changes()
{
end:	do
	:: d_step { told -> told = 0; changing = 1; withdraw() };
	   ctrlq ! ACK, 0;
	   d_step { confirmed -> confirmed = 0; changing = 0 }
	od
}

active proctype Device()
{
	byte n;

end:	do
	:: ctrlq ? BEGIN, n ->
	   if
	   :: d_step { bracket[n].on_host = 1; bracket[n].reply = DONE }
	   :: bracket[n].reply = REFUSED
	   fi
	:: ctrlq ? END, n ->
	   atomic {
		CHECK_BEGUN(n);
		CHECK_WRITTEN(n);
		bracket[n].on_host = 0;
		CHECK_BRACKETED;
		CHECK_CLEAN;
		bracket[n].reply = DONE
	   }
	:: ctrlq ? ACK, n ->
	   atomic {
		CHECK_LET_GO;
		confirmed = 1
	   }
	:: d_step { changes < CHANGES && !told && !changing && !confirmed -> changes++; told = 1 }
	od
}

init {
	atomic { run Process(0); run Process(0); run Process(1); run Access(0); run Access(1);
		 run Replies(0); run Replies(1); run Replies(2) }
}

/* Whatever becomes of the process that has begun it. */
#define left0 (bracket[0].on_host && (bracket[0].orphan || !alive[0]))
ltl left_ends { [] (left0 -> <> !left0) }
