/* SPDX-License-Identifier: GPL-2.0 */
/* SACK blocks: those we send and the sanity of those we get (RFC 2018, 2883). */
#ifndef _ATCP_PROTO_SACK_H
#define _ATCP_PROTO_SACK_H

#include <linux/types.h>

#include "proto/opts.h"

/**
 * struct atcp_sack_rx - blocks to report to the sender
 * @dsack: range that was received twice, valid when @has_dsack
 * @sacks: ranges held out of order, most recently changed first
 * @nr: number of valid entries in @sacks
 * @has_dsack: @dsack waits to be sent, once
 */
struct atcp_sack_rx {
	struct atcp_sack_block dsack;
	struct atcp_sack_block sacks[ATCP_OPTS_NR_SACKS];
	u8 nr;
	bool has_dsack;
};

bool atcp_sack_rx_add(struct atcp_sack_rx *rx, u32 start, u32 end);
void atcp_sack_rx_trim(struct atcp_sack_rx *rx, u32 rcv_nxt);
void atcp_sack_rx_dsack(struct atcp_sack_rx *rx, u32 start, u32 end);
u8 atcp_sack_rx_build(struct atcp_sack_rx *rx,
		      struct atcp_sack_block out[ATCP_OPTS_NR_SACKS], u8 max);
u64 atcp_sack_delay_ns(u32 rcv_rtt_us, u32 srtt_us, u32 percent, u64 most_ns);
bool atcp_sack_valid(u32 snd_una, u32 snd_nxt, u32 undo_marker,
		     const struct atcp_sack_block *b, bool is_dsack);
bool atcp_sack_is_dsack(const struct atcp_sack_block *blocks, unsigned int n,
			u32 ack);

#endif /* _ATCP_PROTO_SACK_H */
