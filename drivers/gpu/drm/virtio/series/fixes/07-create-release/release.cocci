// File: virtgpu_vram.c
// Only where not: err_release_obj
// Until: 6.12.117 7.3
// One rule, because there is no label to go to before all of it is in place.
@create_releases@
symbol vgdev, vram, ret, obj, bo_ptr;
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
 ... when any
 *bo_ptr = &vram->base;
 return 0;
+
+err_release_obj:
+drm_gem_object_release(obj);
+kfree(vram);
+return ret;
 }
