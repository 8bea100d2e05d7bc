// File: virtgpu_drv.c
// Layout: by spatch
@draft_header@
position hook;
@@
 #include "virtgpu_drv.h"@hook
+#include "virtgpu_package.h"

@draft_bit@
position hook;
@@
 static unsigned int features[] = {
 ...,
 VIRTIO_GPU_F_MAP_ATTR@hook,
+VIRTIO_GPU_F_MAP_ATTR_DRAFT,
 ...
 };

@draft_validate@
position hook;
@@
 static struct virtio_driver virtio_gpu_driver = {
-	.validate = virtio_gpu_vram_change_validate@hook,
+	.validate = virtio_gpu_package_validate,
 };
