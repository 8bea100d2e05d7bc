// File: virtgpu_vq.c
@public_alloc@
identifier vgdev, cb, vbuffer_p, cmd_size, resp_size, resp_buf;
position hook;
@@
-static
 void *virtio_gpu_alloc_cmd_resp@hook(struct virtio_gpu_device *vgdev, virtio_gpu_resp_cb cb,
 	struct virtio_gpu_vbuffer **vbuffer_p, int cmd_size, int resp_size, void *resp_buf)
 { ... }
