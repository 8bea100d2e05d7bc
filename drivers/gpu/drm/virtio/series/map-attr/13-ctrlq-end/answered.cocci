// File: virtgpu_vq.c
@broken_is_noticed@
symbol vgdev;
position hook;
@@
 virtio_gpu_dequeue_ctrl_func(...)
 {
 ...
+virtio_gpu_ctrlq_check_broken(vgdev);
 virtio_gpu_backlog_kick@hook(vgdev);
 ...
 }
