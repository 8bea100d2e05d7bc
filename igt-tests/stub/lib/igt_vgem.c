// SPDX-License-Identifier: GPL-2.0 OR MIT
/* There is nothing in the stand-in but where our files go. */
int igt_stub_has_vgem;
