// File: virtgpu_drv.h
// virtio_gpu_queue_ctrl_buffer() is for the work item that queues the backlog.
@vbuffer_killable@
position hook;
@@
 struct virtio_gpu_vbuffer {
 ...
 unsigned int resp_len@hook;
+unsigned int descs;
+bool killable;
+bool urgent;
 ...
 };

@device_backlog@
position hook;
@@
 struct virtio_gpu_device {
 ...
 struct virtio_gpu_queue ctrlq@hook;
+struct virtio_gpu_backlog backlog;
 ...
 };

@declare_queue@
position hook;
@@
-void virtio_gpu_free_vbufs@hook(struct virtio_gpu_device *vgdev);
+void virtio_gpu_free_vbufs(struct virtio_gpu_device *vgdev);
+int virtio_gpu_queue_ctrl_buffer(struct virtio_gpu_device *vgdev,
+				  struct virtio_gpu_vbuffer *vbuf);
