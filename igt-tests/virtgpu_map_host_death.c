// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map host death
 * Description: The host device dies, or is unplugged. The device does not come back: this test
 *	needs a device of role mortal, one of role spare, and a guest of its own
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: device_loss
 * Feature: Map attributes
 * Test category: negative test
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(16)

/**
 * SUBTEST: host-dies
 * Description: tasks that wait for the host can be killed, the driver can be unbound, and then the
 *	mappings show nothing of the device
 */
static void test_dies(void)
{
	static struct virtgpu device, *gpu = &device;
	struct virtgpu_blob blob, held;
	pid_t waiter, creator;
	const char *wrong;
	int status[2];
	bool waits;

	virtgpu_open(gpu, "mortal");
	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, 0));
	virtgpu_blob_map(&blob);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_blob_create(gpu, &held, SIZE, blob_id_inject(WC, 0, INJECT_NONE, INJECT_HOLD, 0));
	virtgpu_host_die(gpu);

	waiter = fork();
	if (!waiter) {
		virtgpu_blob_try_map(&held, PROT_READ, MAP_SHARED);
		_exit(0);
	}
	creator = fork();
	if (!creator) {
		struct virtgpu_blob new;

		if (!virtgpu_blob_try_create(gpu, &new, SIZE, virtgpu_attr_id(WC, 0),
					     VIRTGPU_BLOB_FLAG_USE_MAPPABLE))
			virtgpu_blob_try_map(&new, PROT_READ, MAP_SHARED);
		_exit(0);
	}
	waits = virtgpu_task_wait_in_driver(waiter, waiter, true) &&
		virtgpu_task_wait_in_driver(creator, creator, true);
	kill(waiter, SIGKILL);
	kill(creator, SIGKILL);
	status[0] = virtgpu_child_status_bounded(waiter, 30);
	status[1] = virtgpu_child_status_bounded(creator, 30);
	igt_assert(waits);
	igt_assert_eq(status[0], -SIGKILL);
	igt_assert_eq(status[1], -SIGKILL);

	/* The memory is QEMU's: a touch may find it still there, but it ends. */
	virtgpu_touch(blob.va, false);
	virtgpu_unbind(gpu);
	wrong = virtgpu_why_not_lost(gpu, blob.va, SIZE);
	igt_assert_f(!wrong, "%s\n", wrong);
	munmap(blob.va, SIZE);
	virtgpu_close(gpu);
}

/**
 * SUBTEST: pci-unplug
 * Description: the PCI device is removed while its driver waits for the host: mappings show
 *	nothing of it, through whichever file they were made, but work, and no process waits
 */
static void test_unplug(void)
{
	static struct virtgpu device, *gpu = &device;
	struct virtgpu_blob blob;
	const char *wrong;
	char path[128];
	int dmabuf;
	uint8_t *va;

	virtgpu_open(gpu, "spare");
	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(CACHED, 0));
	virtgpu_blob_map(&blob);
	dmabuf = virtgpu_blob_export(&blob);
	va = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	igt_assert(va != MAP_FAILED);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	igt_assert_eq(virtgpu_touch(va, true), 0);
	virtgpu_host_change_untold(&blob, UNCACHED, 0);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/remove", gpu->slot);
	virtgpu_write_file(path, "1");
	virtgpu_pte_assert_none(blob.va, SIZE);
	virtgpu_pte_assert_none(va, SIZE);
	wrong = virtgpu_why_not_lost(gpu, blob.va, SIZE);
	igt_assert_f(!wrong, "%s\n", wrong);
	wrong = virtgpu_why_not_lost(gpu, va, SIZE);
	igt_assert_f(!wrong, "%s\n", wrong);
	munmap(va, SIZE);
	munmap(blob.va, SIZE);
	close(dmabuf);
	virtgpu_close(gpu);
}

int igt_main()
{
	/* Each opens its device, because the other may be gone. */
	igt_describe("Tasks that wait for a dead host can be killed, and the driver can be "
		     "unbound.");
	igt_subtest("host-dies")
		test_dies();

	igt_describe("Unplugging the PCI device takes it out of all mappings, and ends every wait."
		     "Unplugging the PCI device takes it out of all mappings, and ends every wait.");
	igt_subtest("pci-unplug")
		test_unplug();
}
