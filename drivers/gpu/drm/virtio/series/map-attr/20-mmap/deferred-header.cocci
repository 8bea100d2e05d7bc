// File: virtgpu_drv.h
// Only where: virtio_gpu_vram_map_deferred
// virtio_gpu_vram_blob_request_map() does what this did, and reports failure.
@no_map_deferred@
position hook;
@@
-void virtio_gpu_vram_map_deferred@hook(struct virtio_gpu_object_vram *vram);
