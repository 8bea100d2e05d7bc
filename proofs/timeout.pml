/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The device's clock ([D34] and [D42] of Documentation/virtio-gpu-map-attr.md), which protocol.pml
 * leaves out: there a time-out can come at any time.  Here declarations have an age, the guest
 * acknowledges the oldest one or nothing, and the exporter can go on changing for ever.
 *
 * Bounds: two resources, two declarations of each that are not acknowledged (a further one adds
 * nothing to what is waited for), and a time-out of LIMIT ticks.
 */
#ifndef LIMIT
#define LIMIT 3
#endif

bit running = 1;			/* the guest's CPUs */

typedef Wait {
	byte declared;			/* and not acknowledged */
	byte age[2];			/* of the oldest, and of the next: ticks the guest had */
	byte clock;			/* the age of the oldest, as the device counts it */
	bit evicted;
}
Wait wait[2];

/* [D42]: the guest had all of its time before the time-out. */
#define CHECK_HAD_TIME(r) assert(wait[r].age[0] >= LIMIT)

inline acknowledge(r)
{
	wait[r].declared--;
	wait[r].age[0] = wait[r].age[1]; wait[r].age[1] = 0;
	wait[r].clock = wait[r].age[0]
}

inline change(r)
{
	if
	:: !wait[r].declared -> wait[r].clock = 0
#ifdef M_CHANGE_REARMS
	:: wait[r].declared -> wait[r].clock = 0
#endif
#ifdef M_ONE_TIMER
	:: wait[r].declared || wait[1 - r].declared -> wait[0].clock = 0; wait[1].clock = 0
#endif
	:: else
	fi;
	if
	:: wait[r].declared < 2 -> wait[r].declared++
	:: else
	fi
}

inline older(n)
{
	n = (n < LIMIT -> n + 1 : n)
}

inline grow_older(r)
{
	if
	:: wait[r].declared ->
		wait[r].clock++;
		if
		:: running -> older(wait[r].age[0])
		:: else
		fi;
		if
		:: running && wait[r].declared > 1 -> older(wait[r].age[1])
		:: else
		fi
	:: else
	fi;
	if
	:: wait[r].declared && wait[r].clock >= LIMIT ->
		CHECK_HAD_TIME(r);
		wait[r].evicted = 1; wait[r].declared = 0;
		wait[r].age[0] = 0; wait[r].age[1] = 0; wait[r].clock = 0
	:: else
	fi
}

/* An evicted resource is given back after the guest has acknowledged, and can change again. */
proctype Exporter(byte r)
{
	do
	:: d_step { !wait[r].evicted -> change(r) }
	:: d_step { wait[r].evicted -> wait[r].evicted = 0 }
	od
}

/* A pause can be of any length, but ends. */
active proctype Clock()
{
	do
	:: true ->
		if
		:: true
		:: running = 0;
#ifdef M_CLOCK_RUNS_WHILE_PAUSED
			d_step { grow_older(0); grow_older(1) };
#endif
			running = 1
		fi;
		d_step { grow_older(0); grow_older(1) }
	od
}

/* Resource 0 is one that the guest never acknowledges. */
active proctype Guest()
{
end:	do
	:: d_step { running && wait[1].declared -> acknowledge(1) }
	od
}

init {
	atomic { run Exporter(0); run Exporter(1) }
}

#define waits0	(wait[0].declared > 0)
ltl time_out_comes { [] (waits0 -> <> !waits0) }
