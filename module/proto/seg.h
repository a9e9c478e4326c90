/* SPDX-License-Identifier: GPL-2.0 */
/* The header of a segment in host byte order (RFC 9293 section 3.1). */
#ifndef _ATCP_PROTO_SEG_H
#define _ATCP_PROTO_SEG_H

#include <linux/types.h>

struct tcphdr;

/* The control bits as they stand in the header's 14th byte. */
#define ATCP_F_FIN	0x01
#define ATCP_F_SYN	0x02
#define ATCP_F_RST	0x04
#define ATCP_F_PSH	0x08
#define ATCP_F_ACK	0x10
#define ATCP_F_URG	0x20
#define ATCP_F_ECE	0x40
#define ATCP_F_CWR	0x80
/* And the last one of the 13th byte (RFC 9768); no struct has it with the others. */
#define ATCP_F_AE	0x100

/**
 * struct atcp_seg - a segment's header fields
 * @seq: SEG.SEQ, first sequence number
 * @end_seq: sequence number after the last: @seq + @len + SYN + FIN
 * @ack: SEG.ACK, meaningful when %ATCP_F_ACK is in @flags
 * @wnd: SEG.WND as it stands in the header, not scaled
 * @len: bytes of payload, SYN and FIN not counted
 * @doff: bytes of header, options included: 20..60
 * @urg: urgent pointer
 * @flags: ATCP_F_* bits
 */
struct atcp_seg {
	u32 seq;
	u32 end_seq;
	u32 ack;
	u32 wnd;
	u32 len;
	u16 doff;
	u16 urg;
	u8 flags;
};

int atcp_seg_parse(const struct tcphdr *th, unsigned int seg_len,
		   struct atcp_seg *s);

#endif /* _ATCP_PROTO_SEG_H */
