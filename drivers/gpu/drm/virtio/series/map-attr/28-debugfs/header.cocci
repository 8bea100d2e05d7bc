// File: virtgpu_drv.h
@declare_debugfs@
position hook;
@@
-void virtio_gpu_debugfs_init@hook(struct drm_minor *minor);
+void virtio_gpu_debugfs_init(struct drm_minor *minor);
+
+/* virtgpu_vram_debugfs.c */
+void virtio_gpu_vram_debugfs_init(struct drm_minor *minor);
