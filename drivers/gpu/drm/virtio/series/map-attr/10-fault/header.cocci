// File: virtgpu_drv.h
// The blob's map state replaces two integers; the commands of our files need
// a helper of virtgpu_vq.c.
@include_map@
position hook;
@@
 #include "virtgpu_ctrlq.h"@hook
+#include "virtgpu_vram_map.h"

@vram_map@
position hook;
@@
 struct virtio_gpu_object_vram {
 ...
-uint32_t map_state@hook;
-uint32_t map_info;
+struct virtio_gpu_vram_map map;
 ...
 };

@device_has_map_attr@
position hook;
@@
 struct virtio_gpu_device {
 ...
 bool has_context_init@hook;
+bool has_map_attr;
 ...
 };

@device_vram_changes@
position hook;
@@
 struct virtio_gpu_device {
 ...
 struct drm_mm host_visible_mm@hook;
+struct xarray vram_table;
+struct virtio_gpu_vram_replies vram_replies;
+struct virtio_gpu_vram_changes vram_changes;
+struct workqueue_struct *vram_prime_wq;
 ...
 };

@export_alloc_helper@
position hook;
@@
-int virtio_gpu_cmd_map@hook(struct virtio_gpu_device *vgdev, struct virtio_gpu_object_array *objs, uint64_t offset);
+void *virtio_gpu_alloc_cmd_resp(struct virtio_gpu_device *vgdev,
+				 virtio_gpu_resp_cb cb,
+				 struct virtio_gpu_vbuffer **vbuffer_p,
+				 int cmd_size, int resp_size,
+				 void *resp_buf);
