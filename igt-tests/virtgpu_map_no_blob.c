// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map no blob
 * Category: Core
 * Description: VIRTIO_GPU_F_MAP_ATTR depends on VIRTIO_GPU_F_RESOURCE_BLOB: of a host that
 *	offers it alone, the driver does not accept it
 * Functionality: feature negotiation
 */
#include <errno.h>
#include <sys/ioctl.h>

#include "igt.h"
#include "virtgpu_blob.h"

static unsigned int param(struct gpu *gpu, uint64_t which)
{
	unsigned int value = 0;
	struct drm_virtgpu_getparam get = { .param = which, .value = (uintptr_t)&value };

	igt_assert_eq(ioctl(gpu->fd, DRM_IOCTL_VIRTGPU_GETPARAM, &get), 0);
	return value;
}

/**
 * SUBTEST: not-accepted
 * Description: neither side uses the feature, and the device works
 */
static void test_not_accepted(struct gpu *gpu)
{
	struct blob blob;

	igt_assert_eq(host_number(gpu, "map_attr_negotiated", "{\"op\":\"status\"}"), 0);
	igt_assert_eq(param(gpu, VIRTGPU_PARAM_MAP_ATTR), 0);
	igt_assert_eq(param(gpu, VIRTGPU_PARAM_RESOURCE_BLOB), 0);
	igt_assert_eq(blob_try_create(gpu, &blob, PAGE, attr_id(CACHED, 0),
				      VIRTGPU_BLOB_FLAG_USE_MAPPABLE), -EINVAL);
	gpu_settle(gpu);
}

int igt_main()
{
	static struct gpu gpu;

	igt_fixture()
		gpu_open(&gpu, "blobless");

	igt_describe("A feature without the one it depends on.");
	igt_subtest("not-accepted")
		test_not_accepted(&gpu);

	igt_fixture()
		gpu_close(&gpu);
}
