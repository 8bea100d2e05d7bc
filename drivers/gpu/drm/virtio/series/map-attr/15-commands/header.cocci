// File: virtgpu_drv.h
@include_cmd@
position hook;
@@
 #include "virtgpu_ctrlq.h"@hook
+#include "virtgpu_vram_cmd.h"

@device_has_map_attr@
position hook;
@@
 struct virtio_gpu_device {
 ...
 bool has_context_init@hook;
+bool has_map_attr;
 ...
 };

@device_vram_replies@
position hook;
@@
 struct virtio_gpu_device {
 ...
 struct xarray vram_table@hook;
+struct virtio_gpu_vram_replies vram_replies;
 ...
 };

@declare_alloc@
position hook;
@@
-void virtio_gpu_free_vbufs@hook(struct virtio_gpu_device *vgdev);
+void virtio_gpu_free_vbufs(struct virtio_gpu_device *vgdev);
+void *virtio_gpu_alloc_cmd_resp(struct virtio_gpu_device *vgdev,
+				 virtio_gpu_resp_cb cb,
+				 struct virtio_gpu_vbuffer **vbuffer_p,
+				 int cmd_size, int resp_size,
+				 void *resp_buf);
