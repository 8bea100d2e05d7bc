/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef VIRTGPU_QUEUE_ROOM_H
#define VIRTGPU_QUEUE_ROOM_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct task_struct;
struct virtio_gpu_device;
struct virtio_gpu_fence;
struct virtio_gpu_vbuffer;

/* Descriptors of an urgent command and its response, where there are no indirect ones. */
#define VIRTIO_GPU_URGENT_ROOM 2

/**
 * struct virtio_gpu_backlog - commands whose senders do not wait for room
 * @work: queues them
 * @task: who runs @work
 * @commands: list of struct virtio_gpu_vbuffer; protected by the control
 *	queue's qlock
 * @len: number of commands that are not in the queue yet
 * @reserved: descriptors of the control queue that only urgent commands take
 * @stopped: kernel threads must not wait for room
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

bool virtio_gpu_has_room(struct virtio_gpu_device *vgdev,
			 const struct virtio_gpu_vbuffer *vbuf, int elemcnt);
int virtio_gpu_wait_room(struct virtio_gpu_device *vgdev,
			 struct virtio_gpu_vbuffer *vbuf,
			 const struct virtio_gpu_fence *fence, int elemcnt);
void virtio_gpu_backlog_init(struct virtio_gpu_device *vgdev);
void virtio_gpu_backlog_look(struct virtio_gpu_device *vgdev);
void virtio_gpu_backlog_stop(struct virtio_gpu_device *vgdev);
void virtio_gpu_backlog_resume(struct virtio_gpu_device *vgdev);
void virtio_gpu_backlog_flush(struct virtio_gpu_device *vgdev);
void virtio_gpu_queue_end(struct virtio_gpu_device *vgdev);
void virtio_gpu_queue_close(struct virtio_gpu_device *vgdev);
bool virtio_gpu_queue_is_broken(struct virtio_gpu_device *vgdev);
int virtio_gpu_queue_failed(struct virtio_gpu_device *vgdev, struct virtio_gpu_vbuffer *vbuf,
			    const struct virtio_gpu_fence *fence, int error);

#endif
