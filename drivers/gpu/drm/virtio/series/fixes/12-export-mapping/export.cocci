// File: virtgpu_prime.c
@export_f_mapping@
symbol buf, obj, dev, exp_info;
position hook;
@@
 virtgpu_gem_prime_export(...)
 {
 ...
 buf = virtio_dma_buf_export@hook(&exp_info);
 if (IS_ERR(buf)) return buf;
+/* One address space to zap, however a page was mapped. */
+buf->file->f_mapping = dev->anon_inode->i_mapping;
 ...
 }
