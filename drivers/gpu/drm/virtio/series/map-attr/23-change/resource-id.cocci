// File: virtgpu_object.c
// What the device tells of a resource may be read after the resource is gone: an id must not
// be another's by then.
@id_is_not_reused@
symbol virtio_gpu_virglrenderer_workaround;
identifier vgdev;
position hook;
@@
 virtio_gpu_resource_id_get(struct virtio_gpu_device *vgdev, ...)
 {
 <...
-if (virtio_gpu_virglrenderer_workaround@hook)
+if (virtio_gpu_virglrenderer_workaround || vgdev->has_map_attr)
 {
 	...
 }
 else {
 	...
 }
 ...>
 }

@id_is_not_freed@
symbol virtio_gpu_virglrenderer_workaround;
identifier vgdev, id;
position hook;
@@
 virtio_gpu_resource_id_put(struct virtio_gpu_device *vgdev, uint32_t id)
 {
-if (!virtio_gpu_virglrenderer_workaround@hook) { ida_free(&vgdev->resource_ida, id - 1); }
+if (!virtio_gpu_virglrenderer_workaround && !vgdev->has_map_attr)
+	ida_free(&vgdev->resource_ida, id - 1);
 }
