// File: virtgpu_vq.c
@public_queue@
identifier vgdev, vbuf;
position hook;
@@
-static
 int virtio_gpu_queue_ctrl_buffer@hook(struct virtio_gpu_device *vgdev, struct virtio_gpu_vbuffer *vbuf)
 { ... }
