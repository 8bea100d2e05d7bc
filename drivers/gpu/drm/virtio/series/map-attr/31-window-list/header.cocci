// File: virtgpu_drv.h
@device_window@
position hook;
@@
 struct virtio_gpu_device {
 ...
 struct xarray vram_table@hook;
+struct virtio_gpu_vram_window vram_window;
 ...
 };
