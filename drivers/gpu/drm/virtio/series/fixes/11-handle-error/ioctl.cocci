// File: virtgpu_ioctl.c
// Only where: drm_gem_object_release
// Until: 6.12.117 7.3
@create_puts@
symbol ret, file, obj, handle;
position hook;
@@
 virtio_gpu_resource_create_ioctl(...)
 {
 ...
 ret = drm_gem_handle_create(file, obj, &handle);
 if (ret) {
-	drm_gem_object_release@hook(obj);
+	drm_gem_object_put(obj);
 	return ret;
 }
 ...
 }

@create_blob_puts_without_uuid@
symbol ret, vgdev, bo, obj;
position hook;
@@
 virtio_gpu_resource_create_blob_ioctl(...)
 {
 <...
 ret = virtio_gpu_resource_assign_uuid(vgdev, bo);
 if (ret) {
-	drm_gem_object_release@hook(obj);
+	drm_gem_object_put(obj);
 	return ret;
 }
 ...>
 }

@create_blob_puts@
symbol ret, file, obj, handle;
position hook;
@@
 virtio_gpu_resource_create_blob_ioctl(...)
 {
 <...
 ret = drm_gem_handle_create(file, obj, &handle);
 if (ret) {
-	drm_gem_object_release@hook(obj);
+	drm_gem_object_put(obj);
 	return ret;
 }
 ...>
 }
