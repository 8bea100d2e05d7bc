/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * All that the tests of virtio-gpu's host-visible blobs share.
 */
#ifndef VIRTGPU_H
#define VIRTGPU_H

#include "dma_importer.h"
#include "inject/witness.h"
#include "virtgpu_blob.h"
#include "virtgpu_device.h"
#include "virtgpu_host.h"
#include "virtgpu_pte.h"
#include "virtgpu_trace.h"
#include "virtgpu_util.h"

#endif
