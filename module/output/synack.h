/* SPDX-License-Identifier: GPL-2.0 */
/* The SYN-ACK: of a request, or of a cookie. */
#ifndef _ATCP_SYNACK_H
#define _ATCP_SYNACK_H

#include <linux/types.h>

struct atcp_fastopen_cookie;
struct atcp_req;
struct dst_entry;
struct sock;

/*
 * Sends @req's SYN-ACK (snt_isn may be a cookie). @dst: route, or NULL to look
 * it up; consumed. 0, or -EHOSTUNREACH, -ENOBUFS.
 */
int atcp_synack_send(struct sock *lsk, struct atcp_req *req, struct dst_entry *dst);

/* The same with a fast open option, unless @cookie is NULL or -1 long. */
int atcp_synack_send_cookie(struct sock *lsk, struct atcp_req *req, struct dst_entry *dst,
			    const struct atcp_fastopen_cookie *cookie);

/*
 * Window and scale that a request's SYN-ACK offers, and the child begins with:
 * a function of the listener's buffer, so it can be computed again.
 */
void atcp_synack_window(const struct sock *lsk, const struct atcp_req *req,
			const struct dst_entry *dst, u32 *window_clamp, u32 *rcv_wnd,
			u8 *rcv_wscale);

/* Timestamp offset of a request's flow. */
u32 atcp_synack_ts_off(const struct sock *lsk, const struct atcp_req *req);

/* Initial sequence number for a request's flow (RFC 6528). */
u32 atcp_synack_isn(const struct sock *lsk, const struct atcp_req *req);

#endif /* _ATCP_SYNACK_H */
