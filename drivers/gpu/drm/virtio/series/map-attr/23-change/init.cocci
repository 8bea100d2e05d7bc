// File: virtgpu_kms.c
@init_change@
symbol vgdev;
position hook;
@@
 virtio_gpu_init(...)
 {
 ...
 virtio_gpu_vram_table_init@hook(vgdev);
+virtio_gpu_vram_change_init(vgdev);
 ...
 }

@deinit_stops@
symbol vgdev;
position hook;
@@
 virtio_gpu_deinit(...)
 {
 ...
+virtio_gpu_vram_change_stop(vgdev);
+virtio_gpu_vram_change_lose_all(vgdev);
 flush_work@hook(&vgdev->obj_free_work);
 ...
 }

@deinit_flushes@
symbol vgdev;
position hook;
@@
 virtio_gpu_deinit(...)
 {
 ...
 virtio_gpu_ctrlq_end@hook(vgdev);
+virtio_gpu_vram_change_flush(vgdev);
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
+	if (vgdev->has_map_attr)
+		vgdev->backlog.reserved = VIRTIO_GPU_URGENT_DESCS;
 ...
 }
