// File: virtgpu_drv.h
// The table's size is one more than the highest number of an ioctl.
@ioctl_count@
position hook;
@@
-#define DRM_VIRTIO_NUM_IOCTLS@hook 12
+#define DRM_VIRTIO_NUM_IOCTLS 13
