// File: virtgpu_object.c
// Only where: virtio_gpu_detach_object_fenced
@detach_wait_ends@
symbol fence, false;
position hook;
@@
 virtio_gpu_detach_object_fenced(...)
 {
 ...
+if (fence->fence_id)
 dma_fence_wait@hook(&fence->f, false);
 ...
 }
