// File: virtgpu_drv.h
// Only where not: virtio_gpu_reclaim_vbufs
// Until: 6.12.117 7.3
@declare_reclaim@
position hook;
@@
-void virtio_gpu_free_vbufs@hook(struct virtio_gpu_device *vgdev);
+void virtio_gpu_free_vbufs(struct virtio_gpu_device *vgdev);
+void virtio_gpu_reclaim_vbufs(struct virtio_gpu_device *vgdev);
