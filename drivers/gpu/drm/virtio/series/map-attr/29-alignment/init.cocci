// File: virtgpu_kms.c
// Only where not: VIRTIO_GPU_F_BLOB_ALIGNMENT
@init_blob_alignment@
symbol vgdev, true;
position hook;
statement S;
@@
 virtio_gpu_init(...)
 {
 ...
 if (virtio_has_feature(vgdev->vdev, VIRTIO_GPU_F_CONTEXT_INIT@hook)) S
+	if (virtio_has_feature(vgdev->vdev, VIRTIO_GPU_F_BLOB_ALIGNMENT)) {
+		vgdev->has_blob_alignment = true;
+		vgdev->blob_alignment =
+			virtio_gpu_vram_window_read_alignment(vgdev->vdev);
+	}
 ...
 }
