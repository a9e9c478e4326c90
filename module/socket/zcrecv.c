// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_ZEROCOPY_RECEIVE: pages that came are mapped where a program has mapped its socket.
 *
 * What was mapped before is taken away first. The kernel exports nothing that does so by the
 * address, but what does so by the place in the file: so each mapping gets a place of its own in
 * the socket's file, whatever offset mmap(2) was given. Who was forked with a mapping has the same
 * place, and loses with its parent what is taken away.
 */
#include "socket/zcrecv.h"

#include <linux/atomic.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "compat/proto.h"
#include "compat/rps.h"
#include "compat/vma.h"
#include "output/rcvack.h"
#include "proto/seg.h"
#include "socket/poll.h"
#include "socket/recvmsg.h"
#include "state/conn/fwd.h"
#include "state/conn/rcvbuf.h"
#include "state/conn/rcvq.h"
#include "state/conn/sock.h"
#include "state/conn/urgent.h"

#define ATCP_ZCRECV_BATCH	32	/* pages that are mapped at once */
#define ATCP_ZCRECV_CMSG_TS	2	/* TCP_CMSG_TS, which no header has for programs */
/* Places begin so early that no mapping of any size is beyond an offset's end. */
#define ATCP_ZCRECV_PLACES	(ULONG_MAX >> (PAGE_SHIFT + 2))

/**
 * struct atcp_zcrecv - one call on its way
 * @sk: socket, locked
 * @zc: what the program asked, and is told
 * @vma: where pages go; its mm is locked for reading
 * @at: the next page's address
 * @left: bytes that may still be mapped, whole pages
 * @mapped: bytes that were
 * @copied: bytes that were copied after them
 * @msg: where times go
 * @stamp: when the last of the pages came, or 0
 * @stamp_hw: the same by the device's clock
 */
struct atcp_zcrecv {
	struct sock			*sk;
	struct tcp_zerocopy_receive	*zc;
	struct vm_area_struct		*vma;
	unsigned long			at;
	u32				left;
	u32				mapped;
	u32				copied;
	struct msghdr			msg;
	ktime_t				stamp;
	ktime_t				stamp_hw;
};

static atomic_long_t atcp_zcrecv_place; /* in files, pages: where the next mapping is */

/* It tells our mappings from others; nothing but a call puts a page there. */
static const struct vm_operations_struct atcp_zcrecv_vm_ops = { };

int atcp_zcrecv_mmap(struct file *file, struct socket *sock, struct vm_area_struct *vma)
{
	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EPERM;
	/* VM_MIXEDMAP: pages with a count of their own, set with the mm locked by the caller. */
	atcp_compat_vma_flags(vma, VM_MIXEDMAP, VM_MAYWRITE | VM_MAYEXEC);
	/* Who maps without end has places again: then a page too many is taken away of his own. */
	vma->vm_pgoff = (atomic_long_add_return(vma_pages(vma), &atcp_zcrecv_place) -
			 vma_pages(vma)) & ATCP_ZCRECV_PLACES;
	vma->vm_ops = &atcp_zcrecv_vm_ops;
	return 0;
}

/* Takes away what is mapped from @at on. */
static void atcp_zcrecv_zap(const struct vm_area_struct *vma, unsigned long at, unsigned long len)
{
	loff_t place = ((loff_t)vma->vm_pgoff << PAGE_SHIFT) + (at - vma->vm_start);

	unmap_mapping_range(vma->vm_file->f_mapping, place, len, 1);
}

/* A whole page that is nobody else's: no file's, no program's, no part of a larger one. */
static struct page *atcp_zcrecv_page(const skb_frag_t *frag)
{
	struct page *page;

	if (skb_frag_size(frag) != PAGE_SIZE || skb_frag_off(frag))
		return NULL;
	page = skb_frag_page(frag);
	return page && !PageCompound(page) && !page->mapping ? page : NULL;
}

/* The skb that has the next byte; those before it are eaten. */
static struct sk_buff *atcp_zcrecv_find(struct sock *sk, u32 *off)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&sk->sk_receive_queue))) {
		*off = atcp_sk(sk)->copied_seq - ATCP_CB(skb)->seq;
		if (*off < skb->len)
			return skb;
		if (ATCP_CB(skb)->flags & ATCP_F_FIN)
			return NULL;
		atcp_rcvq_read_up(sk, skb);
	}
	return NULL;
}

/* The pages from @off on, at most @max of them: how many. */
static unsigned int atcp_zcrecv_collect(const struct sk_buff *skb, u32 off, struct page **pages,
					unsigned int max)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	u32 at = skb_headlen(skb);
	unsigned int n = 0;
	int i;

	if (skb_has_frag_list(skb))
		return 0;
	for (i = 0; i < info->nr_frags && n < max; at += skb_frag_size(&info->frags[i++])) {
		if (at < off)
			continue;
		pages[n] = at == off + n * PAGE_SIZE ? atcp_zcrecv_page(&info->frags[i]) : NULL;
		if (!pages[n])
			break;
		n++;
	}
	return n;
}

/* Bytes from @off to the next page that can be mapped, or to the end of @skb. */
static u32 atcp_zcrecv_skip(const struct sk_buff *skb, u32 off)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	u32 at = skb_headlen(skb);
	int i;

	if (!skb_has_frag_list(skb))
		for (i = 0; i < info->nr_frags; at += skb_frag_size(&info->frags[i++]))
			if (at >= off && atcp_zcrecv_page(&info->frags[i]))
				return at - off;
	return skb->len - off;
}

/* Maps @nr pages: 0 or -errno; those before the one that failed are mapped. */
static int atcp_zcrecv_insert(struct atcp_zcrecv *c, struct page **pages, unsigned long nr)
{
	unsigned long rest = nr, done;
	int err;

	err = vm_insert_pages(c->vma, c->at, pages, &rest);
	if (err == -EBUSY && (c->zc->flags & TCP_RECEIVE_ZEROCOPY_FLAG_TLB_CLEAN_HINT)) {
		/* The program was wrong: something is there. */
		done = nr - rest;
		atcp_zcrecv_zap(c->vma, c->at + done * PAGE_SIZE, c->left - done * PAGE_SIZE);
		err = vm_insert_pages(c->vma, c->at + done * PAGE_SIZE, pages + done, &rest);
	}
	done = (nr - rest) * PAGE_SIZE;
	c->at += done;
	c->left -= done;
	c->mapped += done;
	WRITE_ONCE(atcp_sk(c->sk)->copied_seq, atcp_sk(c->sk)->copied_seq + done);
	return err;
}

static int atcp_zcrecv_map(struct atcp_zcrecv *c)
{
	struct page *pages[ATCP_ZCRECV_BATCH];
	struct sk_buff *skb;
	unsigned int nr;
	int err = 0;
	u32 off;

	while (!err && c->left) {
		skb = atcp_zcrecv_find(c->sk, &off);
		nr = min_t(u32, c->left >> PAGE_SHIFT, ATCP_ZCRECV_BATCH);
		nr = skb ? atcp_zcrecv_collect(skb, off, pages, nr) : 0;
		if (!nr)
			break;
		c->stamp = atcp_compat_stamp(skb);
		c->stamp_hw = skb_hwtstamps(skb)->hwtstamp;
		err = atcp_zcrecv_insert(c, pages, nr);
	}
	return err;
}

/* Copies the next @len bytes to where the program wants them: how many, or -errno. */
static int atcp_zcrecv_copy(struct atcp_zcrecv *c, u32 len)
{
	void __user *to = (void __user *)(unsigned long)c->zc->copybuf_address;

	if ((unsigned long)to != c->zc->copybuf_address)
		return -EINVAL;
	if (!access_ok(to, len))
		return -EFAULT;
	iov_iter_ubuf(&c->msg.msg_iter, ITER_DEST, to, len);
	return atcp_recvmsg_locked(c->sk, &c->msg, len, MSG_DONTWAIT);
}

/* How much of what comes next cannot be mapped. */
static void atcp_zcrecv_hint(struct atcp_zcrecv *c)
{
	struct sk_buff *skb;
	u32 off;

	skb = atcp_zcrecv_find(c->sk, &off);
	c->zc->recv_skip_hint = skb ? min_t(u32, atcp_zcrecv_skip(skb, off),
					    atcp_poll_inq(c->sk)) : 0;
}

/* And a part of it is copied, if there is room. */
static void atcp_zcrecv_rest(struct atcp_zcrecv *c, s32 room)
{
	int copied;

	if (room <= 0 || !c->zc->recv_skip_hint)
		return;
	copied = atcp_zcrecv_copy(c, min_t(u32, room, c->zc->recv_skip_hint));
	c->zc->copybuf_len = copied;
	if (copied > 0) {
		c->copied = copied;
		c->zc->recv_skip_hint -= copied;
	}
}

/* The mapping at the address, with its mm locked; or NULL. */
static struct vm_area_struct *atcp_zcrecv_lock(unsigned long address)
{
	struct vm_area_struct *vma;

	mmap_read_lock(current->mm);
	vma = vma_lookup(current->mm, address);
	if (vma && vma->vm_ops == &atcp_zcrecv_vm_ops)
		return vma;
	mmap_read_unlock(current->mm);
	return NULL;
}

/* As much as the program asked for is there, at least a page. */
static int atcp_zcrecv_pages(struct atcp_zcrecv *c, int inq, s32 room)
{
	struct tcp_zerocopy_receive *zc = c->zc;
	unsigned long wanted;
	int err;

	c->vma = atcp_zcrecv_lock(c->at);
	if (!c->vma)
		return -EINVAL;
	wanted = min3((unsigned long)zc->length, c->vma->vm_end - c->at, (unsigned long)inq);
	c->left = wanted & PAGE_MASK;
	if (c->left && !(zc->flags & TCP_RECEIVE_ZEROCOPY_FLAG_TLB_CLEAN_HINT))
		atcp_zcrecv_zap(c->vma, c->at, c->left);
	err = c->left ? atcp_zcrecv_map(c) : 0;
	mmap_read_unlock(current->mm);
	if (wanted < PAGE_SIZE)
		zc->recv_skip_hint = wanted;
	else
		atcp_zcrecv_hint(c);
	if (!err)
		atcp_zcrecv_rest(c, room);
	zc->length = c->mapped;
	if (!c->mapped && !c->copied)
		return err ?: !zc->recv_skip_hint && sock_flag(c->sk, SOCK_DONE) ? -EIO : 0;
	if (!c->left && c->mapped)
		zc->recv_skip_hint = 0;
	return 0;
}

/* All that is there goes to where the program wants what cannot be mapped. */
static int atcp_zcrecv_all(struct atcp_zcrecv *c, int inq)
{
	int copied;

	c->zc->length = 0;
	c->zc->recv_skip_hint = 0;
	copied = atcp_zcrecv_copy(c, inq);
	if (copied < 0)
		return copied;
	c->zc->copybuf_len = copied;
	atcp_zcrecv_hint(c);
	return 0;
}

static int atcp_zcrecv_locked(struct atcp_zcrecv *c)
{
	struct tcp_zerocopy_receive *zc = c->zc;
	s32 room = zc->copybuf_len;
	struct sock *sk = c->sk;
	int inq, err;

	zc->copybuf_len = 0;
	c->at = zc->address;
	if (!PAGE_ALIGNED(c->at) || c->at != zc->address)
		return -EINVAL;
	if (sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	inq = atcp_poll_inq(sk);
	if (inq && inq <= room)
		return atcp_zcrecv_all(c, inq);
	if (inq < PAGE_SIZE) {
		zc->length = 0;
		zc->recv_skip_hint = inq;
		return !inq && sock_flag(sk, SOCK_DONE) ? -EIO : 0;
	}
	err = atcp_zcrecv_pages(c, inq, room);
	if (c->mapped) {
		sk_peek_offset_bwd(sk, c->mapped);
		atcp_urgent_passed(atcp_sk(sk), atcp_sk(sk)->copied_seq);
		atcp_rcvbuf_adjust(sk);
		atcp_rcvack_read(sk, c->mapped);
		if (!c->copied)
			atcp_recvmsg_stamps(sk, &c->msg, c->stamp, c->stamp_hw);
	}
	atcp_fwd_settle(sk);
	return err;
}

/* What the program asked: 0 or -errno. @len: of what it knows of the struct. */
static int atcp_zcrecv_read(struct tcp_zerocopy_receive *zc, char __user *optval,
			    int __user *optlen, int *len)
{
	int err, size = sizeof(*zc);

	if (get_user(*len, optlen))
		return -EFAULT;
	if (*len < (int)offsetofend(struct tcp_zerocopy_receive, length))
		return -EINVAL;
	if (*len > size) {
		err = check_zeroed_user(optval + size, *len - size);
		if (err < 1)
			return err ?: -EINVAL;
		*len = size;
		if (put_user(*len, optlen))
			return -EFAULT;
	}
	if (copy_from_user(zc, optval, *len))
		return -EFAULT;
	return zc->reserved || zc->msg_flags & ~ATCP_ZCRECV_CMSG_TS ? -EINVAL : 0;
}

/* Times go where the program says, if it says so. */
static void atcp_zcrecv_control(struct atcp_zcrecv *c)
{
	struct tcp_zerocopy_receive *zc = c->zc;

	if ((unsigned long)zc->msg_control == zc->msg_control &&
	    (__kernel_size_t)zc->msg_controllen == zc->msg_controllen) {
		c->msg.msg_control_user = (void __user *)(unsigned long)zc->msg_control;
		c->msg.msg_controllen = zc->msg_controllen;
	}
	c->msg.msg_flags = in_compat_syscall() ? MSG_CMSG_COMPAT : 0;
	c->msg.msg_control_is_user = true;
	zc->msg_flags = 0;
}

int atcp_zcrecv_get(struct sock *sk, char __user *optval, int __user *optlen)
{
	struct tcp_zerocopy_receive zc = { };
	struct atcp_zcrecv c = { .sk = sk, .zc = &zc };
	__kernel_size_t room;
	int len, err;

	err = atcp_zcrecv_read(&zc, optval, optlen, &len);
	if (err)
		return err;
	atcp_zcrecv_control(&c);
	room = c.msg.msg_controllen;
	sock_rps_record_flow(sk);
	lock_sock(sk);
	err = atcp_zcrecv_locked(&c);
	release_sock(sk);
	if (err)
		return err;
	if (c.msg.msg_controllen != room) {
		zc.msg_control = (unsigned long)c.msg.msg_control_user;
		zc.msg_controllen = c.msg.msg_controllen;
		zc.msg_flags = c.msg.msg_flags;
	}
	if (len >= (int)offsetofend(struct tcp_zerocopy_receive, err))
		zc.err = sock_error(sk);
	zc.inq = atcp_recvmsg_inq(sk);
	return copy_to_user(optval, &zc, len) ? -EFAULT : 0;
}
