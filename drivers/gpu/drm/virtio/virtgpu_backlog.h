/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_BACKLOG_H
#define VIRTGPU_BACKLOG_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct task_struct;
struct virtio_gpu_device;
struct virtio_gpu_fence;
struct virtio_gpu_vbuffer;

/* Descriptors of an urgent command and its response, where there are no indirect ones. */
#define VIRTIO_GPU_URGENT_DESCS 2

/**
 * struct virtio_gpu_backlog - commands whose senders do not wait for space in the queue
 * @work: queues them
 * @task: who runs @work
 * @commands: list of struct virtio_gpu_vbuffer; protected by the control
 *	queue's qlock
 * @len: number of commands that are not in the queue yet
 * @reserved: descriptors of the control queue that only urgent commands take
 * @stopped: kernel threads must not wait for space
 * @stuck: @work could not queue one, and ends; its own
 */
struct virtio_gpu_backlog {
	struct delayed_work work;
	struct task_struct *task;
	struct list_head commands;
	atomic_t len;
	unsigned int reserved;
	bool stopped;
	bool stuck;
};

bool virtio_gpu_backlog_has_space(struct virtio_gpu_device *vgdev,
				  const struct virtio_gpu_vbuffer *vbuf, int elemcnt);
int virtio_gpu_backlog_wait_space(struct virtio_gpu_device *vgdev,
				  struct virtio_gpu_vbuffer *vbuf,
				  const struct virtio_gpu_fence *fence, int elemcnt);
void virtio_gpu_backlog_defer(struct virtio_gpu_device *vgdev, struct virtio_gpu_vbuffer *vbuf,
			      unsigned long delay);
void virtio_gpu_backlog_init(struct virtio_gpu_device *vgdev);
void virtio_gpu_backlog_kick(struct virtio_gpu_device *vgdev);
void virtio_gpu_backlog_stop(struct virtio_gpu_device *vgdev);
void virtio_gpu_backlog_resume(struct virtio_gpu_device *vgdev);
void virtio_gpu_backlog_flush(struct virtio_gpu_device *vgdev);

#endif
