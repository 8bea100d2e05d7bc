/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef FUZZ_FAKE_FD_H
#define FUZZ_FAKE_FD_H

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <time.h>

void fake_begin(void);
unsigned int fake_count(void);
bool fake_is_open(int fd);
void fake_pass(uint64_t ms);
uint64_t fake_now(void);
uint64_t fake_due(int fd);
bool fake_was_ready(void);
int fake_own(int fd);
int fake_memory_left(void);

int fake_stream(void);
bool fake_connect(int *client);
bool fake_say(int client, const void *data, size_t len);
void fake_pass_fds(int client, const int *fds, unsigned int count);
size_t fake_hear(int client, void *data, size_t len);
void fake_hang_up(int client);

/* What the device calls by other names, see redirect.h. */
int fake_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);
int fake_bind(int fd, const struct sockaddr *addr, socklen_t len);
int fake_clock_gettime(clockid_t id, struct timespec *ts);
int fake_close(int fd);
int fake_eventfd(unsigned int value, int flags);
int fake_eventfd_read(int fd, eventfd_t *value);
int fake_eventfd_write(int fd, eventfd_t value);
int fake_fcntl(int fd, int cmd, int arg);
__attribute__((format(printf, 2, 3)))
int fake_fprintf(FILE *f, const char *fmt, ...);
int fake_fputc(int c, FILE *f);
int fake_fputs(const char *s, FILE *f);
int fake_ioctl(int fd, unsigned long request, int *unread);
int fake_listen(int fd, int backlog);
int fake_memfd_create(const char *name, unsigned int flags);
void *fake_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset);
int fake_munmap(void *map, size_t len);
int fake_poll(struct pollfd *fds, nfds_t count, int timeout);
int fake_raise(int sig);
ssize_t fake_read(int fd, void *buf, size_t len);
ssize_t fake_recvmsg(int fd, struct msghdr *mh, int flags);
ssize_t fake_send(int fd, const void *buf, size_t len, int flags);
ssize_t fake_sendmsg(int fd, const struct msghdr *mh, int flags);
int fake_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
int fake_shutdown(int fd, int how);
int fake_socket(int domain, int type, int protocol);
int fake_timerfd_create(int clock, int flags);
int fake_timerfd_settime(int fd, int flags, const struct itimerspec *its, struct itimerspec *old);
int fake_unlink(const char *path);
__attribute__((format(printf, 2, 0)))
int fake_vfprintf(FILE *f, const char *fmt, va_list ap);
ssize_t fake_write(int fd, const void *buf, size_t len);

#endif
