// File: virtgpu_vq.c
@answers_make_space@
symbol vgdev;
position hook;
@@
 virtio_gpu_dequeue_ctrl_func(...)
 {
 ...
 wake_up@hook(&vgdev->ctrlq.ack_queue);
+virtio_gpu_backlog_kick(vgdev);
 ...
 }
