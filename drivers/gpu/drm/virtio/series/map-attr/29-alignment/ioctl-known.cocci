// File: virtgpu_ioctl.c
// Only where: has_blob_alignment
@verify_rounds_size@
symbol vgdev, params, rc_blob;
position hook;
@@
 verify_blob(...)
 {
 <...
-if (vgdev@hook->has_blob_alignment && !IS_ALIGNED(params->size, vgdev->blob_alignment))
+params->size = virtio_gpu_vram_window_round_up(vgdev, rc_blob->size);
+if (!params->size)
 	return -EINVAL;
 ...>
 }
