// SPDX-License-Identifier: GPL-2.0
/* Reads the fixed header of a segment (RFC 9293 section 3.1). */
#include "proto/seg.h"

#include <linux/errno.h>
#include <linux/tcp.h>

/**
 * atcp_seg_parse() - read a segment's header
 * @th: header; its 20 fixed bytes must be there when @seg_len says so
 * @seg_len: bytes of header and payload, without the IP header
 * @s: where to put it
 *
 * Return: 0, or -EINVAL when the segment is shorter than a header or its data
 * offset is below 5 words or beyond the segment's end.
 */
int atcp_seg_parse(const struct tcphdr *th, unsigned int seg_len,
		   struct atcp_seg *s)
{
	unsigned int doff;

	if (seg_len < sizeof(*th))
		return -EINVAL;
	doff = th->doff * 4;
	if (doff < sizeof(*th) || doff > seg_len)
		return -EINVAL;

	s->seq = ntohl(th->seq);
	s->ack = ntohl(th->ack_seq);
	s->wnd = ntohs(th->window);
	s->urg = ntohs(th->urg_ptr);
	s->flags = ((const u8 *)th)[13];
	s->doff = doff;
	s->len = seg_len - doff;
	s->end_seq = s->seq + s->len + th->syn + th->fin;
	return 0;
}
