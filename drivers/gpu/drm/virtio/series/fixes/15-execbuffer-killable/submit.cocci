// File: virtgpu_submit.c
@killable_deps@
symbol syncobj_desc, ret, num_in_syncobjs, i;
position hook;
@@
 virtio_gpu_parse_deps(...)
 {
 <...
 for (i = 0; i < num_in_syncobjs; i++)
 {
 	...
+	if (fatal_signal_pending(current)) {
+		ret = -EINTR;
+		break;
+	}
+
 	memset@hook(&syncobj_desc, 0, sizeof(syncobj_desc));
 	...
 }
 ...>
 }

@killable_post_deps@
symbol syncobj_desc, ret, num_out_syncobjs, i;
position hook;
@@
 virtio_gpu_parse_post_deps(...)
 {
 <...
 for (i = 0; i < num_out_syncobjs; i++)
 {
 	...
+	if (fatal_signal_pending(current)) {
+		ret = -EINTR;
+		break;
+	}
+
 	memset@hook(&syncobj_desc, 0, sizeof(syncobj_desc));
 	...
 }
 ...>
 }
