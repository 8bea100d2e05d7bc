// File: virtgpu_drv.h
@device_has_cpu_access@
position hook;
@@
 struct virtio_gpu_device {
 ...
 bool has_map_attr@hook;
+bool has_cpu_access;
 ...
 };

@device_bracket_wq@
position hook;
@@
 struct virtio_gpu_device {
 ...
 struct workqueue_struct *vram_prime_wq@hook;
+struct workqueue_struct *vram_bracket_wq;
 ...
 };
