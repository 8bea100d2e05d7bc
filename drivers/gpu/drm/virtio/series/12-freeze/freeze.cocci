// File: virtgpu_drv.c
// Only where: virtgpu_freeze
@freeze_stops@
symbol vgdev;
position hook;
@@
 virtgpu_freeze(...)
 {
 ...
+	virtio_gpu_vram_changes_stop(vgdev);
 	flush_work@hook(&vgdev->obj_free_work);
 ...
 }

@freeze_drains@
symbol vgdev;
position hook;
expression E;
@@
 virtgpu_freeze(...)
 {
 <...
-virtio_gpu_wait_queue@hook(&vgdev->ctrlq, E)
+virtio_gpu_queue_drain(vgdev)
 ...>
 }

@freeze_loses@
symbol vgdev, vdev;
position hook;
@@
 virtgpu_freeze(...)
 {
 ...
+	virtio_gpu_vram_lose_all(vgdev);
 	virtio_reset_device@hook(vdev);
 ...
 }

@restore_resumes@
symbol vgdev;
position hook;
@@
 virtgpu_hibernation_restore(struct virtio_gpu_device *vgdev)
 {
+	virtio_gpu_vram_changes_resume(vgdev);
 	if (vgdev->hibernated@hook) { ... }
 }
