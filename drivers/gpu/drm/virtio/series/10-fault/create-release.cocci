// File: virtgpu_vram.c
// Only where not: err_release_obj
// Until: 6.12.117
// 6.12 frees an object that its mmap offset still refers to; later kernels
// release it first, as here. One rule, for there is no label to go to before
// all of it is in place.
@create_can_fail@
symbol vgdev, vram, params, ret, NULL, obj, bo_ptr;
position hook;
@@
 virtio_gpu_vram_create(...)
 {
 ... when any
 ret = drm_gem_create_mmap_offset@hook(obj);
-if (ret) {
-	kfree(vram);
-	return ret;
-}
+if (ret)
+	goto err_release_obj;
 ret = virtio_gpu_resource_id_get(vgdev, &vram->base.hw_res_handle);
-if (ret) {
-	kfree(vram);
-	return ret;
-}
+if (ret)
+	goto err_release_obj;
-virtio_gpu_cmd_resource_create_blob(vgdev, &vram->base, params, NULL, 0);
+ret = virtio_gpu_vram_blob_create(vram, params);
+if (ret) {
+	/* Others may have found it already. */
+	drm_gem_object_put(obj);
+	return ret;
+}
 ... when any
 *bo_ptr = &vram->base;
 return 0;
+
+err_release_obj:
+drm_gem_object_release(obj);
+kfree(vram);
+return ret;
 }
