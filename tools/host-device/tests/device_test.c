// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Unit tests of the host device, against guests and front ends that lie: each test_*.c has those
 * of one concept.
 */
#include "device_test.h"

int main(void)
{
	int failed = 0;

	failed += device_test_virtq();
	failed += device_test_command();
	failed += device_test_place();
	failed += device_test_access();
	failed += device_test_ack_wait();
	failed += device_test_evict();
	failed += device_test_change();
	failed += device_test_move();
	failed += device_test_policy();
	failed += device_test_deferred();
	failed += device_test_renderer();
	failed += device_test_vhost_user();
	failed += device_test_stop();
	failed += device_test_control();
	failed += device_test_cpu_modes();
	return failed;
}
