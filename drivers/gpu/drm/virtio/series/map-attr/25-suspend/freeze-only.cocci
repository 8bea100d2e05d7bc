// File: virtgpu_drv.c
// Only where not: virtgpu_freeze
// Layout: by spatch
// These kernels reset the device under the driver's feet; see virtgpu_vram_freeze.c.
@driver_freeze@
position hook;
@@
 static struct virtio_driver virtio_gpu_driver = {
+	.freeze = pm_sleep_ptr(virtio_gpu_vram_freeze),
 	.remove = virtio_gpu_remove@hook,
 };
