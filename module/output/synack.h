/* SPDX-License-Identifier: GPL-2.0 */
/* The SYN-ACK: of a request, or of a cookie. */
#ifndef _ATCP_SYNACK_H
#define _ATCP_SYNACK_H

#include <linux/types.h>

#include "proto/opts.h"

struct atcp_fastopen_cookie;
struct atcp_req;
struct dst_entry;
struct sk_buff;
struct sock;
struct tcphdr;

/**
 * struct atcp_synack_path - what the way to the peer has to say to a SYN-ACK
 * @advmss: MSS to announce, bytes
 * @window: the most that may be offered, bytes; 0: no limit
 * @initrwnd: the most that is offered at first, segments; 0: no limit
 */
struct atcp_synack_path {
	u16	advmss;
	u32	window;
	u32	initrwnd;
};

/**
 * struct atcp_synack_plan - what a SYN-ACK will say, beside what stands in the request
 * @opts: its options
 * @len: bytes of its TCP header with them
 * @wnd: the window, bytes
 */
struct atcp_synack_plan {
	struct atcp_opts_out	opts;
	unsigned int		len;
	u32			wnd;
};

/*
 * What the SYN-ACK of a new @req says on a path, or by a route; completes @req by our
 * window scale. All but the ISN, which may be found after it.
 */
void atcp_synack_plan_on(const struct sock *lsk, struct atcp_req *req,
			 const struct atcp_synack_path *path, struct atcp_synack_plan *plan);
void atcp_synack_plan(const struct sock *lsk, struct atcp_req *req,
		      const struct dst_entry *dst, struct atcp_synack_plan *plan);

/*
 * Sends it, in the buffer of the SYN that is answered if that can be had. @dst and
 * @syn (data at the TCP header): consumed. Nothing that points into @syn is used later.
 * 0 or -errno.
 */
int atcp_synack_answer(struct sock *lsk, const struct atcp_req *req, struct dst_entry *dst,
		       const struct atcp_synack_plan *plan, struct sk_buff *syn);

/*
 * The same of a @req that has its window scale, with plan->wnd set: options, with a fast open's
 * unless @cookie is NULL or -1 long, and length. @tsval: atcp_synack_isn() has said it.
 */
void atcp_synack_fill(const struct sock *lsk, const struct atcp_req *req,
		      const struct dst_entry *dst, u32 tsval,
		      const struct atcp_fastopen_cookie *cookie, struct atcp_synack_plan *plan);

/* Sends @req's SYN-ACK once more: 0, or -EHOSTUNREACH, -ENOBUFS. */
int atcp_synack_again(struct sock *lsk, struct atcp_req *req);

/*
 * Resets @req's peer, whose SYN-ACK it has acknowledged, without a segment to
 * answer; counts OutRsts. 0, or -EHOSTUNREACH, -ENOBUFS.
 */
int atcp_synack_reset(struct sock *lsk, struct atcp_req *req);

/*
 * Window and scale that a request's SYN-ACK offers, and the child begins with:
 * a function of the listener's buffer, so it can be computed again.
 */
void atcp_synack_window(const struct sock *lsk, const struct atcp_req *req,
			const struct dst_entry *dst, u32 *window_clamp, u32 *rcv_wnd,
			u8 *rcv_wscale);

/* The window as that SYN-ACK's header had it, bytes; 0 if there is no route any more. */
u32 atcp_synack_offered(const struct sock *lsk, struct atcp_req *req);

/* Has accurate ECN's @req had a timeout: goes its SYN-ACK without ACE (RFC 9768 3.1.4.2)? */
bool atcp_synack_without_ace(const struct atcp_req *req);

/* The SYN-ACK's header as planned; @th has room for plan->len bytes. */
void atcp_synack_write(const struct atcp_req *req, const struct atcp_synack_plan *plan,
		       struct tcphdr *th);

/* Timestamp offset of a request's flow. */
u32 atcp_synack_ts_off(const struct sock *lsk, const struct atcp_req *req);

/* Initial sequence number for a request's flow (RFC 6528) at @now_ns, and its timestamp then. */
u32 atcp_synack_isn(const struct sock *lsk, const struct atcp_req *req, u64 now_ns, u32 *tsval);

#endif /* _ATCP_SYNACK_H */
