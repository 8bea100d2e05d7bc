// File: virtgpu_gem.c
// Only where: drm_gem_object_release
// Until: 6.12.117 7.3
@gem_create_puts@
symbol ret, file, obj, handle;
position hook;
@@
 virtio_gpu_gem_create(...)
 {
 ...
 ret = drm_gem_handle_create(file, &obj->base.base, &handle);
 if (ret) {
-	drm_gem_object_release@hook(&obj->base.base);
+	drm_gem_object_put(&obj->base.base);
 	return ret;
 }
 ...
 }
