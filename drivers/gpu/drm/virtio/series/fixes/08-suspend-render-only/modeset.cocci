// File: virtgpu_drv.c
// Only where: virtgpu_freeze
@resume_helper@
identifier vgdev;
position hook;
@@
+static int virtgpu_modeset_resume(struct drm_device *dev)
+{
+	if (!drm_core_check_feature(dev, DRIVER_MODESET))
+		return 0;
+	return drm_mode_config_helper_resume(dev);
+}
+
 static void virtgpu_hibernation_restore@hook(struct virtio_gpu_device *vgdev)
 { ... }

@suspend_helper@
identifier vgdev;
position hook;
@@
 static void virtgpu_hibernation_restore@hook(struct virtio_gpu_device *vgdev)
 { ... }
+
+static int virtgpu_modeset_suspend(struct drm_device *dev)
+{
+	if (!drm_core_check_feature(dev, DRIVER_MODESET))
+		return 0;
+	return drm_mode_config_helper_suspend(dev);
+}

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
