// File: virtgpu_vram.c
@create_command_can_fail@
symbol vgdev, vram, params, ret, NULL, obj;
position hook;
@@
 virtio_gpu_vram_create(...)
 {
 ...
-virtio_gpu_cmd_resource_create_blob@hook(vgdev, &vram->base, params, NULL, 0);
+ret = virtio_gpu_vram_blob_create(vram, params);
+if (ret) {
+	/* Others may have found it already. */
+	drm_gem_object_put(obj);
+	return ret;
+}
 ...
 }
