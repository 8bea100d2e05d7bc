/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the tests of virtio-gpu share that is not about the GPU.
 */
#ifndef VIRTGPU_UTIL_H
#define VIRTGPU_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

#define KiB(n) ((size_t)(n) << 10)
#define MiB(n) ((size_t)(n) << 20)
/* Of the guest's, in bytes. */
#define PAGE ((size_t)getpagesize())
#define PAGES(n) ((n) * PAGE)

/* A time limit for what ends at once, unless it never does. */
#define VIRTGPU_WAIT_SECONDS 30

/**
 * virtgpu_wait() - wait until a condition is met
 * @condition: is looked at a hundred times a second
 * @seconds: time limit
 *
 * Return: whether it was met.
 */
#define virtgpu_wait(condition, seconds)						\
({											\
	bool virtgpu_met = false;							\
											\
	for (unsigned int virtgpu_i = 0; virtgpu_i < (seconds) * 100; virtgpu_i++) {	\
		virtgpu_met = (condition);						\
		if (virtgpu_met)							\
			break;								\
		usleep(10000);								\
	}										\
	virtgpu_met;									\
})

int virtgpu_ioctl(int fd, unsigned long req, void *arg);
void virtgpu_write_file(const char *path, const char *text);

/* The fault a touch of @va ends in: 0, SIGBUS or SIGSEGV. */
int virtgpu_touch(const volatile void *va, bool write);

/* The kernel's log: its lines after what virtgpu_kmsg_last() found last in it. */
#define VIRTGPU_KMSG_COMPLAINT "WARNING:|Call Trace:"
long long virtgpu_kmsg_last(void);
int virtgpu_kmsg_count(long long since, const char *regex);
void virtgpu_kmsg_assert_none(long long since, const char *regex);
void virtgpu_kmsg_wait(long long since, const char *regex);

char virtgpu_task_state(pid_t pid);
bool virtgpu_task_wait_asleep(pid_t pid);
bool virtgpu_task_is_in_driver(pid_t pid, pid_t tid);
bool virtgpu_task_wait_in_driver(pid_t pid, pid_t tid, bool in);
pid_t virtgpu_start_holder(bool (*get)(void *data), void *data);
int virtgpu_child_status(pid_t pid);
int virtgpu_child_status_bounded(pid_t pid, unsigned int seconds);

#endif
