// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * DOC: Host-visible blobs
 *
 * A blob resource whose memory is the host's is mapped by the host into the host-visible window,
 * a range of guest physical addresses, and from there by the guest into processes.  The host
 * declares how: with which cache mode, and whether at all.  It may change that at any time.
 *
 * What happens from the host's response to a PTE, and which file does it, all of them called
 * virtgpu_vram_*.c:
 *
 * ============  =================================================================
 * File          Task
 * ============  =================================================================
 * attr          decode what the host declares, choose page protections
 * state         host-side state of a blob, and what each event makes of it
 * extent        compute how much a page fault maps
 * bracket       keep account of who accesses memory that needs brackets
 * table         find blobs by resource id
 * cmd           send commands, deliver responses
 * window        allocate space in the host-visible window, choose who gives it up
 * alias         kernel mapping of a blob, which holds the memory type
 * blob          bring responses and other events to the state, wait for them
 * room          make room in the window for a blob
 * place         have a blob in the window
 * fault, vma    page faults; mmap() and the other operations of VMAs
 * cpu_access    begin and end brackets around accesses through dma-bufs
 * prime         dma-bufs and their importers
 * change        follow changes of attributes
 * freeze        suspend
 * ioctl         tell user space what was declared
 * debugfs       list all blobs
 * ============  =================================================================
 *
 * The first four are pure functions.  Each file uses those above it only, except that a broken
 * control queue (virtgpu_ctrlq.c) is told to change.
 *
 * Space in the window is allocated before RESOURCE_MAP_BLOB is sent.  It is freed when the host
 * answers with an error, because then nothing is mapped there, and when a blob is evicted, with the
 * response to RESOURCE_UNMAP_BLOB.
 *
 * With VIRTIO_GPU_F_MAP_ATTR both RESOURCE_CREATE_BLOB and RESOURCE_MAP_BLOB are answered by
 * struct virtio_gpu_resp_map_attr.  Without it the response to the former declares nothing, and
 * that to the latter has its map_info.  Responses may come in any order.
 */
#include <linux/delay.h>
#include <linux/sched/signal.h>

#include <drm/drm_drv.h>
#include <drm/drm_print.h>

#include "virtgpu_drv.h"
#include "virtgpu_vram_alias.h"
#include "virtgpu_vram_blob.h"
#include "virtgpu_vram_bracket.h"
#include "virtgpu_vram_table.h"
#include "virtgpu_vram_trace.h"
#include "virtgpu_vram_window.h"

static struct virtio_gpu_device *blob_to_vgdev(struct virtio_gpu_object_vram *vram)
{
	return vram->base.base.base.dev->dev_private;
}

/* Wakes all who wait for a response about any blob; they look for themselves. */
static void blob_wake_waiters(struct virtio_gpu_device *vgdev)
{
	wake_up_all(&vgdev->resp_wq);
}

/*
 * Log that a blob has been refused, unless it was @before.  Only a violation of the protocol is
 * logged as an error, and it is logged once, because processes can create any number of blobs.
 */
static void blob_report_refusal_locked(struct virtio_gpu_object_vram *vram, int before)
	__must_hold(&vram->map.lock)
{
	struct drm_device *dev = vram->base.base.base.dev;
	int error = vram->map.state.refused;

	lockdep_assert_held(&vram->map.lock);

	if (before || !error)
		return;
	trace_virtio_gpu_vram_refused(vram->base.hw_res_handle, error);
	if (error == -EPROTO)
		drm_err_once(dev,
			     "the host broke the protocol of map attributes: blob resource %u will not be mapped (more of these at debug level)\n",
			     vram->base.hw_res_handle);
	drm_dbg_driver(dev, "blob resource %u: refused (%d)\n", vram->base.hw_res_handle, error);
}

/*
 * Remove every PTE, in every process and through every file, and drain write-combining buffers.
 * Caches are left to blob_clean(), which runs when the TLB has no entry left through which a line
 * could be fetched.
 */
static void blob_revoke_locked(struct virtio_gpu_object_vram *vram)
	__must_hold(&vram->map.lock)
{
	struct drm_gem_object *obj = &vram->base.base.base;
	u32 cache_mode = vram->map.pte_cache_mode;

	lockdep_assert_held(&vram->map.lock);

	drm_vma_node_unmap(&obj->vma_node, obj->dev->anon_inode->i_mapping);
	virtio_gpu_vram_alias_release_locked(vram);
	virtio_gpu_vram_alias_drain_locked(vram, cache_mode);
	trace_virtio_gpu_vram_revoked(vram->base.hw_res_handle, &vram->map.state.attr);
}

/**
 * virtio_gpu_vram_blob_clean - write back and invalidate what caches hold of a blob
 * @vram: blob whose mappings have been revoked
 *
 * Tries again when there is no memory, because the host waits for the acknowledgment.
 *
 * Context: may sleep, for long if the blob is large.
 * Return: whether caches are clean, so that a change can be acknowledged; if not, the
 * device is gone.
 */
bool virtio_gpu_vram_blob_clean(struct virtio_gpu_object_vram *vram)
{
	int ret;

	for (;;) {
		mutex_lock(&vram->map.lock);
		ret = virtio_gpu_vram_alias_clean_locked(vram);
		mutex_unlock(&vram->map.lock);
		if (!ret || virtio_gpu_ctrlq_is_dead(blob_to_vgdev(vram)))
			return !ret;
		msleep(20);
	}
}

/**
 * virtio_gpu_vram_blob_withdraw - take what CPUs have of a blob away, if a bracket has given it
 * @vram: blob of which a bracket ends
 *
 * In one step, because accesses in other brackets go on.  Where the host requires no brackets,
 * mappings are coherent as they are, and stay.  Until it has confirmed that, caches may still have
 * what was written when it did.
 *
 * Context: may sleep, for long if the blob is large.
 * Return: 0 or -ENOMEM.
 */
int virtio_gpu_vram_blob_withdraw(struct virtio_gpu_object_vram *vram)
{
	const struct virtio_gpu_vram_state *state = &vram->map.state;
	int ret = 0;

	mutex_lock(&vram->map.lock);
	if (state->changing || state->attr.flags & VIRTIO_GPU_MAP_ATTR_SYNC_REQUIRED) {
		blob_revoke_locked(vram);
		ret = virtio_gpu_vram_alias_clean_locked(vram);
	}
	mutex_unlock(&vram->map.lock);
	return ret;
}

static void blob_created(struct virtio_gpu_object_vram *vram, int error,
			 const struct virtio_gpu_vram_attr *attr)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	int before;

	mutex_lock(&map->lock);
	before = map->state.refused;
	virtio_gpu_vram_state_created(&map->state, error, attr);
	blob_report_refusal_locked(vram, before);
	/* RESOURCE_MAP_BLOB may have been answered before. */
	if (map->state.refused)
		blob_revoke_locked(vram);
	mutex_unlock(&map->lock);
	virtio_gpu_vram_blob_clean(vram);
	blob_wake_waiters(blob_to_vgdev(vram));
}

/* @error: see virtio_gpu_vram_state_mapped(); then @attr is NULL. */
static void blob_mapped(struct virtio_gpu_object_vram *vram, int error,
			const struct virtio_gpu_vram_attr *attr)
{
	struct virtio_gpu_device *vgdev = blob_to_vgdev(vram);
	struct virtio_gpu_vram_map *map = &vram->map;
	int before;

	mutex_lock(&map->lock);
	before = map->state.refused;
	if (virtio_gpu_vram_state_mapped(&map->state, error, attr))
		virtio_gpu_vram_window_free(vram);
	else if (!error && map->asked)
		/* Not 0, which stands for none. */
		WRITE_ONCE(map->unused_until, (jiffies + VIRTIO_GPU_VRAM_KEEP_JIFFIES) | 1);
	map->asked = false;
	blob_report_refusal_locked(vram, before);
	mutex_unlock(&map->lock);
	if (!error && attr->undeclared)
		drm_warn_once(vgdev->ddev,
			      "the host gave no cache mode for a blob: mapping it cached, as before\n");
	blob_wake_waiters(vgdev);
}

/* @error: see virtio_gpu_vram_attr_decode_ack() */
static void blob_acked(struct virtio_gpu_object_vram *vram, u64 generation, int error)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	int before;

	mutex_lock(&map->lock);
	before = map->state.refused;
	virtio_gpu_vram_state_acked(&map->state, generation, error);
	trace_virtio_gpu_vram_acknowledged(vram->base.hw_res_handle, generation, error);
	blob_report_refusal_locked(vram, before);
	mutex_unlock(&map->lock);
	blob_wake_waiters(blob_to_vgdev(vram));
}

static void blob_create_reply(struct virtio_gpu_object_vram *vram,
			      const struct virtio_gpu_vram_reply *reply)
{
	struct virtio_gpu_device *vgdev = blob_to_vgdev(vram);
	struct virtio_gpu_vram_attr attr;
	int ret = 0;

	if (vgdev->has_map_attr)
		ret = virtio_gpu_vram_attr_decode(&reply->resp.attr, reply->len, &attr);
	else if (le32_to_cpu(reply->resp.hdr.type) >= VIRTIO_GPU_RESP_ERR_UNSPEC)
		ret = -EIO;

	blob_created(vram, ret, vgdev->has_map_attr && !ret ? &attr : NULL);
}

static void blob_map_reply(struct virtio_gpu_object_vram *vram,
			   const struct virtio_gpu_vram_reply *reply)
{
	struct virtio_gpu_vram_attr attr;
	int ret;

	if (blob_to_vgdev(vram)->has_map_attr)
		ret = virtio_gpu_vram_attr_decode(&reply->resp.attr, reply->len, &attr);
	else
		ret = virtio_gpu_vram_attr_decode_map_info(&reply->resp.info, reply->len,
							   &attr);

	blob_mapped(vram, ret, ret ? NULL : &attr);
}

/* @error: see virtio_gpu_vram_state_unmapped() */
static void blob_unmapped(struct virtio_gpu_object_vram *vram, int error)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	int before;

	mutex_lock(&map->lock);
	before = map->state.refused;
	/* First, because who sees the state without the lock wants the place. */
	if (!error)
		virtio_gpu_vram_window_free(vram);
	virtio_gpu_vram_state_unmapped(&map->state, error);
	blob_report_refusal_locked(vram, before);
	mutex_unlock(&map->lock);
	blob_wake_waiters(blob_to_vgdev(vram));
}

static void blob_unmap_reply(struct virtio_gpu_object_vram *vram,
			     const struct virtio_gpu_vram_reply *reply)
{
	blob_unmapped(vram, virtio_gpu_vram_attr_decode_nodata(&reply->resp.hdr, reply->len));
}

static void blob_ack_reply(struct virtio_gpu_object_vram *vram,
			   const struct virtio_gpu_vram_reply *reply)
{
	blob_acked(vram, reply->generation,
		   virtio_gpu_vram_attr_decode_ack(&reply->resp.attr, reply->len,
						   reply->generation));
}

/**
 * virtio_gpu_vram_blob_create - have the host create a blob
 * @vram: blob; it can be found by its resource id from now on
 * @params: what to create
 *
 * Return: 0; -ENOMEM; -EBUSY if another blob has the resource id; -EINTR for a fatal signal;
 * -ENODEV after unplug.
 */
int virtio_gpu_vram_blob_create(struct virtio_gpu_object_vram *vram,
				const struct virtio_gpu_object_params *params)
{
	int ret;

	/* Before the host knows the resource, because it can change from then on. */
	ret = virtio_gpu_vram_table_add(vram);
	if (ret)
		return ret;
	ret = virtio_gpu_vram_cmd_create(vram, params, blob_create_reply);
	if (ret)
		virtio_gpu_vram_table_remove(vram);
	return ret;
}

/**
 * virtio_gpu_vram_blob_request_map - ask the host to map a blob into the window
 * @vram: blob
 *
 * Does nothing if that has been asked already, or if the blob is being evicted; asks again if the
 * host has refused before.
 *
 * Context: may sleep.  Not under &virtio_gpu_vram_map.lock: queueing a command
 * can wait for the work item that takes that lock to deliver responses.
 * Return: 0; -ENOSPC if the window is full, which the state does not remember; -ENOMEM; -ENODEV
 * after unplug; -EINTR for a fatal signal; -EINVAL if there is no window.
 */
int virtio_gpu_vram_blob_request_map(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_device *vgdev = blob_to_vgdev(vram);
	struct virtio_gpu_vram_map *map = &vram->map;
	int ret = 0;

	mutex_lock(&map->lock);
	if (!virtio_gpu_vram_state_request_map(&map->state)) {
		mutex_unlock(&map->lock);
		return 0;
	}
	ret = virtio_gpu_vram_window_alloc(vram);
	if (ret)
		virtio_gpu_vram_state_mapped(&map->state, ret == -ENOSPC ? -EINTR : ret, NULL);
	WRITE_ONCE(map->used, false);
	WRITE_ONCE(map->unused_until, 0);
	map->aged = false;
	mutex_unlock(&map->lock);
	if (ret) {
		blob_wake_waiters(vgdev);
		return ret;
	}

	ret = virtio_gpu_vram_cmd_map(vram, vram->vram_node.start -
				      vgdev->host_visible_region.addr, blob_map_reply);
	if (ret)
		blob_mapped(vram, ret, NULL);
	return ret;
}

/**
 * virtio_gpu_vram_blob_wait - wait until the host has said something about a blob
 * @vram: blob
 * @condition: what is waited for, asked without the lock
 * @task_state: TASK_INTERRUPTIBLE where a system call can be restarted, which lets the
 *	system be suspended meanwhile, or TASK_KILLABLE
 *
 * Context: holds no lock that delivering responses needs.
 * Return: 0, when it is time to look under the lock; -ERESTARTSYS for a signal, and at
 * once for a process that exits, which no signal reaches any more; -ENODEV if the host will
 * not answer.
 */
int virtio_gpu_vram_blob_wait(struct virtio_gpu_object_vram *vram,
			      bool (*condition)(const struct virtio_gpu_vram_state *state),
			      unsigned int task_state)
{
	struct virtio_gpu_device *vgdev = blob_to_vgdev(vram);
	int ret;

	if (condition(&vram->map.state))
		return 0;
	if (current->flags & PF_EXITING)
		return -ERESTARTSYS;
	virtio_gpu_notify(vgdev);
	ret = wait_event_state(vgdev->resp_wq,
			       condition(&vram->map.state) || virtio_gpu_ctrlq_is_dead(vgdev),
			       task_state);
	if (ret)
		return ret;
	/* What was true a moment ago need not be any more; that is no error. */
	return virtio_gpu_ctrlq_is_dead(vgdev) && !condition(&vram->map.state) ? -ENODEV : 0;
}

/**
 * virtio_gpu_vram_blob_age - find out whether a blob is still used
 * @vram: blob that may be
 *
 * Takes its entries away.  The next fault sets &virtio_gpu_vram_map.used.
 */
void virtio_gpu_vram_blob_age(struct virtio_gpu_object_vram *vram)
{
	struct drm_gem_object *obj = &vram->base.base.base;

	mutex_lock(&vram->map.lock);
	WRITE_ONCE(vram->map.used, false);
	vram->map.aged = true;
	drm_vma_node_unmap(&obj->vma_node, obj->dev->anon_inode->i_mapping);
	mutex_unlock(&vram->map.lock);
}

/**
 * virtio_gpu_vram_blob_use_locked - a blob is used
 * @vram: blob that is in the window
 *
 * When that is news, it is the last to be evicted.
 */
void virtio_gpu_vram_blob_use_locked(struct virtio_gpu_object_vram *vram)
	__must_hold(&vram->map.lock)
{
	struct virtio_gpu_vram_map *map = &vram->map;

	lockdep_assert_held(&map->lock);

	WRITE_ONCE(map->used, true);
	WRITE_ONCE(map->unused_until, 0);
	if (!map->aged)
		return;
	map->aged = false;
	virtio_gpu_vram_window_make_last(vram);
}

/* Return: whether nothing of the blob is mapped or cached, nor will be before a response. */
static bool blob_begin_evict(struct virtio_gpu_object_vram *vram, bool used)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	bool evicts;

	mutex_lock(&map->lock);
	evicts = (used || !map->used) && !virtio_gpu_vram_window_is_awaited(vram) &&
		 virtio_gpu_vram_state_evict(&map->state);
	if (evicts) {
		blob_revoke_locked(vram);
		evicts = !virtio_gpu_vram_alias_clean_locked(vram);
		if (!evicts)
			virtio_gpu_vram_state_stay(&map->state);
	}
	mutex_unlock(&map->lock);
	/* Who saw that it was going to leave. */
	if (!evicts)
		blob_wake_waiters(blob_to_vgdev(vram));
	return evicts;
}

/**
 * virtio_gpu_vram_blob_evict - have a blob give its place in the window to another
 * @vram: blob
 * @used: although it is used
 *
 * The next access has it placed again, somewhere.  The host keeps its memory.
 *
 * Context: as virtio_gpu_vram_blob_request_map().
 * Return: whether there will be a response, see virtio_gpu_vram_state_map_answered().
 */
bool virtio_gpu_vram_blob_evict(struct virtio_gpu_object_vram *vram, bool used)
{
	struct virtio_gpu_vram_map *map = &vram->map;

	if (!blob_begin_evict(vram, used))
		return false;
	trace_virtio_gpu_vram_evicted(vram->base.hw_res_handle, vram->base.base.base.size);
	if (!virtio_gpu_vram_cmd_unmap(vram, blob_unmap_reply))
		return true;
	mutex_lock(&map->lock);
	virtio_gpu_vram_state_stay(&map->state);
	mutex_unlock(&map->lock);
	blob_wake_waiters(blob_to_vgdev(vram));
	return false;
}

/**
 * virtio_gpu_vram_blob_change - the host declares something else (section 7)
 * @vram: blob
 * @error: 0, or -EPROTO for a malformed declaration
 * @attr: what it declares; ignored on error
 *
 * Removes every CPU mapping that was made under the old declaration.  What caches hold is left
 * to virtio_gpu_vram_blob_clean().  From here on faults wait until the host has confirmed the
 * acknowledgment, or fail.
 */
void virtio_gpu_vram_blob_change(struct virtio_gpu_object_vram *vram, int error,
				 const struct virtio_gpu_vram_attr *attr)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	int before;

	mutex_lock(&map->lock);
	before = map->state.refused;
	virtio_gpu_vram_state_change(&map->state, error, attr);
	if (!error)
		trace_virtio_gpu_vram_received(vram->base.hw_res_handle, attr);
	blob_report_refusal_locked(vram, before);
	blob_revoke_locked(vram);
	mutex_unlock(&map->lock);
	/* A refusal ends all waiting. */
	blob_wake_waiters(blob_to_vgdev(vram));
}

/**
 * virtio_gpu_vram_blob_defer_ack - must an acknowledgment wait for importers?
 * @vram: blob
 * @generation: to be acknowledged
 *
 * Return: whether it will be acknowledged when the last of their DMA mappings is gone.
 */
bool virtio_gpu_vram_blob_defer_ack(struct virtio_gpu_object_vram *vram, u64 generation)
{
	bool ret;

	mutex_lock(&vram->map.lock);
	ret = virtio_gpu_vram_state_defer_ack(&vram->map.state, generation);
	mutex_unlock(&vram->map.lock);
	return ret;
}

/**
 * virtio_gpu_vram_blob_acknowledge - acknowledge a declaration (section 7)
 * @vram: blob of which nothing older is mapped, and nothing is left in caches
 * @generation: of the declaration
 *
 * Tries again when there is no memory, because faults would wait for ever.
 *
 * Context: may sleep.
 */
void virtio_gpu_vram_blob_acknowledge(struct virtio_gpu_object_vram *vram, u64 generation)
{
	struct virtio_gpu_device *vgdev = blob_to_vgdev(vram);

	trace_virtio_gpu_vram_acknowledge(vram->base.hw_res_handle, generation);
	while (virtio_gpu_vram_cmd_ack(vram, generation, blob_ack_reply) == -ENOMEM &&
	       !virtio_gpu_ctrlq_is_dead(vgdev))
		msleep(20);
	/* Now, because the host may give up waiting while other blobs are revoked. */
	virtio_gpu_notify(vgdev);
}

/* Has a reference to the blob. */
static void blob_ack_work(struct work_struct *work)
{
	struct virtio_gpu_object_vram *vram =
		container_of(work, struct virtio_gpu_object_vram, map.ack_work);
	u64 generation;

	mutex_lock(&vram->map.lock);
	generation = vram->map.ack_generation;
	mutex_unlock(&vram->map.lock);
	virtio_gpu_vram_blob_acknowledge(vram, generation);
	drm_gem_object_put(&vram->base.base.base);
}

/**
 * virtio_gpu_vram_blob_ack_later_locked - acknowledge a declaration from a work item
 * @vram: blob, see virtio_gpu_vram_blob_acknowledge()
 * @generation: of the declaration
 *
 * Context: does not wait for the host.
 */
void virtio_gpu_vram_blob_ack_later_locked(struct virtio_gpu_object_vram *vram, u64 generation)
	__must_hold(&vram->map.lock)
{
	lockdep_assert_held(&vram->map.lock);

	vram->map.ack_generation = generation;
	drm_gem_object_get(&vram->base.base.base);
	if (!queue_work(blob_to_vgdev(vram)->vram_replies.wq, &vram->map.ack_work))
		drm_gem_object_put(&vram->base.base.base);
}

/**
 * virtio_gpu_vram_blob_lose - the device forgets the blob, or cannot tell changes any more
 * @vram: blob
 *
 * Whatever the host maps at that place of the window later is not to be seen
 * through this blob: its mappings go on working, on a page of their own.  What caches hold is
 * left to virtio_gpu_vram_blob_clean().
 */
void virtio_gpu_vram_blob_lose(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_vram_map *map = &vram->map;
	int before;

	mutex_lock(&map->lock);
	before = map->state.refused;
	virtio_gpu_vram_state_lose(&map->state);
	blob_report_refusal_locked(vram, before);
	blob_revoke_locked(vram);
	mutex_unlock(&map->lock);
	blob_wake_waiters(blob_to_vgdev(vram));
}

/**
 * virtio_gpu_vram_blob_init - prepare a new blob
 * @vram: zeroed object
 */
void virtio_gpu_vram_blob_init(struct virtio_gpu_object_vram *vram)
{
	mutex_init(&vram->map.lock);
	INIT_LIST_HEAD(&vram->map.brackets);
	INIT_LIST_HEAD(&vram->map.in_window);
	INIT_WORK(&vram->map.ack_work, blob_ack_work);
}

/**
 * virtio_gpu_vram_blob_fini - the last reference to a blob is gone
 * @vram: blob without user mappings and without commands in flight
 *
 * Ends every kernel access before the host is told to unmap.  The place in the
 * window stays taken until the host has confirmed the end of the resource.
 *
 * Return: whether the host knows of the resource and has to be told.
 */
bool virtio_gpu_vram_blob_fini(struct virtio_gpu_object_vram *vram)
{
	struct virtio_gpu_vram_bracket *bracket, *next;
	struct virtio_gpu_vram_map *map = &vram->map;
	bool mapped, lost;

	/* The host ends them with the resource. */
	list_for_each_entry_safe(bracket, next, &map->brackets, node)
		virtio_gpu_vram_bracket_free(bracket);
	virtio_gpu_vram_table_remove(vram);
	virtio_gpu_vram_window_forget(vram);
	mutex_lock(&map->lock);
	virtio_gpu_vram_alias_release_locked(vram);
	if (map->dummy)
		__free_page(map->dummy);
	lost = map->state.lost;
	mapped = map->state.map_state == VIRTIO_GPU_VRAM_MAPPED;
	mutex_unlock(&map->lock);

	if (mapped && !lost)
		virtio_gpu_cmd_unmap(blob_to_vgdev(vram), &vram->base);
	mutex_destroy(&map->lock);
	return vram->base.created && !lost;
}
