// File: virtgpu_kms.c
@include_wire_format@
position hook;
@@
 #include <linux/virtio_config.h>@hook
+#include <linux/virtio_gpu_map_attr.h>

@init_changes@
symbol vgdev;
position hook;
@@
 virtio_gpu_init(...)
 {
 ...
 ida_init@hook(&vgdev->resource_ida);
+virtio_gpu_vram_changes_init(vgdev);
 ...
 }

@deinit_changes@
symbol vgdev;
position hook;
@@
 virtio_gpu_deinit(...)
 {
 ...
+virtio_gpu_vram_changes_stop(vgdev);
+virtio_gpu_vram_lose_all(vgdev);
 flush_work@hook(&vgdev->obj_free_work);
 ...
 }

@init_has_map_attr@
symbol vgdev, true;
position hook;
statement S;
@@
 virtio_gpu_init(...)
 {
 ...
 if (virtio_has_feature(vgdev->vdev, VIRTIO_GPU_F_CONTEXT_INIT@hook)) S
+	vgdev->has_map_attr = virtio_has_feature(vgdev->vdev, VIRTIO_GPU_F_MAP_ATTR);
 ...
 }
