// File: virtgpu_vq.c
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
