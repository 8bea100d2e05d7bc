// File: virtgpu_drv.h
@declare_freeze@
position hook;
@@
-int virtio_gpu_execbuffer_ioctl@hook(struct drm_device *dev, void *data, struct drm_file *file);
+int virtio_gpu_execbuffer_ioctl(struct drm_device *dev, void *data,
+				 struct drm_file *file);
+
+/* virtgpu_vram_freeze.c */
+int virtio_gpu_vram_freeze_drain(struct virtio_gpu_device *vgdev);
+void virtio_gpu_vram_freeze_reclaim(struct virtio_gpu_device *vgdev);
+int virtio_gpu_vram_freeze(struct virtio_device *vdev);
