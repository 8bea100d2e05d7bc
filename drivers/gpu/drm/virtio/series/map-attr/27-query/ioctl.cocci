// File: virtgpu_ioctl.c
@getparam@
symbol param, vgdev, value;
position hook;
@@
 virtio_gpu_getparam_ioctl(...)
 {
 ...
 switch (param->param@hook) {
 case VIRTGPU_PARAM_3D_FEATURES: ...
+case VIRTGPU_PARAM_MAP_ATTR:
+	value = vgdev->has_map_attr ? 1 : 0;
+	break;
 default:
 	return -EINVAL;
 }
 ...
 }
