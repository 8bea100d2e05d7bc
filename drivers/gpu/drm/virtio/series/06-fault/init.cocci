// File: virtgpu_kms.c
@include_wire_format@
position hook;
@@
 #include <linux/virtio_config.h>@hook
+#include <linux/virtio_gpu_map_attr.h>

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
