/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Space in the control queue ([R17] and [D26] of Documentation/virtio-gpu-map-attr.md).  Fenced
 * commands fill it; the device completes none of them while the exporter waits for the
 * acknowledgments of a change; and these acknowledgments go through the same queue.
 *
 * Two resources show one memory [D17], so that one change takes a FETCH and two ACKs.
 * Bounds: QUEUE descriptors, of which RESERVE are for FETCH and ACK only; a command takes one.
 *
 * F_...: what the driver does at present, see Documentation/proofs.md.
 */
#ifndef QUEUE
#define QUEUE 3
#endif
#ifndef RESERVE
#define RESERVE 1
#endif

byte room = QUEUE;
byte work;				/* fenced commands that are not answered */
byte backlog;				/* commands that wait for space, in order */
bit fetch, ack[2];			/* in the queue, not processed */
bit held[2];				/* processed, not answered */
bit changed, fetched;
bit locked;				/* the reservation lock of resource 0 */
bit waits[2];				/* the exporter waits for this resource */

#define EXPORTER_WAITS (waits[0] || waits[1])

/*
 * A process with commands whose completion needs the exporter.  It waits for space while it holds
 * the reservation locks of their objects: virtio_gpu_array_lock_resv().
 */
active proctype Submitter()
{
end:	do
	:: locked = 1;
	d_step { room > RESERVE && !backlog -> room--; work++; locked = 0 }
#ifdef M_WHOLE_QUEUE
	/* One command that needs the whole queue, and so takes the reserve, too. */
	:: d_step { room == QUEUE && !backlog -> room = 0; work = work + QUEUE }
#endif
	od
}

/* Commands that must reach the device, like RESOURCE_UNREF, and whose sender does not wait. */
active proctype Backlog()
{
end:	do
	:: backlog == 0 -> backlog++;
		d_step { room > RESERVE -> room--; work++; backlog-- }
	od
}

#ifdef M_BEHIND_BACKLOG
#define HAS_ROOM (room > 0 && !backlog)
#else
#define HAS_ROOM (room > 0)
#endif

inline acknowledge(r)
{
	d_step { HAS_ROOM -> room--; ack[r] = 1 }
}

active proctype Worker()
{
end:	do
	:: changed -> changed = 0;
		d_step { HAS_ROOM -> room--; fetch = 1 };
		d_step { fetched -> fetched = 0 };
#ifdef F_IMPORTERS_UNDER_LOCK
		/* Notifies importers of the revocation: virtio_gpu_vram_prime_invalidate(). */
		!locked;
#endif
		acknowledge(0);
		acknowledge(1)
	od
}

#ifdef M_FENCES_BLOCK_ANSWERS
#define MAY_ANSWER (!work)
#else
#define MAY_ANSWER true
#endif

inline carry_out(r)
{
	ack[r] = 0; waits[r] = 0;
#ifdef M_ACK_HELD_FOR_EXPORTER
	held[r] = 1
#else
	room++
#endif
}

active proctype Device()
{
end:	do
	:: d_step { work && !EXPORTER_WAITS -> work--; room++ }
	:: d_step { fetch && MAY_ANSWER -> fetch = 0; fetched = 1; room++ }
	:: d_step { ack[0] && MAY_ANSWER -> carry_out(0) }
	:: d_step { ack[1] && MAY_ANSWER -> carry_out(1) }
#ifdef M_ACK_HELD_FOR_EXPORTER
	/* The reply waits for the end of the change, which takes all acknowledgments [D17]. */
	:: d_step { held[0] && !EXPORTER_WAITS -> held[0] = 0; room++ }
	:: d_step { held[1] && !EXPORTER_WAITS -> held[1] = 0; room++ }
#endif
	od
}

active proctype Exporter()
{
end:	do
	:: d_step { !EXPORTER_WAITS -> waits[0] = 1; waits[1] = 1; changed = 1 }
	od
}

ltl exporter_goes_on { [] ((waits[0] || waits[1]) -> <> !(waits[0] || waits[1])) }
