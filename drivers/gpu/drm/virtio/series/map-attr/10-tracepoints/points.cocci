// File: virtgpu_trace_points.c
// Layout: by spatch
@trace_points@
position hook;
@@
 #include "virtgpu_trace.h"@hook
+#include "virtgpu_vram_trace.h"
