// File: virtgpu_ioctl.c
// Only where not: has_blob_alignment
@getparam_blob_alignment@
symbol param, vgdev, value;
position hook;
@@
 virtio_gpu_getparam_ioctl(...)
 {
 ...
 switch (param->param@hook) {
 case VIRTGPU_PARAM_3D_FEATURES: ...
+case VIRTGPU_PARAM_BLOB_ALIGNMENT:
+	if (!vgdev->has_blob_alignment)
+		return -ENOENT;
+	value = vgdev->blob_alignment;
+	break;
 default:
 	return -EINVAL;
 }
 ...
 }

@verify_rounds_size@
symbol vgdev, params, rc_blob;
position hook;
@@
 verify_blob(...)
 {
 <...
-params@hook->size = rc_blob->size;
+params->size = virtio_gpu_vram_window_round_up(vgdev, rc_blob->size);
+if (!params->size)
+	return -EINVAL;
 ...>
 }
