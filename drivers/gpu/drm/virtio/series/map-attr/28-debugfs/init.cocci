// File: virtgpu_debugfs.c
@debugfs_init@
symbol minor;
position hook;
@@
 virtio_gpu_debugfs_init(...)
 {
+	virtio_gpu_vram_debugfs_init(minor);
 	drm_debugfs_create_files@hook(...);
 }
