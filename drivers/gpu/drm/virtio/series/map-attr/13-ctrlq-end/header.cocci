// File: virtgpu_drv.h
@include_ctrlq@
position hook;
@@
 #include "virtgpu_backlog.h"@hook
+#include "virtgpu_ctrlq.h"
