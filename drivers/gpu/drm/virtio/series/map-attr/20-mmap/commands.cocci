// File: virtgpu_vq.c
// RESOURCE_MAP_BLOB is sent by virtgpu_vram_cmd.c.
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
