// File: virtgpu_drv.h
@include_change@
position hook;
@@
 #include "virtgpu_vram_cmd.h"@hook
+#include "virtgpu_vram_change.h"

@device_vram_changes@
position hook;
@@
 struct virtio_gpu_device {
 ...
 struct virtio_gpu_vram_replies vram_replies@hook;
+struct virtio_gpu_vram_changes vram_changes;
 ...
 };
