// File: virtgpu_drv.h
@submit_returns@
position hook;
@@
-void virtio_gpu_cmd_submit@hook(struct virtio_gpu_device *vgdev, void *data, uint32_t data_size, uint32_t ctx_id, struct virtio_gpu_object_array *objs, struct virtio_gpu_fence *fence);
+int virtio_gpu_cmd_submit(struct virtio_gpu_device *vgdev, void *data, u32 data_size, u32 ctx_id, struct virtio_gpu_object_array *objs, struct virtio_gpu_fence *fence);
