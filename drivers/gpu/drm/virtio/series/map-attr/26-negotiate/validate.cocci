// File: virtgpu_drv.c
// Layout: by spatch
@driver_validate@
position hook;
@@
 static struct virtio_driver virtio_gpu_driver = {
+	.validate = virtio_gpu_vram_change_validate,
 	.probe = virtio_gpu_probe@hook,
 };
