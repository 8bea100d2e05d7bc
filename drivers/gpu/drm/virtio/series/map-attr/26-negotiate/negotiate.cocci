// File: virtgpu_kms.c
// Only where not: VIRTIO_GPU_F_BLOB_ALIGNMENT
@init_has_map_attr@
symbol vgdev, true;
position hook;
statement S;
@@
 virtio_gpu_init(...)
 {
 ...
 if (virtio_has_feature(vgdev->vdev, VIRTIO_GPU_F_CONTEXT_INIT@hook)) S
+	if (virtio_has_feature(vgdev->vdev, VIRTIO_GPU_F_MAP_ATTR)) {
+		vgdev->has_map_attr = true;
+		vgdev->backlog.reserved = VIRTIO_GPU_URGENT_DESCS;
+	}
 ...
 }
