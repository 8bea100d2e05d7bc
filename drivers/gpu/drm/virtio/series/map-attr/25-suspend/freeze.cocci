// File: virtgpu_drv.c
// Only where: virtgpu_freeze
@freeze_stops@
symbol vgdev, dev;
identifier e;
position hook;
@@
 virtgpu_freeze(...)
 {
 ...
+	virtio_gpu_vram_change_stop(vgdev);
 e = virtgpu_modeset_suspend@hook(dev);
 if (e) {
 	...
+	virtio_gpu_vram_change_resume(vgdev);
 	return e;
 }
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
+virtio_gpu_vram_freeze_drain(vgdev)
 ...>
 }

@freeze_loses@
symbol vgdev, vdev;
position hook;
@@
 virtgpu_freeze(...)
 {
 ...
+	virtio_gpu_vram_change_lose_all(vgdev);
+	virtio_gpu_ctrlq_close(vgdev);
+	virtio_gpu_vram_prime_flush(vgdev);
 	virtio_reset_device@hook(vdev);
+	virtio_gpu_vram_freeze_reclaim(vgdev);
 ...
 }

@restore_reopens@
symbol vgdev, vdev;
position hook;
@@
 virtgpu_restore(...)
 {
 ...
+	vgdev->vqs_released = false;
 	virtio_device_ready@hook(vdev);
 ...
 }

@failed_freeze_resumes@
symbol vgdev, dev;
identifier e;
position hook;
@@
 virtgpu_freeze(...)
 {
 <...
 virtgpu_modeset_resume@hook(dev);
+virtio_gpu_vram_change_resume(vgdev);
 return e;
 ...>
 }

@restore_resumes@
symbol vgdev;
position hook;
@@
 virtgpu_restore(...)
 {
 <...
+virtio_gpu_vram_change_resume(vgdev);
 virtgpu_hibernation_restore@hook(vgdev);
 ...>
 }
