/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOST_DEVICE_DEVICE_TEST_H
#define HOST_DEVICE_DEVICE_TEST_H

/* A test of a device that a guest has; the test may begin a QEMU, which ends with it. */
#define DEVICE_TEST(name) cmocka_unit_test_setup_teardown(name, guest_setup, qemu_teardown)

int device_test_access(void);
int device_test_ack_wait(void);
int device_test_change(void);
int device_test_command(void);
int device_test_control(void);
int device_test_cpu_modes(void);
int device_test_deferred(void);
int device_test_evict(void);
int device_test_move(void);
int device_test_place(void);
int device_test_policy(void);
int device_test_renderer(void);
int device_test_stop(void);
int device_test_vhost_user(void);
int device_test_virtq(void);

#endif
