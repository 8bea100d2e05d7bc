// File: virtgpu_drv.h
// Only where not: vqs_released
@device_vqs_released@
position hook;
@@
 struct virtio_gpu_device {
 ...
 struct virtio_gpu_queue cursorq@hook;
+bool vqs_released;
 ...
 };
