// File: virtgpu_drv.h
// Only where not: has_blob_alignment
// The headers of such a kernel know neither.
@blob_alignment_numbers@
position hook;
@@
 #define DRIVER_PATCHLEVEL@hook 0
+
+#define VIRTIO_GPU_F_BLOB_ALIGNMENT 5
+#define VIRTGPU_PARAM_BLOB_ALIGNMENT 9

@device_blob_alignment@
position hook;
@@
 struct virtio_gpu_device {
 ...
 bool has_context_init@hook;
+bool has_blob_alignment;
+u32 blob_alignment;
 ...
 };
