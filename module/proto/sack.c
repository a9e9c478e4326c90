// SPDX-License-Identifier: GPL-2.0
/* Which SACK blocks to send and which to believe (RFC 2018, RFC 2883). */
#include "proto/sack.h"

#include <linux/kernel.h>
#include <linux/string.h>

#include "proto/seq.h"

/* Blocks that a sender may be expected to hear of, though ACKs are lost. */
#define ATCP_SACK_EXPECTED	2

static void atcp_sack_remove(struct atcp_sack_rx *rx, u8 i)
{
	rx->nr--;
	memmove(&rx->sacks[i], &rx->sacks[i + 1],
		(rx->nr - i) * sizeof(rx->sacks[0]));
}

/**
 * atcp_sack_rx_add() - data was queued out of order
 * @rx: blocks
 * @start: first sequence number
 * @end: sequence number after the last
 *
 * The block that holds the newest segment comes first (RFC 2018 section 4);
 * when there is no room the oldest is forgotten.
 *
 * Return: it was not one of the first two, so an ACK that told of these soon tells of others.
 */
bool atcp_sack_rx_add(struct atcp_sack_rx *rx, u32 start, u32 end)
{
	u8 i = 0, at = rx->nr;

	/* Take in every block that overlaps or touches the new one. */
	while (i < rx->nr) {
		const struct atcp_sack_block *b = &rx->sacks[i];

		if (atcp_seq_after(start, b->end) ||
		    atcp_seq_before(end, b->start)) {
			i++;
			continue;
		}
		at = min(at, i);
		start = atcp_seq_min(start, b->start);
		end = atcp_seq_max(end, b->end);
		/* Blocks passed over touch neither this one nor the new one. */
		atcp_sack_remove(rx, i);
	}

	if (rx->nr == ATCP_OPTS_NR_SACKS)
		rx->nr--;
	memmove(&rx->sacks[1], &rx->sacks[0], rx->nr * sizeof(rx->sacks[0]));
	rx->sacks[0].start = start;
	rx->sacks[0].end = end;
	rx->nr++;
	return at >= ATCP_SACK_EXPECTED;
}

/**
 * atcp_sack_rx_trim() - RCV.NXT advanced: forget what it covers
 * @rx: blocks
 * @rcv_nxt: RCV.NXT
 */
void atcp_sack_rx_trim(struct atcp_sack_rx *rx, u32 rcv_nxt)
{
	u8 i = 0;

	while (i < rx->nr) {
		if (atcp_seq_before(rcv_nxt, rx->sacks[i].start))
			i++;
		else
			atcp_sack_remove(rx, i);
	}
}

/**
 * atcp_sack_rx_dsack() - data was received twice
 * @rx: blocks
 * @start: first sequence number
 * @end: sequence number after the last
 *
 * A second duplicate before an ACK went out widens the report when they touch,
 * else it is not reported: RFC 2883 has one D-SACK block an ACK, for the first of them.
 */
void atcp_sack_rx_dsack(struct atcp_sack_rx *rx, u32 start, u32 end)
{
	struct atcp_sack_block *d = &rx->dsack;

	if (rx->has_dsack && !atcp_seq_after(start, d->end) &&
	    !atcp_seq_before(end, d->start)) {
		d->start = atcp_seq_min(d->start, start);
		d->end = atcp_seq_max(d->end, end);
		return;
	}
	if (rx->has_dsack)
		return;
	d->start = start;
	d->end = end;
	rx->has_dsack = true;
}

/**
 * atcp_sack_rx_build() - the blocks for the ACK being sent
 * @rx: blocks; a waiting D-SACK is taken out when it was placed
 * @out: where to put them
 * @max: how many fit the segment, 0..4
 *
 * Return: how many were put.
 */
u8 atcp_sack_rx_build(struct atcp_sack_rx *rx,
		      struct atcp_sack_block out[ATCP_OPTS_NR_SACKS], u8 max)
{
	u8 n = 0;
	u8 i;

	max = min_t(u8, max, ATCP_OPTS_NR_SACKS);
	if (rx->has_dsack && max) {
		out[n++] = rx->dsack;
		rx->has_dsack = false;
	}
	for (i = 0; i < rx->nr && n < max; i++)
		out[n++] = rx->sacks[i];
	return n;
}

/**
 * atcp_sack_delay_ns() - for how long ACKs that only tell of more SACKs are left out
 * @rcv_rtt_us: round trip as the receiver sees it, us; 0: not known
 * @srtt_us: as the sender sees it, us; 0: not known
 * @percent: of the lesser of them
 * @most_ns: at most, ns
 */
u64 atcp_sack_delay_ns(u32 rcv_rtt_us, u32 srtt_us, u32 percent, u64 most_ns)
{
	u32 rtt = srtt_us && srtt_us < rcv_rtt_us ? srtt_us : rcv_rtt_us;

	/* us of percent of it is 10 ns of it. */
	return min((u64)rtt * percent * 10, most_ns);
}

/**
 * atcp_sack_valid() - whether a received block can be believed
 * @snd_una: SND.UNA
 * @snd_nxt: SND.NXT
 * @undo_marker: SND.UNA when the recovery began whose retransmissions a D-SACK
 *	may report, 0 for none: then no D-SACK below SND.UNA is believed
 * @b: block
 * @is_dsack: the block is a D-SACK
 */
bool atcp_sack_valid(u32 snd_una, u32 snd_nxt, u32 undo_marker,
		     const struct atcp_sack_block *b, bool is_dsack)
{
	if (!atcp_seq_before(b->start, b->end) ||
	    atcp_seq_after(b->end, snd_nxt) ||
	    !atcp_seq_before(b->start, snd_nxt))
		return false;

	/* A block at SND.UNA would have moved SND.UNA. */
	if (atcp_seq_after(b->start, snd_una))
		return true;

	if (!is_dsack || !undo_marker || atcp_seq_after(b->end, snd_una))
		return false;

	/* All of it was acknowledged: it must reach into the recovery. */
	return atcp_seq_after(b->end, undo_marker);
}

/**
 * atcp_sack_is_dsack() - whether the first block reports a duplicate
 * @blocks: blocks as received
 * @n: number of them
 * @ack: SEG.ACK
 *
 * RFC 2883 section 4: it lies below SEG.ACK, or within the second block.
 */
bool atcp_sack_is_dsack(const struct atcp_sack_block *blocks, unsigned int n,
			u32 ack)
{
	if (!n)
		return false;
	if (atcp_seq_before(blocks[0].start, ack))
		return true;
	return n > 1 && !atcp_seq_after(blocks[0].end, blocks[1].end) &&
	       !atcp_seq_before(blocks[0].start, blocks[1].start);
}
