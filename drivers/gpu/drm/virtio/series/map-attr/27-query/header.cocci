// File: virtgpu_drv.h
@declare_ioctl@
position hook;
@@
-int virtio_gpu_execbuffer_ioctl@hook(struct drm_device *dev, void *data, struct drm_file *file);
+int virtio_gpu_execbuffer_ioctl(struct drm_device *dev, void *data,
+				 struct drm_file *file);
+
+/* virtgpu_vram_ioctl.c */
+int virtio_gpu_vram_ioctl_map_attr(struct drm_device *dev, void *data, struct drm_file *file);
