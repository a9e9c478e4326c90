// SPDX-License-Identifier: GPL-2.0
/*
 * The send queue. sk_write_queue has what was not sent yet, rtxq (state/conn/rtxq.c) what was sent
 * and not acknowledged; both hold payload in page fragments, so that cutting an skb, and putting
 * two together, moves references, not bytes.
 */

#include <linux/skbuff.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "compat/skbuff.h"
#include "proto/seg.h"
#include "proto/wnd.h"
#include "state/conn/chrono.h"
#include "state/conn/fwd.h"
#include "state/conn/rtxq.h"
#include "state/conn/sndq.h"
#include "state/conn/stash.h"
#include "state/conn/txstamp.h"
#include "state/shared/memcg.h"
#include "state/shared/mib.h"

void atcp_sndq_mem_add(struct sock *sk, int bytes)
{
	atcp_net_mem_add(atcp_sock_net(sk), bytes);
}

void atcp_sndq_charge(struct sock *sk, struct sk_buff *skb)
{
	sk_wmem_queued_add(sk, skb->truesize);
	sk_mem_charge(sk, skb->truesize);
	atcp_sndq_mem_add(sk, skb->truesize);
}

void atcp_sndq_free(struct sock *sk, struct sk_buff *skb)
{
	sk_wmem_queued_add(sk, -skb->truesize);
	sk_mem_uncharge(sk, skb->truesize);
	atcp_sndq_mem_add(sk, -(int)skb->truesize);
	atcp_stash_free(skb);
}

static struct sk_buff *atcp_sndq_init(struct sk_buff *skb, unsigned int headroom)
{
	if (!skb)
		return NULL;
	skb_reserve(skb, headroom);
	skb->ip_summed = CHECKSUM_PARTIAL;
	BUILD_BUG_ON(sizeof(struct atcp_cb) > sizeof(skb->cb));
	memset(ATCP_CB(skb), 0, sizeof(struct atcp_cb));
	return skb;
}

/* One that stays in the queue while a clone of it is sent. */
static struct sk_buff *atcp_sndq_alloc(const struct sock *sk, gfp_t gfp)
{
	unsigned int headroom = atcp_sndq_headroom(sk);

	struct sk_buff *skb = atcp_stash_take(headroom);

	return atcp_sndq_init(skb ?: alloc_skb_fclone(headroom, gfp), headroom);
}

bool atcp_sndq_mem_ok(struct sock *sk, int bytes)
{
	const struct atcp_sock *as = atcp_sk(sk);

	if (as->write_seq != as->snd_una && atcp_sock_mem_over(sk)) {
		ATCP_SK_BAD(sk, TCPMEMORYPRESSURES);
		return false;
	}
	return sk_wmem_schedule(sk, bytes);
}

struct sk_buff *atcp_sndq_new(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *skb;

	skb = atcp_sndq_alloc(sk, sk->sk_allocation);
	if (!skb)
		goto nomem;
	if (!atcp_sndq_mem_ok(sk, skb->truesize)) {
		__kfree_skb(skb);
		goto nomem;
	}

	ATCP_CB(skb)->seq = as->write_seq;
	ATCP_CB(skb)->end_seq = as->write_seq;
	ATCP_CB(skb)->flags = ATCP_F_ACK;
	ATCP_CB(skb)->segs = 1;
	if (skb_queue_empty(&sk->sk_write_queue))
		atcp_chrono_start(as, ATCP_CHRONO_BUSY);
	__skb_queue_tail(&sk->sk_write_queue, skb);
	atcp_sndq_charge(sk, skb);
	/* What TCP_NODELAY or uncorking pushed was what had been queued before. */
	as->nonagle &= ~ATCP_NAGLE_PUSH;
	return skb;

nomem:
	if (sk->sk_prot->enter_memory_pressure)
		sk->sk_prot->enter_memory_pressure(sk);
	sk_stream_moderate_sndbuf(sk);
	return NULL;
}

struct sk_buff *atcp_sndq_room(struct sock *sk, int goal, int *room)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	if (!skb || ATCP_CB(skb)->eor ||
	    (ATCP_CB(skb)->flags & (ATCP_F_SYN | ATCP_F_FIN)))
		return NULL;
	*room = goal - (int)skb->len;
	return *room > 0 ? skb : NULL;
}

void atcp_sndq_drop_empty(struct sock *sk)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	if (skb && ATCP_CB(skb)->seq == ATCP_CB(skb)->end_seq) {
		__skb_unlink(skb, &sk->sk_write_queue);
		atcp_sndq_free(sk, skb);
		atcp_chrono_stop(sk, ATCP_CHRONO_BUSY);
	}
}

void atcp_sndq_push_mark(struct sock *sk)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	if (!skb)
		return;
	ATCP_CB(skb)->flags |= ATCP_F_PSH;
	atcp_sk(sk)->pushed_seq = atcp_sk(sk)->write_seq;
}

void atcp_sndq_eor(struct sock *sk)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	if (skb)
		ATCP_CB(skb)->eor = 1;
}

struct sk_buff *atcp_sndq_alloc_ctl(struct sock *sk, u32 seq, u8 flags, gfp_t gfp)
{
	bool kept = flags & (ATCP_F_SYN | ATCP_F_FIN);
	unsigned int headroom = atcp_sndq_headroom(sk);
	struct sk_buff *skb;

	/* ACKs, RSTs and probes are sent as they are: no place for a clone is needed. */
	skb = kept ? atcp_sndq_alloc(sk, gfp) :
		     atcp_sndq_init(atcp_stash_alloc(headroom, gfp), headroom);
	if (!skb)
		return NULL;
	ATCP_CB(skb)->seq = seq;
	ATCP_CB(skb)->end_seq = seq + !!(flags & (ATCP_F_SYN | ATCP_F_FIN));
	ATCP_CB(skb)->flags = flags;
	ATCP_CB(skb)->segs = 1;
	return skb;
}

void atcp_sndq_queue_ctl(struct sock *sk, struct sk_buff *skb)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (ATCP_CB(skb)->flags & ATCP_F_FIN)
		atcp_chrono_start(as, ATCP_CHRONO_BUSY);
	__skb_queue_tail(&sk->sk_write_queue, skb);
	/* SYN and FIN must get out: taken even when memory is short. */
	atcp_memcg_force(sk, skb->truesize);
	atcp_sndq_charge(sk, skb);
	WRITE_ONCE(as->write_seq, ATCP_CB(skb)->end_seq);
}

void atcp_sndq_set_segs(struct sk_buff *skb, u32 mss)
{
	ATCP_CB(skb)->mss = mss;
	ATCP_CB(skb)->segs = skb->len <= mss ? 1 : DIV_ROUND_UP(skb->len, mss);
}

/* Makes @skb's data its own, without moving its charge. */
static int atcp_sndq_unclone(struct sk_buff *skb, gfp_t gfp)
{
	unsigned int truesize = skb->truesize;
	int err;

	if (!skb_cloned(skb))
		return 0;
	err = pskb_expand_head(skb, 0, 0, gfp);
	skb->truesize = truesize;
	return err;
}

int atcp_sndq_split(struct sock *sk, struct sk_buff *skb, u32 len, u32 mss,
		    bool rtx, gfp_t gfp)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_cb *cb = ATCP_CB(skb), *ncb;
	int before = cb->segs, room, own;
	struct sk_buff *rest;

	if (WARN_ON_ONCE(len >= skb->len))
		return -EINVAL;
	/*
	 * Bound what a peer can make us cut by SACKing odd pieces
	 * (CVE-2019-11478): a queue twice over its buffer is cut no more, but for
	 * the first and the last, which may have to be sent again.
	 */
	room = sk->sk_sndbuf + 2 * SKB_TRUESIZE(GSO_LEGACY_MAX_SIZE);
	if (rtx && unlikely(sk->sk_wmem_queued >> 1 > room) &&
	    skb != atcp_rtxq_head(as) && skb != atcp_rtxq_tail(as)) {
		ATCP_SK_INC(sk, TCPWQUEUETOOBIG);
		return -ENOMEM;
	}
	if (atcp_sndq_unclone(skb, gfp))
		return -ENOMEM;
	rest = atcp_sndq_alloc(sk, gfp);
	if (!rest)
		return -ENOMEM;

	ncb = ATCP_CB(rest);
	*ncb = *cb;
	ncb->seq = cb->seq + len;
	cb->end_seq = ncb->seq;
	cb->flags &= ~(ATCP_F_FIN | ATCP_F_PSH);
	cb->eor = 0;

	/* Payload goes over with its share; the new skb's own size is extra. */
	own = rest->truesize;
	skb_split(skb, rest, len);
	atcp_txstamp_split(skb, rest);
	rest->truesize += rest->len;
	skb->truesize -= rest->len;
	atcp_memcg_force(sk, own);
	sk_wmem_queued_add(sk, own);
	sk_mem_charge(sk, own);
	atcp_sndq_mem_add(sk, own);

	atcp_sndq_set_segs(skb, mss);
	atcp_sndq_set_segs(rest, mss);
	if (rtx) {
		atcp_rtxq_add_rest(as, skb, rest);
		atcp_rtxq_adjust(as, skb, cb->segs + ncb->segs - before);
	} else {
		__skb_queue_after(&sk->sk_write_queue, skb, rest);
	}
	return 0;
}

void atcp_sndq_sent(struct sock *sk, struct sk_buff *skb)
{
	struct atcp_sock *as = atcp_sk(sk);

	__skb_unlink(skb, &sk->sk_write_queue);
	atcp_rtxq_add(as, skb);
	WRITE_ONCE(as->snd_nxt, ATCP_CB(skb)->end_seq);
	as->packets_out += ATCP_CB(skb)->segs;
}

void atcp_sndq_acked(struct sock *sk, struct sk_buff *skb)
{
	atcp_rtxq_del(atcp_sk(sk), skb);
	sk_wmem_queued_add(sk, -skb->truesize);
	atcp_fwd_put(sk, skb->truesize);
	atcp_sndq_mem_add(sk, -(int)skb->truesize);
	atcp_stash_free(skb);
	atcp_chrono_stop(sk, ATCP_CHRONO_BUSY);
}

/* Drops @len bytes of page fragments from @skb's front. */
static void atcp_sndq_pull(struct sk_buff *skb, int len)
{
	struct skb_shared_info *sh = skb_shinfo(skb);
	int i, k = 0, eat = len;

	for (i = 0; i < sh->nr_frags; i++) {
		int size = skb_frag_size(&sh->frags[i]);

		if (size <= eat) {
			skb_frag_unref(skb, i);
			eat -= size;
			continue;
		}
		sh->frags[k] = sh->frags[i];
		if (eat) {
			skb_frag_off_add(&sh->frags[k], eat);
			skb_frag_size_sub(&sh->frags[k], eat);
			eat = 0;
		}
		k++;
	}
	sh->nr_frags = k;
	skb->data_len -= len;
	skb->len -= len;
}

int atcp_sndq_trim(struct sock *sk, struct sk_buff *skb, u32 len)
{
	struct atcp_cb *cb = ATCP_CB(skb);
	int before = cb->segs;

	/* Payload is in fragments only: see atcp_sndq_copy(). */
	if (WARN_ON_ONCE(len > skb->data_len))
		return -EINVAL;
	if (atcp_sndq_unclone(skb, GFP_ATOMIC))
		return -ENOMEM;
	atcp_sndq_pull(skb, len);
	cb->seq += len;

	skb->truesize -= len;
	sk_wmem_queued_add(sk, -(int)len);
	sk_mem_uncharge(sk, len);
	atcp_sndq_mem_add(sk, -(int)len);

	atcp_sndq_set_segs(skb, cb->mss ?: 1);
	atcp_rtxq_adjust(atcp_sk(sk), skb, cb->segs - before);
	return 0;
}

/* May @len bytes of @from go to @to's end, which is SACKed: not sent again but after a lie? */
static bool atcp_sndq_can_shift(const struct sk_buff *to, const struct sk_buff *from, u32 len)
{
	const struct atcp_cb *t = ATCP_CB(to), *f = ATCP_CB(from);

	if (!(t->sacked & ATCP_CB_SACKED) || t->end_seq != f->seq || t->mss != f->mss)
		return false;
	/* A retransmission on its way is counted with what it is of. */
	if ((t->sacked & ATCP_CB_RETRANS) ||
	    (f->sacked & (ATCP_CB_LOST | ATCP_CB_RETRANS)) == ATCP_CB_RETRANS)
		return false;
	if ((t->flags | f->flags) & (ATCP_F_SYN | ATCP_F_FIN))
		return false;
	/* Who asked for the time of one of them gets that one's. */
	if ((t->sacked | f->sacked) & ATCP_CB_STAMP_ACK ||
	    (skb_shinfo(to)->tx_flags | skb_shinfo(from)->tx_flags) & SKBTX_ANY_TSTAMP)
		return false;
	return len && to->len + len < GSO_LEGACY_MAX_SIZE - MAX_TCP_HEADER &&
	       t->segs + f->segs <= U16_MAX;
}

/* The first @len bytes of @from's fragments are @to's, too. False: @to has no room for them. */
static bool atcp_sndq_share(struct sk_buff *to, const struct sk_buff *from, u32 len)
{
	const struct skb_shared_info *fs = skb_shinfo(from);
	struct skb_shared_info *ts = skb_shinfo(to);
	unsigned int i, n = ts->nr_frags, size;
	const skb_frag_t *first = &fs->frags[0];
	bool joins;

	/* One skb tells one owner of pages. */
	if (skb_zcopy(to) || skb_zcopy((struct sk_buff *)from))
		return false;
	joins = skb_can_coalesce(to, n, skb_frag_page(first), skb_frag_off(first));
	for (i = 0, size = 0; i < fs->nr_frags && size < len; i++)
		size += skb_frag_size(&fs->frags[i]);
	if (n + i - joins > MAX_SKB_FRAGS)
		return false;

	for (i = 0; len; i++, len -= size) {
		const skb_frag_t *frag = &fs->frags[i];

		size = min_t(u32, len, skb_frag_size(frag));
		if (!i && joins) {
			skb_frag_size_add(&ts->frags[n - 1], size);
			continue;
		}
		/* A copy that is being sent may have it, too: a reference of its own. */
		ts->frags[n] = *frag;
		skb_frag_size_set(&ts->frags[n++], size);
		__skb_frag_ref(&ts->frags[n - 1]);
	}
	ts->nr_frags = n;
	return true;
}

bool atcp_sndq_shift(struct sock *sk, struct sk_buff *to, struct sk_buff *from, u32 len)
{
	struct atcp_cb *t = ATCP_CB(to), *f = ATCP_CB(from);
	u16 segs = len == from->len ? f->segs : len / max_t(u16, f->mss, 1);

	if (!atcp_sndq_can_shift(to, from, len) ||
	    atcp_sndq_unclone(to, GFP_ATOMIC | __GFP_NOWARN) ||
	    (len < from->len && atcp_sndq_unclone(from, GFP_ATOMIC | __GFP_NOWARN)) ||
	    !atcp_sndq_share(to, from, len))
		return false;
	to->len += len;
	to->data_len += len;
	to->truesize += len;
	from->truesize -= len;
	t->end_seq += len;
	t->segs += segs;
	t->sacked |= f->sacked & ATCP_CB_EVER;
	atcp_rtxq_moved(atcp_sk(sk), to, from, segs);
	if (len < from->len) {
		atcp_sndq_pull(from, len);
		f->seq += len;
		f->segs -= segs;
		return true;
	}
	t->flags |= f->flags & ATCP_F_PSH;
	t->eor = f->eor;
	atcp_rtxq_del(atcp_sk(sk), from);
	atcp_sndq_free(sk, from);
	return true;
}

/* May all of @next, which was sent too, go again with @skb? Not what a device may still have. */
static bool atcp_sndq_can_collapse(const struct sk_buff *skb, const struct sk_buff *next)
{
	const struct atcp_cb *a = ATCP_CB(skb), *b = ATCP_CB(next);

	if ((a->sacked | b->sacked) & (ATCP_CB_SACKED | ATCP_CB_STAMP_ACK) ||
	    (skb_shinfo(skb)->tx_flags | skb_shinfo(next)->tx_flags) & SKBTX_ANY_TSTAMP)
		return false;
	return a->segs == 1 && b->segs == 1 && !a->eor && a->end_seq == b->seq &&
	       !skb_cloned(skb) && !skb_cloned(next);
}

bool atcp_sndq_collapse(struct sock *sk, struct sk_buff *skb, struct sk_buff *next)
{
	struct atcp_cb *a = ATCP_CB(skb), *b = ATCP_CB(next);
	u32 len = next->len;

	if (!atcp_sndq_can_collapse(skb, next) || (len && !atcp_sndq_share(skb, next, len)))
		return false;
	skb->len += len;
	skb->data_len += len;
	skb->truesize += len;
	next->truesize -= len;
	a->end_seq = b->end_seq;
	a->flags |= b->flags & (ATCP_F_PSH | ATCP_F_FIN);
	a->sacked |= b->sacked & ATCP_CB_EVER;
	a->eor = b->eor;
	atcp_rtxq_adjust(atcp_sk(sk), next, -b->segs);
	atcp_rtxq_del(atcp_sk(sk), next);
	atcp_sndq_free(sk, next);
	return true;
}

/* May the bytes of @next follow those of @skb in one segment? */
static bool atcp_sndq_can_join(const struct sk_buff *skb, const struct sk_buff *next)
{
	const struct atcp_cb *a = ATCP_CB(skb), *b = ATCP_CB(next);

	if ((a->flags | b->flags) & (ATCP_F_SYN | ATCP_F_FIN))
		return false;
	return skb->len && next->len && !a->eor && !((a->sacked | b->sacked) & ATCP_CB_STAMP_ACK) &&
	       !((skb_shinfo(skb)->tx_flags | skb_shinfo(next)->tx_flags) & SKBTX_ANY_TSTAMP);
}

/* The first @len bytes of @next go to the end of @skb, both unsent. */
static bool atcp_sndq_join(struct sock *sk, struct sk_buff *skb, struct sk_buff *next, u32 len)
{
	struct atcp_cb *a = ATCP_CB(skb), *b = ATCP_CB(next);

	if (!atcp_sndq_can_join(skb, next) || atcp_sndq_unclone(skb, GFP_ATOMIC | __GFP_NOWARN) ||
	    atcp_sndq_unclone(next, GFP_ATOMIC | __GFP_NOWARN) ||
	    !atcp_sndq_share(skb, next, len))
		return false;
	skb->len += len;
	skb->data_len += len;
	skb->truesize += len;
	next->truesize -= len;
	a->end_seq += len;
	a->segs = 0;
	if (len < next->len) {
		atcp_sndq_pull(next, len);
		b->seq += len;
		b->segs = 0;
		return true;
	}
	a->flags |= b->flags & ATCP_F_PSH;
	a->eor = b->eor;
	__skb_unlink(next, &sk->sk_write_queue);
	atcp_sndq_free(sk, next);
	return true;
}

bool atcp_sndq_gather(struct sock *sk, u32 len, u32 mss)
{
	struct sk_buff *skb = atcp_sndq_head(sk);

	while (skb->len < len) {
		struct sk_buff *next;

		if (skb_queue_is_last(&sk->sk_write_queue, skb))
			return false;
		next = skb_queue_next(&sk->sk_write_queue, skb);
		if (!atcp_sndq_join(sk, skb, next, min(len - skb->len, next->len)))
			return false;
	}
	return skb->len == len || !atcp_sndq_split(sk, skb, len, mss, false, GFP_ATOMIC);
}

void atcp_sndq_purge(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *skb;

	while ((skb = atcp_rtxq_head(as))) {
		atcp_rtxq_del(as, skb);
		atcp_sndq_free(sk, skb);
	}
	while ((skb = __skb_dequeue(&sk->sk_write_queue)))
		atcp_sndq_free(sk, skb);
	atcp_chrono_stop(sk, ATCP_CHRONO_BUSY);
	as->packets_out = 0;
	as->retrans_out = 0;
	as->sacked_out = 0;
	as->lost_out = 0;
	as->sacks_seen = 0;
}

/*
 * What is in rtxq has its links where a copy would look for a route and a device: skb_clone()
 * would take a reference to what is none.
 */
struct sk_buff *atcp_sndq_clone(struct sk_buff *skb, gfp_t gfp)
{
	unsigned long refdst = skb->_skb_refdst;
	struct sk_buff *copy;

	skb->_skb_refdst = 0;
	/* The last transmission may still be in a device's queue. */
	copy = skb_cloned(skb) ? pskb_copy(skb, gfp) : skb_clone(skb, gfp);
	skb->_skb_refdst = refdst;
	if (copy)
		copy->dev = NULL;
	return copy;
}
