// File: virtgpu_vq.c
// RESOURCE_MAP_BLOB moves to virtgpu_vram_cmd.c, which needs a helper.
@public_alloc@
identifier vgdev, cb, vbuffer_p, cmd_size, resp_size, resp_buf;
position hook;
@@
-static
 void *virtio_gpu_alloc_cmd_resp@hook(struct virtio_gpu_device *vgdev, virtio_gpu_resp_cb cb,
 	struct virtio_gpu_vbuffer **vbuffer_p, int cmd_size, int resp_size, void *resp_buf)
 { ... }

@no_map_cb@
identifier vgdev, vbuf;
position hook;
@@
-static void virtio_gpu_cmd_resource_map_cb@hook(struct virtio_gpu_device *vgdev, struct virtio_gpu_vbuffer *vbuf)
-{ ... }

@no_cmd_map@
identifier vgdev, objs, offset;
position hook;
@@
-int virtio_gpu_cmd_map@hook(struct virtio_gpu_device *vgdev, struct virtio_gpu_object_array *objs, uint64_t offset)
-{ ... }
