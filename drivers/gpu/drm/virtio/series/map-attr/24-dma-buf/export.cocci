// File: virtgpu_prime.c
@export_ops@
symbol exp_info, bo, virtgpu_dmabuf_ops;
position hook;
@@
 virtgpu_gem_prime_export(...)
 {
 ...
-exp_info.ops@hook = &virtgpu_dmabuf_ops.ops;
+exp_info.ops = virtio_gpu_is_vram(bo) ? &virtio_gpu_vram_prime_ops.ops : &virtgpu_dmabuf_ops.ops;
 ...
 }

@import_ops@
symbol buf, virtgpu_dmabuf_ops;
position hook;
@@
 virtgpu_gem_prime_import(...)
 {
 <...
-if (buf->ops@hook == &virtgpu_dmabuf_ops.ops)
+if (buf->ops == &virtgpu_dmabuf_ops.ops || buf->ops == &virtio_gpu_vram_prime_ops.ops)
 { ... }
 ...>
 }

@no_map_wrapper@
identifier attach, dir;
position hook;
@@
-static struct sg_table *virtgpu_gem_map_dma_buf@hook(struct dma_buf_attachment *attach, enum dma_data_direction dir)
-{ ... }

@no_unmap_wrapper@
identifier attach, sgt, dir;
position hook;
@@
-static void virtgpu_gem_unmap_dma_buf@hook(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
-{ ... }
