// File: virtgpu_vq.c
@answers_make_room@
symbol vgdev;
position hook;
@@
 virtio_gpu_dequeue_ctrl_func(...)
 {
 ...
 wake_up@hook(&vgdev->ctrlq.ack_queue);
+virtio_gpu_ctrlq_check_broken(vgdev);
+virtio_gpu_backlog_kick(vgdev);
 ...
 }
