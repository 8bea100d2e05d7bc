// File: virtgpu_drv.h
// The blob's map state replaces two integers.
@no_map_state@
position hook;
@@
 struct virtio_gpu_object_vram {
 ...
-uint32_t map_state@hook;
-uint32_t map_info;
 ...
 };

@no_cmd_map@
position hook;
@@
-int virtio_gpu_cmd_map@hook(struct virtio_gpu_device *vgdev, struct virtio_gpu_object_array *objs, uint64_t offset);
