// File: virtgpu_prime.c
// Layout: by spatch
@dmabuf_begin_cpu_access@
position hook;
@@
 static const struct virtio_dma_buf_ops virtgpu_dmabuf_ops = {
 	.ops = {
+		.begin_cpu_access = virtio_gpu_vram_begin_cpu_access,
 		.mmap = drm_gem_dmabuf_mmap@hook,
 	},
 };
