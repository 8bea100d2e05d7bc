// File: virtgpu_drv.h
@vbuffer_killable@
position hook;
@@
 struct virtio_gpu_vbuffer {
 ...
 unsigned int resp_len@hook;
+bool killable;
 ...
 };

@declare_wait_room@
position hook;
@@
-void virtio_gpu_free_vbufs@hook(struct virtio_gpu_device *vgdev);
+void virtio_gpu_free_vbufs(struct virtio_gpu_device *vgdev);
+int virtio_gpu_wait_room(struct virtio_gpu_device *vgdev,
+			  const struct virtio_gpu_vbuffer *vbuf, int elemcnt);
