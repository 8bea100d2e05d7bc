// File: virtgpu_drv.c
// Its own work: the one for display changes can wait seconds for the host.
@config_changed_looks@
symbol vgdev;
position hook;
@@
 virtio_gpu_config_changed(...)
 {
 ...
 schedule_work@hook(&vgdev->config_changed_work);
+virtio_gpu_vram_change_kick(vgdev);
 }
