// File: virtgpu_ioctl.c
// Layout: by spatch
@ioctl_table@
position hook;
@@
 struct drm_ioctl_desc virtio_gpu_ioctls[DRM_VIRTIO_NUM_IOCTLS] = {
 ...,
 DRM_IOCTL_DEF_DRV(VIRTGPU_CONTEXT_INIT, virtio_gpu_context_init_ioctl@hook, DRM_RENDER_ALLOW),
+
+DRM_IOCTL_DEF_DRV(VIRTGPU_MAP_ATTR, virtio_gpu_vram_ioctl_map_attr, DRM_RENDER_ALLOW),
 };
