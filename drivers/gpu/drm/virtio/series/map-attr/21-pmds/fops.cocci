// File: virtgpu_drv.c
// Layout: by spatch
// What DEFINE_DRM_GEM_FOPS() has, but for the choice of addresses.
@spell_out_fops@
declarer name DEFINE_DRM_GEM_FOPS;
symbol virtio_gpu_driver_fops;
position hook;
@@
-DEFINE_DRM_GEM_FOPS(virtio_gpu_driver_fops@hook);
+static const struct file_operations virtio_gpu_driver_fops = {
+	.owner = THIS_MODULE,
+	.open = drm_open,
+	.release = drm_release,
+	.unlocked_ioctl = drm_ioctl,
+	.compat_ioctl = drm_compat_ioctl,
+	.poll = drm_poll,
+	.read = drm_read,
+	.llseek = noop_llseek,
+	.get_unmapped_area = virtio_gpu_vram_vma_get_unmapped_area,
+	.mmap = drm_gem_mmap,
+	.fop_flags = FOP_UNSIGNED_OFFSET,
+};
