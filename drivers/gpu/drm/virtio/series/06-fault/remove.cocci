// File: virtgpu_drv.c
@include_wire_format@
position hook;
@@
+#include <linux/virtio_gpu_map_attr.h>
 #include <linux/wait.h>@hook

@remove_wakes_waiters@
symbol dev, vdev;
position hook;
@@
 virtio_gpu_remove(...)
 {
 	struct drm_device *dev = vdev->priv;
+	struct virtio_gpu_device *vgdev = dev->dev_private;
 	...
 	drm_dev_unplug@hook(dev);
+	/* Nobody will answer those who wait for a reply. */
+	wake_up_all(&vgdev->resp_wq);
 	...
 }
