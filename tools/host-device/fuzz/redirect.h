/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Included in front of each source file of the device: what it asks of the system it asks the
 * harness, which has the clock, and descriptors that cost no system call.
 */
#ifndef FUZZ_REDIRECT_H
#define FUZZ_REDIRECT_H

#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "fake_fd.h"

#define accept4		fake_accept4
#define bind		fake_bind
#define clock_gettime	fake_clock_gettime
#define close		fake_close
#define eventfd		fake_eventfd
#define eventfd_read	fake_eventfd_read
#define eventfd_write	fake_eventfd_write
#define fcntl		fake_fcntl
#define fprintf		fake_fprintf
#define fputc		fake_fputc
#define fputs		fake_fputs
#define ioctl		fake_ioctl
#define listen		fake_listen
#define memfd_create	fake_memfd_create
#define mmap		fake_mmap
#define munmap		fake_munmap
#define poll		fake_poll
#define raise		fake_raise
#define read		fake_read
#define recvmsg		fake_recvmsg
#define send		fake_send
#define sendmsg		fake_sendmsg
#define setsockopt	fake_setsockopt
#define shutdown	fake_shutdown
#define socket		fake_socket
#define timerfd_create	fake_timerfd_create
#define timerfd_settime	fake_timerfd_settime
#define unlink		fake_unlink
#define vfprintf	fake_vfprintf
#define write		fake_write

#endif
