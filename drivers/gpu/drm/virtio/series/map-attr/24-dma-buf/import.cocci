// File: virtgpu_prime.c
// Only where not: DMA_BUF
// Until: 6.12.117 7.3
@import_dma_buf@
declarer name MODULE_IMPORT_NS;
symbol DMA_BUF;
identifier buf, uuid;
position hook;
@@
+MODULE_IMPORT_NS(DMA_BUF);
+
 static int virtgpu_virtio_get_uuid@hook(struct dma_buf *buf, uuid_t *uuid)
 {
 ...
 }
