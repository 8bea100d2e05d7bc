// File: virtgpu_drv.c
// Layout: by spatch
// Only where not: VIRTIO_GPU_F_BLOB_ALIGNMENT
@feature_bit_blob_alignment@
position hook;
@@
 static unsigned int features[] = {
 ...,
 VIRTIO_GPU_F_CONTEXT_INIT@hook,
+VIRTIO_GPU_F_BLOB_ALIGNMENT,
 ...
 };
