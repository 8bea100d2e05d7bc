// File: virtgpu_prime.c
// Layout: by spatch
@shmem_ops@
position hook;
@@
 static const struct virtio_dma_buf_ops virtgpu_dmabuf_ops = {
 	.ops = {
-		.map_dma_buf = virtgpu_gem_map_dma_buf@hook,
-		.unmap_dma_buf = virtgpu_gem_unmap_dma_buf,
+		.map_dma_buf = drm_gem_map_dma_buf,
+		.unmap_dma_buf = drm_gem_unmap_dma_buf,
 	},
 };
