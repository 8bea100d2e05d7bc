// File: virtgpu_vq.c
// Only where: vqs_released
// virtio_gpu_backlog_wait_space() says so.
@released_leaves@
symbol vgdev;
position hook;
@@
 virtio_gpu_queue_ctrl_sgs(...)
 {
 <...
-if (vgdev->vqs_released@hook) { ... }
 ...>
 }
