// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What the tests of virtio-gpu share that is not about the GPU: faults, files, the kernel's log,
 * and other processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu_util.h"

/**
 * virtgpu_ioctl() - an ioctl that is repeated when a signal interrupts it
 *
 * Return: 0 or a negative errno.
 */
int virtgpu_ioctl(int fd, unsigned long req, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, req, arg);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return ret < 0 ? -errno : 0;
}

/**
 * virtgpu_write_file() - write a text to a file of the kernel's, in the place of what it has
 */
void virtgpu_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	igt_assert_f(fd >= 0, "%s: %s\n", path, strerror(errno));
	igt_assert_f(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s: %s\n", path,
		     strerror(errno));
	close(fd);
}

static sigjmp_buf touch_jmp;

static void on_fault(int sig)
{
	siglongjmp(touch_jmp, sig);
}

/**
 * virtgpu_touch() - read a byte, and write it back if asked to
 *
 * Return: 0, or the signal that it ends in, SIGBUS or SIGSEGV.  Not for threads.
 */
int virtgpu_touch(const volatile void *va, bool write)
{
	struct sigaction sa = { .sa_handler = on_fault }, bus, segv;
	int sig;

	sigaction(SIGBUS, &sa, &bus);
	sigaction(SIGSEGV, &sa, &segv);
	sig = sigsetjmp(touch_jmp, 1);
	if (!sig) {
		if (write)
			*(volatile uint8_t *)va = *(const volatile uint8_t *)va;
		else
			(void)*(const volatile uint8_t *)va;
	}
	sigaction(SIGBUS, &bus, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	return sig;
}

/*
 * Count the kernel's lines after number @since that match @regex, if there is one, and keep the
 * first of them.  Returns the number of the last line of the log.
 */
static long long kmsg_each(long long since, const regex_t *regex, int *count, char *first,
			   size_t size)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	long long seq, last = since;
	char line[8192];
	unsigned int pri;
	ssize_t n;

	igt_require_f(fd >= 0, "/dev/kmsg: %s\n", strerror(errno));
	/* EPIPE: some have been overwritten. */
	while ((n = read(fd, line, sizeof(line) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		line[n] = '\0';
		if (sscanf(line, "%u,%lld,", &pri, &seq) != 2 || seq <= since)
			continue;
		last = seq;
		/* From 8 on they are those of user space, such as what IGT says of its tests. */
		if (!regex || pri >= 8 || regexec(regex, line, 0, NULL, 0))
			continue;
		if (!(*count)++)
			snprintf(first, size, "%s", line);
	}
	close(fd);
	return last;
}

static int kmsg_find(long long since, const char *regex, char *first, size_t size)
{
	regex_t compiled;
	int count = 0;

	igt_assert_eq(regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB), 0);
	kmsg_each(since, &compiled, &count, first, size);
	regfree(&compiled);
	return count;
}

/**
 * virtgpu_kmsg_last() - the number of the last line of the kernel's log
 *
 * A WARN_ON_ONCE() that has been said before may be said once more.
 */
long long virtgpu_kmsg_last(void)
{
	static const char again[] = "/sys/kernel/debug/clear_warn_once";

	if (!access(again, W_OK))
		virtgpu_write_file(again, "1");
	return kmsg_each(-1, NULL, NULL, NULL, 0);
}

/**
 * virtgpu_kmsg_count() - how many of the kernel's lines after @since match an extended regular
 * expression
 */
int virtgpu_kmsg_count(long long since, const char *regex)
{
	char first[8192];

	return kmsg_find(since, regex, first, sizeof(first));
}

/**
 * virtgpu_kmsg_assert_none() - there is no such line
 */
void virtgpu_kmsg_assert_none(long long since, const char *regex)
{
	char first[8192];

	igt_assert_f(!kmsg_find(since, regex, first, sizeof(first)), "the kernel said: %s\n",
		     first);
}

/**
 * virtgpu_kmsg_wait() - wait until there is such a line
 */
void virtgpu_kmsg_wait(long long since, const char *regex)
{
	igt_assert_f(virtgpu_wait(virtgpu_kmsg_count(since, regex), VIRTGPU_WAIT_SECONDS),
		     "the kernel has not said \"%s\"\n", regex);
}

/* ---- children --------------------------------------------------------- */

static int decode_status(int status)
{
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/**
 * virtgpu_child_status() - wait for a child
 *
 * Return: its exit status, or minus the signal that ended it.
 */
int virtgpu_child_status(pid_t pid)
{
	int status;

	igt_assert_eq(waitpid(pid, &status, 0), pid);
	return decode_status(status);
}

/**
 * virtgpu_start_holder() - have a child get something, and hold it until it is killed
 * @get: returns whether it could be had
 * @data: for @get
 *
 * Return: the child, which has it.
 */
pid_t virtgpu_start_holder(bool (*get)(void *data), void *data)
{
	int ready[2];
	pid_t pid;
	char c;

	igt_assert_eq(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!get(data) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	/* Of one that has failed nothing is read. */
	close(ready[1]);
	igt_assert_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

/**
 * virtgpu_task_state() - the state of a process as in /proc/PID/stat; 0 if there is none
 */
char virtgpu_task_state(pid_t pid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (f) {
		if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		fclose(f);
	}
	return state;
}

/**
 * virtgpu_task_is_in_driver() - whether a thread sleeps somewhere in the driver
 */
bool virtgpu_task_is_in_driver(pid_t pid, pid_t tid)
{
	char path[64], line[256];
	bool in = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stack", pid, tid);
	f = fopen(path, "r");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		in |= !!strstr(line, "[virtio_gpu]");
	fclose(f);
	return in;
}

/**
 * virtgpu_task_wait_in_driver() - wait until a thread sleeps in the driver, or does not any more
 *
 * The time limit is for one that never gets there.
 *
 * Return: whether it got there; it is up to the caller to let go of what is held first.
 */
bool virtgpu_task_wait_in_driver(pid_t pid, pid_t tid, bool in)
{
	if (virtgpu_wait(virtgpu_task_is_in_driver(pid, tid) == in, VIRTGPU_WAIT_SECONDS))
		return true;
	igt_info("thread %d is %s the driver\n", tid, in ? "never in" : "still in");
	return false;
}

/* Interruptibly or not: that is the driver's affair. */
static bool task_waits(pid_t pid)
{
	char state = virtgpu_task_state(pid);

	return state == 'D' || state == 'S';
}

/**
 * virtgpu_task_wait_asleep() - wait until a process sleeps in the kernel, and not just for once
 *
 * Return: whether it does.
 */
bool virtgpu_task_wait_asleep(pid_t pid)
{
	unsigned int still = 0;

	virtgpu_wait((still = task_waits(pid) ? still + 1 : 0) == 20, VIRTGPU_WAIT_SECONDS);
	return still == 20;
}

/**
 * virtgpu_child_status_bounded() - the same, but give up on a child that does not end
 *
 * Return: as virtgpu_child_status(), or -ETIMEDOUT.
 */
int virtgpu_child_status_bounded(pid_t pid, unsigned int seconds)
{
	int status;

	if (!virtgpu_wait(waitpid(pid, &status, WNOHANG) == pid, seconds))
		return -ETIMEDOUT;
	return decode_status(status);
}
