// File: virtgpu_kms.c
// Only where not: virtio_gpu_reclaim_vbufs
// Until: 6.12.117 7.3
@deinit_reclaims@
symbol vgdev;
position hook;
@@
 virtio_gpu_deinit(...)
 {
 ...
 virtio_reset_device@hook(vgdev->vdev);
+virtio_gpu_reclaim_vbufs(vgdev);
 ...
 }
