// File: virtgpu_drv.c
// Only where: virtgpu_freeze
@helpers@
identifier vgdev;
position hook;
@@
+/* A device without scanouts has no mode configuration, not even its locks. */
+static int virtgpu_modeset_suspend(struct drm_device *dev)
+{
+	if (!drm_core_check_feature(dev, DRIVER_MODESET))
+		return 0;
+	return drm_mode_config_helper_suspend(dev);
+}
+
+/* Nothing of such a device has been suspended. */
+static int virtgpu_modeset_resume(struct drm_device *dev)
+{
+	if (!drm_core_check_feature(dev, DRIVER_MODESET))
+		return 0;
+	return drm_mode_config_helper_resume(dev);
+}
+
 static void virtgpu_hibernation_restore@hook(struct virtio_gpu_device *vgdev)
 { ... }

@freeze_suspends@
symbol dev;
position hook;
@@
 virtgpu_freeze(...)
 {
 <...
-drm_mode_config_helper_suspend@hook(dev)
+virtgpu_modeset_suspend(dev)
 ...>
 }

@freeze_resumes@
symbol dev;
position hook;
@@
 virtgpu_freeze(...)
 {
 <...
-drm_mode_config_helper_resume@hook(dev)
+virtgpu_modeset_resume(dev)
 ...>
 }

@restore_resumes@
symbol dev;
position hook;
@@
 virtgpu_restore(...)
 {
 <...
-drm_mode_config_helper_resume@hook(dev)
+virtgpu_modeset_resume(dev)
 ...>
 }
