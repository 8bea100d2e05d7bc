// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The control socket, and standard error.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../control.h"
#include "../log.h"
#include "../loop.h"
#include "device_test.h"
#include "guest.h"
#include "qemu.h"

static void test_few_warnings(void **state)
{
	int fd = memfd_create("stderr", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
	off_t before, after;

	(void)state;
	guest_run_ms(1100);	/* other tests have had warnings, too */
	dup2(fd, STDERR_FILENO);
	for (int i = 0; i < 10000; i++)
		log_warn("nonsense of kind %d", i);
	before = lseek(fd, 0, SEEK_CUR);
	/* There are more, and how many there were, later. */
	guest_run_ms(1100);
	log_warn("something else");
	after = lseek(fd, 0, SEEK_CUR);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	assert_in_range(before, 20, 2000);
	assert_in_range(after - before, 20, 200);
}

static void test_answers_not_read(void **state)
{
	static const char request[] = "{\"op\":\"status\"}\n";
	struct guest *g = *state;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	unsigned int sent = 0, answers = 0;
	char buf[65536];
	ssize_t n;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/tmp/control-%d", getpid());
	assert_int_equal(control_listen(&g->gpu, addr.sun_path), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	/* So many blobs that no answer fits into the socket, and more requests than do. */
	for (uint32_t res = 1; res <= 4096; res++)
		guest_create(g, res, 4096, 0);
	for (int idle = 0; idle < 10; idle++) {
		while (send(fd, request, strlen(request), MSG_DONTWAIT) == (int)strlen(request)) {
			sent++;
			idle = 0;
		}
		alarm(20);	/* for a device that waits for us */
		assert_int_equal(loop_once(0), 0);
		alarm(0);
	}
	assert_in_range(sent, 100, 1000000);
	/* The guest is served meanwhile, and every request is answered in the end. */
	assert_int_equal(guest_command_resource(g, 0, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	for (uint32_t res = 1; res <= 4096; res++)
		guest_command_resource(g, VIRTIO_GPU_CMD_RESOURCE_UNREF, res);
	while (answers < sent) {
		assert_int_equal(loop_once(0), 0);
		while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
			for (ssize_t i = 0; i < n; i++)
				answers += buf[i] == '\n';
		assert_int_not_equal(n, 0);
	}
	close(fd);
	assert_int_equal(loop_once(0), 0);
	control_close();
	unlink(addr.sun_path);
}

/**
 * device_test_control() - run the tests of this file
 */
int device_test_control(void)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_few_warnings),
		DEVICE_TEST(test_answers_not_read),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
