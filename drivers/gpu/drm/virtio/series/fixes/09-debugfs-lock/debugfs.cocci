// File: virtgpu_debugfs.c
@window_print_locked@
symbol vgdev, p;
position hook;
@@
 virtio_gpu_debugfs_host_visible_mm(...)
 {
 ...
+spin_lock(&vgdev->host_visible_lock);
 drm_mm_print@hook(&vgdev->host_visible_mm, &p);
+spin_unlock(&vgdev->host_visible_lock);
 ...
 }
